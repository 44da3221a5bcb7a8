"""Experiments: settings that are read strictly, whatever they come from."""

from __future__ import annotations

import difflib
import html
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ._dyadsim import Setup, place, shipped_models
from ._files import is_temporary

# What the formalities of an experiment that is built in code are.
_FORMALITIES: dict[str, Any] = {"schema_version": 2, "title": "experiment", "hardware": "ideal"}


class Experiment:
    """An experiment: a network of dyads on a chip, the data it learns, and what is measured and recorded.

    ``source`` is a file, a dict as such a file holds it, or another experiment; ``changes`` are settings by dotted key.
    Every setting is held against the same rules as in a file; what breaks one is a ``ValueError`` that names the key.

    >>> exp = Experiment("experiments/quickstart.json", {"training.epochs": 3})
    >>> exp["nudging.alpha"] = 0.2
    >>> exp.nudging.alpha
    0.2
    >>> noisy = exp.with_({"hardware.input_noise_std": 0.1})

    The hardware model is part of it: its settings begin with ``hardware.``, ``exp["hardware"] = "reram_es"`` takes a model
    that comes with the package, and a dict is a model of one's own.
    """

    _setup: Setup

    def __init__(
        self,
        source: str | os.PathLike[str] | Mapping[str, Any] | Experiment,
        changes: Mapping[str, Any] | None = None,
        *,
        name: str = "experiment",
    ) -> None:
        if isinstance(source, Experiment):
            setup = source._setup
        elif isinstance(source, Mapping):
            given = {**_FORMALITIES, "title": name, **source}
            hardware = None
            if isinstance(given["hardware"], Mapping):
                hardware = _as_json("hardware", given["hardware"])
                given["hardware"] = _own_model(given["hardware"])
            path = Path.cwd() / f"{name}.json"
            setup = Setup(path, _as_json("experiment", given), hardware)
        else:
            setup = Setup(os.path.abspath(os.fspath(source)))
        object.__setattr__(self, "_setup", setup)
        if changes:
            self.update(changes)

    # Reading

    @property
    def name(self) -> str:
        """Name of its file, without folder and ending."""
        return self._setup.name

    @property
    def path(self) -> Path:
        """Its file, from whose folder relative paths count; it need not exist."""
        return Path(self._setup.path)

    @property
    def settings(self) -> dict[str, Any]:
        """All settings, defaults included: those of the experiment, and under ``hardware`` those of the hardware model."""
        both: dict[str, Any] = json.loads(self._setup.effective)
        return {**both["experiment"], "hardware": both["hardware"]}

    @property
    def given(self) -> dict[str, Any]:
        """What was set, without defaults, as a file would hold it."""
        parsed: dict[str, Any] = json.loads(self._setup.given[0])
        return parsed

    def __getitem__(self, key: str) -> Any:
        if key == "hardware":
            return self.given["hardware"]
        return _find(self.settings, key)

    def get(self, key: str, default: Any = None) -> Any:
        """The value of a setting, or ``default`` if there is none."""
        try:
            return self[key]
        except KeyError:
            return default

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and self.get(key, _NOTHING) is not _NOTHING

    def keys(self) -> list[str]:
        """The dotted keys of all settings, defaults included."""
        return [entry.key for entry in self.explain()]

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys())

    def explain(self) -> Explanation:
        """Every setting with its value, its unit, who set it and what it means: a table."""
        rows = []
        for part, key, value, unit, origin, doc in self._setup.explain():
            if part == "hardware" and key.startswith("figures"):
                continue  # what the numbers of a hardware model rest on
            full = f"hardware.{key}" if part == "hardware" else key
            rows.append(Setting(full, json.loads(value), unit, origin, doc or ""))
        return Explanation(rows)

    def doc(self, key: str) -> str:
        """What a setting means, and what it may be."""
        return _documentation(key)

    # Changing

    def __setitem__(self, key: str, value: Any) -> None:
        self.update({key: value})

    def update(self, changes: Mapping[str, Any]) -> None:
        """Changes settings, all of them or, if one is wrong, none. ``None`` is "switched off" where a setting has that,
        elsewhere it takes the setting back to its default."""
        object.__setattr__(self, "_setup", _changed(self._setup, changes))

    def with_(self, changes: Mapping[str, Any]) -> Experiment:
        """The same experiment with other settings."""
        return Experiment(self, changes)

    # Sections by name: exp.nudging.alpha

    def __getattr__(self, name: str) -> Any:
        # Only called for what is no attribute.
        if name.startswith("_"):
            raise AttributeError(name)
        value = self.settings.get(name, _NOTHING)
        if value is _NOTHING:
            raise AttributeError(f"an experiment has neither an attribute nor a setting {name!r}")
        return Section(self, name) if isinstance(value, dict) else value

    def __setattr__(self, name: str, value: Any) -> None:
        if place(name) is None:
            raise AttributeError(f"an experiment has no setting {name!r}{_meant(name, _names(''))}")
        self[name] = value

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *_names("")})

    def _ipython_key_completions_(self) -> list[str]:
        keys = self.keys()
        inner = {key[: at.start()] for key in keys for at in re.finditer(r"[.\[]", key)}
        return sorted({*keys, *inner})

    # Keeping

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Writes the experiment to a file that the program reads as well. A hardware model that is neither a file nor one
        that comes with the package, or that was changed, goes next to it, and so do weights that came from another library.
        Relative paths are made to count from there."""
        target = Path(path).absolute()
        given = self.given
        weights = given.get("network", {}).get("initial_weights")
        if weights is not None and is_temporary(weights["trace"]):
            name = f"{target.stem}.weights.npz"
            shutil.copyfile(weights["trace"], target.parent / name)
            weights["trace"] = str(target.parent / name)
        _move_paths(given, self.path.parent, target.parent)
        if weights is not None and Path(weights["trace"]).parent == target.parent:
            weights["trace"] = Path(weights["trace"]).name
        own, model = self._setup.given[1], given["hardware"]
        known = dict(shipped_models()).get(model)
        if known is None:
            kept = self.path.parent / model
            known = kept.read_text() if kept.is_file() else None
        if known is None or json.loads(known) != json.loads(own):
            given["hardware"] = f"{target.stem}.hardware.json"
            (target.parent / given["hardware"]).write_text(own)
        elif model not in dict(shipped_models()):
            given["hardware"] = _moved(model, self.path.parent, target.parent)
        target.write_text(json.dumps(given, indent=2, ensure_ascii=False) + "\n")
        return target

    def __reduce__(self) -> tuple[Any, ...]:
        experiment, hardware = self._setup.given
        return _rebuilt, (str(self.path), experiment, hardware)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Experiment):
            return NotImplemented
        return self.settings == other.settings

    __hash__ = None  # type: ignore[assignment]  # it can be changed

    def __repr__(self) -> str:
        settings = self.settings
        rule, model = settings["credit_rule"], settings["hardware"]["name"]
        rule = rule if isinstance(rule, str) else next(iter(rule))
        return f"<Experiment {self.name!r}: {settings['title']} ({rule} on {model})>"

    def _repr_html_(self) -> str:
        title = f"<b>{html.escape(self.settings['title'])}</b>"
        return title + self.explain()._repr_html_()


class Section:
    """Some settings of an experiment, by attribute: ``exp.training.epochs``."""

    _experiment: Experiment
    _key: str

    def __init__(self, experiment: Experiment, key: str) -> None:
        object.__setattr__(self, "_experiment", experiment)
        object.__setattr__(self, "_key", key)

    @property
    def __doc__(self) -> str:  # type: ignore[override]
        return _documentation(self._key)

    def _value(self) -> dict[str, Any]:
        value: dict[str, Any] = _find(self._experiment.settings, self._key)
        return value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        value = self._value().get(name, _NOTHING)
        if value is _NOTHING:
            raise AttributeError(f"{self._key} has no setting {name!r}{_meant(name, list(self._value()))}")
        return Section(self._experiment, f"{self._key}.{name}") if isinstance(value, dict) else value

    def __setattr__(self, name: str, value: Any) -> None:
        self._experiment[f"{self._key}.{name}"] = value

    def __dir__(self) -> list[str]:
        return sorted({*_names(self._key), *self._value()})

    def __repr__(self) -> str:
        return f"{self._key}: {json.dumps(self._value(), indent=2, ensure_ascii=False)}"


class Setting:
    """One setting as it is explained."""

    def __init__(self, key: str, value: Any, unit: str | None, origin: str, doc: str) -> None:
        self.key, self.value, self.unit, self.origin, self.doc = key, value, unit, origin, doc

    def __repr__(self) -> str:
        return f"{self.key} = {json.dumps(self.value)}"


class Explanation(list[Setting]):
    """Settings as a table: in a notebook one of HTML, elsewhere of text."""

    def __str__(self) -> str:
        rows = [(s.key, _short(s.value), s.unit or "", s.origin) for s in self]
        header = ("key", "value", "unit", "origin")
        widths = [max(len(row[column]) for row in [header, *rows]) for column in range(4)]
        lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths)).rstrip() for row in [header, *rows]]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        def row(s: Setting) -> str:
            style = "" if s.origin == "default" else " style='font-weight:600'"
            texts = [_short(s.value), s.unit or "", s.origin, s.doc]
            cells = [f"<code>{html.escape(s.key)}</code>", *map(html.escape, texts)]
            return f"<tr{style}>" + "".join(f"<td style='text-align:left'>{cell}</td>" for cell in cells) + "</tr>"

        head = "".join(f"<th style='text-align:left'>{text}</th>" for text in ("key", "value", "unit", "origin", ""))
        return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(map(row, self))}</tbody></table>"


_NOTHING = object()


def _rebuilt(path: str, experiment: str, hardware: str) -> Experiment:
    made = Experiment.__new__(Experiment)
    object.__setattr__(made, "_setup", Setup(path, experiment, hardware))
    return made


def _changed(setup: Setup, changes: Mapping[str, Any]) -> Setup:
    experiment: str
    hardware: str | None
    experiment, hardware = setup.given
    edits = []
    for key, value in changes.items():
        if not isinstance(key, str):
            raise TypeError(f"settings are named by dotted keys, not by {key!r}")
        if key != "hardware":
            edits.append((key, _as_json(key, value)))
            continue
        given = json.loads(experiment)
        if isinstance(value, Mapping):
            hardware = _as_json(key, value)
            given["hardware"] = _own_model(value)
        else:
            hardware = None
            given["hardware"] = value
        experiment = _as_json(key, given)
    return Setup(setup.path, experiment, hardware, edits)


def _own_model(model: Mapping[str, Any]) -> str:
    """A file name for a hardware model that is no file."""
    name = re.sub(r"\W+", "_", str(model.get("name", "own")).lower()).strip("_")
    return f"{name or 'own'}.hardware.json"


def _as_json(key: str, value: Any) -> str:
    def plain(value: Any) -> Any:
        if isinstance(value, os.PathLike):
            return os.fspath(value)
        for method in ("item", "tolist"):  # numbers and arrays of NumPy and its kin
            if hasattr(value, method) and (method == "tolist" or getattr(value, "ndim", 0) == 0):
                return getattr(value, method)()
        if isinstance(value, Mapping):
            return dict(value)
        raise TypeError(f"{key}: a setting cannot be of type {type(value).__name__}")

    try:
        return json.dumps(value, default=plain, allow_nan=False)
    except ValueError as error:
        raise ValueError(f"{key}: must be finite numbers, text, lists and dicts ({error})") from None


def _steps(key: str) -> list[str | int]:
    found = re.findall(r"[^.\[\]]+", key)
    return [int(step) if step.isdigit() else step for step in found]


def _find(settings: Any, key: str) -> Any:
    at = settings
    for step in _steps(key):
        try:
            at = at[str(step) if isinstance(at, dict) else step]
        except (KeyError, IndexError, TypeError):
            raise KeyError(f"{key}: there is no such setting{_meant(key, _leaves(settings))}") from None
    return at


def _leaves(value: Any, prefix: str = "") -> list[str]:
    if not isinstance(value, dict):
        return [prefix]
    inner = [leaf for key, part in value.items() for leaf in _leaves(part, f"{prefix}.{key}" if prefix else key)]
    return [prefix, *inner] if prefix else inner


def _meant(name: str, known: list[str]) -> str:
    nearest = difflib.get_close_matches(name, known, n=1)
    return f"; did you mean {nearest[0]!r}?" if nearest else ""


def _names(key: str) -> list[str]:
    found = place(key)
    return [] if found is None else [name for name in found[1] if name.isidentifier()]


def _documentation(key: str) -> str:
    found = place(key)
    if found is None:
        raise KeyError(f"{key}: there is no such setting")
    doc, names = found
    return f"{doc}\n\n{', '.join(names)}".strip() if names else doc


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:59] + "…"


def _moved(path: str, before: Path, after: Path) -> str:
    if os.path.isabs(path) or before == after:
        return path
    return Path(os.path.relpath(before / path, after)).as_posix()


def _move_paths(given: dict[str, Any], before: Path, after: Path) -> None:
    """Makes the relative paths of an experiment, but for its hardware, count from another folder."""

    def move(holder: Any, key: str) -> None:
        if isinstance(holder, dict) and isinstance(holder.get(key), str):
            holder[key] = _moved(holder[key], before, after)

    source = given.get("data", {}).get("source")
    for own in source.values() if isinstance(source, dict) else []:
        for holder in (own, own.get("files") if isinstance(own, dict) else None):
            for key in ("directory", "file", "train_images", "train_labels", "test_images", "test_labels"):
                move(holder, key)
    move(given.get("network", {}).get("initial_weights"), "trace")
    move(given.get("output"), "directory")
