//! Replicas of a network in a mini-batch that change stimuli at steps of their own, as independent devices do.
use crate::linalg::Matrix;
use crate::persist::{Archive, Damaged, Persist};

/// When each replica changes its stimulus.
#[derive(Debug, Clone)]
pub(super) struct Replicas {
    /// Steps after that of the mini-batch at which each takes its stimulus up.
    pub offsets: Vec<u64>,
    /// The stimuli before the present ones (input × sample); none at the beginning.
    before: Option<Matrix>,
    /// (input × sample)
    shape: (usize, usize),
}

impl Replicas {
    /// Of a stream that has not begun.
    pub fn new(offsets: Vec<u64>, inputs: usize) -> Self {
        Self { shape: (inputs, offsets.len()), offsets, before: None }
    }

    /// What is shown from step t of the mini-batch `new` on, if any replica changes then.
    pub fn shown(&self, new: &Matrix, t: u64) -> Option<Matrix> {
        if t > 0 && !self.offsets.contains(&t) {
            return None;
        }
        let mut shown = new.clone();
        let Some(before) = &self.before else { return Some(shown) };
        for ((mut shown, before), _) in
            shown.column_iter_mut().zip(before.column_iter()).zip(&self.offsets).filter(|(_, offset)| t < **offset)
        {
            shown.copy_from(&before);
        }
        Some(shown)
    }

    /// The mini-batch is over.
    pub fn leave(&mut self, shown: Matrix) {
        self.before = Some(shown);
    }
}

impl Persist for Replicas {
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        let mut before = self.before.as_ref().map_or(vec![], |before| before.as_slice().to_vec());
        archive.vector("before", &mut before)?;
        let (inputs, samples) = self.shape;
        self.before = match before.len() {
            0 => None,
            n if n == inputs * samples => Some(Matrix::from_vec(inputs, samples, before)),
            _ => return Err(archive.damaged("before")),
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_replica_keeps_its_stimulus_until_its_own_step() {
        let mut replicas = Replicas::new(vec![0, 2, 1], 1);
        let (first, second) = (Matrix::from_row_slice(1, 3, &[1.0; 3]), Matrix::from_row_slice(1, 3, &[2.0; 3]));
        // Before the first stimulus there is none that could stay.
        assert_eq!(replicas.shown(&first, 0), Some(first.clone()));
        replicas.leave(first);
        let shown: Vec<Option<Vec<f32>>> =
            (0..4).map(|t| Some(replicas.shown(&second, t)?.as_slice().to_vec())).collect();
        let expected = [Some(vec![2.0, 1.0, 1.0]), Some(vec![2.0, 1.0, 2.0]), Some(vec![2.0; 3]), None];
        assert_eq!(shown, expected);
    }
}
