//! What pulsed devices hold after one pulse after the other.
use super::dress::dressed;
use super::error::PlotError;
use super::kind::Kind;
use super::plotted::Plotted;
use super::request::Request;
use crate::figure::{
    Figure, HorizontalAxis, KeyEntry, Line, LinePanel, LineSection, Look, Section, Sheet, Spacing, Tone, VerticalAxis,
    Width,
};
use crate::results::statistics::{ErrorKind, Summary};

/// Devices that are drawn one by one.
const ALONE: usize = 3;
/// Reads of each that are shown, at most.
const POINTS: usize = 150;

/// The readings of devices.
#[derive(Debug, Clone, PartialEq)]
pub struct PulseCurves {
    /// What the devices are called.
    pub title: String,
    /// Pulses up, then down.
    pub pulses: [usize; 2],
    /// (pulse × device), the first before any pulse.
    pub read: Vec<f32>,
    /// How many devices.
    pub devices: usize,
}

/// Draws their mean, how far they spread, and some of them one by one.
///
/// # Errors
/// If an option would change nothing, or there is nothing to draw.
pub fn pulses(curves: &PulseCurves, request: &Request) -> Result<Plotted, PlotError> {
    let kind = request.kind.unwrap_or(Kind::Pulses);
    if kind != Kind::Pulses {
        let valid = vec![Kind::Pulses.name()];
        return Err(PlotError::WrongFile { kind: kind.name(), other: kind.files(), file: "a hardware model", valid });
    }
    request.check_options(Kind::Pulses, false)?;
    let (figure, caption) = dressed(Figure::Sheet(sheet(curves)), &request.dress)?;
    Ok(Plotted { figure, caption, paper: request.paper.clone() })
}

fn sheet(curves: &PulseCurves) -> Sheet {
    let PulseCurves { title, pulses: [up, down], read, devices } = curves;
    let rows: Vec<&[f32]> = read.chunks_exact((*devices).max(1)).collect();
    let x: Vec<f64> = (0..rows.len()).map(|pulse| pulse as f64).collect();
    let summaries: Vec<Summary> = rows.iter().map(|row| Summary::of(row.iter().map(|w| f64::from(*w)))).collect();
    let several = *devices > 1;
    let mean = Line {
        entry: 0,
        x: x.clone(),
        y: summaries.iter().map(|summary| summary.mean).collect(),
        spread: if several {
            summaries.iter().map(|own| own.interval(ErrorKind::StandardDeviation)).collect()
        } else {
            vec![]
        },
    };
    // Noise of every pulse would cover the mean.
    let every = rows.len().div_ceil(POINTS).max(1);
    let alone = (0..ALONE.min(*devices)).filter(|_| several).map(|device| Line {
        entry: 1,
        x: x.iter().copied().step_by(every).collect(),
        y: rows.iter().step_by(every).map(|row| f64::from(row[device])).collect(),
        spread: vec![],
    });
    let entry = |label: &str, tone, look| KeyEntry { label: label.to_owned(), tone, look };
    let of_all = if several { format!("mean ± standard deviation of {devices} devices") } else { "device".to_owned() };
    let mut key = vec![entry(&of_all, Tone::Nth(0), Look::Band)];
    if several {
        let label = format!("the first {} of them", ALONE.min(*devices));
        let label = if every > 1 { format!("{label}, one pulse in {every}") } else { label };
        key.push(entry(&label, Tone::Muted, Look::Points));
    }
    let section = LineSection {
        title: String::new(),
        x: HorizontalAxis::new("pulse".to_owned(), Spacing::Whole),
        y: VerticalAxis::new("weight of the device".to_owned(), [f64::NEG_INFINITY, f64::INFINITY]),
        key,
        // The mean on top of single devices, and a rule where the pulses turn.
        panels: vec![LinePanel {
            lines: alone.chain([mean]).collect(),
            rules: vec![*up as f64],
            ..LinePanel::default()
        }],
    };
    Sheet {
        title: title.clone(),
        subtitle: format!("{up} pulses up, then {down} down"),
        width: Width::Column,
        sections: vec![Section::Lines(section)],
    }
}
