//! Running the points of a sweep: one simulation a thread, the longest first.
use super::cost::CostedPlan;
use super::error::SweepError;
use super::folder::SweepFolder;
use super::journal::{self, ShardJournal};
use super::outcome::Outcome;
use super::plan::Plan;
use super::point::Point;
use super::prepare::trained_trace;
use super::shard::Shard;
use crate::data::{Datasets, panic_message};
use crate::run::{Interrupt, RunOptions, RunStart, Status, run};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Hears how far a sweep is. Called by one thread at a time.
pub trait SweepProgress: Send {
    /// Points are about to be made: this many of this shard are done already; costs are in any unit.
    fn start(&mut self, points: usize, done: &[&Outcome], cost: f64, cost_done: f64);
    /// A point has ended.
    fn point(&mut self, point: &Point, outcome: &Outcome, cost: f64);
    /// All that could be done is done.
    fn finish(&mut self);
}

/// Does not listen.
impl SweepProgress for () {
    fn start(&mut self, _: usize, _: &[&Outcome], _: f64, _: f64) {}
    fn point(&mut self, _: &Point, _: &Outcome, _: f64) {}
    fn finish(&mut self) {}
}

/// How a sweep is run, as opposed to what it computes.
#[derive(Debug)]
pub struct ExecuteOptions {
    /// The points to make.
    pub shard: Shard,
    /// Simulations at a time.
    pub jobs: usize,
    /// The command line, for the traces of points.
    pub command: String,
}

/// Whether all points of the shard were made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// All of them.
    Complete,
    /// It was interrupted.
    Interrupted,
}

/// Makes the points of a shard that are not there yet. Each is on disk before its thread begins another.
///
/// # Errors
/// If the shard is in use or its file cannot be written. A point that fails is a result.
pub fn execute(
    costed: &CostedPlan,
    folder: &SweepFolder,
    datasets: &Datasets,
    options: &ExecuteOptions,
    progress: &mut dyn SweepProgress,
    interrupt: &Interrupt,
) -> Result<Ended, SweepError> {
    let plan = &costed.plan;
    let trained = trained_trace(plan, folder)?;
    let journal = ShardJournal::open(folder, options.shard)?;
    let known = journal::outcomes(folder, plan.points.len())?;
    let own = || plan.points.iter().filter(|point| options.shard.holds(point.index));
    let cost_of = |point: &Point| costed.costs[point.index];
    let done: Vec<&Outcome> = own().filter_map(|point| known[point.index].as_ref()).collect();
    let cost_done = own().filter(|point| known[point.index].is_some()).map(cost_of).sum();
    progress.start(own().count(), &done, own().map(cost_of).sum(), cost_done);
    let mut queue: Vec<&Point> = own().filter(|point| known[point.index].is_none()).collect();
    // The longest first, so that none is left alone at the end.
    queue.sort_by(|a, b| cost_of(b).total_cmp(&cost_of(a)).then(a.index.cmp(&b.index)));

    let host = host();
    let shared = Mutex::new((journal, progress, None));
    let next = AtomicUsize::new(0);
    let work = || -> Result<(), SweepError> {
        // The simulation keeps to this thread, and takes no work of the others.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).use_current_thread().build();
        let pool = pool.map_err(|error| threads(options.jobs, &error))?;
        while let Some(point) = queue.get(next.fetch_add(1, Ordering::Relaxed)) {
            if interrupt.is_set() {
                break;
            }
            let job =
                Job { plan, folder, datasets, trained: trained.as_deref(), command: &options.command, host: &host };
            let Some(outcome) = pool.install(|| job.make(point, interrupt)) else { break };
            let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
            let (journal, progress, _) = &mut *shared;
            if let Err(error) = journal.add(&outcome) {
                // A full disk: no results would be kept.
                interrupt.set();
                return Err(error);
            }
            progress.point(point, &outcome, cost_of(point));
        }
        Ok(())
    };
    std::thread::scope(|scope| {
        let threads_needed = options.jobs.clamp(1, queue.len().max(1));
        for _ in 0..threads_needed {
            let started = std::thread::Builder::new().name("point".to_owned()).spawn_scoped(scope, || {
                if let Err(error) = work() {
                    shared.lock().unwrap_or_else(PoisonError::into_inner).2.get_or_insert(error);
                }
            });
            if let Err(error) = started {
                shared.lock().unwrap_or_else(PoisonError::into_inner).2.get_or_insert(threads(options.jobs, &error));
            }
        }
    });
    let (_, progress, error) = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    progress.finish();
    match error {
        Some(error) => Err(error),
        None if interrupt.is_set() => Ok(Ended::Interrupted),
        None => Ok(Ended::Complete),
    }
}

fn threads(jobs: usize, reason: &impl ToString) -> SweepError {
    SweepError::Threads { jobs, reason: reason.to_string() }
}

/// What every point needs.
struct Job<'a> {
    plan: &'a Plan,
    folder: &'a SweepFolder,
    datasets: &'a Datasets,
    trained: Option<&'a Path>,
    command: &'a str,
    host: &'a str,
}

impl Job<'_> {
    /// Makes a point; `None` if it was interrupted.
    fn make(&self, point: &Point, interrupt: &Interrupt) -> Option<Outcome> {
        let started = Instant::now();
        let failed = |message| Outcome::failed(point.index, message, started.elapsed().as_secs_f64(), self.host);
        // A fault of the program in one point must not take the others with it.
        match catch_unwind(AssertUnwindSafe(|| self.run(point, interrupt))) {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => Some(failed(error.to_string())),
            Err(panic) => Some(failed(format!("the program failed: {}", panic_message(panic.as_ref())))),
        }
    }

    fn run(&self, point: &Point, interrupt: &Interrupt) -> Result<Option<Outcome>, SweepError> {
        let mut setup = self.plan.setup(point, self.trained)?;
        // It would be as large as the trace, once for every point.
        setup.experiment.output.final_state = false;
        let files = self.plan.config.output.traces.then(|| RunOptions {
            folder: self.folder.point(point.index),
            start: RunStart::New,
            command: self.command.to_owned(),
            // Of all points together.
            memory_limit: None,
        });
        let summary = run(&setup, self.datasets, files.as_ref(), &mut (), interrupt)?;
        let interrupted = matches!(summary.status, Status::Interrupted { .. });
        Ok((!interrupted).then(|| Outcome::of_run(point.index, &summary, self.host)))
    }
}

/// The name of this machine, for the status of a sweep on several.
fn host() -> String {
    gethostname::gethostname().to_string_lossy().into_owned()
}
