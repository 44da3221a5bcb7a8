//! Figures of result files: the kind that suits a sweep, which axis is drawn how, and refusals.
use dyadsim::figure::{Figure, Scaling, Section, Sheet, Spacing};
use dyadsim::plot::{AxisScale, Dress, Kind, PulseCurves, Request, Selected, draw_sweep, plot, pulses};
use dyadsim::results::find;
use dyadsim::results::statistics::ErrorKind;
use dyadsim::trace::{Axis, Coordinate, Element, Group, Row, TraceFile, Variable};
use std::path::Path;

/// Writes a sweep over these axes and three seeds whose accuracy is 0.5 + 0.1 · seed − 0.01 · (number of the cell).
fn write_sweep(path: &Path, axes: &[(&str, Coordinate, &str)]) {
    let mut described = vec![];
    let axis = |name: &str, coordinate: Coordinate| Axis {
        name: name.to_owned(),
        coordinate,
        long_name: name.to_owned(),
        units: "1".to_owned(),
    };
    let mut all: Vec<Axis> = axes.iter().map(|(name, coordinate, _)| axis(name, coordinate.clone())).collect();
    for (name, _, scale) in axes {
        described.push(format!(
            r#"{{"name":"{name}","long_name":"{name}","units":"1","scale":"{scale}","role":"grid","keys":["x"]}}"#
        ));
    }
    all.push(axis("replicate", Coordinate::Integers(vec![0, 1, 2])));
    let names: Vec<String> = all.iter().map(|axis| axis.name.clone()).collect();
    let cells: usize = all.iter().map(|axis| axis.coordinate.len()).product::<usize>() / 3;
    let accuracy: Vec<f64> = (0..3 * cells).map(|k| 0.5 + 0.1 * (k % 3) as f64 - 0.01 * (k / 3) as f64).collect();
    // The first point is missing, the second one has diverged.
    let status: Vec<i64> = (0..3 * cells).map(|k| [0, 2].get(k).copied().unwrap_or(1)).collect();
    let gain: Vec<f64> = (0..3 * cells).map(|k| 0.25 * (1 + k / 3) as f64).collect();
    let variable = |name: &str, element| Variable {
        name: name.to_owned(),
        axes: names.clone(),
        element,
        long_name: name.to_owned(),
        units: "1".to_owned(),
        is_coordinate: false,
    };
    let variables = vec![
        variable("test_accuracy", Element::F64),
        variable("status", Element::I64),
        variable("nudging_gain", Element::F64),
    ];
    let mut file = TraceFile::create(path).unwrap();
    file.text_attribute("Conventions", "dyadsim-sweep-2").unwrap();
    file.text_attribute("title", "test").unwrap();
    file.text_attribute("axes_json", &format!("[{}]", described.join(","))).unwrap();
    let group = Group { path: "final".to_owned(), axes: all, variables };
    file.write_group(&group, &[Row::F64(&accuracy), Row::I64(&status), Row::F64(&gain)]).unwrap();
    file.finish().unwrap();
}

fn numbers(values: &[f64]) -> Coordinate {
    Coordinate::Numbers(values.to_vec())
}

fn words(values: &[&str]) -> Coordinate {
    Coordinate::Texts(values.iter().map(|word| (*word).to_owned()).collect())
}

fn sheet(axes: &[(&str, Coordinate, &str)], request: &Request) -> Result<Sheet, String> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("sweep.h5");
    write_sweep(&file, axes);
    assert_eq!(find(folder.path()).unwrap(), file);
    match plot(&[&file], request).map(|plotted| plotted.figure) {
        Ok(Figure::Sheet(sheet)) => Ok(sheet),
        Ok(Figure::Run(_)) => Err("the page of a run".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn grid() -> Vec<(&'static str, Coordinate, &'static str)> {
    vec![
        ("rule", words(&["dp", "bp"]), "category"),
        ("alpha", numbers(&[0.0, 0.5, 1.0]), "linear"),
        ("beta", numbers(&[0.1, 1.0]), "logarithmic"),
    ]
}

fn asked(kind: Kind) -> Request {
    Request { kind: Some(kind), ..Request::default() }
}

#[test]
fn two_quantities_make_maps_and_a_category_small_multiples_of_means_over_replicates() {
    let sheet = sheet(&grid(), &Request::default()).unwrap();
    let [Section::Maps(maps)] = &sheet.sections[..] else { panic!("{:?}", sheet.sections) };
    assert_eq!(
        (maps.x.labels.as_slice(), maps.y.labels.as_slice()),
        (&["0", "0.5", "1"].map(str::to_owned)[..], &["0.1", "1"].map(str::to_owned)[..])
    );
    assert_eq!(maps.panels.iter().map(|panel| panel.title.as_str()).collect::<Vec<_>>(), ["rule: dp", "rule: bp"]);
    // Cell (bp, α = ½, β = 1) is number 9: 0.5 + 0.1 − 0.09, in percent.
    assert!((maps.panels[1].values[1][1] - 51.0).abs() < 1e-9);
    // Gains of the first panel go from 0.25 to 1.5, of the second from 1.75 on.
    assert!(!maps.panels[0].contours.is_empty() && maps.panels[1].contours.is_empty());
    assert!(
        sheet.subtitle.contains("mean of 3 replicates")
            && sheet.subtitle.contains("1 missing, 1 diverged of 36 points")
    );
}

#[test]
fn one_quantity_makes_lines_with_standard_deviations_and_axes_with_one_value_are_told() {
    let axes = [("rule", words(&["dp"]), "category"), ("sigma", numbers(&[0.0, 0.1, 0.2]), "linear")];
    let sheet = sheet(&axes, &Request::default()).unwrap();
    let [Section::Lines(lines)] = &sheet.sections[..] else { panic!("{:?}", sheet.sections) };
    let line = &lines.panels[0].lines[0];
    for (k, (y, [low, high])) in line.y.iter().zip(&line.spread).enumerate() {
        // Seeds are 10 % apart: the standard deviation of three is 10 %.
        assert!(
            (y - (60.0 - k as f64)).abs() < 1e-9 && (y - low - 10.0).abs() < 1e-9 && (high - y - 10.0).abs() < 1e-9
        );
    }
    assert!(sheet.subtitle.contains("rule: dp"), "{}", sheet.subtitle);
}

#[test]
fn selections_and_chosen_axes_are_followed() {
    let select = vec![Selected::parse("rule=bp").unwrap(), Selected::parse("beta=1").unwrap()];
    let request = Request { select, x: Some("alpha".to_owned()), ..asked(Kind::Lines) };
    let sheet = sheet(&grid(), &request).unwrap();
    let [Section::Lines(lines)] = &sheet.sections[..] else { panic!("{:?}", sheet.sections) };
    assert_eq!((lines.panels.len(), lines.panels[0].lines.len(), &lines.x.spacing), (1, 1, &Spacing::Linear));
    assert!(sheet.subtitle.contains("rule: bp") && sheet.subtitle.contains("beta = 1"), "{}", sheet.subtitle);
    assert!((lines.panels[0].lines[0].y[1] - 51.0).abs() < 1e-9);
}

#[test]
fn yields_count_what_diverged_and_leave_out_what_is_missing() {
    let axes = [("sigma", numbers(&[0.0, 0.1]), "linear")];
    let request = Request { threshold: Some(0.55), ..asked(Kind::Yield) };
    let sheet = sheet(&axes, &request).unwrap();
    let [Section::Lines(lines)] = &sheet.sections[..] else { panic!("{:?}", sheet.sections) };
    // σ = 0: missing, diverged, 0.7. σ = 0.1: 0.49, 0.59, 0.69.
    let y = &lines.panels[0].lines[0].y;
    assert!((y[0] - 50.0).abs() < 1e-9 && (y[1] - 200.0 / 3.0).abs() < 1e-9, "{y:?}");
}

#[test]
fn how_points_ended_is_counted_in_every_cell() {
    let axes = [("alpha", numbers(&[0.0, 1.0]), "linear"), ("beta", numbers(&[0.1, 1.0]), "logarithmic")];
    let sheet = sheet(&axes, &asked(Kind::Verdict)).unwrap();
    let [Section::Kinds(kinds)] = &sheet.sections[..] else { panic!("{:?}", sheet.sections) };
    let place = |name: &str| kinds.kinds.iter().position(|kind| kind == name).unwrap();
    let first = &kinds.panels[0].counts[0][0];
    assert_eq!((first[place("missing")], first[place("diverged")], first[place("complete")]), (1, 1, 1));
    assert_eq!(kinds.panels[0].counts[1][1][place("complete")], 3);
}

#[test]
fn what_the_file_has_not_is_refused_with_what_it_has() {
    let refused = |request: Request| sheet(&grid(), &request).unwrap_err();
    let message = refused(Request { metric: Some("test_acuracy".to_owned()), ..Request::default() });
    assert!(message.contains("did you mean test_accuracy?") && message.contains("nudging_gain"), "{message}");
    let message = refused(Request { x: Some("alhpa".to_owned()), ..asked(Kind::Map) });
    assert!(message.contains("did you mean alpha?") && message.contains("rule, alpha, beta"), "{message}");
    let message = refused(Request { select: vec![Selected::parse("beta=2").unwrap()], ..asked(Kind::Map) });
    assert!(message.contains("beta=2") && message.contains("0.1, 1"), "{message}");
    let message = refused(Request { select: vec![Selected::parse("gamma=2").unwrap()], ..asked(Kind::Map) });
    assert!(message.contains("no such axis") && message.contains("beta"), "{message}");
    assert!(refused(asked(Kind::Weights)).contains("for it there are: curves"));
    assert!(refused(asked(Kind::Angle)).contains("not measured"));
    assert!(refused(asked(Kind::Curves)).contains("no group curves"));
}

#[test]
fn the_usual_figure_is_written_as_both_files() {
    let folder = tempfile::tempdir().unwrap();
    let [file, svg, png] = ["sweep.h5", "figure.svg", "figure.png"].map(|name| folder.path().join(name));
    write_sweep(&file, &grid());
    draw_sweep(&file, ErrorKind::Confidence95, &svg, &png).unwrap();
    assert!(std::fs::read_to_string(&svg).unwrap().contains("test accuracy (%)"));
    assert!(std::fs::read(&png).unwrap().starts_with(b"\x89PNG"));
}

#[test]
fn zero_has_a_place_on_a_logarithmic_axis_and_colours_are_those_of_the_whole_sweep() {
    let axes = [("rule", words(&["dp", "bp"]), "category"), ("sigma", numbers(&[0.0, 0.01, 0.1]), "logarithmic")];
    let whole = sheet(&axes, &asked(Kind::Lines)).unwrap();
    let [Section::Lines(lines)] = &whole.sections[..] else { panic!("{:?}", whole.sections) };
    assert_eq!((&lines.x.spacing, lines.panels[0].lines[0].x.as_slice()), (&Spacing::Symlog, &[0.0, 0.01, 0.1][..]));
    let request = Request {
        select: vec![Selected::parse("rule=bp").unwrap()],
        hue: Some("rule".to_owned()),
        ..asked(Kind::Lines)
    };
    let part = sheet(&axes, &request).unwrap();
    let [Section::Lines(alone)] = &part.sections[..] else { panic!("{:?}", part.sections) };
    assert_eq!(alone.key[0], lines.key[1]);
}

#[test]
fn an_axis_can_be_asked_to_be_the_lines() {
    let request = Request { hue: Some("beta".to_owned()), x: Some("alpha".to_owned()), ..asked(Kind::Lines) };
    let sheet = sheet(&grid(), &request).unwrap();
    let [Section::Lines(lines)] = &sheet.sections[..] else { panic!("{:?}", sheet.sections) };
    assert_eq!(
        lines.key.iter().map(|entry| entry.label.as_str()).collect::<Vec<_>>(),
        ["β = 0.1", "β = 1"].map(|s| s.replace('β', "beta"))
    );
    assert_eq!(lines.panels.len(), 2);
}

#[test]
fn options_of_lines_make_lines_where_a_map_is_usual() {
    let hue = Request { hue: Some("beta".to_owned()), ..Request::default() };
    let Section::Lines(lines) = &sheet(&grid(), &hue).unwrap().sections[0] else { panic!("lines") };
    assert!(lines.key.len() > 1);
    // What neither has is refused as an option of the usual kind.
    let units = Request { units: Some(vec![0]), ..Request::default() };
    assert!(sheet(&grid(), &units).unwrap_err().contains("--what map"));
}

#[test]
fn what_an_axis_is_called_and_where_it_ends_is_as_asked() {
    let axes = [("sigma", numbers(&[0.0, 0.1, 0.2]), "linear")];
    let dress = Dress {
        x_label: Some("read noise".to_owned()),
        y_limits: Some([Some(40.0), None]),
        y_scale: Some(AxisScale::Symlog),
        ..Dress::default()
    };
    let sheet = sheet(&axes, &Request { dress, ..asked(Kind::Lines) }).unwrap();
    let [Section::Lines(lines)] = &sheet.sections[..] else { panic!("{:?}", sheet.sections) };
    assert_eq!(
        (lines.x.name.as_str(), lines.y.range, lines.y.scaling),
        ("read noise", [Some(40.0), None], Scaling::Symlog)
    );
}

#[test]
fn curves_of_pulses_have_the_mean_of_all_devices_and_some_alone() {
    // Three readings of four devices.
    let read = vec![0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 0.5, 0.5, 0.5, 0.5];
    let curves = PulseCurves { title: "devices".to_owned(), pulses: [1, 1], read, devices: 4 };
    let Figure::Sheet(sheet) = pulses(&curves, &Request::default()).unwrap().figure else { unreachable!() };
    let [Section::Lines(lines)] = &sheet.sections[..] else { panic!("{:?}", sheet.sections) };
    let panel = &lines.panels[0];
    let mean = panel.lines.last().unwrap();
    assert_eq!((mean.y.as_slice(), panel.lines.len(), panel.rules.as_slice()), (&[0.0, 2.5, 0.5][..], 4, &[1.0][..]));
    assert!((mean.spread[1][1] - 2.5 - (5.0f64 / 3.0).sqrt()).abs() < 1e-6, "{:?}", mean.spread);
    assert_eq!(panel.lines[1].y, [0.0, 2.0, 0.5]);
    let refused = pulses(&curves, &asked(Kind::Map)).unwrap_err().to_string();
    assert!(refused.starts_with("--what map is for sweeps, this file is a hardware model"), "{refused}");
}
