#!/usr/bin/env python3
"""Prints the table of a sweep of streams (stream_pipeline, stream_pipeline_mnist, stream_pipeline_chip): test accuracy in % by
steps a stimulus and mechanism, best rate of each, mean ± standard deviation over the replicates.

    python3 experiments/stream_table.py runs/stream_pipeline/sweep.csv

Standard library only.
"""
import csv
import statistics
import sys
from collections import defaultdict


def main(path):
    with open(path, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    cells = defaultdict(lambda: defaultdict(dict))
    for row in rows:
        # A run that has diverged may have measured nothing.
        known = row["metric"] == "test_accuracy" and row["epoch"] == "" and row["value"] != ""
        runs = cells[(row["steps"], row["mechanism"])][row["rate"]]
        runs.setdefault(row["point"], 0.0)
        if known:
            runs[row["point"]] = float(row["value"])
    steps = sorted({key[0] for key in cells}, key=float)
    mechanisms = list(dict.fromkeys(row["mechanism"] for row in rows))
    print("| steps a stimulus | " + " | ".join(mechanisms) + " |")
    print("|---" * (len(mechanisms) + 1) + "|")
    for step in steps:
        print(f"| {float(step):g} | " + " | ".join(best(cells[(step, own)]) for own in mechanisms) + " |")


def best(rates):
    """The rate of the highest mean."""
    if not rates:
        return "–"
    rate, values = max(((rate, list(runs.values())) for rate, runs in rates.items()), key=lambda own: statistics.mean(own[1]))
    spread = f" ± {100 * statistics.stdev(values):.2f}" if len(values) > 1 else ""
    return f"{100 * statistics.mean(values):.2f}{spread} ({rate})"


if __name__ == "__main__":
    main(sys.argv[1])
