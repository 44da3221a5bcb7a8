"""A network in the hand: inference, gradients and weights for a learning rule, teacher or measurement of one's own."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from . import _dyadsim
from ._data import as_numpy
from ._experiment import Experiment

Array = npt.NDArray[np.float32]


class LayerGradient(NamedTuple):
    """Gradient of the mean loss with respect to the weights of a projection, as files hold them, and to its biases."""

    weight: Array
    bias: Array


@dataclass(frozen=True)
class Update:
    """An update of a relaxation."""

    #: Its number, from 0.
    index: int
    #: ``population`` for a single one, ``outputs_unnudged``, ``all_hidden``, ``all`` or ``all_unnudged``.
    kind: str
    #: Which population has moved, if it is one.
    population: int | None
    #: The states after it, readable and writable until the next one.
    states: States


class PopulationStates:
    """What the dyads of a population hold, each an array (sample, unit) or (sample, channel, row, column). What is read is a
    copy; what is assigned goes into the network. With a compartment go mean and difference."""

    def __init__(self, states: States, number: int) -> None:
        self._states, self._number = states, number

    def _read(self, signal: str) -> Array:
        self._states._check()
        return self._states._network._own.state(self._number, signal)

    def _write(self, signal: str, values: Any) -> None:
        self._states._check()
        self._states._network._own.set_state(self._number, signal, _single("values", values))

    @property
    def s_plus(self) -> Array:
        """Compartment s⁺."""
        return self._read("s_plus")

    @s_plus.setter
    def s_plus(self, values: Any) -> None:
        self._write("s_plus", values)

    @property
    def s_minus(self) -> Array:
        """Compartment s⁻."""
        return self._read("s_minus")

    @s_minus.setter
    def s_minus(self, values: Any) -> None:
        self._write("s_minus", values)

    @property
    def mean(self) -> Array:
        """The weighted mean of both, which goes forward; of population 0 the stimulus."""
        return self._read("mean")

    @mean.setter
    def mean(self, values: Any) -> None:
        self._write("mean", values)

    @property
    def difference(self) -> Array:
        """s⁺ − s⁻, which goes back and from which synapses learn; with backprop the error."""
        return self._read("difference")

    @difference.setter
    def difference(self, values: Any) -> None:
        self._write("difference", values)

    @property
    def drive(self) -> Array:
        """W s̄ of what arrives, without the bias."""
        return self._read("drive")

    @property
    def feedback(self) -> Array:
        """Wᵀ (s⁺ − s⁻) of what is fed back; of the outputs the loss gradient that nudged them."""
        return self._read("feedback")


class States(Sequence[PopulationStates]):
    """States by population: 0 is the stimulus, 1 the first hidden one, -1 the outputs. They are those of the network, until
    it goes on."""

    def __init__(self, network: Network) -> None:
        self._network, self._version = network, network._version

    def _check(self) -> None:
        if self._version != self._network._version:
            raise RuntimeError("the network has gone on since: read its states before, they are copies then")

    def __len__(self) -> int:
        return len(self._network.populations)

    def __getitem__(self, number: Any) -> Any:
        if isinstance(number, slice):
            return [self[k] for k in range(*number.indices(len(self)))]
        at = number + len(self) if number < 0 else number
        if not 0 <= at < len(self):
            raise IndexError(f"populations are counted from 0 to {len(self) - 1}, got {number}")
        return PopulationStates(self, at)

    def __repr__(self) -> str:
        return "\n".join(f"{k}: {name} {shape}" for k, (name, shape) in enumerate(self._network.populations))


class Gradient(Mapping[int, LayerGradient]):
    """Gradients by projection, counted from 1. What is looked at is made, and may be changed in place before it is applied;
    what is not stays with the states."""

    def __init__(self, network: Network, made: dict[int, LayerGradient] | None = None) -> None:
        self._network, self._version = network, network._version
        self._made = {} if made is None else made
        self._whole = made is not None

    def __len__(self) -> int:
        return len(self._network._own.projections)

    def __iter__(self) -> Iterator[int]:
        return iter(range(1, len(self) + 1))

    def __getitem__(self, projection: int) -> LayerGradient:
        if projection not in self._made:
            if projection not in range(1, len(self) + 1):
                raise KeyError(f"projections are counted from 1 to {len(self)}, got {projection}")
            self._check()
            self._made[projection] = LayerGradient(*self._network._own.gradient(projection))
        return self._made[projection]

    def _check(self) -> None:
        if not self._whole and self._version != self._network._version:
            raise RuntimeError("the network has gone on since this gradient: look at it before")


class _Weights(Mapping[int, Array]):
    """Weights or biases by projection, counted from 1. What is read is a copy; what is assigned goes into the network."""

    def __init__(self, network: Network, which: int) -> None:
        self._network, self._which = network, which

    def __len__(self) -> int:
        return len(self._network._own.projections)

    def __iter__(self) -> Iterator[int]:
        return iter(range(1, len(self) + 1))

    def __getitem__(self, projection: int) -> Array:
        return self._network._own.weights(projection)[self._which]

    def __setitem__(self, projection: int, values: Any) -> None:
        arrays: list[Array | None] = [None, None]
        arrays[self._which] = _finite(_single("weights", values))
        self._network._own.set_weights(projection, *arrays)


class Network:
    """The untrained network of an experiment, in the hand.

    >>> net = Network(exp, seed=3)
    >>> for x, y in batches:
    ...     net.infer(x, y)
    ...     net.apply(net.gradient(), rate=1e-3)

    :param experiment: an :class:`Experiment`, or what one is made from.
    :param seed: seed of the initial weights, in the place of that of the experiment.
    :param shape: shape of a sample, as (28, 28) or (3, 32, 32); that of the experiment's data unless given.
    :param classes: number of classes, likewise.
    :param batch_size: samples of a mini-batch; another number may be inferred, too.
    """

    def __init__(
        self,
        experiment: Experiment | str | os.PathLike[str] | Mapping[str, Any],
        *,
        seed: int | None = None,
        shape: Sequence[int] | int | None = None,
        classes: int | None = None,
        batch_size: int | None = None,
    ) -> None:
        own = experiment if isinstance(experiment, Experiment) else Experiment(experiment)
        if seed is not None:
            own = own.with_({"seeds.init": seed})
        if batch_size is not None:
            own = own.with_({"training.batch_size": batch_size})
        self.experiment = Experiment(own)
        if shape is None or classes is None:
            known_shape, known_classes = _dyadsim.data_shape(own._setup)
            shape = known_shape if shape is None else shape
            classes = known_classes if classes is None else classes
        axes = [shape] if isinstance(shape, (int, np.integer)) else list(shape)
        if not axes or any(length < 1 for length in axes) or classes < 1:
            raise ValueError(f"shape and classes: must be 1 at least, got {tuple(axes)} and {classes}")
        self._shape, self._classes = tuple(axes), classes
        self._own = _dyadsim.Network(own._setup, axes, classes, own["training.batch_size"], 1)
        self._version = 0
        self._batch: tuple[Array, Array] | None = None

    @property
    def populations(self) -> list[tuple[str, tuple[int, ...]]]:
        """Name and shape of every population, the stimulus first."""
        return [(name, tuple(shape)) for name, shape in self._own.populations]

    @property
    def projections(self) -> list[tuple[int, int]]:
        """From which population every projection leads, and to which; number 1 is the first."""
        return [(sender, receiver) for sender, receiver, _, _ in self._own.projections]

    # Inference

    def infer(self, x: Any, y: Any) -> States:
        """Infers the states of a mini-batch by the schedule of the experiment. ``x`` is (sample, …), ``y`` holds classes, or a
        row of targets for each sample. Every call is a training step with noise of its own."""
        self._batch = self._stimuli(x), self._targets(y)
        self._version += 1
        self._own.infer(*self._batch)
        return States(self)

    def relax(self, x: Any, y: Any) -> Iterator[Update]:
        """The same one update at a time: between two of them states may be read and written."""
        self._batch = self._stimuli(x), self._targets(y)
        self._version += 1
        self._own.begin(*self._batch)
        own = self._version
        index = 0
        while True:
            if own != self._version:
                raise RuntimeError("the network was used for something else during the relaxation")
            update = self._own.update()
            if update is None:
                return
            self._version += 1
            own = self._version
            yield Update(index, *update, States(self))
            index += 1

    def stream(self, x: Any, teacher: Any = None) -> States:
        """One update in a stream: ``x`` (sample, …) is what the network sees now, ``teacher`` what it is told, if anything."""
        given = None if teacher is None else self._targets(teacher)
        self._version += 1
        self._own.stream(self._stimuli(x), given)
        return States(self)

    @property
    def states(self) -> States:
        """The present states."""
        return States(self)

    def predict(self, x: Any) -> Array:
        """What the network answers without a nudge: outputs (sample, class)."""
        return self._own.predict(self._stimuli(x))

    # Learning

    def gradient(self) -> Gradient:
        """What the synapses learn from the present states: the local gradient of every projection."""
        return Gradient(self)

    def exact_gradient(self, x: Any = None, y: Any = None) -> Gradient:
        """The exact gradient on ideal hardware, by backprop: of a mini-batch, or of the last one that was inferred."""
        if (x is None) != (y is None):
            raise ValueError("exact_gradient: takes both x and y, or neither")
        if x is not None:
            batch = self._stimuli(x), self._targets(y)
        elif self._batch is not None:
            batch = self._batch
        else:
            raise ValueError("exact_gradient: nothing was inferred yet, give x and y")
        found = self._own.exact_gradient(*batch)
        return Gradient(self, {k: LayerGradient(*layer) for k, layer in enumerate(found, 1)})

    def apply(self, gradient: Gradient | Mapping[int, Any] | Sequence[Any], rate: float) -> None:
        """One step of the optimizer of the experiment. A gradient of one's own is one of :meth:`gradient` that was changed,
        a mapping from projections to ``(weight, bias)``, in which what is missing is learnt from the states, or a sequence."""
        if not np.isfinite(rate):
            raise ValueError(f"rate: must be finite, got {rate}")
        if isinstance(gradient, Gradient):
            if gradient._network is not self:
                raise ValueError("gradient: is that of another network")
            gradient._check()
            given: Mapping[int, Any] = gradient._made
        elif isinstance(gradient, Mapping):
            given = gradient
        else:
            given = dict(enumerate(gradient, 1))
        count = len(self._own.projections)
        wrong = [k for k in given if k not in range(1, count + 1)]
        if wrong:
            raise ValueError(f"gradient: projections are counted from 1 to {count}, got {wrong[0]}")
        arrays: list[tuple[Array, Array] | None] = []
        for k in range(1, count + 1):
            layer = given.get(k)
            if layer is None:
                arrays.append(None)
                continue
            try:
                weight, bias = layer
            except (TypeError, ValueError):
                raise ValueError(f"gradient: that of projection {k} must be (weight, bias)") from None
            arrays.append((_single(f"gradient of weights[{k}]", weight), _single(f"gradient of biases[{k}]", bias)))
        self._own.apply(arrays, float(rate))
        self._version += 1

    @property
    def weights(self) -> _Weights:
        """Weights by projection, from 1: (post, pre), or (feature, channel, row, column). They can be assigned."""
        return _Weights(self, 0)

    @property
    def biases(self) -> _Weights:
        """Biases by projection, from 1."""
        return _Weights(self, 1)

    def __repr__(self) -> str:
        shapes = " → ".join("x".join(map(str, shape)) for _, shape in self.populations)
        return f"<Network {shapes}: {json.dumps(self.experiment['title'], ensure_ascii=False)}>"

    def _stimuli(self, x: Any) -> Array:
        values = _single("x", x)
        if values.ndim < 2:
            raise ValueError(f"x: must be (sample, …), got shape {values.shape}")
        if values.shape[1:] != self._shape and values.shape[1:] != (int(np.prod(self._shape)),):
            raise ValueError(f"x: samples must have shape {self._shape}, got {values.shape[1:]}")
        return values.reshape(len(values), int(np.prod(self._shape)))

    def _targets(self, y: Any) -> Array:
        values = as_numpy("y", y)
        outputs = self.populations[-1][1]
        count = int(np.prod(outputs))
        if values.ndim == 1:
            classes = values.astype(np.int64)
            if (classes != values).any() or (classes < 0).any() or (classes >= count).any():
                raise ValueError(f"y: classes must be whole numbers from 0 to {count - 1}")
            rows = np.zeros((len(classes), count), np.float32)
            rows[np.arange(len(classes)), classes] = 1
            return rows
        if values.ndim != 2 or values.shape[1] != count:
            raise ValueError(f"y: must hold classes, or {count} targets a sample, got shape {values.shape}")
        return _single("y", values)


def _single(name: str, values: Any) -> Array:
    with np.errstate(over="ignore"):
        return np.require(as_numpy(name, values), dtype=np.float32, requirements=("C", "A"))


def _finite(values: Array) -> Array:
    if not np.isfinite(values).all():
        raise ValueError("weights: must be finite")
    return values
