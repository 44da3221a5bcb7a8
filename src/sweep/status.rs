//! How far a sweep is, from its files alone.
use super::error::SweepError;
use super::folder::SweepFolder;
use super::journal::{is_in_use, read, shard_files};
use super::merge::Counts;
use super::outcome::Outcome;
use super::shard::Shard;
use std::time::SystemTime;

/// How far a sweep is.
#[derive(Debug, Clone, PartialEq)]
pub struct SweepReport {
    /// All points, by how they ended.
    pub counts: Counts,
    /// The shards that have been begun.
    pub shards: Vec<ShardProgress>,
    /// Mean seconds of a point so far.
    pub mean_s: Option<f64>,
    /// Whether the result is there.
    pub has_result: bool,
}

/// How far a shard is.
#[derive(Debug, Clone, PartialEq)]
pub struct ShardProgress {
    /// Which.
    pub shard: Shard,
    /// Points that it holds.
    pub points: usize,
    /// Points that are done.
    pub done: usize,
    /// Whether a process on this machine works on it now.
    pub in_use: bool,
    /// When the last point was added.
    pub changed: Option<SystemTime>,
    /// Where the last point ran.
    pub host: Option<String>,
}

/// Looks at the files of a sweep of this many points.
///
/// # Errors
/// If they cannot be read.
pub fn report(folder: &SweepFolder, points: usize) -> Result<SweepReport, SweepError> {
    let mut outcomes: Vec<Option<Outcome>> = vec![None; points];
    let mut shards = vec![];
    for (shard, path) in shard_files(folder)? {
        let own = read(&path)?;
        shards.push(ShardProgress {
            shard,
            points: (0..points).filter(|&point| shard.holds(point)).count(),
            done: own.len(),
            in_use: is_in_use(&path),
            changed: std::fs::metadata(&path).and_then(|data| data.modified()).ok(),
            host: own.last().map(|outcome| outcome.host.clone()),
        });
        for outcome in own {
            if let Some(place) = outcomes.get_mut(outcome.point) {
                place.get_or_insert(outcome);
            }
        }
    }
    let times: Vec<f64> = outcomes.iter().flatten().map(|outcome| outcome.elapsed_s).collect();
    Ok(SweepReport {
        counts: Counts::of(outcomes.iter().map(Option::as_ref)),
        shards,
        mean_s: (!times.is_empty()).then(|| times.iter().sum::<f64>() / times.len() as f64),
        has_result: folder.result().exists(),
    })
}
