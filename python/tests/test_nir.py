from pathlib import Path
from typing import Any

import numpy as np
import pytest

import dyadsim as ds

nir = pytest.importorskip("nir", reason="the package nir is not installed: graphs of NIR are NOT tested")

BASE: dict[str, Any] = {
    "data": {"scaling": "none"},
    "nudging": {"alpha": 0.5, "beta": 0.1},
    "training": {"epochs": 1, "batch_size": 20, "rate": 1e-3},
    "output": {"figure": False},
}


@pytest.mark.parametrize(
    ("network", "shape"),
    [
        ({"hidden": [7, 6]}, (9,)),
        (
            {
                "layers": [
                    {"convolution": {"features": 4, "kernel": 3, "padding": 1, "stride": 2}},
                    {"average_pool": {"window": 2}},
                    {"dense": {"units": 8}},
                ],
                "activation": "tanh",
            },
            (2, 8, 8),
        ),
    ],
)
def test_a_network_comes_back_from_its_graph(network: dict[str, Any], shape: tuple[int, ...], tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    x, y = draw.normal(size=(40, *shape)).astype(np.float32), draw.integers(0, 10, 40)
    run = ds.run({**BASE, "network": network}, data=(x, y, x, y), progress=False)
    graph = run.to_nir(tmp_path / "network.nir")
    assert isinstance(graph, nir.NIRGraph)
    for source in (graph, tmp_path / "network.nir"):
        exp = ds.from_nir(source, BASE)
        assert exp["network.activation"] == run.experiment["network.activation"]
        net = ds.Network(exp, shape=shape, classes=10)
        for k, (weight, bias) in run.layer_weights().items():
            np.testing.assert_array_equal(net.weights[k], weight)
            np.testing.assert_array_equal(net.biases[k], bias)


def test_graphs_that_are_no_chain_are_refused() -> None:
    def graph(**nodes: Any) -> Any:
        names = list(nodes)
        return nir.NIRGraph(nodes, list(zip(names, names[1:])))

    start, end = nir.Input({"input": np.array([3])}), nir.Output({"output": np.array([2])})
    affine = nir.Affine(np.ones((2, 3), np.float32), np.zeros(2, np.float32))
    with pytest.raises(ValueError, match="activation"):
        ds.from_nir(graph(input=start, a=affine, output=end))
    neuron = nir.LIF(tau=np.ones(2), r=np.ones(2), v_leak=np.zeros(2), v_threshold=np.ones(2))
    with pytest.raises(ValueError, match="LIF"):
        ds.from_nir(graph(input=start, a=affine, b=neuron, output=end), activation="relu")
    with pytest.raises(TypeError, match="NIRGraph"):
        ds.from_nir(3)
