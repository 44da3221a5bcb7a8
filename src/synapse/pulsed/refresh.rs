//! Pairs of devices that only move up: those that have run out of range are reset and written again.
use super::block::Block;
use super::config::{PulsedDevice, Refresh, Rewrite, WriteAndVerify};
use super::train::PulseTrain;
use crate::random::Stream;

/// Resets the pairs of a block (columns of `post` devices) that have run out of range, and writes their differences
/// again.
pub(super) fn refresh(config: &PulsedDevice, pair: &mut [Block], post: usize, draw: &mut Stream) {
    let (Some(limits), [plus, minus]) = (config.one_sided_pair, pair) else { return };
    let Refresh { above, other_above, rewrite } = limits;
    let full = config.w_max.get() as f32;
    let (above, other) = (above.get() as f32 * full, other_above.get() as f32 * full);
    for first in (0..plus.read.len()).step_by(post.max(1)) {
        let mut column: Vec<(usize, f32)> = vec![];
        for i in first..first + post {
            let (p, m) = (plus.read[i], minus.read[i]);
            if (p > above && m > other) || (m > above && p > other) {
                column.push((i, p - m));
            }
        }
        for &(i, _) in &column {
            plus.reset(config, i, draw);
            minus.reset(config, i, draw);
        }
        match rewrite {
            Rewrite::PulseTrain(_) if column.is_empty() => {}
            Rewrite::PulseTrain(train) => {
                write_train(config, plus, &column, 1.0, &train, draw);
                write_train(config, minus, &column, -1.0, &train, draw);
            }
            Rewrite::WriteAndVerify(limits) => {
                column.iter().for_each(|&(i, aim)| write_and_verify(config, [plus, minus], i, aim, &limits, draw));
            }
        }
    }
}

/// Raises the devices of a column whose difference has this sign, all by one train.
fn write_train(
    config: &PulsedDevice,
    side: &mut Block,
    column: &[(usize, f32)],
    sign: f32,
    train: &PulseTrain,
    draw: &mut Stream,
) {
    let aims: Vec<f32> = column.iter().map(|(_, difference)| (sign * difference).max(0.0)).collect();
    let Some(trains) = train.trains(&aims, &[1.0], 1.0, config.granularity() as f32, draw) else { return };
    for (row, &(i, _)) in column.iter().enumerate() {
        let count = trains.coincidences(row, 0);
        if count > 0 {
            side.pulse(config, i, true, count, draw);
        }
    }
}

/// Raises devices `i` pulse by pulse until their difference is read as `aim`.
fn write_and_verify(
    config: &PulsedDevice,
    [plus, minus]: [&mut Block; 2],
    i: usize,
    aim: f32,
    limits: &WriteAndVerify,
    draw: &mut Stream,
) {
    let tolerance = (limits.tolerance.get() * config.w_max.get()) as f32;
    for _ in 0..limits.max_pulses.get() {
        let error = aim - (plus.read[i] - minus.read[i]);
        if error.abs() <= tolerance {
            return;
        }
        let side = if error > 0.0 { &mut *plus } else { &mut *minus };
        side.pulse(config, i, true, 1, draw);
    }
}
