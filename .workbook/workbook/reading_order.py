"""The last line of each page of the path, `Next: [title](file.md)`: it leads a reader of the raw pages
along the same way as the site does.

The order is written down once, in docs/.vitepress/languages.mjs, and may name pages that do not exist
yet. The site draws `Next` by itself, and leaves these lines out (sources.mjs).
"""

import ast
import itertools
import re
from pathlib import Path

from .repository import ROOT, Failure

ON_THE_PATH = ("begin", "path")  # groups of the sidebar
GROUPS = re.compile(r"^const groups = (\[.*?^\])", re.MULTILINE | re.DOTALL)
NEXT = re.compile(r"Next: \[.*\]\(\S+\.md\)")


def next_lines(root: Path = ROOT) -> dict[Path, str]:
    """The last line of each page of the path."""
    text = (root / "docs/.vitepress/languages.mjs").read_text(encoding="utf-8")
    groups = ast.literal_eval(re.sub(r"//.*", "", GROUPS.search(text)[1]))
    names = [name for _, group in groups for name in group]
    if len(names) > len(set(names)):
        raise Failure(f"languages.mjs names a page twice: {max(names, key=names.count)}", code=1)
    pages = [(group, (root / f"docs/{name}.md").resolve()) for group, names in groups for name in names]
    present = [(group, file) for group, file in pages if file.is_file()]
    return {file: f"Next: [{heading(following)}]({following.name})"
            for (group, file), (_, following) in itertools.pairwise(present) if group in ON_THE_PATH}


def heading(file: Path) -> str:
    return re.search(r"^# (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)[1]


def with_next(lines: list[str], line: str | None) -> list[str]:
    """A page that ends with this line, or with none of the kind."""
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    if end and NEXT.fullmatch(lines[end - 1]):
        end -= 1
        while end and not lines[end - 1].strip():
            end -= 1
    elif line is None:
        return lines
    return [*lines[:end], *(["", line] if line else []), ""]
