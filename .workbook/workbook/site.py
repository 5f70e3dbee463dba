"""`./workbook docs --serve [--port N]`: the site of the book, on this machine alone.

The first time, npm fetches what the site is built with. After that nothing here needs a network: a page that
has changed is built again, and Python serves what was built. The site itself asks no other host for anything;
docs/test/ looks at it through this server.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from . import building, locks, processes
from .repository import ROOT, Failure

PORT = 8008  # the pages of the book use 8000 and 8080
NO_INPUT = {"node_modules", "dist", "cache", "test"}  # folders of docs/ that the site is not made of


class Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # a connection serves more than one file
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".js": "text/javascript", ".cast": "text/plain", ".txt": "text/plain; charset=utf-8"}

    def log_message(self, *_) -> None:
        pass


def dist(root: Path) -> Path:
    return root / "docs" / ".vitepress" / "dist"


def inputs(root: Path) -> Iterator[Path]:
    """What the site is made of: docs/, the scenarios of its figures, and the sources that it has copied."""
    for folder, folders, files in os.walk(root / "docs"):
        folders[:] = set(folders) - NO_INPUT
        yield from (Path(folder, file) for file in files)
    yield from root.glob("0*/tests/*scenarios/*")
    copies = dist(root) / "source"
    yield from (root / file.relative_to(copies).with_suffix("") for file in copies.rglob("*.txt"))


def digest(root: Path) -> str:
    whole = hashlib.sha256()
    for file in sorted(set(inputs(root))):
        whole.update(f"{file.relative_to(root)}\0".encode())
        whole.update(hashlib.sha256(file.read_bytes()).digest() if file.is_file() else b"gone")
    return whole.hexdigest()


def installed(docs: Path) -> bool:
    """Whether npm has put everything there that the lock file names. npm's own list says what is there; what is
    optional is for other machines."""
    try:
        wanted, have = (json.loads((docs / file).read_text(encoding="utf-8"))["packages"]
                        for file in ("package-lock.json", "node_modules/.package-lock.json"))
    except FileNotFoundError:
        return False
    return all(have.get(name, {}).get("version") == package["version"]
               for name, package in wanted.items() if name and not package.get("optional"))


def npm(docs: Path, *words: str, **environment: str) -> bool:
    print(f"docs: npm {' '.join(words)}", flush=True)
    kept = {name: value for name, value in os.environ.items() if name != "WORKBOOK_BASE"}  # served at the top
    return processes.run(["npm", *words], cwd=docs, env=kept | environment).returncode == 0


def build(root: Path = ROOT) -> None:
    """Builds the site, unless what was built is made of what is there now."""
    with locks.held("site", root) as folder:
        made_of = folder / "made_of"
        if made_of.is_file() and (dist(root) / "index.html").is_file() and made_of.read_text() == digest(root):
            return
        made_of.unlink(missing_ok=True)
        docs = root / "docs"
        if not building.has("npm"):
            raise Failure("VitePress builds the site, and needs Node 18 or newer: apt-get install nodejs npm",
                          code=1)
        if not installed(docs):
            print("The packages that build the site are fetched now, which needs a network, this once.")
            if not npm(docs, "ci"):
                raise Failure("the packages of the site are not all there; the lines above say why", code=1)
        if not npm(docs, "run", "build", npm_config_offline="true"):
            raise Failure("the site could not be built; the lines above say why", code=1)
        made_of.write_text(digest(root))


def server(port: int, root: Path = ROOT) -> ThreadingHTTPServer:
    try:
        return ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, directory=dist(root)))
    except (OSError, OverflowError) as error:
        raise Failure(f"port {port}: {getattr(error, 'strerror', None) or error}. "
                      "`--port 0` takes a free one.", code=1) from None


def serve(arguments: list[str]) -> int:
    """Serves the site until Ctrl-C."""
    if arguments and (len(arguments) != 2 or arguments[0] != "--port" or not arguments[1].isdecimal()):
        raise Failure("usage: ./workbook docs --serve [--port N]")
    build()
    with server(int(arguments[1]) if arguments else PORT) as serving:
        print(f"the book is at http://127.0.0.1:{serving.server_port}/ until Ctrl-C", flush=True)
        serving.serve_forever()
    return 0
