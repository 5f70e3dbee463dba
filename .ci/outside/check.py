#!/usr/bin/python3
"""Builds the project in this folder in each of the three ways that lead to the library, and uses it.

    .ci/outside/check.py build/outside

As somebody else would have it: a project that knows nothing of the workbook but its target, on a
machine without GoogleTest. Its own code is compiled without the workbook's warnings, and nothing is
built but the libraries and its program.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent / "clients"))

from raw import RawClient  # noqa: E402
from servers import Server, command, equal, require  # noqa: E402

LIMIT = 900  # seconds for a build
EXPIRY_LIMIT = 30  # for a second to be over, on a machine that is busy
LAUNCHER = ["-D", "CMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
COMMON = ["-G", "Ninja", "-D", "CMAKE_EXPORT_COMPILE_COMMANDS=ON",
          "-D", "CMAKE_DISABLE_FIND_PACKAGE_GTest=ON", *LAUNCHER]


class Client(RawClient):
    def ask(self, line: str) -> str:
        """The answer to a line, without its end."""
        self.send(f"{line}\n".encode())
        return self.line()

    def line(self) -> str:
        while b"\n" not in self.received:
            self._more()
        line, _, rest = bytes(self.received).partition(b"\n")
        self.received[:] = rest
        return line.decode()


def configure(folder: Path, *options: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    command("cmake", "-S", str(HERE), "-B", str(folder), *COMMON, *options, limit=LIMIT)


def build(folder: Path) -> None:
    command("cmake", "--build", str(folder), limit=LIMIT)


def install(folder: Path, prefix: Path) -> None:
    """The workbook's own build, without tests, into a prefix. As the preset has it, so that the compiler
    cache knows all of it; and without the programs, which nobody installs."""
    command("cmake", "--preset", "release", "-S", str(ROOT), "-B", str(folder), "-D",
            "BUILD_TESTING=OFF", *COMMON, limit=LIMIT)
    libraries = [f"epoll_workbook_{name}" for name in ("syscall", "epoll", "http", "event_loop", "async")]
    command("cmake", "--build", str(folder), "--target", *libraries, limit=LIMIT)
    shutil.rmtree(prefix, ignore_errors=True)
    command("cmake", "--install", str(folder), "--prefix", str(prefix))


def check_what_is_built(folder: Path) -> None:
    """One program, whose file is compiled with none of our warnings, as C++23."""
    commands = json.loads((folder / "compile_commands.json").read_text())
    own = [entry["command"] for entry in commands if entry["file"].startswith(str(HERE))]
    equal("files of the program", len(own), 1)
    require(" -W" not in own[0] and "-Werror" not in own[0], f"a warning of ours: {own[0]}")
    require("++23" in own[0] or "++2b" in own[0], f"no C++23: {own[0]}")
    others = [entry["file"] for entry in commands
              if "/src/" not in entry["file"] and not entry["file"].startswith(str(HERE))]
    equal("files that are no library's", others, [])


def check_answers(folder: Path) -> None:
    with Server(str(folder), "key_value_server") as server, Client(server.port) as one, \
            Client(server.port) as other:
        for line, right in (
                ("GET tea", "NONE"), ("SET tea green", "OK"), ("GET tea", "VALUE green"),
                ("SET tea black 3600", "OK"), ("GET  tea\r", "VALUE black"), ("DEL tea", "OK"),
                ("DEL tea", "NONE"), ("GET tea", "NONE"), ("SET tea green 0", "OK"),
                ("GET tea", "NONE"), ("DEL tea", "NONE"), ("SET tea green soon",
                 "ERROR the fourth word is a number of seconds"),
                ("SET tea green -1", "ERROR the fourth word is a number of seconds"),
                ("", "ERROR SET key value [seconds], GET key, or DEL key"),
                ("get tea", "ERROR SET key value [seconds], GET key, or DEL key")):
            equal(repr(line), one.ask(line), right)
        check_expiry(one, other)
        check_pieces(one)
        check_long_line(server.port)
        equal("a client beside one that was sent away", one.ask("GET none"), "NONE")


def check_expiry(one: Client, other: Client) -> None:
    """What was given a second is gone later, for all clients; what has been set anew is not."""
    equal("SET", one.ask("SET kept old 1"), "OK")
    equal("SET", one.ask("SET kept new"), "OK")
    equal("SET", one.ask("SET brief word 1"), "OK")
    deadline = time.monotonic() + EXPIRY_LIMIT
    while other.ask("GET brief") != "NONE":
        require(time.monotonic() < deadline, f"a second is not over after {EXPIRY_LIMIT} s")
        time.sleep(0.02)
    equal("GET", other.ask("GET kept"), "VALUE new")


def check_pieces(client: Client) -> None:
    """Lines in pieces, and many at once."""
    for piece in (b"SE", b"T a b", b"\nGET", b" a\n"):
        client.send(piece)
    equal("in pieces", [client.line(), client.line()], ["OK", "VALUE b"])
    count = 2000
    client.send(b"".join(b"SET k%d %d\nGET k%d\n" % (i, i, i) for i in range(count)))
    for i in range(count):
        equal("many at once", [client.line(), client.line()], ["OK", f"VALUE {i}"])


def check_long_line(port: int) -> None:
    """It ends the connection; by a reset, if the server has not read all of it."""
    with Client(port) as client:
        client.send(b"x" * 5000)
        try:
            client.expect_end()
        except ConnectionResetError:
            pass


def check_wrong_component(folder: Path, prefix: Path) -> None:
    """One that does not exist is refused, in a sentence that names those that do."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(wrong LANGUAGES CXX)\n"
        "find_package(epoll_workbook 1.0 REQUIRED COMPONENTS uring)\n")
    done = subprocess.run(["cmake", "-S", folder, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={prefix}"],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    require(done.returncode != 0, "a component that does not exist was found")
    said = " ".join(done.stdout.split())
    require("has no component 'uring'. Its components are syscall, epoll, http, event_loop and async."
            in said, f"no sentence about the component: {said}")


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    folder = Path(sys.argv[1]).resolve()
    prefix = folder / "prefix"
    os.environ.setdefault("CMAKE_BUILD_PARALLEL_LEVEL", str(len(os.sched_getaffinity(0))))
    install(folder / "libraries", prefix)
    check_wrong_component(folder / "wrong", prefix)
    for way, options in (
            ("find_package", ["-D", f"CMAKE_PREFIX_PATH={prefix}"]),
            ("add_subdirectory", ["-D", f"EPOLL_WORKBOOK={ROOT}"]),
            ("FetchContent", ["-D", f"EPOLL_WORKBOOK={ROOT}"])):
        begin = time.monotonic()
        configure(folder / way, "-D", f"WAY={way}", *options)
        check_what_is_built(folder / way)
        build(folder / way)
        check_answers(folder / way)
        print(f"  {way:18} built in {time.monotonic() - begin:.0f} s, and answers", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
