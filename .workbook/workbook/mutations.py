"""Small changes to a text of C++, each of which its tests should notice.

    <  <=  >  >=  ==  !=          the neighbour: a limit that is off by one, or the opposite
    &&  ||  |  &                  the other one
    +  -  *  ++  --  +=  -=       the opposite
    7, 0, 1, true                 8, 1, 0, false
    if (...)  while (...)         the condition negated
    a statement                   left out: calls, assignments, counters, break, continue

Only what is written as .clang-format lays it out is understood: an operator has blanks around it, and
a template's brackets have none. What does not compile is left out later, when it is built.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .coroutine_rules import DECLARE, NO_TYPE, declares
from .cpp_text import Source, opens

DELETED = "left out"

NEIGHBOURS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "==": "!=", "!=": "==", "&&": "||",
              "||": "&&", "+": "-", "-": "+", "*": "/", "|": "&", "&": "|", "+=": "-=", "-=": "+=",
              "|=": "&=", "&=": "|="}
STEPS = {"++": "--", "--": "++"}
WORDS = {"true": "false", "false": "true"}
# Left out, these are no change of behaviour, or nothing that would compile.
KEPT = (DECLARE | NO_TYPE | {"public", "private", "protected", "friend", "assert"}) - {
    "break", "continue", "co_await", "this", "delete"}


@dataclass(frozen=True)
class Mutation:
    start: int  # the characters of the text that are replaced
    end: int
    new: str
    what: str  # `<` to `<=`; "left out"

    def applied_to(self, text: str) -> str:
        return text[:self.start] + self.new + text[self.end:]


@dataclass(frozen=True)
class Function:
    """The body of a function: what stands between its braces. A lambda belongs to its function."""

    start: int
    end: int
    first: int  # tokens of the body
    last: int


def _declaration(source: Source, brace: int) -> list[str]:
    """The words before the brace of a function, as far as its declaration goes."""
    start = brace
    while start > 0 and source.tokens[start - 1].text not in (";", "{", "}"):
        start -= 1
    return [token.text for token in source.tokens[start:brace]]


def functions(source: Source) -> list[Function]:
    """The outermost functions of a text that have a body; none with a directive in it, and none that
    only the compiler calls: a program cannot choose there."""
    found = []
    at = 0
    while at < len(source.tokens):
        if source.is_(at, "{") and source.tokens[at].kind == "sign" and at in source.partner:
            if opens(source, at) == "function":
                close = source.partner[at]
                start, end = source.tokens[at].end, source.tokens[close].start
                if (close > at + 1 and "consteval" not in _declaration(source, at) and
                        not re.search(r"^\s*#\s*(if|else|elif|endif|define)\b",
                                      source.text[start:end], re.MULTILINE)):
                    found.append(Function(start, end, at + 1, close))
                at = close
        at += 1
    return found


def _spaced(source: Source, at: int) -> bool:
    """Whether a blank or the end of a line stands on both sides of a token."""
    token = source.tokens[at]
    return source.text[token.start - 1].isspace() and source.text[token.end:token.end + 1].isspace()


def _ends_value(source: Source, at: int) -> bool:
    token = source.tokens[at]
    return (token.kind in ("number", "string", "character") or token.text in (")", "]", "}") or
            token.kind == "word" and token.text not in NO_TYPE)


def _number(text: str) -> str | None:
    """The next whole number; 0 for 1."""
    match = re.fullmatch(r"(0[xX][\da-fA-F']+|\d[\d']*)([uUlLzZ]*)", text)
    if not match:
        return None
    value = int(match[1].replace("'", ""), 0 if match[1][:2].lower() == "0x" else 10)
    return f"{0 if value == 1 else value + 1}{match[2]}"


def _token(source: Source, at: int) -> Mutation | None:
    token = source.tokens[at]
    new = None
    if token.kind == "number":
        new = _number(token.text)
    elif token.text in WORDS:
        new = WORDS[token.text]
    elif token.kind == "sign" and token.text in NEIGHBOURS and _spaced(source, at):
        new = NEIGHBOURS[token.text] if _ends_value(source, at - 1) else None
    elif token.kind == "sign" and token.text in STEPS:
        new = STEPS[token.text]
    return Mutation(token.start, token.end, new, f"`{token.text}` to `{new}`") if new else None


def _negated(source: Source, at: int) -> Mutation | None:
    """`if (a; b)` to `if (a; !(b))`."""
    if not source.is_(at, "if", "while") or not source.is_(at + 1, "(") or at + 1 not in source.partner:
        return None
    begin, end = at + 1, source.partner[at + 1]
    first = begin + 1
    for inner in range(begin + 1, end):
        if source.parent[inner] == begin and source.is_(inner, ";"):
            first = inner + 1
    if first >= end or declares(source, first) or source.is_(first, "true", "false"):
        return None
    start, stop = source.tokens[first].start, source.tokens[end].start
    return Mutation(start, stop, f"!({source.text[start:stop]})", f"`{source.tokens[at].text}` negated")


def _left_out(source: Source, at: int, last: int) -> Mutation | None:
    """The statement that begins here, replaced by an empty one."""
    before = at - 1
    begins = source.is_(before, "{", "}", ";", "else", "do") and not _in_parentheses(source, at)
    if source.is_(before, ")") and before in source.partner:
        begins = source.is_(source.partner[before] - 1, "if", "for", "while", "constexpr")
    if not begins or source.tokens[at].text in KEPT or source.is_(at, "{", "}", ";"):
        return None
    brace = before if source.is_(before, "{") else source.partner.get(before, -1)
    if source.is_(brace, "{") and opens(source, brace) in ("list", "scope"):
        return None
    if source.is_(before, "}") and opens(source, brace) == "lambda":
        return None
    end = at
    while end < last and not (source.is_(end, ";") and source.parent[end] == source.parent[at]):
        if source.is_(end, "}") and source.partner.get(end, end) < at:
            return None
        end += 1
    if end >= last or declares(source, at) and not source.is_(at, "delete"):
        return None
    return Mutation(source.tokens[at].start, source.tokens[end].end, ";", DELETED)


def _in_parentheses(source: Source, at: int) -> bool:
    return source.parent[at] >= 0 and source.is_(source.parent[at], "(", "[")


def of(source: Source, function: Function) -> Iterator[Mutation]:
    """All changes to the body of a function, in the order of the text."""
    constant = _constant_parts(source, function)
    for at in range(function.first, function.last):
        if constant.get(at):
            continue
        for found in (_left_out(source, at, function.last), _negated(source, at), _token(source, at)):
            if found:
                yield found


def _constant_parts(source: Source, function: Function) -> dict[int, bool]:
    """Tokens that are no code: what `static_assert` and `if constexpr` ask, and attributes."""
    marked: dict[int, bool] = {}
    for at in range(function.first, function.last):
        begin = -1
        if source.is_(at, "static_assert") or source.is_(at, "constexpr") and source.is_(at - 1, "if"):
            begin = at + 1
        elif source.is_(at, "[") and source.is_(at + 1, "["):
            begin = at
        if begin in source.partner:
            marked.update(dict.fromkeys(range(begin, source.partner[begin] + 1), True))
    return marked
