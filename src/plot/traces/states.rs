//! Recorded states: chosen units as lines, a whole layer as a raster.
use super::super::error::PlotError;
use super::super::kind::Kind;
use super::super::request::Request;
use super::recorded::{Recorded, Time};
use super::tables::Made;
use crate::figure::{
    CellAxis, ColorScale, HorizontalAxis, KeyEntry, Line, LinePanel, LineSection, Look, MapPanel, MapSection, Section,
    Spacing, Tone, VerticalAxis,
};
use crate::results::RunResult;
use crate::vocabulary::state::{DIFFERENCE, MEAN, S_MINUS, S_PLUS};
use crate::vocabulary::{Term, axis};

/// Units that are drawn when none are asked for.
const USUAL_UNITS: usize = 3;
/// Units that have room below each other.
const MOST_UNITS: usize = 12;
/// More changes of the stimulus than these are not marked.
const MOST_CHANGES: usize = 40;
/// Cells of a raster; of more, neighbours are averaged.
const MOST_COLUMNS: usize = 240;
const MOST_ROWS: usize = 150;

const UNLIMITED: [f64; 2] = [f64::NEG_INFINITY, f64::INFINITY];

/// The places of the units whose compartments differ most, in their order.
fn most_different(recorded: &Recorded) -> Vec<usize> {
    let largest = |place: usize| {
        let differences = recorded.times.iter().map(|time| recorded.value(&DIFFERENCE, time, place).abs());
        differences.filter(|difference| difference.is_finite()).fold(0.0, f64::max)
    };
    let mut places: Vec<(usize, f64)> = (0..recorded.units.len()).map(|place| (place, largest(place))).collect();
    places.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut found: Vec<usize> = places.into_iter().take(USUAL_UNITS).map(|(place, _)| place).collect();
    found.sort_unstable();
    found
}

/// s⁺, s⁻ and mean of each unit in one panel, their difference in another.
pub(super) fn states(run: &RunResult, request: &Request) -> Made {
    let recorded = Recorded::read(run, Kind::States, request)?;
    let asked = recorded.chosen_units(request)?;
    let chosen = match asked.clone() {
        Some(units) => units,
        None => most_different(&recorded),
    };
    if chosen.len() > MOST_UNITS {
        let axes = vec!["--units".to_owned()];
        return Err(PlotError::TooMany { count: chosen.len(), what: "units", most: MOST_UNITS, axes });
    }
    let key: Vec<KeyEntry> =
        [(S_PLUS, Tone::Plus), (S_MINUS, Tone::Minus), (MEAN, Tone::Mean), (DIFFERENCE, Tone::Difference)]
            .into_iter()
            .filter(|(signal, _)| recorded.has(signal))
            .map(|(signal, tone)| KeyEntry { label: signal.label(), tone, look: Look::Band })
            .collect();
    if key.is_empty() {
        let needs = format!(
            "neither {}, {}, {} nor {} was recorded (recording.states.signals)",
            S_PLUS.name, S_MINUS.name, MEAN.name, DIFFERENCE.name
        );
        return Err(PlotError::Needs { kind: Kind::States.name(), needs });
    }
    let changes: Vec<f64> = recorded.times.iter().filter(|time| time.new_stimulus).map(|time| time.at).collect();
    let marked = changes.len() <= MOST_CHANGES;
    let shift = if recorded.time_name == axis::STEP.label() { 0.0 } else { 0.5 };
    let rules: Vec<f64> = if marked { changes.iter().map(|at| at - shift).collect() } else { vec![] };
    let entry = |signal: &Term| key.iter().position(|entry| entry.label == signal.label()).unwrap_or(0);
    let mut sections = vec![];
    for (nth, place) in chosen.iter().enumerate() {
        let panel = |title: String, signals: &[Term]| LinePanel {
            title,
            lines: signals
                .iter()
                .filter(|signal| recorded.has(signal))
                .map(|signal| line(&recorded, signal, *place, entry(signal)))
                .collect(),
            rules: rules.clone(),
            levels: vec![],
        };
        let unit = recorded.units[*place];
        let both = [
            panel(format!("{} {unit}", axis::UNIT.name), &[S_PLUS, S_MINUS, MEAN]),
            panel(DIFFERENCE.label(), &[DIFFERENCE]),
        ];
        let unexplained = || key.iter().map(|entry| KeyEntry { label: String::new(), ..entry.clone() }).collect();
        sections.push(Section::Lines(LineSection {
            title: String::new(),
            x: HorizontalAxis::new(recorded.time_name.clone(), Spacing::Whole),
            y: VerticalAxis { shared: false, ..VerticalAxis::new("state".to_owned(), UNLIMITED) },
            key: if nth == 0 { key.clone() } else { unexplained() },
            panels: both.into_iter().filter(|panel| !panel.lines.is_empty()).collect(),
        }));
    }
    let mut notes = vec![recorded.note.clone()];
    if asked.is_none() && recorded.units.len() > chosen.len() {
        notes.push(format!(
            "the {} of {} units that differ most (others: --units)",
            chosen.len(),
            recorded.units.len()
        ));
    }
    notes.push(match (changes.is_empty(), marked) {
        (true, _) => String::new(),
        (false, true) => "dashed rules: another stimulus".to_owned(),
        (false, false) => format!("the stimulus changes {} times, not marked", changes.len()),
    });
    notes.retain(|note| !note.is_empty());
    Ok((sections, notes.join("; ")))
}

/// A signal of a unit, with a gap where time went on unrecorded.
fn line(recorded: &Recorded, signal: &Term, place: usize, entry: usize) -> Line {
    let mut line = Line { entry, ..Line::default() };
    for time in &recorded.times {
        if time.after_gap {
            line.x.push(time.at);
            line.y.push(f64::NAN);
        }
        line.x.push(time.at);
        line.y.push(recorded.value(signal, time, place));
    }
    line
}

/// Mean and difference of all units of a layer over time, or the signal asked for.
pub(super) fn raster(run: &RunResult, request: &Request) -> Made {
    let recorded = Recorded::read(run, Kind::Raster, request)?;
    let signals: Vec<Term> = match &request.metric {
        Some(given) => match recorded.known.iter().find(|signal| signal.name == given) {
            Some(signal) => vec![*signal],
            None => {
                let names = recorded.known.iter().map(|signal| signal.name.to_owned());
                return Err(PlotError::unknown("--metric", "signal", given, names));
            }
        },
        None if recorded.has(&MEAN) || recorded.has(&DIFFERENCE) => {
            [MEAN, DIFFERENCE].into_iter().filter(|signal| recorded.has(signal)).collect()
        }
        None => recorded.known.iter().take(1).copied().collect(),
    };
    let places = match recorded.chosen_units(request)? {
        Some(places) => places,
        None => (0..recorded.units.len()).collect(),
    };
    let columns = groups(recorded.times.len(), MOST_COLUMNS);
    let rows = groups(places.len(), MOST_ROWS);
    let x = CellAxis {
        name: recorded.time_name.clone(),
        labels: columns.iter().map(|group| recorded.times[group[0]].at.to_string()).collect(),
    };
    let y = CellAxis {
        name: format!("unit of layer {}", recorded.layer),
        labels: rows.iter().map(|group| recorded.units[places[group[0]]].to_string()).collect(),
    };
    let changes = columns.iter().enumerate().filter(|(_, group)| group.iter().any(|k| recorded.times[*k].new_stimulus));
    let rules: Vec<usize> = changes.map(|(column, _)| column).collect();
    let marked = !rules.is_empty() && rules.len() <= MOST_CHANGES;
    let section = |signal: &Term| {
        let value = |row: &Vec<usize>, column: &Vec<usize>| {
            let all = row.iter().flat_map(|r| column.iter().map(|c| (places[*r], &recorded.times[*c])));
            mean(all.map(|(place, time): (usize, &Time)| recorded.value(signal, time, place)))
        };
        let values: Vec<Vec<f64>> =
            rows.iter().map(|row| columns.iter().map(|column| value(row, column)).collect()).collect();
        let signed = values.iter().flatten().any(|value| *value < 0.0);
        Section::Maps(MapSection {
            title: String::new(),
            x: x.clone(),
            y: y.clone(),
            quantity: signal.label(),
            colors: if signed { ColorScale::Diverging } else { ColorScale::Sequential },
            contour: String::new(),
            panels: vec![MapPanel {
                values,
                rules: if marked { rules.clone() } else { vec![] },
                ..MapPanel::default()
            }],
        })
    };
    let mut notes = vec![recorded.note.clone()];
    let (wide, high) = (columns[0].len(), rows.first().map_or(1, Vec::len));
    if wide * high > 1 {
        notes.push(format!("every cell is the mean of {wide} points of time × {high} units"));
    }
    if marked {
        notes.push("rules: another stimulus".to_owned());
    }
    Ok((signals.iter().map(section).collect(), notes.join("; ")))
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.filter(|value| value.is_finite()).fold((0.0, 0), |(sum, n), value| (sum + value, n + 1));
    sum / f64::from(count)
}

/// Neighbours in equal groups, at most `most` of them.
fn groups(count: usize, most: usize) -> Vec<Vec<usize>> {
    let each = count.div_ceil(most).max(1);
    (0..count).collect::<Vec<_>>().chunks(each).map(<[_]>::to_vec).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rasters_of_many_cells_average_neighbours_and_drop_none() {
        assert_eq!(groups(5, 10), [[0], [1], [2], [3], [4]]);
        let grouped = groups(1001, 240);
        assert!(grouped.len() <= 240 && grouped.concat() == (0..1001).collect::<Vec<_>>());
        assert_eq!(mean([1.0, f64::NAN, 3.0].into_iter()), 2.0);
    }
}
