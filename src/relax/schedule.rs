//! Schedules: the order in which the layers 1 … L are updated for one stimulus.
//!
//! | schedule | updates |
//! |---|---|
//! | `fwK` | 1 … L, `passes` times |
//! | `bwK` | L … 1, once |
//! | `fwbwK` | L … 2, then (1 … L−1, L … 1) `passes` − 1 times, then 1 |
//! | `oddeven`, `evenodd` | odd layers then even ones (or the other way round), `passes` times |
//! | `forward_then_rounds` | L; per round L−1 … 1, 2 … L−1, L; at the end L−1 … 1 |
//! | `up_down` | 1 … L−1, L … 1, `rounds` times |
//! | `parallel` | all layers at once from the states of the step before (Jacobi), `steps` times |
//! | `random_layer` | `updates` layers drawn uniformly |
//! | `listed` | the layers given |
//! | `stream` | all layers, or as [`super::stream`] says, step after step |
//!
//! Names and orders are those of the published codes (Høier & Zach 2024, `src/models.py` and `train_DP.jl`; 2023,
//! `utils.jl`): `up_down` with `start: carried` is their "corrupted" mode, `fwbwK` from a forward pass reaches the
//! states of their "dualprop" mode. An update of a single layer always sees the newest states of its neighbours.
use super::stream::{Stream, Updates};
use crate::network::NetworkError;
use crate::parameter::{Count, PositiveFraction, Repeats};
use crate::random::{Purpose, stream};
use rand::RngExt;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The order in which layers are updated for one stimulus.
///
/// ```
/// use dyadsim::prelude::*;
///
/// // As in an experiment file. The outputs are layer 2 of this network.
/// let schedule: Schedule = serde_json::from_str(r#"{"fwbwK": {"passes": 2}}"#)?;
/// let mut plan = Plan::default();
/// schedule.plan(2, Start::Forward, 1, 0, &mut plan)?;
/// assert_eq!(plan.updates.len(), 5);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// 1 … L, `passes` times.
    #[serde(rename = "fwK")]
    FwK(Passes),
    /// L … 1, once.
    #[serde(rename = "bwK")]
    BwK,
    /// L … 2, then (1 … L−1, L … 1) `passes` − 1 times, then 1.
    #[serde(rename = "fwbwK")]
    FwbwK(Passes),
    /// Odd layers, then even layers, `passes` times.
    #[serde(rename = "oddeven")]
    OddEven(Passes),
    /// Even layers, then odd layers, `passes` times.
    #[serde(rename = "evenodd")]
    EvenOdd(Passes),
    /// L; per round L−1 … 1, 2 … L−1, L; at the end L−1 … 1.
    ForwardThenRounds(Rounds),
    /// 1 … L−1, L … 1, `rounds` times.
    UpDown(Rounds),
    /// All layers at once from the states of the step before.
    Parallel(Parallel),
    /// Layers drawn uniformly, other ones at every training step.
    RandomLayer(RandomLayer),
    /// Exactly these layers.
    Listed(Listed),
    /// Time without phases; starts are carried over.
    Stream(Stream),
}

impl Default for Schedule {
    fn default() -> Self {
        Self::FwbwK(Passes::default())
    }
}

/// Number of passes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Passes {
    /// How often the pass is made.
    pub passes: Repeats,
}

impl Default for Passes {
    fn default() -> Self {
        Self { passes: Repeats::constant(1) }
    }
}

/// Number of rounds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Rounds {
    /// How often the round is made.
    pub rounds: Repeats,
}

impl Default for Rounds {
    fn default() -> Self {
        Self { rounds: Repeats::constant(5) }
    }
}

/// Settings of the parallel schedule.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parallel {
    /// Number of steps.
    pub steps: Repeats,
    /// First step (from 1) at which the outputs are nudged; before it they follow their drive. By default L when the
    /// states start from zero (the forward activity has then arrived), else 1.
    #[serde(default)]
    pub nudge_from_step: Option<Count>,
    /// Each unit moves with this probability at a step, on its own; 1 is simultaneous.
    #[serde(default = "always")]
    pub update_probability: PositiveFraction,
}

fn always() -> PositiveFraction {
    PositiveFraction::constant(1.0)
}

impl Parallel {
    /// This many simultaneous steps.
    pub fn of_steps(steps: Repeats) -> Self {
        Self { steps, nudge_from_step: None, update_probability: always() }
    }

    /// First step at which the outputs are nudged.
    pub fn nudged_from(&self, layers: usize, start: Start) -> usize {
        let default = if start == Start::Zero { layers } else { 1 };
        self.nudge_from_step.map_or(default, Count::get)
    }
}

/// Settings of the random schedule.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RandomLayer {
    /// Number of single-layer updates.
    pub updates: Repeats,
}

/// A list of layers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Listed {
    /// Layers in the order of their updates: 1 is the first hidden layer, L the outputs.
    pub layers: Vec<Count>,
}

/// What the states are before the first update of a stimulus.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// The activities of a forward pass, both compartments alike.
    #[default]
    Forward,
    /// Zero.
    Zero,
    /// Those of the stimulus before, without any reset (zero at the very first).
    Carried,
}

/// One step of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Update {
    /// This layer, from the newest states of its neighbours; outputs nudged.
    Layer(usize),
    /// The outputs, following their drive without a nudge.
    OutputsUnnudged,
    /// All hidden layers at once, from the states before this step.
    AllHidden,
    /// All layers at once, from the states before this step.
    All,
    /// The same, the outputs following their drive without a nudge.
    AllUnnudged,
}

/// The updates of one stimulus.
///
/// ```
/// use dyadsim::prelude::*;
/// use dyadsim::relax::Update::Layer;
///
/// let mut plan = Plan::default();
/// Schedule::BwK.plan(3, Start::Forward, 1, 0, &mut plan)?;
/// assert_eq!(plan.updates, [Layer(3), Layer(2), Layer(1)]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// In the order in which they are made.
    pub updates: Vec<Update>,
    /// Each unit moves with this probability at an update; `None` always.
    pub update_probability: Option<f32>,
    /// First update of the second phase, of a rule that has two.
    pub second_phase: Option<usize>,
}

impl Schedule {
    /// Whether units of a layer may move one by one.
    pub fn moves_units_singly(&self) -> bool {
        match self {
            Self::Parallel(parallel) => parallel.update_probability.get() < 1.0,
            Self::Stream(stream) => matches!(stream.updates, Updates::Asynchronous(_) | Updates::Poisson(_)),
            _ => false,
        }
    }

    /// Writes the updates for a network of `layers` weight layers into `plan`, reusing its memory. `seed` and `step`
    /// matter to the random schedule only.
    ///
    /// # Errors
    /// If a listed layer does not exist.
    pub fn plan(&self, layers: usize, start: Start, seed: u64, step: u64, plan: &mut Plan) -> Result<(), NetworkError> {
        plan.update_probability = None;
        plan.second_phase = None;
        let updates = &mut plan.updates;
        updates.clear();
        let mut go = |range: &mut dyn Iterator<Item = usize>| updates.extend(range.map(Update::Layer));
        match self {
            Self::FwK(p) => (0..p.passes.get()).for_each(|_| go(&mut (1..=layers))),
            Self::BwK => go(&mut (1..=layers).rev()),
            Self::FwbwK(p) => {
                go(&mut (2..=layers).rev());
                for _ in 1..p.passes.get() {
                    go(&mut (1..layers));
                    go(&mut (1..=layers).rev());
                }
                go(&mut std::iter::once(1));
            }
            Self::OddEven(p) | Self::EvenOdd(p) => {
                let first = if matches!(self, Self::OddEven(_)) { 1 } else { 0 };
                for _ in 0..p.passes.get() {
                    go(&mut (1..=layers).filter(|k| k % 2 == first));
                    go(&mut (1..=layers).filter(|k| k % 2 != first));
                }
            }
            Self::ForwardThenRounds(r) => {
                go(&mut std::iter::once(layers));
                for _ in 0..r.rounds.get() {
                    go(&mut (1..layers).rev());
                    go(&mut (2..layers));
                    go(&mut std::iter::once(layers));
                }
                go(&mut (1..layers).rev());
            }
            Self::UpDown(r) => {
                for _ in 0..r.rounds.get() {
                    go(&mut (1..layers));
                    go(&mut (1..=layers).rev());
                }
            }
            Self::Parallel(p) => {
                let nudge_from = p.nudged_from(layers, start);
                plan.update_probability = Some(p.update_probability.get() as f32).filter(|&p| p < 1.0);
                for t in 1..=p.steps.get() {
                    if t < nudge_from {
                        updates.extend([Update::AllHidden, Update::OutputsUnnudged]);
                    } else {
                        updates.push(Update::All);
                    }
                }
            }
            Self::RandomLayer(r) => {
                let mut draw = stream(seed, Purpose::RandomSchedule, &[step]);
                updates.extend((0..r.updates.get()).map(|_| Update::Layer(draw.random_range(1..=layers))));
            }
            Self::Listed(list) => {
                if let Some(&layer) = list.layers.iter().find(|k| k.get() > layers) {
                    return Err(NetworkError::NoSuchLayer { layer: layer.get(), layers });
                }
                go(&mut list.layers.iter().map(|k| k.get()));
            }
            Self::Stream(stream) => updates.resize(stream.presentation.longest(), Update::All),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use law_assertions::assert_share;

    fn order(schedule: &Schedule, layers: usize) -> Vec<usize> {
        let mut plan = Plan::default();
        schedule.plan(layers, Start::Forward, 1, 1, &mut plan).unwrap();
        plan.updates
            .iter()
            .map(|v| match v {
                Update::Layer(k) => *k,
                other => panic!("{other:?} in a sequential schedule"),
            })
            .collect()
    }

    fn passes(n: usize) -> Passes {
        Passes { passes: Repeats::new(n).unwrap() }
    }

    #[test]
    fn orders_are_those_of_the_published_codes() {
        assert_eq!(order(&Schedule::FwK(passes(2)), 3), [1, 2, 3, 1, 2, 3]);
        assert_eq!(order(&Schedule::BwK, 3), [3, 2, 1]);
        assert_eq!(order(&Schedule::FwbwK(passes(1)), 3), [3, 2, 1]);
        assert_eq!(order(&Schedule::FwbwK(passes(2)), 3), [3, 2, 1, 2, 3, 2, 1, 1]);
        assert_eq!(order(&Schedule::OddEven(passes(1)), 4), [1, 3, 2, 4]);
        assert_eq!(order(&Schedule::EvenOdd(passes(1)), 4), [2, 4, 1, 3]);
        let rounds = Rounds { rounds: Repeats::new(1).unwrap() };
        assert_eq!(order(&Schedule::ForwardThenRounds(rounds), 4), [4, 3, 2, 1, 2, 3, 4, 3, 2, 1]);
        assert_eq!(order(&Schedule::UpDown(rounds), 3), [1, 2, 3, 2, 1]);
    }

    #[test]
    fn a_network_of_one_layer_is_only_ever_updated_there() {
        for schedule in [Schedule::FwK(passes(1)), Schedule::BwK, Schedule::FwbwK(passes(2))] {
            assert!(order(&schedule, 1).iter().all(|&k| k == 1));
        }
    }

    #[test]
    fn parallel_steps_nudge_once_activity_has_arrived() {
        let schedule = Schedule::Parallel(Parallel {
            steps: Repeats::new(4).unwrap(),
            nudge_from_step: None,
            update_probability: always(),
        });
        let mut plan = Plan::default();
        schedule.plan(3, Start::Zero, 1, 1, &mut plan).unwrap();
        use Update::{All, AllHidden, OutputsUnnudged};
        assert_eq!(plan.updates, [AllHidden, OutputsUnnudged, AllHidden, OutputsUnnudged, All, All]);
        schedule.plan(3, Start::Carried, 1, 1, &mut plan).unwrap();
        assert_eq!(plan.updates, [All; 4]);
    }

    /// Each of the three layers has a third of the updates.
    #[test]
    fn random_layers_are_uniform_and_differ_between_steps() {
        let schedule = Schedule::RandomLayer(RandomLayer { updates: Repeats::new(9000).unwrap() });
        let updates = order(&schedule, 3);
        for layer in 1..=3 {
            let count = updates.iter().filter(|&&k| k == layer).count();
            assert_share(count, 9000, 1.0 / 3.0, format!("layer {layer}"));
        }
        let mut other = Plan::default();
        schedule.plan(3, Start::Forward, 1, 2, &mut other).unwrap();
        assert_ne!(other.updates, updates.into_iter().map(Update::Layer).collect::<Vec<_>>());
    }

    #[test]
    fn a_listed_layer_that_does_not_exist_is_refused() {
        let schedule = Schedule::Listed(Listed { layers: vec![Count::constant(4)] });
        assert!(schedule.plan(3, Start::Zero, 1, 1, &mut Plan::default()).is_err());
    }
}
