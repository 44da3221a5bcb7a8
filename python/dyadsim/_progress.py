"""How far a run is: a bar of tqdm where that is installed, in a notebook as on a terminal, else lines."""

from __future__ import annotations

import sys
from typing import Any


class Progress:
    """Shows training steps and what every epoch has brought."""

    def __init__(self, shown: bool, title: str, unit: str) -> None:
        self._shown, self._title, self._unit = shown, title, unit
        self._bar: Any = None

    def start(self, first: int, steps: int) -> None:
        if not self._shown:
            return
        try:
            from tqdm.auto import tqdm
        except ImportError:
            return
        self._bar = tqdm(total=steps, initial=first, desc=self._title, unit=self._unit)

    def step(self, done: int) -> None:
        if self._bar is not None:
            self._bar.update(done - self._bar.n)

    def epoch(self, number: int, epochs: int, scores: dict[str, float]) -> None:
        if self._bar is not None:
            self._bar.set_postfix({"epoch": f"{number}/{epochs}", **{k: f"{v:.4g}" for k, v in scores.items()}})
        elif self._shown and sys.stderr.isatty():
            told = "  ".join(f"{name} {value:.4g}" for name, value in scores.items())
            print(f"epoch {number}/{epochs}  {told}", file=sys.stderr)

    def message(self, text: str) -> None:
        if self._shown:
            print(text, file=sys.stderr)

    def listen(self, kind: str, *told: Any) -> None:
        """Shows work without epochs."""
        if kind == "start":
            self.start(*told)
        elif kind == "step":
            self.step(*told)
        elif kind == "message":
            self.message(*told)

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
