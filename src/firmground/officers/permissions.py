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
        "places.enlist": (PROVINCE, NATION),
        "places.delist": (TOWNSHIP, COUNTY, PROVINCE, NATION),
        "officers.enrol": (*FROM_TOWNSHIP, ADMINISTRATOR),
        "officers.grant": (*FROM_TOWNSHIP, ADMINISTRATOR),
        "officers.end": (*FROM_TOWNSHIP, ADMINISTRATOR),
        "officers.delegate": (*LEVELS, DEPARTMENT, SUPERVISOR, AUDITOR, ADMINISTRATOR),
        "officers.hand_over": (*LEVELS, DEPARTMENT, SUPERVISOR, AUDITOR, ADMINISTRATOR),
        "officers.acknowledge": (*LEVELS, DEPARTMENT, SUPERVISOR, AUDITOR, ADMINISTRATOR),
        "officers.clear_sessions": (ADMINISTRATOR,),
        "officers.lock": (*FROM_TOWNSHIP, ADMINISTRATOR),
        "officers.unlock": (*FROM_TOWNSHIP, ADMINISTRATOR),
        "officers.give_password": (*FROM_TOWNSHIP, ADMINISTRATOR),
        "officers.reset_second_factor": (*FROM_TOWNSHIP, ADMINISTRATOR),
        "officers.change_password": EVERYBODY,
        "officers.sign_in": EVERYBODY,
        "officers.change_second_factor": EVERYBODY,
        "officers.count_failure": (ADMINISTRATOR,),
        "officers.make_token": EVERYBODY,
        "officers.revoke_token": EVERYBODY,
        "registry.load": (*FROM_TOWNSHIP, DEPARTMENT, ADMINISTRATOR),
        "registry.hand_in": (*FROM_TOWNSHIP, DEPARTMENT, ADMINISTRATOR),
        "registry.try_again": (*FROM_TOWNSHIP, DEPARTMENT, ADMINISTRATOR),
        "registry.standing": EVERYBODY,
        "registry.correct": (*LEVELS, DEPARTMENT, ADMINISTRATOR),
        "registry.add": (*LEVELS, DEPARTMENT, ADMINISTRATOR),
        "registry.replace": (*LEVELS, DEPARTMENT, ADMINISTRATOR),
        "teams.send": (TOWNSHIP, COUNTY, PREFECTURE, PROVINCE),
        "teams.end_team": (TOWNSHIP, COUNTY, PREFECTURE, PROVINCE),
        "teams.post": (TOWNSHIP, COUNTY, PREFECTURE, PROVINCE),
        "teams.end_post": (TOWNSHIP, COUNTY, PREFECTURE, PROVINCE),
        "teams.mark": (VILLAGE, TOWNSHIP),
        "teams.confirm": (TOWNSHIP,),
        "teams.assign_helper": (TOWNSHIP, COUNTY),
        "teams.visit": (*LEVELS, DEPARTMENT),
        "teams.follow_registers": (ADMINISTRATOR,),
        "findings.take_in": (ADMINISTRATOR,),
        "findings.release": (NATION, ADMINISTRATOR),
        "notices.post": (*LEVELS, DEPARTMENT),
        "notices.withdraw": (*LEVELS, DEPARTMENT, ADMINISTRATOR),
        "notices.correct": (*LEVELS, DEPARTMENT),
        "notices.take_down": (VILLAGE, TOWNSHIP, COUNTY),
        "notices.object": (*LEVELS, DEPARTMENT, SUPERVISOR, ADMINISTRATOR),
        "notices.answer": FROM_TOWNSHIP,
        "notices.set_telephone": (TOWNSHIP, COUNTY),
        "cases.open": (*LEVELS, DEPARTMENT, SUPERVISOR, ADMINISTRATOR),
        "cases.open_for_findings": (ADMINISTRATOR,),
        "cases.take": (*LEVELS, DEPARTMENT, SUPERVISOR, ADMINISTRATOR),
        "cases.post": LEVELS,
        "cases.raise_overdue": (ADMINISTRATOR,),
        "cases.send_digests": (ADMINISTRATOR,),
        "cases.follow_registers": (ADMINISTRATOR,),
        "cases.apply": (ADMINISTRATOR,),
        "cases.take_up": (TOWNSHIP, COUNTY),
        "cases.answer": (TOWNSHIP, COUNTY),
        "cases.export": (*LEVELS, DEPARTMENT, SUPERVISOR, AUDITOR),
        "ledger.raise": (*FROM_TOWNSHIP, DEPARTMENT, SUPERVISOR),
        "ledger.raise_from_findings": (*FROM_COUNTY, SUPERVISOR),
        "ledger.load": (*FROM_COUNTY, SUPERVISOR),
        "ledger.order": (*FROM_COUNTY, SUPERVISOR),
        "ledger.help": (*FROM_TOWNSHIP, DEPARTMENT, SUPERVISOR),
        "ledger.export": (*LEVELS, DEPARTMENT, SUPERVISOR, AUDITOR),
        "supervision_visits.form_team": (*FROM_COUNTY, SUPERVISOR),
        "supervision_visits.end_team": (*FROM_COUNTY, SUPERVISOR),
        "supervision_visits.post": (*FROM_COUNTY, SUPERVISOR),
        "supervision_visits.end_post": (*FROM_COUNTY, SUPERVISOR),
        "supervision_visits.plan": (*FROM_COUNTY, SUPERVISOR),
        "supervision_visits.record": (*FROM_COUNTY, SUPERVISOR),
        "supervision_visits.bring_help": (*FROM_TOWNSHIP, DEPARTMENT, SUPERVISOR),
        "supervision_visits.export": (*LEVELS, DEPARTMENT, SUPERVISOR, AUDITOR),
        "samples.draw": (*FROM_COUNTY, SUPERVISOR),
        "samples.answer": (*FROM_COUNTY, SUPERVISOR),
        "samples.export": (*FROM_COUNTY, SUPERVISOR, AUDITOR),
        "board.count": (ADMINISTRATOR,),
        "board.foretell": (ADMINISTRATOR,),
        "board.export": (*LEVELS, DEPARTMENT, SUPERVISOR, AUDITOR),
        "dispatch.hand_in": (COUNTY, ADMINISTRATOR),
        "dispatch.load": (COUNTY, ADMINISTRATOR),
        "dispatch.export": (*LEVELS, DEPARTMENT, SUPERVISOR, AUDITOR),
        "listing.redraw": (PROVINCE, NATION),
        "listing.export": (*LEVELS, DEPARTMENT, SUPERVISOR, AUDITOR),
        "briefs.make": (COUNTY, PREFECTURE, PROVINCE, NATION, SUPERVISOR, ADMINISTRATOR),
        "briefs.export": (*LEVELS, DEPARTMENT, SUPERVISOR, AUDITOR),
        "exits.export": (*LEVELS, DEPARTMENT, SUPERVISOR, AUDITOR),
        "plans.draft": (TOWNSHIP, COUNTY, PREFECTURE, PROVINCE),
        "plans.write": (TOWNSHIP, COUNTY, PREFECTURE, PROVINCE),
        "plans.done": (*FROM_TOWNSHIP, DEPARTMENT),
        "plans.export": (*LEVELS, DEPARTMENT, SUPERVISOR, AUDITOR),
        "assistance.set_measure": (TOWNSHIP, COUNTY, DEPARTMENT),
        "assistance.give": (TOWNSHIP, COUNTY, DEPARTMENT),
        "assistance.give_at_once": (VILLAGE, TOWNSHIP, COUNTY, DEPARTMENT),
        "assistance.take_effect": (VILLAGE, TOWNSHIP, COUNTY, DEPARTMENT),
        "assistance.cancel": (TOWNSHIP, COUNTY, DEPARTMENT),
        "assistance.take_back": (TOWNSHIP, COUNTY, DEPARTMENT),
        "assistance.correct": (TOWNSHIP, COUNTY, DEPARTMENT),
        "assistance.follow_registers": (ADMINISTRATOR,),
        "api.search": (SYSTEM,),
        "api.receive_search": (SYSTEM,),
        "api.deliver": (SYSTEM,),
        "api.forget": (ADMINISTRATOR,),
    }.items()
}

# Whoever decides, or takes files out of the house, signs in with a second factor.
SECOND_FACTOR = frozenset(EVERYBODY) - {VILLAGE, SYSTEM}

# Which classes of fields a role reads, wherever a record is shown or handed out. Health, spending, numbers of accounts
# and identity stay with those who work with the household; whoever looks after officers needs nobody's data.
WORKS_WITH_HOUSEHOLDS = frozenset({"public", "official", "personal", "sensitive"})
READS: Mapping[Role, frozenset[str]] = {
    VILLAGE: WORKS_WITH_HOUSEHOLDS,
    TOWNSHIP: WORKS_WITH_HOUSEHOLDS,
    COUNTY: WORKS_WITH_HOUSEHOLDS,
    DEPARTMENT: WORKS_WITH_HOUSEHOLDS,
    **dict.fromkeys((PREFECTURE, PROVINCE, NATION, SUPERVISOR, AUDITOR, SYSTEM), WORKS_WITH_HOUSEHOLDS - {"sensitive"}),
    ADMINISTRATOR: frozenset({"public", "official"}),
}
