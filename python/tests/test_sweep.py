import csv
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import dyadsim as ds


def test_a_sweep_is_a_dataset_over_its_axes(small: ds.Experiment, tmp_path: Path) -> None:
    axes = {"nudging.alpha": np.linspace(0, 1, 3), "rule": {"dp": {"credit_rule": "dp"}, "dp_transpose": {}}}
    found = ds.sweep(small, axes, replicates=2, jobs=1, out=tmp_path / "sweep", progress=False)
    accuracy = found.final.test_accuracy
    assert accuracy.dims == ("alpha", "rule", "replicate") and accuracy.shape == (3, 2, 2)
    np.testing.assert_allclose(accuracy.alpha, [0, 0.5, 1])
    assert list(accuracy.rule.values) == ["dp", "dp_transpose"]
    assert np.isfinite(accuracy).all() and "epoch" in found.curves.dims
    assert found.plot().svg.lstrip().startswith("<") and "sweep" in repr(found)
    # Points that are there are not made again; those that are missing are.
    before = found.file.read_bytes()
    again = ds.sweep(out=tmp_path / "sweep", resume=True, progress=False)
    assert again.file.read_bytes() == before
    with pytest.raises(ds.DyadError, match="already holds"):
        ds.sweep(small, axes, out=tmp_path / "sweep", progress=False)


def test_what_did_not_learn_has_no_scores_and_is_counted(small: ds.Experiment, tmp_path: Path) -> None:
    small["training.if_not_learnt"] = "missing"
    axes = {"training.rate": [1e-9, 0.02]}
    found = ds.sweep(small.with_({"training.epochs": 4}), axes, replicates=2, out=tmp_path / "sweep", progress=False)
    assert np.isnan(found.final.test_accuracy).sum("replicate").values.tolist() == [2, 0]
    assert np.isfinite(found.curves.test_accuracy).all()
    assert found.ends == {"complete": 2, "did_not_learn": 2}
    assert "2 complete, 2 did not learn" in repr(found) and "2 did not learn" in found._repr_html_()
    # The names are those of the program.
    with (found.folder / "sweep.csv").open(newline="") as file:
        ends = {row["point"]: row["status"] for row in csv.DictReader(file)}
    assert Counter(ends.values()) == found.ends

    run = ds.run(small.with_({"training.rate": 1e-9}), progress=False)
    assert run.status == "did_not_learn" and np.isnan(run.test_accuracy) and "no better than guessing" in (run.not_learnt or "")
    assert np.isfinite(run.metrics.test_accuracy).all() and "test accuracy" not in repr(run)


def test_a_sweep_file_gives_the_same_bytes_as_the_program(small: ds.Experiment, tmp_path: Path) -> None:
    small.save(tmp_path / "small.json")
    (tmp_path / "rates.json").write_text(
        '{"schema_version": 2, "title": "rates", "base": "small.json", "output": {"figure": false},'
        '"axes": [{"name": "rate", "keys": ["training.rate"], "points": {"values": [0.001, 0.01]}}]}'
    )
    dyad = Path(sys.executable).with_name("dyad")
    told = subprocess.run(
        [dyad, "sweep", tmp_path / "rates.json", "--out", tmp_path / "program", "--quiet"], capture_output=True, text=True
    )
    assert told.returncode == 0, told.stderr
    own = ds.sweep(tmp_path / "rates.json", out=tmp_path / "own", progress=False)
    for file in ("sweep.h5", "sweep.csv"):
        assert (own.folder / file).read_bytes() == (tmp_path / "program" / file).read_bytes(), file


def test_arrays_are_swept_over(small: ds.Experiment, blobs: tuple[np.ndarray, ...]) -> None:
    small["data.scaling"] = "none"
    found = ds.sweep(small, {"training.rate": [0.002]}, data=blobs, progress=False)
    run = ds.run(small, data=blobs, progress=False)
    assert float(found.final.test_accuracy.squeeze()) == float(run.metrics.test_accuracy[-1])


@pytest.mark.parametrize(
    ("axes", "told"),
    [
        ({"nudging.alfa": [0, 1]}, "nudging.alfa"),
        ({"nudging.alpha": [0, 2]}, "nudging.alpha"),
        ({"nudging.alpha": 3}, "list of values"),
        ({"replicate": {"points": {"values": [1]}}}, "name"),
    ],
)
def test_wrong_axes_are_refused(small: ds.Experiment, axes: dict[str, object], told: str) -> None:
    with pytest.raises((ValueError, ds.DyadError), match=told):
        ds.sweep(small, axes, progress=False)


def test_a_budget_tells_what_each_non_ideality_costs(small: ds.Experiment) -> None:
    small.update({"hardware.input_noise_std": 0.5, "hardware.units.readout_noise.std": 0.2})
    budget = ds.ablate(small, replicates=2, progress=False)
    assert set(budget.costs.non_ideality.values) >= {"all"} and len(budget.costs.non_ideality) == 3
    assert {"alone", "alone_error", "angle_recovered"} <= set(budget.costs.data_vars)
    assert "variant" in budget.final.dims
    with pytest.raises(ds.DyadError, match="ideal"):
        ds.ablate(small.with_({"hardware": "ideal"}), progress=False)


def test_robustness_is_measured_of_a_run(small: ds.Experiment, blobs: tuple[np.ndarray, ...], tmp_path: Path) -> None:
    small["data.scaling"] = "none"
    run = ds.run(small, data=blobs, progress=False)
    found = ds.robustness(run, data=blobs, samples=20, epsilons_l2=[0.1, 1.0], progress=False, out=tmp_path)
    accuracy = next(found[name] for name in found if name.endswith("accuracy_l2") or "l2" in str(name))
    assert accuracy.size and (tmp_path / "robustness.h5").exists()
    with pytest.raises(ValueError, match="epsilons_l2"):
        ds.robustness(run, data=blobs, epsilons_l2=[1.0, 0.1], progress=False)
    with pytest.raises((ValueError, ds.DyadError), match="memory"):
        ds.robustness(run, progress=False)


def test_reference_cases_are_replayed(repository: Path) -> None:
    golden = sorted((repository / "tests/golden").glob("*.json"))[:2]
    cases = ds.verify(*golden)
    assert cases and all(case.passed for case in cases) and "states" in cases[0].deviations
    with pytest.raises(ds.DyadError):
        ds.verify(repository / "README.md")


def test_figures_and_pages_of_a_run_are_shown(small: ds.Experiment, tmp_path: Path) -> None:
    run = ds.run(small, out=tmp_path / "run", progress=False)
    figure = run.plot()
    assert "<svg" in figure._repr_svg_()
    figure.save(tmp_path / "a.png", tmp_path / "a.pdf")
    assert (tmp_path / "a.png").stat().st_size > 1000 and (tmp_path / "a.pdf").read_bytes()[:4] == b"%PDF"
    page = run.report()
    assert page.path == run.folder / "report.html" and "<iframe" in page._repr_html_()
    with pytest.raises((ValueError, ds.DyadError), match="kind|curves"):
        run.plot("no-such-kind")
    with pytest.raises(ValueError, match="no option"):
        run.plot(colour="red")
    shutil.rmtree(tmp_path / "run")
