"""The compiled part, for the rest of the package alone."""

import os
from typing import Any, Callable

import numpy as np
import numpy.typing as npt

class DyadError(RuntimeError):
    """What stopped a run, a sweep or a figure."""

class DataSet:
    def __new__(
        cls,
        x_train: npt.NDArray[Any],
        y_train: npt.NDArray[Any],
        x_test: npt.NDArray[Any],
        y_test: npt.NDArray[Any],
    ) -> DataSet: ...
    def source(self) -> str: ...

class Setup:
    def __new__(
        cls,
        path: str | os.PathLike[str],
        experiment: str | None = None,
        hardware: str | None = None,
        edits: list[tuple[str, str]] = ...,
    ) -> Setup: ...
    @property
    def path(self) -> os.PathLike[str]: ...
    @property
    def name(self) -> str: ...
    @property
    def given(self) -> tuple[str, str]: ...
    @property
    def effective(self) -> str: ...
    def explain(self) -> list[tuple[str, str, str, str | None, str, str | None]]: ...
    def differing_keys(self, other: Setup) -> str | None: ...

def shipped_models() -> list[tuple[str, str]]: ...
def schema(kind: str) -> str: ...
def place(key: str) -> tuple[str, list[str]] | None: ...
def make_run(
    setup: Setup,
    data: DataSet | None,
    folder: str | os.PathLike[str],
    resume: bool,
    overwrite: bool,
    threads: int | None,
    command: str,
    listener: Callable[..., object],
) -> str: ...
def trace_groups(file: str | os.PathLike[str]) -> list[str]: ...
def trace_variables(
    file: str | os.PathLike[str], group: str
) -> list[tuple[str, list[tuple[str, int]], str, str, str, bool]]: ...
def trace_attributes(file: str | os.PathLike[str]) -> list[tuple[str, str]]: ...
def trace_read(file: str | os.PathLike[str], variable: str) -> npt.NDArray[np.generic] | list[str]: ...
def program(arguments: list[str]) -> int: ...
