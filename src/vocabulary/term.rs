//! What is said of one quantity.
use super::status::Verdict;

/// A quantity by the name of its data set, with what people need to read it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term {
    /// Name of the data set, also on the command line.
    pub name: &'static str,
    /// One phrase, the attribute `long_name`.
    pub long_name: &'static str,
    /// Unit, the attribute `units`; "1" if dimensionless.
    pub units: &'static str,
    /// What axes, columns and menus call it; its name with spaces if empty.
    label: &'static str,
    /// Which direction is the better one.
    pub better: Better,
    /// How its numbers are written.
    pub format: Format,
}

/// Which direction of a quantity is the better one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Small numbers.
    Lower,
    /// Large numbers.
    Higher,
}

impl Better {
    /// The word in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lower => "lower",
            Self::Higher => "higher",
        }
    }
}

/// How the numbers of a quantity are written and drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// In significant digits; drawn logarithmically where they spread over decades.
    Number,
    /// In significant digits, always drawn linearly.
    Linear,
    /// A share of a whole, in percent.
    Share,
    /// A ratio in percent that may exceed 100 %.
    Percent,
    /// An angle between two directions.
    Angle,
    /// The code of a [`Verdict`].
    Verdict,
}

impl Format {
    /// The word in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Linear => "linear",
            Self::Share | Self::Percent => "percent",
            Self::Angle => "angle",
            Self::Verdict => "code",
        }
    }

    /// Whether numbers are told in percent.
    pub fn is_percent(self) -> bool {
        matches!(self, Self::Share | Self::Percent)
    }

    /// Numbers that stand for words, with these.
    pub fn codes(self) -> Option<Vec<(u8, &'static str)>> {
        (self == Self::Verdict).then(|| Verdict::ALL.map(|verdict| (verdict as u8, verdict.name())).to_vec())
    }
}

impl Term {
    /// A dimensionless quantity of which less is better.
    pub(super) const fn new(name: &'static str, long_name: &'static str) -> Self {
        Self { name, long_name, units: "1", label: "", better: Better::Lower, format: Format::Number }
    }

    /// The same quantity in another place, where another phrase says what it is.
    pub(super) const fn described_as(self, long_name: &'static str) -> Self {
        Self { long_name, ..self }
    }

    pub(super) const fn units(self, units: &'static str) -> Self {
        Self { units, ..self }
    }

    pub(super) const fn label_as(self, label: &'static str) -> Self {
        Self { label, ..self }
    }

    pub(super) const fn format(self, format: Format) -> Self {
        Self { format, ..self }
    }

    pub(super) const fn higher_is_better(self) -> Self {
        Self { better: Better::Higher, ..self }
    }

    /// A share of which more is better.
    pub(super) const fn accuracy(name: &'static str, long_name: &'static str) -> Self {
        Self::new(name, long_name).format(Format::Share).higher_is_better()
    }

    /// A coefficient of determination.
    pub(super) const fn r2(name: &'static str, long_name: &'static str) -> Self {
        Self::new(name, long_name).format(Format::Linear).higher_is_better()
    }

    /// What axes, columns and menus call it.
    pub fn label(&self) -> String {
        if self.label.is_empty() { self.name.replace('_', " ") } else { self.label.to_owned() }
    }
}
