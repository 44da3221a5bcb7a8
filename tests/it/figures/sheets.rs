//! Sheets of panels: what is drawn where, in which colour, from plain numbers.
use dyadsim::figure::{
    BarPanel, BarSection, CellAxis, ColorScale, Figure, HorizontalAxis, KeyEntry, KindPanel, KindSection, Line,
    LinePanel, LineSection, Look, MapPanel, MapSection, Section, Sheet, Spacing, Tone, VerticalAxis, Width,
};

fn drawn(section: Section) -> String {
    let sheet = Sheet {
        title: "a & b < c".to_owned(),
        subtitle: "notes".to_owned(),
        width: Width::Column,
        sections: vec![section],
    };
    let folder = tempfile::tempdir().unwrap();
    let (svg, png) = (folder.path().join("f.svg"), folder.path().join("f.PNG"));
    let figure = Figure::Sheet(sheet);
    figure.save(&[&svg, &png]).unwrap();
    let bytes = std::fs::read(&png).unwrap();
    let number = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap());
    assert_eq!((number(16), number(20)), figure.size());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    std::fs::read_to_string(svg).unwrap()
}

fn attribute(element: &str, name: &str) -> String {
    let from = element.split_once(&format!(" {name}=\"")).unwrap_or_else(|| panic!("{name} in {element}")).1;
    from.split_once('"').unwrap().0.to_owned()
}

/// Filled rectangles: (x, y, width, height, colour). The first one is the paper.
fn rectangles(svg: &str) -> Vec<([f64; 4], String)> {
    let elements = svg.lines().filter(|line| line.starts_with("<rect "));
    elements
        .map(|line| {
            let number = |name: &str| attribute(line, name).parse().unwrap();
            (["x", "y", "width", "height"].map(number), attribute(line, "fill"))
        })
        .collect()
}

fn says(svg: &str, text: &str) -> bool {
    svg.contains(&format!(">{text}</text>"))
}

fn cells(name: &str, count: usize) -> CellAxis {
    CellAxis { name: name.to_owned(), labels: (0..count).map(|k| k.to_string()).collect() }
}

/// A map of 3 rows and 4 columns of the numbers 0 to 11, the last one missing.
fn map(contours: Vec<Vec<(f64, f64)>>) -> String {
    let mut values: Vec<Vec<f64>> = (0..3).map(|row| (0..4).map(|k| f64::from(4 * row + k)).collect()).collect();
    values[2][3] = f64::NAN;
    let contour = if contours.is_empty() { "" } else { "boundary" };
    drawn(Section::Maps(MapSection {
        title: String::new(),
        x: cells("α", 4),
        y: cells("β (ms)", 3),
        quantity: "accuracy (%)".to_owned(),
        colors: ColorScale::Sequential,
        contour: contour.to_owned(),
        panels: vec![MapPanel { values, contours, ..MapPanel::default() }],
    }))
}

#[test]
fn a_heat_map_has_a_cell_for_every_value_and_its_ends_are_those_of_the_scale() {
    let svg = map(vec![]);
    let of = |color: &str| rectangles(&svg).into_iter().filter(|(_, fill)| fill == color).collect::<Vec<_>>();
    // viridis from #440154 to #FDE725; the bar of colours has its middles of pieces, never the very ends.
    let (lowest, highest) = (of("#440154"), of("#FDE725"));
    assert_eq!((lowest.len(), highest.len()), (1, 1));
    // The lowest value stands lower left, the highest one in the upper row, third of four.
    let ([x0, y0, width, height], [x1, y1, ..]) = (lowest[0].0, highest[0].0);
    assert!((x1 - x0 - 2.0 * width).abs() <= 2.0 && (y0 - y1 - 2.0 * height).abs() <= 2.0, "{lowest:?} {highest:?}");
    let same = rectangles(&svg)
        .iter()
        .filter(|(place, _)| (place[2] - width).abs() <= 0.7 && (place[3] - height).abs() <= 0.7)
        .count();
    assert_eq!(same, 12, "eleven values and the white of the missing one");
    for text in ["accuracy (%)", "no value", "α", "β (ms)"] {
        assert!(says(&svg, text), "{text}");
    }
    assert!(svg.contains("a &amp; b &lt; c"));
}

#[test]
fn a_contour_runs_through_the_centres_of_the_cells_it_names() {
    let svg = map(vec![vec![(0.0, 0.0), (2.0, 2.0)]]);
    let centre = |color: &str| {
        let found = rectangles(&svg).into_iter().find(|(_, fill)| fill == color).unwrap().0;
        (found[0] + found[2] / 2.0, found[1] + found[3] / 2.0)
    };
    let (from, to) = (centre("#440154"), centre("#FDE725"));
    let lines = svg.lines().filter(|line| line.starts_with("<polyline ") && line.contains("#222222"));
    let points = lines.map(|line| attribute(line, "points"));
    let numbers: Vec<Vec<f64>> =
        points.map(|points| points.split([' ', ',']).filter_map(|n| n.parse().ok()).collect()).collect();
    let near = |a: f64, b: f64| (a - b).abs() <= 1.0;
    let runs =
        |p: &Vec<f64>| p.len() == 4 && near(p[0], from.0) && near(p[1], from.1) && near(p[2], to.0) && near(p[3], to.1);
    assert!(numbers.iter().any(runs), "{from:?} {to:?} {numbers:?}");
    assert!(says(&svg, "boundary"));
}

#[test]
fn a_cell_of_two_kinds_is_divided_in_their_proportion() {
    let kinds = ["missing", "good", "", "bad", "worse", "worst"].map(str::to_owned).to_vec();
    let svg = drawn(Section::Kinds(KindSection {
        title: String::new(),
        x: cells("x", 2),
        y: cells("y", 1),
        kinds,
        contour: String::new(),
        panels: vec![KindPanel {
            counts: vec![vec![vec![0, 3, 0, 1, 0, 0], vec![0, 0, 0, 0, 4, 0]]],
            texts: vec![vec!["step 1".to_owned(), "step 22".to_owned()]],
            ..KindPanel::default()
        }],
    }));
    // The first of a colour is the sign in the key.
    let of = |color: &str| {
        rectangles(&svg).into_iter().filter(|(_, fill)| fill == color).map(|(p, _)| p).collect::<Vec<_>>()
    };
    let (good, bad, worse) = (of("#A6D8F5"), of("#00926A"), of("#8C285A"));
    assert_eq!((good.len(), bad.len(), worse.len(), of("#E69F00").len()), (2, 2, 2, 0));
    assert!((good[1][2] - 3.0 * bad[1][2]).abs() <= 2.0 && (good[1][2] + bad[1][2] - worse[1][2]).abs() <= 2.0);
    assert!(says(&svg, "step 22") && !says(&svg, "step 1"), "only a cell of one kind is written in");
}

fn lines(look: Look, line: Line, spacing: Spacing) -> String {
    drawn(Section::Lines(LineSection {
        title: String::new(),
        x: HorizontalAxis::new("epoch".to_owned(), spacing),
        y: VerticalAxis::new("y (%)".to_owned(), [0.0, 100.0]),
        key: vec![KeyEntry { label: "rule".to_owned(), tone: Tone::Nth(0), look }],
        panels: vec![LinePanel { lines: vec![line], ..LinePanel::default() }],
    }))
}

fn line() -> Line {
    Line {
        entry: 0,
        x: vec![0.0, 1.0, 2.0],
        y: vec![50.0, 60.0, 80.0],
        spread: vec![[40.0, 60.0], [60.0, 60.0], [60.0, 100.0]],
    }
}

/// Points of the first shape of this kind in the first colour that has as many.
fn points(svg: &str, kind: &str, count: usize) -> Vec<[f64; 2]> {
    let shapes = svg.lines().filter(|line| line.starts_with(&format!("<{kind} ")) && line.contains("#0072B2"));
    let mut parsed = shapes.map(|line| {
        let numbers: Vec<f64> = attribute(line, "points").split([' ', ',']).filter_map(|n| n.parse().ok()).collect();
        numbers.chunks_exact(2).map(|pair| [pair[0], pair[1]]).collect::<Vec<_>>()
    });
    parsed.rfind(|points| points.len() == count).unwrap_or_else(|| panic!("a {kind} of {count} points"))
}

#[test]
fn a_band_reaches_exactly_as_far_as_the_spread() {
    let svg = lines(Look::Band, line(), Spacing::Whole);
    let (line, band) = (points(&svg, "polyline", 3), points(&svg, "polygon", 6));
    // 50 and 80 stand 30 apart: a pixel of the axis for each value.
    let scale = (line[0][1] - line[2][1]) / 30.0;
    let value = |y: f64| 50.0 + (line[0][1] - y) / scale;
    let heights: Vec<f64> = band.iter().map(|point| value(point[1])).collect();
    for (found, wanted) in heights.iter().zip([40.0, 60.0, 60.0, 100.0, 60.0, 60.0]) {
        assert!((found - wanted).abs() < 0.3, "{heights:?}");
    }
}

#[test]
fn error_bars_reach_exactly_as_far_as_the_spread() {
    let svg = lines(Look::Bars, line(), Spacing::Labels(["a", "b", "c"].map(str::to_owned).to_vec()));
    let line = points(&svg, "polyline", 3);
    let scale = (line[0][1] - line[2][1]) / 30.0;
    let all =
        svg.lines().filter(|l| l.starts_with("<polyline ") && l.contains("#0072B2")).map(|l| attribute(l, "points"));
    let upright: Vec<f64> = all
        .map(|points| points.split([' ', ',']).filter_map(|n| n.parse().ok()).collect::<Vec<f64>>())
        .filter(|p| p.len() == 4 && p[0] == p[2] && p[1] != p[3])
        .map(|p| (p[1] - p[3]) / scale)
        .collect();
    assert_eq!(upright.len(), 2, "the spread of nothing is no bar: {upright:?}");
    assert!((upright[0] - 20.0).abs() < 0.3 && (upright[1] - 40.0).abs() < 0.3, "{upright:?}");
    assert!(["a", "b", "c"].iter().all(|label| says(&svg, label)));
}

#[test]
fn bars_begin_at_zero_and_are_as_long_as_their_values() {
    let svg = drawn(Section::Bars(BarSection {
        title: String::new(),
        categories: ["one", "two", "none"].map(str::to_owned).to_vec(),
        panels: vec![BarPanel {
            quantity: "cost (%)".to_owned(),
            values: vec![10.0, -5.0, f64::NAN],
            spread: vec![[8.0, 12.0], [-6.0, -4.0], [f64::NAN; 2]],
            texts: ["10 ± 2", "−5 ± 1", "?"].map(str::to_owned).to_vec(),
        }],
    }));
    let bars: Vec<[f64; 4]> =
        rectangles(&svg).into_iter().filter(|(_, fill)| fill == "#0072B2").map(|(place, _)| place).collect();
    assert_eq!(bars.len(), 2);
    let ([x0, _, long, _], [x1, _, short, _]) = (bars[0], bars[1]);
    assert!((long - 2.0 * short).abs() <= 2.0 && (x1 + short - x0).abs() <= 2.0, "{bars:?}");
    for text in ["one", "two", "none", "cost (%)", "10 ± 2", "−5 ± 1", "no value"] {
        assert!(says(&svg, text), "{text}");
    }
    assert!(!says(&svg, "?"));
}

#[test]
fn nothing_to_draw_and_values_that_cannot_be_drawn_do_no_harm() {
    let nothing = Line { x: vec![0.0, 1.0], y: vec![f64::NAN, f64::INFINITY], ..Line::default() };
    for look in [Look::Band, Look::Bars, Look::Points] {
        assert!(says(&lines(look, nothing.clone(), Spacing::Linear), "no values"));
        assert!(says(&lines(look, Line::default(), Spacing::Logarithmic), "no values"));
    }
}
