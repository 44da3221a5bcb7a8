//! What a learning rate means for synapses that are pulsed devices.
use super::error::ConfigError;
use super::setup::Setup;
use crate::synapse::config::SynapseConfig;
use std::fmt::Write;

/// For `dyad explain`: rate, step and largest change in weights, projection by projection; none without pulsed devices.
///
/// A device moves by −η ∂ℓ/∂w_device in the mean, and a weight is `scale` times its device: it moves by
/// −η `scale`² ∂ℓ/∂W.
///
/// # Errors
/// As [`Setup::architecture`].
pub fn pulsed_rates(setup: &Setup, sample_shape: &[usize], classes: usize) -> Result<Option<String>, ConfigError> {
    let SynapseConfig::Pulsed(pulsed) = &setup.hardware.synapses else { return Ok(None) };
    let architecture = setup.architecture(sample_shape, classes)?;
    let (rate, granularity) = (setup.experiment.training.rate.get(), pulsed.device.granularity());
    let length = pulsed.train.length.get() as f64;
    let mut text = String::from("pulsed synapses\n");
    let mut line = |line: String| writeln!(text, "  {line}").expect("a string takes all");
    line(format!("a weight is scale times its device and moves by -rate scale^2 of its gradient, here rate = {rate}"));
    line(format!("a step of a device at 0 is {granularity:.4e}, and one stimulus makes {length} at most"));
    line("projection  fan-in       scale  rate of weights  step of a weight  most by a stimulus".to_owned());
    for (route, k) in architecture.routes().iter().zip(1..) {
        let array = route.map.array();
        // A wire has no devices.
        let Some(scale) = pulsed.scale.fixed(array.columns).map(f64::from).filter(|_| array.rows > 0) else { continue };
        let (of_weights, step) = (rate * scale * scale, granularity * scale);
        line(format!(
            "{k:>10}  {:>6}  {scale:>10.4e}  {of_weights:>15.4e}  {step:>16.4e}  {:>18.4e}",
            array.columns,
            length * step
        ));
    }
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use super::super::Edit;
    use super::*;
    use std::path::Path;

    fn rates(hardware: &str) -> Option<String> {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/quickstart.json");
        let edits = [format!("hardware=../hw_models/{hardware}.json"), "training.rate=2".to_owned()];
        let edits = edits.map(|text| Edit::parse(&text).unwrap());
        pulsed_rates(&Setup::load(&file, &edits).unwrap(), &[100], 10).unwrap()
    }

    /// 1/√100 for a device at 1, so that weights learn at a hundredth of the rate.
    #[test]
    fn a_rate_is_told_in_weights() {
        assert_eq!(rates("ideal"), None);
        let text = rates("reram_es").unwrap();
        let first = text.lines().nth(4).unwrap().split_whitespace().collect::<Vec<_>>();
        assert_eq!(first[..4], ["1", "100", "1.0000e-1", "2.0000e-2"], "{text}");
        // 1.475 dw_min, and 31 steps of it.
        let numbers: Vec<f64> = first[4..].iter().map(|x| x.parse().unwrap()).collect();
        assert!((numbers[0] / (1.475 * 0.00135 * 0.1) - 1.0).abs() < 1e-3, "{text}");
        assert!((numbers[1] / (31.0 * numbers[0]) - 1.0).abs() < 1e-3, "{text}");
    }
}
