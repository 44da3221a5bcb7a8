//! What is frozen in the devices of a chip, by its names, and measured arrays that take the place of what is drawn.
//!
//! Every kind of device says what it has drawn ([`Frozen`]), in the order of its memory; that is what a trace records, and
//! what a measured die may replace. So a die that was recorded can be given back, and makes the same bits.
use crate::random::Seeds;
use crate::vocabulary::Term;
use std::collections::BTreeMap;

/// A part of a chip that has devices of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// The units of a population, from 1; 0 is the stimulus.
    Units(usize),
    /// The synapses of a projection, from 1.
    Synapses(usize),
    /// The array through which a projection carries errors back.
    Feedback(usize),
}

/// One quantity of all devices of a part.
#[derive(Debug, Clone, PartialEq)]
pub struct Frozen {
    /// Which.
    pub term: Term,
    /// What its numbers may be.
    pub rule: FrozenRule,
    /// In the order of memory: unit after unit; or device after device of a synapse, in each of them column after column.
    pub numbers: Vec<f64>,
}

/// What the numbers of a quantity may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum FrozenRule {
    /// Any that is finite.
    Finite,
    /// Above 0.
    Positive,
    /// 0 or above.
    NonNegative,
    /// From 0 to 1.
    Fraction,
    /// Whole numbers of 32 bits.
    Count,
    /// One of these codes.
    Code(&'static [(u8, &'static str)]),
}

impl FrozenRule {
    /// Whether a number keeps to it.
    pub fn admits(self, x: f64) -> bool {
        match self {
            Self::Finite => x.is_finite(),
            Self::Positive => x.is_finite() && x > 0.0,
            Self::NonNegative => x.is_finite() && x >= 0.0,
            Self::Fraction => (0.0..=1.0).contains(&x),
            Self::Count => x.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&x),
            Self::Code(codes) => codes.iter().any(|(code, _)| f64::from(*code) == x),
        }
    }

    /// The rule, to be read after "must".
    pub fn words(self) -> String {
        match self {
            Self::Finite => "be finite".to_owned(),
            Self::Positive => "be above 0".to_owned(),
            Self::NonNegative => "be 0 or above".to_owned(),
            Self::Fraction => "lie between 0 and 1".to_owned(),
            Self::Count => "be whole numbers".to_owned(),
            Self::Code(codes) => {
                let named: Vec<String> = codes.iter().map(|(code, word)| format!("{code} ({word})")).collect();
                format!("be one of {}", named.join(", "))
            }
        }
    }
}

/// Arrays of a measured die. What it does not have is drawn.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MeasuredDie {
    arrays: BTreeMap<(Part, String), Vec<f64>>,
}

/// A die of which nothing is measured.
static DRAWN: MeasuredDie = MeasuredDie { arrays: BTreeMap::new() };

impl MeasuredDie {
    /// Adds one quantity of a part, in the order and with the length of [`Frozen::numbers`].
    pub fn insert(&mut self, part: Part, name: &str, numbers: Vec<f64>) {
        self.arrays.insert((part, name.to_owned()), numbers);
    }

    /// A number that other arrays do not share; 0 if all is drawn.
    pub fn fingerprint(&self) -> u64 {
        // FNV-1a, word by word.
        let mix = |hash: u64, word: u64| (hash ^ word).wrapping_mul(0x0100_0000_01b3);
        let of_array = |hash: u64, ((part, name), numbers): (&(Part, String), &Vec<f64>)| {
            let (kind, number) = match part {
                Part::Units(k) => (1, *k),
                Part::Synapses(k) => (2, *k),
                Part::Feedback(k) => (3, *k),
            };
            let words = [kind, number as u64].into_iter().chain(name.bytes().map(u64::from));
            words.chain(numbers.iter().map(|x| x.to_bits())).fold(hash, mix)
        };
        if self.is_empty() { 0 } else { self.arrays.iter().fold(0xcbf2_9ce4_8422_2325, of_array) }
    }

    /// Whether all is drawn.
    pub fn is_empty(&self) -> bool {
        self.arrays.is_empty()
    }
}

/// What the devices of a chip come from: seeds, and what is measured of it.
#[derive(Debug, Clone, Copy)]
pub struct Chip<'a> {
    /// Seeds of what is drawn.
    pub seeds: Seeds,
    /// What takes the place of that.
    pub measured: &'a MeasuredDie,
}

impl From<Seeds> for Chip<'_> {
    fn from(seeds: Seeds) -> Self {
        Self { seeds, measured: &DRAWN }
    }
}

impl<'a> Chip<'a> {
    /// What is measured of a part.
    pub(crate) fn part(self, part: Part) -> MeasuredPart<'a> {
        MeasuredPart { die: self.measured, part }
    }
}

/// What is measured of a part.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MeasuredPart<'a> {
    die: &'a MeasuredDie,
    part: Part,
}

impl<'a> MeasuredPart<'a> {
    /// Numbers of a quantity, if they are measured.
    pub fn numbers(self, term: &Term) -> Option<&'a [f64]> {
        if self.die.is_empty() {
            return None;
        }
        self.die.arrays.get(&(self.part, term.name.to_owned())).map(Vec::as_slice)
    }

    /// Puts the numbers from place `from` on where drawn ones are.
    pub fn replace(self, term: &Term, from: usize, drawn: &mut [f32]) {
        if let Some(numbers) = self.numbers(term) {
            drawn.iter_mut().zip(&numbers[from..]).for_each(|(drawn, x)| *drawn = *x as f32);
        }
    }

    /// The same of counts.
    pub fn replace_counts(self, term: &Term, from: usize, drawn: &mut [u32]) {
        if let Some(numbers) = self.numbers(term) {
            drawn.iter_mut().zip(&numbers[from..]).for_each(|(drawn, x)| *drawn = *x as u32);
        }
    }

    /// The same of codes.
    pub fn replace_codes(self, term: &Term, from: usize, drawn: &mut [u8]) {
        if let Some(numbers) = self.numbers(term) {
            drawn.iter_mut().zip(&numbers[from..]).for_each(|(drawn, x)| *drawn = *x as u8);
        }
    }
}
