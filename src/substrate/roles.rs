//! Which compartment of a dyad plays s⁺ and which s⁻, and what follows for its step ([`super::chopping`]).
use super::block::{Block, EXCHANGED, EXPECTED, NOISE_PLUS, SIGN};
use super::calibration::Expected;
use super::chopping::{Chopper, SharedBy};
use crate::device::noise_key::Tick;
use crate::linalg::Matrix;
use crate::persist::{Archive, Damaged, Persist};
use multiversion::multiversion;
use rayon::prelude::*;
use std::ops::Range;

/// The roles of all dyads of a population: +1 where the first compartment is s⁺, −1 where the second is.
#[derive(Debug, Clone)]
pub(crate) struct Roles {
    /// (dyad × sample), or one row where all dyads share it.
    signs: Matrix,
    /// The same, of what was drawn last.
    drawn: Matrix,
    /// Tells that drawing from others.
    period: Option<[u64; 3]>,
    /// Whether it has not been taken up everywhere.
    is_pending: bool,
}

impl Roles {
    /// As the compartments were made.
    pub fn new(chopper: &Chopper, units: usize, samples: usize) -> Self {
        let rows = if chopper.chopping.shared_by == SharedBy::Dyad { units } else { 1 };
        let signs = Matrix::from_element(rows, samples, 1.0);
        Self { drawn: signs.clone(), signs, period: None, is_pending: false }
    }

    /// The roles at a tick; in a forward pass (`settles`) those of its stimulus. Returns the samples in which any dyad has
    /// exchanged its compartments, each with the signs from before; none in a forward pass, which makes the states anew.
    pub fn turn(
        &mut self,
        chopper: &Chopper,
        tick: Tick,
        [population, places]: [usize; 2],
        settles: bool,
    ) -> Vec<(usize, Vec<f32>)> {
        let period = chopper.period(tick);
        if self.period != Some(period) {
            chopper.draw(period, population, places, &mut self.drawn);
            (self.period, self.is_pending) = (Some(period), true);
        }
        if !std::mem::take(&mut self.is_pending) {
            return vec![];
        }
        let (signs, drawn) = (self.signs.as_mut_slice(), self.drawn.as_slice());
        if settles {
            signs.copy_from_slice(drawn);
            return vec![];
        }
        let (rows, mut exchanged) = (self.drawn.nrows(), vec![]);
        for (sample, (own, drawn)) in signs.chunks_exact_mut(rows).zip(drawn.chunks_exact(rows)).enumerate() {
            if own == drawn {
                continue;
            }
            if chopper.is_in_effect(tick, sample) {
                exchanged.push((sample, own.to_vec()));
                own.copy_from_slice(drawn);
            } else {
                self.is_pending = true;
            }
        }
        exchanged
    }

    /// Compartments keep what they hold in an exchange: `plus` and `minus` (unit × sample) change places where roles have.
    pub fn exchange(&self, before: &[(usize, Vec<f32>)], plus: &mut Matrix, minus: &mut Matrix) {
        let units = plus.nrows();
        let (plus, minus) = (plus.as_mut_slice(), minus.as_mut_slice());
        let columns = plus.par_chunks_exact_mut(units).zip(minus.par_chunks_exact_mut(units)).enumerate();
        columns.with_min_len((1 << 14) / units + 1).for_each(|(sample, (plus, minus))| {
            let Ok(at) = before.binary_search_by_key(&sample, |(sample, _)| *sample) else { return };
            let (before, now) = (&before[at].1, self.column(sample));
            if now.len() == 1 {
                return plus.swap_with_slice(minus);
            }
            for (i, (plus, minus)) in plus.iter_mut().zip(minus).enumerate() {
                if before[i] != now[i] {
                    std::mem::swap(plus, minus);
                }
            }
        });
    }

    /// Signs of a sample: of every dyad, or the one that all share.
    fn column(&self, sample: usize) -> &[f32] {
        let rows = self.signs.nrows();
        &self.signs.as_slice()[sample * rows..][..rows]
    }

    /// Writes the signs of these units of a sample.
    pub fn write(&self, sample: usize, units: Range<usize>, into: &mut [f32]) {
        match self.column(sample) {
            [shared] => into.fill(*shared),
            own => into.copy_from_slice(&own[units]),
        }
    }

    /// Multiplies what every dyad has (unit × sample) by its sign.
    pub fn apply(&self, values: &mut Matrix) {
        for (sample, mut values) in values.column_iter_mut().enumerate() {
            match self.column(sample) {
                [shared] => values.iter_mut().for_each(|x| *x *= shared),
                own => values.iter_mut().zip(own).for_each(|(x, sign)| *x *= sign),
            }
        }
    }

    /// Writes what the compartments in both roles have of these units, sample after sample, into the block, and turns its
    /// coloured noise.
    pub fn fill(
        &self,
        of_compartments: &[[&[f32]; 2]],
        expected: Option<&Expected>,
        units: &Range<usize>,
        samples: Range<usize>,
        is_coloured: bool,
        block: &mut Block,
    ) {
        let (n, numbers) = (units.len(), units.len() * samples.len());
        let signs = block.get_mut(SIGN);
        for (at, sample) in samples.enumerate() {
            self.write(sample, units.clone(), &mut signs[at * n..][..n]);
        }
        for (of_unit, devices) in of_compartments.iter().enumerate() {
            let (signs, plus, minus) = block.with_signs(EXCHANGED + 2 * of_unit);
            let devices = devices.map(|of_units| &of_units[units.clone()]);
            choose(signs, devices, [&mut plus[..numbers], &mut minus[..numbers]]);
        }
        if let Some(expected) = expected {
            let (signs, offset, slope) = block.with_signs(EXPECTED);
            let devices = [&expected.offset[units.clone()], &expected.slope[units.clone()]];
            turn_signs(signs, devices, [&mut offset[..numbers], &mut slope[..numbers]]);
        }
        if is_coloured {
            let (signs, plus, minus) = block.with_signs(NOISE_PLUS);
            for ((plus, minus), sign) in plus[..numbers].iter_mut().zip(minus).zip(signs) {
                if *sign < 0.0 {
                    std::mem::swap(plus, minus);
                }
            }
        }
    }
}

/// s⁺ − s⁻ less c (o + k s̄), what is expected of it; α of every dyad makes s̄.
pub(super) fn corrected(
    expected: &Expected,
    alpha: &[f32],
    roles: Option<&Roles>,
    [plus, minus]: [&Matrix; 2],
) -> Matrix {
    let mut signs = vec![1.0; alpha.len()];
    let mut difference = plus - minus;
    for (sample, (mut d, minus)) in difference.column_iter_mut().zip(minus.column_iter()).enumerate() {
        if let Some(roles) = roles {
            roles.write(sample, 0..alpha.len(), &mut signs);
        }
        for (i, d) in d.iter_mut().enumerate() {
            let mean = minus[i] + alpha[i] * *d;
            *d -= signs[i] * expected.at(i, mean);
        }
    }
    difference
}

/// What the first and the second compartment have, to the roles that they play; sample after sample.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn choose(signs: &[f32], [first, second]: [&[f32]; 2], [plus, minus]: [&mut [f32]; 2]) {
    let n = first.len();
    let second = &second[..n];
    for ((plus, minus), signs) in plus.chunks_exact_mut(n).zip(minus.chunks_exact_mut(n)).zip(signs.chunks_exact(n)) {
        // Slices of one length and values that are read whichever is chosen: so the compiler vectorises.
        let (plus, minus, signs) = (&mut plus[..n], &mut minus[..n], &signs[..n]);
        for i in 0..n {
            let (first, second, is_first) = (first[i], second[i], signs[i] > 0.0);
            plus[i] = if is_first { first } else { second };
            minus[i] = if is_first { second } else { first };
        }
    }
}

/// c times what dyads have; sample after sample.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn turn_signs(signs: &[f32], [a, b]: [&[f32]; 2], [into_a, into_b]: [&mut [f32]; 2]) {
    let n = a.len();
    let b = &b[..n];
    for ((into_a, into_b), signs) in
        into_a.chunks_exact_mut(n).zip(into_b.chunks_exact_mut(n)).zip(signs.chunks_exact(n))
    {
        let (into_a, into_b, signs) = (&mut into_a[..n], &mut into_b[..n], &signs[..n]);
        for i in 0..n {
            into_a[i] = signs[i] * a[i];
            into_b[i] = signs[i] * b[i];
        }
    }
}

impl Persist for Roles {
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        archive.array("roles", self.signs.as_mut_slice())?;
        if archive.is_loading() {
            self.period = None;
        }
        Ok(())
    }
}
