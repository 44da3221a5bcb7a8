//! Making a run. It is made by threads of its own, while the thread that has called waits, asks Python for signals and
//! calls back.
use crate::arrays::DataSet;
use crate::failure::{of, of_panic};
use crate::pool::pool;
use crate::setup::Setup;
use dyadsim::data::Datasets;
use dyadsim::plot::draw_run;
use dyadsim::run::{
    EpochReport, FolderLock, Interrupt, Progress, RunError, RunFolder, RunOptions, Status, Summary, run,
};
use pyo3::prelude::*;
use serde_json::json;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How often the calling thread looks for signals, and tells of steps.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// What the calling thread is told.
enum Event {
    Start {
        first: u64,
        steps: u64,
    },
    Message(String),
    /// An answer is waited for.
    Epoch(EpochReport),
}

/// Tells the calling thread.
struct Teller<'a> {
    events: Sender<Event>,
    answers: Receiver<()>,
    steps_done: &'a AtomicU64,
}

impl Progress for Teller<'_> {
    fn start(&mut self, first: u64, steps: u64) {
        // Nobody listens any more only if the calling thread has gone, which waits for this one.
        let _ = self.events.send(Event::Start { first, steps });
    }
    fn step(&mut self, steps_done: u64) {
        self.steps_done.store(steps_done, Ordering::Relaxed);
    }
    fn epoch(&mut self, report: &EpochReport) {
        let _ = self.events.send(Event::Epoch(report.clone()));
        let _ = self.answers.recv();
    }
    fn message(&mut self, text: &str) {
        let _ = self.events.send(Event::Message(text.to_owned()));
    }
    fn finish(&mut self) {}
}

/// Makes a run in a folder and returns its summary as JSON. `listener` is called with ("start", first, steps), ("step",
/// done), ("message", text) and ("epoch", report as JSON); what it returns true for after an epoch ends the run with its
/// results, what it raises stops it.
#[pyfunction]
#[pyo3(signature = (setup, data, folder, resume, overwrite, threads, command, listener))]
#[expect(clippy::too_many_arguments, reason = "the Python side gives them names")]
pub fn make_run(
    py: Python<'_>,
    setup: &Bound<'_, Setup>,
    data: Option<&Bound<'_, DataSet>>,
    folder: PathBuf,
    resume: bool,
    overwrite: bool,
    threads: Option<usize>,
    command: String,
    listener: &Bound<'_, PyAny>,
) -> PyResult<String> {
    let setup = &setup.get().0;
    let datasets = data.map_or_else(Datasets::default, |data| Datasets::of_memory(data.get().0.clone()));
    let lock = FolderLock::take(&folder).map_err(of)?;
    let own = if resume { RunFolder::new(&folder) } else { RunFolder::named(&folder, overwrite).map_err(of)? };
    if resume && own.is_finished() {
        return match own.differing_keys(setup).map_err(of)? {
            Some(keys) => Err(of(RunError::EndedOtherwise { folder, keys })),
            None => Ok(json!({ "status": "ended before" }).to_string()),
        };
    }
    let pool = pool(threads)?;
    let options = RunOptions { folder: own, resume, command };
    let (interrupt, steps_done) = (Interrupt::default(), AtomicU64::new(0));
    let (events, heard) = channel();
    // What is used without the lock of the interpreter has to be shareable, although one thread alone uses it.
    let heard = Mutex::new(heard);
    let (answer, answers) = channel();
    let mut teller = Teller { events, answers, steps_done: &steps_done };
    let (made, refused) = std::thread::scope(|scope| {
        let (options, interrupt, datasets) = (&options, &interrupt, &datasets);
        let worker = scope.spawn(move || {
            let summary = pool.install(|| run(setup, datasets, Some(options), &mut teller, interrupt))?;
            if !matches!(summary.status, Status::Interrupted { .. }) && setup.experiment.output.figure {
                let folder = &options.folder;
                if let Err(error) = draw_run(&folder.trace(), &folder.figure_svg(), &folder.figure_png()) {
                    // The results are whole without it.
                    teller.message(&format!("no figure: {error}"));
                }
            }
            Ok::<Summary, RunError>(summary)
        });
        let mut refused = None;
        let mut told = 0;
        loop {
            let event = py.detach(|| heard.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(LOOK_EVERY));
            let done = steps_done.load(Ordering::Relaxed);
            let is_epoch = matches!(event, Ok(Event::Epoch(_)));
            let mut hear = || -> PyResult<()> {
                py.check_signals()?;
                if done > told {
                    told = done;
                    listener.call1(("step", done))?;
                }
                match &event {
                    Ok(Event::Start { first, steps }) => listener.call1(("start", *first, *steps)).map(drop),
                    Ok(Event::Message(text)) => listener.call1(("message", text)).map(drop),
                    Ok(Event::Epoch(report)) => {
                        let ends = listener.call1(("epoch", as_json(report)))?.is_truthy()?;
                        if ends {
                            interrupt.end_after_epoch();
                        }
                        Ok(())
                    }
                    Err(_) => Ok(()),
                }
            };
            if refused.is_none()
                && let Err(error) = hear()
            {
                interrupt.set();
                refused = Some(error);
            }
            if is_epoch {
                let _ = answer.send(());
            }
            if matches!(event, Err(RecvTimeoutError::Disconnected)) {
                break;
            }
        }
        (py.detach(|| worker.join()), refused)
    });
    let made = made.map_err(|panic| of_panic(panic.as_ref()));
    let made = made.and_then(|made| made.map_err(of));
    if made.is_err() {
        // A folder that was made for a run which could not begin; one that holds anything stays.
        drop(lock);
        let _ = std::fs::remove_dir(options.folder.path());
    }
    match (made, refused) {
        (Ok(_), Some(error)) => Err(error),
        (Err(error), _) => Err(error),
        (Ok(summary), None) => Ok(summary_text(&summary)),
    }
}

fn as_json(report: &EpochReport) -> String {
    json!({
        "epoch": report.epoch,
        "epochs": report.epochs,
        "train_loss": report.train_loss,
        "train_accuracy": report.train_accuracy,
        "validation_accuracy": report.validation_accuracy,
        "test_accuracy": report.test_accuracy,
        "test_reconstruction_error": report.test_reconstruction_error,
    })
    .to_string()
}

fn summary_text(summary: &Summary) -> String {
    json!({
        "status": summary.status.name(),
        "best_epoch": summary.best_epoch,
        "elapsed_s": summary.elapsed_s,
        "steps": summary.steps,
    })
    .to_string()
}
