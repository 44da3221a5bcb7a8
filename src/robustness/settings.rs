//! What is measured of the robustness of a network.
use crate::parameter::{Count, Finite, Positive, PositiveFraction, Repeats, Size};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lipschitz constants and robustness against perturbations of the inputs: upper bound and lower estimates of the
/// Lipschitz constant, and accuracy under attacks of several sizes, next to random noise as a control. On the test set, by
/// forward passes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct RobustnessSettings {
    /// After every N epochs, and after the last; null measures after the last epoch alone.
    pub every_epochs: Option<Count>,
    /// Samples: the first of the test set.
    pub samples: Size,
    /// Sizes of perturbations in L2, the root of the sum of squares, in units of the inputs of the network; in rising
    /// order. None leaves L2 out.
    pub epsilons_l2: Vec<Positive>,
    /// Sizes of perturbations in the maximum norm, in units of the inputs of the network; in rising order. None leaves the
    /// maximum norm out.
    pub epsilons_linf: Vec<Positive>,
    /// Inputs that an attack may use; null sets no limits.
    pub input_range: Option<InputRange>,
    /// What attacks make as large as they can.
    pub loss: AttackLoss,
    /// Steps of PGD.
    pub steps: Repeats,
    /// Length of a step, as a share of the size of the perturbation.
    pub step_size: PositiveFraction,
    /// Starts of PGD at random points of the ball, in addition to the one at the sample itself.
    pub restarts: usize,
    /// Draws of random noise of the same size; a sample counts as right if it is under all of them.
    pub noise_draws: Repeats,
    /// Iterations that find the norm of the Jacobian at every sample.
    pub power_iterations: Repeats,
    /// Random pairs of samples in the search for the largest slope between two inputs.
    pub pairs: Size,
    /// Steps by which the best of them are moved towards a larger slope.
    pub pair_steps: Repeats,
}

/// Inputs that an attack may use. A sample outside of them keeps its own value as limit.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InputRange {
    /// From the smallest to the largest input of the data, training and test set.
    #[default]
    Data,
    /// These.
    Between(InputLimits),
}

/// Limits of the inputs.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InputLimits {
    /// Smallest input.
    pub low: Finite,
    /// Largest input.
    pub high: Finite,
}

/// What an attack makes as large as it can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttackLoss {
    /// The largest other output minus that of the right class (Carlini & Wagner, 2017), whose gradient does not vanish
    /// when a network is sure.
    #[default]
    Margin,
    /// The loss of the experiment; its gradient vanishes where an output has reached its target.
    Experiment,
}

const fn positive<const N: usize>(numbers: [f64; N]) -> [Positive; N] {
    let mut all = [Positive::constant(1.0); N];
    let mut i = 0;
    while i < N {
        all[i] = Positive::constant(numbers[i]);
        i += 1;
    }
    all
}

impl Default for RobustnessSettings {
    fn default() -> Self {
        Self {
            every_epochs: None,
            samples: Size::constant(1000),
            epsilons_l2: positive([0.5, 1.0, 1.5, 2.0, 3.0]).to_vec(),
            epsilons_linf: positive([0.02, 0.05, 0.1, 0.15, 0.2, 0.3]).to_vec(),
            input_range: Some(InputRange::default()),
            loss: AttackLoss::default(),
            steps: Repeats::constant(40),
            step_size: PositiveFraction::constant(0.1),
            restarts: 2,
            noise_draws: Repeats::constant(20),
            power_iterations: Repeats::constant(30),
            pairs: Size::constant(1000),
            pair_steps: Repeats::constant(50),
        }
    }
}

/// Pairs that are moved in search of the largest slope, of each kind.
pub(super) const MOVED_PAIRS: usize = 64;
/// Most starts of PGD at random points.
const MOST_RESTARTS: usize = 65_536;

impl RobustnessSettings {
    /// Passes of a sample forward or back through the network that a measurement on this many samples takes at most.
    pub fn most_passes(&self, samples: usize) -> usize {
        let pgd = (1 + self.restarts) * (2 * self.steps.get() + 2);
        let attacked = |epsilons: &[Positive]| match epsilons.len() {
            0 => 0,
            sizes => sizes * (2 * self.noise_draws.get() + 4 + pgd) + pgd,
        };
        let attacks = attacked(&self.epsilons_l2) + attacked(&self.epsilons_linf);
        let pairs = 2 * self.pairs.get() + 8 * MOVED_PAIRS * self.pair_steps.get();
        samples.saturating_mul(1 + 2 * self.power_iterations.get() + attacks).saturating_add(pairs)
    }

    /// The settings that contradict themselves: key below these settings, and the rule it breaks.
    pub fn conflicts(&self) -> Vec<(String, String)> {
        let mut found = vec![];
        for (key, epsilons) in [("epsilons_l2", &self.epsilons_l2), ("epsilons_linf", &self.epsilons_linf)] {
            if epsilons.windows(2).any(|pair| pair[0] >= pair[1]) {
                found.push((
                    key.to_owned(),
                    "must rise from each number to the next, and none may come twice".to_owned(),
                ));
            }
        }
        if let Some(InputRange::Between(InputLimits { low, high })) = self.input_range
            && low.get() as f32 >= high.get() as f32
        {
            found.push(("input_range.between".to_owned(), "low must be below high, in single precision".to_owned()));
        }
        if self.restarts > MOST_RESTARTS {
            found.push(("restarts".to_owned(), format!("must be at most {MOST_RESTARTS}")));
        }
        found
    }
}
