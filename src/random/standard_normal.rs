//! One normal number after another, with the same bits on every system.
//!
//! They are those of `rand_distr` but for |x| > 3.65, one in 4000, where that crate takes the logarithm of the C library of the system,
//! whose last bits depend on its version and on the processor. There the number is made again, of the same random word, by [`crate::math`].
use crate::math::ln;
use rand::distr::{Distribution, Open01};
use rand::rand_core::Infallible;
use rand::{Rng, TryRng};

/// Where the tail of the ziggurat begins.
const TAIL: f64 = 3.654_152_885_361_009;

/// The standard normal law.
#[derive(Debug, Clone, Copy)]
pub struct StandardNormal;

impl Distribution<f32> for StandardNormal {
    #[inline]
    fn sample<R: Rng + ?Sized>(&self, random: &mut R) -> f32 {
        Distribution::<f64>::sample(self, random) as f32
    }
}

impl Distribution<f64> for StandardNormal {
    #[inline]
    fn sample<R: Rng + ?Sized>(&self, random: &mut R) -> f64 {
        let mut words = LastWords { random, last: [0; 2] };
        let x: f64 = rand_distr::StandardNormal.sample(&mut words);
        if x.abs() < TAIL { x } else { in_tail(words.last[0]).copysign(x) }
    }
}

/// The number beyond [`TAIL`] (Marsaglia, Technometrics 1964) that the first of the two words which ended the search stands for.
#[cold]
fn in_tail(word: u64) -> f64 {
    let uniform: f64 = Open01.sample(&mut OneWord(word));
    TAIL - ln(uniform) / TAIL
}

/// Hands random words on and remembers the last two.
struct LastWords<'r, R: ?Sized> {
    random: &'r mut R,
    last: [u64; 2],
}

impl<R: Rng + ?Sized> TryRng for LastWords<'_, R> {
    type Error = Infallible;

    #[inline]
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.random.next_u32())
    }

    #[inline]
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let word = self.random.next_u64();
        self.last = [self.last[1], word];
        Ok(word)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.random.fill_bytes(bytes);
        Ok(())
    }
}

/// A word that is known already.
struct OneWord(u64);

impl TryRng for OneWord {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok((self.0 >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        bytes.iter_mut().zip(self.0.to_le_bytes().iter().cycle()).for_each(|(byte, own)| *byte = *own);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Stream;
    use law_assertions::{assert_count, assert_distribution};
    use rand::SeedableRng;
    use statrs::distribution::{ContinuousCDF, Normal};

    const N: usize = 4_000_000;

    #[test]
    fn numbers_have_the_law_with_its_tails() {
        let mut random = Stream::seed_from_u64(1);
        let x: Vec<f64> = (0..N).map(|_| StandardNormal.sample(&mut random)).collect();
        let law = Normal::new(0.0, 1.0).unwrap();
        assert_distribution(&x, |x| law.cdf(x), "normals");
        for beyond in [3.0, TAIL, 3.8, 4.0, 4.5] {
            let expected = law.sf(beyond) * x.len() as f64;
            assert_count(x.iter().filter(|&&x| x > beyond).count(), expected, format!("beyond {beyond}"));
            assert_count(x.iter().filter(|&&x| x < -beyond).count(), expected, format!("below -{beyond}"));
        }
    }

    /// Seeds of versions before give what they gave.
    #[test]
    fn numbers_are_those_of_the_crate_rand_distr() {
        let [mut own, mut other] = [7, 7].map(Stream::seed_from_u64);
        let mut in_tail = 0;
        for _ in 0..N {
            let x: f64 = StandardNormal.sample(&mut own);
            let y: f64 = rand_distr::StandardNormal.sample(&mut other);
            assert!(x == y || (y.abs() >= TAIL && (x - y).abs() < 4.0 * f64::EPSILON), "{x} and {y}");
            in_tail += usize::from(y.abs() >= TAIL);
        }
        assert!(in_tail > 500, "{in_tail}");
        assert_eq!(own, other);
    }
}
