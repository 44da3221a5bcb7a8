//! The inner loops of the step of a die's dyads, column by column of a block; the equations are those of
//! [`mod@super::step`].
use super::calibration::Applies;
use crate::dynamics::activation::Transfer;
use crate::dynamics::kernel::{Circuit, CircuitColumn, Dyad};
use multiversion::multiversion;

/// One compartment of every dyad of a block: numbers per unit and sample, and per unit (where roles are exchanged, per
/// unit and sample).
#[derive(Clone, Copy)]
pub(super) struct Compartment<'a> {
    pub u: &'a [f32],
    pub noise: &'a [f32],
    pub gain: &'a [f32],
    pub offset: &'a [f32],
    pub decay: &'a [f32],
    pub noise_gain: &'a [f32],
}

impl Compartment<'_> {
    #[inline(always)]
    fn column(self, j: usize, n: usize, stride: usize) -> Self {
        let (own, at) = (j * n..(j + 1) * n, j * stride);
        Self {
            u: &self.u[own.clone()],
            noise: &self.noise[own],
            gain: &self.gain[at..][..n],
            offset: &self.offset[at..][..n],
            decay: &self.decay[at..][..n],
            noise_gain: &self.noise_gain[at..][..n],
        }
    }

    /// g u + o + n
    #[inline(always)]
    fn target(&self, i: usize) -> f32 {
        self.gain[i] * self.u[i] + (self.offset[i] + self.noise[i])
    }

    /// v on its way from where it was to the target, with its part of the white noise.
    #[inline(always)]
    fn relaxed(&self, i: usize, target: f32, v: f32, white: f32) -> f32 {
        target + self.decay[i] * (v - target) + self.noise_gain[i] * white
    }
}

/// Noise of both compartments from the two normals of their dyad.
#[derive(Clone, Copy)]
pub(super) struct Noise<'a> {
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
pub(super) struct Shared<'a> {
    pub rails: (f32, f32),
    pub clock: &'a [f32],
    pub threshold: f32,
    /// (1−κ)/κ of prospective units.
    pub lead: f32,
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
pub(super) struct Dyads<'a> {
    pub plus: Compartment<'a>,
    pub minus: Compartment<'a>,
    pub white: Noise<'a>,
    pub readout: Noise<'a>,
    pub shared: Shared<'a>,
    /// a + b and d, where s̄ keeps to f(a).
    pub drive: &'a [f32],
    pub feedback: &'a [f32],
    /// h±γ.
    pub shares: [&'a [f32]; 2],
    /// α of s̄
    pub alpha: &'a [f32],
    /// What is expected of the difference without a nudge: o, and k of k s̄.
    pub expected: [&'a [f32]; 2],
    /// Where it is expected.
    pub applies: Applies,
    /// From the devices of one sample to those of the next: 0 where all have the same.
    pub stride: usize,
}

impl Dyads<'_> {
    #[inline(always)]
    fn column(self, j: usize, n: usize) -> Self {
        Self {
            plus: self.plus.column(j, n, self.stride),
            minus: self.minus.column(j, n, self.stride),
            white: self.white.column(j, n),
            readout: self.readout.column(j, n),
            shared: self.shared.column(j, n),
            drive: &self.drive[j * n..(j + 1) * n],
            feedback: &self.feedback[j * n..(j + 1) * n],
            shares: self.shares.map(|of_unit| &of_unit[..n]),
            alpha: &self.alpha[..n],
            expected: self.expected.map(|of_unit| &of_unit[j * self.stride..][..n]),
            applies: self.applies,
            stride: self.stride,
        }
    }

    /// s = f(v) + r of membranes that have moved, or f of what they are on their way to (`LEADS`); units whose clock is not
    /// due stay as they are.
    #[inline(always)]
    fn read_out<const LEADS: bool, const MASKED: bool, F: Transfer>(
        &self,
        f: F,
        i: usize,
        s: [f32; 2],
        v: [f32; 2],
        moved: [f32; 2],
    ) -> Dyad {
        let readout = self.readout.get(i);
        let ahead = |side: usize| {
            if LEADS { moved[side] + self.shared.lead * (moved[side] - v[side]) } else { moved[side] }
        };
        let plus = self.shared.clip(f.value(ahead(0))) + readout.0;
        let minus = self.shared.clip(f.value(ahead(1))) + readout.1;
        let due = !MASKED || self.shared.clock[i] < self.shared.threshold;
        let (plus, minus) = if due { (plus, minus) } else { (s[0], s[1]) };
        let membrane = [if due { moved[0] } else { v[0] }, if due { moved[1] } else { v[1] }];
        let mean = minus + self.alpha[i] * (plus - minus);
        let [offset, slope] = self.expected;
        let expected = if self.applies.at(mean) { offset[i] + slope[i] * mean } else { 0.0 };
        Dyad { plus, minus, mean, difference: (plus - minus) - expected, membrane }
    }
}

/// How far the membranes of a die go at a step.
/// All the way, and none is kept: κ = 1.
pub(super) const FOLLOW: u8 = 0;
/// The same of ideal devices with balanced nudges: s̄ is f(a) where f is linear.
pub(super) const KEEP_MEAN: u8 = 4;
/// All the way: the forward pass.
pub(super) const SETTLE: u8 = 1;
/// A part of it: v ← t + (1−κ)(v − t) + w, t = g u + o + n.
pub(super) const RELAX: u8 = 2;
/// The same, and what is read out is v + (1−κ)/κ Δv.
pub(super) const LEAD: u8 = 3;

/// The circuit of a die; where it is masked, each unit has a clock of its own.
#[derive(Clone, Copy)]
pub(super) struct DieCircuit<'a, const HOW: u8, const MASKED: bool>(pub Dyads<'a>);

impl<'a, const HOW: u8, const MASKED: bool> Circuit for DieCircuit<'a, HOW, MASKED> {
    const HAS_MEMBRANE: bool = HOW != FOLLOW && HOW != KEEP_MEAN;
    const IS_WATCHED: bool = false;
    type Column<'c>
        = Self
    where
        Self: 'c;

    #[inline(always)]
    fn column(&self, j: usize, units: usize) -> Self {
        Self(self.0.column(j, units))
    }
}

impl<const HOW: u8, const MASKED: bool> CircuitColumn for DieCircuit<'_, HOW, MASKED> {
    #[inline(always)]
    fn step<F: Transfer>(&self, f: F, i: usize, s: [f32; 2], v: [f32; 2]) -> Dyad {
        let d = &self.0;
        let white = d.white.get(i);
        let target = [d.plus.target(i), d.minus.target(i)];
        let moved = if HOW == RELAX || HOW == LEAD {
            [d.plus.relaxed(i, target[0], v[0], white.0), d.minus.relaxed(i, target[1], v[1], white.1)]
        } else {
            [target[0] + white.0, target[1] + white.1]
        };
        if HOW == LEAD {
            d.read_out::<true, MASKED, F>(f, i, s, v, moved)
        } else if HOW == KEEP_MEAN {
            d.read_out::<false, MASKED, F>(f, i, s, v, moved).balanced(
                f,
                d.drive[i],
                moved,
                (d.shares[0][i] + d.shares[1][i]) * d.feedback[i],
            )
        } else {
            d.read_out::<false, MASKED, F>(f, i, s, v, moved)
        }
    }
}

/// a + bias; column after column.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(super) fn add_bias(a: &[f32], bias: &[f32], drive: &mut [f32]) {
    let n = bias.len();
    for (drive, a) in drive.chunks_exact_mut(n).zip(a.chunks_exact(n)) {
        for i in 0..n {
            drive[i] = a[i] + bias[i];
        }
    }
}

/// u = a + bias ± h d, in place of a; column after column.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(super) fn nudge(a: &mut [f32], bias: &[f32], share: &[f32], d: &[f32], sign: f32) {
    let n = bias.len();
    let share = &share[..n];
    for (a, d) in a.chunks_exact_mut(n).zip(d.chunks_exact(n)) {
        for i in 0..n {
            a[i] = (a[i] + bias[i]) + sign * (share[i] * d[i]);
        }
    }
}
