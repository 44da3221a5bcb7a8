"""Figures and pages that a notebook shows."""

from __future__ import annotations

import html
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ._dyadsim import draw, write_report


class Figure:
    """A figure: a picture in a notebook, a file by :meth:`save`."""

    def __init__(self, source: Path, options: list[tuple[str, list[str]]]) -> None:
        self._source, self._options = source, options
        with tempfile.TemporaryDirectory(prefix="dyadsim-") as folder:
            file = Path(folder) / "figure.svg"
            draw(source, options, [file])
            self.svg = file.read_text()

    def save(self, *paths: str | os.PathLike[str]) -> None:
        """Writes it to files, .svg, .png or .pdf."""
        draw(self._source, self._options, list(paths))

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        told = ", ".join(f"{name}={' '.join(values)}" for name, values in self._options)
        return f"<Figure of {str(self._source)!r}{', ' if told else ''}{told}>"


class Report:
    """A page of HTML that holds everything it shows."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def _repr_html_(self) -> str:
        page = html.escape(self.path.read_text(), quote=True)
        return f'<iframe srcdoc="{page}" width="100%" height="800" style="border:0"></iframe>'

    def __repr__(self) -> str:
        return f"<Report {str(self.path)!r}>"


def figure(source: Path, what: str | None, options: Mapping[str, Any]) -> Figure:
    given = {"what": what, **options}
    named = [(name, _texts(name, value)) for name, value in given.items() if value is not None]
    return Figure(source, named)


def report(source: Path, path: str | os.PathLike[str] | None, error: str = "sd") -> Report:
    page = source / "report.html" if path is None else Path(path)
    write_report(source, page, error)
    return Report(page)


def _texts(name: str, value: Any) -> list[str]:
    if isinstance(value, Mapping):  # select={"alpha": [0, 0.5]}
        return [f"{axis}={','.join(_texts(axis, values))}" for axis, values in value.items()]
    if isinstance(value, slice):  # steps=slice(0, 100)
        return [f"{'' if value.start is None else value.start}..{'' if value.stop is None else value.stop}"]
    if name in ("xlim", "ylim") and isinstance(value, tuple | list):  # ylim=(90, None)
        return ["..".join("" if end is None else repr(float(end)) for end in value)]
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return [str(value)]
    return [str(each) for each in value]
