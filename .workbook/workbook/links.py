"""The links of a page: does each lead somewhere?

Only links inside the workbook are followed; the rest of the world is not asked. An anchor is the
one that code hosts make of a heading, or an explicit `<a id="name">`.
"""

import re
from pathlib import Path
from urllib.parse import unquote

from .book import Page, read
from .repository import ROOT, relative

INLINE = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(\s*<?([^\s)>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^\s{0,3}\[[^\]]+\]:\s*<?(\S+?)>?(?:\s|$)")
HTML = re.compile(r"<(?:a|img)\b[^>]*?\b(?:href|src)=[\"']([^\"']+)[\"']")
EXPLICIT = re.compile(r"<\w+\b[^>]*?\b(?:id|name)=[\"']([^\"']+)[\"']")
CODE = re.compile(r"(`+)(.+?)\1")
HEADING = re.compile(r"^\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$")


def slug(heading: str) -> str:
    """What code hosts make of a heading: lower case, no punctuation, blanks become hyphens."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)  # a link's text stays
    text = re.sub(r"<[^>]+>", "", text)
    text = re.sub(r"(\*\*|__|\*|`)", "", text)
    return re.sub(r"[^\w\- ]", "", text.strip().lower()).replace(" ", "-")


def anchors(page: Page) -> set[str]:
    found: set[str] = set()
    count: dict[str, int] = {}
    for _, line in page.prose:
        found.update(EXPLICIT.findall(line))
        heading = HEADING.match(line)
        if heading:
            name = slug(heading[1])
            again = count.get(name, 0)
            count[name] = again + 1
            found.add(f"{name}-{again}" if again else name)
    return found


def targets(page: Page) -> list[tuple[int, str]]:
    found = []
    for number, line in page.prose:
        text = CODE.sub("", line)
        for pattern in (INLINE, REFERENCE, HTML):
            found += [(number, target) for target in pattern.findall(text)]
    return found


def check(read_pages: dict[Path, Page], root: Path = ROOT) -> None:
    """Adds a problem to each page for each of its links that is dead."""
    known: dict[Path, set[str]] = {}

    def anchors_of(file: Path) -> set[str]:
        if file not in known:
            known[file] = anchors(read_pages.get(file) or read(file, root))
        return known[file]

    for page in read_pages.values():
        for number, target in targets(page):
            if re.match(r"^[a-z][a-z0-9+.-]*:", target, re.IGNORECASE) or target.startswith("//"):
                continue
            path, _, anchor = unquote(target).partition("#")
            if path.startswith("/"):  # from the top of the site
                file = (root / "docs" / path.lstrip("/")).resolve()
            else:
                file = (page.file.parent / path).resolve() if path else page.file
            if file.is_dir() and (file / "index.md").is_file() and path.endswith("/"):
                file = file / "index.md"
            if not file.exists():
                page.problem(number, f"the link {target} leads nowhere")
            elif not file.is_relative_to(root.resolve()):
                page.problem(number, f"the link {target} leads out of the workbook")
            elif anchor and file.suffix == ".md" and anchor not in anchors_of(file):
                page.problem(number, f"{relative(file, root)} has no anchor #{anchor}")
