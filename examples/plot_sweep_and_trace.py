#!/usr/bin/env python3
# %% [markdown]
# # A trace and a sweep of dyadsim in Python
#
# Run it cell by cell in an editor that knows `# %%`, or as a program:
#
#     pip install xarray h5py h5netcdf matplotlib
#     python examples/plot_sweep_and_trace.py RUN SWEEP [FOLDER FOR THE FIGURES]
#
# RUN is the folder of `dyad run`, SWEEP that of `dyad sweep`; `-` leaves one out.

# %%
import json
import sys
from pathlib import Path

import matplotlib
import numpy as np
import xarray as xr

if "ipykernel" not in sys.modules:
    matplotlib.use("Agg")  # files only; a notebook shows figures itself
import matplotlib.pyplot as plt

# Outside of a notebook the command line decides.
ARGUMENTS = sys.argv[1:] if "ipykernel" not in sys.modules else []
RUN, SWEEP, FIGURES = (ARGUMENTS + ["runs/quickstart", "-", "."][len(ARGUMENTS) :])[:3]


def save(figure, name):
    file = Path(FIGURES, name)
    figure.savefig(file, dpi=120)
    print(file)


# %% [markdown]
# ## The trace of a run
#
# A trace has groups; each opens as a data set whose axes have names. Everything about the run is in the attributes of
# the file, all settings as JSON.


# %%
def open_group(file, group):
    return xr.open_dataset(file, engine="h5netcdf", group=group)


def plot_learning(trace):
    root = xr.open_dataset(trace, engine="h5netcdf")
    settings = json.loads(root.attrs["config_json"])
    metrics = open_group(trace, "metrics")
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
    for name in ("train_accuracy", "validation_accuracy", "test_accuracy"):
        if name in metrics:
            (100 * metrics[name]).plot(ax=left, marker=".", label=name.removesuffix("_accuracy"))
    left.set(xlabel="epoch", ylabel="accuracy / %", title="")
    left.legend()
    # Backprop has no angle to itself; the untrained network of epoch 0 has none either.
    if "angle_deg" in metrics:
        metrics["angle_deg"].plot.line(ax=right, x="epoch", marker=".", add_legend=False)
        right.set(xlabel="epoch", ylabel="angle to backprop / °", title="", ylim=(0, None))
        right.legend([f"layer {layer}" for layer in metrics.layer.values])
    figure.suptitle(f"{root.attrs['title']} ({settings['experiment']['credit_rule']})")
    return figure


def plot_dyads(trace, layer=1, units=3):
    """s⁺ and s⁻ of a few units: within the inference of the last recorded stimulus, or over training."""
    states = open_group(trace, f"states/layer{layer}").isel(sample=0)
    along = "step"
    if "update" in states.dims:
        along, states = "update", states.isel(step=-1)
    # The units whose compartments differ most have most to learn.
    difference = abs(states.s_plus - states.s_minus).max(along)
    chosen = np.sort(states.unit.values[np.argsort(difference.values)[-units:]])
    figure, axes = plt.subplots(1, len(chosen), figsize=(10, 3), sharex=True, layout="constrained", squeeze=False)
    for unit, ax in zip(chosen, axes[0]):
        one = states.sel(unit=unit)
        one.s_plus.plot(ax=ax, marker=".", label="$s^+$")
        one.s_minus.plot(ax=ax, marker=".", label="$s^-$")
        ax.set(title=f"layer {layer}, unit {unit}", xlabel=along, ylabel="")
    axes[0][0].legend()
    return figure


# %%
if RUN != "-":
    TRACE = Path(RUN, "trace.h5")
    save(plot_learning(TRACE), "learning.png")
    try:
        save(plot_dyads(TRACE), "dyads.png")
    except (KeyError, OSError):
        print("the run recorded no states of layer 1 (recording.states)")


# %% [markdown]
# ## A sweep
#
# `final` holds the last value of every series over the axes of the sweep and `replicate`, `curves` the same over epochs.
# `axes_json` says of every axis whether it is a category or a number, and on which scale.


# %%
def plot_grid(final, axes, name, scale):
    """Mean over replicates: heat maps over two axes of numbers, side by side for a third; else lines with their spread."""
    grid = [axis for axis in axes if axis["role"] == "grid" and final.sizes[axis["name"]] > 1]
    numbers = [axis for axis in grid if axis["scale"] != "category"]
    if not grid:
        sys.exit("the sweep has no axis but the replicates")
    x = (numbers or grid)[0]
    y = numbers[1] if len(numbers) > 1 else None
    rest = [axis for axis in grid if axis not in (x, y)]
    # Of axes beyond the third the first entry is shown.
    values = (scale * final[name]).isel({axis["name"]: 0 for axis in rest[1:]})
    parts = [("", values)]
    if rest:
        parts = [(tick(part), values.sel({rest[0]["name"]: part})) for part in final[rest[0]["name"]].values]
    panels = len(parts) if y else 1
    figure, panel = plt.subplots(1, panels, figsize=(1.5 + 4.5 * panels, 4), layout="constrained", squeeze=False)
    if y:
        # One scale of colours for all panels.
        mean = values.mean("replicate")
        limits = {"vmin": float(mean.min()), "vmax": float(mean.max())}
        for (title, part), ax in zip(parts, panel[0]):
            image = ax.pcolormesh(part.mean("replicate").squeeze().transpose(y["name"], x["name"]).values, **limits)
            for axis, set_ticks in ((x, ax.set_xticks), (y, ax.set_yticks)):
                entries = final[axis["name"]].values
                set_ticks(np.arange(len(entries)) + 0.5, [tick(entry) for entry in entries])
            ax.set(xlabel=x["long_name"], ylabel=y["long_name"], title=title)
        figure.colorbar(image, ax=panel[0], label=label(name, scale))
        return figure
    ax = panel[0][0]
    for title, part in parts:
        mean, spread = part.mean("replicate").squeeze(), part.std("replicate").squeeze()
        ax.errorbar(places(final, x), mean.values, spread.values, marker="o", capsize=3, label=title)
    if x["scale"] == "logarithmic":
        ax.set_xscale("log")
    ax.set(xlabel=x["long_name"], ylabel=label(name, scale))
    if rest:
        ax.legend(title=rest[0]["long_name"])
    return figure


def plot_sample(final, axes, name, scale):
    """Each point over the quantities that were drawn for it."""
    drawn = [axis for axis in axes if axis["role"] == "drawn"]
    mean = (scale * final[name]).mean("replicate")
    figure, grid = plt.subplots(1, len(drawn), figsize=(4 * len(drawn), 4), sharey=True, layout="constrained", squeeze=False)
    for axis, ax in zip(drawn, grid[0]):
        ax.plot(places(final, axis), mean.values, "o")
        if axis["scale"] == "logarithmic":
            ax.set_xscale("log")
        ax.set_xlabel(axis["long_name"])
    grid[0][0].set_ylabel(label(name, scale))
    return figure


def label(name, scale):
    return f"{name.replace('_', ' ')}{' / %' if scale == 100 else ''}, mean over replicates"


def places(final, axis):
    """Where the entries of an axis stand: numbers, or words."""
    entries = final[axis["name"]].values
    return [tick(entry) for entry in entries] if axis["scale"] == "category" else entries


def tick(value):
    return value if isinstance(value, str) else f"{value:g}"


def plot_sweep(sweep, name="test_accuracy", scale=100):
    root = xr.open_dataset(sweep, engine="h5netcdf")
    axes = json.loads(root.attrs["axes_json"])
    final = open_group(sweep, "final")
    # Points that are missing or failed are NaN; those that diverged keep their last value.
    print(f"{int((final.status != 0).sum())} of {int(root.attrs['points'])} points done,",
          f"{int((final.status == 2).sum())} diverged")
    sampled = any(axis["role"] == "sample" for axis in axes) or "sample" in final.dims
    figure = (plot_sample if sampled else plot_grid)(final, axes, name, scale)
    figure.suptitle(root.attrs["title"])
    return figure


# %%
if SWEEP != "-":
    save(plot_sweep(Path(SWEEP, "sweep.h5")), "sweep.png")
