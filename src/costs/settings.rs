//! What a hardware model states of the energy and the time of its operations. All of it may be missing.
use super::part::Part;
use crate::crossbar::converter::Bits;
use crate::parameter::{Count, Positive};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Energies and times of the operations of a chip, as far as they are known.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Costs {
    /// Of one synapse in a read of its array, from either side.
    pub cell_read: Option<OperationCost>,
    /// Of one row in a forward read.
    pub row_read: Option<OperationCost>,
    /// Of one column in a read back.
    pub column_read: Option<OperationCost>,
    /// Of a conversion of what is sent, for every number of bits that is known.
    pub dac: Vec<ConversionCost>,
    /// Of a conversion of what is received, for every number of bits that is known.
    pub adc: Vec<ConversionCost>,
    /// Of an update of a unit, both compartments of a dyad together.
    pub unit_update: Option<OperationCost>,
    /// Of a pulse to a synapse.
    pub write_pulse: Option<OperationCost>,
    /// Power of the whole chip, whatever it does.
    pub static_power: Option<StaticPower>,
    /// Largest array that is built: a larger matrix takes several, each with lines and converters of its own; null is any size.
    pub tile: Option<Tile>,
}

/// Size of an array as it is built, in synapses.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tile {
    /// Rows, which receive in a forward read.
    pub rows: Count,
    /// Columns, which send in a forward read.
    pub columns: Count,
}

/// How a cost is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CostBasis {
    /// Measured on a chip.
    Measured,
    /// Simulated by the designers of the circuit.
    Simulated,
    /// Calculated here from figures of the source.
    Derived,
}

/// Cost of an operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OperationCost {
    /// Energy of one; null is not known.
    #[serde(default)]
    pub energy_j: Option<Positive>,
    /// Duration; null is not known.
    #[serde(default)]
    pub time_s: Option<Positive>,
    /// Other parts that the energy contains.
    #[serde(default)]
    pub energy_includes: Vec<Part>,
    /// Other parts that happen within the time.
    #[serde(default)]
    pub time_includes: Vec<Part>,
    /// Where it is found: citation.
    pub source: String,
    /// How it is known.
    pub basis: CostBasis,
    /// How it was measured, simulated or derived.
    pub remark: String,
}

/// Cost of a conversion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversionCost {
    /// Bits of the converter.
    pub bits: Bits,
    /// Lines that one converter serves, one after the other.
    #[serde(default = "one")]
    pub lines: Count,
    /// Energy of one conversion; null is not known.
    #[serde(default)]
    pub energy_j: Option<Positive>,
    /// Duration of one conversion; null is not known.
    #[serde(default)]
    pub time_s: Option<Positive>,
    /// Other parts that the energy contains.
    #[serde(default)]
    pub energy_includes: Vec<Part>,
    /// Other parts that happen within the time.
    #[serde(default)]
    pub time_includes: Vec<Part>,
    /// Where it is found: citation.
    pub source: String,
    /// How it is known.
    pub basis: CostBasis,
    /// How it was measured, simulated or derived.
    pub remark: String,
}

fn one() -> Count {
    Count::constant(1)
}

/// Power that flows all the time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StaticPower {
    /// The power.
    pub power_w: Positive,
    /// Other parts whose energy it contains.
    #[serde(default)]
    pub energy_includes: Vec<Part>,
    /// Where it is found: citation.
    pub source: String,
    /// How it is known.
    pub basis: CostBasis,
    /// How it was measured, simulated or derived.
    pub remark: String,
}

/// What an entry says, whatever it is of.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    pub part: Part,
    /// Energy of an operation, or power.
    pub energy: Option<f64>,
    pub time_s: Option<f64>,
    pub energy_includes: &'a [Part],
    pub time_includes: &'a [Part],
    source: &'a str,
    remark: &'a str,
}

impl OperationCost {
    fn entry(&self, part: Part) -> Entry<'_> {
        let Self { energy_j, time_s, energy_includes, time_includes, source, remark, .. } = self;
        let [energy, time_s] = [energy_j, time_s].map(|own| own.map(Positive::get));
        Entry { part, energy, time_s, energy_includes, time_includes, source, remark }
    }
}

impl ConversionCost {
    pub(super) fn entry(&self, part: Part) -> Entry<'_> {
        let Self { energy_j, time_s, energy_includes, time_includes, source, remark, .. } = self;
        let [energy, time_s] = [energy_j, time_s].map(|own| own.map(Positive::get));
        Entry { part, energy, time_s, energy_includes, time_includes, source, remark }
    }
}

impl Costs {
    /// All entries, with their keys.
    fn entries(&self) -> Vec<(String, Entry<'_>)> {
        let mut all = self.of_operations();
        for (part, converters) in [(Part::Dac, &self.dac), (Part::Adc, &self.adc)] {
            let entries =
                converters.iter().enumerate().map(|(i, own)| (format!("{}[{i}]", part.name()), own.entry(part)));
            all.extend(entries);
        }
        all
    }

    /// All entries but those of converters, with their keys.
    pub(super) fn of_operations(&self) -> Vec<(String, Entry<'_>)> {
        let operations = [
            (Part::CellRead, &self.cell_read),
            (Part::RowRead, &self.row_read),
            (Part::ColumnRead, &self.column_read),
            (Part::UnitUpdate, &self.unit_update),
            (Part::WritePulse, &self.write_pulse),
        ];
        let entries = operations.into_iter().filter_map(|(part, own)| Some(own.as_ref()?.entry(part)));
        let power = self.static_power.as_ref().map(|own| Entry {
            part: Part::StaticPower,
            energy: Some(own.power_w.get()),
            time_s: None,
            energy_includes: &own.energy_includes,
            time_includes: &[],
            source: &own.source,
            remark: &own.remark,
        });
        entries.chain(power).map(|entry| (entry.part.name().to_owned(), entry)).collect()
    }

    /// The rules that these settings break, with their keys. `update_s` is the time of an update, where that is given.
    pub(crate) fn conflicts(&self, update_s: Option<f64>) -> Vec<(String, String)> {
        let mut found = vec![];
        let entries = self.entries();
        for (key, entry) in &entries {
            let mut conflict = |own: &str, rule: String| found.push((format!("{key}.{own}"), rule));
            for (own, text) in [("source", entry.source), ("remark", entry.remark)] {
                if text.trim().is_empty() {
                    conflict(own, "must not be empty: a cost without it is a guess".into());
                }
            }
            if entry.energy.is_none() && entry.time_s.is_none() {
                conflict("energy_j", "must be given, or time_s: the entry states no cost".into());
            }
            let is_read = !matches!(entry.part, Part::WritePulse | Part::StaticPower);
            if let (Some(update_s), Some(_), true) = (update_s, entry.time_s, is_read) {
                let rule = format!("must be left out: an update lasts units.dt_s = {update_s} s, with all its reads");
                conflict("time_s", rule);
            }
            type Of = fn(&Entry<'_>) -> bool;
            let energy: (&str, &[Part], Of) = ("energy", entry.energy_includes, |own| own.energy.is_some());
            let time: (&str, &[Part], Of) = ("time", entry.time_includes, |own| own.time_s.is_some());
            for (what, included, states) in [energy, time] {
                let own = format!("{what}_includes");
                if !included.is_empty() && !states(entry) {
                    conflict(&own, format!("must be left out: the entry states no {what}"));
                }
                for part in included {
                    if entries.iter().any(|(_, other)| other.part == *part && states(other)) {
                        let rule =
                            format!("must not name {}, which states its own {what}: it would count twice", part.name());
                        conflict(&own, rule);
                    }
                }
            }
        }
        for (part, converters) in [(Part::Dac, &self.dac), (Part::Adc, &self.adc)] {
            for (i, own) in converters.iter().enumerate() {
                let key = format!("{}[{i}].bits", part.name());
                if own.bits == Bits::Ideal {
                    found.push((key, "must be a number: an ideal converter converts nothing".into()));
                } else if converters[..i].iter().any(|other| other.bits == own.bits) {
                    found.push((key, "must not be that of an entry before".into()));
                }
            }
        }
        found
    }
}
