from typing import Any

import numpy as np
import pytest

import dyadsim as ds

SHAPE, CLASSES = (8,), 3


@pytest.fixture
def net(small: ds.Experiment) -> ds.Network:
    return ds.Network(small, shape=SHAPE, classes=CLASSES)


@pytest.fixture
def batch(blobs: tuple[np.ndarray, ...]) -> tuple[np.ndarray, np.ndarray]:
    return blobs[0][:50], blobs[1][:50]


def accuracy(net: ds.Network, blobs: tuple[np.ndarray, ...]) -> float:
    return float((net.predict(blobs[2]).argmax(1) == blobs[3]).mean())


def test_inference_leaves_states_by_population(net: ds.Network, batch: tuple[np.ndarray, np.ndarray]) -> None:
    assert net.populations == [("stimulus", (8,)), ("dyads 1", (16,)), ("outputs", (3,))] or len(net.populations) == 3
    states = net.infer(*batch)
    hidden, outputs = states[1], states[-1]
    assert hidden.s_plus.shape == (50, 16) and outputs.mean.shape == (50, 3)
    np.testing.assert_array_equal(states[0].mean, batch[0])
    np.testing.assert_allclose(hidden.difference, hidden.s_plus - hidden.s_minus, atol=1e-7)
    # alpha is 0: the mean is s⁻.
    np.testing.assert_allclose(hidden.mean, hidden.s_minus, atol=1e-7)
    # W s̄ of the stimulus, by hand.
    np.testing.assert_allclose(hidden.drive, batch[0] @ net.weights[1].T, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(hidden.feedback, outputs.difference @ net.weights[2], rtol=1e-4, atol=1e-6)
    net.infer(*batch)
    with pytest.raises(RuntimeError, match="gone on"):
        hidden.s_plus  # noqa: B018


def test_the_local_gradient_is_that_of_the_states(net: ds.Network, batch: tuple[np.ndarray, np.ndarray]) -> None:
    states = net.infer(*batch)
    gradient = net.gradient()
    by_hand = -states[2].difference.T @ states[1].mean / (0.1 * 50)
    np.testing.assert_allclose(gradient[2].weight, by_hand, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(gradient[2].bias, -states[2].difference.sum(0) / (0.1 * 50), rtol=1e-3, atol=1e-6)
    exact = net.exact_gradient()
    for k in gradient:
        own, other = gradient[k].weight.ravel(), exact[k].weight.ravel()
        assert own @ other > 0.95 * np.linalg.norm(own) * np.linalg.norm(other)


def test_the_exact_gradient_is_that_of_the_loss(net: ds.Network, batch: tuple[np.ndarray, np.ndarray]) -> None:
    x, y = batch

    def loss() -> float:
        outputs = net.predict(x).astype(float)
        return float(np.mean(np.log(np.exp(outputs).sum(1)) - outputs[np.arange(50), y]))

    exact, step = net.exact_gradient(x, y)[1].weight, 1e-2
    i, j = np.unravel_index(np.abs(exact).argmax(), exact.shape)
    weights = net.weights[1]
    around = []
    for sign in (1, -1):
        moved = weights.copy()
        moved[i, j] += sign * step
        net.weights[1] = moved
        around.append(loss())
    assert (around[0] - around[1]) / (2 * step) == pytest.approx(exact[i, j], rel=0.02)


def test_a_loop_in_python_learns_the_same_bits_as_the_built_in_one(
    small: ds.Experiment, blobs: tuple[np.ndarray, ...]
) -> None:
    small.update({"data.scaling": "none", "training.shuffle": False, "training.validation": None})
    run = ds.run(small, data=blobs, progress=False)
    net = ds.Network(small, shape=SHAPE, classes=CLASSES)
    for _ in range(2):
        for first in range(0, 200, 50):
            net.infer(blobs[0][first : first + 50], blobs[1][first : first + 50])
            net.apply(net.gradient(), small["training.rate"])
    for k in (1, 2):
        np.testing.assert_array_equal(net.weights[k], run.weights[f"final/layer{k}"].weight)
        np.testing.assert_array_equal(net.biases[k], run.weights[f"final/layer{k}"].bias)
    assert accuracy(net, blobs) == float(run.metrics.test_accuracy[-1])


@pytest.mark.parametrize("how", ["looked at", "tuples", "some"])
def test_a_gradient_of_ones_own_is_what_is_learnt(
    small: ds.Experiment, batch: tuple[np.ndarray, np.ndarray], how: str
) -> None:
    nets = [ds.Network(small, shape=SHAPE, classes=CLASSES) for _ in range(2)]
    for net in nets:
        net.infer(*batch)
    nets[0].apply(nets[0].gradient(), 0.01)
    gradient = nets[1].gradient()
    made: Any = gradient
    if how == "tuples":
        made = [(gradient[k].weight, gradient[k].bias) for k in gradient]
    elif how == "some":
        made = {2: gradient[2]}
    else:
        for k in gradient:
            gradient[k].weight[:] *= 1
    nets[1].apply(made, 0.01)
    for k in (1, 2):
        np.testing.assert_allclose(nets[0].weights[k], nets[1].weights[k], atol=1e-6)


def test_a_gradient_that_is_changed_changes_what_is_learnt(small: ds.Experiment, batch: tuple[Any, Any]) -> None:
    small["training.optimizer"] = {"sgd": {}}
    net = ds.Network(small, shape=SHAPE, classes=CLASSES)
    net.infer(*batch)
    before, gradient = net.weights[1], net.gradient()
    gradient[1].weight[:] = 2
    net.apply(gradient, 0.5)
    np.testing.assert_allclose(net.weights[1], before - 1, atol=1e-6)


def test_relaxing_update_by_update_is_inference(net: ds.Network, small: ds.Experiment, batch: tuple[Any, Any]) -> None:
    whole = ds.Network(small, shape=SHAPE, classes=CLASSES)
    expected = whole.infer(*batch)
    updates = list(net.relax(*batch))
    assert [update.index for update in updates] == list(range(len(updates))) and len(updates) > 1
    assert updates[0].kind == "population"
    for k in (1, 2):
        np.testing.assert_array_equal(net.states[k].s_plus, expected[k].s_plus)
        np.testing.assert_array_equal(net.gradient()[k].weight, whole.gradient()[k].weight)


def test_states_may_be_written_between_updates(net: ds.Network, batch: tuple[Any, Any]) -> None:
    for update in net.relax(*batch):
        if update.index == 0:
            hidden = update.states[1]
            hidden.s_plus = np.ones((50, 16))
            hidden.s_minus = np.zeros((50, 16))
            np.testing.assert_array_equal(hidden.difference, 1)
            np.testing.assert_array_equal(hidden.mean, 0)  # alpha is 0
            break
    for update in net.relax(*batch):
        update.states[2].s_plus = update.states[2].s_minus
    assert not net.gradient()[2].weight.any()


def test_weights_are_read_and_assigned(net: ds.Network, batch: tuple[Any, Any]) -> None:
    weights = net.weights[1]
    weights[:] = 0
    assert net.weights[1].any(), "what was read is a copy"
    net.weights[1] = weights
    net.biases[2] = [1, 2, 3]
    np.testing.assert_allclose(net.predict(batch[0]), np.tile([1, 2, 3], (50, 1)))
    assert len(net.weights) == 2 and list(net.weights) == [1, 2]


def test_images_have_channels_rows_and_columns(small: ds.Experiment) -> None:
    small["network"] = {
        "layers": [
            {"convolution": {"features": 4, "kernel": 3, "padding": "same"}},
            {"max_pool": {"window": 2}},
            {"dense": {"units": 5}},
        ]
    }
    net = ds.Network(small, shape=(2, 6, 8), classes=3, seed=4)
    draw = np.random.default_rng(1)
    x, y = draw.random((7, 2, 6, 8), np.float32), draw.integers(0, 3, 7)
    states = net.infer(x, y)
    assert states[1].s_plus.shape == (7, 4, 3, 4)
    np.testing.assert_array_equal(states[0].mean, x)
    assert net.weights[1].shape == (4, 2, 3, 3) == net.gradient()[1].weight.shape
    kept = states[1].s_plus
    states[1].s_plus = kept
    np.testing.assert_array_equal(states[1].s_plus, kept)
    before = net.weights[1]
    net.weights[1] = before
    np.testing.assert_array_equal(net.weights[1], before)
    # By hand: the first feature of the first image, before pooling.
    image, padded = x[0], np.pad(x[0], ((0, 0), (1, 1), (1, 1)))
    reads = [
        [(padded[:, r : r + 3, c : c + 3] * before[0]).sum() for c in range(image.shape[2])]
        for r in range(image.shape[1])
    ]
    pooled = np.array(reads).reshape(3, 2, 4, 2).max((1, 3))
    np.testing.assert_allclose(states[1].drive[0, 0], pooled, rtol=1e-4, atol=1e-5)


def test_a_stream_goes_on_update_by_update(small: ds.Experiment, blobs: tuple[np.ndarray, ...]) -> None:
    small.update({"schedule": {"stream": {"presentation": {"fixed": {"steps": 5}}}}, "training.batch_size": 1})
    net = ds.Network(small, shape=SHAPE, classes=CLASSES)
    x, y = blobs[0][:1], blobs[1][:1]
    for _ in range(6):
        states = net.stream(x)
        assert not states[-1].difference.any(), "nobody nudges"
    outputs = states[-1].mean
    np.testing.assert_allclose(outputs, net.predict(x), atol=1e-5)
    states = net.stream(x, y)
    assert states[-1].difference.any()
    before = net.weights[2]
    net.apply(net.gradient(), 0.1)
    assert (net.weights[2] != before).any()
    with pytest.raises(ValueError, match="stream"):
        list(net.relax(x, y))
    with pytest.raises(ValueError, match="1 samples at a time"):
        net.stream(blobs[0][:2])


def test_every_inference_has_noise_of_its_own(small: ds.Experiment, batch: tuple[Any, Any]) -> None:
    small["hardware.input_noise_std"] = 0.1
    net, again = (ds.Network(small, shape=SHAPE, classes=CLASSES) for _ in range(2))
    first, second = net.infer(*batch)[1].s_plus, net.infer(*batch)[1].s_plus
    assert (first != second).any()
    np.testing.assert_array_equal(first, again.infer(*batch)[1].s_plus)


def test_devices_refuse_numbers(small: ds.Experiment, batch: tuple[Any, Any]) -> None:
    small["hardware"] = "reram_es"
    net = ds.Network(small, shape=SHAPE, classes=CLASSES)
    net.infer(*batch)
    with pytest.raises(ValueError, match="only learning writes"):
        net.weights[1] = net.weights[1]
    with pytest.raises(ValueError, match="devices"):
        net.apply({1: net.gradient()[1]}, 0.1)
    net.apply(net.gradient(), 0.1)
