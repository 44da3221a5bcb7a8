//! What a chip does for a stimulus, counted by hand on a network of 4, 3 and 2 units, and what that costs.
use dyadsim::config::Hardware;
use dyadsim::costs::{Bill, Costs, Energy, Operations, Part, Tariff, Writes};
use dyadsim::crossbar::settings::ReadNoise;
use dyadsim::prelude::*;
use serde_json::{Value, json};

/// Operations of one training step with `samples` stimuli, the second that is made.
fn operations(rule: CreditRule, schedule: Value, die: &DieConfig, samples: usize) -> (Learner, Operations) {
    let mut network = Network::random(&[4, 3, 2], Initialization::HeNormal, 1).unwrap();
    let schedule: Schedule = serde_json::from_value(schedule).unwrap();
    let mut inference = Inference::new(Activation::Tanh, Loss::default(), rule, Nudging::default());
    if let Schedule::Stream(_) = schedule {
        inference.start = Start::Carried;
    }
    if !die.is_ideal() {
        let feedback = FeedbackWeights::Transposed;
        inference = inference.on_die(die, &mut network, feedback, Initialization::HeNormal, Seeds::default());
    }
    let settings = LearnerSettings::new(network, inference, Optimizer::default(), samples);
    let mut learner = Learner::new(LearnerSettings { schedule, ..settings }).unwrap();
    let inputs = Matrix::from_fn(4, samples, |i, j| 0.1 * (i + j) as f32);
    let targets = Matrix::from_fn(2, samples, |i, j| if i == j % 2 { 1.0 } else { 0.0 });
    for step in 0..2 {
        learner.take_operations();
        train(&mut learner, inputs.as_view(), targets.as_view(), 0.01, step).unwrap();
    }
    let [training, _] = learner.take_operations();
    (learner, training)
}

fn tariff(costs: Value, arrays: Value, units: Value) -> Tariff {
    let hardware = json!({
        "schema_version": 2, "name": "t", "description": "t", "arrays": arrays, "units": units, "costs": costs
    });
    serde_json::from_value::<Hardware>(hardware).unwrap().tariff(true).unwrap()
}

fn cost(energy_j: Option<f64>, time_s: Option<f64>) -> Value {
    json!({"energy_j": energy_j, "time_s": time_s, "source": "a paper", "basis": "measured", "remark": "a table"})
}

/// A unit of energy for every part by itself, so that energies are counts.
fn counts(learner: &Learner, operations: &Operations, arrays: &Value, units: &Value) -> [f64; 6] {
    let one = cost(Some(1.0), None);
    let with_bits = |bits: u8| {
        let mut own = one.clone();
        own["bits"] = json!(bits);
        json!([own])
    };
    let costs = json!({
        "cell_read": one, "row_read": one, "column_read": one, "unit_update": one,
        "dac": with_bits(6), "adc": with_bits(8)
    });
    let bill = tariff(costs, arrays.clone(), units.clone()).bill(learner.weights.graph(), operations, None);
    assert_eq!(bill.energy_missing(), [Part::WritePulse, Part::StaticPower]);
    let count = |index: usize| {
        let part = bill.parts[index];
        assert_eq!(part.energy, Energy::Known(part.count.unwrap()), "{part:?}");
        part.count.unwrap()
    };
    [0, 1, 2, 3, 4, 5].map(count)
}

/// Reads of both arrays forward and back, and updates of units, for a stimulus. The forward pass reads 4 → 3 and 3 → 2 and
/// moves all five units.
#[test]
fn reads_and_updates_are_those_of_the_schedule() {
    let (dyads, ideal) = (CreditRule::DpTranspose, DieConfig::default());
    let mut noisy = DieConfig::default();
    noisy.forward.read_noise = ReadNoise { std: NonNegative::constant(0.01), ..ReadNoise::default() };
    let stream =
        |plasticity: &str| json!({"stream": {"presentation": {"fixed": {"steps": 4}}, "plasticity": plasticity}});
    let passes = |n: usize| json!({"passes": n});
    for (name, rule, schedule, die, reads, updates) in [
        // The hidden layer is at rest, the outputs hold their drive.
        ("fwK", dyads, json!({"fwK": passes(1)}), &ideal, [[1, 0], [1, 0]], 5 + 2),
        // Once more: what has come back moves the hidden layer, that the outputs.
        ("fwK twice", dyads, json!({"fwK": passes(2)}), &ideal, [[1, 0], [2, 1]], 5 + 2 + 3 + 2),
        ("fwbwK", dyads, json!({"fwbwK": passes(1)}), &ideal, [[1, 0], [1, 1]], 5 + 2 + 3),
        // 2, 1, 2, 1; the last update of layer 1 finds it at rest.
        ("fwbwK twice", dyads, json!({"fwbwK": passes(2)}), &ideal, [[1, 0], [2, 2]], 5 + 2 + 3 + 2 + 3),
        // The errors of the outputs, then of the hidden layer.
        ("backprop", CreditRule::Backprop, json!({"fwK": passes(1)}), &ideal, [[1, 0], [1, 1]], 5 + 2 + 3),
        // In the first step nothing has moved since the forward pass.
        ("parallel", dyads, json!({"parallel": {"steps": 2}}), &ideal, [[1, 0], [2, 1]], 5 + 2 * 5),
        // Weights have changed: everything is read again.
        ("stream", dyads, stream("every_step"), &ideal, [[4, 0], [4, 4]], 4 * 5),
        // The stimulus is read once.
        ("stream, written at its end", dyads, stream("stimulus_end"), &ideal, [[1, 0], [4, 4]], 4 * 5),
        // What is noisy is read whenever it is used: by the outputs and by the hidden layer once more.
        ("fwbwK with noisy reads", dyads, json!({"fwbwK": passes(1)}), &noisy, [[2, 0], [2, 1]], 5 + 2 + 3),
    ] {
        let samples = 3;
        let (learner, operations) = operations(rule, schedule, die, samples);
        let found = [0, 1].map(|p| operations.reads(p));
        assert_eq!(found, reads.map(|sides| sides.map(|n: u64| n * samples as u64)), "{name}");
        let [f0, f1, b1] = [reads[0][0], reads[1][0], reads[1][1]].map(|n| (n * samples as u64) as f64);
        // Arrays of 3 x 4 and 2 x 3; the feedback has a read and a converter for each compartment, and no DAC.
        let arrays = json!({
            "forward": {"dac": {"bits": 6, "range": 1}, "adc": {"bits": 8, "range": 1}, "shared_by_compartments": true},
            "feedback": {"adc": {"bits": 8, "range": 1}}
        });
        let updates = (updates * samples) as f64;
        let expected = [
            12.0 * f0 + 6.0 * f1 + 2.0 * 6.0 * b1,
            3.0 * f0 + 2.0 * f1,
            2.0 * 3.0 * b1,
            4.0 * f0 + 3.0 * f1,
            3.0 * f0 + 2.0 * f1 + 2.0 * 3.0 * b1,
            updates,
        ];
        assert_eq!(counts(&learner, &operations, &arrays, &json!({})), expected, "{name}");
    }
}

/// The forward pass sends three values of the hidden layer and two of the outputs, which no array reads. Without a threshold the
/// errors of both outputs go back, and the three hidden units, which they have moved, send again.
#[test]
fn cells_and_conversions_of_senders_follow_the_events() {
    let samples = 3;
    for (threshold, hidden, errors) in [(0.0, 6, 2), (1e6, 3, 0)] {
        let mut die = DieConfig::default();
        die.units.send_threshold = Some(NonNegative::new(threshold).unwrap());
        let (learner, operations) =
            operations(CreditRule::DpTranspose, json!({"fwbwK": {"passes": 1}}), &die, samples as usize);
        let by_population: Vec<_> = operations.events_by_population().collect();
        let [(1, [of_hidden, 0]), (2, [_, of_outputs])] = by_population[..] else { panic!("{by_population:?}") };
        assert_eq!([of_hidden, of_outputs], [hidden * samples, errors * samples], "{threshold}");
        let arrays = json!({
            "forward": {"dac": {"bits": 6, "range": 1}, "adc": {"bits": 8, "range": 1}, "shared_by_compartments": true},
            "feedback": {"dac": {"bits": 6, "range": 1}, "adc": {"bits": 8, "range": 1}}
        });
        // Two rows hear of a hidden unit; three columns of an output, in a read for each compartment.
        let cells = 12 + 2 * hidden + 2 * 3 * errors;
        let expected = [cells, 3 + 2, 2 * 3, 4 + hidden + errors, 3 + 2 + 2 * 3, 5 + 2 + 3];
        let units = json!({"send_threshold": threshold});
        assert_eq!(
            counts(&learner, &operations, &arrays, &units),
            expected.map(|n| (n * samples) as f64),
            "{threshold}"
        );
    }
}

fn bill(costs: Value, units: Value, schedule: Value, writes: Option<Writes>) -> Bill {
    let (learner, operations) = operations(CreditRule::DpTranspose, schedule, &DieConfig::default(), 1);
    tariff(costs, json!({}), units).bill(learner.weights.graph(), &operations, writes)
}

#[test]
fn what_happens_at_once_takes_its_time_once() {
    let time = |s: f64| cost(None, Some(s));
    let costs = json!({
        "cell_read": time(1.0), "row_read": time(10.0), "column_read": time(20.0), "unit_update": time(100.0),
        "write_pulse": time(1000.0)
    });
    // Two forward reads, the nudge of the outputs, a read back: four updates.
    let once = json!({"fwbwK": {"passes": 1}});
    let of_once = bill(costs.clone(), json!({}), once.clone(), None);
    assert_eq!(
        (of_once.time_s, &of_once.time_missing[..]),
        (Some(11.0 + 11.0 + 21.0 + 400.0), &[Part::WritePulse][..])
    );
    // Of eight pulses those of an array at a time.
    let written = bill(costs.clone(), json!({}), once.clone(), Some(Writes { pulses: 8, moments: 3 }));
    assert_eq!(written.time_s, Some(443.0 + 3000.0));
    // All arrays at the same time, but the upper one from one side after the other.
    let stream = json!({"stream": {"presentation": {"fixed": {"steps": 4}}}});
    assert_eq!(bill(costs, json!({}), stream.clone(), None).time_s, Some(4.0 * (11.0 + 21.0 + 100.0)));
    // An update that lasts so long, whatever it does.
    let clocked = bill(
        json!({"static_power": {
            "power_w": 2.0, "source": "a paper", "basis": "measured", "remark": "a table"
        }}),
        json!({"dt_s": 0.5}),
        stream,
        None,
    );
    assert_eq!((clocked.time_s, clocked.energy_j()), (Some(2.0), Some(4.0)));
}

#[test]
fn what_is_not_stated_stays_missing() {
    let mut whole = cost(Some(2.0), Some(1.0));
    whole["energy_includes"] = json!(["row_read", "column_read"]);
    let once = json!({"fwbwK": {"passes": 1}});
    let found = bill(json!({"cell_read": whole}), json!({}), once.clone(), Some(Writes::default()));
    // 12 + 6 + 6 synapses, of which each compartment has a read of its own; the rows and columns are in them.
    assert_eq!(found.energy_j(), Some(2.0 * 2.0 * 24.0));
    assert_eq!(found.energy_missing(), [Part::UnitUpdate, Part::StaticPower]);
    assert_eq!(found.parts[Part::RowRead as usize].energy, Energy::Included(Part::CellRead));
    assert_eq!(found.time_missing, [Part::RowRead, Part::ColumnRead, Part::UnitUpdate]);
    // No converters: they cost nothing, for none is used.
    assert_eq!(found.parts[Part::Dac as usize].energy, Energy::Known(0.0));
    let nothing = bill(json!({}), json!({}), once, None);
    assert_eq!((nothing.energy_j(), nothing.time_s), (None, None));
}

/// A 3 x 4 and a 2 x 3 matrix in arrays of 2 x 2: two and one along the rows, two and two along the columns.
#[test]
fn a_matrix_larger_than_an_array_needs_more_converters() {
    let (learner, operations) =
        operations(CreditRule::DpTranspose, json!({"fwbwK": {"passes": 1}}), &DieConfig::default(), 1);
    let converter = |bits: u8| json!({"bits": bits, "range": 1});
    let array = json!({"dac": converter(6), "adc": converter(8), "shared_by_compartments": true});
    let mut adc = cost(Some(1.0), Some(1.0));
    (adc["bits"], adc["lines"]) = (json!(8), json!(4));
    let costs = json!({"tile": {"rows": 2, "columns": 2}, "adc": [adc]});
    let bill = tariff(costs, json!({"forward": array, "feedback": array}), json!({})).bill(
        learner.weights.graph(),
        &operations,
        None,
    );
    let count = |part: Part| bill.parts[part as usize].count.unwrap();
    assert_eq!(count(Part::CellRead), 24.0);
    assert_eq!(count(Part::RowRead), 3.0 * 2.0 + 2.0 * 2.0);
    assert_eq!(count(Part::ColumnRead), 3.0);
    assert_eq!(count(Part::Dac), 4.0 * 2.0 + 3.0 + 2.0 * 2.0);
    assert_eq!(count(Part::Adc), 3.0 * 2.0 + 2.0 * 2.0 + 3.0);
    // A converter serves the two lines of its array in turn, in each of three reads.
    assert_eq!(bill.time_s, Some(6.0));
}

#[test]
fn costs_are_read_with_their_defaults() {
    let costs: Costs = serde_json::from_value(json!({})).unwrap();
    assert_eq!(costs, Costs::default());
}
