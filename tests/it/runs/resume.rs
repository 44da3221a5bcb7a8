//! A run that is killed at any moment and resumed ends with the bits of the uninterrupted one, trace included.
use crate::fixtures::repository::repository_file;
use crate::fixtures::{assert_same_numbers, branches, dyad, experiment, output, stream, text, timed_stream};
use dyadsim::trace::{Array, ArrayFile};
use rand::{RngExt, SeedableRng};
use serde_json::json;
use std::time::{Duration, Instant};

/// Long enough to be killed several times: about 2000 steps with every state of every step recorded.
fn changes(start: &str) -> serde_json::Value {
    json!({
        "data": {"source": {"digits": {"train_count": 2000, "test_count": 200}}},
        "network": {"hidden": [60, 40]},
        "start": start,
        "schedule": {"up_down": {"rounds": 2}},
        "training": {"epochs": 12, "batch_size": 10, "rate": 0.001, "validation": {"random": {"fraction": 0.2}}},
        "measure": {"stability": {"passes": 20, "samples": 5}},
        "recording": {"states": {
            "every_steps": 1, "moment": "every_update", "samples": {"first": 3}, "units": {"first": 10},
            "signals": ["s_plus", "s_minus", "drive", "feedback"]
        }}
    })
}

#[test]
fn a_run_killed_at_random_moments_ends_with_the_same_bits() {
    let mut random = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(5);
    // Carried states are the harder case: the checkpoint has to hold them.
    let on = |start: &str, hardware: &str, schedule: Option<serde_json::Value>| {
        let mut changes = changes(start);
        changes["hardware"] = json!(hardware);
        if let Some(schedule) = schedule {
            changes["schedule"] = schedule;
            changes["training"]["epochs"] = json!(4);
            if start == "carried" {
                changes["measure"] = json!({});
            }
        }
        (format!("{start} on {hardware}"), changes)
    };
    // The states are not read between two writes, so what a checkpoint holds is not put in order by a recording.
    let mut unwatched_stream = on("carried", "noisy.json", Some(stream()));
    unwatched_stream.0.push_str(", unwatched");
    unwatched_stream.1["schedule"]["stream"]["plasticity"]["random"]["probability"] = json!(0.05);
    unwatched_stream.1["training"]["epochs"] = json!(8);
    unwatched_stream.1["recording"] = json!({"states": null});
    unwatched_stream.1["measure"] = json!({"gradient_every_steps": null, "residual_every_steps": null});
    for (start, changes) in [
        on("carried", "ideal.json", None),
        on("zero", "ideal.json", None),
        on("forward", "ideal.json", None),
        on("forward", "noisy.json", Some(json!({"fwbwK": {"passes": 1}}))),
        unwatched_stream,
        on("carried", "noisy.json", Some(stream())),
        on("carried", "events.json", Some(stream())),
        on("carried", "running.json", Some(stream())),
        on("carried", "ideal.json", Some(timed_stream(false))),
        on("carried", "running.json", Some(timed_stream(true))),
        on("forward", "running.json", Some(json!({"fwbwK": {"passes": 1}}))),
    ] {
        kill_and_resume(&start, changes, &mut random);
    }
}

/// Kills a run again and again, resumes it, and compares it with one that was left alone.
fn kill_and_resume(name: &str, changes: serde_json::Value, random: &mut rand_xoshiro::Xoshiro256PlusPlus) {
    let folder = tempfile::tempdir().unwrap();
    let file = experiment(folder.path(), changes);
    let file = file.to_str().unwrap();
    let start = Instant::now();
    let whole = output(folder.path(), &["run", file, "--out", "whole", "--threads", "2", "--quiet"]);
    assert!(whole.status.success(), "{}", text(&whole));
    // So early that it is killed at least twice, however fast the machine is.
    let latest = start.elapsed().min(Duration::from_secs(1)).mul_f64(0.35);

    let mut arguments = vec!["run", file, "--out", "killed", "--threads", "1", "--quiet"];
    let mut kills = 0;
    loop {
        let mut child = dyad(folder.path(), &arguments).stdout(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(latest.mul_f64(random.random_range(0.05..1.0)));
        // SIGKILL: nothing is flushed, no destructor runs.
        let _ = child.kill();
        if child.wait().unwrap().success() {
            break;
        }
        kills += 1;
        // Before the first checkpoint this starts over, if there is a folder at all.
        if folder.path().join("killed").exists() {
            arguments = vec!["run", file, "--out", "killed", "--resume", "--threads", "2", "--quiet"];
        }
        if kills == 12 {
            // Often enough: let it end.
            let last = output(folder.path(), &arguments);
            assert!(last.status.success(), "{}", text(&last));
            break;
        }
    }
    println!("{name}: killed {kills} times");
    assert!(kills >= 2, "the run was too short to be killed");
    assert_same_numbers(&folder.path().join("whole/trace.h5"), &folder.path().join("killed/trace.h5"));
    assert!(!folder.path().join("killed/checkpoint.h5").exists());
    assert!(!folder.path().join("killed/trace.journal").exists());
}

/// Two phases on noisy arrays, whose states are carried on to the next stimulus.
#[test]
fn a_killed_run_of_two_phases_ends_with_the_same_bits() {
    let mut random = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(13);
    let elsewhere = tempfile::tempdir().unwrap();
    let model = elsewhere.path().join("arrays.json");
    std::fs::write(&model, super::backprop_on_arrays::hardware().to_string()).unwrap();
    let changes = json!({
        "hardware": model, "credit_rule": {"equilibrium_propagation": {"beta": 0.5, "feedback_gain": 0.5}},
        "nudging": null, "loss": "half_squared_error", "start": "carried", "schedule": {"parallel": {"steps": 5}},
        "data": {"source": {"digits": {"train_count": 600, "test_count": 100}}},
        "network": {"hidden": [60, 40], "activation": "hard_sigmoid"},
        "training": {"epochs": 10, "batch_size": 20, "rate": 0.002},
        "measure": {"gradient_every_steps": 5},
        "recording": {"states": {"every_steps": 1, "moment": "every_update", "signals": ["s_plus", "feedback"]}}
    });
    kill_and_resume("two phases", changes, &mut random);
}

/// Errors through the arrays of a die, with pulsed devices.
#[test]
fn a_killed_run_of_backprop_on_arrays_ends_with_the_same_bits() {
    let mut random = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(12);
    let models = repository_file("hw_models");
    let text = std::fs::read_to_string(models.join("aihwkit_gokmen_vlasov_preset.json")).unwrap();
    let mut hardware: serde_json::Value = serde_json::from_str(&text).unwrap();
    hardware["units"] =
        json!({"dt_s": 1e-6, "process_noise": {"ornstein_uhlenbeck": {"std": 0.01, "correlation_time_s": 1e-4}}});
    let elsewhere = tempfile::tempdir().unwrap();
    let model = elsewhere.path().join("arrays.json");
    std::fs::write(&model, hardware.to_string()).unwrap();
    let changes = json!({
        "hardware": model, "credit_rule": "backprop", "nudging": null, "schedule": null,
        "data": {"source": {"digits": {"train_count": 600, "test_count": 100}}},
        "network": {"hidden": [60, 40]},
        "training": {"epochs": 60, "batch_size": 20, "rate": 0.05, "optimizer": {"sgd": {"momentum": 0}}},
        "measure": {"gradient_every_steps": 5}
    });
    kill_and_resume("backprop on arrays", changes, &mut random);
}

/// Latent values, conductances, counters, pulsed devices, bits, the moments of a float twin: all that synapses keep.
#[test]
fn a_killed_run_with_devices_for_synapses_ends_with_the_same_bits() {
    let mut random = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(6);
    for (model, batch_size, synapses) in [
        (
            "binary_generic",
            10,
            json!({"rule": {"adaste": {"straight_through_below": 0.5, "threshold_unit": "root_mean_square"}}}),
        ),
        ("binary_ideal", 10, json!({"rule": {"pmf": {}}, "train_on": "relaxed_weights"})),
        ("binary_ideal", 10, json!({"rule": {"bayes_binn": {}}, "train_on": "relaxed_weights"})),
        ("binary_reram_array_om", 10, json!({"rule": {"hysteresis_counter": {"bits": 3}}})),
        ("binary_ideal", 1, json!({"rule": {"hysteresis_counter": {"bits": 2}}})),
        ("capacitor", 20, json!(null)),
        ("pcm", 20, json!(null)),
        ("pcm_like", 10, json!(null)),
    ] {
        let name = format!("{model}, batches of {batch_size}, {synapses}");
        let hardware = repository_file(format!("hw_models/{model}.json"));
        let changes = json!({
            "hardware": hardware,
            "data": {"source": {"digits": {"train_count": 600, "test_count": 100}}},
            "network": {"hidden": [60, 40]},
            "training": {
                "epochs": if batch_size == 1 { 40 } else { 100 }, "batch_size": batch_size, "rate": 0.05,
                "optimizer": {"sgd": {"momentum": 0.5}}, "synapses": synapses
            },
        });
        kill_and_resume(&name, changes, &mut random);
    }
}

/// A wire has no synapses, whatever holds the weights of the others; the maxima of carried states are in the checkpoint.
#[test]
fn a_killed_run_of_a_network_with_branches_ends_with_the_same_bits() {
    let mut random = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(9);
    for (model, start, batch_size, synapses) in [
        ("ideal", "carried", 10, json!(null)),
        ("binary_generic", "forward", 10, json!({"rule": {"adaste": {"straight_through_below": 0.001}}})),
        ("binary_ideal", "forward", 10, json!({"rule": {"pmf": {}}, "train_on": "relaxed_weights"})),
        ("binary_ideal", "forward", 1, json!({"rule": {"hysteresis_counter": {"bits": 2}}})),
        ("capacitor", "forward", 10, json!(null)),
        ("pcm_like", "forward", 10, json!(null)),
    ] {
        let hardware = repository_file(format!("hw_models/{model}.json"));
        let changes = json!({
            "hardware": hardware,
            "data": {"source": {"digits": {"train_count": 100, "test_count": 20}}},
            "network": {"layers": branches()},
            "start": start,
            "training": {
                "epochs": if batch_size == 1 { 30 } else { 200 }, "batch_size": batch_size, "rate": 0.01, "synapses": synapses
            },
            "measure": {}
        });
        kill_and_resume(&format!("branches on {model}"), changes, &mut random);
    }
}

#[test]
fn a_killed_run_of_adversarial_training_ends_with_the_same_bits() {
    let mut random = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(7);
    let changes = json!({
        "data": {"source": {"digits": {"train_count": 1000, "test_count": 100}}},
        "network": {"hidden": [60, 40]},
        "credit_rule": "backprop",
        "nudging": null, "schedule": null, "measure": {},
        "training": {"epochs": 60, "batch_size": 10, "rate": 0.001, "adversarial": {"step": 0.5}},
        "recording": {"states": {"every_steps": 1, "signals": ["mean", "drive"], "samples": {"first": 3}}}
    });
    kill_and_resume("adversarial training", changes, &mut random);
}

/// Maxima, what was received at places, and membranes of carried states are all in the checkpoint.
#[test]
fn a_killed_run_of_a_convolutional_network_ends_with_the_same_bits() {
    let mut random = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(9);
    let models = repository_file("hw_models");
    let shipped = |name: &str| models.join(name).to_str().unwrap().to_owned();
    for (hardware, start, schedule, epochs) in [
        ("ideal.json".to_owned(), "carried", json!({"up_down": {"rounds": 1}}), 40),
        ("ideal.json".to_owned(), "carried", stream(), 20),
        (shipped("analog_generic.json"), "forward", json!({"fwbwK": {"passes": 1}}), 12),
        (shipped("analog_generic.json"), "carried", stream(), 6),
        ("noisy.json".to_owned(), "carried", stream(), 4),
        (shipped("aihwkit_preset_io.json"), "forward", json!({"fwbwK": {"passes": 1}}), 8),
    ] {
        let changes = json!({
            "hardware": hardware,
            "data": {"source": {"digits": {"train_count": 300, "test_count": 20}}},
            "network": {"layers": crate::convolution::runs::layers()},
            "start": start,
            "schedule": schedule,
            "training": {"epochs": epochs, "batch_size": 10, "rate": 0.001},
            "recording": {"states": {"every_steps": 3, "samples": {"first": 2}, "units": {"first": 10}}},
            "measure": {"gradient_every_steps": 50}
        });
        kill_and_resume(&format!("convolutions on {hardware}, {start}"), changes, &mut random);
    }
}

/// What is drawn for an image is a matter of its epoch and number, in layerwise sweeps and in a stream.
#[test]
fn a_killed_run_on_augmented_images_ends_with_the_same_bits() {
    let mut random = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(8);
    for start in ["forward", "carried"] {
        let mut changes = changes(start);
        changes["data"]["augmentation"] = json!({"random_crop": {"padding": 3}, "horizontal_flip": {}});
        if start == "carried" {
            changes["schedule"] = stream();
            changes["training"]["epochs"] = json!(4);
            changes["measure"] = json!({});
        }
        kill_and_resume(&format!("augmented images, {start}"), changes, &mut random);
    }
}

#[test]
fn resuming_needs_a_checkpoint_of_the_same_settings() {
    let folder = tempfile::tempdir().unwrap();
    let file = experiment(folder.path(), json!({}));
    let file = file.to_str().unwrap();
    let nothing = output(folder.path(), &["run", file, "--out", "x", "--resume"]);
    assert_eq!(nothing.status.code(), Some(1));
    assert!(text(&nothing).contains("there is no checkpoint to resume from"), "{}", text(&nothing));

    let long = ["run", file, "--out", "x", "--quiet", "--set", "training.epochs=100000"];
    let mut child = dyad(folder.path(), &long).spawn().unwrap();
    while !folder.path().join("x/checkpoint.h5").exists() {
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let other = output(folder.path(), &["run", file, "--out", "x", "--resume"]);
    assert_eq!(other.status.code(), Some(1));
    assert!(text(&other).contains("these differ: experiment.training.epochs"), "{}", text(&other));
    let occupied = output(folder.path(), &["run", file, "--out", "x"]);
    assert!(text(&occupied).contains("already holds an unfinished run"), "{}", text(&occupied));
}

#[test]
fn a_checkpoint_that_lacks_an_array_is_refused_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let file = experiment(folder.path(), json!({"training": {"epochs": 100_000, "batch_size": 20, "rate": 0.002}}));
    let arguments = ["run", file.to_str().unwrap(), "--out", "x", "--quiet"];
    let checkpoint = folder.path().join("x/checkpoint.h5");
    let mut child = dyad(folder.path(), &arguments).spawn().unwrap();
    while !checkpoint.exists() {
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let whole = ArrayFile::read(&checkpoint).unwrap();
    for name in ["epoch", "weights/2/bias", "moments/1/weight_second", "stream_memory/since", "tables/metrics/epoch"] {
        for other in [None, Some(Array::F32(vec![0.5]))] {
            let mut damaged = whole.clone();
            damaged.take(name).unwrap();
            if let Some(other) = other {
                damaged.insert(name, other);
            }
            damaged.write(&checkpoint).unwrap();
            let resumed = output(folder.path(), &[&arguments[..], &["--resume"]].concat());
            assert_eq!(resumed.status.code(), Some(1), "{name}");
            let message = format!("checkpoint.h5: array {name} is missing or has the wrong size");
            assert!(text(&resumed).contains(&message), "{}", text(&resumed));
        }
    }
}
