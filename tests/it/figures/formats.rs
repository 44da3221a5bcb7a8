//! The formats of figures: one picture, whether it is read as SVG, PNG or PDF.
use crate::fixtures::{output, text};
use dyadsim::figure::{
    CellAxis, ColorScale, Curve, Figure, FigureError, HorizontalAxis, KeyEntry, Line, LinePanel, LineSection, Look,
    MapPanel, MapSection, Paper, RunFigure, Section, Sheet, Spacing, StatePanel, Tone, VerticalAxis, Width,
};
use flate2::read::ZlibDecoder;
use std::io::Read;
use std::path::Path;
use std::process::Command;

fn run_page() -> Figure {
    let curve = |label: &str, y: &[f64]| Curve { label: label.to_owned(), x: vec![1.0, 2.0, 3.0], y: y.to_vec() };
    let state = |sign: f64| vec![(0..40).map(|unit| f64::from(unit) / 10.0 + 0.2 * sign).collect()];
    Figure::Run(RunFigure {
        title: "a run".to_owned(),
        subtitle: "of three epochs".to_owned(),
        epochs: vec![1.0, 2.0, 3.0],
        accuracy: vec![curve("train", &[0.5, 0.8, 0.9]), curve("test", &[0.4, 0.7, 0.75])],
        loss: vec![curve("train", &[1.0, 0.5, 0.3])],
        angles_deg: vec![curve("layer 1", &[40.0, 30.0, 20.0])],
        states: vec![StatePanel {
            title: "layer 1".to_owned(),
            alpha: 0.5,
            updates: vec![0.0],
            s_plus: state(1.0),
            s_minus: state(-1.0),
        }],
    })
}

fn heat_map() -> Figure {
    let labels = |count: usize| (0..count).map(|k| k.to_string()).collect();
    Figure::Sheet(Sheet {
        title: "a map".to_owned(),
        subtitle: String::new(),
        width: Width::Column,
        sections: vec![Section::Maps(MapSection {
            title: String::new(),
            x: CellAxis { name: "α".to_owned(), labels: labels(6) },
            y: CellAxis { name: "β".to_owned(), labels: labels(4) },
            quantity: "accuracy (%)".to_owned(),
            colors: ColorScale::Sequential,
            contour: String::new(),
            panels: vec![MapPanel {
                values: (0..4).map(|row| (0..6).map(|k| f64::from(6 * row + k)).collect()).collect(),
                ..MapPanel::default()
            }],
        })],
    })
}

/// A picture of red, green and blue bytes.
struct Picture {
    width: usize,
    height: usize,
    colors: Vec<u8>,
}

impl Picture {
    fn at(&self, x: usize, y: usize) -> [u8; 3] {
        let at = 3 * (y * self.width + x);
        self.colors[at..at + 3].try_into().unwrap()
    }

    /// Mean colour, 0 to 255, of every square of `side` pixels that is whole.
    fn means(&self, side: usize) -> Vec<[f64; 3]> {
        let mut means = vec![];
        for top in (0..=self.height - side).step_by(side) {
            for left in (0..=self.width - side).step_by(side) {
                let mut sum = [0.0; 3];
                for (y, x) in (top..top + side).flat_map(|y| (left..left + side).map(move |x| (y, x))) {
                    for (sum, color) in sum.iter_mut().zip(self.at(x, y)) {
                        *sum += f64::from(color) / (side * side) as f64;
                    }
                }
                means.push(sum);
            }
        }
        means
    }
}

fn read_png(file: &Path) -> Picture {
    let bytes = std::fs::read(file).unwrap();
    let mut reader = png::Decoder::new(&bytes[..]).read_info().unwrap();
    let mut colors = vec![0; reader.output_buffer_size()];
    let info = reader.next_frame(&mut colors).unwrap();
    assert_eq!(info.color_type, png::ColorType::Rgb);
    Picture { width: info.width as usize, height: info.height as usize, colors }
}

fn saved(figure: &Figure, folder: &Path) -> [std::path::PathBuf; 3] {
    let files = ["figure.svg", "figure.png", "figure.pdf"].map(|name| folder.join(name));
    figure.save(&[&files[0], &files[1], &files[2]]).unwrap();
    files
}

#[test]
fn a_png_has_the_size_of_the_page_and_shows_its_marks_in_their_places() {
    let folder = tempfile::tempdir().unwrap();
    for figure in [run_page(), heat_map()] {
        let [svg, png, _] = saved(&figure, folder.path());
        let picture = read_png(&png);
        assert_eq!((picture.width as u32, picture.height as u32), figure.size());
        let svg = std::fs::read_to_string(svg).unwrap();
        // The last of the marks are on top: each shows its colour at its centre.
        let attribute = |line: &str, name: &str| {
            let from = line.split_once(&format!(" {name}=\"")).unwrap().1;
            from.split_once('"').unwrap().0.to_owned()
        };
        let number = |line: &str, name: &str| attribute(line, name).parse::<f64>().unwrap();
        let marks: Vec<(f64, f64, String)> = svg
            .lines()
            .filter_map(|line| match line.split_whitespace().next()? {
                "<circle" => Some((number(line, "cx"), number(line, "cy"), attribute(line, "fill"))),
                "<rect" => {
                    let middle = |at: &str, size: &str| number(line, at) + number(line, size) / 2.0;
                    Some((middle("x", "width"), middle("y", "height"), attribute(line, "fill")))
                }
                _ => None,
            })
            .collect();
        let shown = marks.iter().filter(|(x, y, color)| {
            let [red, green, blue] = picture.at(*x as usize, *y as usize);
            *color == format!("#{red:02X}{green:02X}{blue:02X}")
        });
        let (shown, all) = (shown.count(), marks.len());
        assert!(all > 24 && 10 * shown > 8 * all, "{shown} of {all}");
    }
}

#[test]
fn texts_of_a_png_are_drawn_with_the_carried_font() {
    let folder = tempfile::tempdir().unwrap();
    let with = |title: &str| {
        let Figure::Run(run) = run_page() else { unreachable!() };
        Figure::Run(RunFigure { title: title.to_owned(), ..run })
    };
    let ink = |title: &str| {
        let [_, png, _] = saved(&with(title), folder.path());
        let picture = read_png(&png);
        // Rows of the title, between border and subtitle.
        let dark = |y: usize| (0..picture.width).filter(|x| picture.at(*x, y)[0] < 128).count();
        (20..50).map(dark).sum::<usize>()
    };
    let (one, two) = (ink("HHHHHHHHHH"), ink("HHHHHHHHHHHHHHHHHHHH"));
    // A bold H of 30 pixels is 22 high with two stems of 6 and a bar of 11: about 300 pixels.
    assert!((2200..4000).contains(&one), "{one}");
    assert!((one * 2).abs_diff(two) < one / 10, "{one} and {two}");
    assert_eq!(ink(""), 0);
}

#[test]
fn a_pdf_is_a_page_of_the_size_on_paper_that_holds_its_texts() {
    let folder = tempfile::tempdir().unwrap();
    let [_, _, pdf] = saved(&heat_map(), folder.path());
    let bytes = std::fs::read(pdf).unwrap();
    assert!(bytes.starts_with(b"%PDF-1.") && bytes.trim_ascii_end().ends_with(b"%%EOF"));
    let text = String::from_utf8_lossy(&bytes);
    assert_eq!(text.matches("/Type /Page\n").count(), 1);
    // 653 pixels of 192 to the inch are 3.4 inches of 72 points.
    let (_, height) = heat_map().size();
    let size = text.split_once("/MediaBox [").unwrap().1.split_once(']').unwrap().0;
    let size: Vec<f64> = size.split_whitespace().map(|number| number.parse().unwrap()).collect();
    assert!((size[2] - 3.4 * 72.0).abs() < 0.2 && (size[3] - f64::from(height) * 0.375).abs() < 0.01, "{size:?}");
    // Both weights of the font are embedded.
    assert!(text.contains("DejaVuSans") && text.contains("DejaVuSans-Bold") && text.contains("/ToUnicode"));
    let mut letters = String::new();
    let mut rest = &bytes[..];
    while let Some(at) = rest.windows(7).position(|window| window == b"stream\n") {
        rest = &rest[at + 7..];
        let mut stream = vec![];
        if ZlibDecoder::new(rest).read_to_end(&mut stream).is_ok() {
            letters.push_str(&String::from_utf8_lossy(&stream));
        }
    }
    assert!(letters.matches("Tj").count() + letters.matches("TJ").count() >= 15, "letters are letters, not outlines");
}

#[test]
fn pdf_and_png_are_the_same_picture() {
    if Command::new("pdftoppm").arg("-v").output().is_err() {
        eprintln!("skipped: pdftoppm is not there");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for figure in [run_page(), heat_map()] {
        let [_, png, pdf] = saved(&figure, folder.path());
        let prefix = folder.path().join("page");
        let status =
            Command::new("pdftoppm").args(["-r", "192", "-png", "-singlefile"]).args([&pdf, &prefix]).status().unwrap();
        assert!(status.success());
        let (ours, theirs) = (read_png(&png), read_png(&prefix.with_extension("png")));
        assert!(ours.width.abs_diff(theirs.width) <= 1 && ours.height.abs_diff(theirs.height) <= 1);
        let (width, height) = (ours.width.min(theirs.width), ours.height.min(theirs.height));
        let cropped = |picture: &Picture| {
            let rows = (0..height).flat_map(|y| (0..width).flat_map(move |x| picture.at(x, y)));
            Picture { width, height, colors: rows.collect() }
        };
        let pairs: Vec<_> = cropped(&ours).means(8).into_iter().zip(cropped(&theirs).means(8)).collect();
        let difference =
            |(a, b): &([f64; 3], [f64; 3])| a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        let far = pairs.iter().filter(|pair| difference(pair) > 40.0).count();
        assert!(far * 500 < pairs.len(), "{far} of {} squares differ", pairs.len());
        let marked = pairs.iter().filter(|(a, _)| a.iter().any(|color| *color < 240.0)).count();
        assert!(marked * 20 > pairs.len(), "the page is not blank: {marked} of {}", pairs.len());
    }
}

#[test]
fn an_unknown_extension_is_refused_before_anything_is_written_and_the_formats_are_named() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["figure.eps", "figure", "pdf"] {
        let file = folder.path().join(name);
        let error = heat_map().save(&[&folder.path().join("figure.svg"), &file]).unwrap_err();
        assert!(matches!(&error, FigureError::Extension { file: refused } if *refused == file));
        assert!(error.to_string().ends_with("figures are written as .svg, .png or .pdf"), "{error}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn the_same_figure_is_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let bytes = || saved(&run_page(), folder.path()).map(|file| std::fs::read(file).unwrap());
    let ([svg, png, pdf], [svg_again, png_again, pdf_again]) = (bytes(), bytes());
    assert!(svg == svg_again && png == png_again);
    // The library writes the fonts of a PDF in any order.
    assert_eq!(pdf.len(), pdf_again.len());
}

/// A line over one panel, with long names.
fn lines() -> Figure {
    let section = LineSection {
        title: String::new(),
        x: HorizontalAxis::new(
            "noise_of_the_reads_of_all_arrays_in_units_of_the_largest_conductance".to_owned(),
            Spacing::Linear,
        ),
        y: VerticalAxis::new("accuracy (%)".to_owned(), [0.0, 100.0]),
        key: vec![KeyEntry { label: "one".to_owned(), tone: Tone::Nth(0), look: Look::Bars }],
        panels: vec![LinePanel {
            lines: vec![Line { x: vec![0.0, 1.0, 2.0], y: vec![10.0, 90.0, 50.0], ..Line::default() }],
            ..LinePanel::default()
        }],
    };
    Figure::Sheet(Sheet { sections: vec![Section::Lines(section)], ..Sheet::default() })
}

#[test]
fn a_figure_has_the_inches_and_the_dots_that_were_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["figure.svg", "figure.png", "figure.pdf"].map(|name| folder.path().join(name));
    let paper =
        Paper { width: Some(3.5), height: Some(2.5), font_size: Some(8.0), dpi: Some(300.0), ..Paper::default() };
    for figure in [lines(), heat_map()] {
        figure.save_on(&[&files[0], &files[1], &files[2]], &paper).unwrap();
        let svg = std::fs::read_to_string(&files[0]).unwrap();
        assert!(svg.contains("width=\"3.5in\" height=\"2.5in\" viewBox=\"0 0 630 450\""), "{}", &svg[..200]);
        let picture = read_png(&files[1]);
        assert_eq!((picture.width, picture.height), (1050, 750));
        let bytes = std::fs::read(&files[1]).unwrap();
        let density = bytes.windows(4).position(|window| window == b"pHYs").unwrap() + 4;
        assert_eq!(u32::from_be_bytes(bytes[density..density + 4].try_into().unwrap()), 11811, "300 to the inch");
        let pdf = String::from_utf8_lossy(&std::fs::read(&files[2]).unwrap()).into_owned();
        let size = pdf.split_once("/MediaBox [").unwrap().1.split_once(']').unwrap().0.to_owned();
        let size: Vec<f64> = size.split_whitespace().map(|number| number.parse().unwrap()).collect();
        assert!((size[2] - 252.0).abs() < 0.01 && (size[3] - 180.0).abs() < 0.01, "{size:?}");
    }
    let low = Paper { height: Some(0.6), ..paper };
    let message = lines().save_on(&[&files[0]], &low).unwrap_err().to_string();
    assert!(message.starts_with("a height of 0.6 in is too low for this figure: at least 1."), "{message}");
}

#[test]
fn what_is_beyond_the_ends_of_an_axis_is_not_drawn() {
    let Figure::Sheet(mut sheet) = lines() else { unreachable!() };
    let [Section::Lines(section)] = &mut sheet.sections[..] else { unreachable!() };
    section.y.range = [Some(40.0), Some(60.0)];
    let folder = tempfile::tempdir().unwrap();
    let png = folder.path().join("figure.png");
    Figure::Sheet(sheet).save(&[&png]).unwrap();
    let picture = read_png(&png);
    let blue = |y: usize| (0..picture.width).any(|x| picture.at(x, y) == [0, 114, 178]);
    // Above the frame there is the key, whose sign is a level line.
    let key = (0..picture.height).find(|y| blue(*y)).unwrap();
    let rows: Vec<usize> = (key + 30..picture.height).filter(|y| blue(*y)).collect();
    let (first, last) = (rows[0], rows[rows.len() - 1]);
    assert!(rows.len() == last - first + 1 && last - first > 150, "the line runs from edge to edge of its frame");
    let axis = |x: usize, y: usize| picture.at(x, y)[0] < 90;
    let left = (0..picture.width).find(|x| (first + 20..last - 20).all(|y| axis(*x, y))).unwrap();
    assert!(!axis(left, first - 6) && !axis(left, last + 8), "{first} {last}");
}

#[test]
fn names_too_long_for_their_room_go_on_in_the_next_line() {
    let svg = lines().svg().unwrap();
    assert!(!svg.contains('…'), "nothing is cut");
    let text: String = svg
        .lines()
        .filter(|line| line.starts_with("<text"))
        .map(|line| line.split_once('>').unwrap().1.trim_end_matches("</text>"))
        .collect();
    assert!(
        text.contains("conductance") && text.contains("noise_of_the_reads_of_all_arrays_in_units_of_the_largest_"),
        "{text}"
    );
}

/// Ticks at halves have wider labels than those at whole numbers, and a tall frame has room for them.
#[test]
fn the_name_of_an_axis_stands_left_of_its_labels() {
    let place = tempfile::tempdir().unwrap();
    let drawn = output(place.path(), &["plot", "gokmen_vlasov", "--what", "pulses", "-o", "x.svg"]);
    assert!(drawn.status.success(), "{}", text(&drawn));
    let svg = std::fs::read_to_string(place.path().join("x.svg")).unwrap();
    let number = |line: &str, key: &str| -> f64 {
        line.split_once(&format!("{key}=\"")).unwrap().1.split('"').next().unwrap().parse().unwrap()
    };
    let name = svg.lines().find(|line| line.contains("rotate(-90")).unwrap();
    // Widths of DejaVu Sans, in its size: digits, the dot, the minus.
    let width = |c: char| {
        if c == '.' {
            0.31
        } else if c == '−' {
            0.838
        } else {
            0.636
        }
    };
    let mut labels = 0;
    for line in svg.lines().filter(|line| line.contains("text-anchor=\"end\"")) {
        let label = line.split_once('>').unwrap().1.split('<').next().unwrap();
        let left = number(line, " x") - number(line, "font-size") * label.chars().map(width).sum::<f64>();
        assert!(left > number(name, " x"), "{line}");
        labels += 1;
    }
    assert!(labels >= 3);
}
