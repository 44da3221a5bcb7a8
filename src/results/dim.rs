//! An axis of numbers.
use crate::vocabulary::axis::{LAYER, REPLICATE};
use crate::vocabulary::number::{labels, spelled, with_unit};

/// An axis of a cube.
#[derive(Debug, Clone, PartialEq)]
pub struct Dim {
    /// Its name in the file.
    pub name: String,
    /// One phrase for people.
    pub long_name: String,
    /// Unit of its values.
    pub units: String,
    /// Whether distances count by logarithms.
    pub logarithmic: bool,
    /// How every value is written.
    pub labels: Vec<String>,
    /// The values, unless they are words.
    pub numbers: Option<Vec<f64>>,
    /// The place of each of its values among all that the file has: a part of them keeps its colours.
    pub places_of_all: Vec<usize>,
    /// How many values the file has.
    pub all_places: usize,
    /// Whether its places are chips or networks of the same kind, that differ by their seeds only.
    pub is_population: bool,
}

impl Dim {
    /// An axis of numbers.
    pub fn numbers(name: &str, long_name: &str, units: &str, logarithmic: bool, values: Vec<f64>) -> Self {
        let labels = labels(&values);
        let is_population = name == REPLICATE.name;
        let (name, long_name, units) = (name.to_owned(), long_name.to_owned(), units.to_owned());
        let (all_places, places_of_all) = (labels.len(), (0..labels.len()).collect());
        Self {
            name,
            long_name,
            units,
            logarithmic,
            labels,
            numbers: Some(values),
            places_of_all,
            all_places,
            is_population,
        }
    }

    /// An axis of words.
    pub fn words(name: &str, long_name: &str, labels: Vec<String>) -> Self {
        let unnumbered = Self::numbers(name, long_name, "1", false, vec![0.0; labels.len()]);
        Self { labels, numbers: None, is_population: false, ..unnumbered }
    }

    /// Number of its places.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether it has no places.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Whether it stands for a quantity; seeds and layers are only counted.
    pub fn is_quantity(&self) -> bool {
        self.numbers.is_some() && self.name != LAYER.name && !self.is_population
    }

    /// Name with unit, as written along an axis.
    pub fn title(&self) -> String {
        let name = if self.long_name.is_empty() { spelled(&self.name) } else { self.long_name.clone() };
        with_unit(&name, &self.units)
    }

    /// The sign of the quantity if its name ends with one ("nudging asymmetry α"), else its name.
    fn symbol(&self) -> String {
        let last = self.long_name.split_whitespace().last().unwrap_or_default();
        if last.chars().count() == 1 && !last.is_ascii() { last.to_owned() } else { spelled(&self.name) }
    }

    /// "α = 0.5", "layer 2", "rule: dp".
    pub fn at(&self, index: usize) -> String {
        let label = &self.labels[index];
        match (&self.numbers, self.name.as_str()) {
            (_, name) if [LAYER.name, REPLICATE.name].contains(&name) => format!("{name} {label}"),
            (Some(_), _) if self.units != "1" => format!("{} = {label} {}", self.symbol(), self.units),
            (Some(_), _) => format!("{} = {label}", self.symbol()),
            (None, _) => format!("{}: {label}", self.symbol()),
        }
    }

    /// The places of values, ascending, given as labels or numbers.
    ///
    /// # Errors
    /// The one that is none of its values.
    pub fn places<'v>(&self, values: &'v [String]) -> Result<Vec<usize>, &'v String> {
        let place = |given: &'v String| {
            let number = given.parse::<f64>().ok();
            let same = |index: &usize| {
                self.labels[*index] == *given
                    || self.numbers.as_ref().zip(number).is_some_and(|(own, number)| {
                        let own = own[*index];
                        (own - number).abs() <= 1e-6 * own.abs().max(number.abs()) || own == number
                    })
            };
            (0..self.len()).find(same).ok_or(given)
        };
        // A label may hold the comma that separates values.
        let without_spaces = |text: &str| text.replace(' ', "");
        let joined = without_spaces(&values.join(","));
        if let Some(whole) = self.labels.iter().position(|label| label.contains(',') && without_spaces(label) == joined)
        {
            return Ok(vec![whole]);
        }
        let mut places = values.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        places.sort_unstable();
        places.dedup();
        Ok(places)
    }

    /// The same with only some of its places.
    pub fn restricted(&self, places: &[usize]) -> Self {
        let numbers = self.numbers.as_ref().map(|numbers| places.iter().map(|k| numbers[*k]).collect());
        let labels = places.iter().map(|k| self.labels[*k].clone()).collect();
        let places_of_all = places.iter().map(|k| self.places_of_all[*k]).collect();
        Self { labels, numbers, places_of_all, ..self.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_label_or_number() {
        let alpha = Dim::numbers("alpha", "nudging asymmetry α", "1", false, vec![0.0, 0.5]);
        let rule = Dim::words("rule", "credit rule", vec!["dp".into(), "dpt".into(), "bp".into()]);
        assert_eq!(alpha.places(&["0.50".to_owned()]), Ok(vec![1]));
        assert_eq!(rule.places(&["bp".to_owned(), "dp".to_owned()]), Ok(vec![0, 2]));
        assert_eq!(rule.places(&["dpx".to_owned()]), Err(&"dpx".to_owned()));
        // What was split at a comma of its own.
        let rates = Dim::words("rule", "", vec!["dp, one read".into(), "dp, two reads".into(), "dp".into()]);
        assert_eq!(rates.places(&["dp".to_owned(), "two reads".to_owned()]), Ok(vec![1]));
    }
}
