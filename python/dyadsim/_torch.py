"""Networks of PyTorch, both ways. PyTorch is only imported when they are asked for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from ._experiment import Experiment
from ._foreign import Chain


def from_torch(
    module: Any,
    experiment: Experiment | str | os.PathLike[str] | Mapping[str, Any] | None = None,
    *,
    weights: str | os.PathLike[str] | None = None,
) -> Experiment:
    """An experiment with the layers and the weights of a ``torch.nn.Sequential``.

    >>> exp = ds.from_torch(nn.Sequential(nn.Flatten(), nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10)))
    >>> run = ds.run(exp, data=(x_train, y_train, x_test, y_test))
    >>> module = run.to_torch()

    It may hold Linear, Conv2d, MaxPool2d, AvgPool2d, AdaptiveAvgPool2d(1), Flatten, Identity, other Sequentials, and one
    activation for all hidden units: ReLU, LeakyReLU, Tanh or Hardtanh(0, 1). It ends with a Linear. A layer without bias
    begins with one of 0.

    :param module: the network.
    :param experiment: what all other settings are taken from; those of the first tutorial unless given.
    :param weights: file (.npz) for the weights with which training begins. Unless given they last as long as the process, or
        until ``Experiment.save`` puts them next to the experiment.
    """
    try:
        from torch import nn
    except ImportError as error:
        raise ImportError("from_torch: needs PyTorch (pip install torch)") from error
    if not isinstance(module, nn.Module):
        raise TypeError(f"module: must be a torch.nn.Sequential, got {type(module).__name__}")
    chain = Chain("from_torch")
    for name, own in _leaves(module, nn, chain):
        _add(chain, name, own, nn)
    return chain.experiment(experiment, weights)


def _leaves(module: Any, nn: Any, chain: Chain, name: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(module, nn.Sequential):
        for inner, own in module.named_children():
            yield from _leaves(own, nn, chain, f"{name}.{inner}" if name else inner)
    else:
        yield f"{name or 'module'} ({module})", module


def _add(chain: Chain, name: str, own: Any, nn: Any) -> None:
    def numbers(tensor: Any) -> Any:
        return None if tensor is None else tensor.detach().cpu().float().numpy()

    if isinstance(own, nn.Linear):
        layer = {"dense": {"units": own.out_features}}
        chain.synapses(name, layer, numbers(own.weight), numbers(own.bias))
    elif isinstance(own, nn.Conv2d):
        chain.synapses(name, _convolution(chain, name, own), numbers(own.weight), numbers(own.bias))
    elif isinstance(own, nn.MaxPool2d):
        if _pair(own.padding) != [0, 0] or _pair(own.dilation) != [1, 1] or own.ceil_mode or own.return_indices:
            raise chain.refuse(name, "only kernel_size and stride of a pooling are known here")
        chain.max_pool(name, {"max_pool": _window(own)})
    elif isinstance(own, nn.AvgPool2d):
        if _pair(own.padding) != [0, 0] or own.ceil_mode or own.divisor_override is not None:
            raise chain.refuse(name, "only kernel_size and stride of a pooling are known here")
        chain.average_pool(name, {"average_pool": _window(own)})
    elif isinstance(own, nn.AdaptiveAvgPool2d):
        if _pair(own.output_size) != [1, 1]:
            raise chain.refuse(name, "only the mean over all places, of output_size 1, is known here")
        chain.average_pool(name, {"global_average_pool": {}})
    elif isinstance(own, nn.Flatten):
        if own.start_dim != 1 or own.end_dim != -1:
            raise chain.refuse(name, "samples are flattened as a whole: start_dim 1, end_dim -1")
    elif not isinstance(own, nn.Identity):
        activation = _activation(own, nn)
        if activation is None:
            raise chain.refuse(name, _why_not(own, nn))
        chain.activation(name, activation)


def _convolution(chain: Chain, name: str, own: Any) -> dict[str, Any]:
    if own.padding_mode != "zeros":
        raise chain.refuse(name, f"padding_mode must be 'zeros', got {own.padding_mode!r}")
    padding: Any = own.padding
    if padding == "valid":
        padding = 0
    elif padding != "same":
        padding = _sides(padding)
    return {
        "convolution": {
            "features": own.out_channels,
            "kernel": _sides(own.kernel_size),
            "stride": _sides(own.stride),
            "padding": padding,
            "dilation": _sides(own.dilation),
            "groups": own.groups,
        }
    }


def _window(own: Any) -> dict[str, Any]:
    stride = own.kernel_size if own.stride is None else own.stride
    return {"window": _sides(own.kernel_size), "stride": _sides(stride)}


def _activation(own: Any, nn: Any) -> Any:
    if isinstance(own, nn.ReLU):
        return "relu"
    if isinstance(own, nn.LeakyReLU):
        return {"leaky_relu": {"slope": own.negative_slope}}
    if isinstance(own, nn.Tanh):
        return "tanh"
    if type(own) is nn.Hardtanh and (own.min_val, own.max_val) == (0, 1):
        return "hard_sigmoid"
    return None


def _why_not(own: Any, nn: Any) -> str:
    if isinstance(own, (nn.Softmax, nn.LogSoftmax)):
        return "outputs are linear here; the loss softmax_cross_entropy has the softmax"
    if isinstance(own, (nn.modules.batchnorm._BatchNorm, nn.modules.dropout._DropoutNd)):
        return "has no counterpart with the same answers: leave it out, or fold it into the layer before"
    return (
        "is none of Linear, Conv2d, MaxPool2d, AvgPool2d, AdaptiveAvgPool2d(1), Flatten, Identity, Sequential, ReLU, "
        "LeakyReLU, Tanh, Hardtanh(0, 1)"
    )


def _pair(value: Any) -> list[int]:
    return [int(value)] * 2 if isinstance(value, int) else [int(side) for side in value]


def _sides(value: Any) -> Any:
    rows, columns = _pair(value)
    return rows if rows == columns else [rows, columns]
