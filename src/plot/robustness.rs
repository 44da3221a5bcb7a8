//! Accuracy against the size of perturbations, from the table `robustness` of a trace.
use super::error::PlotError;
use crate::figure::{
    HorizontalAxis, KeyEntry, Line, LinePanel, LineSection, Look, Section, Sheet, Spacing, Tone, VerticalAxis, Width,
};
use crate::results::RunResult;
use crate::results::robustness::{Attacked, attacked};
use crate::vocabulary::{Quantity, metric};

/// Colours of the curves, in their order.
const TONES: [Tone; 4] = [Tone::Muted, Tone::Nth(1), Tone::Nth(0), Tone::Nth(2)];

/// One panel for each norm that was measured, at the last epoch of the table.
pub(super) fn sheet(run: &RunResult) -> Result<Sheet, PlotError> {
    let sections: Vec<Section> = attacked(run)?.iter().map(section).collect();
    if sections.is_empty() {
        let needs = "no accuracy under attack was measured (measure.robustness)".to_owned();
        return Err(PlotError::Needs { kind: "robustness", needs });
    }
    let subtitle = "accuracy under perturbations of the inputs, against their size".to_owned();
    Ok(Sheet { title: run.title(), subtitle, width: Width::Column, sections })
}

fn section(attacked: &Attacked) -> Section {
    let accuracy = Quantity::from(&metric::ACCURACY_CLEAN);
    let x: Vec<f64> = std::iter::once(0.0).chain(attacked.sizes.iter().copied()).collect();
    let (mut lines, mut key) = (vec![], vec![]);
    for ((label, values), tone) in attacked.curves.iter().zip(TONES) {
        if values.iter().any(|value| value.is_finite()) {
            let y = std::iter::once(&attacked.clean).chain(values).map(|value| accuracy.factor() * value).collect();
            lines.push(Line { entry: key.len(), x: x.clone(), y, spread: vec![] });
            key.push(KeyEntry { label: (*label).to_owned(), tone, look: Look::Bars });
        }
    }
    Section::Lines(LineSection {
        title: String::new(),
        x: HorizontalAxis::new(attacked.under.label.to_owned(), Spacing::Linear),
        y: VerticalAxis::new(format!("{} ({})", metric::ACCURACY.label, accuracy.sign()), accuracy.limits()),
        key,
        panels: vec![LinePanel { lines, ..LinePanel::default() }],
    })
}
