#!/usr/bin/env python3
"""Trains every row of the MNIST table over its seeds and prints it next to the reference figures.

Needs the program (`make build`) and MNIST (`dyad data fetch mnist`, or DYADSIM_MNIST=folder). Standard library only.
Results go to runs/mnist/; rows that are there already are not trained again.
"""
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MNIST = Path(os.environ.get("DYADSIM_MNIST", ROOT / "data" / "mnist")).resolve()
OUT = ROOT / "runs" / "mnist"

# Rule as the reference file calls it -> (experiment, name in the table).
RULES = {
    "backprop": ("mnist_backprop", "backprop"),
    "dp, alpha only at the output, 1/2 in the hidden layers": ("mnist_dp_output_alpha", "dp, α at the outputs only"),
    "dp_transpose": ("mnist_dp_transpose", "dp_transpose"),
    "dp, undamped, alpha everywhere": ("mnist_dp", "dp"),
    "damped_dp (|1-2alpha| factor in the damping)": ("mnist_damped_dp", "damped_dp"),
}


def settings(row, seed):
    experiment, _ = RULES[row["rule"]]
    sets = []
    hidden = [int(n) for n in row["network"].split("-")[1:-1]]
    if hidden != [128, 128]:
        sets.append(f"network.hidden={json.dumps(hidden)}")
    if row["alpha"] is not None:
        sets.append(f"nudging.alpha={row['alpha']}")
        sets.append(f"schedule.forward_then_rounds.rounds={row['rounds']}")
    sets += [f"seeds.data={seed}", f"seeds.init={seed}", f"seeds.noise={seed}"]
    sets.append(f"data.source.idx.location.directory={MNIST}")
    return experiment, sets


def name(row, seed):
    experiment, _ = RULES[row["rule"]]
    alpha = "" if row["alpha"] is None else f"_a{row['alpha']}_r{row['rounds']}"
    return f"{row['network']}_{experiment}{alpha}_s{seed}"


def train(job):
    row, seed = job
    folder, log = OUT / name(row, seed), OUT / f"{name(row, seed)}.txt"
    if not log.exists():
        experiment, sets = settings(row, seed)
        command = [ROOT / "target/release/dyad", "run", ROOT / f"experiments/{experiment}.json"]
        command += ["--threads", "1", "--quiet", "--overwrite", "--out", folder]
        for edit in sets:
            command += ["--set", edit]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode not in (0, 3):
            sys.exit(done.stderr)
        log.write_text(done.stdout)
    text = log.read_text()
    number = lambda pattern: float(re.search(pattern, text)[1])
    print(".", end="", file=sys.stderr, flush=True)
    return number(r"test accuracy\s+([\d.]+)") / 100, number(r"operator norm\s+([\d.]+)"), number(r"steps in ([\d.]+) s")


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    rows = json.loads((ROOT / "tests/reference/mnist_reference.json").read_text())["rows"]
    only = sys.argv[1] if len(sys.argv) > 1 else ""
    rows = [row for row in rows if only in row["network"]]
    jobs = [(row, seed) for row in rows for seed in range(1, row["seeds"] + 1)]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = dict(zip([name(*job) for job in jobs], pool.map(train, jobs)))
    print(file=sys.stderr)
    print("| network | rule | α | rounds | seeds | accuracy % | reference | difference | operator norm | reference |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    mean = lambda x: sum(x) / len(x)
    for row in rows:
        own = [results[name(row, seed)] for seed in range(1, row["seeds"] + 1)]
        accuracy, norm = mean([a for a, _, _ in own]), mean([n for _, n, _ in own])
        reference = row["test_accuracy_mean"]
        or_dash = lambda value: "–" if value is None else value
        print(
            f"| {row['network']} | {RULES[row['rule']][1]} | {or_dash(row['alpha'])} | {or_dash(row['rounds'])} | {row['seeds']} "
            f"| {100 * accuracy:.2f} | {100 * reference:.2f} | {100 * (accuracy - reference):+.2f} "
            f"| {norm:.1f} | {row['product_operator_norm_mean']:.1f} |"
        )


if __name__ == "__main__":
    main()
