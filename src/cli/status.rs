//! `dyad status`.
use super::amounts::duration;
use super::console::outln;
use super::sweep::in_words;
use crate::error::Error;
use crate::sweep::{SavedPlan, SweepFolder, report};
use crate::vocabulary::PointStatus;
use std::path::Path;
use std::process::ExitCode;
use std::time::SystemTime;

/// More shards are not listed one by one.
const MOST_SHARDS: usize = 40;

/// How far a sweep is, from its files alone.
pub(super) fn status(path: &Path) -> Result<ExitCode, Error> {
    let folder = SweepFolder::new(path);
    let saved = SavedPlan::read(&folder)?;
    let (command, file) = (saved.command.clone(), saved.file.clone());
    let plan = saved.load()?;
    let report = report(&folder, plan.points.len())?;
    outln!("{}\n", plan.config.title);
    outln!("sweep file  {}\nbegun with  {command}", file.display());
    outln!("points      {}", in_words(&report.counts));
    if let Some(mean) = report.mean_s {
        let missing = report.counts.with(PointStatus::Missing);
        let left =
            if missing == 0 { String::new() } else { format!(", {} of work left", duration(mean * missing as f64)) };
        outln!("a point     {} on average{left}", duration(mean));
    }
    if plan.config.trained.is_some() {
        let state = if folder.trained().is_finished() { "trained" } else { "not trained yet" };
        outln!("beginning   the network that all points begin with is {state}");
    }
    let result = if report.has_result { folder.result().display().to_string() } else { "not made yet".to_owned() };
    outln!("result      {result}");
    if report.shards.is_empty() {
        outln!("\nno point has been made yet");
        return Ok(ExitCode::SUCCESS);
    }
    outln!("\n   shard    done  of  last point             where");
    for shard in report.shards.iter().take(MOST_SHARDS) {
        let ago = shard.changed.and_then(|time| SystemTime::now().duration_since(time).ok());
        let ago = ago.map_or("-".to_owned(), |ago| format!("{} ago", duration(ago.as_secs_f64())));
        let working = if shard.in_use { ", working" } else { "" };
        let host = shard.host.as_deref().unwrap_or("-");
        outln!("{:>8}  {:>6}  {:<6} {ago:<18} {host}{working}", shard.shard.to_string(), shard.done, shard.points);
    }
    if report.shards.len() > MOST_SHARDS {
        outln!("… and {} more", report.shards.len() - MOST_SHARDS);
    }
    Ok(ExitCode::SUCCESS)
}
