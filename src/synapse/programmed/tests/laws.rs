//! Error, drift and read noise of each model, against figures worked out by hand from its table.
use super::*;
use law_assertions::assert_share;
use statrs::distribution::{ContinuousCDF, Normal};

/// Weight whose plus device has a target of 50 µS between 8 and 90 µS.
const CMO_HALF: f32 = 42.0 / 82.0;

#[test]
fn programming_errors_have_mean_zero_and_the_spread_of_the_model() {
    for (model, weight, target, std) in [
        (ProgrammedModel::PcmLike, 0.5, 12.5, 0.952_705),
        (HERMES_ONE, 0.5, 5.175, 0.865_312_9),
        (HERMES_TWO, 0.5, 10.35, 0.991_013_2),
        (state_independent(), 0.5, 12.5, 0.2),
        (ProgrammedModel::ReramWan2022, 0.5, 20.0, 2.022_937_5),
        (CMO_TIGHT, CMO_HALF, 50.0, 0.054_250_57),
        (CMO_WIDE, CMO_HALF, 50.0, 0.575_732_2),
    ] {
        for scale in [1.0, 0.5] {
            let config =
                ProgrammedSynapses { programming_noise_scale: NonNegative::new(scale).unwrap(), ..settings(model) };
            let devices = plus_devices(&array(&config, weight));
            let programmed: Vec<f64> = devices.iter().map(|d| f64::from(d.programmed_us)).collect();
            assert_moments(&programmed, target, scale * std);
        }
    }
}

/// σ_P of a fit at another g_max: u stays, σ scales with g_max. Here 10 µS instead of 25 and 40 µS.
#[test]
fn errors_scale_with_the_range_of_conductances() {
    for (model, std) in
        [(ProgrammedModel::PcmLike, 0.4 * 0.952_705), (ProgrammedModel::ReramWan2022, 0.25 * 2.022_937_5)]
    {
        let config = ProgrammedSynapses { g_max_s: Some(Positive::constant(10e-6)), ..settings(model) };
        let devices = plus_devices(&array(&config, 0.5));
        let programmed: Vec<f64> = devices.iter().map(|d| f64::from(d.programmed_us)).collect();
        assert_moments(&programmed, 5.0, std);
    }
}

#[test]
fn no_conductance_is_negative_and_half_of_the_empty_devices_are_at_zero() {
    let array = array(&settings(ProgrammedModel::PcmLike), 0.0);
    let devices = plus_devices(&array);
    assert!(devices.iter().all(|d| d.programmed_us >= 0.0));
    let empty = devices.iter().filter(|d| d.programmed_us == 0.0).count();
    assert_share(empty, devices.len(), 0.5, "empty devices");
}

/// Mean and standard deviation of |μ + σξ|.
fn folded(mean: f64, std: f64) -> (f64, f64) {
    let below = Normal::new(0.0, 1.0).unwrap().cdf(-mean / std);
    let tail = std * (2.0 / std::f64::consts::PI).sqrt() * (-0.5 * (mean / std).powi(2)).exp();
    let folded = tail + mean * (1.0 - 2.0 * below);
    (folded, (mean * mean + std * std - folded * folded).sqrt())
}

#[test]
fn conductances_fall_by_ten_to_the_minus_nu_until_nine_times_the_first_read() {
    for (model, first_read_s, weight, mean, std) in [
        (ProgrammedModel::PcmLike, 20.0, 0.1, 0.060_090_1, 0.022_882_3),
        (ProgrammedModel::PcmLike, 20.0, 0.5, 0.049, 0.008),
        (HERMES_ONE, 200.0, 0.5, 0.0564, 0.012_075),
        (HERMES_TWO, 300.0, 0.5, 0.0564, 0.009),
        (state_independent(), 20.0, 0.5, 0.1, 0.05),
    ] {
        let (mean, std) = folded(mean, std);
        for scale in [1.0, 2.0] {
            // Free of error: a device that the error emptied has nothing left to drift.
            let config = ProgrammedSynapses { drift_scale: NonNegative::new(scale).unwrap(), ..reads_only(model) };
            let array = array(&config, weight);
            let later = plus_means(&array.aged(9.0 * first_read_s).unwrap());
            let devices = plus_devices(&array);
            let nu = |(g, d): (&f64, &Device)| -(g / f64::from(d.programmed_us)).log10();
            let exponents: Vec<f64> = later.iter().zip(&devices).map(nu).collect();
            assert!(exponents.iter().all(|&nu| nu > -1e-6));
            assert_moments(&exponents, scale * mean, scale * std);
        }
    }
}

#[test]
fn devices_with_metal_oxide_relax_with_the_logarithm_of_time() {
    for (time_s, mean, std) in [(1.0, 0.0, 0.411_833_4), (1e4, -0.819_739_3, 0.798_772_4)] {
        for scale in [1.0, 0.5] {
            let config = ProgrammedSynapses { drift_scale: NonNegative::new(scale).unwrap(), ..settings(CMO_WIDE) };
            let array = array(&config, CMO_HALF);
            let later = plus_means(&array.aged(time_s).unwrap());
            let shift = |(g, d): (&f64, Device)| g - f64::from(d.programmed_us);
            let shifts: Vec<f64> = later.iter().zip(plus_devices(&array)).map(shift).collect();
            assert_moments(&shifts, scale * mean, scale * std);
        }
    }
}

#[test]
fn wan_devices_have_the_spread_of_each_day() {
    let array = array(&settings(ProgrammedModel::ReramWan2022), 0.5);
    for (time_s, std) in [(1.0, 2.022_937_5), (86_400.0, 3.909), (172_800.0, 3.929_125)] {
        assert_moments(&plus_means(&array.aged(time_s).unwrap()), 20.0, std);
    }
}

/// Standard deviation in µS of g₊ − g₋, from the weights of one read.
fn assert_read_noise(config: &ProgrammedSynapses, weight: f32, span_us: f64, time_s: f64, std: f64) {
    let read = array(config, weight).read(time_s, &[3]).unwrap();
    let microsiemens: Vec<f64> = read.iter().skip(1).map(|&w| span_us * f64::from(w)).collect();
    assert_moments(&microsiemens, span_us * f64::from(weight), std);
}

#[test]
fn read_noise_grows_with_the_root_of_the_logarithm_of_time() {
    for time_s in [0.0, 1e6] {
        let growth = |first: f64, read: f64| ((time_s + first + read) / (2.0 * read)).ln().sqrt();
        // g_T Q at u = 0.5; the minus device is at zero and silent.
        for (model, span_us, std) in [
            (ProgrammedModel::PcmLike, 25.0, 12.5 * 0.013_808_7 * growth(20.0, 250e-9)),
            (HERMES_ONE, 10.35, 5.175 * 0.0217 * growth(200.0, 512e-9)),
            (HERMES_TWO, 20.7, 10.35 * 0.016_712_5 * growth(300.0, 512e-9)),
            (state_independent(), 25.0, 0.5 * growth(20.0, 250e-9)),
        ] {
            assert_read_noise(&reads_only(model), 0.5, span_us, time_s, std);
        }
    }
    for time_s in [1.0, 1e6f64] {
        let growth = ((time_s + 1e-6) / 2e-6).ln().sqrt();
        // log₁₀ 50 and, of the minus device, log₁₀ 8.
        let std = 0.027_731_65 * growth * 1.698_970f64.hypot(0.903_090);
        assert_read_noise(&reads_only(CMO_WIDE), CMO_HALF, 82.0, time_s, std);
        let half = ProgrammedSynapses { read_noise_scale: NonNegative::constant(0.5), ..reads_only(CMO_WIDE) };
        assert_read_noise(&half, CMO_HALF, 82.0, time_s, 0.5 * std);
    }
}
