"""Every stage of the capstone can be passed, and can fail.

    PYTHONPATH=.workbook python3 -m workbook.capstone_proof

The reference passes all twelve. For each stage there is a small fault of the reference with which it
passes the stages before, and fails at that one. All faults are in one program, and the environment
chooses one of them. What the page begins with passes the first stage, and no more; the blank file none.
"""

import contextlib
import io
import os
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from . import building, capstone, locks, processes
from .capstone_rig import Client, Server, Wrong
from .repository import ROOT, Failure, cores

FOLDER = ROOT / ".workbook/capstone"
CHOICE = "WORKBOOK_CAPSTONE_FAULT"
CHOOSING = f"""
#include <cstdlib>
static bool is_fault(int number) {{
  static const char* const chosen = std::getenv("{CHOICE}");
  static const int fault = chosen ? std::atoi(chosen) : 0;
  return fault == number;
}}
"""
ACCEPTING = """
async::Task<> accept_while_all_is_well(async::TcpListener& listener, Server& server) {
  async::TaskGroup clients;
  while (auto client = co_await listener.accept())
    clients.spawn(converse(server, std::move(*client)));
  clients.cancel();
  (void)co_await clients.join();
}
"""

# (stage, what is wrong, text of the reference, which occurs once, what stands there instead: with the
# fault where FAULT is true)
FAULTS = (
    (1, "it prints the port that it was asked for", "listener->local_address()->to_string()",
     "(FAULT ? epoll::SocketAddress::loopback(port) : *listener->local_address()).to_string()"),
    (2, "a value ends at its first NUL byte", "std::string(words[2])",
     "FAULT ? std::string(std::string(words[2]).c_str()) : std::string(words[2])"),
    (3, "what is no whole command yet is thrown away", "input_.erase(0, done);",
     "input_.erase(0, FAULT ? input_.npos : done);"),
    (4, "all clients share one buffer", "std::string input_;",
     "static inline std::string shared_; std::string own_; std::string& input_ = FAULT ? shared_ : own_;"),
    (5, "of what has arrived, one command is answered", "done += command.size;",
     "done += command.size; if (FAULT) break;"),
    (6, "replies pile up until all commands are answered", "output_.size() < kSendAt",
     "FAULT || output_.size() < kSendAt"),
    (7, "after an error it closes at once", "if (is_wrong_)",
     "if (is_wrong_ && FAULT) co_return;\n      if (is_wrong_)"),
    (8, "any length may be announced", "*length > kCommandLimit || before + *length + 2 > kCommandLimit",
     "!FAULT && (*length > kCommandLimit || before + *length + 2 > kCommandLimit)"),
    (9, "every byte restarts the clock", "if (!bytes || bytes->empty())",
     "if (FAULT) restart_clock();\n    if (!bytes || bytes->empty())"),
    (9, "a client that reads nothing may stay", "stream_.write(rest), due)",
     "stream_.write(rest), [&] { return FAULT ? async::Clock::time_point::max() : due(); })"),
    (10, "SIGTERM ends each client at its next wait", "if (was_stopped(bytes))",
     "if (!FAULT && was_stopped(bytes))"),
    (10, "after SIGTERM no reply is waited for", "if (was_stopped(count))",
     "if (!FAULT && was_stopped(count))"),
    (10, "the kernel goes on accepting after SIGTERM", "listener.close();",
     "if (FAULT && ::dup(listener.fd()) < 0) std::abort();\n  listener.close();"),
    (11, "an idle client keeps its buffers", "std::string().swap(text);",
     "FAULT ? text.clear() : std::string().swap(text);"),
    (12, "an error of accept ends the accept loop", "async::serve_each(listener, client)",
     "FAULT ? accept_while_all_is_well(listener, server) : async::serve_each(listener, client)"),
)


def with_faults(text: str) -> str:
    for number, (stage, what, old, new) in enumerate(FAULTS, start=1):
        if text.count(old) != 1:
            raise Failure(f"the fault of stage {stage} ({what}) stands for a text that occurs "
                          f"{text.count(old)} times: {old}", code=1)
        text = text.replace(old, new.replace("FAULT", f"is_fault({number})"))
    text = text.replace("\n// Serves until", ACCEPTING + "\n// Serves until", 1)
    return text.replace("\nnamespace {", CHOOSING + "\nnamespace {", 1)


def built(source: Path) -> Path:
    """The program, with the options of the preset `release`; a warning is an error here."""
    folder = ROOT / "build/capstone"
    for command in (["cmake", "--preset", "release", "-B", str(folder), "-D", f"WORKBOOK_CAPSTONE={source}"],
                    ["cmake", "--build", str(folder), "-j", str(cores()), "--target", capstone.TARGET]):
        good, printed = building.said_by(command)
        if not good or "warning:" in printed:
            raise Failure(f"{source} cannot be built:\n{building.compiler_said(printed)}", code=1)
    return (folder / "bin" / capstone.TARGET).rename(folder / source.stem)


def judge(program: Path, fault: int) -> tuple[int, str]:
    """The stage at which the program fails, or 0; and what a reader would see."""
    os.environ[CHOICE] = str(fault)
    with contextlib.redirect_stdout(io.StringIO()) as said:
        failed = capstone.judge(program, list(range(1, len(capstone.STAGES) + 1)))
    return failed, said.getvalue()


def hold_table_against(program: Path) -> None:
    """The table of the page is a conversation; the reference has its part in it."""
    page = (ROOT / "docs/capstone.md").read_text(encoding="utf-8")
    rows = [[cell.encode().decode("unicode_escape").encode() for cell in row]
            for row in re.findall(r"^\| .+? \| `(.+?)` \| `(.+?)`", page, re.MULTILINE)]
    if sum(reply.startswith(b"-") for _, reply in rows) != 2 or len(rows) < 8:
        raise Failure("docs/capstone.md: the table of the protocol is not found", code=1)
    with Server(str(program)) as server, Client(server) as client:
        for request, reply in rows:
            client.send(request)
            if not reply.startswith(b"-"):
                client.expect("a row of the table", reply)
            elif not client.receive("a row of the table", "an error").startswith(b"-ERR "):
                raise client.wrong("a row of the table", "an error")
    print(f"  {len(rows)} rows of the page's table are as the reference has them")


def main() -> int:
    with locks.held("capstone"):
        faulty = ROOT / "build/capstone/faulty.cpp"
        faulty.write_text(with_faults((FOLDER / "kv_server.cpp").read_text("utf-8")), encoding="utf-8")
        sources = (capstone.BLANK, FOLDER / "first_steps.cpp", faulty)
        blank, first, whole = (built(source) for source in sources)
        tries = [(stage, what, whole, number) for number, (stage, what, *_) in enumerate(FAULTS, start=1)]
        tries += [(0, "the reference", whole, 0), (2, "the first steps of the page", first, 0),
                  (1, "the blank file", blank, 0)]
        tries.sort(key=lambda one: one[0] or 13, reverse=True)  # the longest first
        hold_table_against(whole)
        wrong = 0
        with ProcessPoolExecutor(cores()) as pool:
            seen = pool.map(judge, [program for _, _, program, _ in tries], [fault for *_, fault in tries])
            for (wanted, what, *_), (failed, said) in zip(tries, seen):
                if failed == wanted:
                    case = [line.split(None, 2)[2] for line in said.splitlines() if "the case" in line]
                    print(f"  stage {failed:2}  {what}: {case[0]}" if failed else said.rstrip(), flush=True)
                else:
                    print(f"  {what}: fails at stage {failed} instead of {wanted} (0: at none)\n{said}",
                          flush=True)
                    wrong += 1
    return 1 if wrong else 0


if __name__ == "__main__":
    processes.end_with_this_one()
    try:
        sys.exit(main())
    except Wrong as wrong:
        sys.exit(f"capstone_proof: {wrong.lines}")
    except Failure as failure:
        print(f"capstone_proof: {failure}", file=sys.stderr)
        sys.exit(failure.code)
