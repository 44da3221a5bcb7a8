//! Whether what is to be simulated fits into the memory that there is, before it takes any of it.
use crate::vocabulary::number;
use std::fmt;
use std::str::FromStr;
use sysinfo::{MemoryRefreshKind, RefreshKind, System};

/// The most memory that may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryLimit {
    bytes: u64,
    origin: Origin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Machine,
    Given,
}

/// More memory is needed than may be taken.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{what} takes about {} of memory, more than {limit}; dyad explain tells what for; --memory-limit sets another limit", number::bytes(*.needed_bytes))]
pub struct TooMuchMemory {
    /// What needs it, as the subject of a sentence.
    pub what: String,
    /// How much.
    pub needed_bytes: f64,
    /// How much may be taken.
    pub limit: MemoryLimit,
}

/// The text is no amount of memory.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be an amount of memory > 0, as 800M, 4G or 1.5T (powers of 1024, as Slurm counts)")]
pub struct NoAmount;

impl MemoryLimit {
    /// All that the machine has, or what the container may take.
    pub fn of_machine() -> Self {
        let asked = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
        let system = System::new_with_specifics(asked);
        let bytes = system.cgroup_limits().map_or(u64::MAX, |group| group.total_memory).min(system.total_memory());
        // What is not known forbids nothing.
        Self { bytes: if bytes == 0 { u64::MAX } else { bytes }, origin: Origin::Machine }
    }

    /// So many bytes.
    pub fn of_bytes(bytes: u64) -> Self {
        Self { bytes, origin: Origin::Given }
    }

    /// Whether so much may be taken by `what`, the subject of a sentence.
    ///
    /// # Errors
    /// If it is more.
    pub fn check(self, what: &str, needed_bytes: f64) -> Result<(), TooMuchMemory> {
        if needed_bytes <= self.bytes as f64 {
            return Ok(());
        }
        Err(TooMuchMemory { what: what.to_owned(), needed_bytes, limit: self })
    }
}

impl Default for MemoryLimit {
    fn default() -> Self {
        Self::of_machine()
    }
}

impl FromStr for MemoryLimit {
    type Err = NoAmount;

    fn from_str(text: &str) -> Result<Self, NoAmount> {
        let text = text.trim().to_ascii_uppercase();
        let text = text.strip_suffix("IB").or(text.strip_suffix('B')).unwrap_or(&text);
        let power = |letter| "KMGT".find(letter).map(|at| at as i32 + 1);
        let (number, power) = match text.chars().last().and_then(power) {
            Some(power) => (&text[..text.len() - 1], power),
            None => (text, 0),
        };
        let bytes = number.trim().parse::<f64>().map_err(|_| NoAmount)? * 1024f64.powi(power);
        if bytes >= 1.0 && bytes.is_finite() { Ok(Self::of_bytes(bytes as u64)) } else { Err(NoAmount) }
    }
}

impl fmt::Display for MemoryLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = number::bytes(self.bytes as f64);
        match self.origin {
            Origin::Machine => write!(f, "the {bytes} that this machine has"),
            Origin::Given => write!(f, "the {bytes} of the limit"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_slurm_reads_them() {
        for (text, bytes) in
            [("4G", 4 << 30), ("1.5k", 1536), ("800M", 800 << 20), ("2 GiB", 2 << 30), ("3TB", 3 << 40), ("512", 512)]
        {
            assert_eq!(text.parse(), Ok(MemoryLimit::of_bytes(bytes)), "{text}");
        }
        for text in ["", "G", "0", "-1G", "4X", "nan", "inf", "1e400"] {
            assert_eq!(text.parse::<MemoryLimit>(), Err(NoAmount), "{text}");
        }
    }

    #[test]
    fn what_is_more_than_the_limit_is_refused() {
        let limit = MemoryLimit::of_bytes(1 << 30);
        assert_eq!(limit.check("this run", (1u64 << 30) as f64), Ok(()));
        let refused = limit.check("this run", 1.5 * (1u64 << 30) as f64).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "this run takes about 1.61 GB of memory, more than the 1.07 GB of the limit; dyad explain tells what for; \
             --memory-limit sets another limit"
        );
    }

    #[test]
    fn a_machine_has_memory() {
        assert!(MemoryLimit::of_machine().check("a test", 1e6).is_ok());
        assert!(MemoryLimit::of_machine().check("a test", 1e18).is_err());
    }
}
