//! Which shards a job array runs.
use super::error::SlurmError;

/// Tasks of an array unless the user says how many.
const DEFAULT_TASKS: u32 = 100;

/// The shards of a sweep and which of them still have points to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shards {
    of: u32,
    unfinished: Vec<u32>,
}

impl Shards {
    /// Cuts a sweep into `of` shards, of which those stay unfinished that hold one of the `missing` points: point p
    /// belongs to shard I of N if p mod N = I − 1.
    ///
    /// # Panics
    /// If `of` is 0.
    pub fn new(of: u32, missing: impl IntoIterator<Item = usize>) -> Self {
        let unfinished: std::collections::BTreeSet<u32> =
            missing.into_iter().map(|point| (point % of as usize) as u32 + 1).collect();
        Self { of, unfinished: unfinished.into_iter().collect() }
    }

    /// Number of shards, finished or not.
    pub fn of(&self) -> u32 {
        self.of
    }

    /// Shards that still have points to run, ascending from 1.
    pub fn unfinished(&self) -> &[u32] {
        &self.unfinished
    }

    /// How many shards to cut `points` points into: as many as `asked`, else as `earlier` submissions of the folder,
    /// else a shard a point up to 100; never more than points or than the `largest` index of an array.
    ///
    /// # Errors
    /// [`SlurmError::TooManyTasks`] if more were asked for than an array may have.
    pub fn count(
        points: usize,
        asked: Option<u32>,
        earlier: Option<u32>,
        largest: Option<u32>,
    ) -> Result<u32, SlurmError> {
        let points = u32::try_from(points).unwrap_or(u32::MAX).max(1);
        let largest = largest.unwrap_or(u32::MAX);
        match asked.map(|tasks| tasks.min(points)) {
            Some(tasks) if tasks > largest => Err(SlurmError::TooManyTasks { tasks, most: largest }),
            Some(tasks) => Ok(tasks.max(1)),
            None => Ok(earlier.unwrap_or(DEFAULT_TASKS).min(points).min(largest).max(1)),
        }
    }
}

/// Ascending numbers as `sbatch --array` takes them: 1-3,7.
pub fn index_ranges(numbers: &[u32]) -> String {
    let runs = numbers.chunk_by(|a, b| a + 1 == *b);
    let text = |run: &[u32]| match run {
        [one] => one.to_string(),
        [first, .., last] => format!("{first}-{last}"),
        [] => String::new(),
    };
    runs.map(text).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_join_neighbours_only() {
        let cases: [(&[u32], &str); 6] = [
            (&[], ""),
            (&[4], "4"),
            (&[1, 2, 3, 7], "1-3,7"),
            (&[1, 3, 5], "1,3,5"),
            (&[2, 3, 9, 10, 11], "2-3,9-11"),
            (&[1, 2, 3, 4], "1-4"),
        ];
        for (numbers, expected) in cases {
            assert_eq!(index_ranges(numbers), expected);
        }
    }

    #[test]
    fn only_shards_with_missing_points_are_unfinished() {
        assert_eq!(Shards::new(4, 0..10).unfinished(), [1, 2, 3, 4]);
        assert_eq!(Shards::new(4, [2, 6, 7]).unfinished(), [3, 4]);
        assert_eq!(Shards::new(4, [4]).unfinished(), [1]);
        assert_eq!(Shards::new(4, []).unfinished(), [0; 0]);
    }

    #[test]
    fn the_number_of_shards_keeps_within_points_and_array() {
        let count = |points, asked, earlier, largest| Shards::count(points, asked, earlier, largest).unwrap();
        assert_eq!(count(16, None, None, None), 16);
        assert_eq!(count(1600, None, None, None), 100);
        assert_eq!(count(1600, None, None, Some(50)), 50);
        assert_eq!(count(1600, Some(400), None, None), 400);
        assert_eq!(count(16, Some(400), None, Some(50)), 16);
        assert_eq!(count(16, None, Some(4), None), 4);
        assert_eq!(count(16, Some(5), Some(4), None), 5);
        let error = Shards::count(1600, Some(400), None, Some(50)).unwrap_err();
        assert!(error.to_string().starts_with("--tasks 400: an array has at most 50"), "{error}");
    }
}
