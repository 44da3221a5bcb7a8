//! The inner loops of the analog unit step, column by column of a block; the equations are those of
//! [`super::analog_unit`]. Compiled for each instruction set, without fused multiply-adds, so that all give the same
//! bits.
use super::activation::Transfer;
use crate::linalg::MatrixViewMut;
use multiversion::multiversion;

/// One compartment of every dyad of a block: numbers per unit and sample, and per unit.
#[derive(Clone, Copy)]
pub(crate) struct Side<'a> {
    pub u: &'a [f32],
    pub noise: &'a [f32],
    pub gain: &'a [f32],
    pub offset: &'a [f32],
    pub keep: &'a [f32],
    pub renewal: &'a [f32],
}

impl Side<'_> {
    #[inline(always)]
    fn column(self, j: usize, n: usize) -> Self {
        let own = j * n..(j + 1) * n;
        Self {
            u: &self.u[own.clone()],
            noise: &self.noise[own],
            gain: &self.gain[..n],
            offset: &self.offset[..n],
            keep: &self.keep[..n],
            renewal: &self.renewal[..n],
        }
    }

    /// g u + o + n
    #[inline(always)]
    fn target(&self, i: usize) -> f32 {
        self.gain[i] * self.u[i] + (self.offset[i] + self.noise[i])
    }
}

/// Noise of both compartments from the two normals of their dyad.
#[derive(Clone, Copy)]
pub(crate) struct Noise<'a> {
    pub common: f32,
    pub own: f32,
    pub z1: &'a [f32],
    pub z2: &'a [f32],
}

impl Noise<'_> {
    #[inline(always)]
    fn column(self, j: usize, n: usize) -> Self {
        let own = j * n..(j + 1) * n;
        Self { z1: &self.z1[own.clone()], z2: &self.z2[own], ..self }
    }

    /// n⁺, n⁻
    #[inline(always)]
    fn get(&self, i: usize) -> (f32, f32) {
        let (common, own) = (self.common * self.z1[i], self.own * self.z2[i]);
        (common + own, common - own)
    }
}

/// What both compartments have in common.
#[derive(Clone, Copy)]
pub(crate) struct Shared<'a> {
    pub rails: (f32, f32),
    pub clock: &'a [f32],
    pub threshold: f32,
}

impl Shared<'_> {
    #[inline(always)]
    fn column(self, j: usize, n: usize) -> Self {
        Self { clock: &self.clock[j * n..(j + 1) * n], ..self }
    }

    #[inline(always)]
    fn clip(&self, s: f32) -> f32 {
        // Not `min` and `max`: they would hide NaN.
        let s = if s < self.rails.0 { self.rails.0 } else { s };
        if s > self.rails.1 { self.rails.1 } else { s }
    }
}

/// Everything that the dyads of a block are stepped with.
#[derive(Clone, Copy)]
pub(crate) struct Dyads<'a> {
    pub plus: Side<'a>,
    pub minus: Side<'a>,
    pub white: Noise<'a>,
    pub readout: Noise<'a>,
    pub shared: Shared<'a>,
    /// α of s̄
    pub alpha: &'a [f32],
    /// What auto-zero takes from the difference.
    pub zero: &'a [f32],
}

impl Dyads<'_> {
    #[inline(always)]
    fn column(self, j: usize, n: usize) -> Self {
        Self {
            plus: self.plus.column(j, n),
            minus: self.minus.column(j, n),
            white: self.white.column(j, n),
            readout: self.readout.column(j, n),
            shared: self.shared.column(j, n),
            alpha: &self.alpha[..n],
            zero: &self.zero[..n],
        }
    }
}

/// Columns of s⁺, s⁻, s̄ and s⁺ − s⁻.
pub(crate) type States<'a> = [MatrixViewMut<'a>; 4];

/// How far membranes go at a step.
pub(crate) const RELAX: u8 = 0;
/// All the way: the forward pass.
pub(crate) const SETTLE: u8 = 1;

/// v ← t + (1−κ)(v − t) + w, t = g u + o + n; s = f(v) + r, and from both compartments s̄ and s⁺ − s⁻ − z. Units whose
/// clock is not due stay as they are.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(crate) fn relax<F: Transfer, const HOW: u8, const MASKED: bool>(
    f: F,
    dyads: Dyads,
    [mut v_plus, mut v_minus]: [MatrixViewMut; 2],
    [mut s_plus, mut s_minus, mut mean, mut difference]: States,
) {
    let n = s_plus.nrows();
    for j in 0..s_plus.ncols() {
        relax_column::<F, HOW, MASKED>(
            f,
            dyads.column(j, n),
            &mut v_plus.column_mut(j).as_mut_slice()[..n],
            &mut v_minus.column_mut(j).as_mut_slice()[..n],
            &mut s_plus.column_mut(j).as_mut_slice()[..n],
            &mut s_minus.column_mut(j).as_mut_slice()[..n],
            &mut mean.column_mut(j).as_mut_slice()[..n],
            &mut difference.column_mut(j).as_mut_slice()[..n],
        );
    }
}

#[inline(always)]
#[allow(clippy::too_many_arguments, reason = "a flat list of slices is what the vectoriser wants")]
fn relax_column<F: Transfer, const HOW: u8, const MASKED: bool>(
    f: F,
    d: Dyads,
    v_plus: &mut [f32],
    v_minus: &mut [f32],
    s_plus: &mut [f32],
    s_minus: &mut [f32],
    mean: &mut [f32],
    difference: &mut [f32],
) {
    for i in 0..s_plus.len() {
        let (white, readout) = (d.white.get(i), d.readout.get(i));
        let (target_plus, target_minus) = (d.plus.target(i), d.minus.target(i));
        let (moved_plus, moved_minus) = if HOW == SETTLE {
            (target_plus + white.0, target_minus + white.1)
        } else {
            (
                target_plus + d.plus.keep[i] * (v_plus[i] - target_plus) + d.plus.renewal[i] * white.0,
                target_minus + d.minus.keep[i] * (v_minus[i] - target_minus) + d.minus.renewal[i] * white.1,
            )
        };
        let plus = d.shared.clip(f.value(moved_plus)) + readout.0;
        let minus = d.shared.clip(f.value(moved_minus)) + readout.1;
        let due = !MASKED || d.shared.clock[i] < d.shared.threshold;
        let (plus, minus) = if due { (plus, minus) } else { (s_plus[i], s_minus[i]) };
        v_plus[i] = if due { moved_plus } else { v_plus[i] };
        v_minus[i] = if due { moved_minus } else { v_minus[i] };
        s_plus[i] = plus;
        s_minus[i] = minus;
        difference[i] = (plus - minus) - d.zero[i];
        mean[i] = minus + d.alpha[i] * (plus - minus);
    }
}

/// [`relax`] with κ = 1: no membrane is kept.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(crate) fn follow<F: Transfer, const MASKED: bool>(
    f: F,
    dyads: Dyads,
    [mut s_plus, mut s_minus, mut mean, mut difference]: States,
) {
    let n = s_plus.nrows();
    for j in 0..s_plus.ncols() {
        follow_column::<F, MASKED>(
            f,
            dyads.column(j, n),
            &mut s_plus.column_mut(j).as_mut_slice()[..n],
            &mut s_minus.column_mut(j).as_mut_slice()[..n],
            &mut mean.column_mut(j).as_mut_slice()[..n],
            &mut difference.column_mut(j).as_mut_slice()[..n],
        );
    }
}

#[inline(always)]
fn follow_column<F: Transfer, const MASKED: bool>(
    f: F,
    d: Dyads,
    s_plus: &mut [f32],
    s_minus: &mut [f32],
    mean: &mut [f32],
    difference: &mut [f32],
) {
    for i in 0..s_plus.len() {
        let (white, readout) = (d.white.get(i), d.readout.get(i));
        let plus = d.shared.clip(f.value(d.plus.target(i) + white.0)) + readout.0;
        let minus = d.shared.clip(f.value(d.minus.target(i) + white.1)) + readout.1;
        let due = !MASKED || d.shared.clock[i] < d.shared.threshold;
        let (plus, minus) = if due { (plus, minus) } else { (s_plus[i], s_minus[i]) };
        s_plus[i] = plus;
        s_minus[i] = minus;
        difference[i] = (plus - minus) - d.zero[i];
        mean[i] = minus + d.alpha[i] * (plus - minus);
    }
}

/// u = a + bias ± h d, in place of a; column after column.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(crate) fn nudge(a: &mut [f32], bias: &[f32], share: &[f32], d: &[f32], sign: f32) {
    let n = bias.len();
    let share = &share[..n];
    for (a, d) in a.chunks_exact_mut(n).zip(d.chunks_exact(n)) {
        for i in 0..n {
            a[i] = (a[i] + bias[i]) + sign * (share[i] * d[i]);
        }
    }
}
