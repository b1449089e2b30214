"""The officers of the tests: two counties far from each other, and those above, beside and below.

Poji village, Poji township, Zhenxiong (530627) lies in Zhaotong (5306), Yunnan (53);
Wangmu village, Wangmu street, Wangmo (522326) in Qianxinan (5223), Guizhou (52).
"""

from datetime import date
from types import SimpleNamespace

from django.contrib.auth.hashers import make_password
from django.test import Client

from firmground.common.audit.trail import acting
from firmground.officers.models import Office, Officer, Role
from firmground.web.signing_in.middleware import OFFICE, SECOND

PASSWORD = "pass the word along"
ZHENXIONG, WANGMO = "530627", "522326"
OFFICES = {
    # name in the cast: (person, role, territory, department)
    "mei": ("Officer Mei", Role.VILLAGE_WORKER, f"{ZHENXIONG}102201", ""),
    "tang": ("Officer Tang", Role.TOWNSHIP, f"{ZHENXIONG}102", ""),
    "zhou": ("Officer Zhou", Role.COUNTY, ZHENXIONG, ""),
    "luo": ("Officer Luo", Role.PREFECTURE, "5306", ""),
    "yang": ("Officer Yang", Role.PROVINCE, "53", ""),
    "han": ("Officer Han", Role.NATION, "", ""),
    "doctor_wu": ("Doctor Wu", Role.DEPARTMENT, ZHENXIONG, "health"),
    "supervisor_qin": ("Supervisor Qin", Role.SUPERVISOR, "5306", ""),
    "auditor_zhao": ("Auditor Zhao", Role.AUDITOR, "", ""),
    "admin_lin": ("Administrator Lin", Role.ADMINISTRATOR, ZHENXIONG, ""),
    "root": ("Administrator He", Role.ADMINISTRATOR, "", ""),
    # The other county.
    "bao": ("Officer Bao", Role.VILLAGE_WORKER, f"{WANGMO}001201", ""),
    "shi": ("Officer Shi", Role.TOWNSHIP, f"{WANGMO}001", ""),
    "peng": ("Officer Peng", Role.COUNTY, WANGMO, ""),
    "doctor_gu": ("Doctor Gu", Role.DEPARTMENT, WANGMO, "health"),
    "admin_cai": ("Administrator Cai", Role.ADMINISTRATOR, WANGMO, ""),
}


def enrol() -> SimpleNamespace:
    """Everybody above, each with one office: cast.zhou is an Office, cast.zhou.officer the person."""
    quick = make_password(PASSWORD, hasher="md5")
    offices = {}
    with acting(officer=None, office=None, role=Role.ADMINISTRATOR, verb="tests"):
        for name, (person, role, territory, department) in OFFICES.items():
            officer = Officer.objects.create(username=name, name=person, language="en", password=quick)
            offices[name] = Office.objects.create(
                officer=officer, role=role, territory=territory, department=department, held_from=date(2019, 1, 1)
            )
    return SimpleNamespace(**offices)


def sign_in(client: Client, office: Office) -> Client:
    """As if that officer had signed in with both factors, and chosen that office."""
    client.force_login(office.officer)
    session = client.session
    session[SECOND], session[OFFICE] = True, office.pk
    session.save()
    return client
