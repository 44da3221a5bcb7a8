"""Training steps of this project beside those of PyTorch, JAX and aihwkit, in alternating blocks on this machine:

    make bench-peers

Every program of a group runs in a process of its own and waits while another one trains; the median of the blocks counts. A
step is inference, weight gradient and SGD with momentum of a mini-batch, in single precision. The table is written as CSV and
as a page of the documentation."""

import argparse
import csv
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PAGE = ROOT / "docs" / "validation" / "peer_speed.md"
#: Seconds between two blocks, in which the threads of the one before go to sleep.
PAUSE_S = 0.2
#: So small that weights stay as they are.
STILL = 1e-9


@dataclass
class Program:
    """One line of the table: what trains, and the arguments of its worker."""

    name: str
    trains: str
    script: str
    settings: dict = field(default_factory=dict)


@dataclass
class Group:
    """Programs whose steps are compared: with the first one's as the measure."""

    network: str
    job: dict
    programs: list
    seconds: float = 0.3


def ours(trains, experiment, **settings):
    return Program("dyadsim", trains, "ours", {"experiment": experiment, **settings})


def dyads(schedule, passes):
    return {
        "credit_rule": "dp_transpose",
        "nudging": {"alpha": 0.5, "beta": 0.1},
        "schedule": {schedule: {"passes": passes}},
    }


BACKPROP = {"credit_rule": "backprop"}
PASSES = [("fwbwK", 1), ("fwbwK", 6), ("fwK", 16)]


def dense(units, batch):
    job = {"network": {"units": units}, "sample_shape": units[:1], "batch": batch}
    jax = [
        Program("JAX", f"DP⊤, `{schedule}` {passes}", "jax_dyads.py", {"rule": "dp_transpose", "schedule": schedule, "passes": passes})
        for schedule, passes in PASSES
    ]
    return Group(
        "-".join(map(str, units)),
        job,
        [ours(f"DP⊤, `{schedule}` {passes}", dyads(schedule, passes)) for schedule, passes in PASSES]
        + [
            ours("backprop", BACKPROP),
            Program("PyTorch", "backprop", "pytorch.py"),
            Program("PyTorch", "backprop, Gaussian noise on every activity", "pytorch.py", {"noise": True}),
            Program("JAX", "backprop", "jax_dyads.py", {"rule": "backprop"}),
        ]
        + jax,
    )


def convolutional(model, convolutions, hidden, seconds):
    image = [3, 32]
    job = {
        "network": {"convolutions": convolutions, "hidden": hidden, "image": image, "model": model},
        "sample_shape": [3, 32, 32],
        "batch": 100,
    }
    programs = [
        ours("DP⊤, `fwbwK` 1", dyads("fwbwK", 1)),
        ours("backprop", BACKPROP),
        Program("PyTorch", "backprop", "pytorch.py"),
    ]
    return Group(model, job, programs, seconds)


def analog(units, batch, preset, devices):
    """Both train on the same devices, read through the same periphery."""
    job = {"network": {"units": units}, "sample_shape": units[:1], "batch": batch, "rate": 0.01}
    plain = {"training": {"optimizer": {"sgd": {"momentum": 0}}}}
    programs = [
        ours("DP⊤, `fwbwK` 1, on the same devices", {**dyads("fwbwK", 1), **plain}, devices=devices),
        ours("backprop, on the same devices", {**BACKPROP, **plain}, devices=devices),
        Program("aihwkit", f"backprop, `{preset}`", "aihwkit_devices.py", {"preset": preset}),
    ]
    return Group(f"{'-'.join(map(str, units))}, {devices}", job, programs)


SMALL, WIDE, DEEP = [784, 128, 128, 10], [784, 1024, 1024, 10], [784, 1000, 1000, 1000, 1000, 10]
VGG16 = [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M"]
GROUPS = [
    dense(SMALL, 50),
    dense(WIDE, 100),
    dense(DEEP, 100),
    convolutional("mini_cnn", [32, 32, "M", 64, 64, "M"], [256], 0.6),
    convolutional("vgg16", VGG16, [4096, 4096], 1.0),
    *(
        analog(units, batch, preset, devices)
        for units, batch in [(SMALL, 50), (WIDE, 100)]
        for preset, devices in [("ReRamESPreset", "reram_es"), ("GokmenVlasovPreset", "gokmen_vlasov")]
    ),
]


def hardware_of(devices):
    """The pulsed devices of one model in arrays with the periphery of aihwkit's presets."""
    models = ROOT / "hw_models"
    made = json.loads((models / f"{devices}.json").read_text())
    made["arrays"] = json.loads((models / "aihwkit_preset_io.json").read_text())["arrays"]
    made.pop("$schema")
    made.pop("figures", None)
    return made


def experiment_of(job, settings, folder):
    """Path of an experiment with such a network."""
    network = job["network"]
    made = {
        "schema_version": 2,
        "title": "Training step",
        "hardware": "ideal",
        "data": {"source": {"digits": {"train_count": 1000, "test_count": 100}}},
        "network": {"hidden": network["units"][1:-1]} if "units" in network else {"model": network["model"]},
        "training": {"epochs": 1, "batch_size": job["batch"], "rate": job["rate"], "optimizer": {"sgd": {"momentum": 0.9}}},
    }
    for key, value in settings["experiment"].items():
        made[key] = {**made.get(key, {}), **value} if key == "training" else value
    if devices := settings.get("devices"):
        path = folder / f"{devices}.json"
        path.write_text(json.dumps(hardware_of(devices)))
        made["hardware"] = path.name
    path = folder / f"{len(list(folder.iterdir()))}_experiment.json"
    path.write_text(json.dumps(made))
    return path


class Worker:
    """A program that waits for its blocks."""

    def __init__(self, program, job, command):
        self.program = program
        self.blocks = []
        self._process = subprocess.Popen(
            [*command, "--job", json.dumps({**job, **program.settings})],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(HERE)},
        )
        self._answer("ready")

    def _answer(self, expected=None):
        line = self._process.stdout.readline().strip()
        while line and expected is not None and line != expected:
            line = self._process.stdout.readline().strip()
        if not line:
            raise RuntimeError(f"{self.program.name}, {self.program.trains}: ended without an answer")
        return line

    def train(self, seconds):
        self._process.stdin.write(f"{seconds}\n")
        self._process.stdin.flush()
        self.blocks.append(float(self._answer()))

    def close(self):
        self._process.stdin.close()
        self._process.wait()


def command_of(program, executable, pythons):
    if program.script == "ours":
        return [str(executable)]
    python = pythons["aihwkit" if program.name == "aihwkit" else "other"]
    return [python, str(HERE / program.script)] if python else None


def built():
    """The program of `benches/peers.rs`, built as the others of `make bench`."""
    asked = ["cargo", "bench", "--locked", "--bench", "peers", "--no-run", "--message-format", "json"]
    lines = subprocess.run(asked, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    artifacts = (json.loads(line) for line in lines)
    return next(own["executable"] for own in artifacts if own.get("target", {}).get("name") == "peers" and own.get("executable"))


def measured(group, threads, blocks, executable, pythons):
    """Rows of the table for one group."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        job = {"rate": STILL, **group.job, "threads": threads}
        workers = []
        try:
            for program in group.programs:
                if not (command := command_of(program, executable, pythons)):
                    continue
                own = program
                if program.script == "ours":
                    path = experiment_of(job, program.settings, Path(folder))
                    own = Program(program.name, program.trains, program.script, {"experiment": str(path)})
                workers.append(Worker(own, job, command))
            for _ in range(blocks + 1):
                for worker in workers:
                    worker.train(group.seconds)
                    time.sleep(PAUSE_S)
        finally:
            for worker in workers:
                worker.close()
    # The first block of each warms up.
    reference = median(workers[0].blocks[1:])
    for worker in workers:
        times = worker.blocks[1:]
        rows.append(
            {
                "network": group.network,
                "batch": group.job["batch"],
                "threads": threads,
                "program": worker.program.name,
                "trains": worker.program.trains,
                "step_ms": median(times) * 1e3,
                "fastest_ms": min(times) * 1e3,
                "slowest_ms": max(times) * 1e3,
                "first_over_this": reference / median(times),
            }
        )
    return rows


def processor():
    try:
        names = [line.split(":", 1)[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def versions(python, packages):
    asked = "import importlib.metadata as m, sys; print(*[m.version(p) for p in sys.argv[1:]])"
    found = subprocess.run([python, "-c", asked, *packages], stdout=subprocess.PIPE, text=True)
    return dict(zip(packages, found.stdout.split()))


def page(rows, pythons, blocks):
    told = versions(pythons["other"], ["torch", "jax"])
    if pythons["aihwkit"]:
        told |= versions(pythons["aihwkit"], ["aihwkit"])
    lines = [
        "# Speed beside PyTorch, JAX and aihwkit",
        "",
        "```sh",
        "make bench-peers",
        "```",
        "",
        f"Milliseconds of a training step on {os.cpu_count()} cores of {processor()}, with "
        + ", ".join(f"{name} {version}" for name, version in told.items())
        + f": medians of {blocks} blocks, in which all programs of a group take turns, each in a process of its own. A step is",
        "inference, weight gradient and SGD with momentum of a mini-batch in single precision; on pulsed devices (`reram_es`,",
        "`gokmen_vlasov`) plain SGD. *Ratio* is the time of the first line of the group over that of the line: below 1 where",
        "`fwbwK` 1 of dyadsim is the faster one. The scripts of the others are in {source}`benches/peers`.",
    ]
    group = None
    for row in rows:
        key = (row["network"], row["batch"], row["threads"])
        if key != group:
            group = key
            threads = f"{row['threads']} thread" + ("s" if row["threads"] > 1 else "")
            lines += ["", f"## {row['network']}, batch {row['batch']}, {threads}", ""]
            lines += ["| program | trains by | step | fastest to slowest block | ratio |", "|---|---|---|---|---|"]
        lines.append(
            f"| {row['program']} | {row['trains']} | {row['step_ms']:.3g} | {row['fastest_ms']:.3g} to {row['slowest_ms']:.3g} "
            f"| {row['first_over_this']:.2f} |"
        )
    commit = subprocess.run(["git", "rev-parse", "--short=8", "HEAD"], cwd=ROOT, stdout=subprocess.PIPE, text=True).stdout.strip()
    if commit:
        lines += ["", f"Measured with commit `{commit}`."]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--aihwkit", metavar="PYTHON", help="Python that has aihwkit; left out unless given")
    parser.add_argument("--blocks", type=int, default=5, help="blocks that count (default 5)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--only", default="", help="groups whose name holds this text; nothing is written then")
    options = parser.parse_args()
    pythons = {"other": sys.executable, "aihwkit": options.aihwkit}
    executable = built()
    rows = []
    for group in GROUPS:
        if options.only not in group.network:
            continue
        for threads in options.threads:
            found = measured(group, threads, options.blocks, executable, pythons)
            for row in found:
                print(
                    f"{row['network']:<32} {row['threads']} threads  {row['program']:<8} {row['trains']:<44} "
                    f"{row['step_ms']:>9.3f} ms  {row['first_over_this']:>6.2f}",
                    flush=True,
                )
            rows += found
    if options.only:
        return
    with PAGE.with_suffix(".csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows({k: f"{v:.5g}" if isinstance(v, float) else v for k, v in row.items()} for row in rows)
    PAGE.write_text(page(rows, pythons, options.blocks), encoding="utf-8")
    print(f"written: {PAGE.relative_to(ROOT)}, {PAGE.with_suffix('.csv').relative_to(ROOT)}")


if __name__ == "__main__":
    main()
