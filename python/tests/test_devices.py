from pathlib import Path

import numpy as np
import pytest

import dyadsim as ds


def test_pulses_move_a_device_up_and_down() -> None:
    device = ds.devices.load("idealized")
    assert device.kind == "pulsed" and "idealized" in ds.devices.names()
    response = device.pulse_response(up=50, down=50, n=400)
    assert response.dims == ("pulse", "device") and response.shape == (101, 400)
    mean = response.mean("device")
    assert (np.diff(mean[:40]) >= 0).all() and float(mean[50]) > float(mean[0]) and float(mean[100]) < float(mean[50])
    # The same seed draws the same devices, another one others.
    np.testing.assert_array_equal(response, device.pulse_response(50, 50, 400))
    assert (response != device.pulse_response(50, 50, 400, seed=2)).any()


def test_a_step_of_constant_size_is_that_of_the_model() -> None:
    model = dict(ds.devices.load("idealized").settings)
    model["synapses"] = {
        "pulsed": {"device": {"model": "constant_step", "dw_min": 0.01, "w_min": -1, "w_max": 1, "dw_min_std": 0.3}}
    }
    response = ds.devices.load(model).pulse_response(20, 0, 4000, start=0.0)
    steps = np.diff(response.values, axis=0)
    count = steps.size
    assert abs(steps.mean() - 0.01) < 4 * 0.003 / np.sqrt(count)
    assert abs(steps.std() - 0.003) < 4 * 0.003 / np.sqrt(2 * count)


def test_programmed_weights_are_off_and_drift() -> None:
    device = ds.devices.load("pcm_like")
    weights = np.random.default_rng(1).normal(size=(30, 40))
    soon, late = device.program(weights, 100.0), device.program(weights, 1e7)
    assert soon.shape == weights.shape
    error = np.abs(soon - weights).mean()
    assert 0 < error < np.abs(late - weights).mean() < 1
    np.testing.assert_array_equal(soon, device.program(weights, 100.0))
    with pytest.raises(ValueError, match="finite"):
        device.program(np.full((2, 2), np.nan))
    with pytest.raises(ValueError, match="post, pre"):
        device.program(np.zeros(3))


def test_devices_of_another_kind_are_refused(tmp_path: Path) -> None:
    ideal = ds.devices.load("ideal")
    with pytest.raises(ValueError, match="not pulsed"):
        ideal.pulse_response(1, 1)
    with pytest.raises(ValueError, match="not programmed"):
        ideal.program(np.zeros((2, 2)))
    with pytest.raises(ValueError, match="reram_es"):
        ds.devices.load("reram_ess")
    with pytest.raises(ValueError, match="pulses"):
        ds.devices.load("reram_es").pulse_response(-1, 1)
    assert ds.devices.load(ideal.save(tmp_path / "own.json")).settings == ideal.settings
