//! A small experiment file with one of everything that the real ones are made of.
use dyadsim::config::strict::{CrossCheck, Violation};
use dyadsim::parameter::{Count, Fraction, NonNegative, Positive, ProperFraction};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An experiment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    /// Free text.
    pub title: String,
    /// How the network learns.
    pub training: Training,
    /// The layers, input first.
    #[serde(default)]
    pub layers: Vec<Layer>,
    /// Nudging.
    #[serde(default)]
    pub nudging: Nudging,
    /// Read noise of every cell. Absent means none.
    #[serde(default)]
    pub noise: Option<Noise>,
    /// Where the experiment starts in time.
    #[serde(default)]
    pub window_s: Option<[f64; 2]>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// Passes over the training set.
    pub epochs: Count,
    #[serde(default = "batch_size")]
    pub batch_size: Count,
    #[serde(default)]
    pub warm_up_epochs: u16,
    /// The optimizer. Its rate follows the schedule.
    #[serde(default)]
    pub optimizer: Optimizer,
    #[serde(default)]
    pub shuffle: bool,
    #[serde(default = "weight_decay")]
    pub weight_decay: f32,
}

fn batch_size() -> Count {
    Count::constant(100)
}

fn weight_decay() -> f32 {
    0.1
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Optimizer {
    /// Plain descent, with momentum.
    Sgd(Sgd),
    Adam {
        rate: Positive,
        #[serde(default = "beta")]
        beta: ProperFraction,
    },
    Frozen,
}

fn beta() -> ProperFraction {
    ProperFraction::constant(0.9)
}

impl Default for Optimizer {
    fn default() -> Self {
        Self::Sgd(Sgd { rate: Positive::constant(0.01), momentum: Fraction::constant(0.5) })
    }
}

// No `deny_unknown_fields` here on purpose: reading has to be strict even where a type forgot it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Sgd {
    /// Step length.
    pub rate: Positive,
    #[serde(default = "momentum")]
    pub momentum: Fraction,
}

fn momentum() -> Fraction {
    Fraction::constant(0.5)
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Layer {
    pub units: Count,
    #[serde(default)]
    pub activation: Activation,
}

#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Activation {
    /// Bounded.
    #[default]
    Tanh,
    /// Half open.
    Relu,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Nudging {
    /// Weight of the plus compartment.
    pub alpha: Fraction,
    pub slew_v_per_s: Positive,
    pub parity: Even,
}

impl Default for Nudging {
    fn default() -> Self {
        Self { alpha: Fraction::constant(0.5), slew_v_per_s: Positive::constant(2.0), parity: Even(2) }
    }
}

/// A number whose rule the schema cannot tell.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u32")]
pub struct Even(u32);

impl TryFrom<u32> for Even {
    type Error = String;
    fn try_from(value: u32) -> Result<Self, String> {
        if value.is_multiple_of(2) { Ok(Self(value)) } else { Err(format!("must be even, got {value}")) }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Noise {
    pub std_v: NonNegative,
    #[serde(default)]
    pub tau_s: Option<Positive>,
}

impl CrossCheck for Sample {
    fn cross_check(&self) -> Vec<Violation> {
        let (warm_up, epochs) = (usize::from(self.training.warm_up_epochs), self.training.epochs.get());
        let mut broken = Vec::new();
        if warm_up >= epochs {
            let rule = format!("must be below training.epochs, which is {epochs}");
            broken.push(Violation { key: "training.warm_up_epochs".to_owned(), rule });
        }
        if self.training.optimizer == Optimizer::Frozen && self.training.batch_size.get() > 50 {
            let rule = "must be at most 50 with a frozen optimizer".to_owned();
            broken.push(Violation { key: "training.batch_size".to_owned(), rule });
        }
        broken
    }
}
