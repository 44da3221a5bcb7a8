//! The inner loops of the analog unit step, column by column of a block; the equations are those of
//! [`super::analog_unit`]. Compiled for each instruction set, without fused multiply-adds, so that all give the same
//! bits.
use super::activation::Transfer;
use crate::linalg::{MatrixView, MatrixViewMut};
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
            ..self
        }
    }

    /// g u + o + n
    #[inline(always)]
    fn target(&self, i: usize) -> f32 {
        self.gain[i] * self.u[i] + (self.offset[i] + self.noise[i])
    }
}

/// Noise of one compartment from the two normals of its dyad.
#[derive(Clone, Copy)]
pub(crate) struct Noise<'a> {
    pub common: f32,
    pub own: f32,
    pub z1: &'a [f32],
    pub z2: &'a [f32],
}

impl Noise<'_> {
    #[inline(always)]
    fn get(&self, i: usize) -> f32 {
        self.common * self.z1[i] + self.own * self.z2[i]
    }
}

#[inline(always)]
fn column<'a>((white, readout): (Noise<'a>, Noise<'a>), j: usize, n: usize) -> (Noise<'a>, Noise<'a>) {
    let own =
        |noise: Noise<'a>| Noise { z1: &noise.z1[j * n..(j + 1) * n], z2: &noise.z2[j * n..(j + 1) * n], ..noise };
    (own(white), own(readout))
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

/// v ← t + (1−κ)(v − t) + w, t = g u + o + n; s = f(v) + r. Units whose clock is not due stay as they are.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(crate) fn relax<F: Transfer, const MASKED: bool>(
    f: F,
    side: Side,
    noises: (Noise, Noise),
    shared: Shared,
    mut v: MatrixViewMut,
    mut s: MatrixViewMut,
) {
    let n = s.nrows();
    let (keep, renewal) = (&side.keep[..n], &side.renewal[..n]);
    for j in 0..s.ncols() {
        let (mut v, mut s) = (v.column_mut(j), s.column_mut(j));
        let (v, s) = (&mut v.as_mut_slice()[..n], &mut s.as_mut_slice()[..n]);
        let (side, (white, readout), shared) = (side.column(j, n), column(noises, j, n), shared.column(j, n));
        for i in 0..n {
            let target = side.target(i);
            let moved = target + keep[i] * (v[i] - target) + renewal[i] * white.get(i);
            let state = shared.clip(f.value(moved)) + readout.get(i);
            let due = !MASKED || shared.clock[i] < shared.threshold;
            v[i] = if due { moved } else { v[i] };
            s[i] = if due { state } else { s[i] };
        }
    }
}

/// [`relax`] all the way at once: the forward pass of membranes.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(crate) fn settle<F: Transfer>(
    f: F,
    side: Side,
    noises: (Noise, Noise),
    shared: Shared,
    mut v: MatrixViewMut,
    mut s: MatrixViewMut,
) {
    let n = s.nrows();
    for j in 0..s.ncols() {
        let (mut v, mut s) = (v.column_mut(j), s.column_mut(j));
        let (v, s) = (&mut v.as_mut_slice()[..n], &mut s.as_mut_slice()[..n]);
        let (side, (white, readout)) = (side.column(j, n), column(noises, j, n));
        for i in 0..n {
            v[i] = side.target(i) + white.get(i);
            s[i] = shared.clip(f.value(v[i])) + readout.get(i);
        }
    }
}

/// [`relax`] with κ = 1: no membrane is kept.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(crate) fn follow<F: Transfer, const MASKED: bool>(
    f: F,
    side: Side,
    noises: (Noise, Noise),
    shared: Shared,
    mut s: MatrixViewMut,
) {
    let n = s.nrows();
    for j in 0..s.ncols() {
        let mut s = s.column_mut(j);
        let s = &mut s.as_mut_slice()[..n];
        let (side, (white, readout), shared) = (side.column(j, n), column(noises, j, n), shared.column(j, n));
        for (i, s) in s.iter_mut().enumerate() {
            let v = side.target(i) + white.get(i);
            let state = shared.clip(f.value(v)) + readout.get(i);
            *s = if !MASKED || shared.clock[i] < shared.threshold { state } else { *s };
        }
    }
}

/// s̄ and s⁺ − s⁻ − z.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(crate) fn combine(
    s_plus: MatrixView,
    s_minus: MatrixView,
    alpha: &[f32],
    zero: &[f32],
    mut mean: MatrixViewMut,
    mut difference: MatrixViewMut,
) {
    let n = mean.nrows();
    let (alpha, zero) = (&alpha[..n], &zero[..n]);
    for j in 0..mean.ncols() {
        let (s_plus, s_minus) = (s_plus.column(j), s_minus.column(j));
        let (s_plus, s_minus) = (&s_plus.as_slice()[..n], &s_minus.as_slice()[..n]);
        let (mut mean, mut difference) = (mean.column_mut(j), difference.column_mut(j));
        let (mean, difference) = (&mut mean.as_mut_slice()[..n], &mut difference.as_mut_slice()[..n]);
        for i in 0..n {
            let apart = s_plus[i] - s_minus[i];
            difference[i] = apart - zero[i];
            mean[i] = s_minus[i] + alpha[i] * apart;
        }
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
