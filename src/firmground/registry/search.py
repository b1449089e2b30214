"""Households by what they are called."""

from django.db.models import Value

from firmground.registry.models import OPEN, Household, Member


def households_called(text: str, most: int) -> list[Household]:
    """Households whose number, or the name of whose head or of a member, begins with `text`.

    Each carries `by`: the member's name it was found by, or "". Identity numbers, telephones and accounts are not
    looked through.
    """
    if text.isdigit():
        if len(text) < 12:  # shorter numbers are codes of places
            return []
        found = Household.objects.filter(OPEN, village_code=text[:12], household_id__startswith=text)
        return list(found.annotate(by=Value("")).order_by("household_id")[:most])
    households = list(
        Household.objects.filter(OPEN, head__startswith=text).annotate(by=Value("")).order_by("household_id")[:most]
    )
    known = {household.household_id for household in households}
    members = Member.objects.filter(OPEN, name__startswith=text).order_by("household_id")[: most * 2]
    named = {m.household_id: m for m in members if m.household_id not in known}
    villages = {m.village_code for m in named.values()}
    others = Household.objects.filter(OPEN, village_code__in=villages, household_id__in=list(named))
    for household in others.order_by("household_id")[: most - len(households)]:
        household.by = named[household.household_id].name
        households.append(household)
    return households
