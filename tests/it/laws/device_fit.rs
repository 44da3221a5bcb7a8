//! Devices that are fitted: numbers of curves that the simulator has made come back within their standard errors.
use dyadsim::fit::{Curves, DeviceCurve, Fit, FitRequest, FittedModel, Read, Sequence, fit};
use dyadsim::linalg::{Matrix, WeightMatrix};
use dyadsim::random::{Purpose, Seeds, stream};
use dyadsim::synapse::pulsed::array::PulsedArray;
use dyadsim::synapse::pulsed::config::PulsedDevice;
use law_assertions::assert_estimate;
use serde_json::{Value, json};

/// Curves of `devices` devices: cycles of pulses up and as many down.
fn curves(device: &Value, devices: usize, cycles: usize, pulses: usize) -> Curves {
    let device: PulsedDevice = serde_json::from_value(device.clone()).unwrap();
    let mut array = PulsedArray::draw(&device, Seeds::default(), 1, devices, 1);
    array.set(&WeightMatrix::from_matrix(&Matrix::zeros(devices, 1)), &vec![1.0; devices]);
    let mut draw = stream(7, Purpose::SynapseWrite, &[0]);
    let measured = (0..devices).map(|i| {
        let start = f64::from(array.read(i, 0));
        let reads = (0..2 * cycles * pulses).map(|n| {
            let up = (n / pulses).is_multiple_of(2);
            array.pulse(i, 0, up, 1, &mut draw);
            Read { up, pulses: 1, weight: f64::from(array.read(i, 0)) }
        });
        DeviceCurve { name: i.to_string(), sequences: vec![Sequence { start, reads: reads.collect() }] }
    });
    Curves::new(measured.collect(), "weight", Some(0.0), Some(1.0)).unwrap()
}

fn fitted(curves: &Curves, model: &str) -> Fit {
    let model: FittedModel = model.parse().unwrap();
    fit(curves, &FitRequest { model, name: "fitted".to_owned(), source: "a test".to_owned() }).unwrap()
}

/// Every number that is expected comes back within four of its standard errors, which are at most these.
fn assert_numbers(fit: &Fit, expected: &[(&str, f64, f64)]) {
    for (key, value, most) in expected {
        let own = fit.estimates.iter().find(|own| own.key == *key).unwrap_or_else(|| panic!("no {key}"));
        assert!(own.standard_error <= *most, "{key}: ± {} is more than {most}", own.standard_error);
        assert_estimate(own.value, *value, own.standard_error, key);
    }
}

/// Noisy steps or noisy reads: neither is taken for the other, nor does it bend the step.
#[test]
fn soft_bounds_come_back_from_noisy_steps_and_noisy_reads() {
    for (step_noise, read_noise) in [(2.0, 0.5), (0.2, 8.0), (1.5, 3.0)] {
        let device = json!({
            "model": {"soft_bounds": {}}, "dw_min": 0.01, "up_down": 0.3, "w_max": 0.8, "w_min": -1.2,
            "dw_min_std": step_noise, "write_noise_std": read_noise,
        });
        let fit = fitted(&curves(&device, 1, 10, 300), "soft_bounds");
        assert_numbers(
            &fit,
            &[("dw_min", 0.01, 0.001), ("up_down", 0.3, 0.1), ("w_max", 0.8, 0.05), ("w_min", -1.2, 0.1)],
        );
        if step_noise > 1.0 {
            assert_numbers(&fit, &[("dw_min_std", step_noise, 0.1)]);
        }
        if read_noise > 1.0 {
            assert_numbers(&fit, &[("write_noise_std", read_noise, 0.5)]);
        }
    }
}

#[test]
fn spreads_between_devices_come_back() {
    let device = json!({
        "model": {"soft_bounds": {}}, "dw_min": 0.01, "dw_min_dtod": 0.3, "up_down": -0.2, "up_down_dtod": 0.1,
        "w_max": 1.0, "w_min": -1.0, "w_max_dtod": 0.1, "w_min_dtod": 0.2, "dw_min_std": 0.5, "write_noise_std": 1.0,
    });
    let fit = fitted(&curves(&device, 120, 3, 200), "soft_bounds");
    assert_numbers(
        &fit,
        &[
            ("dw_min", 0.01, 0.0005),
            ("dw_min_dtod", 0.3, 0.03),
            ("up_down", -0.2, 0.04),
            ("up_down_dtod", 0.1, 0.02),
            ("w_max", 1.0, 0.02),
            ("w_max_dtod", 0.1, 0.01),
            ("w_min", -1.0, 0.03),
            ("w_min_dtod", 0.2, 0.02),
            ("dw_min_std", 0.5, 0.02),
            ("write_noise_std", 1.0, 0.05),
        ],
    );
    assert!(fit.warnings.is_empty(), "{:?}", fit.warnings);
}

#[test]
fn shapes_of_other_models_come_back() {
    let device = |model: Value| json!({"model": model, "dw_min": 0.01, "w_max": 1.0, "w_min": -1.0, "dw_min_std": 0.5, "write_noise_std": 1.0});
    let linear = json!({"linear_step": {
        "gamma_up": 0.8, "gamma_down": 0.5, "gamma_up_dtod": 0.0, "gamma_down_dtod": 0.0, "mean_bound_reference": false,
    }});
    let fit = fitted(&curves(&device(linear), 4, 4, 400), "linear_step");
    let gammas = [("model.linear_step.gamma_up", 0.8, 0.1), ("model.linear_step.gamma_down", 0.5, 0.1)];
    assert_numbers(&fit, &gammas);
    assert_numbers(&fit, &[("dw_min", 0.01, 0.001), ("w_max", 1.0, 0.05), ("w_min", -1.0, 0.05)]);

    let power = json!({"pow_step": {"gamma": 2.0, "gamma_dtod": 0.0, "up_down": 0.4}});
    let fit = fitted(&curves(&device(power), 4, 4, 400), "pow_step");
    assert_numbers(&fit, &[("model.pow_step.gamma", 2.0, 0.5), ("model.pow_step.up_down", 0.4, 0.1)]);

    let exponential = json!({"exp_step": {
        "a": 1.0, "b": 0.0, "amplitude_up": 0.1, "amplitude_down": 0.2, "gamma_up": 2.0, "gamma_down": 1.2,
    }});
    let fit = fitted(&curves(&device(exponential), 6, 4, 400), "exp_step");
    assert_numbers(&fit, &[("dw_min", 0.01, 0.002), ("dw_min_std", 0.5, 0.05)]);
    assert!(fit.quality.iter().all(|own| own.r_squared > 0.99), "{:?}", fit.quality);

    let piecewise = json!({"piecewise_step": {"up": [1.5, 1.0, 0.4], "down": [0.5, 0.8, 2.0]}});
    let fit = fitted(&curves(&device(piecewise), 6, 4, 400), "piecewise_step:3");
    assert_numbers(&fit, &[("dw_min", 0.01, 0.001), ("model.piecewise_step.down[1]", 0.8, 0.1)]);
    let constant = fitted(&curves(&device(json!("constant_step")), 4, 4, 400), "constant_step");
    assert_numbers(&constant, &[("dw_min", 0.01, 0.001), ("w_max", 1.0, 0.02), ("w_min", -1.0, 0.02)]);
}

/// The model that made the curves predicts them best, and its file makes the same kind of devices.
#[test]
fn the_model_that_has_made_the_curves_has_the_lowest_aic() {
    let device = json!({
        "model": {"soft_bounds": {"multiplicative_noise": false}}, "dw_min": 0.01, "w_max": 1.0, "w_min": -0.5,
        "dw_min_std": 1.0, "write_noise_std": 1.0,
    });
    let measured = curves(&device, 2, 4, 300);
    let own = fitted(&measured, "soft_bounds");
    for other in ["constant_step", "exp_step", "piecewise_step:3"] {
        assert!(own.aic < fitted(&measured, other).aic, "{other}");
    }
    let file: Value = serde_json::from_str(&own.text).unwrap();
    let fitted = &file["synapses"]["pulsed"]["device"];
    assert_eq!(fitted["model"], json!({"soft_bounds": {"multiplicative_noise": false}}));
    let again: PulsedDevice = serde_json::from_value(fitted.clone()).unwrap();
    assert!((again.granularity() - 0.01).abs() < 0.001);
}
