"""A file as a builder begins it: what it promises stays, what does the work is blank.

    stays    comments, includes, types, members, declarations, and a constructor's member initializers
    goes     the body of each function, with its comments and lambdas; `sys::todo` with its name comes
    goes     whatever in the unnamed namespace of a source the rest of the file does not name

These bodies stay: one that is empty, `return name;`, and what the compiler itself runs or reads, which
is a `constexpr` or `consteval` function, and one whose type is deduced from its body (`auto`).
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from . import regions
from .cpp_text import Source, begin_of_name, name_of_function, opens
from .regions import MARKER

TODO = "syscall/todo.hpp"  # the placeholder itself is never blank
EXERCISE = re.compile(r"#region \d+\.")  # a builder's text has no markers
WIDTH = 100


@dataclass(frozen=True)
class Body:
    """The body of a function: the characters from its `{` (or `try`) to behind its last `}`."""

    name: str  # "slab.emplace", "channel.Sender.send"; with "(2)" if it is the second of this name
    start: int
    end: int
    first: int  # behind the `{`: where a statement can be put in
    indent: str  # of the declaration
    in_class: bool


def file_of_function(source: Source, brace: int, name: int, stem: str) -> str:
    """What the reader calls a function: its file, its class if that is not named like the file, itself."""
    first = begin_of_name(source, name)
    operator = next((at for at in range(max(name - 4, 0), name) if source.is_(at, "operator")
                     and not any(source.is_(between, ")", ";", "}") for between in range(at, name - 1))), -1)
    begin = operator if operator >= 0 else name - source.is_(name - 1, "~")
    own = "".join(token.text for token in source.tokens[begin:name + 1])
    if operator >= 0 and own[len("operator"):][0].isalpha():
        own = own.replace("operator", "operator ", 1)
    holder = source.tokens[first].text if first < begin else class_around(source, brace)
    if source.is_(begin - 1, "::"):
        holder = next((source.tokens[at].text for at in range(begin - 2, -1, -1)
                       if source.tokens[at].kind == "word"), "")
    if holder.lower() == stem.replace("_", "").lower() or not holder:
        return f"{stem}.{own}"
    return f"{stem}.{holder}.{own}"


def class_around(source: Source, brace: int) -> str:
    """The name of the class that holds a function; empty in a namespace."""
    at = source.parent[brace]
    while at > 0 and not source.is_(at - 1, ";", "{", "}", "class", "struct", "union", "namespace"):
        at -= 1
    if not source.is_(at - 1, "class", "struct", "union"):
        return ""
    while source.is_(at, "["):  # an attribute
        at = source.partner[at] + 1
    return source.tokens[at].text


def begin_of_declaration(source: Source, at: int) -> int:
    while at > 0 and not source.is_(at - 1, ";", "{", "}") and not (
            source.is_(at - 1, ":") and source.is_(at - 2, "public", "protected", "private")):
        at -= 1
    return at


def indentation(source: Source, at: int) -> str:
    """Of the line in which the declaration of this name begins."""
    start = source.tokens[begin_of_declaration(source, at)].start
    line = source.text[source.text.rfind("\n", 0, start) + 1:start]
    return line if not line.strip() else ""


def stays(source: Source, brace: int, name: int) -> bool:
    close = source.partner[brace]
    if close == brace + 1:
        return True
    if (close == brace + 4 and source.is_(brace + 1, "return") and source.is_(brace + 3, ";") and
            source.tokens[brace + 2].kind == "word" and not source.is_(brace + 2, "true", "false", "nullptr")):
        return True
    start = begin_of_declaration(source, name)
    if any(source.is_(at, "constexpr", "consteval") for at in range(start, name)):
        return True
    before = begin_of_name(source, name) - 1
    deduced = source.is_(before, "auto") or source.is_(before, ")") and source.is_(before - 1, "auto")
    return deduced and not any(source.is_(at, "->") for at in range(name, brace))


def bodies(stem: str, text: str, count: Counter[str] | None = None) -> list[Body]:
    """The bodies of a file that go, in their order; of one in another, the outer one. `count`: of the
    names that the header has, for its source."""
    source = Source(text)
    found = []
    count = Counter() if count is None else count
    at = 0
    while at < len(source.tokens):
        name = -1
        if source.is_(at, "{") and source.tokens[at].kind == "sign" and at in source.partner:
            name = name_of_function(source, at)
        if name < 0:
            at += 1
            continue
        last = source.partner[at]
        label = file_of_function(source, at, name, stem)
        if not stays(source, at, name):
            begin = at - source.is_(at - 1, "try")
            while begin < at and source.is_(last + 1, "catch"):
                last = source.partner[source.partner[last + 2] + 1]
            count[label] += 1
            again = f" ({count[label]})" if count[label] > 1 else ""
            found.append(Body(label + again, source.tokens[begin].start, source.tokens[last].end,
                              source.tokens[at].end, indentation(source, name),
                              bool(class_around(source, at))))
        at = last + 1
    return found


def blank_body(text: str, body: Body) -> str:
    """As .clang-format lays it out: in a class on the line of the declaration, if there is room."""
    call = f'sys::todo("{body.name}");'
    line = text.rfind("\n", 0, body.start) + 1
    if body.in_class and len(f"{text[line:body.start]}{{ {call} }}") <= WIDTH:
        return f"{{ {call} }}"
    return f"{{\n{body.indent}  {call}\n{body.indent}}}"


def without_markers(text: str, keep_exercises: bool = False) -> str:
    return "\n".join(line for line in text.split("\n") if not (marker := MARKER.match(line))
                     or keep_exercises and regions.NUMBER.match(marker["rest"].split()[0]))


@dataclass(frozen=True)
class Declaration:
    name: str
    words: frozenset[str]
    start: int  # behind the line of the one before it
    end: int  # of its own last line


def end_of_line(text: str, at: int) -> int:
    end = text.find("\n", at)
    return len(text) if end < 0 else end


def declarations(source: Source, brace: int) -> list[Declaration]:
    """What stands in a namespace, one by one."""
    found = []
    start = end_of_line(source.text, source.tokens[brace].start)
    first = at = brace + 1
    while at < source.partner[brace]:
        last = -1
        if source.is_(at, ";"):
            last = at
        elif source.is_(at, "{"):
            if opens(source, at) == "function" or source.is_(at - 1, "try"):
                last = source.partner[at]
                while source.is_(last + 1, "catch"):
                    last = source.partner[source.partner[last + 2] + 1]
            else:
                at = source.partner[at]
        elif source.is_(at, "(", "["):
            at = source.partner[at]
        if last >= 0:
            end = end_of_line(source.text, source.tokens[last].start)
            words = frozenset(token.text for token in source.tokens[first:last] if token.kind == "word")
            found.append(Declaration(declared_name(source, first, last), words, start, end))
            start, first, at = end, last + 1, last
        at += 1
    return found


def declared_name(source: Source, first: int, last: int) -> str:
    for at in range(first, last + 1):
        if source.parent[at] != source.parent[first]:
            continue
        if source.is_(at, "struct", "class", "union", "enum", "using") and at == first or (
                source.is_(at, "struct", "class", "union") and source.is_(at - 1, ">")):
            at += 1 + source.is_(at + 1, "class", "struct")
            while source.is_(at, "["):
                at = source.partner[at] + 1
            return source.tokens[at].text
        if source.tokens[at].kind == "word" and source.is_(at + 1, "=", "{", "(", "[", ";"):
            return source.tokens[at].text
    return ""


def unnamed_namespaces(source: Source) -> list[int]:
    """The opening braces of the unnamed namespaces."""
    return [at + 1 for at in range(len(source.tokens)) if source.is_(at, "namespace") and
            source.is_(at + 1, "{")]


def helpers(text: str) -> set[str]:
    """The names that the unnamed namespaces declare."""
    source = Source(text)
    return {found.name for brace in unnamed_namespaces(source) for found in declarations(source, brace)}


def without_helpers(text: str) -> str:
    """Without what only the bodies needed: whatever in an unnamed namespace the rest does not name."""
    source = Source(text)
    spaces = unnamed_namespaces(source)
    inside = [found for brace in spaces for found in declarations(source, brace)]
    mentioned = {token.text for at, token in enumerate(source.tokens) if token.kind == "word" and
                 not any(brace < at < source.partner[brace] for brace in spaces)}
    kept: set[Declaration] = set()
    while more := [found for found in inside if found not in kept and (
            found.name in mentioned or EXERCISE.search(text[found.start:found.end]))]:
        kept.update(more)
        mentioned.update(word for found in more for word in found.words)
    gone = [(found.start, found.end) for found in inside if found not in kept]
    for brace in spaces:
        begin, end = source.tokens[brace - 1].start, source.tokens[source.partner[brace]].end
        if not any(begin < found.start < end for found in kept):
            gone = [piece for piece in gone if not begin < piece[0] < end]
            gone.append((begin, end_of_line(text, end)))
    for start, end in sorted(gone, reverse=True):
        text = text[:start] + text[end:]
    return re.sub(r"\n{3,}", "\n\n", text)


def with_todo(text: str) -> str:
    """Includes the placeholder, if it is used: after the includes that come before it in the alphabet."""
    if "sys::todo(" not in text or f'#include "{TODO}"' in text:
        return text
    lines = text.split("\n")
    own = [at for at, line in enumerate(lines) if line.startswith('#include "')]
    if not own:
        begin = ("#include <", "#pragma once")
        own = [max((at for at, line in enumerate(lines) if line.startswith(begin)), default=-1) + 1]
        lines.insert(own[0], "")
    lines.insert(own[-1] + 1, f'#include "{TODO}"')
    return "\n".join(lines)


def blank(file: Path, text: str, every: list[Body]) -> str:
    """The text of a file, which has these bodies, as a builder begins it."""
    if str(file).endswith(TODO):
        return text
    for body in reversed(every):
        text = text[:body.start] + blank_body(text, body) + text[body.end:]
    return with_todo(without_helpers(without_markers(text)))


def blank_around(file: Path, text: str, names: set[str], count: Counter[str] | None = None) -> str:
    """The text of a file with these functions blank, except for those that hold an exercise. Of the unnamed
    namespaces an exercise, and what its body names, stay. `count`: as for `bodies`."""
    lines = text.split("\n")
    held = [(sum(len(line) + 1 for line in lines[:region.start]), sum(len(line) + 1 for line in lines[:region.end]))
            for region in regions.parse(file, text) if region.numbered]
    for body in reversed(bodies(file.stem, text, count)):
        if body.name in names and not any(begin < body.end and body.start < end for begin, end in held):
            text = text[:body.start] + blank_body(text, body) + text[body.end:]
    return with_todo(without_helpers(without_markers(text, keep_exercises=True)))


def blanks(text: str, names: Iterable[str]) -> list[str]:
    """Those of these functions that a text still leaves blank, in code and not in a comment."""
    code = "\n".join(line.split("//")[0] for line in text.split("\n"))
    called = set(re.findall(r'\btodo\s*\(\s*"([^"]+)"', code))
    return [name for name in names if name in called]


def implementation(text: str) -> set[int]:
    """The lines that do the work: of bodies, and of unnamed namespaces. Comments and blanks are none."""
    source = Source(text)
    found: set[int] = set()
    for at, token in enumerate(source.tokens):
        if token.text != "{" or at not in source.partner:
            continue
        if name_of_function(source, at) >= 0 or source.is_(at - 1, "namespace"):
            inside = range(at + 1, source.partner[at])
            found.update(source.line(inner) for inner in inside if not _is_blank(source, inner))
    return found


def _is_blank(source: Source, at: int) -> bool:
    """Whether a token is of `sys::todo("...");`, or of the braces around it."""
    return any(source.is_(first, "sys") and source.is_(first + 2, "todo") for first in range(at - 6, at + 1))
