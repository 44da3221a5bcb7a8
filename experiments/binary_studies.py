#!/usr/bin/env python3
"""Searches hyper-parameters of the rules for binary synapses on MNIST, and prints the tables of docs/studies/binary_synapses.md.

    python3 experiments/binary_studies.py [search] [methods] [devices] [thresholds]

Needs the program (`make build`) and MNIST (`dyad data fetch mnist`, or DYADSIM_MNIST=folder). Standard library only.
Results go to runs/binary/; runs that are there already are not made again.

Every method has the same budget: 784-512-512-10, softmax cross-entropy, batches of 100, 8 epochs, half a cosine of the
learning rate, Adam unless the method has an optimizer of its own; biases by Adam at 1e-3. `search` tries nine settings
of every method with backprop, 5 epochs, 10000 training samples held out, one seed, and keeps the best on those.
On devices AdaSTE is trained for 2 epochs.

`thresholds` asks whether AdaSTE itself acts, or plain STE in its place: the share of the weights whose gradient is above
its threshold, for thresholds as published, against the summed loss, and relative to the gradients. Backprop; four
settings of each tried for 2 epochs on 50000 samples, the best trained for 3 epochs.
"""
import hashlib
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MNIST = Path(os.environ.get("DYADSIM_MNIST", ROOT / "data" / "mnist")).resolve()
OUT = ROOT / "runs" / "binary"
PROGRAM = os.environ.get("DYAD", ROOT / "target/release/dyad")
SEEDS = [1, 2, 3]
EPOCHS, SEARCH_EPOCHS, DEVICE_EPOCHS = 8, 5, 2

RULE = "training.synapses.rule"
RELAXED = "training.synapses.train_on=relaxed_weights"


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    print()


def adam(rate, decay):
    return [f"training.rate={rate}", f'training.optimizer={{"adam":{{"weight_decay":{decay}}}}}']


def growth(last, first, epochs, share=0.8):
    """A factor for every epoch that leads from `first` to `last` over a share of the training."""
    return (last / first) ** (1 / (share * epochs))


def latent(rule, rate, decay, *more):
    return [f"{RULE}={json.dumps(rule)}", *adam(rate, decay), *more]


def double_well(**settings):
    return {"adaste": {"mapping": {"double_well": settings}}}


def adaste(form, annealed, **more):
    def settings(rate, decay, epochs):
        mu = {"initial": 0.01, "factor": growth(100, 0.01, epochs)} if annealed else {"initial": 100}
        rule = double_well(form=form, mu=mu)
        rule["adaste"].update(more)
        return latent(rule, rate, decay)

    return settings


def bayes(rate, scale, epochs):
    optimizer = {"mean_momentum": {"gradient_scale": scale, "weight_decay": 1}}
    return [
        f'{RULE}={{"bayes_binn":{{}}}}',
        RELAXED,
        "training.synapses.latent_magnitude=10",
        f"training.rate={rate}",
        f"training.optimizer={json.dumps(optimizer)}",
        'training.bias_optimizer={"adam":{}}',
    ]


def prox_quant(rate, strength, epochs):
    return latent({"prox_quant": {"strength_per_epoch": strength * 10 / epochs}}, rate, 0, RELAXED)


def md_tanh_s(rate, last, epochs):
    beta = {"initial": 1, "factor": growth(last, 1, epochs, 1.0)}
    return latent({"md_tanh_s": {"beta": beta}}, rate, 0, RELAXED)


RATES, DECAYS = [0.01, 0.03, 0.1], [0, 3e-6, 1e-5]
# Method -> (settings of rate, second parameter and epochs; rates; second parameters)
METHODS = {
    "float": (
        lambda rate, decay, epochs: [
            "hardware=../hw_models/ideal.json",
            "training.synapses=null",
            *adam(rate, decay),
        ],
        [3e-4, 1e-3, 3e-3],
        DECAYS,
    ),
    "STE (BinaryConnect)": (
        lambda rate, decay, epochs: latent({"straight_through": {"clip": True}}, rate, decay),
        RATES,
        DECAYS,
    ),
    "AdaSTE, annealed": (adaste("as_published", True), RATES, DECAYS),
    "AdaSTE, not annealed": (adaste("as_published", False), RATES, DECAYS),
    "AdaSTE exact, not annealed": (adaste("exact", False), RATES, DECAYS),
    "AdaSTE exact, threshold 1e-3": (adaste("exact", False, straight_through_below=1e-3), RATES, DECAYS),
    "ProxQuant": (prox_quant, RATES, [1e-4, 1e-3, 1e-2]),
    "MD-tanh-S": (md_tanh_s, RATES, [10, 100, 1000]),
    "BayesBiNN": (bayes, [1e-3, 3e-3, 1e-2], [6e3, 6e4, 6e5]),
}
SHOWN = [m for m in METHODS if "exact" not in m]


def report(job):
    """What one run has printed at its end."""
    sets, seed = job
    sets = [*sets, *(f"seeds.{s}={seed}" for s in ["data", "init", "chip", "noise"])]
    name = hashlib.sha256("\n".join(sets).encode()).hexdigest()[:16]
    log = OUT / f"{name}.txt"
    if not log.exists():
        command = [PROGRAM, "run", ROOT / "experiments/binary_mnist.json"]
        command += ["--threads", "1", "--overwrite", "--out", OUT / name]
        for edit in [*sets, f"data.source.idx.location.directory={MNIST}"]:
            command += ["--set", edit]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode not in (0, 3):
            sys.exit(done.stderr)
        log.write_text("\n".join([*sets, done.stdout, done.stderr]))
    print(".", end="", file=sys.stderr, flush=True)
    return log.read_text()


def train(job):
    """(test accuracy, accuracy on the samples held out, with ideal devices) of one run in percent."""
    text = report(job)

    def last(pattern):
        found = re.findall(pattern, text)
        return float(found[-1]) if found and "diverged" not in text else float("nan")

    return last(r"test accuracy\s+([\d.]+)"), last(r"valid\w*\s+([\d.]+) %"), last(r"ideal devices\s+([\d.]+)")


def train_all(jobs):
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(train, jobs))
    print(file=sys.stderr)
    return results


def mean_and_spread(numbers):
    mean = sum(numbers) / len(numbers)
    spread = (sum((x - mean) ** 2 for x in numbers) / (len(numbers) - 1)) ** 0.5
    return f"{mean:.2f} ± {spread:.2f}"


def chosen():
    """Best rate and second parameter of every method on the samples held out."""
    common = [
        "credit_rule=backprop",
        f"training.epochs={SEARCH_EPOCHS}",
        f"measure.accuracy_every_epochs={SEARCH_EPOCHS}",
        'training.validation={"last":{"count":10000}}',
        "training.bias_rate=0.001",
    ]
    trials = [(m, r, s) for m, (_, rates, seconds) in METHODS.items() for r, s in product(rates, seconds)]
    results = train_all([([*METHODS[m][0](r, s, SEARCH_EPOCHS), *common], 1) for m, r, s in trials])
    found = {}
    for (method, rate, second), (_, held_out, _) in zip(trials, results):
        found.setdefault(method, []).append((held_out, rate, second))
    return found


def search():
    print("**Search**: accuracy % on the samples held out, rate / second parameter (weight decay; ProxQuant ρ per "
          "epoch; MD-tanh-S last β; BayesBiNN gradient scale)\n")
    rows = [[m, *(f"{a:.2f} ({r:g} / {s:g})" for a, r, s in sorted(t, reverse=True))] for m, t in chosen().items()]
    table(["method", "best", *[""] * 8], rows)


def settings(method, best, epochs=EPOCHS):
    # NaN, a run that diverged, is never the best.
    _, rate, second = max(trial for trial in best[method] if trial[0] == trial[0])
    return [*METHODS[method][0](rate, second, epochs), "training.bias_rate=0.001", f"training.epochs={epochs}",
            f"measure.accuracy_every_epochs={epochs}"]


def methods():
    best = chosen()
    columns = ["credit_rule=backprop", *(f"nudging.alpha={a}" for a in [0, 0.5, 1])]
    # The exact form is there to be seen to fail: with backprop only.
    cells = {m: columns if m in SHOWN else columns[:1] for m in METHODS}
    results = iter(train_all([([*settings(m, best), c], s) for m in METHODS for c in cells[m] for s in SEEDS]))
    rows = []
    for method in METHODS:
        own = [mean_and_spread([next(results)[0] for _ in SEEDS]) for _ in cells[method]]
        rows.append([method, *own, *["–"] * (len(columns) - len(own))])
    print(f"**Methods**: test accuracy % with ideal devices, mean ± standard deviation over {len(SEEDS)} seeds\n")
    table(["method", "backprop", "dp_transpose, α = 0", "α = ½", "α = 1"], rows)


DEVICE = "hardware.synapses.binary.device.conductance"
RATIO = f"{DEVICE}.on_off_ratio"


def spread(std):
    return [f'{DEVICE}.on_spread={{"std":{std}}}', f'{DEVICE}.off_spread={{"std":{std}}}']


DEVICES = {
    "spread of on and off, ratio 10": ([0, 0.1, 0.3, 0.5], lambda x: [*spread(x), f"{RATIO}=10"]),
    "stuck devices (half on, half off)": (
        [0, 0.05, 0.1, 0.2],
        lambda x: [f"{DEVICE}.stuck_on={x / 2}", f"{DEVICE}.stuck_off={x / 2}"],
    ),
    "on/off ratio, spread 0.2": ([2, 5, 20, 100], lambda x: [*spread(0.2), f"{RATIO}={x}"]),
    "failed writes": ([0, 0.05, 0.1, 0.2], lambda x: [f"{DEVICE}.failed_write_probability={x}"]),
}
PULSED = {"ReRamArrayOM": ("binary_reram_array_om", 0.1348), "ReRamArrayHfO2": ("binary_reram_array_hfo2", 0.0977)}


def devices():
    best = chosen()
    base = settings("AdaSTE, not annealed", best, DEVICE_EPOCHS)
    print(f"**Devices**: AdaSTE (not annealed), dp_transpose, α = ½, {DEVICE_EPOCHS} epochs; test accuracy % on the devices\n")
    jobs = [([*base, *edits(x)], s) for xs, edits in DEVICES.values() for x in xs for s in SEEDS]
    results = iter(train_all(jobs))
    for name, (xs, _) in DEVICES.items():
        cells = [mean_and_spread([next(results)[0] for _ in SEEDS]) for _ in xs]
        table([name, *map(str, xs)], [["test accuracy %", *cells]])
    jobs = []
    for model, stuck in PULSED.values():
        for probability in [0, stuck]:
            edits = [f"hardware=../hw_models/{model}.json",
                     f"hardware.synapses.binary.device.pulsed.device.stuck.probability={probability}"]
            jobs += [([*base, *edits], s) for s in SEEDS]
    results = iter(train_all(jobs))
    rows = []
    for name, (_, stuck) in PULSED.items():
        rows.append([name, *(mean_and_spread([next(results)[0] for _ in SEEDS]) for _ in range(2)), f"{100 * stuck} %"])
    table(["pulsed devices", "none stuck", "measured share stuck", "that share"], rows)


def published(threshold, **more):
    rule = double_well(form="as_published", mu={"initial": 100}, published_threshold=threshold)
    rule["adaste"].update(more)
    return rule


def exact(**more):
    rule = double_well(mu={"initial": 100})
    rule["adaste"].update(more)
    return rule


RELATIVE = {"threshold_unit": "root_mean_square"}
THRESHOLDS = {
    "plain STE": {"straight_through": {"clip": False}},
    "published: 10⁻³": published(1e-3),
    "10⁻³, summed loss": published(1e-3, loss="sum"),
    "3 × RMS": published(3, **RELATIVE),
    "1 × RMS": published(1, **RELATIVE),
    "0.1 × RMS": published(0.1, **RELATIVE),
    "none": published(0),
    "exact slope, 3 × RMS": exact(straight_through_below=3, **RELATIVE),
    "exact slope, 1 × RMS": exact(straight_through_below=1, **RELATIVE),
    "exact slope, none": exact(),
}


def thresholds():
    common = ["credit_rule=backprop", "training.bias_rate=0.001", "measure.gradient_threshold_every_steps=20"]
    grid = list(product([0.01, 0.03], [0, 1e-5]))

    def job(rule, rate, decay, epochs, seed, *more):
        length = [f"training.epochs={epochs}", f"measure.accuracy_every_epochs={epochs}"]
        return [*latent(rule, rate, decay), *length, *common, *more], seed

    held_out = 'training.validation={"last":{"count":10000}}'
    found = iter(train_all([job(rule, *g, 2, 1, held_out) for rule in THRESHOLDS.values() for g in grid]))
    # NaN, a run that diverged, is never the best.
    trials = {name: [(*next(found)[1:2], *g) for g in grid] for name in THRESHOLDS}
    best = {name: max(trial for trial in own if trial[0] == trial[0])[1:] for name, own in trials.items()}
    jobs = [job(rule, *best[name], 3, seed) for name, rule in THRESHOLDS.items() for seed in SEEDS]
    results = iter(zip(train_all(jobs), map(report, jobs)))
    rows = []
    for name in THRESHOLDS:
        own = [next(results) for _ in SEEDS]
        block = own[0][1].partition("gradients above threshold")[2]
        shares = re.findall(r"^\s*\d+\s+([\d.]+) %$", block, re.M) or ["–"] * 3
        rows.append([name, *shares, mean_and_spread([accuracy for (accuracy, *_), _ in own]), "%g / %g" % best[name]])
    print("**Thresholds**: weights above the threshold % (last epoch, seed 1), test accuracy % over 3 seeds\n")
    table(["threshold of |ℓ′|", "layer 1", "layer 2", "layer 3", "test accuracy %", "rate / decay"], rows)


STUDIES = {f.__name__: f for f in [search, methods, devices, thresholds]}

if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    for study in sys.argv[1:] or STUDIES:
        STUDIES[study]()
