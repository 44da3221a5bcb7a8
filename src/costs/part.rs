//! The parts of an energy or a time.
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A kind of operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Current through a synapse.
    CellRead,
    /// A row, in a forward read.
    RowRead,
    /// A column, in a read back.
    ColumnRead,
    /// Conversion of what is sent.
    Dac,
    /// Conversion of what is received.
    Adc,
    /// An update of a unit.
    UnitUpdate,
    /// A pulse to a synapse.
    WritePulse,
    /// Power that flows all the time.
    StaticPower,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::CellRead,
        Self::RowRead,
        Self::ColumnRead,
        Self::Dac,
        Self::Adc,
        Self::UnitUpdate,
        Self::WritePulse,
        Self::StaticPower,
    ];

    /// Its key.
    pub fn name(self) -> &'static str {
        match self {
            Self::CellRead => "cell_read",
            Self::RowRead => "row_read",
            Self::ColumnRead => "column_read",
            Self::Dac => "dac",
            Self::Adc => "adc",
            Self::UnitUpdate => "unit_update",
            Self::WritePulse => "write_pulse",
            Self::StaticPower => "static_power",
        }
    }

    /// What is counted of it.
    pub fn operations(self) -> &'static str {
        match self {
            Self::CellRead => "reads of synapses",
            Self::RowRead => "reads of rows",
            Self::ColumnRead => "reads of columns",
            Self::Dac => "D/A conversions",
            Self::Adc => "A/D conversions",
            Self::UnitUpdate => "updates of units",
            Self::WritePulse => "write pulses",
            Self::StaticPower => "static power",
        }
    }
}
