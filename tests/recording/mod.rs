//! Two streams of known numbers for the tests of journals and traces.
#![allow(dead_code, reason = "every test file uses its own part of this")]
use dyadsim::trace::{Axis, Coordinate, Element, Recorder, Row, StreamGroup, TraceFile, TraceReader, Variable};
use std::path::Path;

/// An axis 0, 1, … of this length.
pub fn axis(name: &str, n: usize) -> Axis {
    Axis { name: name.into(), coordinate: Coordinate::Index(n), long_name: "an axis".into(), units: "1".into() }
}

/// A variable over these axes.
pub fn variable(name: &str, axes: &[&str], element: Element) -> Variable {
    let axes = axes.iter().map(|&a| a.to_owned()).collect();
    Variable { name: name.into(), axes, element, long_name: "a variable".into(), units: "V".into() }
}

/// Two streams: one of wide rows (few rows a chunk), one of narrow ones.
pub fn streams(wide: usize) -> Vec<StreamGroup> {
    let group =
        |path: &str, axes, variables| StreamGroup { path: path.into(), growing: axis("step", 0), axes, variables };
    vec![
        group(
            "states/wide",
            vec![axis("sample", 3), axis("unit", wide)],
            vec![
                variable("s_plus", &["step", "sample", "unit"], Element::F32),
                variable("gain", &["step", "unit"], Element::F64),
            ],
        ),
        group("states/narrow", vec![axis("sample", 3)], vec![variable("label", &["step", "sample"], Element::I64)]),
    ]
}

/// Numbers of row `t`, different in every place.
fn row(t: usize, n: usize) -> impl Iterator<Item = f64> {
    (0..n).map(move |i| (t * n + i) as f64 * 0.25 - 7.0)
}

/// Records row `t` of both streams.
pub fn push(recorder: &mut Recorder, wide: usize, t: usize) {
    let s_plus: Vec<f32> = row(t, 3 * wide).map(|x| x as f32).collect();
    let gain: Vec<f64> = row(t, wide).collect();
    let label: Vec<i64> = row(t, 3).map(|x| (4.0 * x) as i64).collect();
    recorder.push(0, 10 * t as i64, &[Row::F32(&s_plus), Row::F64(&gain)]).unwrap();
    recorder.push(1, 10 * t as i64, &[Row::I64(&label)]).unwrap();
}

/// Assembles the trace of a recording.
pub fn finish(recorder: Recorder, trace: &Path) {
    let journal = recorder.finish().unwrap();
    let mut file = TraceFile::create(trace).unwrap();
    file.text_attribute("Conventions", "dyadsim-trace-1").unwrap();
    journal.write_into(&mut file).unwrap();
    file.finish().unwrap();
}

/// Asserts that a trace holds rows 0 to `rows` of both streams, bit for bit.
pub fn check(trace: &Path, wide: usize, rows: usize) {
    let reader = TraceReader::open(trace).unwrap();
    let all = |n: usize| -> Vec<f64> { (0..rows).flat_map(|t| row(t, n)).collect() };
    let read = |name: &str| reader.read(name).unwrap();
    let s_plus = read("states/wide/s_plus");
    assert_eq!(s_plus.shape, [rows, 3, wide]);
    assert!(same_bits(&s_plus.values, &all(3 * wide).iter().map(|&y| f64::from(y as f32)).collect::<Vec<_>>()));
    assert!(same_bits(&read("states/wide/gain").values, &all(wide)));
    let labels: Vec<f64> = all(3).iter().map(|x| (4.0 * x).trunc()).collect();
    assert_eq!(read("states/narrow/label").values, labels);
    let steps: Vec<f64> = (0..rows).map(|t| 10.0 * t as f64).collect();
    assert_eq!(read("states/narrow/step").values, steps);
    assert_eq!(read("states/wide/step").values, steps);
}

/// Whether two arrays are equal bit for bit; unlike `==`, it tells zeros by their sign and knows NaN.
pub fn same_bits(a: &[f64], b: &[f64]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(x, y)| x.to_bits() == y.to_bits())
}
