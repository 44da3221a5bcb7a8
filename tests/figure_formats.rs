//! The formats of figures: one picture, whether it is read as SVG, PNG or PDF.
use dyadsim::figure::{
    CellAxis, ColorScale, Curve, Figure, FigureError, MapPanel, MapSection, RunFigure, Section, Sheet, StatePanel,
    Width,
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
    assert!(bytes() == bytes());
}
