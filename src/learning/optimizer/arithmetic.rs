//! What the loops of all optimizers do to every number.

/// True for numbers whose exponent is not all ones. Integer arithmetic, which the compiler can vectorise.
#[inline(always)]
pub(super) fn is_finite(x: f32) -> u32 {
    const EXPONENT: u32 = 0x7f80_0000;
    u32::from(x.to_bits() & EXPONENT != EXPONENT)
}

/// Moments below this are set to zero: a weight whose gradient has stopped would leave its moments to decay into
/// the subnormal numbers, where arithmetic is a hundred times slower, for good.
const NEGLIGIBLE: f32 = 1e-30;

/// A moment, or zero if it is negligible.
#[inline(always)]
pub(super) fn flush(x: f32) -> f32 {
    if x.abs() < NEGLIGIBLE { 0.0 } else { x }
}
