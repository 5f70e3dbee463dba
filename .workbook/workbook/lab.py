"""`./workbook lab`: ten programs, each with a fault that its reader finds from the outside.

A patient is a program of the examples, linked with one of the mistakes. All of these are compiled into one
build, as for `./workbook mistakes`; only here the program itself holds the choice. So ten patients cost one
build of the libraries and ten links, and two of the same program differ in one number.
"""

import json
import textwrap
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from . import building, locks, mistakes, mutant_builds, regions
from .mistakes import Mistake
from .mutant_builds import Variant
from .repository import ROOT, Failure, cores, find_stage, relative, stages, write_whole
from .sandbox import lay, write_if_changed

SOURCE = ROOT / ".workbook" / "lab"
FOLDER = ROOT / "build" / "lab"
FLAGS = "-O1 -g1"
CHOOSER = "bool workbook_variant(unsigned long number) noexcept;\n"
# notes_server is the lab's own; the others are examples.
SOURCES = {"hello_server": "04_event_loop/examples", "async_echo_server": "05_async_runtime/examples",
           "chat_server": "05_async_runtime/examples", "http_server": "05_async_runtime/examples",
           "notes_server": ".workbook/lab"}

DIAGNOSES = {
    "blocking-call": "the thread of the loop waits in a call that blocks",
    "busy-loop": "an event is reported again and again, because its cause is never dealt with",
    "dead-connection": "the client has closed its side, and the server does not read that end",
    "deadlock": "two threads wait for each other, or one for itself",
    "double-close": "a descriptor is closed twice, and the second time it belongs to another",
    "emfile-spin": "no descriptor is left for a client, and accept is called again at once",
    "eintr": "a call that a signal has interrupted is taken for an error",
    "forked-registration": "parent and child share what epoll watches, and one changes it for both",
    "leaked-descriptor": "a descriptor is opened, and never closed",
    "lost-edge": "an edge-triggered event is not read to its end, and no other event follows",
    "lost-wake-up": "a thread leaves work for the loop, and does not end the loop's wait",
    "missing-deadline": "a client that sends nothing keeps its connection for ever",
    "nagle-stall": "a small write waits for the acknowledgement of the one before it",
    "no-back-pressure": "memory grows for a client that does not read",
    "short-write": "what the kernel did not take of a write is never sent",
    "sigpipe": "a write to a client that has left ends the process",
    "slow-drain": "a server that is to end waits for idle clients",
    "split-message": "what one read returns is taken for a whole message",
    "stale-event": "an event of an old connection is handled as one of the new",
    "starvation": "one client keeps the loop at work, and all others wait",
}


@dataclass(frozen=True)
class Patient:
    number: int
    program: str
    mistake: str  # its file
    diagnosis: str
    complaint: str
    start: str  # {} is the program
    send: str

    @property
    def name(self) -> str:
        return f"patient_{self.number:02}"


PATIENTS = [
    Patient(1, "http_server", "02_epoll_module/mistakes/2.3-the_old_one_is_forgotten.cpp",
            "leaked-descriptor",
            "After a day or two requests for files are answered with 503, while the other pages still "
            "work. A restart helps, for a day or two.",
            "{} 8000 --files docs", "curl -s -o page http://127.0.0.1:8000/files/index.md"),
    Patient(2, "hello_server", "03_request_context/mistakes/3.11-the_end_is_no_bytes.cpp", "busy-loop",
            "It answers every client. But from the first client on, it takes a whole processor, even "
            "at night.",
            "{} 8000", "curl http://127.0.0.1:8000/"),
    Patient(3, "http_server", "05_async_runtime/mistakes/remote_waker.ask-the_next_turn_will_see_it.cpp",
            "lost-wake-up",
            "The pages come at once. A file does not come, until some other client asks for something; on a "
            "busy day there is no complaint at all.",
            "{} 8000 --files docs", "curl -m 3 http://127.0.0.1:8000/files/index.md"),
    Patient(4, "async_echo_server",
            "05_async_runtime/mistakes/serve_each.accept_each-tries_again_at_once.cpp",
            "emfile-spin",
            "Works, until there is a rush. Then it takes a whole processor, and new clients get no answer, "
            "until the rush is over.",
            "(ulimit -n 24; exec {} 8080)", "python3 .workbook/lab/client.py crowd 8080"),
    Patient(5, "chat_server", "05_async_runtime/mistakes/io_object.try_read-one_read_for_each_event.cpp",
            "lost-edge",
            "What is typed arrives at once. When a longer text is pasted, its last lines are missing; they "
            "arrive piece by piece, each time the same guest types something else.",
            "{} 7000", "nc 127.0.0.1 7000 in one terminal; in another: "
            "(seq -f %099g 60; sleep 5; echo more; sleep 5) | nc 127.0.0.1 7000"),
    Patient(6, "http_server", "05_async_runtime/mistakes/http_service.drain-the_idle_ones_will_notice.cpp",
            "slow-drain",
            "Each deployment takes ten seconds, all of them between SIGTERM and the end of the old process. "
            "In the test environment, without clients, it ends at once.",
            "{} 8000", "a browser, or any client that keeps its connection open; then kill -TERM PID"),
    Patient(7, "notes_server",
            "02_epoll_module/mistakes/tcp_listener.bind_and_listen-as_the_kernel_has_it.cpp",
            "nagle-stall",
            "The first of two lines is answered at once. The answer to the second takes 40 milliseconds, "
            "although the machine has nothing to do.",
            "{} 8000", "python3 .workbook/lab/client.py pairs 8000"),
    Patient(8, "async_echo_server", "05_async_runtime/mistakes/5.7-the_end_is_forgotten.cpp",
            "dead-connection",
            "The list of connections grows, to thousands that no client knows of. They are left behind by "
            "clients that send one message and hang up.",
            "{} 8080", "python3 .workbook/lab/client.py hang-up 8080"),
    Patient(9, "hello_server", "03_request_context/mistakes/3.11-reads_to_the_last.cpp", "starvation",
            "While one customer uploads over the fast line, all others wait. While that "
            "customer is at lunch, there is no complaint.",
            "{} 8000", "python3 .workbook/lab/client.py upload 8000; meanwhile: curl http://127.0.0.1:8000/"),
    Patient(10, "notes_server", "05_async_runtime/mistakes/io_source.close-in_a_child_as_well.cpp",
            "forked-registration",
            "Until a client saves, everything works. From then on no client gets an answer, new ones "
            "included; the process is there, and sleeps.",
            "{} 8000 /tmp/notes.txt", "nc 127.0.0.1 8000, and type: a line; save; another line"),
]


def fault_of(patient: Patient) -> Mistake:
    file = ROOT / patient.mistake
    stage = find_stage(file.parents[1].name)
    return mistakes.read(file, stage, {region.name: region for region in regions.replaceable(stage)})


def place_of(fault: Mistake) -> tuple[str, str]:
    """The file and the function of a fault."""
    region = fault.region
    return region.file.name, region.title if region.numbered else region.name.partition(".")[2]


def variant_of(patient: Patient) -> Variant:
    """Under a name that tells nothing, and with the reference's lines: a debugger shows those."""
    fault = fault_of(patient)
    return Variant(patient.name, fault.stage, fault.region, fault.body, fault.region.file,
                   fault.region.start + 2)


def lay_all(variants: list[Variant]) -> dict[str, Path]:
    """The overlays with all bodies, by the name of their step."""
    of_file: defaultdict[Path, list[Variant]] = defaultdict(list)
    for variant in variants:
        of_file[variant.region.file].append(variant)
    changed = {file: mutant_builds.text_of(file, some, chooser=CHOOSER) for file, some in of_file.items()}
    overlays = {stage.name: FOLDER / "overlay" / stage.name for stage in stages()}
    for stage in stages():
        lay(overlays[stage.name], stage, changed)
    return overlays


def build(patients: list[Patient]) -> None:
    """Builds these patients, and the healthy programs that they were."""
    variants = {patient.name: variant_of(patient) for patient in PATIENTS}
    with locks.held("lab"):
        overlays = lay_all(list(variants.values()))
        lines = []
        for program, folder in SOURCES.items():
            lines += [f"lab_program({program} {ROOT}/{folder}/{program}.cpp)",
                      f"lab_link({program} {program} 0)"]
        lines += [f"lab_link({patient.name} {patient.program} {variants[patient.name].number})"
                  for patient in PATIENTS]
        programs = FOLDER / "programs.cmake"
        write_if_changed(programs, "\n".join(lines) + "\n")
        building.configure_project("the lab", SOURCE, FOLDER, overlays, "", FLAGS,
                                   more=(f"-DLAB_PROGRAMS={programs}",))
        targets = sorted({patient.program for patient in patients} | {patient.name for patient in patients})
        good, printed = building.build_quietly(FOLDER, targets, cores())
        if not good:
            raise Failure(f"the lab does not compile:\n{building.compiler_said(printed)}", code=1)


def progress_file() -> Path:
    return FOLDER / "progress.json"


def read_progress() -> dict[str, list[str]]:
    """By the patient's number: which of "diagnosis" and "place" have been found."""
    try:
        return json.loads(progress_file().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def found(patient: Patient, what: str) -> None:
    progress = read_progress()
    parts = progress.setdefault(str(patient.number), [])
    if what not in parts:
        parts.append(what)
    write_whole(progress_file(), json.dumps(progress))


def describe(patient: Patient) -> str:
    program = relative(FOLDER / "bin" / patient.name)
    done = read_progress().get(str(patient.number), [])
    state = {0: "", 1: "   (diagnosis found; where does it sit?)", 2: "   (found)"}[len(done)]
    complaint = textwrap.fill(patient.complaint, 100, subsequent_indent=" " * 13)
    return (f"{patient.name}: {patient.program}{state}\n"
            f"  complaint  {complaint}\n"
            f"  start      {patient.start.format(program)}\n"
            f"  send       {patient.send}\n"
            f"  healthy    {relative(FOLDER / 'bin' / patient.program)}")


def answer(patient: Patient, words: list[str]) -> int:
    """Judges DIAGNOSIS [FILE [FUNCTION]]; 0 if all of it is right."""
    if words[0] not in DIAGNOSES:
        raise Failure(f"there is no diagnosis '{words[0]}'. They are: {', '.join(DIAGNOSES)}")
    if words[0] != patient.diagnosis:
        print(f"{patient.name}: it is not that one.")
        return 1
    found(patient, "diagnosis")
    file, function = place_of(fault_of(patient))
    if len(words) == 1:
        print(f"{patient.name}: right. And where does it sit? "
              f"./workbook lab {patient.number} {words[0]} FILE [FUNCTION]")
        return 0
    for given, right, what in zip(words[1:], (file, function), ("file", "function"), strict=False):
        if given.rpartition("/")[2] != right:
            print(f"{patient.name}: the diagnosis is right; the {what} is another one.")
            return 1
    found(patient, "place")
    print(f"{patient.name}: right: {file}, {function}. docs/lab.md tells how it could be found.")
    return 0


def run(arguments: list[str]) -> int:
    if not arguments:
        build(PATIENTS)
        print("\n\n".join(describe(patient) for patient in PATIENTS))
        print("\nThe diagnoses:")
        for name, what in DIAGNOSES.items():
            print(f"  {name:20} {what}")
        whole = sum(len(parts) == 2 for parts in read_progress().values())
        print(f"\nFound: {whole} of {len(PATIENTS)}.  "
              "Answer with:  ./workbook lab NUMBER DIAGNOSIS [FILE [FUNCTION]]")
        return 0
    number, *words = arguments
    patient = next((patient for patient in PATIENTS if str(patient.number) == number.lstrip("0")), None)
    if patient is None or len(words) > 3:
        raise Failure("usage: ./workbook lab [NUMBER [DIAGNOSIS [FILE [FUNCTION]]]], "
                      f"with a NUMBER from 1 to {len(PATIENTS)}")
    if words:
        return answer(patient, words)
    build([patient])
    print(describe(patient))
    return 0
