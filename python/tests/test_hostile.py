"""Whatever is given, the answer is a Python exception: never a crash, never a silent wrong number."""

import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import dyadsim as ds

SHAPE, CLASSES = (8,), 3


@pytest.fixture
def net(small: ds.Experiment) -> ds.Network:
    return ds.Network(small, shape=SHAPE, classes=CLASSES)


X, Y = np.random.default_rng(1).random((5, 8), np.float32), np.array([0, 1, 2, 0, 1])

WRONG_BATCHES: dict[str, tuple[Any, Any]] = {
    "one axis": (X[0], Y),
    "too few features": (X[:, :7], Y),
    "no samples": (X[:0], Y[:0]),
    "no features": (X[:, :0], Y),
    "another number of labels": (X, Y[:4]),
    "a class too many": (X, [0, 1, 2, 3, 0]),
    "a class below zero": (X, [0, 1, 2, -1, 0]),
    "half a class": (X, [0, 1, 2, 0.5, 0]),
    "targets of another width": (X, np.zeros((5, 4))),
    "targets of three axes": (X, np.zeros((5, 3, 1))),
    "not a number": (np.where(X == X.max(), np.nan, X), Y),
    "infinite": (np.where(X == X.max(), np.inf, X), Y),
    "beyond single precision": (X.astype(float) * 1e300, Y),
    "targets that are not numbers": (X, np.full((5, 3), np.nan)),
    "complex numbers": (X.astype(complex), Y),
    "texts": (X.astype(str), Y),
    "objects": (X.astype(object), Y),
    "ragged lists": ([[1.0], [1.0, 2.0]], [0, 1]),
    "nothing": (None, None),
    "dates": (np.zeros((5, 8), "datetime64[s]"), Y),
}


@pytest.mark.parametrize("wrong", WRONG_BATCHES, ids=lambda name: name.replace(" ", "-"))
def test_batches_that_do_not_fit_are_refused(net: ds.Network, wrong: str) -> None:
    x, y = WRONG_BATCHES[wrong]
    for use in (net.infer, lambda x, y: list(net.relax(x, y)), net.exact_gradient):
        with pytest.raises((ValueError, TypeError)):
            use(x, y)
    # Nothing has happened to it.
    net.infer(X, Y)


@pytest.mark.parametrize("wrong", WRONG_BATCHES, ids=lambda name: name.replace(" ", "-"))
def test_data_that_do_not_fit_are_refused(small: ds.Experiment, wrong: str) -> None:
    x, y = WRONG_BATCHES[wrong]
    if wrong in ("too few features", "a class too many", "targets of another width"):
        pytest.skip("fits: the network is made for the data")
    small.update({"data.scaling": "none", "training.batch_size": 1, "training.epochs": 1})
    with pytest.raises((ValueError, TypeError)):
        ds.run(small, data=(x, y, x, y), progress=False)


@pytest.mark.parametrize("data", [(X, Y), (X, Y, X), 3, {"x_train": X}, "data.npz", (X, Y, X[:, :4], Y)])
def test_data_that_are_not_four_arrays_are_refused(small: ds.Experiment, data: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        ds.run(small, data=data, progress=False)


def test_layouts_of_memory_make_no_difference(net: ds.Network) -> None:
    expected = net.predict(X)
    wide = np.zeros((5, 16), np.float32)
    wide[:, ::2] = X
    frozen = X.copy()
    frozen.flags.writeable = False
    shifted = np.frombuffer(b"\0" + X.tobytes(), np.uint8)[1:].view(np.float32).reshape(X.shape)
    for same in (
        np.asfortranarray(X),
        wide[:, ::2],
        X[::-1][::-1],
        frozen,
        X.astype(">f4"),
        X.astype(float),
        X.tolist(),
        shifted,
        np.broadcast_to(X, (1, *X.shape))[0],
    ):
        np.testing.assert_array_equal(net.predict(same), expected)
    assert not frozen.flags.writeable and (frozen == X).all()


def test_an_array_that_is_too_large_to_be_is_refused(net: ds.Network) -> None:
    huge = np.broadcast_to(np.float32(0), (1 << 40, 8))
    with pytest.raises((MemoryError, ValueError)):
        net.predict(huge)


def test_states_weights_and_gradients_that_do_not_fit_are_refused(net: ds.Network) -> None:
    states = net.infer(X, Y)
    for values in (np.zeros((5, 15)), np.zeros((4, 16)), np.zeros(16), 1.0, "all"):
        with pytest.raises((ValueError, TypeError)):
            states[1].s_plus = values
        with pytest.raises((ValueError, TypeError)):
            net.weights[1] = values
        with pytest.raises((ValueError, TypeError)):
            net.apply({1: (values, np.zeros(16))}, 0.1)
    with pytest.raises(ValueError, match="finite"):
        net.weights[1] = np.full((16, 8), np.nan)
    with pytest.raises((ValueError, IndexError)):
        states[0].s_plus = X
    with pytest.raises(AttributeError):
        states[1].drive = np.zeros((5, 16))  # type: ignore[misc]
    for k in (0, 3, -1, 1 << 70):
        with pytest.raises((IndexError, KeyError, OverflowError)):
            net.weights[k]
        with pytest.raises((IndexError, KeyError, OverflowError)):
            net.gradient()[k]
    with pytest.raises(IndexError):
        states[3]
    with pytest.raises(ValueError):
        net.apply(net.gradient(), float("nan"))
    with pytest.raises(ValueError, match="another network"):
        net.apply(ds.Network(net.experiment, shape=SHAPE, classes=CLASSES).gradient(), 0.1)
    stale = net.gradient()
    net.infer(X, Y)
    with pytest.raises(RuntimeError, match="gone on"):
        net.apply(stale, 0.1)


def test_a_step_that_is_far_too_long_is_an_exception(small: ds.Experiment) -> None:
    small["training.optimizer"] = {"sgd": {}}
    net = ds.Network(small, shape=SHAPE, classes=CLASSES)
    with pytest.raises(ds.DyadError, match="diverged"):
        for _ in range(5):
            net.infer(X, Y)
            net.apply(net.gradient(), 1e38)


@pytest.mark.parametrize("options", [{"shape": ()}, {"shape": (0,)}, {"shape": 8, "classes": 0}, {"seed": -1}])
def test_networks_that_cannot_be_are_refused(small: ds.Experiment, options: dict[str, Any]) -> None:
    with pytest.raises((ValueError, OverflowError)):
        ds.Network(small, **{"shape": SHAPE, "classes": CLASSES, **options})


def test_a_relaxation_that_is_disturbed_says_so(net: ds.Network) -> None:
    updates = net.relax(X, Y)
    next(updates)
    net.infer(X, Y)
    with pytest.raises(RuntimeError, match="something else"):
        next(updates)


def test_what_a_callback_raises_comes_through(small: ds.Experiment) -> None:
    class Odd(BaseException):
        pass

    def fail(_: object) -> None:
        raise Odd

    with pytest.raises(Odd):
        ds.run(small, on_epoch=fail, progress=False)
    with pytest.raises(ValueError):
        ds.run(small, on_epoch=lambda _: np.array([1, 2]), progress=False)  # neither true nor false
    with pytest.raises(TypeError):
        ds.run(small, on_epoch=3, progress=False)  # type: ignore[arg-type]
    # A run within a run.
    run = ds.run(small, on_epoch=lambda _: not ds.run(small, progress=False), progress=False)
    assert run.status == "complete"


def test_networks_in_threads_do_not_meet(small: ds.Experiment) -> None:
    def train(seed: int) -> np.ndarray:
        net = ds.Network(small, shape=SHAPE, classes=CLASSES, seed=seed)
        for _ in range(20):
            net.infer(X, Y)
            net.apply(net.gradient(), 0.01)
        return net.weights[1]

    alone = [train(seed) for seed in (1, 2)]
    with ThreadPoolExecutor(2) as threads:
        together = list(threads.map(train, (1, 2)))
    for own, other in zip(alone, together):
        np.testing.assert_array_equal(own, other)


def test_one_network_in_two_threads_is_an_exception_at_worst(net: ds.Network) -> None:
    other: list[BaseException] = []

    def use() -> None:
        for _ in range(100):
            try:
                net.infer(X, Y)
                net.apply(net.gradient(), 1e-3)
            except RuntimeError as error:
                other.append(error)

    threads = [threading.Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.isfinite(net.weights[1]).all()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_a_forked_process_computes_on(net: ds.Network, small: ds.Experiment) -> None:
    expected = net.predict(X)  # the threads of the parent are there
    child = os.fork()
    if child == 0:
        good = False
        try:
            good = bool((net.predict(X) == expected).all()) and ds.run(small, progress=False).status == "complete"
        finally:
            os._exit(0 if good else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    np.testing.assert_array_equal(net.predict(X), expected)


@pytest.mark.parametrize("order", ["h5py, dyadsim", "dyadsim, h5py"])
def test_two_copies_of_hdf5_live_in_one_process(order: str, tmp_path: Any) -> None:
    import subprocess

    script = f"""
import {order}, sys, threading
import numpy as np
folder = sys.argv[1]
sys.path.insert(0, {os.path.dirname(__file__)!r})
from conftest import SMALL

def theirs(n):
    for i in range(20):
        with h5py.File(f"{{folder}}/{{n}}-{{i}}.h5", "w") as file:
            file["x"] = np.arange(100.0)
            file["x"].attrs["of"] = "h5py"

def ours(n):
    dyadsim.run(SMALL, out=f"{{folder}}/run{{n}}", progress=False)

threads = [threading.Thread(target=use, args=(n,)) for n, use in enumerate([theirs, ours, theirs, ours])]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
with h5py.File(f"{{folder}}/run1/trace.h5") as file:
    assert file.attrs["Conventions"].startswith("dyadsim"), dict(file.attrs)
    accuracy = file["metrics/test_accuracy"][:]
assert np.array_equal(accuracy, dyadsim.Run(f"{{folder}}/run3").metrics.test_accuracy)
with h5py.File(f"{{folder}}/0-19.h5") as file:
    assert file["x"].attrs["of"] == "h5py" and file["x"][99] == 99
"""
    told = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
