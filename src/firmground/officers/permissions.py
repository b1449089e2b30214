"""Which roles may do what: every verb of every room, read from this table alone."""

from collections.abc import Mapping

from firmground.officers.models import Role

VILLAGE, TOWNSHIP, COUNTY, PREFECTURE, PROVINCE, NATION, DEPARTMENT, SUPERVISOR, AUDITOR, ADMINISTRATOR, SYSTEM = Role
LEVELS = (VILLAGE, TOWNSHIP, COUNTY, PREFECTURE, PROVINCE, NATION)
FROM_TOWNSHIP = LEVELS[1:]
FROM_COUNTY = LEVELS[2:]
EVERYBODY = tuple(Role)

PERMISSIONS: Mapping[str, frozenset[Role]] = {
    verb: frozenset(roles)
    for verb, roles in {
        "places.load": (ADMINISTRATOR,),
        "places.load_listing": (ADMINISTRATOR,),
        "places.change": (ADMINISTRATOR,),
        "officers.enrol": (*FROM_TOWNSHIP, ADMINISTRATOR),
        "officers.correct": (*FROM_TOWNSHIP, ADMINISTRATOR),
        "officers.grant": (*FROM_TOWNSHIP, ADMINISTRATOR),
        "officers.end": (*FROM_TOWNSHIP, ADMINISTRATOR),
        "officers.delegate": (*LEVELS, DEPARTMENT, SUPERVISOR, AUDITOR, ADMINISTRATOR),
        "officers.hand_over": (*LEVELS, DEPARTMENT, SUPERVISOR, AUDITOR, ADMINISTRATOR),
        "officers.lock": (*FROM_TOWNSHIP, ADMINISTRATOR),
        "officers.unlock": (*FROM_TOWNSHIP, ADMINISTRATOR),
        "officers.set_password": (*FROM_TOWNSHIP, ADMINISTRATOR),
        "officers.change_password": EVERYBODY,
        "officers.sign_in": EVERYBODY,
        "officers.count_failure": (ADMINISTRATOR,),
        "registry.load": (*FROM_TOWNSHIP, DEPARTMENT, ADMINISTRATOR),
        "registry.hand_in": (*FROM_TOWNSHIP, DEPARTMENT, ADMINISTRATOR),
        "registry.try_again": (*FROM_TOWNSHIP, DEPARTMENT, ADMINISTRATOR),
        "registry.standing": EVERYBODY,
        "findings.take_in": (ADMINISTRATOR,),
        "findings.release": (NATION, ADMINISTRATOR),
    }.items()
}

# Whoever decides, or takes files out of the house, signs in with a second factor.
SECOND_FACTOR = frozenset(EVERYBODY) - {VILLAGE, SYSTEM}
