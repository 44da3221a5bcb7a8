//! Choosing some of a numbered list.
use crate::parameter::Count;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Some of a numbered list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Selection {
    /// All of them.
    All,
    /// The first N (all, if there are fewer).
    First(Count),
    /// Exactly these.
    Listed(Vec<usize>),
}

impl Selection {
    /// The chosen numbers among `from` … `to`, or the first one listed that does not exist.
    pub fn resolve(&self, from: usize, to: usize) -> Result<Vec<usize>, usize> {
        match self {
            Self::All => Ok((from..=to).collect()),
            Self::First(n) => Ok((from..=to).take(n.get()).collect()),
            Self::Listed(list) => match list.iter().find(|i| !(from..=to).contains(i)) {
                Some(&missing) => Err(missing),
                None => Ok(list.clone()),
            },
        }
    }
}
