//! The levels that a synapse can hold, and which of them is nearest to a number.
use crate::parameter::{Finite, LevelCount};
use multiversion::multiversion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The levels of a synapse, in units of the scale of its layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Levels {
    /// This many levels at equal distances from −1 to 1.
    Uniform(UniformLevels),
    /// The given levels.
    Listed(ListedLevels),
}

/// Levels at equal distances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UniformLevels {
    /// Their number.
    pub count: LevelCount,
}

/// Levels one by one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListedLevels {
    /// 2 to 256 ascending numbers between −1 and 1.
    pub values: Vec<Finite>,
}

impl Levels {
    /// The broken rule, if the levels make no codebook.
    pub fn conflict(&self) -> Option<(&'static str, String)> {
        let Self::Listed(list) = self else { return None };
        let values: Vec<f64> = list.values.iter().map(|x| x.get()).collect();
        let ascending = values.windows(2).all(|pair| pair[0] < pair[1]);
        let inside = values.iter().all(|x| (-1.0..=1.0).contains(x));
        let fits = LevelCount::new(values.len()).is_ok();
        (!(ascending && inside && fits))
            .then(|| ("listed.values", "must be 2 to 256 ascending numbers between -1 and 1".to_owned()))
    }
}

/// Levels ready for use.
#[derive(Debug, Clone, PartialEq)]
pub struct Codebook {
    values: Vec<f32>,
    /// Half way between neighbouring levels; a number at a threshold belongs to the upper one.
    thresholds: Vec<f32>,
}

impl Codebook {
    /// −1 and 1.
    pub fn binary() -> Self {
        Self::of(vec![-1.0, 1.0])
    }

    /// The levels of a setting without [`Levels::conflict`].
    pub fn new(levels: &Levels) -> Self {
        match levels {
            Levels::Uniform(uniform) => {
                let last = (uniform.count.get() - 1) as f64;
                Self::of((0..uniform.count.get()).map(|i| (2.0 * i as f64 / last - 1.0) as f32).collect())
            }
            Levels::Listed(list) => Self::of(list.values.iter().map(|x| x.get() as f32).collect()),
        }
    }

    fn of(values: Vec<f32>) -> Self {
        let thresholds = values.windows(2).map(|pair| 0.5 * (pair[0] + pair[1])).collect();
        Self { values, thresholds }
    }

    /// The levels in ascending order.
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// Whether there are just two levels.
    pub fn is_binary(&self) -> bool {
        self.values.len() == 2
    }

    /// The level with this number.
    pub fn value(&self, code: u8) -> f32 {
        self.values[usize::from(code)]
    }

    /// Number of the level nearest to `x`.
    pub fn code(&self, x: f32) -> u8 {
        match self.thresholds.as_slice() {
            [threshold] => u8::from(x >= *threshold),
            thresholds => thresholds.partition_point(|&threshold| x >= threshold) as u8,
        }
    }

    /// Numbers of the levels nearest to each of `x`.
    pub fn codes(&self, x: &[f32], codes: &mut [u8]) {
        if let [threshold] = self.thresholds.as_slice() {
            above(x, *threshold, codes);
        } else {
            codes.iter_mut().zip(x).for_each(|(code, &x)| *code = self.code(x));
        }
    }

    /// The number of a neighbouring level, one up or one down; the same if there is none.
    pub fn neighbour(&self, code: u8, up: bool) -> u8 {
        if up { code.saturating_add(1).min((self.values.len() - 1) as u8) } else { code.saturating_sub(1) }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn above(x: &[f32], threshold: f32, codes: &mut [u8]) {
    codes.iter_mut().zip(x).for_each(|(code, x)| *code = u8::from(*x >= threshold));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn two_levels_meet_at_zero() {
        let binary = Codebook::binary();
        assert_eq!([-2.0, -1e-9, 0.0, 0.3].map(|x| binary.code(x)), [0, 0, 1, 1]);
        assert_eq!((binary.neighbour(0, true), binary.neighbour(1, true), binary.neighbour(0, false)), (1, 1, 0));
    }

    #[test]
    fn levels_that_make_no_codebook_are_refused() {
        let listed = |values: &[f64]| {
            Levels::Listed(ListedLevels { values: values.iter().map(|&x| Finite::new(x).unwrap()).collect() })
        };
        assert!(listed(&[-1.0, 0.2, 1.0]).conflict().is_none());
        for bad in [&[0.0][..], &[0.5, 0.5], &[1.0, -1.0], &[-1.5, 0.0]] {
            assert!(listed(bad).conflict().is_some());
        }
    }

    proptest! {
        #[test]
        fn no_level_is_nearer_than_the_one_that_is_chosen(count in 2usize..40, x in -1.5f32..1.5) {
            let book = Codebook::new(&Levels::Uniform(UniformLevels { count: LevelCount::new(count).unwrap() }));
            let chosen = (book.value(book.code(x)) - x).abs();
            prop_assert!(book.values().iter().all(|v| (v - x).abs() >= chosen - 1e-6));
            let mut codes = [0];
            book.codes(&[x], &mut codes);
            prop_assert_eq!(codes[0], book.code(x));
        }
    }
}
