//! What two results differ in: their settings, and the first number of every variable that is not the same.
use super::error::ResultsError;
use super::open::open;
use crate::trace::{Column, TraceReader, VariableInfo};
use crate::vocabulary::axis;
use crate::vocabulary::number::number;
use crate::vocabulary::place::attribute;
use serde_json::Value;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// Numbers that are read at once.
const AT_ONCE: usize = 1 << 21;
/// Attributes that may make results differ.
const ATTRIBUTES: [&str; 4] = [attribute::VERSION, attribute::COMMIT, attribute::STATUS, attribute::EPOCHS_DONE];

/// What two results differ in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Comparison {
    /// Settings and attributes, by key, with their values in either; none where it has no such.
    pub settings: Vec<(String, [Option<String>; 2])>,
    /// Variables that only one of them has.
    pub only: [Vec<String>; 2],
    /// Variables that differ, those that differ at an earlier epoch or step first.
    pub variables: Vec<Difference>,
    /// Variables that both have.
    pub compared: usize,
}

/// A variable that is not the same in both.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Its path.
    pub variable: String,
    /// What is different.
    pub what: What,
}

/// How a variable differs.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Its axes: names and lengths in either.
    Shape([String; 2]),
    /// Its values.
    Values {
        /// How many are not the same, and of how many.
        count: [usize; 2],
        /// Where the first of them stands, as "step 12, unit 5".
        first: String,
        /// The first of them, in either.
        values: [String; 2],
        /// Largest size of a difference; none of texts.
        largest: Option<f64>,
        /// When that is, if the variable has steps or epochs.
        time: Option<Moment>,
    },
}

/// When something was measured or recorded. What has steps tells more exactly when two runs part than what has epochs, and
/// comes first.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub enum Moment {
    /// At a training step.
    Step(f64),
    /// After an epoch.
    Epoch(f64),
}

impl Comparison {
    /// Compares two results by their files or folders.
    ///
    /// # Errors
    /// If one of them cannot be read.
    pub fn of(first: &Path, second: &Path) -> Result<Self, ResultsError> {
        let opened = [open(first)?, open(second)?];
        let readers = [opened[0].reader(), opened[1].reader()];
        let mut comparison = Self { settings: settings(readers), ..Self::default() };
        let paths = readers.map(paths);
        let [first, second] = [paths[0].as_ref(), paths[1].as_ref()].map(|own| own.map_err(|_| ()));
        let (Ok(first), Ok(second)) = (first, second) else {
            // Which of them, the error says.
            return Err(paths.into_iter().find_map(Result::err).map_or_else(|| unreachable!(), Into::into));
        };
        let names = |own: &BTreeMap<String, VariableInfo>| own.keys().cloned().collect::<BTreeSet<_>>();
        let (ours, theirs) = (names(first), names(second));
        comparison.only = [&ours - &theirs, &theirs - &ours].map(|own| own.into_iter().collect());
        for path in ours.intersection(&theirs) {
            comparison.compared += 1;
            if let Some(what) = compare(readers, path, [&first[path], &second[path]])? {
                comparison.variables.push(Difference { variable: path.clone(), what });
            }
        }
        let time = |own: &Difference| match own.what {
            What::Values { time, .. } => time.unwrap_or(Moment::Epoch(f64::INFINITY)),
            What::Shape(_) => Moment::Epoch(f64::INFINITY),
        };
        comparison.variables.sort_by(|a, b| time(a).partial_cmp(&time(b)).unwrap_or(Ordering::Equal));
        Ok(comparison)
    }

    /// Whether the two hold the same.
    pub fn is_same(&self) -> bool {
        self.settings.is_empty() && self.only.iter().all(Vec::is_empty) && self.variables.is_empty()
    }
}

fn paths(reader: &TraceReader) -> Result<BTreeMap<String, VariableInfo>, crate::trace::TraceError> {
    let mut found = BTreeMap::new();
    for group in reader.groups()? {
        for variable in reader.variables(&group)? {
            let path = if group.is_empty() { variable.name.clone() } else { format!("{group}/{}", variable.name) };
            found.insert(path, variable);
        }
    }
    Ok(found)
}

/// All settings of a result by dotted key, and the attributes that may make results differ.
pub fn settings_by_key(reader: &TraceReader) -> BTreeMap<String, String> {
    let mut leaves = BTreeMap::new();
    for name in [attribute::CONFIG, attribute::SWEEP] {
        let text = reader.text(name).unwrap_or_default();
        flatten(&serde_json::from_str(&text).unwrap_or(Value::Null), String::new(), &mut leaves);
    }
    for name in ATTRIBUTES {
        let number = || reader.integer(name).map(|number| number.to_string());
        if let Some(text) = reader.text(name).or_else(number) {
            leaves.insert(name.to_owned(), text);
        }
    }
    leaves
}

/// The settings that differ, by dotted key.
fn settings(readers: [&TraceReader; 2]) -> Vec<(String, [Option<String>; 2])> {
    let [ours, theirs] = readers.map(settings_by_key);
    let keys: BTreeSet<&String> = ours.keys().chain(theirs.keys()).collect();
    let differing = keys.into_iter().filter(|key| ours.get(*key) != theirs.get(*key));
    differing.map(|key| (key.clone(), [ours.get(key).cloned(), theirs.get(key).cloned()])).collect()
}

fn flatten(value: &Value, key: String, leaves: &mut BTreeMap<String, String>) {
    let below = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
    match value {
        Value::Null if key.is_empty() => {}
        Value::Object(object) if !object.is_empty() => {
            object.iter().for_each(|(name, inner)| flatten(inner, below(name), leaves));
        }
        Value::Array(list) if list.iter().any(Value::is_object) => {
            list.iter().enumerate().for_each(|(at, inner)| flatten(inner, below(&at.to_string()), leaves));
        }
        leaf => {
            leaves.insert(key, leaf.to_string());
        }
    }
}

fn signature(variable: &VariableInfo) -> String {
    let axes: Vec<String> = variable.axes.iter().map(|(name, length)| format!("{name}: {length}")).collect();
    format!("{} ({})", variable.element, axes.join(", "))
}

/// How a variable differs; `None` if it does not.
fn compare(
    readers: [&TraceReader; 2],
    path: &str,
    [ours, theirs]: [&VariableInfo; 2],
) -> Result<Option<What>, ResultsError> {
    if ours.axes != theirs.axes || ours.element != theirs.element {
        return Ok(Some(What::Shape([signature(ours), signature(theirs)])));
    }
    let lengths: Vec<usize> = ours.axes.iter().map(|(_, length)| *length).collect();
    let rows = lengths.first().copied().unwrap_or(0);
    let row = lengths.iter().skip(1).product::<usize>().max(1);
    let (mut count, mut largest, mut first) = (0, None, None);
    let mut from = 0;
    while from < rows {
        let until = rows.min(from + (AT_ONCE / row).max(1));
        let [a, b] = [readers[0].read_rows(path, from..until)?, readers[1].read_rows(path, from..until)?];
        let found = differing(&a, &b);
        if first.is_none()
            && let Some(place) = found.places.first()
        {
            first = Some((from * row + place, [written(&a, *place), written(&b, *place)]));
        }
        count += found.places.len();
        largest = match (largest, found.largest) {
            (Some(x), Some(y)) => Some(f64::max(x, y)),
            (x, y) => x.or(y),
        };
        from = until;
    }
    let Some((place, values)) = first else { return Ok(None) };
    let (first, time) = describe(readers[0], path, ours, &lengths, place)?;
    Ok(Some(What::Values { count: [count, rows * row], first, values, largest, time }))
}

/// Places at which two columns differ, and the largest difference of numbers.
struct Found {
    places: Vec<usize>,
    largest: Option<f64>,
}

fn differing(a: &Column, b: &Column) -> Found {
    fn places<T>(a: &[T], b: &[T], same: impl Fn(&T, &T) -> bool) -> Vec<usize> {
        a.iter().zip(b).enumerate().filter(|(_, (x, y))| !same(x, y)).map(|(place, _)| place).collect()
    }
    // What is not a number is the same as another such.
    let found = match (a, b) {
        (Column::F32(a), Column::F32(b)) => places(a, b, |x, y| x == y || (x.is_nan() && y.is_nan())),
        (Column::F64(a), Column::F64(b)) => places(a, b, |x, y| x == y || (x.is_nan() && y.is_nan())),
        (Column::I64(a), Column::I64(b)) => places(a, b, PartialEq::eq),
        (Column::Text(a), Column::Text(b)) => places(a, b, PartialEq::eq),
        _ => (0..a.len().max(b.len())).collect(),
    };
    let sizes = found.iter().filter_map(|place| Some((numeric(a, *place)? - numeric(b, *place)?).abs()));
    let largest = sizes.filter(|size| !size.is_nan()).reduce(f64::max);
    Found { places: found, largest }
}

fn numeric(column: &Column, place: usize) -> Option<f64> {
    match column {
        Column::F32(x) => x.get(place).map(|x| f64::from(*x)),
        Column::F64(x) => x.get(place).copied(),
        Column::I64(x) => x.get(place).map(|x| *x as f64),
        Column::Text(_) => None,
    }
}

/// A value with all its digits: what differs may differ in the last.
fn written(column: &Column, place: usize) -> String {
    match column {
        Column::F32(x) => x.get(place).map(f32::to_string),
        Column::F64(x) => x.get(place).map(f64::to_string),
        Column::I64(x) => x.get(place).map(i64::to_string),
        Column::Text(x) => x.get(place).cloned(),
    }
    .unwrap_or_default()
}

/// Where a number stands, in words, and its place in time.
fn describe(
    reader: &TraceReader,
    path: &str,
    variable: &VariableInfo,
    lengths: &[usize],
    mut place: usize,
) -> Result<(String, Option<Moment>), ResultsError> {
    let mut places = vec![0; lengths.len()];
    for (own, length) in places.iter_mut().zip(lengths).rev() {
        *own = place % length;
        place /= length;
    }
    let group = path.rsplit_once('/').map_or("", |(group, _)| group);
    let (mut parts, mut time) = (vec![], None);
    for ((name, _), place) in variable.axes.iter().zip(places) {
        let coordinate = if group.is_empty() { name.clone() } else { format!("{group}/{name}") };
        let value = match reader.contains(&coordinate) && !variable.is_coordinate {
            true => match reader.read_column(&coordinate)? {
                Column::Text(texts) => texts.get(place).cloned(),
                numbers => numeric(&numbers, place).map(|value| {
                    match name.as_str() {
                        own if own == axis::STEP.name => time = Some(Moment::Step(value)),
                        own if own == axis::EPOCH.name => time = Some(Moment::Epoch(value)),
                        _ => {}
                    }
                    number(value)
                }),
            },
            false => None,
        };
        parts.push(format!("{name} {}", value.unwrap_or_else(|| place.to_string())));
    }
    Ok((parts.join(", "), time))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn settings_are_compared_by_key() {
        let mut leaves = BTreeMap::new();
        let config =
            json!({"experiment": {"training": {"epochs": 3}, "network": {"layers": [{"units": 2}], "hidden": [4, 5]}}});
        flatten(&config, String::new(), &mut leaves);
        let keys: Vec<(&str, &str)> = leaves.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(
            keys,
            [
                ("experiment.network.hidden", "[4,5]"),
                ("experiment.network.layers.0.units", "2"),
                ("experiment.training.epochs", "3")
            ]
        );
    }

    #[test]
    fn numbers_that_are_none_are_the_same_and_the_largest_difference_is_told() {
        let column = |values: [f32; 4]| Column::F32(values.to_vec());
        let found = differing(&column([1.0, f32::NAN, 3.0, 0.0]), &column([1.0, f32::NAN, 5.0, f32::NAN]));
        assert_eq!((found.places, found.largest), (vec![2, 3], Some(2.0)));
    }
}
