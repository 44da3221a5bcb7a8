//! Which instructions sum up a product.
//!
//! Products are made by the widest vector instructions of the processor. With them the last bits of a sum depend on the
//! processor: whether it rounds once or twice where it multiplies and adds, and, in sums over more terms than its
//! caches hold, where the sum is cut. [`Arithmetic::Portable`] gives the same bits on every processor.
use std::sync::atomic::{AtomicBool, Ordering};

static IS_PORTABLE: AtomicBool = AtomicBool::new(false);

/// What files call [`Arithmetic::Portable`].
pub const PORTABLE: &str = "portable";

/// What to advise where results of several processors come together.
pub const SAME_EVERYWHERE: &str = "only --arithmetic portable gives the same bits on every processor";

/// How products are summed up, in the whole process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Arithmetic {
    /// As fast as the processor can.
    #[default]
    Fastest,
    /// Term after term, multiplied, rounded and added: the same bits on every processor.
    Portable,
}

impl Arithmetic {
    /// Makes all products from now on in this way. To be called before the first: a result of both kinds is of neither.
    pub fn choose(self) {
        IS_PORTABLE.store(self == Self::Portable, Ordering::Relaxed);
    }

    /// The way that is chosen.
    pub fn chosen() -> Self {
        if IS_PORTABLE.load(Ordering::Relaxed) { Self::Portable } else { Self::Fastest }
    }
}

/// The instructions that results are made by, as files record them: `portable`, or those of the processor that the
/// product crate chooses.
pub fn arithmetic_name() -> &'static str {
    if Arithmetic::chosen() == Arithmetic::Portable { PORTABLE } else { fastest() }
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn fastest() -> &'static str {
    if is_x86_feature_detected!("avx512f") {
        "avx512f"
    } else if is_x86_feature_detected!("fma") {
        "fma"
    } else {
        "scalar"
    }
}

#[cfg(target_arch = "aarch64")]
fn fastest() -> &'static str {
    if std::arch::is_aarch64_feature_detected!("neon") { "neon" } else { "scalar" }
}

#[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
fn fastest() -> &'static str {
    "scalar"
}

/// What to say where something that was begun by other instructions goes on; nothing if they are the same.
pub fn other_arithmetic(begun: &str) -> Option<String> {
    let own = arithmetic_name();
    let advice = if begun == PORTABLE { "go on with --arithmetic portable" } else { SAME_EVERYWHERE };
    (begun != own).then(|| format!("begun with the arithmetic {begun}, this is {own}: last bits may differ ({advice})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_begun_elsewhere_is_told_and_what_was_begun_here_is_not() {
        assert_eq!(other_arithmetic(arithmetic_name()), None);
        let told = other_arithmetic(PORTABLE).unwrap();
        assert!(told.contains("begun with the arithmetic portable") && told.contains("go on with"), "{told}");
        assert!(other_arithmetic("vax").unwrap().contains("only --arithmetic portable"));
    }
}
