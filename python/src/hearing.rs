//! Long work that is heard of. It is done by threads of its own, while the thread that has called waits, asks Python for
//! signals and calls back, so that a notebook can be interrupted and what is called runs where its user expects it.
use crate::failure::of_panic;
use dyadsim::run::{EpochReport, Interrupt, Progress};
use dyadsim::sweep::{Outcome, Point, SweepProgress};
use pyo3::prelude::*;
use serde_json::json;
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
    /// JSON; an answer is waited for.
    Epoch(String),
}

/// Tells the calling thread.
pub struct Teller<'a> {
    events: Sender<Event>,
    answers: Mutex<Receiver<()>>,
    steps_done: &'a AtomicU64,
}

impl Teller<'_> {
    /// A line for people.
    pub fn say(&self, text: &str) {
        // Nobody listens any more only if the calling thread has gone, which waits for this one.
        let _ = self.events.send(Event::Message(text.to_owned()));
    }
}

impl Progress for Teller<'_> {
    fn start(&mut self, first: u64, steps: u64) {
        self.steps_done.store(first, Ordering::Relaxed);
        let _ = self.events.send(Event::Start { first, steps });
    }
    fn step(&mut self, steps_done: u64) {
        self.steps_done.store(steps_done, Ordering::Relaxed);
    }
    fn epoch(&mut self, report: &EpochReport) {
        let _ = self.events.send(Event::Epoch(as_json(report)));
        let _ = self.answers.get_mut().unwrap_or_else(PoisonError::into_inner).recv();
    }
    fn message(&mut self, text: &str) {
        self.say(text);
    }
    fn note(&mut self, text: &str) {
        self.say(&format!("note: {text}"));
    }
    fn warning(&mut self, text: &str) {
        self.say(&format!("warning: {text}"));
    }
    fn finish(&mut self) {}
}

impl SweepProgress for Teller<'_> {
    fn start(&mut self, points: usize, done: &[&Outcome], _: f64, _: f64) {
        Progress::start(self, done.len() as u64, points as u64);
    }
    fn point(&mut self, _: &Point, _: &Outcome, _: f64) {
        self.steps_done.fetch_add(1, Ordering::Relaxed);
    }
    fn finish(&mut self) {}
}

/// Does work. `listener` is called with ("start", first, steps), ("step", done), ("message", text) and ("epoch", report as
/// JSON); what it returns true for after an epoch ends a run with its results, what it raises stops the work.
pub fn hear<T: Send>(
    py: Python<'_>,
    listener: &Bound<'_, PyAny>,
    work: impl FnOnce(&mut Teller, &Interrupt) -> PyResult<T> + Send,
) -> PyResult<T> {
    let (interrupt, steps_done) = (Interrupt::default(), AtomicU64::new(0));
    let (events, heard) = channel();
    // What is used without the lock of the interpreter has to be shareable, although one thread alone uses it.
    let heard = Mutex::new(heard);
    let (answer, answers) = channel();
    let mut teller = Teller { events, answers: Mutex::new(answers), steps_done: &steps_done };
    let (made, refused) = std::thread::scope(|scope| {
        let interrupt = &interrupt;
        let worker = scope.spawn(move || work(&mut teller, interrupt));
        let (mut refused, mut told) = (None, 0);
        loop {
            let event = py.detach(|| heard.lock().unwrap_or_else(PoisonError::into_inner).recv_timeout(LOOK_EVERY));
            let done = steps_done.load(Ordering::Relaxed);
            let mut tell = || -> PyResult<()> {
                py.check_signals()?;
                if done > told {
                    told = done;
                    listener.call1(("step", done))?;
                }
                match &event {
                    Ok(Event::Start { first, steps }) => {
                        told = *first;
                        listener.call1(("start", *first, *steps)).map(drop)
                    }
                    Ok(Event::Message(text)) => listener.call1(("message", text)).map(drop),
                    Ok(Event::Epoch(report)) => {
                        if listener.call1(("epoch", report))?.is_truthy()? {
                            interrupt.end_after_epoch();
                        }
                        Ok(())
                    }
                    Err(_) => Ok(()),
                }
            };
            if refused.is_none()
                && let Err(error) = tell()
            {
                interrupt.set();
                refused = Some(error);
            }
            match event {
                Ok(Event::Epoch(_)) => drop(answer.send(())),
                Err(RecvTimeoutError::Disconnected) => break,
                _ => {}
            }
        }
        (py.detach(|| worker.join()), refused)
    });
    match (made, refused) {
        (Err(panic), _) => Err(of_panic(panic.as_ref())),
        // What was raised has stopped the work.
        (Ok(_), Some(error)) => Err(error),
        (Ok(made), None) => made,
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
        "train_r2": report.train_r2,
        "validation_r2": report.validation_r2,
        "test_r2": report.test_r2,
        "test_rmse": report.test_rmse,
    })
    .to_string()
}
