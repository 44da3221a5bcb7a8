//! Shares of the points of a sweep, for several processes.
use std::fmt;
use std::str::FromStr;

/// One of several equal shares: point p belongs to shard p mod N + 1 of N.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shard {
    number: usize,
    of: usize,
}

/// Text that names no shard.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be I/N with whole numbers 1 <= I <= N, like 3/16; got {0:?}")]
pub struct NoShard(String);

impl Shard {
    /// All points.
    pub const WHOLE: Self = Self { number: 1, of: 1 };

    /// Shard `number` of `of`, counted from 1.
    ///
    /// # Errors
    /// If there is no such shard.
    pub fn new(number: usize, of: usize) -> Result<Self, NoShard> {
        if (1..=of).contains(&number) { Ok(Self { number, of }) } else { Err(NoShard(format!("{number}/{of}"))) }
    }

    /// Its number, from 1.
    pub fn number(self) -> usize {
        self.number
    }

    /// How many there are.
    pub fn of(self) -> usize {
        self.of
    }

    /// Whether a point belongs to it.
    pub fn holds(self, point: usize) -> bool {
        point % self.of == self.number - 1
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.number, self.of)
    }
}

impl FromStr for Shard {
    type Err = NoShard;

    fn from_str(text: &str) -> Result<Self, NoShard> {
        let parts = text.split_once('/').and_then(|(i, n)| Some((i.trim().parse().ok()?, n.trim().parse().ok()?)));
        let (number, of) = parts.ok_or_else(|| NoShard(text.to_owned()))?;
        Self::new(number, of).map_err(|_| NoShard(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_belongs_to_exactly_one_shard() {
        let shards: Vec<Shard> = (1..=3).map(|i| Shard::new(i, 3).unwrap()).collect();
        for point in 0..10 {
            assert_eq!(shards.iter().filter(|shard| shard.holds(point)).count(), 1);
        }
        assert!((0..10).all(|point| Shard::WHOLE.holds(point)));
    }

    #[test]
    fn only_shards_that_exist_can_be_named() {
        assert_eq!("2/3".parse(), Shard::new(2, 3));
        for wrong in ["0/3", "4/3", "1/0", "1", "a/b", "-1/3", ""] {
            let told = wrong.parse::<Shard>().unwrap_err().to_string();
            assert!(told.ends_with(&format!("got {wrong:?}")), "{told}");
        }
    }
}
