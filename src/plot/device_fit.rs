//! Measured curves with the fitted devices on them, and steps by weight.
use crate::figure::{
    Figure, HorizontalAxis, KeyEntry, Line, LinePanel, LineSection, Look, Scaling, Section, Sheet, Spacing, Tone,
    VerticalAxis, Width,
};
use crate::fit::{Curves, DeviceCurve, Fit, predicted};
use crate::synapse::pulsed::mean_device::MeanDevice;
use crate::vocabulary::number::{counted, short};

/// Devices that are shown.
const SHOWN: usize = 4;
/// Reads of each.
const READS: usize = 2000;
/// Bins of the measured steps.
const BINS: usize = 12;
/// Steps that a bin needs.
const FEWEST: usize = 3;

/// Curves of the first devices with the fit, and all their steps by weight.
pub fn device_fit(curves: &Curves, fit: &Fit) -> Figure {
    let pairs = || curves.devices.iter().zip(&fit.devices);
    let units = &curves.units;
    let value = |weight: f64| units.zero + units.unit * weight;
    let shown = pairs().take(SHOWN).map(|(curve, device)| curve_panel(curve, device, &value)).collect();
    let entry = |label: &str, tone, look| KeyEntry { label: label.to_owned(), tone, look };
    let vertical = |name: String, shared| VerticalAxis {
        name,
        limits: [f64::NEG_INFINITY, f64::INFINITY],
        scaling: Scaling::Linear,
        shared,
        range: [None; 2],
    };
    let lines = LineSection {
        title: "Curves".to_owned(),
        x: HorizontalAxis::new("pulse".to_owned(), Spacing::Whole),
        y: vertical(units.quantity.clone(), true),
        key: vec![entry("read", Tone::Muted, Look::Points), entry(&fit.model.to_string(), Tone::Nth(0), Look::Band)],
        panels: shown,
    };
    let steps = LineSection {
        title: "Step by weight".to_owned(),
        x: HorizontalAxis::new("weight".to_owned(), Spacing::Linear),
        y: vertical("step".to_owned(), false),
        key: vec![
            entry("read, mean and its standard error", Tone::Muted, Look::Points),
            entry("up", Tone::Plus, Look::Band),
            entry("down", Tone::Minus, Look::Band),
        ],
        panels: pairs().take(SHOWN).map(|(curve, device)| step_panel(curve, device)).collect(),
    };
    let [up, down] =
        fit.quality.map(|own| format!("R² {:.4}, RMSE {} of {} reads", own.r_squared, short(own.rmse, 6), own.reads));
    Figure::Sheet(Sheet {
        title: fit.hardware.name.clone(),
        subtitle: format!(
            "{} fitted to {}. Up: {up}. Down: {down}.",
            fit.model,
            counted(curves.devices.len(), "device")
        ),
        width: Width::Page,
        sections: vec![Section::Lines(lines), Section::Lines(steps)],
    })
}

fn title(curve: &DeviceCurve) -> String {
    format!("device {}", curve.name)
}

fn curve_panel(curve: &DeviceCurve, device: &MeanDevice, value: &impl Fn(f64) -> f64) -> LinePanel {
    let [mut read, mut fitted] = [0, 1].map(|entry| Line { entry, ..Line::default() });
    let mut pulse = 0.0;
    for sequence in &curve.sequences {
        if read.x.len() >= READS {
            break;
        }
        let mut point = |pulse: f64, weight: f64, found: f64| {
            for (line, y) in [(&mut read, weight), (&mut fitted, found)] {
                line.x.push(pulse);
                line.y.push(value(y));
            }
        };
        // A gap, so that the line of one sequence does not run into the next.
        if pulse > 0.0 {
            pulse += 1.0;
            point(pulse, f64::NAN, f64::NAN);
        }
        point(pulse, sequence.start, sequence.start);
        for (own, found) in sequence.reads.iter().zip(predicted(device, sequence)).take(READS) {
            pulse += f64::from(own.pulses);
            point(pulse, own.weight, found);
        }
    }
    LinePanel { title: title(curve), lines: vec![read, fitted], ..LinePanel::default() }
}

fn step_panel(curve: &DeviceCurve, device: &MeanDevice) -> LinePanel {
    let weights: Vec<f64> = curve.weights().collect();
    let lowest = weights.iter().copied().fold(f64::INFINITY, f64::min);
    let highest = weights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let mut lines = vec![];
    for (entry, up) in [(1, true), (2, false)] {
        let sign = if up { 1.0 } else { -1.0 };
        let mut measured = Line::default();
        for bin in 0..BINS {
            let edge = |n: usize| lowest + (highest - lowest) * n as f64 / BINS as f64;
            let steps = steps_from(curve, up, [edge(bin), edge(bin + 1)]);
            if steps.len() < FEWEST {
                continue;
            }
            let count = steps.len() as f64;
            let mean = steps.iter().sum::<f64>() / count;
            let variance = steps.iter().map(|step| (step - mean).powi(2)).sum::<f64>() / (count - 1.0);
            let error = (variance / count).sqrt();
            measured.x.push((edge(bin) + edge(bin + 1)) / 2.0);
            measured.y.push(mean);
            measured.spread.push([mean - error, mean + error]);
        }
        let x: Vec<f64> = (0..=100).map(|n| lowest + (highest - lowest) * f64::from(n) / 100.0).collect();
        let y = x.iter().map(|&w| sign * device.step(device.clipped(w), up).size).collect();
        lines.extend([measured, Line { entry, x, y, spread: vec![] }]);
    }
    LinePanel { title: title(curve), lines, levels: vec![0.0], ..LinePanel::default() }
}

/// Steps of single pulses in a direction from weights in a range.
fn steps_from(curve: &DeviceCurve, up: bool, [low, high]: [f64; 2]) -> Vec<f64> {
    let mut found = vec![];
    for sequence in &curve.sequences {
        let mut before = sequence.start;
        for read in &sequence.reads {
            if read.up == up && read.pulses == 1 && low <= before && before < high {
                found.push(read.weight - before);
            }
            before = read.weight;
        }
    }
    found
}
