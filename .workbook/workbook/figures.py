"""`./workbook docs --figures`: draws docs/figures/src/NAME.pikchr as docs/figures/NAME.svg.

The comment at the beginning of a source is for readers who do not see the figure: a line with its title,
and what the figure shows. The title and the text become those of the drawing; the text is also what a page
says in place of the figure, `![text](figures/NAME.svg)`, where `./workbook docs` writes it.

Pikchr draws (Debian's package fossil). Here, colours become variables with a value for a light and one for
a dark ground, and text in backticks becomes code. A drawing holds the digest of what it was made from, so
that the check of the book needs no Pikchr.
"""

import hashlib
import re
import tempfile
from html import escape
from pathlib import Path

from . import building
from .book import Page
from .repository import ROOT, Failure, relative, write_whole

# name: (light, dark). A name without "-" is what style.pikchr calls it.
COLOURS = {
    "ink": ("#24292f", "#e6e6e6"),
    "user": ("#d9e8fb", "#1d3d63"),
    "kernel": ("#fbe7c6", "#5a4113"),
    "good": ("#d5eedd", "#1b4a31"),
    "bad": ("#f9d9d6", "#662a26"),
    "plain": ("#eeeff2", "#34373d"),
    "dim": ("#6a717a", "#a3aab3"),
    "warn": ("#b3261e", "#ff9d94"),
}
STYLE = """\
svg { %s; font: 16px system-ui, -apple-system, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif }
@media (prefers-color-scheme: dark) { svg { %s } }
text { fill: var(--ink) } .code { font: 15px ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace }
""" % tuple("; ".join(f"--{name}: {pair[at]}" for name, pair in COLOURS.items()) for at in (0, 1))
LINKED = re.compile(r"!\[[^\]]*\]\(figures/(\w+)\.svg\)")  # not on a page in another language


def folder(root: Path) -> Path:
    return root / "docs" / "figures"


def sources(root: Path) -> list[Path]:
    return [file for file in sorted((folder(root) / "src").glob("*.pikchr")) if file.stem != "style"]


def drawing(source: Path) -> Path:
    return source.parent.parent / f"{source.stem}.svg"


def whole(source: Path) -> str:
    """What Pikchr reads: the style, and the source."""
    return (source.parent / "style.pikchr").read_text(encoding="utf-8") + source.read_text(encoding="utf-8")


def digest(source: Path) -> str:
    return hashlib.sha256((STYLE + whole(source)).encode()).hexdigest()[:16]


def words(source: Path) -> tuple[str, str]:
    """The title of a figure, and what it shows."""
    lines = source.read_text(encoding="utf-8").split("\n")
    comment = []
    while lines and lines[0].startswith("#"):
        comment.append(lines.pop(0).lstrip("# "))
    title, text = (comment or [""])[0], " ".join(comment[1:])
    if not title or not text or set(title + text) & set("[]<>\"*`"):
        raise Failure(f"{source.name} begins with no title and text for those who do not see it, without "
                      "signs that Markdown would take for its own", code=1)
    return title, text


def colours(source: Path) -> dict[str, str]:
    """`rgb(241,0,1)` to the name that the style gives it."""
    found = {"rgb(0,0,0)": "ink"}
    style = (source.parent / "style.pikchr").read_text(encoding="utf-8")
    for name, value in re.findall(r"^(\w+) = 0x(\w{6})$", style, re.MULTILINE):
        found[f"rgb({int(value[:2], 16)},{int(value[2:4], 16)},{int(value[4:], 16)})"] = name
    return found


def finished(svg: str, source: Path) -> str:
    """What Pikchr has drawn, in our colours and fonts, with words for those who do not see it."""
    title, text = words(source)
    names = colours(source)
    svg = re.sub(r"rgb\(\d+,\d+,\d+\)", lambda found: f"var(--{names[found[0]]})", svg)
    svg = svg.replace(' fill="var(--ink)"', "")  # as every text is
    svg = re.sub(r' fill="(var\(--\w+\))"', r' style="fill:\1"', svg)
    svg = re.sub(r"`([^`<]*)`", r'<tspan class="code">\1</tspan>', svg)
    svg = re.sub(r"<text [^>]*></text>\n", "", svg)
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    head = (f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title text" '
            f'width="{float(box[1]):.0f}" height="{float(box[2]):.0f}" {box[0]}>\n'
            f'<!-- drawn from src/{source.name}, {digest(source)} -->\n'
            f'<title id="title">{escape(title)}</title>\n<desc id="text">{escape(text)}</desc>\n'
            f"<style>\n{STYLE}</style>\n")
    return head + svg[svg.index(">") + 1:].lstrip("\n")


def fresh(source: Path) -> bool:
    file = drawing(source)
    return file.is_file() and f", {digest(source)} -->" in file.read_text(encoding="utf-8")


def draw(root: Path = ROOT) -> int:
    """Draws the figures whose source has changed."""
    old = [source for source in sources(root) if not fresh(source)]
    if old and not building.has("fossil"):
        raise Failure("Pikchr draws the figures: apt-get install fossil", code=1)
    with tempfile.TemporaryDirectory() as temporary:
        script, output = Path(temporary) / "figure.pikchr", Path(temporary) / "figure.svg"
        for source in old:
            script.write_text(whole(source), encoding="utf-8")
            good, printed = building.said_by(["fossil", "pikchr", str(script), str(output)])
            if not good or not output.is_file():
                raise Failure(f"{source.name}: {printed}", code=1)
            write_whole(drawing(source), finished(output.read_text(encoding="utf-8"), source))
            output.unlink()
            print(relative(drawing(source), root))
    return 0


def with_words(lines: list[str], page: Path) -> list[str]:
    """A page whose figures are described as their sources say."""
    def described(found: re.Match) -> str:
        source = page.parent / "figures" / "src" / f"{found[1]}.pikchr"
        return f"![{words(source)[1]}](figures/{found[1]}.svg)" if source.is_file() else found[0]
    return [LINKED.sub(described, line) for line in lines]


def complaints(pages: list[Page], root: Path) -> list[str]:
    """What is not sound about the figures: an old drawing, one on no page, one that has no source."""
    shown = {name for page in pages for _, line in page.prose for name in LINKED.findall(line)}
    found = []
    for source in sources(root):
        name = relative(source, root)
        if not fresh(source):
            found.append(f"{name}: its drawing is not fresh; `./workbook docs --figures` draws it")
        if source.stem not in shown:
            found.append(f"{name}: no page shows it")
    for file in sorted(folder(root).glob("*.svg")):
        text = file.read_text(encoding="utf-8")
        if "<!-- drawn from src/" in text and not (folder(root) / "src" / f"{file.stem}.pikchr").is_file():
            found.append(f"{relative(file, root)}: there is no source of it")
    return found
