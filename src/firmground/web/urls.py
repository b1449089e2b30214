"""Every address of the pages."""

from django.urls import include, path, re_path
from django.urls.resolvers import URLPattern, URLResolver

from firmground.web.pages import assistance, officers, samples, supervision_visits, teams
from firmground.web.pages.audit import audit
from firmground.web.pages.battle_plans import battle_plan, battle_plans
from firmground.web.pages.board import board
from firmground.web.pages.brief_rows import brief_numbers, brief_rows
from firmground.web.pages.briefs import brief, brief_paper, briefs
from firmground.web.pages.card import card
from firmground.web.pages.case import case
from firmground.web.pages.cases import cases, desk
from firmground.web.pages.dispatch import dispatch, dispatch_empty, dispatch_load, dispatch_sheet
from firmground.web.pages.exits import exit_, exits
from firmground.web.pages.facilities import facilities, facility
from firmground.web.pages.findings import findings
from firmground.web.pages.funds import fund, funds, payments_load
from firmground.web.pages.help import help_page
from firmground.web.pages.household import household
from firmground.web.pages.issues import issue, issues, load_issues, raise_issue
from firmground.web.pages.listing import listing, redraw
from firmground.web.pages.orders import give_order, order, orders
from firmground.web.pages.places import place
from firmground.web.pages.projects import performance, project, projects
from firmground.web.pages.search import search
from firmground.web.pages.standards import standard, standards
from firmground.web.pages.supervision import supervision
from firmground.web.pages.today import today

HOUSEHOLD = "(?P<household_id>[0-9A-Za-z_-]{1,40})"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", board, name="board"),
    path("places/", place, name="nation"),
    re_path(r"^places/(?P<code>\d{2}|\d{4}|\d{6}|\d{9}|\d{12})/$", place, name="place"),
    re_path(rf"^households/{HOUSEHOLD}/$", household, name="household"),
    re_path(rf"^households/{HOUSEHOLD}/assistance/$", assistance.plan, name="plan"),
    re_path(rf"^households/{HOUSEHOLD}/card/$", card, name="card"),
    re_path(rf"^households/{HOUSEHOLD}/visits/$", teams.visits, name="visits"),
    path("assistance/", assistance.measures, name="measures"),
    path("assistance/<int:number>/", assistance.measure, name="measure"),
    path("public/assistance/", assistance.public, name="public_assistance"),
    path("teams/", teams.teams, name="teams"),
    path("teams/confirm/", teams.confirm, name="confirm_marks"),
    re_path(r"^teams/(?P<code>\d{12})/$", teams.team, name="team"),
    path("desk/", desk, name="desk"),
    path("today/", today, name="today"),
    path("cases/", cases, name="cases"),
    path("cases/<int:number>/", case, name="case"),
    path("supervision/", supervision, name="supervision"),
    re_path(r"^supervision/(?P<code>\d{2}|\d{4}|\d{6}|\d{9}|\d{12})/$", supervision, name="supervision_place"),
    path("funds/", funds, name="funds"),
    path("funds/projects/", projects, name="projects"),
    path("funds/projects/<str:number>/", project, name="project"),
    path("funds/performance/", performance, name="performance"),
    path("funds/payments/load/", payments_load, name="payments_load"),
    path("funds/<str:number>/", fund, name="fund"),
    path("supervision/plans/", battle_plans, name="battle_plans"),
    path("supervision/plans/<int:number>/", battle_plan, name="battle_plan"),
    path("supervision/listing/", listing, name="listing"),
    path("supervision/listing/redraw/", redraw, name="listing_redraw"),
    path("supervision/dispatch/", dispatch, name="dispatch"),
    path("supervision/dispatch/load/", dispatch_load, name="dispatch_load"),
    re_path(r"^supervision/dispatch/empty/(?P<code>|\d{2}|\d{4}|\d{6})$", dispatch_empty, name="dispatch_empty"),
    re_path(r"^supervision/dispatch/(?P<code>\d{2}|\d{4}|\d{6})/$", dispatch, name="dispatch_place"),
    re_path(r"^supervision/dispatch/(?P<code>\d{6})/sheet/$", dispatch_sheet, name="dispatch_sheet"),
    path("supervision/briefs/", briefs, name="briefs"),
    path("supervision/briefs/<int:number>/", brief, name="brief"),
    path("supervision/briefs/<int:number>/paper/", brief_paper, name="brief_paper"),
    path("supervision/briefs/<int:number>/numbers/", brief_numbers, name="brief_numbers"),
    path("supervision/briefs/<int:number>/rows/", brief_rows, name="brief_rows"),
    path("supervision/exits/", exits, name="exits"),
    re_path(r"^supervision/exits/(?P<code>\d{6}|\d{12})/$", exit_, name="exit"),
    path("facilities/", facilities, name="facilities"),
    re_path(
        r"^facilities/(?P<kind>water_supply|clinic|school)/(?P<key>[0-9A-Za-z][0-9A-Za-z_.:-]{0,39})/$",
        facility,
        name="facility",
    ),
    path("findings/", findings, name="findings"),
    path("standards/", standards, name="standards"),
    re_path(r"^standards/(?P<name>[A-Za-z_][A-Za-z0-9_]*)/$", standard, name="standard"),
    path("search/", search, name="search"),
    path("officers/", officers.officers, name="officers"),
    path("officers/enrol/", officers.enrol, name="enrol"),
    path("officers/<int:number>/", officers.officer, name="officer"),
    path("officers/hand-overs/<int:number>/", officers.hand_over, name="hand_over"),
    path("supervision/samples/", samples.draws, name="samples"),
    path("supervision/samples/<int:number>/", samples.draw, name="sample"),
    path("supervision/samples/<int:number>/<int:position>/", samples.home, name="sample_home"),
    path("supervision/visits/", supervision_visits.visits, name="supervision_visits"),
    path("supervision/visits/<int:number>/", supervision_visits.visit, name="supervision_visit"),
    path("supervision/teams/", supervision_visits.teams, name="supervision_teams"),
    path("supervision/teams/<int:number>/", supervision_visits.team, name="supervision_team"),
    path("supervision/issues/", issues, name="issues"),
    path("supervision/issues/raise/", raise_issue, name="raise_issue"),
    path("supervision/issues/load/", load_issues, name="load_issues"),
    path("supervision/issues/<int:number>/", issue, name="issue"),
    path("supervision/orders/", orders, name="orders"),
    path("supervision/orders/give/", give_order, name="give_order"),
    path("supervision/orders/<int:number>/", order, name="order"),
    path("audit/", audit, name="audit"),
    path("account/", include("firmground.web.signing_in.urls")),
    path("loads/", include("firmground.registry.urls")),
    path("", include("firmground.notices.urls")),
    path("", include("firmground.cases.urls")),
    path("officers/tokens/", include("firmground.api.tokens.urls")),
    path("api/v1/", include("firmground.api.urls")),
    path("registry/", include("firmground.api.dci.urls")),
    path(".well-known/", include("firmground.api.dci.well_known")),
    path("help/", help_page, name="help"),
]
