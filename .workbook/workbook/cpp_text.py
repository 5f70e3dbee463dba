"""C++ as a row of tokens: enough to find functions, conditions and declarations without a compiler.

Comments, literals and directives of the preprocessor are left out; what remains keeps its place. It is
no parser, and macros are not expanded: a tool that builds on this says of each construct what it takes
it for, and its tests show it.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass

TOKEN = re.compile(r"""
    (?P<space> \s+ )
  | (?P<comment> //[^\n]* | /\*.*?\*/ )
  | (?P<directive> ^[ \t]*\#(?:[^\n\\]|\\.)*$ )
  | (?P<raw> (?:u8|[uUL])?R"(?P<delimiter>[^()\\\s]{0,16})\(.*?\)(?P=delimiter)" )
  | (?P<string> (?:u8|[uUL])?"(?:[^"\\\n]|\\.)*" )
  | (?P<character> (?:u8|[uUL])?'(?:[^'\\\n]|\\.)+' )
  | (?P<number> \.?\d(?:[eEpP][+-]|'?[\w.])* )
  | (?P<word> [A-Za-z_]\w* )
  | (?P<sign> <=>|<<=|>>=|->\*|\.\.\.|::|->|\+\+|--|&&|\|\||[-+*/%&|^!=<>]=|<<|. )
""", re.VERBOSE | re.MULTILINE | re.DOTALL)

LEFT_OUT = {"space", "comment", "directive"}
PAIRS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True)
class Token:
    kind: str  # "word", "number", "string" (raw ones too), "character" or "sign"
    text: str
    start: int  # in characters, from the beginning of the text

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def tokens(text: str) -> list[Token]:
    found = []
    for match in TOKEN.finditer(text):
        kind = match.lastgroup or "sign"
        if match["raw"] is not None:
            kind = "string"
        if kind not in LEFT_OUT:
            found.append(Token(kind, match[0], match.start()))
    return found


class Source:
    """The tokens of a text, and which bracket belongs to which. `>>` is one token: the end of a
    template is not distinguished from a shift."""

    def __init__(self, text: str):
        self.text = text
        self.tokens = tokens(text)
        self.partner: dict[int, int] = {}  # of a bracket, by its index: both ways
        self.parent: list[int] = []  # of each token: the index of the bracket it stands in, or -1
        self._lines = [match.start() for match in re.finditer(r"^", text, re.MULTILINE)]
        stack: list[int] = []
        for at, token in enumerate(self.tokens):
            if token.kind == "sign" and token.text in ")]}":
                while stack and PAIRS[self.tokens[stack[-1]].text] != token.text:
                    stack.pop()  # unbalanced, as in a piece of a file: what is open ends here
                if stack:
                    self.partner[at] = stack[-1]
                    self.partner[stack.pop()] = at
            self.parent.append(stack[-1] if stack else -1)
            if token.kind == "sign" and token.text in PAIRS:
                stack.append(at)

    def line(self, at: int) -> int:
        """The line of a token, from 1."""
        return bisect_right(self._lines, self.tokens[at].start)

    def is_(self, at: int, *texts: str) -> bool:
        return 0 <= at < len(self.tokens) and self.tokens[at].text in texts


CONTROL = {"if", "for", "while", "switch", "catch"}
SCOPES = {"class", "struct", "union", "enum", "namespace", "extern"}


def opens(source: Source, brace: int) -> str:
    """What a `{` begins: "function", "lambda", "block" (of a statement), "scope" (a class or a
    namespace) or "list" (an initializer)."""
    return "function" if name_of_function(source, brace) >= 0 else _opens_no_function(source, brace)


def name_of_function(source: Source, brace: int) -> int:
    """The last token of the name of the function whose body a `{` begins; -1 if it begins none."""
    if _initializes(source, brace):
        return -1
    at = brace - 1 - source.is_(brace - 1, "try")
    while at >= 0:
        if source.is_(at, "}") and at in source.partner and _initializes(source, source.partner[at]):
            at = source.partner[at] - 3
            continue
        if source.is_(at, ";", "{", "}"):
            return -1
        if source.is_(at, "]", "=", "return", "co_return", ",", "(", "[", "co_await", "co_yield", "?", *SCOPES):
            return -1
        if source.is_(at, ">", ">>"):  # of a return type: what stands in its brackets says nothing
            at = _before_template(source, at)
            continue
        if not source.is_(at, ")") or at not in source.partner:
            at = source.partner.get(at, at) - 1
            continue
        before = source.partner[at] - 1
        if source.is_(before, *CONTROL) or source.is_(before, "constexpr") and source.is_(before - 1, "if"):
            return -1
        if source.is_(before, "noexcept", "requires", "decltype", "alignas", "__attribute__"):
            at = before - 1  # a qualifier behind the parameters
            continue
        if _introduces_lambda(source, before):
            return -1
        first = begin_of_name(source, before)
        if (source.is_(first - 1, ",", ":") and
                not source.is_(first - 2, "public", "protected", "private")):  # a constructor's initializer
            at = first - 2
            continue
        return before if _is_declared(source, before, brace) else -1
    return -1


def _initializes(source: Source, brace: int) -> bool:
    """Whether a `{` begins the value of a member: `: first_{1}, second_{2} {`."""
    return (source.tokens[brace - 1].kind == "word" and source.is_(brace - 2, ",", ":") and
            not source.is_(brace - 3, "public", "protected", "private"))


def begin_of_name(source: Source, last: int) -> int:
    """The first token of a name, as of `a::b<c>`, that ends with this one."""
    first = last
    while True:
        if source.is_(first, ">"):
            first = _before_template(source, first)
        if source.is_(first - 1, "~"):
            first -= 1
        if not source.is_(first - 1, "::"):
            return first
        first -= 2


def _opens_no_function(source: Source, brace: int) -> str:
    at = brace - 1
    if source.is_(at, "try"):
        at -= 1
    if at < 0 or source.is_(at, ";", "{", "}", "else", "do"):
        return "block"
    if source.is_(at, ":") and not _after_parameters(source, at):
        return "block"  # a label
    while at >= 0 and not source.is_(at, ";", "{", "}"):
        token = source.tokens[at]
        if token.text == ")" and at in source.partner:
            before = source.partner[at] - 1
            if source.is_(before, *CONTROL) or (source.is_(before, "constexpr") and
                                                source.is_(before - 1, "if")):
                return "block" if at == brace - 1 or source.is_(brace - 1, "try") else "list"
            if source.is_(before, "noexcept", "requires", "decltype", "alignas", "__attribute__"):
                at = before - 1  # a qualifier behind the parameters
                continue
            return "lambda" if _introduces_lambda(source, before) else "list"
        if token.text == "]" and at == brace - 1 and _introduces_lambda(source, at):
            return "lambda"
        if token.text in SCOPES:
            return "scope"
        if token.text in (">", ">>"):
            at = _before_template(source, at)
            continue
        if token.text in ("=", "return", "co_return", ",", "(", "[", "co_await", "co_yield", "?"):
            return "list"
        at = source.partner.get(at, at) - 1
    return "block" if brace == at + 1 else "list"


def _before_template(source: Source, at: int) -> int:
    """The token before the `<` that belongs to a `>` or `>>`."""
    depth = 0
    while at >= 0 and not source.is_(at, ";", "{", "}"):
        depth += source.is_(at, ">") + 2 * source.is_(at, ">>") - source.is_(at, "<")
        if depth <= 0:
            return at - 1
        at = source.partner.get(at, at) - 1 if source.is_(at, ")", "]") else at - 1
    return at


def _introduces_lambda(source: Source, at: int) -> bool:
    """Whether the token before a parameter list, or before a body, ends a lambda's introducer."""
    if source.is_(at, ">"):  # [] <class T> (T value)
        depth = 1
        while depth > 0 and at > 0:
            at -= 1
            depth += source.is_(at, ">") - source.is_(at, "<")
        at -= 1
    if not source.is_(at, "]") or at not in source.partner:
        return False
    before = source.partner[at] - 1  # in an expression; else it is an index, or an attribute
    return not (before >= 0 and (source.tokens[before].kind in ("word", "string")
                                 and not source.is_(before, "return", "co_return", "co_await", "co_yield")
                                 or source.is_(before, ")", "]", "[")))


def _after_parameters(source: Source, colon: int) -> bool:
    return source.is_(colon - 1, ")")


def _is_declared(source: Source, name: int, brace: int) -> bool:
    """Whether `name(...) ... {` is a function's definition: something stands before it that can be a
    type, or it is a constructor or an operator."""
    if name < 0 or source.tokens[name].kind == "number":
        return False
    if any(source.is_(at, "operator") for at in range(name - 2, name)):
        return True
    if source.is_(name, "=", "(", ",", "return", "co_return", "&&", "||", "!", "<", "{"):
        return False
    # Behind the parameters come only qualifiers, a return type, or a constructor's initializers.
    return not source.is_(name - 1, ".", "->", "=", "return", "co_return", "co_await", "(", ",", "!")


def enclosing_function(source: Source, at: int) -> tuple[int, str] | None:
    """The `{` of the innermost function or lambda that holds a token, and which of the two it is."""
    at = source.parent[at]
    while at >= 0:
        if source.is_(at, "{"):
            kind = opens(source, at)
            if kind in ("function", "lambda"):
                return at, kind
        at = source.parent[at]
    return None
