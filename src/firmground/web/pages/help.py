"""Help: how to read the pages, and the words."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext

from firmground.officers.requests import OfficerRequest
from firmground.web.pages.now import Now


@login_not_required
def help_page(request: OfficerRequest) -> HttpResponse:
    return render(request, "web/help.html", {"screening": Now.read(request.eyes).screening, "glossary": glossary()})


def glossary() -> list[tuple[str, str, str]]:
    """The words of the pages: English, Chinese, meaning."""
    return [
        ("place", "地区", gettext("a province, prefecture, county, township or village, by its code")),
        ("listing", "挂牌", gettext("a county or village put under supervision from a day, by an act")),
        ("household", "户", gettext("the registered household: still poor, exited, unstable, marginal, or general")),
        ("statement", "收支", gettext("a household's income by source and its costs, over a period")),
        ("spending", "刚性支出", gettext("what a household could not avoid paying, after every reimbursement")),
        ("check", "保障核查", gettext("what a visitor found about one guarantee: food, clothing, school, …")),
        ("fact", "事实", gettext("something that may be known of a household; what is not recorded is not known")),
        ("standard", "标准", gettext("a declared rule about a household, with its law, dates and examples")),
        ("parameter", "参数", gettext("a threshold that a standard reads; it may differ by place and date")),
        ("snapshot", "快照", gettext("the registers as of a day, as known at a moment; it never changes")),
        ("screening", "筛查", gettext("every standard in force asked of every household of a snapshot")),
        ("finding", "线索", gettext("one household falls short of one standard, or nobody can tell")),
        ("assistance", "帮扶措施", gettext("what was given to a household")),
    ]
