"""Data of one's own: arrays of NumPy, tensors of PyTorch, arrays of xarray."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from ._dyadsim import DataSet

_NAMES = ("x_train", "y_train", "x_test", "y_test")
_OF_VALIDATION = ("x_validation", "y_validation")


def as_numpy(name: str, values: Any) -> npt.NDArray[Any]:
    """An array of numbers, without a copy where that is possible."""
    if hasattr(values, "detach") and hasattr(values, "cpu"):  # a tensor
        values = values.detach().cpu()
        values = values.float().numpy() if str(values.dtype) == "torch.bfloat16" else values.numpy()
    elif hasattr(values, "to_numpy"):  # xarray, pandas
        values = values.to_numpy()
    try:
        array = np.asarray(values)
    except ValueError as error:  # rows of different lengths
        raise ValueError(f"{name}: is no array: {error}") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name}: must hold integers, floating-point numbers or booleans, not {array.dtype}")
    return array


def as_given(name: str, values: Any) -> npt.NDArray[Any]:
    """The same row-major in one of the types that the compiled part takes: uint8, float32, or, for other integers, float64."""
    array = as_numpy(name, values)
    if array.dtype == np.uint8:
        wanted: Any = np.uint8
    else:
        wanted = np.float32 if array.dtype.kind in "bf" else np.float64
    # A number that single precision cannot hold is refused later, with its place.
    with np.errstate(over="ignore"):
        return np.require(array, dtype=wanted, requirements=("C", "A"))


def as_labels(name: str, values: Any) -> npt.NDArray[Any] | list[str]:
    """Labels: numbers as of :func:`as_given`, or names of classes as a list."""
    if hasattr(values, "to_numpy"):  # pandas, whose categories are their names
        values = values.to_numpy()
    array = values if hasattr(values, "detach") else np.asarray(values)
    if getattr(array, "dtype", None) is not None and getattr(array.dtype, "kind", "") in "OUS":
        names = array.tolist()
        names = [name.decode() if isinstance(name, bytes) else name for name in names]
        if array.ndim != 1 or not all(isinstance(one, str) for one in names):
            raise TypeError(f"{name}: must hold numbers, or the name of a class for each sample along one axis")
        return names
    return as_given(name, values)


@contextmanager
def in_use(data: DataSet | None) -> Iterator[None]:
    """Around what learns from arrays that are read where they are: nothing that was found is of use if somebody changes them
    meanwhile."""
    yield
    if data is not None and not data.is_unchanged():
        raise RuntimeError("data: the arrays were changed while they were in use, so that the results are of neither")


def data_set(data: Any) -> DataSet:
    """The arrays (x_train, y_train, x_test, y_test), with x_validation and y_validation behind them if there are such, or a
    mapping of these names. Labels are numbers, or names of classes. Contiguous arrays of single precision are not copied."""
    if hasattr(data, "keys"):
        names = _NAMES + (_OF_VALIDATION if any(name in data for name in _OF_VALIDATION) else ())
        missing = [name for name in names if name not in data]
        if missing:
            raise ValueError(f"data: has no {', '.join(missing)}")
        data = [data[name] for name in names]
    try:
        arrays = tuple(data)
    except TypeError:
        arrays = ()
    if len(arrays) not in (4, 6):
        raise ValueError("data: must be (x_train, y_train, x_test, y_test), or a mapping of these names") from None
    named = zip(_NAMES + _OF_VALIDATION, arrays)
    made: list[Any] = [(as_labels if name.startswith("y_") else as_given)(name, values) for name, values in named]
    return DataSet(*made)
