from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dyadsim as ds

torch = pytest.importorskip("torch", reason="PyTorch is not installed: networks of PyTorch are NOT tested")
from torch import nn  # noqa: E402


def base(shape: tuple[int, ...]) -> dict[str, Any]:
    """An experiment on random images of this shape, with its data."""
    return {
        "title": "torch",
        "data": {"scaling": "none"},
        "nudging": {"alpha": 0.5, "beta": 0.1},
        "training": {"epochs": 1, "batch_size": 20, "rate": 1e-3, "optimizer": "adam"},
        "output": {"figure": False},
    }


def images(shape: tuple[int, ...], count: int = 40) -> tuple[np.ndarray, np.ndarray]:
    draw = np.random.default_rng(1)
    return draw.normal(size=(count, *shape)).astype(np.float32), draw.integers(0, 10, count)


NETWORKS: dict[str, tuple[tuple[int, ...], Any]] = {
    "dense": ((1, 8, 8), lambda: nn.Sequential(nn.Flatten(), nn.Linear(64, 20), nn.Tanh(), nn.Linear(20, 10))),
    "nested, without a bias": (
        (12,),
        lambda: nn.Sequential(
            nn.Sequential(nn.Linear(12, 9, bias=False), nn.LeakyReLU(0.2)), nn.Identity(), nn.Linear(9, 10)
        ),
    ),
    "pooled before and after the activation": (
        (3, 13, 12),
        lambda: nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1),
            nn.MaxPool2d(2),
            nn.ReLU(),
            nn.Conv2d(4, 6, (3, 2), stride=2, padding=(1, 0)),
            nn.ReLU(),
            nn.AvgPool2d(2, stride=1),
            nn.Flatten(),
            nn.Linear(6 * 2 * 2, 10),
        ),
    ),
    "same, groups, dilation, mean": (
        (4, 9, 9),
        lambda: nn.Sequential(
            nn.Conv2d(4, 8, 3, padding="same", dilation=2, groups=2),
            nn.Hardtanh(0, 1),
            nn.MaxPool2d(3, stride=2),
            nn.Conv2d(8, 5, 1),
            nn.Hardtanh(0, 1),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(5, 10),
        ),
    ),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_a_module_and_its_network_answer_the_same_both_ways(name: str) -> None:
    torch.manual_seed(3)
    shape, make = NETWORKS[name]
    module = make()
    exp = ds.from_torch(module, base(shape))
    x, y = images(shape)
    net = ds.Network(exp, shape=shape, classes=10)
    with torch.no_grad():
        np.testing.assert_allclose(net.predict(x), module(torch.from_numpy(x)).numpy(), atol=1e-5)
    run = ds.run(exp, data=(x, y, x, y), progress=False)
    trained = run.to_torch()
    learnt = run.layer_weights()
    assert any((learnt[k][0] != net.weights[k]).any() for k in learnt), "nothing was learnt"
    for k, (weight, bias) in learnt.items():
        net.weights[k], net.biases[k] = weight, bias
    with torch.no_grad():
        np.testing.assert_allclose(trained(torch.from_numpy(x)).numpy(), net.predict(x), atol=1e-5)
    # What has come back goes forth again.
    again = ds.Network(ds.from_torch(nn.Sequential(*trained[1:]), base(shape)), shape=shape, classes=10)
    np.testing.assert_allclose(again.predict(x), net.predict(x), atol=1e-5)
    initial = run.to_torch("initial")
    with torch.no_grad():
        np.testing.assert_allclose(initial(torch.from_numpy(x)).numpy(), module(torch.from_numpy(x)).numpy(), atol=1e-5)


@pytest.mark.parametrize(
    ("network", "shape"),
    [
        ({"hidden": [12], "batch_norm": {}}, (20,)),
        ({"model": "lenet5"}, (1, 28, 28)),
        (
            {
                "layers": [
                    {"convolution": {"features": 6, "kernel": 3, "padding": "same", "name": "first"}},
                    {"convolution": {"features": 6, "kernel": 3, "padding": "same", "stride": 2}},
                    {"skip": {"from": "first", "convolution": {"stride": 2}}},
                    {"global_average_pool": {}},
                ]
            },
            (2, 8, 8),
        ),
    ],
)
def test_other_networks_come_out_as_modules(network: dict[str, Any], shape: tuple[int, ...]) -> None:
    settings = {**base(shape), "network": network}
    if "batch_norm" in network:
        settings["credit_rule"] = "backprop"
        del settings["nudging"]
    x, y = images(shape)
    run = ds.run(settings, data=(x, y, x, y), progress=False)
    module = run.to_torch()
    with torch.no_grad():
        out = module(torch.from_numpy(x)).numpy()
    right = (out.argmax(1) == y).mean()
    assert out.shape == (40, 10) and right == pytest.approx(float(run.metrics.test_accuracy[-1]), abs=1e-6)


def test_modules_that_have_no_counterpart_are_refused_by_name() -> None:
    linear = nn.Linear(8, 10)
    for modules, message in [
        ([nn.Linear(8, 9), nn.GELU(), linear], r"1 \(GELU.*is none of Linear"),
        ([nn.Linear(8, 9), nn.ReLU(), nn.Linear(9, 9), nn.Tanh(), nn.Linear(9, 10)], "one activation"),
        ([nn.Linear(8, 9), nn.ReLU(), nn.Linear(9, 9), nn.Linear(9, 10)], "one activation"),
        ([nn.Linear(8, 10), nn.Softmax(1)], "softmax"),
        ([nn.Linear(8, 9), nn.Dropout(0.5), nn.ReLU(), linear], "no counterpart"),
        ([nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Flatten(), linear], "no counterpart"),
        ([nn.Conv2d(1, 2, 3), nn.AvgPool2d(2), nn.ReLU(), nn.Flatten(), linear], "an activation comes after"),
        ([nn.Conv2d(1, 2, 3), nn.ReLU(), nn.MaxPool2d(2, padding=1), nn.Flatten(), linear], "kernel_size and stride"),
        ([nn.Conv2d(1, 2, 3, padding=1, padding_mode="reflect"), nn.ReLU(), nn.Flatten(), linear], "padding_mode"),
        ([nn.Linear(8, 9), nn.ReLU()], "must end with a dense layer"),
        ([], "must end with a dense layer"),
    ]:
        with pytest.raises(ValueError, match=message):
            ds.from_torch(nn.Sequential(*modules))
    with pytest.raises(TypeError, match="Sequential"):
        ds.from_torch("network")
    broken = nn.Linear(8, 10)
    broken.weight.data[0, 0] = float("nan")
    with pytest.raises(ValueError, match="finite"):
        ds.from_torch(nn.Sequential(nn.Linear(8, 8), nn.ReLU(), broken))


def test_an_experiment_is_saved_with_the_weights(tmp_path: Path) -> None:
    module = nn.Sequential(nn.Flatten(), nn.Linear(784, 12), nn.ReLU(), nn.Linear(12, 10))
    exp = ds.from_torch(module)
    saved = ds.Experiment(exp.save(tmp_path / "mine.json"))
    assert (tmp_path / "mine.weights.npz").is_file() and saved["network.initial_weights.trace"] == "mine.weights.npz"
    np.testing.assert_array_equal(ds.Network(saved).weights[1], module[1].weight.detach().numpy())
    own = ds.from_torch(module, exp, weights=tmp_path / "own.npz")
    assert own["network.initial_weights.trace"] == str(tmp_path / "own.npz") and (tmp_path / "own.npz").is_file()


def test_tensors_are_data() -> None:
    x, y = images((6,))
    exp = ds.Experiment({**base((6,)), "network": {"hidden": [5]}})
    of_arrays = ds.run(exp, data=(x, y, x, y), progress=False)
    tensors = [torch.from_numpy(a) for a in (x, y, x, y)]
    wide = torch.stack([tensors[0], tensors[0]], 2)[:, :, 0].requires_grad_()
    of_tensors = ds.run(exp, data=(wide, tensors[1], tensors[2].double(), tensors[3].int()), progress=False)
    for k, (weight, bias) in of_arrays.layer_weights().items():
        np.testing.assert_array_equal(weight, of_tensors.layer_weights()[k][0])
