//! What the final network takes the samples of every class for.
use super::super::error::PlotError;
use super::super::kind::Kind;
use super::tables::Made;
use crate::figure::{CellAxis, ColorScale, MapPanel, MapSection, Section};
use crate::results::RunResult;
use crate::vocabulary::number::percent;
use crate::vocabulary::place::group::PREDICTIONS;
use crate::vocabulary::state::CONFUSION;

/// The confusion matrix: shares of the samples of a class, with their numbers in the cells.
pub(super) fn confusion(run: &RunResult) -> Made {
    let path = format!("{PREDICTIONS}/{}", CONFUSION.name);
    if !run.reader().contains(&path) {
        let needs = "the answers of the final network were not recorded (recording.predictions)".to_owned();
        return Err(PlotError::Needs { kind: Kind::Confusion.name(), needs });
    }
    let counts = run.reader().read(&path)?;
    let classes = counts.shape.last().copied().unwrap_or(0).max(1);
    let rows: Vec<&[f64]> = counts.values.chunks_exact(classes).collect();
    // The first class stands at the top.
    let upward = || rows.iter().rev();
    let share = |row: &&[f64]| -> Vec<f64> {
        let samples: f64 = row.iter().sum();
        row.iter().map(|count| 100.0 * count / samples).collect()
    };
    let texts = |row: &&[f64]| -> Vec<String> {
        row.iter().map(|count| if *count == 0.0 { String::new() } else { count.to_string() }).collect()
    };
    let labels: Vec<String> = (0..classes).map(|class| class.to_string()).collect();
    let section = Section::Maps(MapSection {
        title: String::new(),
        x: CellAxis { name: "predicted class".to_owned(), labels: labels.clone() },
        y: CellAxis { name: "class".to_owned(), labels: labels.into_iter().rev().collect() },
        quantity: "share of the samples of the class (%)".to_owned(),
        colors: ColorScale::Sequential,
        contour: String::new(),
        panels: vec![MapPanel {
            values: upward().map(share).collect(),
            texts: upward().map(texts).collect(),
            ..MapPanel::default()
        }],
    });
    let right: f64 = rows.iter().enumerate().filter_map(|(class, row)| row.get(class)).sum();
    let all: f64 = counts.values.iter().sum();
    Ok((
        vec![section],
        format!("{right} of {all} test samples are right ({}); cells hold their numbers", percent(right / all)),
    ))
}
