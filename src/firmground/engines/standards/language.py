"""From the text of an expression to its tree; everything that is not the language is refused with its character.

The grammar and its precedence are SQL's, parsed by sqlglot: `tokens` refuses by words, `grammar` walks sqlglot's tree,
`checking` says what may stand where. No statement, sub-query, comment, cast, or function off the list gets through.
"""

from collections.abc import Mapping

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError

from firmground.engines.standards.checking import NotInTheLanguage, fits, in_words
from firmground.engines.standards.grammar import Walk
from firmground.engines.standards.tokens import not_understood, refuse_by_tokens, tokens_of, with_names
from firmground.engines.standards.tree import Name, Node, Type, depth

MOST_LEVELS = 200
"""How deep an expression may be nested; a chain of `and`s is as deep as it is long."""
_TOO_DEEP = "this expression is nested too deeply; split it into facts of its own"


def parse(
    text: str,
    names: Mapping[str, Type],
    expected: Type | None = None,
    hint: str = "",
    elsewhere: Mapping[str, str] | None = None,
) -> Node:
    """Parse and type-check one expression.

    Args:
        names: the facts and parameters in reach, with their types; `as_of` is always in reach.
        expected: the type the whole must have; an int passes where a decimal is expected.
        hint: whose facts these are, for the message about an unknown name.
        elsewhere: facts out of reach and the table each belongs to, for the same message.

    Raises:
        NotInTheLanguage: with the place in the text and what to write instead.
    """
    tokens = with_names(tokens_of(text), names)
    refuse_by_tokens(tokens, names)
    try:
        parsed = sqlglot.Dialect().parser().parse_into(exp.Condition, tokens, text)[0]
    except ParseError as error:
        raise not_understood(text, error) from None
    except RecursionError:
        raise NotInTheLanguage(_TOO_DEEP) from None
    walk = Walk(tokens, {**names, "as_of": "date"}, hint, elsewhere or {})
    try:
        node = walk.build(parsed)
    except RecursionError:
        raise NotInTheLanguage(_TOO_DEEP) from None
    if depth(node) > MOST_LEVELS:
        raise NotInTheLanguage(_TOO_DEEP)
    if expected is not None and not fits(node.type, expected):
        raise NotInTheLanguage(f"this is {in_words(node.type)}, but {in_words(expected)} is needed here", node.at)
    return node


def is_a_name(text: str) -> bool:
    """Whether a word can be the name of a fact or parameter: many words of SQL cannot."""
    try:
        parsed = parse(f"coalesce({text}, {text}) = {text}", {text: "int"}), parse(text, {text: "int"})
    except NotInTheLanguage:
        return False
    return isinstance(parsed[1], Name)
