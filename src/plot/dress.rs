//! Dresses a figure as it was asked for: title, names, ends and scales of its axes.
use super::error::PlotError;
use super::lengths::Limits;
use super::request::{AxisScale, Dress, Title};
use crate::figure::{Figure, LineSection, Scaling, Section, Sheet, Spacing};
use crate::vocabulary::number::counted;

/// Dresses a figure; returns it with what would stand above it and does not.
pub(super) fn dressed(mut figure: Figure, dress: &Dress) -> Result<(Figure, String), PlotError> {
    if let Figure::Sheet(sheet) = &mut figure {
        dress_axes(sheet, dress)?;
    }
    let (title, subtitle) = match &mut figure {
        Figure::Run(run) => (&mut run.title, &mut run.subtitle),
        Figure::Sheet(sheet) => (&mut sheet.title, &mut sheet.subtitle),
    };
    let caption = match &dress.title {
        Title::Usual => String::new(),
        Title::Own(own) => {
            own.clone_into(title);
            String::new()
        }
        Title::None => {
            let parts = [std::mem::take(title), std::mem::take(subtitle)];
            parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(". ")
        }
    };
    Ok((figure, caption))
}

fn dress_axes(sheet: &mut Sheet, dress: &Dress) -> Result<(), PlotError> {
    let names = |name: fn(&Section) -> String| {
        let mut names: Vec<String> = sheet.sections.iter().map(name).collect();
        names.dedup();
        names
    };
    let horizontal = names(|section| match section {
        Section::Lines(own) => own.x.name.clone(),
        Section::Maps(own) => own.x.name.clone(),
        Section::Kinds(own) => own.x.name.clone(),
        Section::Bars(own) => own.panels.iter().map(|panel| panel.quantity.as_str()).collect::<Vec<_>>().join(", "),
    });
    let vertical = names(|section| match section {
        Section::Lines(own) => own.y.name.clone(),
        Section::Maps(own) => own.y.name.clone(),
        Section::Kinds(own) => own.y.name.clone(),
        Section::Bars(_) => String::new(),
    });
    // One name, range or scale cannot be that of several quantities.
    let of_one = |options: &[(&'static str, bool)], names: &[String]| match options
        .iter()
        .find(|(_, given)| *given && names.len() > 1)
    {
        Some((option, _)) => Err(PlotError::Several { option, names: names.to_vec() }),
        None => Ok(()),
    };
    let x = [
        ("--xlabel", dress.x_label.is_some()),
        ("--xlim", dress.x_limits.is_some()),
        ("--xscale", dress.x_scale.is_some()),
    ];
    let y = [
        ("--ylabel", dress.y_label.is_some()),
        ("--ylim", dress.y_limits.is_some()),
        ("--yscale", dress.y_scale.is_some()),
    ];
    of_one(&x, &horizontal)?;
    of_one(&y, &vertical)?;
    let mut lost = [0, 0];
    for section in &mut sheet.sections {
        match section {
            Section::Lines(own) => {
                let own_lost = dress_lines(own, dress)?;
                lost = [lost[0] + own_lost[0], lost[1] + own_lost[1]];
            }
            Section::Maps(own) => rename(&mut own.x.name, &mut own.y.name, dress),
            Section::Kinds(own) => rename(&mut own.x.name, &mut own.y.name, dress),
            Section::Bars(own) => {
                if let (Some(label), [panel]) = (&dress.x_label, &mut own.panels[..]) {
                    label.clone_into(&mut panel.quantity);
                } else if dress.x_label.is_some() {
                    let names = own.panels.iter().map(|panel| panel.quantity.clone()).collect();
                    return Err(PlotError::Several { option: "--xlabel", names });
                }
            }
        }
    }
    for (lost, scale) in lost.into_iter().zip(["--xscale", "--yscale"]).filter(|(lost, _)| *lost > 0) {
        let note =
            format!("{} not above zero: no place on the logarithmic axis ({scale} symlog)", counted(lost, "value"));
        sheet.subtitle = [std::mem::take(&mut sheet.subtitle), note].join("; ").trim_start_matches("; ").to_owned();
    }
    Ok(())
}

fn rename(x: &mut String, y: &mut String, dress: &Dress) {
    for (name, label) in [(x, &dress.x_label), (y, &dress.y_label)] {
        if let Some(label) = label {
            label.clone_into(name);
        }
    }
}

/// Dresses lines; returns how many places and how many values have no place on a logarithmic axis that was asked for.
fn dress_lines(section: &mut LineSection, dress: &Dress) -> Result<[usize; 2], PlotError> {
    rename(&mut section.x.name, &mut section.y.name, dress);
    if let Spacing::Labels(_) = section.x.spacing {
        for (option, given) in [("--xscale", dress.x_scale.is_some()), ("--xlim", dress.x_limits.is_some())] {
            if given {
                return Err(PlotError::NoNumbers { option, axis: section.x.name.clone() });
            }
        }
    }
    match dress.x_scale {
        Some(AxisScale::Linear) if section.x.spacing != Spacing::Whole => section.x.spacing = Spacing::Linear,
        Some(AxisScale::Linear) | None => {}
        Some(AxisScale::Log) => section.x.spacing = Spacing::Logarithmic,
        Some(AxisScale::Symlog) => section.x.spacing = Spacing::Symlog,
    }
    match dress.y_scale {
        Some(AxisScale::Linear) => section.y.scaling = Scaling::Linear,
        Some(AxisScale::Log) => section.y.scaling = Scaling::Logarithmic,
        Some(AxisScale::Symlog) => section.y.scaling = Scaling::Symlog,
        None => {}
    }
    if let Some(limits) = dress.x_limits {
        refuse_zero("--xlim", limits, section.x.spacing == Spacing::Logarithmic)?;
        section.x.range = limits;
    }
    if let Some(limits) = dress.y_limits {
        refuse_zero("--ylim", limits, section.y.scaling == Scaling::Logarithmic)?;
        if section.y.scaling == Scaling::Spanning && limits[0].is_some_and(|low| low <= 0.0) {
            section.y.scaling = Scaling::Linear;
        }
        section.y.range = limits;
    }
    let lines = || section.panels.iter().flat_map(|panel| &panel.lines);
    let not_above_zero = |values: Vec<f64>| values.into_iter().filter(|value| *value <= 0.0).count();
    let x = if dress.x_scale == Some(AxisScale::Log) {
        not_above_zero(lines().flat_map(|line| line.x.clone()).collect())
    } else {
        0
    };
    let y = if dress.y_scale == Some(AxisScale::Log) {
        not_above_zero(lines().flat_map(|line| line.y.clone()).collect())
    } else {
        0
    };
    Ok([x, y])
}

fn refuse_zero(option: &'static str, limits: Limits, logarithmic: bool) -> Result<(), PlotError> {
    match limits.iter().flatten().find(|end| logarithmic && **end <= 0.0) {
        Some(end) => {
            let expected = "ends above zero on a logarithmic axis; --xscale or --yscale symlog has a place for zero";
            Err(PlotError::Form { option, given: end.to_string(), expected })
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{HorizontalAxis, KeyEntry, Line, LinePanel, Look, Tone, VerticalAxis};

    fn sheet(spacing: Spacing) -> Sheet {
        let line = Line { x: vec![0.0, 1.0, 2.0], y: vec![0.0, 10.0, -1.0], ..Line::default() };
        let section = LineSection {
            title: String::new(),
            x: HorizontalAxis::new("epoch".to_owned(), spacing),
            y: VerticalAxis::new("loss".to_owned(), [f64::NEG_INFINITY, f64::INFINITY]),
            key: vec![KeyEntry { label: String::new(), tone: Tone::Nth(0), look: Look::Band }],
            panels: vec![LinePanel { lines: vec![line], ..LinePanel::default() }],
        };
        Sheet {
            title: "title".to_owned(),
            subtitle: "note".to_owned(),
            sections: vec![Section::Lines(section)],
            ..Sheet::default()
        }
    }

    fn dress_it(spacing: Spacing, dress: &Dress) -> Result<(Sheet, String), String> {
        let (figure, caption) = dressed(Figure::Sheet(sheet(spacing)), dress).map_err(|error| error.to_string())?;
        let Figure::Sheet(sheet) = figure else { unreachable!() };
        Ok((sheet, caption))
    }

    #[test]
    fn values_that_a_logarithmic_axis_has_no_place_for_are_told() {
        let dress = Dress { y_scale: Some(AxisScale::Log), ..Dress::default() };
        let (sheet, _) = dress_it(Spacing::Whole, &dress).unwrap();
        assert!(sheet.subtitle.starts_with("note; 2 values not above zero"), "{}", sheet.subtitle);
        let symlog = Dress { y_scale: Some(AxisScale::Symlog), ..Dress::default() };
        assert_eq!(dress_it(Spacing::Whole, &symlog).unwrap().0.subtitle, "note");
        let zero = Dress { y_limits: Some([Some(0.0), None]), ..dress };
        assert!(dress_it(Spacing::Whole, &zero).unwrap_err().starts_with("--ylim 0: expected ends above zero"));
    }

    #[test]
    fn what_stands_above_a_figure_can_be_kept_for_its_caption() {
        let bare = dress_it(Spacing::Whole, &Dress { title: Title::None, ..Dress::default() }).unwrap();
        assert_eq!((bare.0.title.as_str(), bare.0.subtitle.as_str(), bare.1.as_str()), ("", "", "title. note"));
        let own = Dress { title: Title::Own("mine".to_owned()), ..Dress::default() };
        assert_eq!(dress_it(Spacing::Whole, &own).unwrap().0.title, "mine");
    }

    #[test]
    fn an_axis_of_words_has_no_scale() {
        let words = || Spacing::Labels(["a", "b", "c"].map(str::to_owned).to_vec());
        let scale = Dress { x_scale: Some(AxisScale::Log), ..Dress::default() };
        assert_eq!(
            dress_it(words(), &scale).unwrap_err(),
            "--xscale: the values of \"epoch\" are words, or stand at equal distances; --select keeps some of them"
        );
        let label = Dress { x_label: Some("time".to_owned()), ..Dress::default() };
        let Section::Lines(lines) = &dress_it(words(), &label).unwrap().0.sections[0] else { unreachable!() };
        assert_eq!((lines.x.name.as_str(), lines.y.name.as_str()), ("time", "loss"));
    }
}
