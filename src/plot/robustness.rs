//! Accuracy against the size of perturbations, from the table `robustness` of a trace.
use super::error::PlotError;
use crate::figure::{
    HorizontalAxis, KeyEntry, Line, LinePanel, LineSection, Look, Section, Sheet, Spacing, Tone, VerticalAxis, Width,
};
use crate::trace::TraceReader;

/// What is drawn, from above to below if all is well.
const LINES: [(&str, &str, Tone); 4] = [
    ("accuracy_noise", "random noise", Tone::Muted),
    ("accuracy_fgsm", "FGSM", Tone::Nth(1)),
    ("accuracy_pgd", "PGD", Tone::Nth(0)),
    ("certified_accuracy", "certified", Tone::Nth(2)),
];

/// One panel for each norm that was measured, at the last epoch of the table.
pub(super) fn sheet(reader: &TraceReader) -> Result<Sheet, PlotError> {
    let mut sections = vec![];
    for (norm, name) in [("l2", "ε in L2"), ("linf", "ε in the maximum norm")] {
        let axis = format!("robustness/epsilon_{norm}");
        if !reader.contains(&axis) {
            continue;
        }
        let mut x = vec![0.0];
        x.extend(reader.read(&axis)?.values);
        let clean = reader.read("robustness/accuracy_clean")?.values.last().copied().unwrap_or(f64::NAN);
        let mut lines = vec![];
        let mut key = vec![];
        for (quantity, label, tone) in LINES {
            let values = reader.read(&format!("robustness/{quantity}_{norm}"))?.values;
            let last = &values[values.len().saturating_sub(x.len() - 1)..];
            if last.iter().any(|accuracy| accuracy.is_finite()) {
                let y = std::iter::once(&clean).chain(last).map(|accuracy| 100.0 * accuracy).collect();
                lines.push(Line { entry: key.len(), x: x.clone(), y, spread: vec![] });
                key.push(KeyEntry { label: label.to_owned(), tone, look: Look::Bars });
            }
        }
        sections.push(Section::Lines(LineSection {
            title: String::new(),
            x: HorizontalAxis { name: name.to_owned(), spacing: Spacing::Linear },
            y: VerticalAxis {
                name: "accuracy (%)".to_owned(),
                limits: [0.0, 100.0],
                may_be_logarithmic: false,
                shared: true,
            },
            key,
            panels: vec![LinePanel { lines, ..LinePanel::default() }],
        }));
    }
    if sections.is_empty() {
        let needs = "no accuracy under attack was measured (measure.robustness)".to_owned();
        return Err(PlotError::Needs { kind: "robustness", needs });
    }
    let subtitle = "accuracy under perturbations of the inputs, against their size".to_owned();
    Ok(Sheet { title: reader.text("title").unwrap_or_default(), subtitle, width: Width::Column, sections })
}
