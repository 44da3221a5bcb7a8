#!/usr/bin/env python3
"""Prints a sweep as a Markdown table: test accuracy in %, mean ± standard deviation over the replicates, and the angle of the first
layer's gradient to backprop in degrees where it was measured.

    python3 experiments/sweep_table.py runs/backprop_on_arrays/sweep.csv
    python3 experiments/sweep_table.py runs/converters/sweep.csv --columns bits
    python3 experiments/sweep_table.py runs/stream_pipeline/sweep.csv --columns mechanism --best rate --digits 2

The other axes make the rows; without --columns all of them. Of an axis given by --best only the value of the highest mean is shown, in brackets. Standard library only.
"""
import argparse
import csv
import math
import statistics
from collections import Counter, defaultdict

# Columns of sweep.csv that are no axes.
OWN = {"point", "replicate", "status", "metric", "epoch", "layer", "value"}

# Heading of the only column where no axis makes columns.
WHOLE = "test accuracy (%)"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--columns", metavar="AXIS")
    parser.add_argument("--best", metavar="AXIS")
    parser.add_argument("--digits", type=int, default=1, metavar="N", help="digits after the point of accuracies (1)")
    options = parser.parse_args()
    with open(options.file, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    axes = [name for name in rows[0] if name not in OWN]
    across = [name for name in axes if name not in (options.columns, options.best)]
    cells = defaultdict(lambda: defaultdict(lambda: defaultdict(dict)))
    for row in rows:
        angle = row["metric"] == "angle_deg" and row["layer"] == "1"
        if row["epoch"] == "" and (angle or row["metric"] == "test_accuracy"):
            key = tuple(row[name] for name in across)
            run = cells[key][row.get(options.columns, WHOLE)][row.get(options.best, "")]
            run.setdefault(row["point"], {"status": row["status"]})[row["metric"]] = float(row["value"] or "nan")
    columns = list(dict.fromkeys(row.get(options.columns, WHOLE) for row in rows))
    print("| " + " | ".join([", ".join(across), *map(short, columns)]) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for key, own in cells.items():
        print("| " + " | ".join([", ".join(map(short, key)), *(best(own[name], options.digits) for name in columns)]) + " |")


def short(text):
    """Numbers as short as they can be."""
    try:
        return f"{float(text):g}"
    except ValueError:
        return text


def best(settings, digits):
    """The cell of the setting with the highest mean accuracy."""
    found = [(mean([run["test_accuracy"] for run in runs.values()]), name, runs) for name, runs in settings.items()]
    if not found:
        return "–"
    accuracy, name, runs = max(found, key=lambda own: -math.inf if math.isnan(own[0]) else own[0])
    known = [run["test_accuracy"] for run in runs.values() if not math.isnan(run["test_accuracy"])]
    text = "–" if not known else f"{100 * accuracy:.{digits}f}"
    if len(known) > 1:
        text += f" ± {100 * statistics.stdev(known):.{digits}f}"
    angles = [run.get("angle_deg", math.nan) for run in runs.values()]
    if not any(map(math.isnan, angles)):
        text += f" / {statistics.mean(angles):.0f}°"
    if len(known) < len(runs):
        ends = Counter(run["status"].replace("_", " ") for run in runs.values() if math.isnan(run["test_accuracy"]))
        text += f" ({', '.join(f'{count} {end}' for end, count in ends.items())})"
    return text + (f" ({short(name)})" if name else "")


def mean(values):
    known = [value for value in values if not math.isnan(value)]
    return statistics.mean(known) if known else math.nan


if __name__ == "__main__":
    main()
