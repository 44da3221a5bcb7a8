//! Calibration of the dyads of a die at work: what their circuits read without a nudge is measured, or estimated all the time.
use crate::costs::Operations;
use crate::credit::Inference;
use crate::device::noise_key::{Context, Tick};
use crate::linalg::{Matrix, MatrixView};
use crate::network::Network;
use crate::random::{NormalStream, Purpose, key};
use crate::relax::NetworkState;
use crate::substrate::Calibration;
use crate::substrate::calibration::{Calibrated, CalibrationMethod, Correction, Sums};
use crate::substrate::die::Die;

/// What a number is drawn for.
#[derive(Clone, Copy)]
#[repr(u64)]
enum Drawn {
    Read = 0,
    Drift = 1,
}

/// Calibrates by reads, if they are due before training step `step`, and lets what is stored drift. Returns what the chip has
/// done for it.
pub(super) fn calibrate(inference: &mut Inference, network: &Network, inputs: MatrixView, step: u64) -> Operations {
    let nothing = Operations::default();
    let Some(calibration) = inference.substrate.calibration() else { return nothing };
    drift(inference, &calibration, step);
    let CalibrationMethod::Reads(reads) = calibration.method else { return nothing };
    let due = step == 0 || reads.every_steps.is_some_and(|n| step.is_multiple_of(n.get() as u64));
    if !due {
        return nothing;
    }
    // What is measured must not contain what the last calibration has found.
    if let Some(die) = inference.substrate.die_mut() {
        die.clear_corrections();
    }
    let mut state = NetworkState::zeros(network, inputs.ncols(), &inference.substrate);
    let Some(die) = inference.substrate.die_mut() else { return nothing };
    let mut sums: Vec<[Vec<Sums>; 2]> =
        die.populations.iter().map(|devices| [(); 2].map(|()| vec![Sums::default(); devices.circuits()])).collect();
    for read in 0..reads.count.get() as u64 {
        state.begin(Context::Calibration, step);
        // Reads are as far apart in the key as a stimulus can have updates.
        state.skip_ticks(read << 32);
        inference.forward(network, inputs, &mut state);
        state.finish_update(network);
        let Some(die) = inference.substrate.die_mut() else { return nothing };
        for (k, sums) in (1..).zip(&mut sums) {
            for (number, sums) in sums.iter_mut().enumerate() {
                let circuits = sums.len();
                let [x, y] = read_differences(die, &state, k, number, calibration.noise_std.get() as f32);
                let applies = die.corrections[k - 1].difference.estimated.applies;
                for (i, (x, y)) in x.iter().zip(y.iter()).enumerate().filter(|(_, (x, _))| applies.at(**x)) {
                    sums[i % circuits].add(f64::from(*x), f64::from(*y));
                }
            }
        }
    }
    let Some(die) = inference.substrate.die_mut() else { return nothing };
    let quantiser = calibration.resolution.quantiser();
    for (k, sums) in sums.iter().enumerate() {
        let places = die.populations[k].places;
        for (correction, sums) in die.corrections[k].both_mut().into_iter().zip(sums) {
            let (offsets, slopes): (Vec<f32>, Vec<f32>) = sums
                .iter()
                .map(|sums| sums.fit(calibration.parameters).map(|x| x as f32))
                .map(|[offset, slope]| (offset, slope))
                .unzip();
            correction.estimated.offset = offsets.repeat(places);
            correction.estimated.slope = slopes.repeat(places);
            correction.store(quantiser);
        }
    }
    state.take_operations()
}

/// Lets running estimates follow what the dyads read at present. To be called when their learning circuits have read.
pub(super) fn follow(inference: &mut Inference, state: &NetworkState) {
    let Some(calibration) = inference.substrate.calibration() else { return };
    let CalibrationMethod::Running(running) = calibration.method else { return };
    let Some(die) = inference.substrate.die_mut() else { return };
    let (rate, has_slope) = (running.rate.get(), calibration.parameters != Calibrated::Offset);
    let quantiser = calibration.resolution.quantiser();
    for k in 1..=die.populations.len() {
        for number in 0..2 {
            let [x, y] = read_differences(die, state, k, number, calibration.noise_std.get() as f32);
            let (circuits, places) = (die.populations[k - 1].circuits(), die.populations[k - 1].places);
            let [difference, signal] = die.corrections[k - 1].both_mut();
            let Correction { estimated, .. } = if number == 0 { &mut *difference } else { &mut *signal };
            let share = rate / (x.ncols() * places) as f64;
            let mut steps = vec![[0.0f64; 2]; circuits];
            let applies = estimated.applies;
            for (i, (x, y)) in x.iter().zip(y.iter()).enumerate().filter(|(_, (x, _))| applies.at(**x)) {
                let unit = i % circuits;
                let x = if has_slope { f64::from(*x) } else { 0.0 };
                let expected = f64::from(estimated.offset[unit]) + f64::from(estimated.slope[unit]) * x;
                let step = share * (f64::from(*y) - expected) / (1.0 + x * x);
                steps[unit][0] += step;
                steps[unit][1] += step * x;
            }
            for (i, (offset, slope)) in estimated.offset.iter_mut().zip(&mut estimated.slope).enumerate() {
                let [of_offset, of_slope] = steps[i % circuits];
                *offset += of_offset as f32;
                *slope += of_slope as f32;
            }
            if number == 0 { difference } else { signal }.store(quantiser);
        }
    }
}

/// s̄ of population k, and its differences of the first compartment less the second as they are read for a calibration:
/// those of the states (number 0), or those that its learning circuit has read (1), before anything is subtracted.
fn read_differences(die: &Die, state: &NetworkState, k: usize, number: usize, noise_std: f32) -> [Matrix; 2] {
    let devices = &die.populations[k - 1];
    let [plus, minus] = match number {
        1 => state.read_compartments(k),
        _ => [&state.dyads()[k - 1].s_plus, &state.dyads()[k - 1].s_minus],
    };
    let mut y = plus - minus;
    let mut x = y.clone();
    for (mut x, minus) in x.column_iter_mut().zip(minus.column_iter()) {
        x.iter_mut().zip(minus.iter()).zip(&devices.alpha).for_each(|((x, minus), alpha)| *x = minus + alpha * *x);
    }
    if number == 1 {
        y.copy_from(state.read_difference(k));
    }
    // Of the first compartment less the second, whichever their roles are.
    if let Some(roles) = state.roles(k) {
        roles.apply(&mut y);
    }
    if number == 1 {
        let subtracted = &die.corrections[k - 1].signal.subtracted;
        for (mut y, x) in y.column_iter_mut().zip(x.column_iter()) {
            y.iter_mut().zip(x.iter()).enumerate().for_each(|(i, (y, x))| *y += subtracted.at(i, *x));
        }
    }
    if noise_std > 0.0 {
        let Tick { context, step, number: tick } = state.tick();
        let indices = [Drawn::Read as u64, context as u64, step, tick, k as u64, number as u64];
        let mut noise = vec![0.0; y.len()];
        NormalStream::new(key(die.noise_seed, Purpose::Calibration, &indices)).fill(&mut noise);
        y.iter_mut().zip(noise).for_each(|(y, noise)| *y += noise_std * noise);
    }
    [x, y]
}

/// The random walk of what is stored, of the training step before `step`.
fn drift(inference: &mut Inference, calibration: &Calibration, step: u64) {
    let std = calibration.drift_std.get() as f32;
    if std == 0.0 || step == 0 {
        return;
    }
    let Some(die) = inference.substrate.die_mut() else { return };
    let has_slope = calibration.parameters == Calibrated::OffsetAndGain;
    for k in 1..=die.populations.len() {
        let (circuits, places) = (die.populations[k - 1].circuits(), die.populations[k - 1].places);
        for (number, correction) in die.corrections[k - 1].both_mut().into_iter().enumerate() {
            let indices = [Drawn::Drift as u64, step, k as u64, number as u64];
            let mut draw = NormalStream::new(key(die.noise_seed, Purpose::Calibration, &indices));
            let Correction { estimated, subtracted } = correction;
            for parameter in 0..if has_slope { 2 } else { 1 } {
                let mut walk = vec![0.0; circuits];
                draw.fill(&mut walk);
                let walk = walk.repeat(places);
                for expected in [&mut *estimated, &mut *subtracted] {
                    let values = if parameter == 0 { &mut expected.offset } else { &mut expected.slope };
                    values.iter_mut().zip(&walk).for_each(|(value, z)| *value += std * z);
                }
            }
        }
    }
}
