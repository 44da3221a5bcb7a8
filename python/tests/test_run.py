import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

import dyadsim as ds


def quiet(exp: ds.Experiment, **options: object) -> ds.Run:
    return ds.run(exp, progress=False, **options)  # type: ignore[arg-type]


def same_bits(a: xr.DataTree, b: xr.DataTree) -> bool:
    leaves = [node.path for node in a.leaves]
    assert leaves == [node.path for node in b.leaves] and leaves
    return all(a[leaf].to_dataset().identical(b[leaf].to_dataset()) for leaf in leaves)


def test_a_run_has_metrics_states_and_weights_with_units(small: ds.Experiment) -> None:
    small["recording.states"] = {"every_steps": 3, "signals": ["s_plus", "s_minus"]}
    run = quiet(small)
    assert run.status == "complete" and "small" in repr(run)
    assert run.metrics.test_accuracy.dims == ("epoch",)
    assert run.metrics.test_accuracy.sizes["epoch"] == 3
    assert run.metrics.test_accuracy.attrs["units"] == "1"
    assert 0 < run.test_accuracy <= 1
    assert run.weights["final/layer1"].weight.shape == (16, 784)
    s_plus = run.states["layer1"].s_plus
    assert s_plus.dims[0] == "step" and s_plus.sizes["step"] == 4
    assert run.experiment == small
    assert "gradient" in run.tables and run.table("gradient").sizes


def test_it_gives_the_same_bits_as_the_program(small: ds.Experiment, tmp_path: Path) -> None:
    file = small.save(tmp_path / "small.json")
    dyad = Path(sys.executable).with_name("dyad")
    told = subprocess.run(
        [dyad, "run", file, "--out", tmp_path / "program", "--quiet", "--threads", "1"], capture_output=True, text=True
    )
    assert told.returncode == 0, told.stderr
    program, own = ds.Run(tmp_path / "program"), quiet(small, out=tmp_path / "own")
    assert same_bits(program.weights, own.weights)
    assert program.metrics.identical(own.metrics)
    command = program.attributes["command"]
    assert command.startswith(str(dyad)), "not that of the interpreter"


def test_labels_may_be_names_of_classes(small: ds.Experiment, blobs: tuple[np.ndarray, ...]) -> None:
    x_train, y_train, x_test, y_test = blobs
    names = np.array(["ant", "bee", "cat"])
    small["data.scaling"] = "standardise"
    numbered, named = quiet(small, data=blobs), quiet(small, data=(x_train, names[y_train], x_test, list(names[y_test])))
    assert same_bits(numbered.weights, named.weights)
    assert named.class_names == list(names) and numbered.class_names == []
    with pytest.raises(TypeError, match="y_test: must hold numbers, or the name of a class"):
        quiet(small, data=(x_train, names[y_train], x_test, np.array([names[y_test]])))
    with pytest.raises(TypeError, match="x_train: must hold integers"):
        quiet(small, data=(np.full(x_train.shape, "a"), y_train, x_test, y_test))


def test_arrays_give_the_same_bits_as_a_file(
    small: ds.Experiment, blobs: tuple[np.ndarray, ...], tmp_path: Path
) -> None:
    np.savez(tmp_path / "blobs.npz", **dict(zip(["x_train", "y_train", "x_test", "y_test"], blobs)))
    small["data.scaling"] = "standardise"
    of_file = quiet(small.with_({"data.source": {"npz": {"file": str(tmp_path / "blobs.npz")}}}))
    assert same_bits(of_file.weights, quiet(small, data=blobs).weights)
    x_train, y_train, x_test, y_test = blobs
    others = {
        "double": (x_train.astype(float), y_train.astype(np.int8), x_test.astype(float), y_test),
        "column-major": (np.asfortranarray(x_train), y_train, np.asfortranarray(x_test), y_test),
        "strided": (np.repeat(x_train, 2, 0)[::2], np.repeat(y_train, 2)[::2], x_test, y_test),
        "one-hot": (x_train, np.eye(3)[y_train], x_test, np.eye(3)[y_test]),
        "xarray": tuple(xr.DataArray(values) for values in blobs),
        "mapping": xr.Dataset(
            {"x_train": (("n", "d"), x_train), "y_train": ("n", y_train), "x_test": (("m", "d"), x_test), "y_test": ("m", y_test)}
        ),
    }
    for name, data in others.items():
        assert same_bits(of_file.weights, quiet(small, data=data).weights), name


def test_bytes_are_scaled_like_pixels(small: ds.Experiment) -> None:
    draw = np.random.default_rng(1)
    pixels, labels = draw.integers(0, 256, (100, 4, 5), dtype=np.uint8), draw.integers(0, 10, 100)
    of_bytes = quiet(small, data=(pixels, labels, pixels, labels))
    unit = (pixels / 255).astype(np.float32)
    assert same_bits(of_bytes.weights, quiet(small, data=(unit, labels, unit, labels)).weights)
    assert of_bytes.weights["final/layer1"].weight.shape == (16, 20)


def test_on_epoch_hears_every_epoch_and_may_end_the_run(small: ds.Experiment) -> None:
    heard: list[ds.EpochReport] = []
    run = quiet(small.with_({"training.epochs": 50}), on_epoch=lambda report: heard.append(report) or report.epoch == 2)
    assert [report.epoch for report in heard] == [0, 1, 2] and heard[0].epochs == 50
    assert run.status == "stopped" and run.metrics.sizes["epoch"] == 3
    assert heard[2].test_accuracy == float(run.metrics.test_accuracy[2])
    # What it did up to there is what a whole run does.
    assert "final" in run.weights


def test_what_on_epoch_raises_stops_the_run(small: ds.Experiment, tmp_path: Path) -> None:
    def fail(report: ds.EpochReport) -> None:
        if report.epoch == 1:
            raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        quiet(small, out=tmp_path / "run", on_epoch=fail)
    with pytest.raises(FileNotFoundError):
        ds.Run(tmp_path / "run")
    assert quiet(small, out=tmp_path / "run", resume=True).status == "complete"


def test_a_run_that_was_interrupted_ends_with_the_same_bits(small: ds.Experiment, tmp_path: Path) -> None:
    small["training.epochs"] = 6

    def interrupt(report: ds.EpochReport) -> None:
        if report.epoch == 3:
            os.kill(os.getpid(), signal.SIGINT)

    # A shell that starts the tests in the background has them ignore it.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with pytest.raises(KeyboardInterrupt):
        quiet(small, out=tmp_path / "run", on_epoch=interrupt)
    signal.signal(signal.SIGINT, before)
    resumed = quiet(small, out=tmp_path / "run", resume=True)
    assert same_bits(resumed.weights, quiet(small).weights)
    # It has ended: nothing is done again.
    assert quiet(small, out=tmp_path / "run", resume=True).status == "complete"
    with pytest.raises(ds.DyadError, match="training.rate"):
        quiet(small.with_({"training.rate": 1}), out=tmp_path / "run", resume=True)


def test_data_that_are_resumed_must_be_the_same(
    small: ds.Experiment, blobs: tuple[np.ndarray, ...], tmp_path: Path
) -> None:
    small["data.scaling"] = "none"

    def fail(report: ds.EpochReport) -> None:
        if report.epoch == 2:
            raise LookupError

    small["training.epochs"] = 3
    with pytest.raises(LookupError):
        quiet(small, out=tmp_path / "run", data=blobs, on_epoch=fail)
    x_train, *rest = blobs
    with pytest.raises(ds.DyadError, match="data.source.memory.md5"):
        quiet(small, out=tmp_path / "run", data=(x_train + 1, *rest), resume=True)
    assert quiet(small, out=tmp_path / "run", data=blobs, resume=True).status == "complete"


def test_a_folder_that_is_taken_is_left_alone(small: ds.Experiment, tmp_path: Path) -> None:
    quiet(small, out=tmp_path / "run")
    with pytest.raises(ds.DyadError, match="already holds a finished run"):
        quiet(small, out=tmp_path / "run")
    assert quiet(small, out=tmp_path / "run", overwrite=True).status == "complete"


def test_other_threads_go_on_meanwhile(small: ds.Experiment) -> None:
    small["training.epochs"] = 5
    counted, done = [0], threading.Event()

    def count() -> None:
        while not done.is_set():
            counted[0] += 1

    other = threading.Thread(target=count)
    other.start()
    try:
        quiet(small)
    finally:
        done.set()
        other.join()
    assert counted[0] > 1000


def test_progress_is_shown_on_standard_error(small: ds.Experiment, capsys: pytest.CaptureFixture[str]) -> None:
    ds.run(small)
    assert "experiment" in capsys.readouterr().err


def test_data_in_memory_are_none_of_the_program(small: ds.Experiment, blobs: tuple[np.ndarray, ...]) -> None:
    small["data.scaling"] = "none"
    run = quiet(small, data=blobs)
    source = json.loads(run.attributes["config_json"])["experiment"]["data"]["source"]
    assert len(source["memory"]["md5"]) == 32
    with pytest.raises(ValueError, match="not in memory"):
        quiet(run.experiment)


def test_arrays_of_single_precision_are_not_copied() -> None:
    program = """
import resource
import numpy as np
import dyadsim as ds

peak_mib = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
draw = np.random.default_rng(1)
x = draw.random((200_000, 250), dtype=np.float32)
y = draw.integers(0, 2, 200_000)
exp = ds.Experiment({
    "title": "large", "network": {"hidden": [2], "activation": "relu"}, "nudging": {"alpha": 0.0, "beta": 0.1},
    "training": {"epochs": 1, "batch_size": 2000, "rate": 0.002}, "output": {"figure": False},
})
before = peak_mib()
ds.run(exp, data=(x, y, x[:100], y[:100]), progress=False)
print(x.nbytes / 2**20, peak_mib() - before)
"""
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    held, added = map(float, told.stdout.split())
    assert added < 0.5 * held, f"{added} MiB more for an array of {held} MiB"


def test_arrays_that_are_changed_meanwhile_are_told_of(small: ds.Experiment, blobs: tuple[np.ndarray, ...]) -> None:
    small["data.scaling"] = "none"

    def change(_: ds.EpochReport) -> None:
        blobs[0][0, 0] += 1.0

    with pytest.raises(RuntimeError, match="data: the arrays were changed"):
        quiet(small, data=blobs, on_epoch=change)
