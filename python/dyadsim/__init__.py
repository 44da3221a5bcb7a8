"""dyadsim: neuromorphic analog hardware that learns.

Networks of dyads, neurons with two oppositely nudged compartments whose mean carries activity forward and whose difference
carries the error back, on ideal hardware or on chips with all their noise.

>>> import dyadsim as ds
>>> exp = ds.Experiment("experiments/quickstart.json")
>>> exp["nudging.alpha"] = 0.2
>>> run = ds.run(exp, out="runs/alpha")
>>> run.metrics.test_accuracy
"""

from ._dyadsim import DyadError
from ._experiment import Experiment, Explanation, Section
from ._run import EpochReport, Run, run

__version__ = "0.1.0"

__all__ = [
    "DyadError",
    "EpochReport",
    "Experiment",
    "Explanation",
    "Run",
    "Section",
    "run",
]
