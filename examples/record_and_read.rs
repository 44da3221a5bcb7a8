//! Runs an experiment file with some of its settings changed, records the states of its dyads to HDF5, and reads them
//! back.
//!
//! cargo run --release --example record_and_read
use dyadsim::prelude::*;
use dyadsim::results::states;
use dyadsim::vocabulary::state::{S_MINUS, S_PLUS};
use std::path::Path;

/// As `--set` of the program takes them.
const CHANGES: [&str; 6] = [
    "data.source.digits.train_count=1000",
    "data.source.digits.test_count=200",
    "training.epochs=3",
    "recording.states.every_steps=18",
    "recording.states.moment=inference_end",
    "recording.states.samples.first=10",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let experiment = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/quickstart.json");
    let edits = CHANGES.into_iter().map(Edit::parse).collect::<Result<Vec<_>, _>>()?;
    let setup = Setup::load(&experiment, &edits)?;

    let place = tempfile::tempdir()?;
    let folder = RunFolder::new(place.path());
    let options = RunOptions::new(folder.clone());
    run(&setup, &Datasets::default(), Some(&options), &mut (), &Interrupt::default())?;

    let result = RunResult::open(&folder.trace())?;
    println!("{}: {}", result.title(), result.status());
    println!("test accuracy after every epoch: {:.3?}", result.column("metrics", "test_accuracy")?);

    // How far apart nudging has pulled the two compartments of a dyad, while the network learns.
    for layer in states::layers(&result)? {
        let (samples, units) = (layer.samples.len(), layer.units.len());
        println!("layer {}: |s⁺ − s⁻|, root mean square over {samples} stimuli and {units} dyads", layer.layer);
        for (place, step) in layer.steps.iter().enumerate() {
            let s_plus = layer.read_step(&result, &S_PLUS, place)?;
            let s_minus = layer.read_step(&result, &S_MINUS, place)?;
            let squares: f64 = s_plus.iter().zip(&s_minus).map(|(plus, minus)| (plus - minus).powi(2)).sum();
            println!("  step {step:3}  {:.5}", (squares / s_plus.len() as f64).sqrt());
        }
    }
    Ok(())
}
