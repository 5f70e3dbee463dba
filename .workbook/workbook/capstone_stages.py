"""The twelve stages of the capstone: what a client may see of a key-value server, and what it may do.

Each stage starts servers of its own. It returns a note for the reader, or raises Wrong.
"""

import resource
import selectors
import signal
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from .capstone_rig import PATIENCE, Client, Server, Wrong, bulk, command, shown

PING, PONG, OK, NONE = command("PING"), b"+PONG\r\n", b"+OK\r\n", b"$-1\r\n"
MEBIBYTE = 1 << 20
BIG = b"0123456789abcdef" * 4096  # 64 KiB
LIMIT = MEBIBYTE  # bytes of a command
ROOM = 16 * MEBIBYTE  # that a server may grow by, whatever one client does
DRAIN = 2.0  # seconds from SIGTERM to the end, at most
IDLE_CLIENTS = 10_000
A_CLIENT = 4096  # bytes for an idle one, at most
sanitized = False  # with sanitizers a server holds more: then its memory is no matter


def listens(program: str) -> str:
    with Server(program) as server, Client(server) as client:
        client.ask("PING", PING, PONG)
        client.ask("a second PING on the same connection", PING, PONG)
        return f"port {server.port}"


def stores(program: str) -> None:
    with Server(program) as server, Client(server) as client:
        def ask(case: str, *words: bytes | str, reply: bytes) -> None:
            client.ask(case, command(*words), reply)

        ask("a key that is not there", "GET", "tea", reply=NONE)
        ask("a first value", "SET", "tea", "green", reply=OK)
        ask("it is there", "GET", "tea", reply=bulk(b"green"))
        ask("another value for the key", "SET", "tea", "black", reply=OK)
        ask("the new one is there", "GET", "tea", reply=bulk(b"black"))
        ask("a name in lower case", "get", "tea", reply=bulk(b"black"))
        ask("PING with a message", "PING", "hello", reply=bulk(b"hello"))
        for what, value in (("nothing", b""), ("CR LF", b"a\r\nb\r\n"), ("a NUL byte", b"a\0b"),
                            ("a command", command("DEL", "tea")), ("every byte", bytes(range(256)))):
            ask(f"a value that holds {what}", "SET", "any", value, reply=OK)
            ask(f"the value that holds {what}", "GET", "any", reply=bulk(value))
        ask("a key that holds CR LF and NUL", "SET", b"\r\n\0", "x", reply=OK)
        ask("of two keys one is there", "DEL", b"\r\n\0", b"\r\n", reply=b":1\r\n")
        ask("both are there", "DEL", "tea", "any", reply=b":2\r\n")
        ask("it is there no more", "GET", "tea", reply=NONE)
        for words in (("NONSENSE",), ("GET",), ("GET", "a", "b"), ("SET", "a")):
            case = f"a wrong command, {' '.join(words)}; the connection goes on"
            client.send(command(*words), case)
            while not client.came.endswith(b"\n"):
                if not client.receive(case, "a line that begins with -ERR"):
                    break
            if not client.came.startswith(b"-ERR"):
                raise client.wrong(case, "a line that begins with -ERR")
            client.came = b""
            client.ask(case, PING, PONG)


def in_pieces(program: str) -> None:
    with Server(program) as server, Client(server) as client:
        for words, reply in ((("SET", "a\r\nkey", "a value,\r\n not short"), OK),
                             (("GET", "a\r\nkey"), bulk(b"a value,\r\n not short")), (("PING",), PONG)):
            text = command(*words)
            for at in range(len(text)):
                client.send(text[at:at + 1])
                time.sleep(0.001)  # so that the bytes arrive one by one
            client.expect(f"{words[0]}, one byte at a time", reply)
        for at in range(1, len(text := command("SET", "k", "v"))):
            client.send(text[:at])
            time.sleep(0.001)
            client.ask(f"SET in two pieces, of {at} and {len(text) - at} bytes", text[at:], OK)
        client.ask("a value of 512 KiB", command("SET", "long", BIG * 8), OK)
        client.ask("the value of 512 KiB", command("GET", "long"), bulk(BIG * 8))


def many_at_once(program: str) -> str:
    count = 100
    with Server(program) as server, ExitStack() as stack:
        clients = [stack.enter_context(Client(server)) for _ in range(count)]
        clients[0].send(b"*2\r\n$3\r\nGET")  # and does not go on
        for number, client in enumerate(clients[2:]):  # and the second says nothing at all
            client.send(command("SET", f"key {number}", f"value {number}")[:-9])
        for number, client in enumerate(clients[2:]):
            client.ask("the second half of a SET; 99 others are connected, and have sent halves of theirs",
                       command("SET", f"key {number}", f"value {number}")[-9:], OK)
        for number, client in enumerate(reversed(clients[2:])):
            client.ask("GET of what another client has set", command("GET", f"key {number}"),
                       bulk(f"value {number}".encode()))
        clients[0].ask("the rest of a command that began before all others", b"\r\n$5\r\nkey 7\r\n",
                       bulk(b"value 7"))
    return f"{count} clients"


def pipelining(program: str) -> str:
    count = 10_000
    asked = b"".join(command("SET", "k", str(number)) + command("GET", "k") for number in range(count // 2))
    wanted = b"".join(OK + bulk(str(number).encode()) for number in range(count // 2))
    with Server(program) as server, Client(server) as client:
        client.ask("two commands in one piece", PING + command("PING", "x"), PONG + bulk(b"x"))
        client.send(PING + PING[:5])
        client.expect("a command, and the beginning of a second", PONG)
        client.ask("the rest of the second", PING[5:], PONG)
        for at in range(0, 7 * 300, 7):
            client.send(asked[at:at + 7])
        client.ask(f"{count:,} commands without waiting for a reply; the first of them in pieces of "
                           "7 bytes", asked[7 * 300:], wanted)
        begin = time.monotonic()
        client.ask(f"{count:,} commands without waiting for a reply", asked, wanted)
        return f"{count / (time.monotonic() - begin):,.0f} commands a second"


def never_reads(program: str) -> str:
    count = 600
    with Server(program) as server, Client(server) as other:
        other.ask("SET of 64 KiB", command("SET", "big", BIG), OK)
        before = server.peak_memory()
        with Client(server) as patient, Client(server, receive_buffer=4096) as endless:
            asked = command("GET", "big")
            patient.send(asked * count, f"{count:,} GETs of a value of 64 KiB, and no reply is read")
            taken = endless.fill(asked, 64 * MEBIBYTE)
            for _ in range(20):
                other.ask("PING, while two clients ask much and read nothing", PING, PONG)
            grown = server.peak_memory() - before
            if grown > ROOM and not sanitized:
                raise Wrong(f"one client sends {count:,} GETs of a value of 64 KiB, and another {taken:,} "
                            "bytes of such GETs; they read nothing",
                            f"a server that grows by {ROOM >> 20} MiB at most: as long as a client has "
                            "replies to read, nothing more is read from it",
                            f"it has grown by {grown >> 20} MiB", shown(asked, taken))
            if taken >= 64 * MEBIBYTE:
                raise Wrong("a client sends GETs on and on, and reads nothing",
                            "that the server stops reading", f"it has taken {taken:,} bytes",
                            shown(asked, taken))
            endless.reset()
            patient.expect("the client that was patient reads now", bulk(BIG) * count)
        return f"grew by {grown / MEBIBYTE:.1f} MiB"


def protocol_errors(program: str) -> None:
    cases = {"no array": b"PING\r\n", "an array of no words": b"*0\r\n",
             "a number of words below 0": b"*-1\r\n", "a number that is none": b"*x\r\n",
             "a number with a sign": b"*+1\r\n$4\r\nPING\r\n",
             "no number": b"*\r\n", "a word that is no bulk string": b"*1\r\n+PING\r\n",
             "a length below 0": b"*1\r\n$-1\r\n", "a length that is none": b"*1\r\n$4x\r\nPING\r\n",
             "a length too short": b"*1\r\n$3\r\nPING\r\n",
             "a length that fits no type": b"*1\r\n$" + b"9" * 25 + b"\r\n"}
    with Server(program) as server, Client(server) as other:
        other.ask("PING", PING, PONG)
        before = server.descriptors()
        for case, text in cases.items():
            with Client(server) as client:
                client.send(text)
                client.expect_error_and_end(case)
            other.ask(f"PING of another client, after {case}", PING, PONG)
        with Client(server) as client:
            client.ask("a PING, and then an error: the PING is answered", PING, PONG)
            client.send(b"!" + command("SET", "poison", "1"))
            client.expect_error_and_end("a command in the same piece as an error, after it")
        other.ask("what comes after an error is no command any more", command("GET", "poison"), NONE)
        with Client(server) as client:
            client.note(b"!" * MEBIBYTE)
            try:
                client.socket.sendall(b"!" * MEBIBYTE)
            except OSError as error:
                raise client.wrong("an error, and a mebibyte after it", "a server that takes it, until the "
                                   "client has read the reply", f"send: {error}") from None
            client.expect_error_and_end("an error, and a mebibyte after it, which the server has not read: "
                                        "a close at once becomes a reset, and with it replies can get lost")
        server.wait_for_descriptors(before, "all clients with errors have gone")
        other.ask("PING of a client that was there all the time", PING, PONG)


def limits(program: str) -> str:
    cases = {"a word of 1 GiB is announced": b"*1\r\n$1073741824\r\n",
             "a word is announced that is a byte too long": b"*2\r\n$4\r\nPING\r\n$%d\r\n" % LIMIT,
             "a billion words are announced": b"*1000000000\r\n",
             "1,025 words are announced": b"*1025\r\n",
             "20 words of 64 KiB": b"*21\r\n$3\r\nDEL\r\n" + bulk(BIG) * 20}
    with Server(program) as server, Client(server) as other:
        other.ask("PING", PING, PONG)
        before = server.peak_memory()
        for case, text in cases.items():
            with Client(server) as client:
                client.send(text)
                client.expect_error_and_end(case)
        for case, begin in (("a line that never ends", b"*"), ("a length that never ends", b"*1\r\n$")):
            with Client(server) as client:
                client.send(begin)
                client.socket.setblocking(False)
                deadline = time.monotonic() + PATIENCE
                with selectors.DefaultSelector() as selector:
                    selector.register(client.socket, selectors.EVENT_READ | selectors.EVENT_WRITE)
                    while time.monotonic() < deadline and client.sent_total < 64 * MEBIBYTE:
                        if any(events & selectors.EVENT_READ for _, events in selector.select(0.1)):
                            break
                        client.note(b"1" * client.socket.send(b"1" * 65536))
                client.socket.settimeout(PATIENCE)
                client.expect_error_and_end(case)
        grown = server.peak_memory() - before
        if grown > ROOM and not sanitized:
            raise Wrong("too much is announced, or sent", f"a server that grows by {ROOM >> 20} MiB at most",
                        f"it has grown by {grown >> 20} MiB")
        value = b"x" * (LIMIT - len(command("SET", "most", b"x" * 1_000_000)) + 1_000_000)
        with Client(server) as client:
            client.ask("a command of exactly 1 MiB", command("SET", "most", value), OK)
            client.ask("the value of that command", command("GET", "most"), bulk(value))
            client.ask("1,024 words", command("DEL", *["x"] * 1023), b":0\r\n")
        return f"grew by {grown / MEBIBYTE:.1f} MiB"


def time_limits(program: str) -> str:
    limit = 0.4
    with Server(program, "--idle-timeout", str(int(limit * 1000))) as server, ExitStack() as stack:
        active = stack.enter_context(Client(server))
        active.ask("SET of 64 KiB", command("SET", "big", BIG), OK)
        before = server.descriptors()
        silent, once, slow, deaf = (
            stack.enter_context(Client(server, receive_buffer=4096 * (name == "deaf")))
            for name in ("silent", "once", "slow", "deaf"))
        once.ask("PING", PING, PONG)
        deaf.send(command("GET", "big") * 300)
        begin = time.monotonic()
        waiting = {"it has said nothing": silent, "it was quiet after a command": once,
                   "it sends one byte every 50 ms of a command that is never complete": slow}
        closed: dict[str, float] = {}
        slow.note(b"*2\r\n$3\r\nGET\r\n$1000\r\nxxxxxxx...")
        while time.monotonic() < begin + limit + 1.2:
            active.ask(f"PING every 50 ms, with --idle-timeout {limit * 1000:g}", PING, PONG)
            if slow in waiting.values():
                try:
                    slow.socket.send(b"*2\r\n$3\r\nGET\r\n$1000\r\n".ljust(1000, b"x")[int(
                        (time.monotonic() - begin) / 0.05):][:1])
                except OSError:
                    pass  # the server has closed, and `is_closed` finds that out
            for case, client in list(waiting.items()):
                if client.is_closed():
                    closed[case] = time.monotonic() - begin
                    del waiting[case]
            if not waiting and time.monotonic() > begin + 2 * limit:
                break
            time.sleep(0.05)
        for case, client in waiting.items():
            raise client.wrong(f"a client: {case}", f"the end of its connection after {limit:g} s",
                               f"it is still connected after {time.monotonic() - begin:.1f} s")
        early = min(closed, key=closed.get)
        if closed[early] < 0.75 * limit:
            raise Wrong(f"a client: {early}", f"the end of its connection after {limit:g} s, and not before",
                        f"it came after {closed[early]:.2f} s")
        server.wait_for_descriptors(
            before, "a client has asked for 300 values of 64 KiB, and reads nothing: it is closed as well, "
            f"after {limit:g} s",
            lambda: active.ask("PING of the client that was active all the time", PING, PONG))
        return f"after {closed[early]:.2f} to {max(closed.values()):.2f} s, at a limit of {limit:g} s"


def drains(program: str) -> str:
    count = 500
    asked = b"".join(command("SET", "k", str(number)) + command("GET", "k") for number in range(count // 2))
    wanted = b"".join(OK + bulk(str(number).encode()) for number in range(count // 2))
    with Server(program) as server, ExitStack() as stack:
        slow, idle, partial, *busy = (
            stack.enter_context(Client(server, receive_buffer=4096 * (name == "slow")))
            for name in ("slow", "idle", "partial", *"ab"))
        for client in (slow, idle, partial, *busy):
            client.ask("PING", PING, PONG)
        slow.ask("SET of 64 KiB", command("SET", "big", BIG), OK)
        slow.send(command("GET", "big") * 100)
        slow.socket.recv(1, socket.MSG_PEEK)  # the server has read them, and waits until it can write
        server.process.send_signal(signal.SIGSTOP)
        slow.send(PING)
        partial.send(command("SET", "k", "half")[:-4])
        for number, client in enumerate(busy):
            client.send(asked.replace(b"$1\r\nk", b"$1\r\n%d" % number))
        server.process.send_signal(signal.SIGTERM)
        server.process.send_signal(signal.SIGCONT)
        case = "while the server stands still: {}. Then SIGTERM, and it goes on"
        for client in busy:
            client.expect(case.format(f"{count} commands"), wanted)
            client.expect_end("after the last reply, SIGTERM has been sent")
        idle.expect_end("a client that is idle when SIGTERM comes")
        with socket.socket() as late:
            if late.connect_ex(("127.0.0.1", server.port)) == 0:
                raise Wrong("a client connects after SIGTERM, when others have had their end",
                            "connection refused", "a connection")
        partial.expect_end("a client that has sent half a command when SIGTERM comes")
        slow.expect("100 GETs of 64 KiB and a PING before SIGTERM; the replies are read after it",
                    bulk(BIG) * 100 + PONG)
        slow.expect_end("after the last reply to 100 GETs and a PING, SIGTERM has been sent")
        server.expect_end("SIGTERM; every reply has been read", DRAIN + PATIENCE)
    with Server(program) as server, Client(server) as deaf, Client(server) as chatty:
        deaf.ask("SET of 64 KiB", command("SET", "big", BIG), OK)
        deaf.send(command("GET", "big") * 300)
        chatty.ask("PING", PING, PONG)
        server.process.send_signal(signal.SIGTERM)
        begin = time.monotonic()
        try:
            while time.monotonic() < begin + DRAIN + PATIENCE:
                chatty.ask("PING after PING, after SIGTERM", PING, PONG)
        except Wrong:
            pass  # the end, as it should be
        case = "SIGTERM; one client reads nothing, and another sends one PING after the other"
        server.expect_end(case, max(0.1, begin + DRAIN + PATIENCE - time.monotonic()))
        return f"ended {time.monotonic() - begin:.1f} s after SIGTERM, at a limit of {DRAIN:g} s"


def crowd(program: str) -> str:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    count = min(IDLE_CLIENTS, hard - 200)
    asked, wanted = command("GET", "page"), bulk(b"x" * 4000)
    with Server(program) as server, ExitStack() as stack:
        active = [stack.enter_context(Client(server)) for _ in range(64)]
        active[0].ask("SET of 4,000 bytes", command("SET", "page", b"x" * 4000), OK)
        for client in active:
            client.ask("GET of 4,000 bytes", asked, wanted)
        before = server.memory()
        idle = []
        stack.callback(lambda: [client.reset() for client in idle])
        for at in range(0, count, 100):
            some = [Client(server) for _ in range(min(100, count - at))]
            idle += some
            for client in some:
                client.send(asked)
            for client in some:
                client.expect(f"GET of 4,000 bytes; {at:,} clients are connected", wanted)
        each = (server.memory() - before) / count
        if each > A_CLIENT and not sanitized:
            raise Wrong(f"{count:,} clients are connected; each has read a value, and is idle now",
                        f"{A_CLIENT:,} bytes for each of them at most",
                        f"the server holds {each:,.0f} for each")
        for _ in range(50):
            for client in active:
                client.send(PING)
            for client in active:
                client.expect(f"64 active clients, {count:,} idle ones", PONG)
        note = f"{count:,} idle clients, {each:,.0f} bytes each"
        if count < IDLE_CLIENTS:
            note += f"; ONLY {count:,}: the limit for descriptors (ulimit -Hn) is {hard:,}"
        return note


def abuse(program: str) -> str:
    text = command("SET", "k", "v" * 20)
    with Server(program) as server, Client(server) as witness:
        witness.ask("SET of 64 KiB", command("SET", "big", BIG), OK)
        before = server.descriptors()
        for size in range(len(text) + 1):
            with Client(server) as client:
                client.send(text[:size])
                client.reset()
            with Client(server) as client:
                client.send(command("GET", "big") * 20)
                for _ in range(size % 4):
                    client.receive("GET of 64 KiB", "a part of it")
                client.reset()
        witness.ask("PING, after a reset behind each byte of a command", PING, PONG)
        for _ in range(1000):
            with Client(server) as client:
                client.send(PING)
                client.reset()
        witness.ask("PING, after 1,000 clients that left at once", PING, PONG)
        server.wait_for_descriptors(before, "all clients but one have reset their connections")

        server.allow_descriptors(64)
        clients = [Client(server) for _ in range(100)]
        for client in clients:
            client.send(PING)
        witness.ask("PING; the server may have 64 descriptors, and 100 more clients have connected", PING,
                    PONG)
        used = server.processor_seconds()
        time.sleep(0.5)
        used = server.processor_seconds() - used
        if used > 0.3:
            raise Wrong("100 clients have connected, the server may have 64 descriptors, and no client sends "
                        "anything", "a server that sleeps",
                        f"it has used the processor for {used:.2f} s of 0.5 s")
        case, answered = "PING; 64 descriptors, 100 clients, of which those that are answered leave", 0
        for client in clients:  # each one that leaves makes room; one that is turned away need not wait
            try:
                if client.receive(case, f"{shown(PONG)}, or the end of the connection") == PONG:
                    answered += 1
            except Wrong as wrong:
                if "reset" not in dict(wrong.lines)["came back"]:
                    raise
            client.socket.close()
        if answered < 40:
            raise Wrong(case, "40 that are answered, at the very least", f"{answered} were answered")
        server.wait_for_descriptors(before, "100 clients have been answered or turned away, and have left")
        with Client(server) as client:
            client.ask("SET, after all that", text, OK)
        witness.ask("GET, after all that", command("GET", "k"), bulk(b"v" * 20))
        server.process.send_signal(signal.SIGTERM)
        server.expect_end("SIGTERM, after all that", DRAIN + PATIENCE)
        return f"1,100 resets; with 64 descriptors {answered} of 100 clients answered"


@dataclass(frozen=True)
class Stage:
    title: str
    judge: Callable[[str], str | None]
    helps: tuple[str, ...]  # pages of the book


STAGES = (
    Stage("listens, says where, answers PING", listens,
          ("capstone.md#how-to-begin", "05_async_runtime.md#the-code")),
    Stage("SET, GET and DEL; values of any bytes", stores, ("capstone.md#the-protocol",)),
    Stage("one byte at a time", in_pieces, ("03_request_context.md#tcp-has-no-messages",)),
    Stage("many clients at once", many_at_once, ("05_async_runtime.md#tasks-that-are-ready",)),
    Stage("10,000 commands at once, in order", pipelining, ("03_request_context.md#tcp-has-no-messages",)),
    Stage("a client that never reads", never_reads, ("05_async_runtime.md#try-first-wait-if-you-must",)),
    Stage("protocol errors", protocol_errors,
          ("03_request_context.md#refuse-never-repair", "05_async_runtime_b.md#saying-goodbye")),
    Stage("limits", limits, ("03_request_context.md#decide-at-the-head", "security.md")),
    Stage("time limits", time_limits,
          ("04_event_loop.md#deadlines", "05_async_runtime_b.md#a-time-limit-or-the-first-of-several")),
    Stage("SIGTERM drains", drains,
          ("04_event_loop.md#graceful-shutdown", "05_async_runtime_b.md#cancellation-is-a-request")),
    Stage("10,000 idle clients", crowd, ("03_request_context.md#an-idle-connection-holds-next-to-nothing",)),
    Stage("abuse", abuse,
          ("04_event_loop.md#when-there-are-no-descriptors-left", "how_to_break_a_server.md")),
)
