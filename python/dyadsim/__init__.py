"""dyadsim: neuromorphic analog hardware that learns.

Networks of dyads, neurons with two oppositely nudged compartments whose mean carries activity forward and whose difference
carries the error back, on ideal hardware or on chips with all their noise.

>>> import dyadsim as ds
>>> exp = ds.Experiment("experiments/quickstart.json")
>>> exp["nudging.alpha"] = 0.2
>>> run = ds.run(exp, out="runs/alpha")
>>> run.metrics.test_accuracy
"""

from . import devices
from ._dyadsim import DyadError
from ._experiment import Experiment, Explanation, Section
from ._network import Gradient, LayerGradient, Network, States, Update
from ._nir import from_nir
from ._run import EpochReport, Run, run
from ._show import Figure, Report
from ._sweep import Budget, Case, Sweep, ablate, robustness, sweep, verify
from ._torch import from_torch

__version__ = "0.1.0"

__all__ = [
    "Budget",
    "Case",
    "DyadError",
    "EpochReport",
    "Experiment",
    "Explanation",
    "Figure",
    "Gradient",
    "LayerGradient",
    "Network",
    "Report",
    "Run",
    "Section",
    "States",
    "Sweep",
    "Update",
    "ablate",
    "devices",
    "from_nir",
    "from_torch",
    "robustness",
    "run",
    "sweep",
    "verify",
]
