//! Words of bits in bulk, each bit set with the probability of its word.
//!
//! A bit is set where a uniform number is below p. All bits of a word compare theirs with p at the same time, one binary place after the
//! other, until each has come to a place where the two differ, and so do sixteen words side by side: after log₂(bits) + 1.3 places in the
//! mean.
use super::lanes::{LANES, State, next, seed};
use multiversion::multiversion;

/// A stream of random bits of one key. Keys should be hashes.
#[derive(Debug, Clone)]
#[repr(align(64))]
pub struct BitStream {
    state: State,
}

impl BitStream {
    /// Opens the stream of a key.
    pub fn new(key: u64) -> Self {
        Self { state: seed(key) }
    }

    /// Writes a word for each probability: its lowest `length` bits, 1 to 32, are set with that probability, the others are not.
    /// NaN counts as 0.
    pub fn fill(&mut self, probability: &[f32], length: u32, words: &mut [u32]) {
        fill(&mut self.state, probability, u32::MAX >> (32 - length), words);
    }
}

/// Words that are drawn together.
struct Group {
    /// Where they belong.
    of_lane: [usize; LANES],
    /// Binary places of their probabilities; exact but below 2⁻⁴⁰.
    places: [[u32; LANES]; 2],
    words: usize,
}

impl Group {
    const EMPTY: Self = Self { of_lane: [0; LANES], places: [[0; LANES]; 2], words: 0 };
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn fill(state: &mut State, probability: &[f32], all: u32, words: &mut [u32]) {
    let mut group = Group::EMPTY;
    for (&p, word) in probability.iter().zip(words.iter_mut()) {
        *word = if p > 0.0 { all } else { 0 };
    }
    for (i, &p) in probability.iter().enumerate() {
        // Which lines of a network are silent nobody can predict, so that none is passed by: the next one takes its place.
        let places = places(p);
        group.of_lane[group.words] = i;
        group.places[0][group.words] = (places >> 32) as u32;
        group.places[1][group.words] = places as u32;
        group.words += usize::from(p > 0.0 && p < 1.0);
        if group.words == LANES {
            draw(state, &group, all, words);
            group.words = 0;
        }
    }
    if group.words > 0 {
        draw(state, &group, all, words);
    }
}

/// The binary places of a p in (0, 1), the first highest.
#[inline(always)]
fn places(p: f32) -> u64 {
    let bits = p.to_bits();
    // A p of 2⁻¹ or more has its first digit at the first place.
    let digits = u64::from(bits & 0x007f_ffff | 0x0080_0000) << 40;
    let zeros = 126u32.wrapping_sub(bits >> 23 & 0xff);
    digits >> zeros.min(63)
}

/// The words of a group.
#[inline(always)]
fn draw(state: &mut State, group: &Group, all: u32, words: &mut [u32]) {
    let mut bits = [0; LANES];
    let mut undecided = [0; LANES];
    undecided[..group.words].fill(all);
    'places: for mut word in group.places {
        for _ in 0..u32::BITS {
            let drawn = next(state);
            let mut left = 0;
            for i in 0..LANES {
                // All ones where p has a one.
                let one = (word[i] as i32 >> 31) as u32;
                word[i] <<= 1;
                bits[i] |= undecided[i] & one & !drawn[i];
                undecided[i] &= !(drawn[i] ^ one);
                left |= undecided[i];
            }
            if left == 0 {
                break 'places;
            }
        }
    }
    // What is undecided where p ends is not below it.
    for (lane, &word) in group.of_lane[..group.words].iter().enumerate() {
        words[word] = bits[lane];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use law_assertions::{assert_covariance, assert_share};

    const WORDS: usize = 100_000;

    /// Every bit has its probability, from one that takes many binary places to nearly 1, and bits are independent of each
    /// other and of the next word, which is drawn beside it.
    #[test]
    fn bits_have_their_probability_and_are_independent() {
        let mut stream = BitStream::new(3);
        for p in [1e-4, 0.013, 0.25, 0.333_333_34, 0.5, 0.75, 0.9, 0.999] {
            let mut words = vec![0; WORDS];
            stream.fill(&vec![p; WORDS], 31, &mut words);
            let p = f64::from(p);
            for k in 0..31 {
                let set = words.iter().filter(|bits| *bits >> k & 1 == 1).count();
                assert_share(set, WORDS, p, format!("bit {k} of probability {p}"));
            }
            let at = |k: u32| words.iter().map(|bits| f64::from(bits >> k & 1)).collect::<Vec<f64>>();
            let variance = p * (1.0 - p);
            for (k, l) in [(0, 1), (0, 16), (7, 30)] {
                assert_covariance(&at(k), &at(l), 0.0, variance, format!("bits {k} and {l} of {p}"));
            }
            for lag in [1, LANES] {
                let (later, earlier) = (&at(4)[lag..], &at(4)[..WORDS - lag]);
                assert_covariance(later, earlier, 0.0, variance, format!("words of {p}, {lag} apart"));
            }
            assert!(words.iter().all(|bits| bits >> 31 == 0));
        }
    }

    /// Words of one call have each its own probability, wherever it stands between others.
    #[test]
    fn words_have_the_probability_of_their_place() {
        let p = [0.2, 0.0, 1.0, 0.7, -1.0, 0.45, 2.0];
        let mut stream = BitStream::new(4);
        let mut set = [0; 7];
        let (calls, length) = (20_000, 5);
        for _ in 0..calls {
            let mut words = [u32::MAX; 7];
            stream.fill(&p, length, &mut words);
            set.iter_mut().zip(words).for_each(|(set, bits)| *set += bits.count_ones() as usize);
        }
        for (i, (set, p)) in set.into_iter().zip(p).enumerate() {
            let p = f64::from(p.clamp(0.0, 1.0));
            match p == 0.0 || p == 1.0 {
                true => assert_eq!(set, (p as usize) * calls * length as usize, "word {i}"),
                false => assert_share(set, calls * length as usize, p, format!("word {i}")),
            }
        }
    }

    #[test]
    fn certain_words_draw_nothing() {
        let (mut stream, mut words) = (BitStream::new(5), [0; 4]);
        let before = stream.state;
        stream.fill(&[1.0, 0.0, f32::NAN, -0.0], 32, &mut words);
        assert_eq!((words, stream.state), ([u32::MAX, 0, 0, 0], before));
    }

    #[test]
    fn places_are_those_of_the_number() {
        for p in [0.5f32, 0.25, 0.75, 0.333_333_34, 1e-4, 1e-9, 0.999_999_94, f32::EPSILON] {
            assert_eq!(places(p), (f64::from(p) * 2f64.powi(64)) as u64, "{p}");
        }
        assert!(places(f32::MIN_POSITIVE / 2.0) <= 1);
    }

    /// Results that users have published must not change.
    #[test]
    fn streams_are_stable() {
        let (mut stream, mut words) = (BitStream::new(7), [0; 18]);
        stream.fill(&[0.3; 18], 31, &mut words);
        let found = [words[0], words[15], words[16], words[17]];
        assert_eq!(found, [1_419_281_544, 1_020_340_227, 331_744_336, 207_102_986]);
    }
}
