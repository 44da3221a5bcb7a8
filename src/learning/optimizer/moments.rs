//! Running moments of the gradient.
use crate::persist::{Archive, Damaged};
use std::ops::Range;

/// Moments of some numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// First moment.
    pub first: Vec<f32>,
    /// Second moment; empty if the optimizer keeps none.
    pub second: Vec<f32>,
}

/// Moments of numbers that lie next to each other, while they are stepped.
#[derive(Debug)]
pub(in crate::learning) struct MomentsMut<'a> {
    pub first: &'a mut [f32],
    /// Empty if the optimizer keeps none.
    pub second: &'a mut [f32],
}

impl Moments {
    /// Moments of `count` numbers before the first update.
    pub(in crate::learning) fn zeros(count: usize, has_second: bool) -> Self {
        Self { first: vec![0.0; count], second: vec![0.0; if has_second { count } else { 0 }] }
    }

    /// All of them.
    pub(in crate::learning) fn as_mut(&mut self) -> MomentsMut<'_> {
        MomentsMut { first: &mut self.first, second: &mut self.second }
    }

    /// Numbers kept.
    pub(in crate::learning) fn len(&self) -> usize {
        self.first.len() + self.second.len()
    }

    /// Hands them to an archive, as the moments of `what`.
    ///
    /// # Errors
    /// As [`crate::persist::Persist::persist`].
    pub(in crate::learning) fn persist(&mut self, what: &str, archive: &mut Archive) -> Result<(), Damaged> {
        archive.array(format!("{what}_first"), &mut self.first)?;
        archive.array(format!("{what}_second"), &mut self.second)
    }
}

impl<'a> MomentsMut<'a> {
    /// Those of the numbers before place `at`, and the rest.
    pub fn split(self, at: usize) -> (Self, Self) {
        let (first, later_first) = self.first.split_at_mut(at);
        let (second, later_second) = self.second.split_at_mut(at.min(self.second.len()));
        (Self { first, second }, Self { first: later_first, second: later_second })
    }

    /// Those of the numbers at these places.
    pub fn part(&mut self, places: Range<usize>) -> MomentsMut<'_> {
        let second = if self.second.is_empty() { &mut [] } else { &mut self.second[places.clone()] };
        MomentsMut { first: &mut self.first[places], second }
    }
}
