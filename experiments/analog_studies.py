#!/usr/bin/env python3
"""Runs the studies of analog hardware and prints their tables.

    python3 experiments/analog_studies.py [noise] [mismatch] [converters] [asymmetry] [phases]

Needs the program (`make build`). Standard library only. Results go to runs/analog/; runs that are there already are
not made again. Every cell is the mean over three seeds (of initial weights, chip and noise): test accuracy on the
hardware, and the angle of the first layer's gradient to backprop in the last epoch.
"""
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "runs" / "analog"
SEEDS = [1, 2, 3]


def train(job):
    """(accuracy in percent, angle in degrees or None, whether it diverged) of one run."""
    experiment, sets, seed = job
    sets = [*sets, f"seeds.init={seed}", f"seeds.chip={seed}", f"seeds.noise={seed}"]
    name = re.sub(r"[^\w.=-]+", "_", experiment + "__" + "__".join(sets))
    log = OUT / f"{name[:200]}_{abs_hash(name)}.txt"
    if not log.exists():
        command = [ROOT / "target/release/dyad", "run", ROOT / f"experiments/{experiment}.json"]
        command += ["--threads", "1", "--quiet", "--overwrite", "--out", OUT / log.stem]
        for edit in sets:
            command += ["--set", edit]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode not in (0, 3):
            sys.exit(done.stderr)
        log.write_text(done.stdout)
    text = log.read_text()
    print(".", end="", file=sys.stderr, flush=True)
    accuracy = re.search(r"test accuracy\s+([\d.]+)", text)
    angle = re.search(r"^\s+1\s+([\d.]+) deg", text, re.M)
    diverged = "diverged" in text
    return float(accuracy[1]) if accuracy else float("nan"), float(angle[1]) if angle else None, diverged


def abs_hash(name):
    import hashlib

    return hashlib.sha256(name.encode()).hexdigest()[:8]


def cells(experiment, points):
    """One text per point: accuracy and angle, means over the seeds."""
    jobs = [(experiment if isinstance(experiment, str) else experiment(p), p, s) for p in points for s in SEEDS]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(train, jobs))
    print(file=sys.stderr)
    texts = []
    for i in range(0, len(results), len(SEEDS)):
        own = results[i : i + len(SEEDS)]
        accuracy = sum(a for a, _, _ in own) / len(own)
        angles = [x for _, x, _ in own if x is not None]
        angle = f"{sum(angles) / len(angles):.0f}°" if angles else "–"
        fell = sum(d for _, _, d in own)
        texts.append(f"{accuracy:.1f} / {angle}" + (f" ({fell} diverged)" if fell else ""))
    return texts


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def grid(title, corner, columns, rows, settings, experiment="analog_digits"):
    """A table with one cell per (row, column); `settings(row, column)` are the edits."""
    print(f"**{title}** (accuracy % / angle)\n")
    points = [settings(r, c) for r in rows for c in columns]
    texts = cells(experiment, points)
    width = len(columns)
    body = [[str(r), *texts[i * width : (i + 1) * width]] for i, r in enumerate(rows)]
    table([corner, *map(str, columns)], body)


def noise():
    stds = [0, 0.003, 0.01, 0.03, 0.1, 0.3]
    kinds = {
        "white, independent": lambda s: [f"hardware.units.process_noise.white.std={s}"],
        "white, common mode": lambda s: [
            f"hardware.units.process_noise.white.std={s}",
            "hardware.units.process_noise.white.common_mode=1",
        ],
        "drift over 100 updates": lambda s: [
            "hardware.units.dt_s=1e-6",
            f'hardware.units.process_noise.ornstein_uhlenbeck={{"std":{s},"correlation_time_s":1e-4}}',
        ],
        "white, β = 1": lambda s: [f"hardware.units.process_noise.white.std={s}", "nudging.beta=1"],
    }
    grid("(a) process noise σ", "noise", [f"σ = {s}" for s in stds], kinds, lambda r, c: kinds[r](float(c[4:])))


def mismatch():
    stds = [0, 0.00001, 0.0001, 0.001, 0.01, 0.1]

    def settings(row, column):
        quantity, between, zero, beta = row.split(", ")
        edits = [f"hardware.units.mismatch.{quantity}.std={column[4:]}"]
        edits.append(f"hardware.units.mismatch.{quantity}.correlation={1 if between == 'between dyads' else 0}")
        if zero == "auto-zero":
            edits.append('hardware.units.calibration={"parameters":"offset","method":{"reads":{"count":16,"every_steps":50}}}')
        return [*edits, f"nudging.beta={beta[4:]}"]

    rows = [f"{q}, between dyads, none, β = 0.1" for q in ["gain", "offset"]]
    rows += [
        f"{q}, within dyads, {z}, β = {beta}"
        for q in ["gain", "offset"]
        for z in ["none", "auto-zero"]
        for beta in [0.1, 1]
    ]
    grid("(b) mismatch of std σ", "mismatch", [f"σ = {s:g}" for s in stds], rows, settings)


def converters():
    bits = [4, 6, 8, 10, 12]

    def settings(row, column):
        beta, management = row.split(", ")
        edits = [f"nudging.beta={beta[4:]}"]
        for array in ["forward", "feedback"]:
            key = f"hardware.arrays.{array}"
            edits.append(f'{key}.dac={{"bits":{column.split()[0]},"range":{1 if "max" in management else 4}}}')
            edits.append(f'{key}.adc={{"bits":{column.split()[0]},"range":{4 if "max" in management else 8}}}')
            if "max" in management:
                edits.append(f"{key}.noise_management=abs_max")
        return edits

    rows = [f"β = {b}, {m}" for b in [0.01, 0.1, 1] for m in ["fixed range", "follows max"]]
    grid("(c) bits of DAC and ADC", "β, range", [f"{b} bits" for b in bits], rows, settings)


def asymmetry():
    stds = [0, 0.1, 0.2, 0.3, 0.5]

    def settings(row, column):
        rule, passes, beta = row.split(", ")
        return [
            f"credit_rule={rule}",
            f"schedule.fwbwK.passes={passes.split()[0]}",
            f"nudging.beta={beta[4:]}",
            f"hardware.units.mismatch.alpha_std={column[4:]}",
        ]

    rows = [f"{r}, {p} passes, β = {b}" for b in [0.1, 1] for r in ["dp", "dp_transpose"] for p in [1, 8]]
    grid("(d) spread of α_i around ½", "rule", [f"σ = {s:g}" for s in stds], rows, settings)


def phases():
    print("**Without global phases**, ideal hardware and a chip with process noise 0.003 and gains 10 % apart between dyads (accuracy % / angle)\n")
    noisy = [
        "hardware.units.process_noise.white.std=0.003",
        "hardware.units.mismatch.gain.std=0.1",
        "hardware.units.mismatch.gain.correlation=1",
    ]
    files = ["phases_sweeps_reset", "phases_sweeps_carried", "phases_parallel", "phases_asynchronous"]
    rows = [(f, f, []) for f in files]
    sgd = ['training.optimizer={"sgd":{"momentum":0}}', "training.rate=0.02"]
    rows.append(("phases_parallel, plain SGD as the stream", "phases_parallel", sgd))
    for lag in [0, 3]:
        for steps in [4, 8, 16, 32, 64]:
            edits = [f"schedule.stream.presentation.fixed.steps={steps}", f"schedule.stream.teacher.lag_steps={lag}"]
            rows.append((f"phases_stream, {steps} steps, teacher lags {lag}", "phases_stream", edits))
    body = []
    for name, experiment, edits in rows:
        body.append([name, *cells(experiment, [edits, edits + noisy])])
    table(["experiment", "ideal", "noisy chip"], body)
    course()


def course():
    """Mean angle of the first layer's gradient after every update of a stimulus, on ideal hardware."""
    try:
        import h5py
        import numpy
    except ImportError:
        print("(no h5py: the angles after a stimulus change are in gradient_course of the traces)\n")
        return
    stream = "phases_stream__schedule.stream.presentation.fixed.steps=16__schedule.stream.teacher.lag_steps="
    starts = ["phases_parallel", "phases_asynchronous", stream + "0", stream + "3"]
    rows = []
    for start in starts:
        folders = [f for f in OUT.glob(f"{start}__seeds.*") if f.is_dir()]
        angles = [h5py.File(f / "trace.h5")["gradient_course/angle_deg"][1:] for f in folders]
        mean = numpy.nanmean(numpy.concatenate(angles), axis=0)
        rows.append([start, " ".join(f"{x:.0f}" for x in mean[:, 0]), " ".join(f"{x:.0f}" for x in mean[:, -1])])
    table(["experiment", "first layer, degrees", "outputs, degrees"], rows)


STUDIES = {f.__name__: f for f in [noise, mismatch, converters, asymmetry, phases]}

if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or STUDIES:
        STUDIES[name]()
