//! A training step allocates nothing: an allocator counts. A program of its own, for which every other test would count too.
//!
//! The products are portable ones; the product crate that makes the fastest has buffers of its own for large matrices. One thread,
//! since threads that wait for work allocate lists of it.
use dyadsim::config::Hardware;
use dyadsim::learning::{Adam, Sgd};
use dyadsim::linalg::Arithmetic;
use dyadsim::map::MaximaSettings;
use dyadsim::network::{Architecture, Layer};
use dyadsim::prelude::*;
use dyadsim::relax::schedule::Passes;
use serde_json::{Value, json};
use std::alloc::{GlobalAlloc, Layout, System};
use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};

/// Counts what the thread allocates that asks for it.
struct Counting;

thread_local! {
    static COUNT: Cell<Option<u64>> = const { Cell::new(None) };
    static FIRST: RefCell<Option<Backtrace>> = const { RefCell::new(None) };
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count() {
    // Not while a backtrace is taken, which allocates.
    if let Some(count) = COUNT.get() {
        COUNT.set(None);
        if count == 0 {
            FIRST.set(Some(Backtrace::force_capture()));
        }
        COUNT.set(Some(count + 1));
    }
}

// SAFETY: every call goes to `System`, whose contract is the same.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count();
        // SAFETY: as above.
        unsafe { System.realloc(block, layout, new_size) }
    }
}

const SAMPLES: usize = 40;
const CLASSES: usize = 10;
const IMAGE: Shape = Shape { channels: 3, rows: 12, columns: 12 };

/// Allocations of a training step that is not one of the first, and where the first of them was.
fn allocations(mut learner: Learner) -> (u64, String) {
    let inputs = learner.weights.populations()[0].units();
    let stimuli =
        |step: usize| Matrix::from_fn(inputs, SAMPLES, move |i, j| ((i * 31 + j * 17 + step * 7) % 97) as f32 / 97.0);
    let batches: Vec<Matrix> = (0..4).map(stimuli).collect();
    let targets = Matrix::from_fn(CLASSES, SAMPLES, |i, j| if i == j % CLASSES { 1.0 } else { 0.0 });
    for step in 0..12 {
        if step == 8 {
            COUNT.set(Some(0));
        }
        train(&mut learner, batches[step % 4].as_view(), targets.as_view(), 1e-3, step as u64).unwrap();
    }
    let count = COUNT.take().unwrap_or_default();
    (count, FIRST.take().map_or_else(String::new, |first| first.to_string()))
}

fn dense() -> Network {
    Network::random(&[200, 300, 60, CLASSES], Initialization::HeNormal, 1).unwrap()
}

fn images() -> Network {
    let layers = json!([
        {"convolution": {"features": 20, "kernel": 3, "padding": "same"}}, {"max_pool": {"window": 2}},
        {"convolution": {"features": 24, "kernel": 3, "padding": "same", "name": "second"}},
        {"convolution": {"features": 24, "kernel": 3, "padding": "same"}}, {"skip": {"from": "second"}},
        {"average_pool": {"window": 2}}, {"dense": {"units": 150}}
    ]);
    let layers: Vec<Layer> = serde_json::from_value(layers).unwrap();
    let architecture = Architecture::new(IMAGE, &layers, Some(CLASSES), MaximaSettings::default()).unwrap();
    architecture.random(Initialization::HeNormal, 1).unwrap()
}

/// Noise of all kinds, converters, mismatch.
fn chip() -> DieConfig {
    let array = json!({
        "dac": {"bits": 8, "range": 1}, "adc": {"bits": 8, "range": 8}, "noise_management": "abs_max",
        "read_noise": {"std": 0.001, "per_input_norm": 0.001, "common_mode": 0.5}
    });
    let noise = json!({"std": 0.001, "common_mode": 0.5});
    let model: Value = json!({
        "schema_version": 2, "name": "noisy", "description": "",
        "units": {
            "tau_s": 1e-6, "dt_s": 1e-5, "rails": {"low": -20, "high": 20},
            "mismatch": {"gain": {"std": 0.001}, "offset": {"std": 0.001}},
            "process_noise": {"white": noise}, "readout_noise": noise
        },
        "arrays": {"forward": array, "feedback": array}, "input_noise_std": 0.001, "teacher_noise": noise,
        "learning": {"noise_std": 0.001}
    });
    serde_json::from_value::<Hardware>(model).unwrap().chip()
}

#[test]
fn a_training_step_allocates_nothing() {
    Arithmetic::Portable.choose();
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    let passes = |n| Passes { passes: Repeats::new(n).unwrap() };
    let rules = [
        ("fwbwK 1", CreditRule::DpTranspose, Schedule::FwbwK(passes(1))),
        ("fwK 16", CreditRule::DpTranspose, Schedule::FwK(passes(16))),
        ("backprop", CreditRule::Backprop, Schedule::default()),
    ];
    let mut found = vec![];
    for (name, network, chip) in [("dense", dense(), None), ("images", images(), None), ("chip", dense(), Some(chip()))]
    {
        for (rule_name, rule, schedule) in &rules {
            let optimizers = [Optimizer::Adam(Adam::default()), Optimizer::Sgd(Sgd::default())];
            for (optimizer_name, optimizer) in ["adam", "sgd"].into_iter().zip(optimizers) {
                let mut network = network.clone();
                let mut inference =
                    Inference::new(Activation::Relu, Loss::SoftmaxCrossEntropy, *rule, Nudging::default());
                if let Some(chip) = &chip {
                    let (feedback, initialization) = (FeedbackWeights::Transposed, Initialization::HeNormal);
                    inference = inference.on_die(chip, &mut network, feedback, initialization, Seeds::default());
                }
                let settings = LearnerSettings::new(network, inference, optimizer, SAMPLES);
                let learner = Learner::new(LearnerSettings { schedule: schedule.clone(), ..settings }).unwrap();
                let (count, first) = pool.install(|| allocations(learner));
                if count > 0 {
                    found.push(format!(
                        "{name}, {rule_name}, {optimizer_name}: {count} in four steps, the first\n{first}"
                    ));
                }
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn what_is_allocated_is_counted() {
    COUNT.set(Some(0));
    let numbers = std::hint::black_box(vec![0.0f32; 100]);
    assert_eq!((COUNT.take(), numbers.len()), (Some(1), 100));
}
