"""Lines of measurements to a summary and a table. A line is one run of one program: work, who, round, median_ms,
min_ms, runs, max_abs_diff, library; of a step weights_bytes, and SST's percent_of_read and level; or work, who and
problem. The first line is about the machine."""

import json
import statistics

from works import Failure


def load(path):
    """The line about the machine, and the others."""
    try:
        with open(path) as file:
            lines = [json.loads(line) for line in file if line.strip()]
    except (OSError, ValueError) as error:
        raise Failure(f"{path}: {error}")
    if not lines or "cpu" not in lines[0]:
        raise Failure(f"{path}: expects a line about the machine first")
    return lines[0], lines[1:]


def summarize(lines):
    """Work to a list of rows in the order of first appearance: who, label, best and median over rounds of the medians
    of runs, the ratio to SST (median over rounds of the ratio within a round), the largest difference; of a step GB/s
    of weights, and SST's share of the rate at which their level of memory was read; or a problem."""
    works = {}
    for line in lines:
        works.setdefault(line["work"], {}).setdefault(line["who"], []).append(line)
    return {
        work: [summarize_program(runs, programs.get("sst", [])) for runs in programs.values()]
        for work, programs in works.items()
    }


def summarize_program(runs, ours):
    row = {"who": runs[0]["who"], "label": runs[0]["label"]}
    problems = [run["problem"] for run in runs if "problem" in run]
    good = [run for run in runs if "problem" not in run]
    if problems:
        row["problem"] = problems[0]
    if not good:
        return row
    medians = [run["median_ms"] for run in good]
    row |= {"best_ms": min(medians), "median_ms": statistics.median(medians)}
    row["min_ms"] = min(run["min_ms"] for run in good)
    row["max_abs_diff"] = max((run["max_abs_diff"] for run in good if "max_abs_diff" in run), default=None)
    row["library"] = good[0]["library"]
    if any(run.get("wrong") for run in good):
        row["problem"] = "WRONG: too far from float64"
    rounds = {run["round"]: run["median_ms"] for run in ours if "problem" not in run}
    ratios = [run["median_ms"] / rounds[run["round"]] for run in good if run["round"] in rounds]
    if ratios:
        row["ratio"] = statistics.median(ratios)
    peaks = [run["peak_gflops"] for run in good if run.get("peak_gflops")]
    if peaks and good[0].get("needed_flops"):
        row["gflops"] = good[0]["needed_flops"] / row["best_ms"] / 1e6
        row["peak_gflops"] = max(peaks)
    if "weights_bytes" in good[0]:
        row["gb_s"] = good[0]["weights_bytes"] / row["best_ms"] / 1e6
    if "percent_of_read" in good[0]:
        row["level"], row["read_share"] = good[0]["level"], statistics.median(run["percent_of_read"] for run in good)
    return row


def speed(row, of_peak):
    """A program's speed, if it is known; `of_peak` follows the share of the peak."""
    if "gflops" in row:
        return f"{row['gflops']:.0f} GFLOP/s, {100 * row['gflops'] / row['peak_gflops']:.0f} % {of_peak}"
    share = f", {row['read_share']:.0f} % of reads from {row['level']}" if "read_share" in row else ""
    return f"{row['gb_s']:.1f} GB/s{share}" if "gb_s" in row else ""


def title(work):
    model, shape, *threads = work.split(":")
    return f"{model} {shape}, {threads[0] if threads else 1} thread{'s' if threads and threads[0] != '1' else ''}"


def milliseconds(value):
    return f"{value:.{3 if value < 1 else 2 if value < 100 else 0}f}"


def table(machine, lines):
    """The table as text."""
    heads = ("", "best ms", "median ms", "min ms", "time / SST", "max diff", "")
    rows = []
    for work, programs in summarize(lines).items():
        rows.append((title(work),))
        for row in programs:
            if "best_ms" not in row:
                rows.append(("  " + row["label"], row["problem"]))
                continue
            cells = [milliseconds(row[key]) for key in ("best_ms", "median_ms", "min_ms")]
            ratio = f"{row['ratio']:.2f}" if "ratio" in row else "-"
            difference = "-" if row["max_abs_diff"] is None else f"{row['max_abs_diff']:.1e}"
            fast = speed(row, f"of the peak of {row.get('peak_gflops', 0):.0f}")
            rows.append(("  " + row["label"], *cells, ratio, difference, f"{fast} {row.get('problem', '')}".strip()))
    full = [heads] + [row for row in rows if len(row) == len(heads)]
    widths = [max(len(row[column]) for row in (full if column else rows + [heads])) for column in range(6)]
    text = [f"{machine['cpu']}; {machine['rounds']} rounds of {machine['seconds']} s each, programs in turn"]
    for row in [heads] + rows:
        if len(row) < len(heads):
            text.append(f"{row[0]:{widths[0]}}  {row[1] if len(row) > 1 else ''}".rstrip())
        else:
            cells = [f"{row[0]:{widths[0]}}"] + [f"{row[i]:>{widths[i]}}" for i in range(1, 6)] + [row[6]]
            text.append("  ".join(cells).rstrip())
    return "\n".join(text)
