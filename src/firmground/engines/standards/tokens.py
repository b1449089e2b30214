"""The words of an expression: what can be refused before it is parsed, and where a parse broke off."""

import re
from collections.abc import Mapping

import sqlglot
from sqlglot.errors import ParseError, TokenError
from sqlglot.tokens import Token, TokenType

from firmground.engines.standards.checking import NotInTheLanguage
from firmground.engines.standards.tree import Type

FUNCTIONS = (
    "abs",
    "ceil",
    "coalesce",
    "days_between",
    "floor",
    "greatest",
    "least",
    "months_between",
    "round",
    "years_between",
)
_AGGREGATES = {"count", "sum", "min", "max", "avg", "any", "all", "exists"}
_BEFORE_A_PAREN = {
    TokenType.AND,
    TokenType.OR,
    TokenType.NOT,
    TokenType.IN,
    TokenType.BETWEEN,
    TokenType.CASE,
    TokenType.WHEN,
    TokenType.THEN,
    TokenType.ELSE,
    TokenType.IS,
}
_STRUCTURE = _BEFORE_A_PAREN | {TokenType.END, TokenType.NULL, TokenType.TRUE, TokenType.FALSE, TokenType.STRING}
_FIRST_OF_A_STATEMENT = {
    *sqlglot.Parser.STATEMENT_PARSERS,
    TokenType.COMMAND,
    TokenType.EXECUTE,
    TokenType.FETCH,
    TokenType.FROM,
    TokenType.RENAME,
    TokenType.SELECT,
    TokenType.SHOW,
    TokenType.VALUES,
    TokenType.WITH,
} - {TokenType.SEMICOLON}
_PLACEHOLDERS = {TokenType.PLACEHOLDER, TokenType.PARAMETER, TokenType.COLON}
# SQL text with its string literals set aside, so that "--" inside quotes is no comment.
_COMMENT = re.compile(r"'(?:[^']|'')*'|(?P<comment>--|/\*|\*/|\{#)")


def tokens_of(text: str) -> list[Token]:
    for match in _COMMENT.finditer(text):
        if match["comment"]:
            raise NotInTheLanguage("comments are not allowed in an expression; use 'why'", match.start())
    try:
        tokens = list(sqlglot.tokenize(text))
    except TokenError as error:
        quote = text.rfind("'") if text.count("'") % 2 else None
        message = "this text in quotes does not end" if quote is not None else f"this cannot be read ({error})"
        raise NotInTheLanguage(message, quote) from None
    if not tokens:
        raise NotInTheLanguage("the expression is empty")
    return tokens


def with_names(tokens: list[Token], names: Mapping[str, Type]) -> list[Token]:
    """The same tokens, where words that are names are no words of SQL: a fact may be called `on` or `from`."""
    return [
        Token(TokenType.VAR, token.text, token.line, token.col, token.start, token.end)
        if token.text in names
        and token.token_type not in _STRUCTURE
        and (following is None or following.token_type is not TokenType.STRING)
        else token
        for token, following in zip(tokens, [*tokens[1:], None], strict=True)
    ]


def refuse_by_tokens(tokens: list[Token], names: Mapping[str, Type]) -> None:
    if tokens[0].token_type in _FIRST_OF_A_STATEMENT and tokens[0].text not in names:
        raise NotInTheLanguage(
            f"'{tokens[0].text}' begins a statement, which is not in the language; write a condition", tokens[0].start
        )
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.token_type is TokenType.SELECT:
            raise NotInTheLanguage(
                "a sub-query is not in the language; declare a fact that counts or sums the related rows, "
                "and use its name",
                token.start,
            )
        if token.token_type in _PLACEHOLDERS:
            raise NotInTheLanguage(
                f"'{token.text}' is not in the language; write a fact, parameter or value", token.start
            )
        if token.token_type is TokenType.COMMA and following is not None and following.token_type is TokenType.R_PAREN:
            raise NotInTheLanguage("a value is missing before this bracket", following.start)
        if token.token_type is TokenType.SEMICOLON:
            raise NotInTheLanguage("write one expression, without a semicolon", token.start)
        if token.token_type is TokenType.DCOLON:
            raise NotInTheLanguage("casts are not in the language", token.start)
        if token.token_type is TokenType.IDENTIFIER:
            raise NotInTheLanguage(
                f'"{token.text}" in double quotes would be a name; write text in single quotes, names without quotes',
                token.start,
            )
        called = following is not None and following.token_type is TokenType.L_PAREN and token.text[:1].isalpha()
        if called and token.token_type not in _BEFORE_A_PAREN and token.text.lower() not in FUNCTIONS:
            name = token.text.lower()
            advice = (
                "declare a fact that counts or sums the related rows, and use its name"
                if name in _AGGREGATES
                else f"the functions are {', '.join(FUNCTIONS)}"
            )
            raise NotInTheLanguage(f"'{token.text}' is not a function of the language; {advice}", token.start)


def not_understood(text: str, error: ParseError) -> NotInTheLanguage:
    found = error.errors[0] if error.errors else {}
    line, column = found.get("line"), found.get("col")
    at = None
    if isinstance(line, int) and isinstance(column, int):
        before = text.split("\n")[: line - 1]
        end = sum(len(part) + 1 for part in before) + column  # sqlglot's column is where the token ends
        at = min(max(end - len(found.get("highlight") or " "), 0), len(text))
    return NotInTheLanguage("this is not a complete expression here; is a word, a value or a bracket missing?", at)
