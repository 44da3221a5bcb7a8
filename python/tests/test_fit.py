import json
from pathlib import Path

import numpy as np
import pytest

import dyadsim as ds

DEVICE = {
    "model": "soft_bounds",
    "dw_min": 0.01,
    "dw_min_dtod": 0.2,
    "w_max": 1.0,
    "w_min": -1.0,
    "w_max_dtod": 0.1,
    "w_min_dtod": 0.1,
    "dw_min_std": 0.5,
    "write_noise_std": 1.0,
}


@pytest.fixture
def devices() -> ds.devices.Device:
    model = dict(ds.devices.load("idealized").settings)
    model["synapses"] = {"pulsed": {"device": DEVICE}}
    return ds.devices.load(model)


def test_devices_that_were_measured_come_back(devices: ds.devices.Device, tmp_path: Path) -> None:
    response = devices.pulse_response(up=300, down=300, n=30)
    microsiemens = 50 + 40 * response.values
    direction = ["", *["up"] * 300, *["down"] * 300]
    fit = ds.devices.fit(microsiemens, "soft_bounds", direction=direction, zero=50, unit=40, name="mine")
    assert fit.model == "soft_bounds" and fit.warnings == [] and "soft_bounds" in repr(fit)
    found = fit.parameters
    for key in ("dw_min", "w_max", "w_min", "dw_min_std", "write_noise_std", "dw_min_dtod", "w_max_dtod"):
        own = found.sel(key=key)
        off = abs(float(own.value) - DEVICE[key])
        assert off < 4 * float(own.standard_error) < 0.4 * abs(DEVICE[key]) + 0.3, key
    assert fit.up.r_squared > 0.95 and fit.down.reads == 9000 and 0.4 < fit.up.rmse < 2
    curve = fit.curves["0"]
    assert curve.sizes["pulse"] == 601 and abs(float(curve.read[0]) - microsiemens[0, 0]) < 1e-4
    assert "<svg" in fit._repr_html_() and "dw_min" in fit._repr_html_()
    fit.draw(tmp_path / "fit.pdf")
    assert (tmp_path / "fit.pdf").stat().st_size > 1000
    # It is a hardware model like any other.
    model = json.loads(fit.save(tmp_path / "mine.json").read_text())
    assert model == fit.hardware and model["name"] == "mine"
    again = ds.devices.load(tmp_path / "mine.json").pulse_response(300, 300, 200)
    for pulse in (0, 300, 600):
        assert abs(float(again[pulse].mean()) - float(response[pulse].mean())) < 0.1
    assert fit.device.kind == "pulsed"


def test_tables_and_files_are_taken(devices: ds.devices.Device, tmp_path: Path) -> None:
    reads = devices.pulse_response(up=100, down=100, n=1).values[:, 0]
    table = {"G": reads, "direction": [0, *[1] * 100, *[-1] * 100], "time": np.arange(201.0)}
    options = {"columns": {"weight": "G"}, "ignore": ["time"], "name": "own"}
    of_table = ds.devices.fit(table, "soft_bounds", **options)
    lines = ["G,direction,time", *(f"{g!r},{d},{t}" for g, d, t in zip(reads.tolist(), table["direction"], table["time"]))]
    (tmp_path / "own.csv").write_text("\n".join(lines))
    of_file = ds.devices.fit(tmp_path / "own.csv", "soft_bounds", **options)
    np.testing.assert_array_equal(of_table.parameters.value, of_file.parameters.value)
    assert of_table.unit == 1 and of_table.zero == 0
    best = ds.devices.fit(table, **options)
    assert set(best.aic) == set(ds.devices.models()) and best.aic[best.model] == min(best.aic.values())


def test_what_cannot_be_fitted_is_refused(tmp_path: Path) -> None:
    reads = np.linspace(0, 1, 20)
    ups = ["up"] * 20
    for options, message in [
        ({}, "direction: of the pulse"),
        ({"direction": ups[1:]}, "needs 20 values"),
        ({"direction": ups}, "0 reads after pulses down"),
        ({"direction": ups, "device": "a"}, "one axis"),
        ({"direction": ups, "model": "soft"}, "must be one of constant_step"),
        ({"direction": ups, "unit": -1}, "unit: must be"),
        ({"direction": ["left"] * 20}, "must be up, down or empty"),
        ({"direction": ups, "columns": {"weight": "nothing"}}, 'no column "nothing"'),
    ]:
        with pytest.raises(ValueError, match=message):
            ds.devices.fit(reads, **options)
    with pytest.raises(ValueError, match="finite number"):
        ds.devices.fit(np.array([0, np.nan, 1]), direction=["", "up", "down"])
    with pytest.raises(ValueError, match="does not move"):
        ds.devices.fit(np.ones(20), direction=ups)
    with pytest.raises(ValueError, match="pulse, device"):
        ds.devices.fit(np.ones((2, 2, 2)), direction=["up"] * 2)
    with pytest.raises(ValueError, match="one length"):
        ds.devices.fit({"weight": [1, 2], "direction": ["up"]})
    with pytest.raises(FileNotFoundError):
        ds.devices.fit(tmp_path / "no.csv")
