import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pytest

import dyadsim as ds


def test_settings_are_read_and_changed_by_dotted_key(small: ds.Experiment) -> None:
    small["nudging.alpha"] = np.float32(0.25)
    assert small["nudging.alpha"] == small.nudging.alpha == 0.25
    small.training.epochs = 7
    assert small["training.epochs"] == 7
    assert small["start"] == "forward", "defaults are filled in"
    assert "nudging.alpha" in small and "nudging.alfa" not in small
    # One after the other, the last of which holds the first.
    small["nudging"] = {"alpha": 0.5, "beta": 0.2}
    assert small["nudging.beta"] == 0.2


def test_with_leaves_the_experiment_as_it_is(small: ds.Experiment) -> None:
    other = small.with_({"training.rate": 0.1, "seeds.init": 9})
    assert (other["training.rate"], small["training.rate"]) == (0.1, 0.002)
    assert other != small and ds.Experiment(small) == small


@pytest.mark.parametrize(
    ("key", "value", "told"),
    [
        ("nudging.alpha", 2, "nudging.alpha = 2"),
        ("training.epoch", 1, "did you mean `training.epochs`?"),
        ("training.epochs", "three", "training.epochs"),
        ("training.rate", float("nan"), "training.rate"),
        ("hardware.units.dt_ms", 1, "units.dt_ms"),
        ("hardware", "reram_ess", "reram_es"),
        ("lifted", {}, "lifted"),
    ],
)
def test_what_breaks_a_rule_is_a_value_error_with_its_key(
    small: ds.Experiment, key: str, value: object, told: str
) -> None:
    before = small.settings
    with pytest.raises(ValueError) as error:
        small[key] = value
    assert told in str(error.value)
    assert "--set" not in str(error.value)
    assert small.settings == before


def test_several_wrong_settings_are_told_together(small: ds.Experiment) -> None:
    with pytest.raises(ValueError) as error:
        small.update({"nudging.alpha": 2, "training.epochs": -1})
    assert "nudging.alpha" in str(error.value) and "training.epochs" in str(error.value)


def test_a_setting_that_is_not_there_is_a_key_error(small: ds.Experiment) -> None:
    with pytest.raises(KeyError, match="nudging.alpha"):
        small["nudging.alpah"]
    with pytest.raises(AttributeError, match="epochs"):
        small.training.epoch  # noqa: B018
    with pytest.raises(AttributeError, match="training"):
        small.trainig = {}
    assert small.get("nothing", 3) == 3


def test_hardware_is_part_of_it(small: ds.Experiment) -> None:
    small["hardware.input_noise_std"] = 0.1
    assert small["hardware.input_noise_std"] == small.hardware.input_noise_std == 0.1
    small["hardware"] = "reram_es"
    assert small.hardware.name != "ideal" and small["hardware.input_noise_std"] == 0
    own = {**json.loads(dict(ds._dyadsim.shipped_models())["ideal"]), "name": "My chip!"}
    small["hardware"] = own
    assert (small["hardware"], small.hardware.name) == ("my_chip.hardware.json", "My chip!")


def test_files_are_read_like_the_program_reads_them(repository: Path) -> None:
    exp = ds.Experiment(repository / "experiments/quickstart.json", {"training.epochs": 1})
    assert exp.name == "quickstart" and exp["training.epochs"] == 1
    with pytest.raises(ValueError, match="cannot be read"):
        ds.Experiment(repository / "experiments/nothing.json")


def test_what_is_saved_is_the_same_from_another_folder(repository: Path, tmp_path: Path) -> None:
    exp = ds.Experiment(repository / "experiments/quickstart.json", {"hardware.input_noise_std": 0.1})
    exp["data.source"] = {"npz": {"file": "digits.npz"}}
    again = ds.Experiment(exp.save(tmp_path / "own.json"))
    assert again.hardware.input_noise_std == 0.1
    moved = tmp_path / again["data.source.npz.file"]
    assert moved.resolve() == repository / "experiments/digits.npz"
    # A model that comes with the package, or a file that was not changed, needs no copy.
    plain = ds.Experiment(repository / "experiments/quickstart.json")
    assert ds.Experiment(plain.save(tmp_path / "plain.json")) .hardware.name == plain.hardware.name
    assert not (tmp_path / "plain.hardware.json").exists()


def test_copies_and_pickles_are_whole(small: ds.Experiment) -> None:
    small["hardware.input_noise_std"] = 0.1
    for again in (pickle.loads(pickle.dumps(small)), copy.deepcopy(small)):
        assert again == small and again.path == small.path
        again["seeds.init"] = 5
        assert again != small


def test_it_explains_itself(small: ds.Experiment) -> None:
    table = small.explain()
    alpha = next(setting for setting in table if setting.key == "nudging.alpha")
    assert (alpha.value, alpha.unit, alpha.origin) == (0.0, "1", "file") and alpha.doc
    assert "nudging.alpha" in str(table) and "<table>" in table._repr_html_()
    assert "small" in repr(small) and "<table>" in small._repr_html_()
    assert "batch" in small.doc("training") and small.training.__doc__


def test_names_are_completed(small: ds.Experiment) -> None:
    assert {"nudging", "training", "hardware"} <= set(dir(small))
    assert "batch_size" in dir(small.training) and "units" in dir(small.hardware)
    assert {"nudging", "nudging.alpha", "hardware.units"} <= set(small._ipython_key_completions_())
