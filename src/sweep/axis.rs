//! One axis of a sweep: the settings it moves, and the points on it.
use super::settings::Settings;
use crate::config::key::KeyPath;
use crate::math;
use crate::parameter::{Finite, Positive, Size};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use std::fmt;

/// An axis of a sweep.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AxisConfig {
    /// Its name in the results.
    pub name: String,
    /// One phrase for figures; the name unless given.
    #[serde(default)]
    pub long_name: Option<String>,
    /// Unit of its values; dimensionless unless given.
    #[serde(default)]
    pub units: Option<String>,
    /// Dotted keys of the settings that all take the value of a point; none with `points.settings`, which bring theirs.
    /// `{AXIS}` in a key stands for the `insert` of that other axis' point.
    #[serde(default)]
    pub keys: Vec<String>,
    /// The points.
    pub points: AxisPoints,
    /// How figures draw it; by the kind of its points unless given.
    #[serde(default)]
    pub scale: Option<Scale>,
}

/// The points of an axis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AxisPoints {
    /// These values.
    Values(Vec<Value>),
    /// From one number to another in equal steps.
    Linear(LinearRange),
    /// From one number to another in equal factors.
    Logarithmic(LogarithmicRange),
    /// Several settings that change together, point by point.
    Settings(Vec<LabelledSettings>),
}

/// A range of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LinearRange {
    /// First number.
    pub from: Finite,
    /// Last number.
    pub to: Finite,
    /// How many; not with random or Latin-hypercube sampling, which draws between the two.
    #[serde(default)]
    pub count: Option<Size>,
}

/// A range of numbers above zero.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogarithmicRange {
    /// First number.
    pub from: Positive,
    /// Last number.
    pub to: Positive,
    /// How many; not with random or Latin-hypercube sampling, which draws between the two.
    #[serde(default)]
    pub count: Option<Size>,
}

/// Settings that change together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LabelledSettings {
    /// Name of the point.
    pub label: String,
    /// The settings.
    #[serde(default)]
    pub set: Settings,
    /// What `{AXIS}` stands for in the keys of other axes, AXIS being the name of this one: so can the kind of a noise
    /// be one axis, and its strength another.
    #[serde(default)]
    pub insert: Option<String>,
}

/// How an axis is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Numbers.
    Linear,
    /// Numbers above zero, by their logarithm.
    Logarithmic,
    /// Words.
    Category,
}

/// What the coordinate of a point on an axis is.
#[derive(Debug, Clone, PartialEq)]
pub enum Coordinate {
    /// A number.
    Number(f64),
    /// A word.
    Text(String),
}

impl fmt::Display for Coordinate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(x) => write!(out, "{x}"),
            Self::Text(text) => out.write_str(text),
        }
    }
}

/// A point on an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct AxisPoint {
    /// Its coordinate.
    pub coordinate: Coordinate,
    /// Dotted keys and values; a key may hold `{AXIS}`.
    pub settings: Vec<(String, Value)>,
    /// What the name of its axis in braces stands for in the keys of other axes.
    pub insert: Option<String>,
}

impl AxisConfig {
    /// Reports every rule that the axis breaks by itself.
    pub(super) fn cross_check(&self, drawn: bool, violate: &mut impl FnMut(&str, &str)) {
        let brings_keys = matches!(self.points, AxisPoints::Settings(_));
        if brings_keys && !self.keys.is_empty() {
            violate("keys", "is not used with points.settings, which bring their own keys");
        } else if !brings_keys && self.keys.is_empty() {
            violate("keys", "must name at least one setting, like [\"nudging.beta\"]");
        }
        for (i, key) in self.keys.iter().enumerate() {
            if let Err(error) = KeyPath::parse(key) {
                violate(&format!("keys[{i}]"), &format!("is not a dotted key: {error}"));
            }
        }
        match &self.points {
            AxisPoints::Values(values) if values.is_empty() => violate("points.values", "must hold at least one value"),
            AxisPoints::Settings(list) if list.is_empty() => violate("points.settings", "must hold at least one point"),
            AxisPoints::Linear(LinearRange { count, .. }) => check_count("linear", *count, drawn, violate),
            AxisPoints::Logarithmic(LogarithmicRange { count, .. }) => {
                check_count("logarithmic", *count, drawn, violate);
            }
            _ => {}
        }
        if let AxisPoints::Settings(list) = &self.points {
            for (i, key) in list.iter().flat_map(|point| point.set.0.keys()).enumerate() {
                if let Err(error) = KeyPath::parse(key) {
                    violate(
                        "points.settings",
                        &format!("holds {key:?} (setting {}), not a dotted key: {error}", i + 1),
                    );
                }
            }
        }
        // Ranges have equal steps: they meet a point twice only if they have no length.
        let points = match &self.points {
            AxisPoints::Linear(range) if range.from != range.to => vec![self.at(0.0), self.at(1.0)],
            AxisPoints::Logarithmic(range) if range.from != range.to => vec![self.at(0.0), self.at(1.0)],
            _ => self.points(),
        };
        let scale = self.scale();
        let mut names: Vec<String> = points.iter().map(|point| point.coordinate.to_string()).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            violate("points", "holds a point twice (or two of the same name)");
        }
        let is_number = |point: &AxisPoint| match point.coordinate {
            Coordinate::Number(x) => scale != Scale::Logarithmic || x > 0.0,
            Coordinate::Text(_) => false,
        };
        if scale != Scale::Category && !points.iter().all(is_number) {
            violate("scale", "needs points that are numbers, above zero if it is logarithmic");
        }
    }

    /// How it is drawn.
    pub fn scale(&self) -> Scale {
        self.scale.unwrap_or(match &self.points {
            AxisPoints::Linear(_) => Scale::Linear,
            AxisPoints::Logarithmic(_) => Scale::Logarithmic,
            AxisPoints::Values(values) if values.iter().all(Value::is_number) => Scale::Linear,
            AxisPoints::Values(_) | AxisPoints::Settings(_) => Scale::Category,
        })
    }

    /// Its points; of a range without count its two ends.
    pub fn points(&self) -> Vec<AxisPoint> {
        match &self.points {
            AxisPoints::Values(values) => values.iter().map(|value| self.point(value.clone())).collect(),
            AxisPoints::Settings(list) => list.iter().map(LabelledSettings::point).collect(),
            AxisPoints::Linear(LinearRange { count, .. }) | AxisPoints::Logarithmic(LogarithmicRange { count, .. }) => {
                let count = count.map_or(2, Size::get);
                let place = |i: usize| if count == 1 { 0.0 } else { i as f64 / (count - 1) as f64 };
                (0..count).map(|i| self.at(place(i))).collect()
            }
        }
    }

    /// The point at a place in [0, 1): of a range the number there, of a list the entry whose equal share holds it.
    pub fn at(&self, place: f64) -> AxisPoint {
        let entry = |n: usize| ((place * n as f64) as usize).min(n - 1);
        match &self.points {
            AxisPoints::Values(values) => self.point(values[entry(values.len())].clone()),
            AxisPoints::Settings(list) => list[entry(list.len())].point(),
            AxisPoints::Linear(LinearRange { from, to, .. }) => {
                self.point(number(round(between(from.get(), to.get(), place))))
            }
            AxisPoints::Logarithmic(LogarithmicRange { from, to, .. }) => {
                let exponent = between(math::log10(from.get()), math::log10(to.get()), place);
                // The ends are those of the file, to the last bit.
                let x = if place == 0.0 {
                    from.get()
                } else if place == 1.0 {
                    to.get()
                } else {
                    math::pow(10.0, exponent)
                };
                self.point(number(if place == 0.0 || place == 1.0 { x } else { short(x) }))
            }
        }
    }

    fn point(&self, value: Value) -> AxisPoint {
        // A list of numbers and words is a list of words; numbers stay numbers also where they are drawn as words.
        let is_mixed = matches!(&self.points, AxisPoints::Values(list) if !list.iter().all(Value::is_number));
        let coordinate = match &value {
            Value::Number(x) if !is_mixed => Coordinate::Number(x.as_f64().unwrap_or(f64::NAN)),
            _ => Coordinate::Text(label(&value)),
        };
        let settings = self.keys.iter().map(|key| (key.clone(), value.clone())).collect();
        AxisPoint { coordinate, settings, insert: None }
    }

    /// Whether its name in braces may stand in the keys of other axes.
    pub(super) fn has_inserts(&self) -> bool {
        matches!(&self.points, AxisPoints::Settings(list) if list.iter().all(|point| point.insert.is_some()))
    }
}

impl LabelledSettings {
    fn point(&self) -> AxisPoint {
        let settings = self.set.0.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
        AxisPoint { coordinate: Coordinate::Text(self.label.clone()), settings, insert: self.insert.clone() }
    }
}

fn check_count(range: &str, count: Option<Size>, drawn: bool, violate: &mut impl FnMut(&str, &str)) {
    let key = format!("points.{range}.count");
    match count {
        None if !drawn => violate(&key, "is needed in a grid"),
        Some(_) if drawn => violate(&key, "is not used when points are drawn between the two ends"),
        _ => {}
    }
}

fn between(from: f64, to: f64, place: f64) -> f64 {
    from + (to - from) * place
}

/// To 12 significant digits, so that 0.1 · 3 is 0.3 in files and figures.
fn round(x: f64) -> f64 {
    format!("{x:.11e}").parse().unwrap_or(x)
}

/// To 6 significant digits: what stands between two powers of ten need not be known better.
fn short(x: f64) -> f64 {
    format!("{x:.5e}").parse().unwrap_or(x)
}

/// A whole number is written as one, which settings that count things need.
fn number(x: f64) -> Value {
    let whole = x.fract() == 0.0 && x.abs() < 9e15;
    if whole { Value::from(x as i64) } else { Number::from_f64(x).map_or(Value::Null, Value::Number) }
}

/// What a value is called: a text itself, a variant by its name, anything else as JSON.
fn label(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(object) if object.len() == 1 => object.keys().next().cloned().unwrap_or_default(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn axis(points: Value) -> AxisConfig {
        serde_json::from_value(json!({"name": "x", "keys": ["a.b", "a.c"], "points": points})).unwrap()
    }

    fn numbers(axis: &AxisConfig) -> Vec<f64> {
        let coordinate = |point: &AxisPoint| match point.coordinate {
            Coordinate::Number(x) => x,
            Coordinate::Text(_) => panic!("a word"),
        };
        axis.points().iter().map(coordinate).collect()
    }

    #[test]
    fn ranges_hold_their_ends_and_equal_steps_or_factors() {
        let linear = axis(json!({"linear": {"from": 0, "to": 1, "count": 11}}));
        assert_eq!(numbers(&linear), [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]);
        let logarithmic = axis(json!({"logarithmic": {"from": 0.01, "to": 10, "count": 4}}));
        assert_eq!(numbers(&logarithmic), [0.01, 0.1, 1.0, 10.0]);
        assert_eq!(numbers(&axis(json!({"linear": {"from": 3, "to": 3, "count": 1}}))), [3.0]);
    }

    #[test]
    fn whole_numbers_are_written_as_such_and_all_keys_take_the_value() {
        let points = axis(json!({"linear": {"from": 1, "to": 3, "count": 3}})).points();
        assert_eq!(points[1].settings, [("a.b".to_owned(), json!(2)), ("a.c".to_owned(), json!(2))]);
    }

    #[test]
    fn a_list_with_words_is_a_list_of_words() {
        let mixed = axis(json!({"values": [0.5, "off", {"random": {"seed": 1}}]}));
        let names: Vec<_> = mixed.points().into_iter().map(|point| point.coordinate).collect();
        assert_eq!(names, ["0.5", "off", "random"].map(|name| Coordinate::Text(name.to_owned())));
        assert_eq!(mixed.scale(), Scale::Category);
    }

    #[test]
    fn equal_shares_of_a_list_and_the_middle_of_ranges() {
        let list = axis(json!({"values": [1, 2, 3, 4]}));
        let drawn: Vec<_> = [0.0, 0.24, 0.26, 0.99].map(|place| list.at(place).coordinate).to_vec();
        assert_eq!(drawn, [1.0, 1.0, 2.0, 4.0].map(Coordinate::Number));
        let range = axis(json!({"logarithmic": {"from": 1, "to": 100}}));
        assert_eq!(range.at(0.5).coordinate, Coordinate::Number(10.0));
    }
}
