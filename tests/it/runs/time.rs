//! What stands along updates has their time where the hardware has one.
use crate::fixtures::{experiment, output, text};
use dyadsim::trace::TraceReader;
use serde_json::json;

#[test]
fn updates_have_a_time_where_the_hardware_has_a_step() {
    let place = tempfile::tempdir().unwrap();
    experiment(
        place.path(),
        json!({"recording": {"states": {"every_steps": 9, "moment": "every_update", "samples": {"first": 1}}}}),
    );
    for dt_s in [Some(2e-6), None] {
        let mut arguments = vec!["run", "experiment.json", "--out", "r", "--overwrite", "--quiet"];
        arguments.extend(dt_s.map_or(vec![], |_| vec!["--set", "hardware.units.dt_s=2e-6"]));
        let ended = output(place.path(), &arguments);
        assert!(ended.status.success(), "{}", text(&ended));
        let trace = TraceReader::open(&place.path().join("r/trace.h5")).unwrap();
        for group in ["states/layer1", "residual"] {
            let path = format!("{group}/time_s");
            assert_eq!(trace.contains(&path), dt_s.is_some(), "{path}");
            if let Some(dt_s) = dt_s {
                let times = trace.read(&path).unwrap().values;
                assert!(times.len() > 3);
                assert!(times.iter().zip(1..).all(|(&time, update)| time == f64::from(update) * dt_s), "{times:?}");
            }
        }
    }
}
