"""The officers of the demonstration: two counties, and those above, beside and below them. None of them exists."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from datetime import date

from django.contrib.auth.hashers import make_password
from django.db import transaction

from firmground.common.audit.trail import acting
from firmground.officers.machine import everywhere
from firmground.officers.models import Office, Officer, Role
from firmground.places.models import Level, Place

PASSWORD = "firm ground under every foot"  # noqa: S105 (shown to everybody who opens the demonstration)
COUNTIES = ("530627", "522326")  # Zhenxiong and Wangmo
PEOPLE = (
    # sign-in name, role, a name for each county
    ("county", Role.COUNTY, ("周建国", "彭秀英")),
    ("township", Role.TOWNSHIP, ("唐志强", "石丽华")),
    ("village", Role.VILLAGE_WORKER, ("梅小兰", "包德明")),
    ("secretary", Role.VILLAGE_WORKER, ("陆远", "严冬梅")),  # first secretary of the village's team
    ("cadre", Role.VILLAGE_WORKER, ("段青", "冯立新")),  # a member of it
    ("health", Role.DEPARTMENT, ("吴医生", "顾医生")),
    ("admin", Role.ADMINISTRATOR, ("林玉", "蔡芳")),
)
ABOVE = (
    ("nation", "韩明", Role.NATION, ""),
    ("root", "何静", Role.ADMINISTRATOR, ""),
    ("auditor", "赵审", Role.AUDITOR, ""),
    ("province", "杨帆", Role.PROVINCE, "53"),
    ("prefecture", "罗洋", Role.PREFECTURE, "5306"),
    ("supervisor", "秦督", Role.SUPERVISOR, "5306"),
)


def offices() -> list[Office]:
    """The cast as far as it is enrolled: those above, then county by county."""
    named = [*(name for name, *_ in ABOVE), *_usernames()]
    held = Office.held_on().filter(officer__username__in=named, delegated_from=None).select_related("officer")
    return sorted(held, key=lambda office: named.index(office.officer.username))


def enrol(villages: Iterable[str] = ()) -> None:
    """Enrol whoever of the cast is not there. It does nothing twice.

    Args:
        villages: codes of villages with households; the first of each county gets its worker.
    """
    quick = make_password(PASSWORD)
    with everywhere() as by, transaction.atomic(), _enrolling(by):
        known = set(Officer.objects.values_list("username", flat=True))
        for username, name, role, territory, department in _wanted(sorted(villages)):
            if username not in known:
                officer = Officer.objects.create(username=username, name=name, password=quick)
                Office.objects.create(
                    officer=officer, role=role, territory=territory, department=department,
                    held_from=date(2020, 1, 1), granted_by=by,
                )  # fmt: skip


def _enrolling(by: Office) -> AbstractContextManager[None]:
    return acting(officer=by.officer_id, office=by.pk, role=by.role, verb="officers.enrol", why="the demonstration")


def _wanted(villages: list[str]) -> Iterable[tuple[str, str, Role, str, str]]:
    yield from ((*each, "") for each in ABOVE)
    for number, county in enumerate(COUNTIES):
        of_county = [village for village in villages if village.startswith(county)] or list(
            Place.objects.filter(code__startswith=county, level=Level.VILLAGE).values_list("code", flat=True)[:1]
        )
        if not of_county:
            continue  # the places are not loaded
        village = of_county[0]
        territory = {Role.TOWNSHIP: village[:9], Role.VILLAGE_WORKER: village}
        for username, role, names in PEOPLE:
            department = "health" if role == Role.DEPARTMENT else ""
            yield f"{username}{number + 1}", names[number], role, territory.get(role, county), department


def _usernames() -> Iterable[str]:
    return (f"{username}{number + 1}" for number in range(len(COUNTIES)) for username, *_ in PEOPLE)
