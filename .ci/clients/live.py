"""http_server --live: its events and metrics, read while it is under load and one client hangs."""

import http.client
import json
import subprocess

from prometheus_client.parser import text_string_to_metric_families

from raw import RawClient
from servers import Server, Wrong, equal, require


def metrics(server: Server) -> dict[str, dict[tuple, float]]:
    """By the name of a sample, and its labels, as another program's parser reads them."""
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    client.request("GET", "/metrics")
    text = client.getresponse().read().decode()
    client.close()
    found: dict[str, dict[tuple, float]] = {}
    for family in text_string_to_metric_families(text):
        require(bool(family.documentation) and family.type in ("counter", "gauge", "histogram"), str(family))
        for sample in family.samples:
            labels = tuple(sorted(sample.labels.items()))
            require(labels not in found.setdefault(sample.name, {}), f"{sample} twice")
            found[sample.name][labels] = sample.value
    return found


def compare(before: dict, after: dict) -> None:
    """Counters do not fall, and a histogram's buckets add up."""
    events = "http_server_events_total"
    for name in (events, "http_server_tasks_resumed_total", "http_server_turn_seconds_bucket"):
        for labels, value in before[name].items():
            require(after[name][labels] >= value, f"{name}{labels} fell from {value}")
    require(sum(after[events].values()) > sum(before[events].values()), "no events under load")
    for labels, total in after["http_server_turn_seconds_count"].items():
        buckets = sorted((float(dict(each)["le"]), value)
                         for each, value in after["http_server_turn_seconds_bucket"].items()
                         if dict(each)["thread"] == dict(labels)["thread"])
        counts = [value for _, value in buckets]
        equal("buckets in order", counts, sorted(counts))
        equal("the last bucket", buckets[-1], (float("inf"), total))


def hung_task(server: Server) -> tuple[str, int]:
    """From the first report that shows a task that hangs in its answer for a second, and the load."""
    events = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    events.request("GET", "/live/events")
    response = events.getresponse()
    equal("type", response.headers["Content-Type"], "text/event-stream")
    for _ in range(10):
        line = response.readline()
        equal("the end of an event", response.readline(), b"\n")
        threads = json.loads(line.removeprefix(b"data: "))["threads"]
        connections = sum(thread["connections"] for thread in threads)
        equal("phases", sum(sum(thread["phases"].values()) for thread in threads), connections)
        late = [task["state"] for thread in threads for task in thread["list"]
                if task.get("phase") == "writing" and "site.cpp:" in task["state"] and task["waited"] > 1]
        if late and connections >= 64:
            equal("tasks that hang", len(late), 1)
            events.close()
            return late[0], connections
    raise Wrong("no report shows the task that hangs")


def live(binaries: str) -> str:
    with (Server(binaries, "http_server", "--live", "--threads", "2") as server,
          RawClient(server.port) as hung):
        before = metrics(server)
        hung.send(server.at("/stream?bytes=1000000000").get)  # and reads nothing
        load = subprocess.Popen(["wrk", "-t1", "-c64", "-d3s", server.at("/hello").url],
                                stdout=subprocess.DEVNULL)
        try:
            where, connections = hung_task(server)
            compare(before, metrics(server))
        finally:
            load.wait(timeout=20)
        equal("exit status of wrk", load.returncode, 0)
        hung.reset()
    return f"{where}, found beside {connections} connections"
