//! The figure of a run: all files are whole, show what the data are, and odd data do no harm.
use dyadsim::figure::{Curve, FigureError, RunFigure, StatePanel, draw, page_size};
use flate2::read::ZlibDecoder;
use proptest::prelude::*;
use std::io::Read;
use std::path::Path;

/// Colours of the first series, of s⁺, and of s⁺ − s⁻.
const FIRST: &str = "#0072B2";
const PLUS: &str = "#D55E00";
const DIFFERENCE: &str = "#009E73";
const GRID: &str = "#E2E2E2";

/// Draws into a fresh folder, checks that it holds the two whole files and nothing else, and returns the SVG's text.
fn drawn(figure: &RunFigure) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (svg, png) = (folder.path().join("run.svg"), folder.path().join("run.png"));
    draw(figure, &svg, &png).unwrap();
    assert_eq!(names(folder.path()), ["run.png", "run.svg"]);
    let (width, height) = page_size(figure);
    assert_whole_png(&std::fs::read(png).unwrap(), width, height);
    let svg = std::fs::read_to_string(svg).unwrap();
    assert_well_formed(&svg);
    let inches = |pixels: u32| (f64::from(pixels) / 192.0 * 1e5).round() / 1e5;
    let (wide, high) = (inches(width), inches(height));
    assert!(svg.contains(&format!("width=\"{wide}in\" height=\"{high}in\" viewBox=\"0 0 {width} {height}\"")));
    svg
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Walks the chunks to the end and inflates the image: three bytes a pixel and one a row.
fn assert_whole_png(bytes: &[u8], width: u32, height: u32) {
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!(&bytes[..8], b"\x89PNG\r\n\x1a\n");
    assert_eq!((number(16), number(20)), (width, height));
    assert_eq!(bytes[24..26], [8, 2], "eight bits of red, green and blue");
    let (mut at, mut image) = (8, Vec::new());
    while &bytes[at + 4..at + 8] != b"IEND" {
        let length = number(at) as usize;
        if &bytes[at + 4..at + 8] == b"IDAT" {
            image.extend_from_slice(&bytes[at + 8..at + 8 + length]);
        }
        at += 12 + length;
    }
    assert_eq!(at + 12, bytes.len());
    let mut rows = Vec::new();
    ZlibDecoder::new(&image[..]).read_to_end(&mut rows).unwrap();
    assert_eq!(rows.len(), (3 * width as usize + 1) * height as usize);
}

/// Every tag is closed in order, and no bare sign of XML stands in a text.
fn assert_well_formed(svg: &str) {
    let mut open = Vec::new();
    for part in svg.split('<').skip(1) {
        let (tag, text) = part.split_once('>').expect("every tag ends");
        assert!(!text.contains('>') && text.chars().all(|c| !c.is_control() || c == '\n'), "{text:?}");
        for entity in text.split('&').skip(1) {
            let name = entity.split_once(';').expect("every entity ends").0;
            assert!(["lt", "gt", "amp", "quot", "apos"].contains(&name), "{name}");
        }
        if let Some(closed) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(closed.trim()));
        } else if !tag.ends_with('/') {
            open.push(tag.split_whitespace().next().unwrap());
        }
    }
    assert!(open.is_empty(), "{open:?} left open");
}

/// The elements of a kind that have a colour as `fill` or `stroke`.
fn elements<'a>(svg: &'a str, kind: &str, color: &str) -> Vec<&'a str> {
    let (start, fill, stroke) = (format!("<{kind} "), format!("fill=\"{color}\""), format!("stroke=\"{color}\""));
    svg.lines().filter(|line| line.starts_with(&start) && (line.contains(&fill) || line.contains(&stroke))).collect()
}

fn attribute<'a>(element: &'a str, name: &str) -> &'a str {
    let from = element.split_once(&format!(" {name}=\"")).unwrap().1;
    from.split_once('"').unwrap().0
}

fn numbers(elements: &[&str], name: &str) -> Vec<f64> {
    elements.iter().map(|element| attribute(element, name).parse().unwrap()).collect()
}

/// Whether a text stands on the page as a whole.
fn says(svg: &str, text: &str) -> bool {
    count(svg, text) > 0
}

/// How often a text stands on the page as a whole.
fn count(svg: &str, text: &str) -> usize {
    svg.matches(&format!(">{text}</text>")).count()
}

fn curve(label: &str, y: &[f64]) -> Curve {
    Curve { label: label.to_owned(), x: (1..=y.len()).map(|epoch| epoch as f64).collect(), y: y.to_vec() }
}

/// States of one update: unit k has mean k/2 and s⁺ − s⁻ = ±`difference` in turn.
fn one_update(units: usize, difference: f64) -> StatePanel {
    let state = |sign: f64| {
        let of = |unit: usize| {
            unit as f64 / 2.0 + sign * if unit.is_multiple_of(2) { difference } else { -difference } / 2.0
        };
        vec![(0..units).map(of).collect()]
    };
    StatePanel { title: "layer 1".to_owned(), alpha: 0.5, updates: vec![3.0], s_plus: state(1.0), s_minus: state(-1.0) }
}

#[test]
fn titles_axes_and_lines_are_named() {
    let figure = RunFigure {
        title: "digits <noisy> & \"small\"".to_owned(),
        subtitle: "seed\u{0} 7".to_owned(),
        epochs: vec![1.0, 2.0],
        accuracy: vec![curve("train", &[0.8, 0.9]), curve("test", &[0.7, 0.85])],
        loss: vec![curve("training loss", &[0.5, 0.25])],
        angles_deg: vec![curve("layer 1", &[20.0, 10.0])],
        states: vec![one_update(10, 1e-6)],
    };
    let svg = drawn(&figure);
    let title = "digits &lt;noisy&gt; &amp; &quot;small&quot;";
    let names = ["error rate (%)", "loss", "angle (°)", "epoch", "state", "train", "test", "training loss", "layer 1"];
    for text in names.into_iter().chain([title, "seed  7", "s⁺ − s⁻ (×10⁻⁶)", "s⁺", "s⁻", "10 units"]) {
        assert!(says(&svg, text), "{text}");
    }
    assert!(!says(&svg, "not recorded"));
}

#[test]
fn points_stand_on_the_grid_lines_of_their_values() {
    let angles = [10.0, 20.0, 40.0, 30.0];
    let svg = drawn(&RunFigure { angles_deg: vec![curve("layer 1", &angles)], ..RunFigure::default() });
    let dots = elements(&svg, "circle", FIRST);
    let heights = numbers(&dots, "cy");
    let grid: Vec<Vec<&str>> = elements(&svg, "polyline", GRID)
        .iter()
        .map(|line| attribute(line, "points").split(&[' ', ','][..]).collect())
        .collect();
    for (height, angle) in heights.iter().zip(angles) {
        let line = height.to_string();
        assert!(grid.iter().any(|points| points[1] == line && points[3] == line), "no line at {angle}°");
        assert!(says(&svg, &format!("{angle}")));
    }
    let (ten, twenty, forty) = (heights[0], heights[1], heights[2]);
    assert!(ten > twenty && (forty - twenty - 2.0 * (twenty - ten)).abs() <= 0.05, "{heights:?}");
}

#[test]
fn accuracies_are_drawn_as_error_rates_in_percent() {
    let svg = drawn(&RunFigure { accuracy: vec![curve("test", &[0.8, 0.9, 0.7])], ..RunFigure::default() });
    let heights = numbers(&elements(&svg, "circle", FIRST), "cy");
    assert!(heights[1] > heights[0] && heights[0] > heights[2], "less error stands lower: {heights:?}");
    assert!(["10", "20", "30"].iter().all(|percent| says(&svg, percent)));
}

#[test]
fn losses_over_more_than_a_decade_have_equal_factors_at_equal_distances() {
    let logarithmic = |losses: &[f64]| {
        let svg = drawn(&RunFigure { loss: vec![curve("train", losses)], ..RunFigure::default() });
        let heights = numbers(&elements(&svg, "circle", FIRST), "cy");
        ((heights[1] - heights[0]) - (heights[2] - heights[1])).abs() <= 0.05
    };
    assert!(logarithmic(&[1.0, 0.1, 0.01]));
    assert!(!logarithmic(&[1.0, 0.5, 0.25]));
    assert!(!logarithmic(&[1.0, 0.1, 0.0]));
}

#[test]
fn a_gap_splits_the_line_and_a_lonely_point_is_a_dot() {
    let y = [3.0, 2.5, f64::NAN, 2.0, f64::INFINITY, 1.5, 1.4, 1.3];
    let svg = drawn(&RunFigure { loss: vec![curve("train", &y)], ..RunFigure::default() });
    let lines = elements(&svg, "polyline", FIRST);
    let points: Vec<usize> = lines.iter().map(|line| attribute(line, "points").split_whitespace().count()).collect();
    // Two pieces of the curve, and the stroke that leads to its label.
    assert_eq!(points[..2], [2, 3]);
    assert_eq!((points.len(), elements(&svg, "circle", FIRST).len()), (3, 6));
}

#[test]
fn every_unit_of_a_small_layer_is_a_point_and_a_large_layer_is_thinned_with_notice() {
    let small = drawn(&RunFigure { states: vec![one_update(57, 0.1)], ..RunFigure::default() });
    // One more point of s⁺ is in the key.
    assert_eq!((elements(&small, "circle", PLUS).len(), elements(&small, "circle", DIFFERENCE).len()), (58, 57));
    let large = drawn(&RunFigure { states: vec![one_update(10_000, 1e-6)], ..RunFigure::default() });
    let points = elements(&large, "circle", PLUS).len() - 1;
    assert!(large.contains(&format!("10000 units, • 1 in {}", 10_000usize.div_ceil(points))), "{points} points");
    assert!((300..=1000).contains(&points));
}

#[test]
fn the_mean_is_weighted_by_alpha_and_units_are_ranked_by_it() {
    let unequal = |alpha: f64| StatePanel {
        alpha,
        s_plus: vec![vec![4.0, 1.0]],
        s_minus: vec![vec![0.0, 2.0]],
        ..one_update(2, 0.0)
    };
    let heights_of_plus = |alpha: f64| {
        let svg = drawn(&RunFigure { states: vec![unequal(alpha)], ..RunFigure::default() });
        let mut heights = numbers(&elements(&svg, "circle", PLUS), "cy");
        heights.remove(0);
        heights
    };
    // s⁺ of 4 is the higher mean with weight 1 and the lower one with weight 0.
    let (one, zero) = (heights_of_plus(1.0), heights_of_plus(0.0));
    assert!(one[0] > one[1] && zero[0] < zero[1], "{one:?} {zero:?}");
}

#[test]
fn several_updates_show_the_units_that_differ_most() {
    let update = |scale: f64| (0..20).map(|unit| scale * f64::from(unit) * 1e-3).collect::<Vec<f64>>();
    let panel = StatePanel {
        updates: vec![0.0, 1.0, 2.0],
        s_plus: vec![update(0.0), update(1.0), update(2.0)],
        s_minus: vec![update(0.0), update(-1.0), update(-2.0)],
        ..one_update(1, 0.0)
    };
    let svg = drawn(&RunFigure { states: vec![panel], ..RunFigure::default() });
    for unit in 16..20 {
        assert!(says(&svg, &format!("unit {unit}")));
    }
    assert!(says(&svg, "4 of 20 units") && !says(&svg, "unit 15"));
}

#[test]
fn what_is_missing_is_said_to_be_not_recorded() {
    let empty = StatePanel { updates: vec![], s_plus: vec![], s_minus: vec![], ..one_update(1, 0.0) };
    let nothing = drawn(&RunFigure::default());
    assert_eq!(count(&nothing, "not recorded"), 4);
    let one_empty = drawn(&RunFigure { states: vec![empty, one_update(3, 0.1)], ..RunFigure::default() });
    assert_eq!(count(&one_empty, "not recorded"), 4);
}

#[test]
fn the_page_grows_with_the_rows_of_layers() {
    let with = |layers: usize| RunFigure { states: vec![one_update(2, 0.1); layers], ..RunFigure::default() };
    assert_eq!((page_size(&with(0)), page_size(&with(4))), ((1600, 1000), (1600, 1000)));
    let (width, height) = page_size(&with(8));
    assert!(width == 1600 && height > 1300);
    assert_eq!(elements(&drawn(&with(8)), "circle", PLUS).len(), 1 + 8 * 2);
    assert!(says(&drawn(&with(30)), "Dyad states, first 12 of 30 layers"));
}

#[test]
fn mismatched_lengths_are_refused_before_any_file_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |figure: RunFigure| {
        draw(&figure, &folder.path().join("run.svg"), &folder.path().join("run.png")).unwrap_err().to_string()
    };
    let short = Curve { label: "train".to_owned(), x: vec![1.0], y: vec![0.5, 0.4] };
    let message = refused(RunFigure { loss: vec![short], ..RunFigure::default() });
    assert_eq!(message, "curve \"train\": must have one value per epoch, got 2 values at 1 epochs");
    let ragged = StatePanel { s_minus: vec![vec![0.0; 4]], ..one_update(5, 0.1) };
    let message = refused(RunFigure { states: vec![ragged], ..RunFigure::default() });
    assert_eq!(message, "states \"layer 1\": s_minus must be 1 updates × 5 units, got 4 units in row 0");
    let heavy = StatePanel { alpha: f64::NAN, ..one_update(5, 0.1) };
    assert!(refused(RunFigure { states: vec![heavy], ..RunFigure::default() }).contains("alpha must be from 0 to 1"));
    assert!(names(folder.path()).is_empty());
}

#[test]
fn if_one_file_cannot_be_written_the_other_is_left_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let svg = folder.path().join("run.svg");
    std::fs::write(&svg, "older").unwrap();
    let missing = folder.path().join("missing").join("run.png");
    let failure = draw(&RunFigure::default(), &svg, &missing).unwrap_err();
    assert!(matches!(failure, FigureError::Write { file, .. } if file == missing));
    assert_eq!(
        (names(folder.path()), std::fs::read_to_string(&svg).unwrap()),
        (vec!["run.svg".to_owned()], "older".to_owned())
    );
    draw(&RunFigure::default(), &svg, &folder.path().join("run.png")).unwrap();
    assert!(std::fs::read_to_string(&svg).unwrap().starts_with("<svg"));
}

#[cfg(unix)]
#[test]
fn figures_are_as_readable_as_any_new_file() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let mode = |name: &str| std::fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
    std::fs::write(folder.path().join("any"), "").unwrap();
    draw(&RunFigure::default(), &folder.path().join("run.svg"), &folder.path().join("run.png")).unwrap();
    assert_eq!((mode("run.svg"), mode("run.png")), (mode("any"), mode("any")));
}

/// Numbers of all sizes, and some that are none.
fn odd_number() -> impl Strategy<Value = f64> {
    prop_oneof![
        4 => -2.0..2.0,
        1 => prop::num::f64::ANY,
        1 => prop::sample::select(vec![0.0, f64::NAN, f64::INFINITY, f64::MAX, 1e99, -1e99, 1e-300, 0.5, 1.0 + 1e-15]),
    ]
}

fn odd_curve() -> impl Strategy<Value = Curve> {
    (prop::collection::vec((odd_number(), odd_number()), 0..6), "\\PC{0,40}").prop_map(|(points, label)| Curve {
        label,
        x: points.iter().map(|p| p.0).collect(),
        y: points.iter().map(|p| p.1).collect(),
    })
}

fn odd_panel() -> impl Strategy<Value = StatePanel> {
    (0usize..4, 0usize..12, 0.0..=1.0, "\\PC{0,60}").prop_flat_map(|(updates, units, alpha, title)| {
        let states = || prop::collection::vec(prop::collection::vec(odd_number(), units), updates);
        (states(), states(), prop::collection::vec(odd_number(), updates)).prop_map(
            move |(s_plus, s_minus, updates)| StatePanel { title: title.clone(), alpha, updates, s_plus, s_minus },
        )
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_numbers_and_texts_make_whole_files_within_the_page(
        title in any::<String>(),
        accuracy in prop::collection::vec(odd_curve(), 0..3),
        loss in prop::collection::vec(odd_curve(), 0..3),
        angles_deg in prop::collection::vec(odd_curve(), 0..20),
        states in prop::collection::vec(odd_panel(), 0..6),
    ) {
        let figure = RunFigure { title, subtitle: String::new(), epochs: vec![], accuracy, loss, angles_deg, states };
        let svg = drawn(&figure);
        let (width, height) = page_size(&figure);
        let (wide, high) = (f64::from(width), f64::from(height));
        for line in svg.lines().filter(|line| line.starts_with("<circle ")) {
            let (x, y) = (numbers(&[line], "cx")[0], numbers(&[line], "cy")[0]);
            prop_assert!((0.0..wide).contains(&x) && (0.0..high).contains(&y), "{line}");
        }
        for line in svg.lines().filter(|line| line.starts_with("<polyline ")) {
            for point in attribute(line, "points").split_whitespace() {
                let (x, y) = point.split_once(',').unwrap();
                let (x, y): (f64, f64) = (x.parse().unwrap(), y.parse().unwrap());
                prop_assert!((0.0..wide).contains(&x) && (0.0..high).contains(&y), "{line}");
            }
        }
    }
}
