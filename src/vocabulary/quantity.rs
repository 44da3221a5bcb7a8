//! A quantity as a reader needs it: from the vocabulary, or one that only a file knows.
use super::metric::find;
use super::number;
use super::term::{Better, Format, Term};
use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// What a sweep appends to the name of a measurement that one of its axes has already.
const MEASURED: &str = "_measured";

/// A quantity.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantity {
    /// Name of its data set.
    pub name: String,
    /// One phrase.
    pub long_name: String,
    /// Unit; "1" if dimensionless.
    pub units: String,
    /// What axes, columns and menus call it.
    pub label: String,
    /// Which direction is the better one.
    pub better: Better,
    /// How its numbers are written.
    pub format: Format,
}

impl From<&Term> for Quantity {
    fn from(term: &Term) -> Self {
        Self {
            name: term.name.to_owned(),
            long_name: term.long_name.to_owned(),
            units: term.units.to_owned(),
            label: term.label(),
            better: term.better,
            format: term.format,
        }
    }
}

impl Quantity {
    /// A quantity as a file describes it; what the vocabulary knows of its name is added.
    pub fn described(name: &str, long_name: &str, units: &str) -> Self {
        let known = find(name.strip_suffix(MEASURED).unwrap_or(name)).map(Self::from);
        let unknown = || Self::from(&Term::new("", "")).named(number::spelled(name));
        let (name, long_name, units) = (name.to_owned(), long_name.to_owned(), units.to_owned());
        Self { name, long_name, units, ..known.unwrap_or_else(unknown) }
    }

    fn named(self, label: String) -> Self {
        Self { label, ..self }
    }

    /// The name for a data set where an axis has the name of this quantity.
    pub fn name_next_to_axis(name: &str) -> String {
        format!("{name}{MEASURED}")
    }

    /// Whether its numbers are told in percent.
    pub fn is_percent(&self) -> bool {
        self.format.is_percent()
    }

    /// What its numbers are multiplied by in figures.
    pub fn factor(&self) -> f64 {
        if self.is_percent() { 100.0 } else { 1.0 }
    }

    /// The unit of figures.
    pub fn sign(&self) -> &str {
        if self.is_percent() { "%" } else { number::unit_sign(&self.units) }
    }

    /// Label with unit, as it stands along an axis.
    pub fn title(&self) -> String {
        number::with_unit(&self.label, self.sign())
    }

    /// What figures of it cannot go beyond, in the unit of figures.
    pub fn limits(&self) -> [f64; 2] {
        match self.format {
            Format::Share => [0.0, 100.0],
            Format::Angle => [0.0, 180.0],
            Format::Percent => [0.0, f64::INFINITY],
            Format::Number | Format::Linear | Format::Verdict => [f64::NEG_INFINITY, f64::INFINITY],
        }
    }

    /// Whether figures may draw it by its logarithm.
    pub fn may_be_logarithmic(&self) -> bool {
        self.format == Format::Number
    }

    /// Whether small numbers are the good ones.
    pub fn small_is_good(&self) -> bool {
        self.better == Better::Lower
    }

    /// 1 if more is better, else −1.
    pub fn direction(&self) -> f64 {
        if self.small_is_good() { -1.0 } else { 1.0 }
    }

    /// A number with its unit, or the word it stands for.
    pub fn tell(&self, x: f64) -> String {
        let word = self.format.codes().and_then(|codes| codes.into_iter().find(|(code, _)| f64::from(*code) == x));
        match word {
            Some((_, word)) => word.to_owned(),
            None if self.is_percent() => number::percent(x),
            None => number::in_units(x, &self.units),
        }
    }

    /// A number in the unit of figures, without it: for cells and next to bars.
    pub fn cell(&self, x: f64) -> String {
        number::short(x, if self.is_percent() { 1 } else { 3 })
    }

    /// Mean and standard deviation in the unit of figures, with as many decimals.
    pub fn with_deviation(&self, mean: f64, deviation: f64) -> String {
        let mean = self.cell(mean);
        match mean.split_once('.') {
            // A power of ten has no decimals to share.
            _ if mean.contains('⁻') || mean.contains('·') => format!("{mean} ± {}", self.cell(deviation)),
            Some((_, decimals)) => format!("{mean} ± {deviation:.*}", decimals.len()),
            None => format!("{mean} ± {deviation:.0}"),
        }
    }
}

/// As the script of a page reads it.
impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let words = self.format.codes().unwrap_or_default();
        let words: std::collections::BTreeMap<u8, &str> = words.into_iter().collect();
        let mut fields = serializer.serialize_struct("Quantity", 8)?;
        fields.serialize_field("name", &self.name)?;
        fields.serialize_field("long_name", &self.long_name)?;
        fields.serialize_field("label", &self.label)?;
        fields.serialize_field("unit", self.sign())?;
        fields.serialize_field("factor", &self.factor())?;
        fields.serialize_field("decimals", &self.is_percent().then_some(number::PERCENT_DECIMALS))?;
        fields.serialize_field("direction", &self.direction())?;
        fields.serialize_field("words", &words)?;
        fields.end()
    }
}

#[cfg(test)]
mod tests {
    use super::super::metric;
    use super::*;

    #[test]
    fn shares_are_percent_and_other_units_in_brackets() {
        let accuracy = Quantity::from(&metric::TEST_ACCURACY);
        assert_eq!((accuracy.title().as_str(), accuracy.factor()), ("test accuracy (%)", 100.0));
        assert!(!accuracy.small_is_good() && Quantity::from(&metric::TEST_LOSS).small_is_good());
        assert_eq!(Quantity::from(&metric::ANGLE).title(), "angle to backprop (°)");
        assert_eq!(Quantity::described("tau", "", "ms").title(), "tau (ms)");
        assert_eq!(accuracy.with_deviation(97.123, 0.256), "97.1 ± 0.3");
        assert_eq!((accuracy.cell(97.123), accuracy.cell(5.55)), ("97.1".to_owned(), "5.5".to_owned()));
    }

    #[test]
    fn what_a_file_says_is_kept_and_what_the_vocabulary_knows_is_added() {
        let own = Quantity::described("test_accuracy_measured", "as measured", "1");
        assert_eq!((own.label.as_str(), own.long_name.as_str()), ("test accuracy", "as measured"));
        assert!(own.is_percent() && !own.small_is_good());
        assert!(!Quantity::described("certified_radius_mean", "", "1").small_is_good(), "a large radius is a good one");
        let verdict = Quantity::described("verdict", "", "1");
        assert_eq!((verdict.tell(2.0), verdict.tell(f64::NAN)), ("limit cycle".to_owned(), "–".to_owned()));
        assert_eq!(Quantity::described("own_quantity", "", "dB").tell(2.5), "2.5 dB");
    }
}
