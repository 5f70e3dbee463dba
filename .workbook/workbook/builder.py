"""Builder mode: the reader writes whole files. What the files of a step are, in which order they are best
written, which functions of each are blank at the start (see `blanking`), and which tests judge them.

A header and the source of its name are one file here: `slab`, `tcp_listener`. It is judged by the tests
of its own name, with those that JUDGES adds; a file that has neither is judged by all tests of its step.
`./workbook holes --all` proves that they notice each blank body.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from . import blanking, layers
from .repository import Failure, Stage, stages

# By step and file: the tests that judge it beside those of its own name.
JUDGES = {
    "02": {"datagram_socket": "udp_socket", "event": "poll", "raw": "unique_fd", "tcp_listener": "activation"},
    "03": {
        "body_reader": "session request_context request_parser_limits",
        "chunked_decoder": "session request_parser_limits",
        "date": "validators",
        "field_section": "response_parser request_parser_limits session",
        "fields": "response_parser",
        "framing": "session",
        "line_scanner": "request_parser",
        "memory_budget": "session session_memory",
        "message": "session",
        "message_parser": "request_parser request_parser_limits response_parser session request_context",
        "output_queue": "session",
        "parse_error": "request_parser_limits",
        "request_context": "request_context_cost",
        "request_parser": "request_parser_limits request_context",
        "response": "session",
        "session": "session_head session_streaming session_end session_memory request_context",
        "spares": "session",
        "text": "request_context",
        "workspace": "session",
    },
    "04": {
        "event_loop": "event_loop_time event_loop_threads http_server",
        "hello": "server_program",
        "http_connection": "http_server http_server_deadlines http_server_limits",
        "http_server": "http_server_limits http_server_drain http_server_log",
        "log": "server_program",
        "phase_deadline": "http_server_deadlines",
        "server_log": "http_server_log http_server_limits",
        "server_start": "server_program",
    },
    "05": {
        "awaitable": "runtime",
        "blocking": "programs",
        "budget": "ready_list runtime",
        "connect": "listener blocking",
        "context": "runtime task_group",
        "deadline": "http_service site",
        "diagnostics": "runtime spawn",
        "error": "task_group",
        "http_service": "site programs",
        "interrupt": "shielded",
        "intrusive_list": "ready_list",
        "io_object": "io_source runtime stream",
        "io_source": "runtime",
        "operation": "io_operation",
        "promise_base": "runtime",
        "remote_waker": "spawn",
        "scheduler": "ready_list runtime spawn task_group cost",
        "send_file": "site",
        "serve_each": "listener http_service site",
        "server_program": "programs",
        "spawn": "task_group",
        "stop_state": "runtime context task_group",
        "stream": "runtime shielded",
        "sync": "shielded",
        "task": "runtime task_group",
        "task_group": "listener",
        "tcp_listener": "listener",
        "tcp_stream": "io_source shielded listener",
        "this_task": "ready_list context task_group http_service",
        "trace": "runtime programs",
        "turn_times": "cost",
        "unix_stream": "listener",
        "waiter": "ready_list runtime task_group",
        "waiter_slot": "runtime",
    },
}


# What the example programs share and no builder writes: a view for operators, whose tests are whole programs.
LEFT_OUT = {"live", "live_page"}

# The files that the guided way asks for as a whole, too, since their design is the lesson: by step, in the
# order of the chapter, each with the exercise after which its section stands there.
WHOLE = {
    "01": {"observer": "1.5"},
    "02": {"unique_fd": "2.3", "poll": "2.6", "slab": "2.9", "stream_socket": "2.11", "tcp_listener": "2.13",
           "waker": "2.14", "timer": "2.15", "signals": "2.16", "channel": "2.19"},
    "03": {"line_scanner": "3.1", "field_section": "3.3", "framing": "3.5", "chunked_decoder": "3.6", "response": "3.8",
           "session": "3.10", "request_context": "3.12"},
    "04": {"timer_queue": "4.3", "event_loop": "4.7", "acceptor": "4.9", "http_connection": "4.11",
           "http_server": "4.13"},
    "05": {"task": "5.2", "ready_list": "5.3", "waiter": "5.4", "io_source": "5.7", "spawn": "5.8",
           "context": "5.9", "timeout": "5.10", "task_group": "5.11", "when": "5.12", "channel": "5.14", "scheduler": "5.15"},
}


@dataclass(frozen=True)
class Unit:
    """A header, a source, or both, of one name."""

    stage: Stage
    name: str
    files: tuple[Path, ...]  # of the reference, the header first

    def laid(self) -> dict[Path, tuple[str, list[blanking.Body]]]:
        """The text of each file as a builder begins it, and the functions that are blank there."""
        count: Counter[str] = Counter()
        found = {}
        for file in self.files:
            text = file.read_text(encoding="utf-8")
            every = blanking.bodies(file.stem, text, count)
            begun = blanking.blank(file, text, every)
            open_ = set(blanking.blanks(begun, (body.name for body in every)))
            found[file] = begun, [body for body in every if body.name in open_]
        return found

    def blanks(self) -> list[tuple[Path, blanking.Body]]:
        """The functions that the reader writes."""
        return [(file, body) for file, (_, some) in self.laid().items() for body in some]

    def names(self) -> list[Path]:
        return [file.relative_to(self.stage.folder) for file in self.files]

    def opened(self, file: Path, text: str) -> str:
        """A reader's text of one of the files, with every function blank that holds no exercise."""
        count: Counter[str] = Counter()
        for before in self.files[:self.files.index(file)]:
            blanking.bodies(before.stem, before.read_text(encoding="utf-8"), count)
        return blanking.blank_around(file, text, {body.name for _, body in self.blanks()}, count)

    def judges(self) -> list[str]:
        """The CMake targets of the tests that judge it."""
        every = self.stage.test_targets()
        added = JUDGES.get(self.stage.prefix, {}).get(self.name, "").split()
        chosen = [f"{self.stage.prefix}_{name}_test" for name in (self.name, *added)]
        return [target for target in chosen if target in every] or every


@cache
def units(stage: Stage) -> tuple[Unit, ...]:
    """The files of a step in which there is a function to write: first those whose header includes none of
    the others, then those that include only these, and so on; what the example programs share is last."""
    own = {file: [other for other in others if other.stage == stage]
           for file, others in layers.read(stage.folder.parent).items() if file.stage == stage}
    headers = {file: others for file, others in own.items() if file.path.suffix == ".hpp"}
    level = {file.path.stem: at for at, some in enumerate(layers.levels(headers)) for file in some}
    of_name: defaultdict[str, list[layers.File]] = defaultdict(list)
    for file in sorted(own, key=lambda file: (file.path.suffix != ".hpp", file.path)):
        of_name[file.path.stem].append(file)
    order = sorted(of_name, key=lambda name: (
        any("examples" in file.path.parts for file in of_name[name]), level.get(name, 0), name))
    found = [Unit(stage, name, tuple(file.path for file in of_name[name])) for name in order]
    return tuple(unit for unit in found if unit.name not in LEFT_OUT and unit.blanks())


def whole_files(stage: Stage) -> list[Unit]:
    """Those that the guided way asks for, in its order."""
    of_name = {unit.name: unit for unit in units(stage)}
    return [of_name[name] for name in WHOLE.get(stage.prefix, {}) if name in of_name]


def find(word: str, among: list[Stage] | None = None) -> Unit:
    """The file that a reader means: `slab`, `slab.hpp`, or `02/slab` where two steps have one."""
    prefix, _, name = word.rpartition("/")
    name = name.removesuffix(".hpp").removesuffix(".cpp")
    prefix = prefix.partition("/")[0][:2]
    every = [unit for stage in among or stages() if not prefix or stage.prefix == prefix
             for unit in units(stage) if unit.name == name]
    if len(every) == 1:
        return every[0]
    if every:
        names = " or ".join(f"{unit.stage.prefix}/{unit.name}" for unit in every)
        raise Failure(f"more than one step has a file {name}: say {names}")
    raise Failure(f"there is no file '{word}' to write; `./workbook list --files` shows them all")
