//! Coloured noise of the dyads of a tile: the sections of [`crate::device::process`] at work.
use super::block::{Block, NOISE_MINUS, NOISE_PLUS, Z};
use super::die::Die;
use crate::device::process::ColouredNoise;
use crate::linalg::MatrixViewMut;
use crate::random::NormalStream;

/// n± of the `units` dyads of sample j, at number `at` of the block; they stay zero where nothing is coloured. `sections`
/// are those of the whole tile: unit × (sample, section, channel).
pub(crate) fn colour(
    die: &Die,
    started: bool,
    sections: Option<&mut MatrixViewMut>,
    [units, j, at]: [usize; 3],
    streams: &mut [NormalStream],
    block: &mut Block,
) {
    let Some(all) = sections else { return };
    let (plus, minus) = block.pair_mut(NOISE_PLUS);
    plus[at..][..units].fill(0.0);
    minus[at..][..units].fill(0.0);
    let mut column = j * 2 * die.coloured_sections();
    for (noise, stream) in die.coloured.iter().zip(streams) {
        let sections = noise.sections();
        for (channel, share) in [(0, noise.mix.common), (1, noise.mix.own)] {
            let first = column + channel * sections;
            if !started {
                start_sections(noise, stream, all.columns_mut(first, sections));
            }
            // The white input goes into Z[0], the sum of this channel into Z[1].
            let (xi, sum) = block.pair_mut(Z[0]);
            let (xi, sum) = (&mut xi[..units], &mut sum[..units]);
            stream.fill(xi);
            noise.begin(xi, sum);
            for k in 0..sections {
                let mut section = all.column_mut(first + k);
                noise.advance(k, section.as_mut_slice(), xi, sum);
            }
            let (noises, sum) = block.memory.split_at_mut(Z[1] * block.size);
            let sign = if channel == 0 { 1.0 } else { -1.0 };
            for (target, factor) in [(NOISE_PLUS, share), (NOISE_MINUS, sign * share)] {
                let target = &mut noises[target * block.size + at..][..units];
                target.iter_mut().zip(&*sum).for_each(|(n, sum)| *n += factor * sum);
            }
        }
        column += 2 * sections;
    }
}

/// Sections of coloured noise (unit × section) from their stationary law.
fn start_sections(noise: &ColouredNoise, stream: &mut NormalStream, mut sections: MatrixViewMut) {
    for mut section in sections.column_iter_mut() {
        stream.fill(section.as_mut_slice());
    }
    let units = sections.nrows();
    for first in (0..units).step_by(UNITS) {
        let own = first..(first + UNITS).min(units);
        // The last section needs all others as they were drawn.
        for k in (0..sections.ncols()).rev() {
            let mut sums = [0.0; UNITS];
            let sums = &mut sums[..own.len()];
            for j in 0..=k {
                noise.start([k, j], &sections.column(j).data.into_slice()[own.clone()], sums);
            }
            let mut section = sections.column_mut(k);
            section.as_mut_slice()[own.clone()].iter_mut().zip(sums).for_each(|(x, sum)| *x = *sum as f32);
        }
    }
}

/// Units whose sections start at once.
const UNITS: usize = 64;
