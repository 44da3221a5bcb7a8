//! Cost against size, each as a multiple of that of the smallest size.
use super::cases::AXES;
use super::{Failure, Row};
use dyadsim::figure::{
    Figure, HorizontalAxis, KeyEntry, Line, LinePanel, LineSection, Look, Scaling, Section, Sheet, Spacing, Tone,
    VerticalAxis, Width,
};
use std::path::Path;

/// A cost that is drawn.
struct Cost {
    label: &'static str,
    chip: bool,
    of: fn(&Row) -> f64,
}

const COSTS: [Cost; 5] = [
    Cost { label: "time", chip: false, of: |row| row.seconds },
    Cost { label: "time on a chip", chip: true, of: |row| row.seconds },
    Cost { label: "memory", chip: false, of: |row| row.memory },
    Cost { label: "memory on a chip", chip: true, of: |row| row.memory },
    Cost { label: "bytes written", chip: false, of: |row| row.written },
];

pub fn draw(rows: &[Row], file: &Path) -> Result<(), Failure> {
    let mut key = vec![KeyEntry {
        label: "in proportion (units: to their square)".to_owned(),
        tone: Tone::Muted,
        look: Look::Band,
    }];
    let entry =
        |(n, cost): (usize, &Cost)| KeyEntry { label: cost.label.to_owned(), tone: Tone::Nth(n), look: Look::Bars };
    key.extend(COSTS.iter().enumerate().map(entry));
    let panels = AXES.iter().map(|axis| {
        let [first, last] = [axis.sizes[0], axis.sizes[axis.sizes.len() - 1]].map(|size| size as f64);
        let ends = vec![1.0, last / first];
        let mut lines =
            vec![Line { entry: 0, y: ends.iter().map(|x| x.powf(axis.power)).collect(), x: ends, spread: vec![] }];
        for (n, Cost { chip, of, .. }) in COSTS.iter().enumerate() {
            let own = rows.iter().filter(|row| row.axis.name == axis.name && row.chip == *chip && of(row) > 0.0);
            let (x, y): (Vec<f64>, Vec<f64>) = own.map(|row| (row.size as f64 / first, of(row))).unzip();
            if let Some(&smallest) = y.first() {
                lines.push(Line { entry: n + 1, x, y: y.iter().map(|y| y / smallest).collect(), spread: vec![] });
            }
        }
        LinePanel { title: axis.name.to_owned(), lines, ..LinePanel::default() }
    });
    let y = VerticalAxis::new("multiple of the smallest".to_owned(), [f64::NEG_INFINITY, f64::INFINITY]);
    let section = LineSection {
        title: String::new(),
        x: HorizontalAxis::new("size, multiple of the smallest".to_owned(), Spacing::Logarithmic),
        y: VerticalAxis { scaling: Scaling::Logarithmic, ..y },
        key,
        panels: panels.collect(),
    };
    let sheet = Sheet {
        title: "Cost against size".to_owned(),
        subtitle: "one thread; processor time".to_owned(),
        width: Width::Page,
        sections: vec![Section::Lines(section)],
    };
    Ok(Figure::Sheet(sheet).save(&[file])?)
}
