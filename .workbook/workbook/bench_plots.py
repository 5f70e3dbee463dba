"""`./workbook bench plots`: the figures of build/bench/ on the page docs/benchmarks.md.

    <!-- bench: http -->
    ... tables and pictures, with the command, the machine and the date ...
    <!-- end bench -->

gnuplot draws them. A bar is the median of the rounds, the line on it reaches from the smallest to the
largest; the bar of the control shows how far two measurements of the same server lie apart. A bar of a
latency is the lower tenth of the rounds instead, which the machine's pauses do not reach.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

from . import bench_flames, building
from .repository import ROOT, Failure, relative

FIGURES = ROOT / "docs" / "figures"
HEAD = """
set terminal svg size 760,{height} font 'sans-serif,13' noenhanced background '#ffffff'
set output '{output}'
set title "{title}"
set xlabel '{label}'
set style fill solid 0.85 noborder
set yrange [{rows}-0.4:-0.6]
set grid xtics lc '#d0d0d0'
set tics nomirror
set border 3
"""
SCRIPT = HEAD + """set xrange [0:{most}]
unset key
$data << END
{data}
END
set ytics ({names})
plot $data using (0.5*$2):1:(0.5*$2):(0.35):5 with boxxyerror lc rgb variable, \\
     $data using 2:1:3:4 with xerrorbars lc rgb '#202020' pt 0, \\
     $data using 4:1:(sprintf('  %.2f', $2)) with labels left
"""
STACKED = HEAD + """set key outside right top reverse Left samplen 1.5
$data << END
{data}
END
set ytics ({names})
plot {plots}
"""
OURS, PEER = 0x1f77b4, 0xb0b0b0
PARTS = ("#4e79a7", "#59a14f", "#76b7b2", "#9c755f", "#bab0ac", "#e15759", "#b07aa1", "#222222", "#edc948",
         "#ff9da7", "#f28e2b", "#d4d4d4")  # no two alike: a bar has twelve parts


def of_each_round(figures: list[float], others: list[float]) -> list[float]:
    """The ratios of what was measured in the same rounds."""
    return [one / other for one, other in zip(figures, others)]


def undisturbed(rounds: list[float]) -> float:
    """The lower tenth, which lies among the rounds that are free of the machine's own pauses: a fifth at least."""
    return max(min(rounds), quantiles(rounds, n=10)[0])  # of few rounds `quantiles` guesses a lower one


LATENCIES = (("due", "latency", median), ("sent", "service", median),  # from when it is counted, what of the rounds
             ("due, lower tenth", "latency", undisturbed))


def is_ours(name: str) -> bool:
    return name.endswith("_server") and not name.startswith("raw_")


def bars(title: str, label: str, figures: dict[str, list[float]], output: Path) -> None:
    """A bar for each name, in their order."""
    data = "\n".join(f"{i} {median(values)} {min(values)} {max(values)} "
                     f"{OURS if is_ours(name) else PEER}"
                     for i, (name, values) in enumerate(figures.items()))
    names = ", ".join(f"'{name}' {i}" for i, name in enumerate(figures))
    text = SCRIPT.format(height=90 + 26 * len(figures), output=output, title=title, label=label,
                         rows=len(figures), data=data, names=names,
                         most=1.12 * max(max(values) for values in figures.values()))
    draw_script(text, output)


def draw_script(text: str, output: Path) -> None:
    script = ROOT / "build" / "bench" / "plot.gnuplot"
    script.write_text(text, encoding="utf-8")
    good, printed = building.said_by(["gnuplot", str(script)])
    if not good:
        raise Failure(f"gnuplot: {printed}", code=1)
    print(relative(output))


def stacked_bars(title: str, label: str, figures: dict[str, dict[str, float]], output: Path) -> None:
    """A bar for each name, of its parts one after the other."""
    rows, plots = [], []
    for i, parts in enumerate(figures.values()):
        ends = [sum(list(parts.values())[:k]) for k in range(len(parts) + 1)]
        rows.append(" ".join(map(str, [i, *ends])))
    for k, part in enumerate(next(iter(figures.values()))):
        plots.append(f"$data using (0.5*(${k + 2}+${k + 3})):1:(0.5*(${k + 3}-${k + 2})):(0.35) "
                     f"with boxxyerror lc rgb '{PARTS[k]}' title '{part}'")
    draw_script(STACKED.format(height=110 + 40 * len(figures), output=output, title=title, label=label,
                               rows=len(figures), data="\n".join(rows),
                               names=", ".join(f"'{name}' {i}" for i, name in enumerate(figures)),
                               plots=", ".join(plots)), output)


def slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")


def of_table(name: str, title: str, rows: list[dict]) -> None:
    if name != "latency":
        bars(title, "processor time of the server for an answer, us", {row["name"]: row["us"] for row in rows},
             FIGURES / f"bench_{slug(title)}.svg")
        return
    kind = title.partition(",")[0]  # the rest is the rate, which differs from run to run
    for part in ("p50", "p99.9"):
        bars(f"{title}: {part}, lower tenth of the rounds", "from when a request was due to its answer, us",
             {row["name"]: [undisturbed(row["latency"][part])] for row in rows},
             FIGURES / f"bench_latency_{kind}_{slug(part)}.svg")


def folded(title: str, name: str) -> Path:
    """The stacks of a server; `title`: of the table, which a colon ends."""
    return ROOT / "build" / "bench" / "flames" / f"{slug(title.partition(':')[0])}_{slug(name)}.folded"


def flames(title: str, figures: dict[str, dict[str, float]]) -> Iterator[tuple[str, float, Path]]:
    """Of a table of the profile: what each flame graph shows, the microseconds of it, its stacks."""
    for name, parts in figures.items():
        if (file := folded(title, name)).exists():
            yield f"{title.partition(':')[0]}: {name}", sum(parts.values()), file


def optional(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def as_table(rows: list[dict]) -> list[str]:
    lines = ["| server | answers a second | us each | of it user | of the first | spread | calls | instructions |",
             "|---|---|---|---|---|---|---|---|"]
    for row in rows:
        ratios = of_each_round(row["us"], rows[0]["us"])
        lines.append(f"| {row['name']} | {median(row['rate']):.0f} | {median(row['us']):.2f} | {row['user']:.2f} "
                     f"| {median(ratios):.3f} | {min(ratios):.2f} to {max(ratios):.2f} "
                     f"| {optional(row['calls'], 2)} | {optional(row['instructions'], 0)} |")
    return lines


def as_latency(rows: list[dict]) -> list[str]:
    parts = list(rows[0]["latency"])
    lines = [f"| server | counted from when it was | {' | '.join(f'{part}, us' for part in parts)} |",
             "|---" * (len(parts) + 2) + "|"]
    for row in rows:
        for since, kind, of in LATENCIES:
            figures = " | ".join(f"{of(row[kind][part]):.0f}" for part in parts)
            lines.append(f"| {row['name']} | {since} | {figures} |")
    return lines


def as_idle(tables: dict) -> list[str]:
    lines = ["| server | bytes of an idle connection | us an answer, 64 alone | beside the idle ones | of alone "
             "| spread |", "|---|---|---|---|---|---|"]
    for title, figures in tables.items():
        ratios = of_each_round(figures["beside"], figures["alone"])
        lines.append(f"| {title} | {figures['bytes']:.0f} | {median(figures['alone']):.2f} "
                     f"| {median(figures['beside']):.2f} | {median(ratios):.3f} "
                     f"| {min(ratios):.2f} to {max(ratios):.2f} |")
    return lines


def as_profile(tables: dict) -> list[str]:
    lines = []
    for title, figures in tables.items():
        parts = list(next(iter(figures.values())))
        lines += [f"**{title}, us**", "", f"| server | {' | '.join(parts)} | together |", "|---" * (len(parts) + 2) + "|"]
        lines += [f"| {name} | {' | '.join(f'{of[part]:.2f}' for part in parts)} | {sum(of.values()):.2f} |"
                  for name, of in figures.items()]
        lines += ["", f"![{title}](figures/bench_{slug(title)}.svg)", ""]
        for what, _, file in flames(title, figures):
            lines += [f"![Flame graph. {what}](figures/bench_flame_{file.stem}.svg)", ""]
    return lines


def as_runtime(benchmarks: list[dict]) -> list[str]:
    lines = ["| one of it | ns | allocations |", "|---|---|---|"]
    return lines + [f"| {one['run_name'].removesuffix('/real_time').replace('_', ' ')} | {one['real_time']:.1f} "
                    f"| {optional(one.get('allocations'), 2)} |"
                    for one in benchmarks if one.get("aggregate_name") == "median"]


def as_build(seconds: dict[str, list[float]]) -> list[str]:
    lines = ["| step | s | spread |", "|---|---|---|"]
    return lines + [f"| {step} | {median(times):.1f} | {min(times):.1f} to {max(times):.1f} |"
                    for step, times in seconds.items()]


def section(name: str) -> list[str] | None:
    """What stands between the markers of a bench; None if it was not measured."""
    file = ROOT / "build" / "bench" / f"{name}.json"
    if not file.exists():
        print(f"unchanged: {name}, for which there are no figures (./workbook bench {name})")
        return None
    said = json.loads(file.read_text(encoding="utf-8"))
    lines = [f"`{said['command']}`, on {said['date']}: {said['processor']}, {said['processors']} processors, "
             f"Linux {said['kernel']}", ""]
    if name in ("idle", "profile"):
        return lines + (as_idle if name == "idle" else as_profile)(said["tables"])
    for title, rows in said["tables"].items():
        if name in ("runtime", "build"):
            lines += as_runtime(rows) if name == "runtime" else as_build(rows)
            continue
        pictures = ([f"bench_latency_{title.partition(',')[0]}_{part}" for part in ("p50", "p99_9")]
                    if name == "latency" else [f"bench_{slug(title)}"])
        lines += [f"**{title}**", "", *(as_latency(rows) if name == "latency" else as_table(rows)), ""]
        lines += [line for picture in pictures for line in (f"![{title}](figures/{picture}.svg)", "")]
    return lines


def filled(text: str) -> str:
    """The text of a page with the figures between its markers."""
    def replaced(found: re.Match) -> str:
        lines = section(found[2])
        return found[0] if lines is None else found[1] + "\n".join(lines).rstrip() + "\n" + found[3]
    return re.sub(r"(<!-- bench: (\w+) -->\n).*?(<!-- end bench -->)", replaced, text, flags=re.DOTALL)


def fill(page: Path) -> None:
    text = filled(page.read_text(encoding="utf-8"))
    page.write_text(text, encoding="utf-8")
    print(relative(page))


def draw() -> int:
    if not building.has("gnuplot"):
        raise Failure("gnuplot draws the figures: apt-get install gnuplot-nox", code=1)
    FIGURES.mkdir(parents=True, exist_ok=True)
    for file in sorted((ROOT / "build" / "bench").glob("*.json")):
        tables = json.loads(file.read_text(encoding="utf-8"))["tables"]
        if file.stem == "idle":
            for kind in ("echo", "http"):
                bytes_each = {title.partition(": ")[2]: [figures["bytes"]]
                              for title, figures in tables.items() if title.startswith(kind)}
                bars(f"{kind}: an idle connection", "bytes", bytes_each, FIGURES / f"bench_idle_{kind}.svg")
        elif file.stem == "profile":
            for title, figures in tables.items():
                stacked_bars(title, "us", figures, FIGURES / f"bench_{slug(title)}.svg")
                for what, us, of in flames(title, figures):
                    output = FIGURES / f"bench_flame_{of.stem}.svg"
                    draw_script(bench_flames.plot(what, us, of.read_text(encoding="utf-8"), output), output)
        elif file.stem not in ("runtime", "build"):
            for title, rows in tables.items():
                of_table(file.stem, title, rows)
    fill(ROOT / "docs" / "benchmarks.md")
    return 0
