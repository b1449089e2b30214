"""A query of the specification as a condition: by an identifier, by predicates, or by an expression."""

from collections.abc import Iterator
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from firmground.api.dci.attributes import (
    GROUP,
    IDENTIFIERS,
    KEYS,
    MEMBER,
    MODELS,
    Attribute,
    readable,
    typed,
)
from firmground.api.dci.messages import Criteria, Rejected
from firmground.officers.models import Office
from firmground.registry.identity_numbers import eighteen
from firmground.registry.models import OPEN, Member

LARGEST_PAGE = 100
MOST_CONDITIONS = 30
DEEPEST = 5
OPERATORS = {"eq": "exact", "gt": "gt", "ge": "gte", "gte": "gte", "lt": "lt", "le": "lte", "lte": "lte", "in": "in"}
ENTITIES = {"group": GROUP, "household": GROUP, "member": MEMBER, "person": MEMBER, "srperson": MEMBER}


def entity_of(criteria: Criteria) -> str:
    """What the answer is about: a Group (a household) if nothing is said.

    Raises:
        Rejected: a kind of record that this registry has not.
    """
    if criteria.response_entity:
        return criteria.response_entity
    said = (criteria.reg_record_type or GROUP).rpartition(":")[2].lower()
    if said not in ENTITIES:
        raise _bad(gettext("This registry has records of the types Group and Member."))
    return ENTITIES[said]


def found(criteria: Criteria, office: Office) -> QuerySet[Any]:
    """The rows in force that fit, within the office's territory, in order.

    Raises:
        Rejected: the query is not one that this registry answers, or not to this office.
    """
    entity = entity_of(criteria)
    known = readable(entity, office)
    match criteria.query_type:
        case "idtype-value":
            fits = _identified(criteria.query, entity, office)
        case "predicate":
            fits = _predicates(criteria.query, known)
        case _:
            fits = _expression(criteria.query, known)
    rows = MODELS[entity].objects.filter(OPEN, fits, office.reach.q("village_code"))
    return rows.order_by(*_order(criteria, known), known[KEYS[entity]].field)


def page_of(criteria: Criteria, count: int) -> tuple[int, int]:
    """(size, number) of the page asked for.

    Raises:
        Rejected: the page is too large, or none was asked for and too many records were found.
    """
    if criteria.pagination is None:
        if count > LARGEST_PAGE:
            raise Rejected(
                "rjct.search.too_many_records_found",
                gettext("%(count)s records fit. Ask for pages of at most %(most)s.")
                % {"count": count, "most": LARGEST_PAGE},
            )
        return LARGEST_PAGE, 1
    size, number = criteria.pagination.page_size, criteria.pagination.page_number
    if not (1 <= size <= LARGEST_PAGE and 1 <= number <= 10**6):
        raise Rejected(
            "rjct.pagination.invalid",
            gettext("A page has 1 to %(most)s records; pages are counted from 1.") % {"most": LARGEST_PAGE},
        )
    return size, number


def _identified(query: Any, entity: str, office: Office) -> Q:
    kind, value = (query.get("type"), query.get("value")) if isinstance(query, dict) else (None, None)
    model, field = IDENTIFIERS.get(str(kind).rpartition(":")[2].upper(), (None, ""))
    if model is None or not isinstance(value, str | int) or not 0 < len(str(value)) <= 100:
        raise _bad(gettext("An identifier has a type, one of %(types)s, and a value.") % {"types": list(IDENTIFIERS)})
    sought = (eighteen(str(value)) or str(value)) if field == "id_number" else str(value)
    if model is MODELS[entity]:
        return Q(**{field: sought})
    if entity == MEMBER:
        return Q(household_id=sought)
    # Told apart in two statements: a sub-select would be asked of every household.
    theirs = Member.objects.filter(OPEN, office.reach.q("village_code"), **{field: sought})
    homes = theirs.values_list("household_id", flat=True)
    return Q(household_id__in=list(homes[:LARGEST_PAGE]))


def _predicates(query: Any, known: dict[str, Attribute]) -> Q:
    """Every predicate of a list must hold; each is one condition, or two joined."""
    if not isinstance(query, list) or not 0 < len(query) <= MOST_CONDITIONS:
        raise _bad(gettext("A predicate query is a list of at most %(most)s predicates.") % {"most": MOST_CONDITIONS})
    fits = Q()
    for each in query:
        one = _stated(each.get("expression1"), known)
        if each.get("expression2") is not None:
            other = _stated(each["expression2"], known)
            match each.get("condition", "and"):
                case "and":
                    one &= other
                case "or":
                    one |= other
                case "not":
                    one &= ~other
                case _:
                    raise _bad(gettext("Two expressions are joined by and, or, not."))
        fits &= one
    return fits


def _stated(said: Any, known: dict[str, Attribute]) -> Q:
    if not isinstance(said, dict):
        raise _bad(gettext("An expression has attribute_name, operator and attribute_value."))
    return _condition(said.get("attribute_name"), said.get("operator"), said.get("attribute_value"), known)


def _expression(query: Any, known: dict[str, Attribute]) -> Q:
    """{"value": {"expression": {"query": {"$and": [{name: {"$lt": 5}}, …]}}}}."""
    said: Any = query
    for key in ("value", "expression", "query"):
        said = said.get(key) if isinstance(said, dict) else None
    if not isinstance(said, dict) or not said:
        raise _bad(gettext("An expression query holds value.expression.query."))
    if sum(1 for _ in _leaves(said, 0)) > MOST_CONDITIONS:
        raise _bad(gettext("An expression has at most %(most)s conditions.") % {"most": MOST_CONDITIONS})
    return _all_of(said, known)


def _all_of(said: dict[str, Any], known: dict[str, Attribute]) -> Q:
    fits = Q()
    for name, value in said.items():
        if name in ("$and", "$or"):
            if not isinstance(value, list) or not value or not all(isinstance(each, dict) and each for each in value):
                raise _bad(gettext("$and and $or hold a list of conditions."))
            parts = [_all_of(each, known) for each in value]
            fits &= Q(*parts, _connector=Q.AND if name == "$and" else Q.OR)
        elif isinstance(value, dict) and value:
            for operator, than in value.items():
                fits &= _condition(name, operator.removeprefix("$"), than, known)
        else:
            fits &= _condition(name, "eq", value, known)
    return fits


def _leaves(said: Any, depth: int) -> Iterator[None]:
    if depth > 2 * DEEPEST:
        raise _bad(gettext("The expression is nested too deeply."))
    if isinstance(said, dict | list) and said:
        for each in said.values() if isinstance(said, dict) else said:
            yield from _leaves(each, depth + 1)
    else:
        yield None


def _condition(name: Any, operator: Any, value: Any, known: dict[str, Attribute]) -> Q:
    attribute = known.get(name) if isinstance(name, str) else None
    if attribute is None:
        raise _bad(gettext("You can ask about %(names)s.") % {"names": ", ".join(known)})
    if operator not in OPERATORS or (attribute.type in ("place", "bool") and operator not in ("eq", "in")):
        raise _bad(gettext("%(name)s cannot be compared so.") % {"name": attribute.name})
    if operator == "in" and not (isinstance(value, list) and 0 < len(value) <= LARGEST_PAGE):
        raise _bad(gettext("“in” takes a list of at most %(most)s values.") % {"most": LARGEST_PAGE})
    try:
        values = [typed(attribute, each) for each in (value if operator == "in" else [value])]
    except ValueError:
        raise _bad(gettext("A value of %(name)s is not of its type.") % {"name": attribute.name}) from None
    if attribute.type == "place":
        return Q(*(Q(**{f"{attribute.field}__startswith": each}) for each in values), _connector=Q.OR)
    return Q(**{f"{attribute.field}__{OPERATORS[operator]}": values if operator == "in" else values[0]})


def _order(criteria: Criteria, known: dict[str, Attribute]) -> list[str]:
    for each in criteria.sort or ():
        if each.attribute_name not in known:
            raise Rejected("rjct.sort.invalid", gettext("You can sort by %(names)s.") % {"names": ", ".join(known)})
    return [
        ("-" if each.sort_order == "desc" else "") + known[each.attribute_name].field for each in criteria.sort or ()
    ]


def _bad(sentence: str) -> Rejected:
    return Rejected("rjct.search_criteria.invalid", sentence)
