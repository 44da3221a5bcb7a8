//! The one step of every dyad, from ideal hardware to noisy circuits: a [`Circuit`] makes both compartments, and from them
//! come s̄ and s⁺ − s⁻.
//!
//! Where nudges are balanced, α h⁺ = (1−α) h⁻, and both compartments lie on one linear piece of f, s̄ *is* f(a): computed as
//! α s⁺ + (1−α) s⁻ it would be that plus a rounding that changes with every error that comes back, and so hides that
//! nothing has moved. Compiled for each circuit, activation and instruction set; without fused multiply-adds, so that
//! all instruction sets give the same bits.
use super::activation::Transfer;
use super::moves::MoveWatch;
use crate::linalg::MatrixViewMut;
use multiversion::multiversion;

/// A dyad after its step.
#[derive(Clone, Copy)]
pub(crate) struct Dyad {
    pub plus: f32,
    pub minus: f32,
    /// s̄
    pub mean: f32,
    /// s⁺ − s⁻
    pub difference: f32,
    /// v⁺ and v⁻, of circuits that have membranes.
    pub membrane: [f32; 2],
}

impl Dyad {
    /// s̄ = α s⁺ + (1−α) s⁻, so written that it is exactly s where both compartments agree, for every α.
    #[inline(always)]
    pub fn new(plus: f32, minus: f32, alpha: f32) -> Self {
        Self { plus, minus, mean: minus + alpha * (plus - minus), difference: plus - minus, membrane: [0.0; 2] }
    }

    /// Of balanced nudges that take the drive a to u⁺ and u⁻, which lie `nudge` apart: where both lie on one linear piece of f,
    /// s̄ is f(a), and s⁺ − s⁻ is f′ times the nudge.
    #[inline(always)]
    pub fn balanced<F: Transfer>(self, f: F, a: f32, [u_plus, u_minus]: [f32; 2], nudge: f32) -> Self {
        // Not where one of them is NaN or infinite: that would hide a divergence.
        let is_linear = (u_plus - u_minus).abs() < f32::INFINITY && f.is_linear_between(u_plus, u_minus);
        // The middle lies inside the piece, its ends may be kinks.
        let slope = f.derivative(0.5 * (u_plus + u_minus));
        Self {
            mean: if is_linear { f.value(a) } else { self.mean },
            // Of a unit that is off it is 0 for every nudge, and not −0 for some.
            difference: if is_linear { slope * nudge + 0.0 } else { self.difference },
            ..self
        }
    }
}

/// What makes the compartments of the dyads of some columns.
pub(crate) trait Circuit {
    /// Whether v± are kept from step to step.
    const HAS_MEMBRANE: bool;
    /// Whether it is noted which samples have moved.
    const IS_WATCHED: bool;

    /// The circuit at one column.
    type Column<'c>: CircuitColumn
    where
        Self: 'c;

    /// At column j, of which every slice has `units` numbers.
    fn column(&self, j: usize, units: usize) -> Self::Column<'_>;
}

/// A circuit at one sample.
pub(crate) trait CircuitColumn: Copy {
    /// The dyad of unit i, whose compartments and membranes were `s` and `v` (+ and −).
    fn step<F: Transfer>(&self, f: F, i: usize, s: [f32; 2], v: [f32; 2]) -> Dyad;
}

/// s⁺, s⁻, s̄ and s⁺ − s⁻ of some columns.
pub(crate) type DyadColumns<'a> = [MatrixViewMut<'a>; 4];

/// Steps all dyads of these columns; `membrane` has v⁺ and v⁻ of circuits that keep them. Of a circuit that is watched `watch`
/// says which are stepped and notes which have moved, counting samples from a first one.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(crate) fn step_dyads<F: Transfer, C: Circuit>(
    f: F,
    circuit: C,
    mut membrane: Option<[MatrixViewMut; 2]>,
    watch: Option<(&MoveWatch, usize)>,
    [mut s_plus, mut s_minus, mut mean, mut difference]: DyadColumns,
) {
    let n = s_plus.nrows();
    let watch = watch.filter(|_| C::IS_WATCHED);
    for j in 0..s_plus.ncols() {
        if watch.is_some_and(|(watch, first)| !watch.steps(first + j)) {
            continue;
        }
        let column = circuit.column(j, n);
        let s_plus = &mut s_plus.column_mut(j).data.into_slice_mut()[..n];
        let s_minus = &mut s_minus.column_mut(j).data.into_slice_mut()[..n];
        let mean = &mut mean.column_mut(j).data.into_slice_mut()[..n];
        let difference = &mut difference.column_mut(j).data.into_slice_mut()[..n];
        let moved = match &mut membrane {
            Some([v_plus, v_minus]) if C::HAS_MEMBRANE => {
                let v_plus = &mut v_plus.column_mut(j).data.into_slice_mut()[..n];
                let v_minus = &mut v_minus.column_mut(j).data.into_slice_mut()[..n];
                step_column::<F, C, true>(f, column, v_plus, v_minus, s_plus, s_minus, mean, difference)
            }
            _ => {
                let (v_plus, v_minus) = (&mut [][..], &mut [][..]);
                step_column::<F, C, false>(f, column, v_plus, v_minus, s_plus, s_minus, mean, difference)
            }
        };
        if let Some((watch, first)) = watch {
            watch.note(first + j, moved);
        }
    }
}

// A function of its own with a flat list of slices: so the compiler knows that none overlaps another, and vectorises.
#[inline(always)]
#[allow(clippy::too_many_arguments, reason = "a flat list of slices is what the vectoriser wants")]
fn step_column<F: Transfer, C: Circuit, const HAS_MEMBRANE: bool>(
    f: F,
    circuit: C::Column<'_>,
    v_plus: &mut [f32],
    v_minus: &mut [f32],
    s_plus: &mut [f32],
    s_minus: &mut [f32],
    mean: &mut [f32],
    difference: &mut [f32],
) -> [bool; 2] {
    // Bits that differ from those of before.
    let mut moved = [0; 2];
    for i in 0..s_plus.len() {
        let v = if HAS_MEMBRANE { [v_plus[i], v_minus[i]] } else { [0.0; 2] };
        let dyad = circuit.step(f, i, [s_plus[i], s_minus[i]], v);
        if HAS_MEMBRANE {
            [v_plus[i], v_minus[i]] = dyad.membrane;
        }
        if C::IS_WATCHED {
            moved[0] |= mean[i].to_bits() ^ dyad.mean.to_bits();
            moved[1] |= difference[i].to_bits() ^ dyad.difference.to_bits();
        }
        s_plus[i] = dyad.plus;
        s_minus[i] = dyad.minus;
        difference[i] = dyad.difference;
        mean[i] = dyad.mean;
    }
    moved.map(|bits| bits != 0)
}
