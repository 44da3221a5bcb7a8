//! What an experiment file says about a lifted network, and the constants that follow from it.
use crate::dynamics::activation::Activation;
use crate::parameter::{AtLeastOne, NonNegative, Positive, Repeats};
use crate::relax::schedule::{Passes, Schedule};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A lifted network: inference minimises an energy; used with credit_rule "lifted". The convex set of the hidden states
/// is that onto which `network.activation` projects: `relu` the non-negative numbers, `hard_sigmoid` the box [0, 1],
/// `identity` all numbers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LiftedConfig {
    /// What is minimised.
    pub energy: LiftedEnergy,
    /// Feedback weight γ: the terms of a layer weigh γ times those of the layer below it.
    pub feedback_weight: Positive,
    /// Extra energy (μ/2)‖z‖² of every layer; it divides the Lipschitz constant of a layer by √(1+μ).
    pub shrinkage: NonNegative,
    /// What training makes small.
    pub objective: LiftedObjective,
    /// How the minimum is found.
    pub inference: LiftedInference,
}

impl Default for LiftedConfig {
    fn default() -> Self {
        Self {
            energy: LiftedEnergy::default(),
            feedback_weight: Positive::constant(0.5),
            shrinkage: NonNegative::constant(0.0),
            objective: LiftedObjective::default(),
            inference: LiftedInference::default(),
        }
    }
}

/// What inference of a lifted network minimises.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LiftedEnergy {
    /// Lifted regression/reconstruction network: layers regress forward and reconstruct backward.
    Lrrn(Reconstruction),
    /// Lifted network without reconstruction, λ = 0 (Zach & Estellers, BMVC 2019): no bound of the Lipschitz constant.
    Plain,
    /// Lifted proximal operator machine: inference is a forward pass, training relaxes the hidden states with the outputs
    /// at their targets.
    Lpom,
}

impl Default for LiftedEnergy {
    fn default() -> Self {
        Self::Lrrn(Reconstruction::Lipschitz(AtLeastOne::constant(1.25)))
    }
}

/// Weight λ of the reconstruction, or the Lipschitz constant that it is to give every layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reconstruction {
    /// Lipschitz constant ρ of every layer (without shrinkage): √λ = ρ − √(ρ²−1).
    Lipschitz(AtLeastOne),
    /// The same for each layer of weights.
    LipschitzOfLayers(Vec<AtLeastOne>),
    /// λ of every layer of weights.
    Lambda(Positive),
    /// λ of each layer of weights.
    LambdaOfLayers(Vec<Positive>),
}

/// What training of a lifted network makes small.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LiftedObjective {
    /// Contrastive: the least energy with the outputs at their targets minus the least energy.
    #[default]
    Clamped,
    /// Contrastive with soft targets: (min(E + β ℓ) − min E)/β.
    Nudged(SoftTargets),
    /// Unsupervised: the least energy. The last hidden layer is the top one; there are no outputs.
    Reconstruction,
}

/// Settings of soft targets.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SoftTargets {
    /// Nudging strength β.
    pub beta: Positive,
}

/// How the minimum of the energy is found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LiftedInference {
    /// Layer after layer exactly: each is a bounded least-squares problem, solved by coordinate descent.
    BlockCoordinateDescent(Stopping),
    /// Layer after layer one step down the gradient and back into the convex set.
    ProjectedGradient(Stopping),
    /// Every unit on its own, from what its neighbours send, by the unit step of the dyads. The only one for hardware that
    /// is not ideal.
    Local(LocalInference),
}

impl Default for LiftedInference {
    fn default() -> Self {
        Self::ProjectedGradient(Stopping::default())
    }
}

/// Settings of local inference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LocalInference {
    /// Order of updates; a pass is the schedule once.
    pub schedule: Schedule,
    /// Most passes.
    pub max_passes: Repeats,
    /// Residual, ‖change of all states in a pass‖/‖all states‖, below which it stops; null makes all passes.
    pub tolerance: Option<Positive>,
}

impl Default for LocalInference {
    fn default() -> Self {
        let Stopping { max_passes, tolerance } = Stopping::default();
        Self { schedule: Schedule::FwK(Passes::default()), max_passes, tolerance }
    }
}

/// When inference stops.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Stopping {
    /// Most passes over the layers.
    pub max_passes: Repeats,
    /// Residual, ‖change of all states in a pass‖/‖all states‖, below which it stops; null makes all passes.
    pub tolerance: Option<Positive>,
}

impl Default for Stopping {
    fn default() -> Self {
        Self { max_passes: Repeats::constant(100), tolerance: Some(Positive::constant(1e-3)) }
    }
}

impl LiftedInference {
    /// When it stops.
    pub fn stopping(&self) -> Stopping {
        match self {
            Self::BlockCoordinateDescent(stopping) | Self::ProjectedGradient(stopping) => *stopping,
            Self::Local(LocalInference { max_passes, tolerance, .. }) => {
                Stopping { max_passes: *max_passes, tolerance: *tolerance }
            }
        }
    }
}

/// λ for a layer of Lipschitz constant ρ: √λ = ρ − √(ρ²−1).
pub fn reconstruction_weight(rho: AtLeastOne) -> f64 {
    let rho = rho.get();
    // So that ρ = 1 gives exactly 1, and a large ρ no cancellation: ρ − √(ρ²−1) = 1/(ρ + √(ρ²−1)).
    (rho + (rho * rho - 1.0).sqrt()).powi(-2)
}

/// κ = (1+λ)/(2√(λ(1+μ))), the Lipschitz constant of a layer; infinite for λ = 0.
pub fn lipschitz_constant(lambda: f64, mu: f64) -> f64 {
    (1.0 + lambda) / (2.0 * (lambda * (1.0 + mu)).sqrt())
}

/// A lifted network of a given depth.
#[derive(Debug, Clone, PartialEq)]
pub struct Lifted {
    /// λ_k of every layer of weights.
    pub lambda: Vec<f64>,
    /// γ.
    pub gamma: f64,
    /// μ.
    pub mu: f64,
    /// Whether the energy is that of LPOM.
    pub is_lpom: bool,
    /// Projects hidden states into their set.
    pub activation: Activation,
    /// What training makes small.
    pub objective: LiftedObjective,
    /// How the minimum is found.
    pub inference: LiftedInference,
    /// Seed of random schedules.
    pub noise_seed: u64,
}

impl LiftedConfig {
    /// The rule that these settings break in a network with this many layers of weights, with its key.
    pub fn conflict(&self, layers: usize, activation: Activation) -> Option<(&'static str, String)> {
        if !matches!(activation, Activation::Relu | Activation::HardSigmoid | Activation::Identity) {
            let rule = "must be relu, hard_sigmoid or identity with credit_rule \"lifted\": its states lie in the convex \
                        set that the activation projects onto";
            return Some(("network.activation", rule.into()));
        }
        let listed = match &self.energy {
            LiftedEnergy::Lrrn(Reconstruction::LipschitzOfLayers(list)) => {
                Some((list.len(), "lifted.energy.lrrn.lipschitz_of_layers"))
            }
            LiftedEnergy::Lrrn(Reconstruction::LambdaOfLayers(list)) => {
                Some((list.len(), "lifted.energy.lrrn.lambda_of_layers"))
            }
            _ => None,
        };
        if let Some((_, key)) = listed.filter(|(length, _)| *length != layers) {
            return Some((key, format!("must have one number for each of the {layers} layers of weights")));
        }
        if let LiftedInference::Local(local) = &self.inference {
            if matches!(local.schedule, Schedule::Stream(_)) {
                let rule = "must not be a stream with credit_rule \"lifted\": its phases follow each other";
                return Some(("lifted.inference.local.schedule", rule.into()));
            }
            if let Schedule::Listed(list) = &local.schedule
                && let Some(layer) = list.layers.iter().find(|k| k.get() > layers)
            {
                let rule = format!("layer {} does not exist: the top layer is layer {layers}", layer.get());
                return Some(("lifted.inference.local.schedule.listed.layers", rule));
            }
        }
        if self.energy != LiftedEnergy::Lpom {
            return None;
        }
        if self.objective != LiftedObjective::Clamped {
            return Some(("lifted.objective", "must be \"clamped\" with energy \"lpom\"".into()));
        }
        if self.feedback_weight != Self::default().feedback_weight || self.shrinkage.get() != 0.0 {
            let key = if self.shrinkage.get() != 0.0 { "lifted.shrinkage" } else { "lifted.feedback_weight" };
            return Some((key, "is not used with energy \"lpom\": remove it".into()));
        }
        (!matches!(self.inference, LiftedInference::ProjectedGradient(_)))
            .then(|| ("lifted.inference", "must be projected_gradient with energy \"lpom\"".into()))
    }

    /// The constants of a network with this many layers of weights. Lists of [`Reconstruction`] must have that length
    /// ([`LiftedConfig::conflict`]).
    pub fn resolve(&self, layers: usize, activation: Activation, noise_seed: u64) -> Lifted {
        let lambda = match &self.energy {
            LiftedEnergy::Lrrn(Reconstruction::Lipschitz(rho)) => vec![reconstruction_weight(*rho); layers],
            LiftedEnergy::Lrrn(Reconstruction::LipschitzOfLayers(list)) => {
                list.iter().map(|&rho| reconstruction_weight(rho)).collect()
            }
            LiftedEnergy::Lrrn(Reconstruction::Lambda(lambda)) => vec![lambda.get(); layers],
            LiftedEnergy::Lrrn(Reconstruction::LambdaOfLayers(list)) => list.iter().map(|x| x.get()).collect(),
            LiftedEnergy::Plain | LiftedEnergy::Lpom => vec![0.0; layers],
        };
        Lifted {
            lambda,
            gamma: self.feedback_weight.get(),
            mu: self.shrinkage.get(),
            is_lpom: self.energy == LiftedEnergy::Lpom,
            activation,
            objective: self.objective,
            inference: self.inference.clone(),
            noise_seed,
        }
    }
}

impl Lifted {
    /// Whether units relax on their own.
    pub fn is_local(&self) -> bool {
        matches!(self.inference, LiftedInference::Local(_))
    }

    /// Whether every layer is brought to its minimum before the next.
    pub(crate) fn is_exact(&self) -> bool {
        matches!(self.inference, LiftedInference::BlockCoordinateDescent(_))
    }

    /// Whether the layers have a bias c of their reconstruction.
    pub fn has_reconstruction(&self) -> bool {
        self.lambda.iter().any(|&lambda| lambda > 0.0)
    }

    /// Layers of weights, L.
    pub fn layers(&self) -> usize {
        self.lambda.len()
    }

    /// λ of the term between layer k and the one above it; 0 at the top.
    pub(crate) fn lambda_above(&self, k: usize) -> f64 {
        self.lambda.get(k).copied().unwrap_or(0.0)
    }

    /// γ^(k−1), the weight of the terms between layers k−1 and k.
    pub fn term_weight(&self, k: usize) -> f64 {
        self.gamma.powi(k as i32 - 1)
    }

    /// The projection of layer k: outputs are free, the top of an unsupervised network is as the hidden layers are.
    pub fn projection(&self, k: usize) -> Activation {
        let is_free = k == self.layers() && self.objective != LiftedObjective::Reconstruction;
        if is_free { Activation::Identity } else { self.activation }
    }

    /// 1 + γλ_{k+1} + μ: how strongly layer k is bound to its own drive, apart from its neighbours.
    pub(crate) fn leak(&self, k: usize) -> f64 {
        1.0 + self.mu + if k < self.layers() { self.gamma * self.lambda_above(k) } else { 0.0 }
    }

    /// β′ = β/γ^(L−1): how strongly soft targets pull the outputs, in units of their own term.
    pub(crate) fn pull(&self) -> Option<f64> {
        match self.objective {
            LiftedObjective::Nudged(SoftTargets { beta }) => Some(beta.get() / self.term_weight(self.layers())),
            _ => None,
        }
    }

    /// What the unit step multiplies the feedback of layer k with: γ, or β′ of pulled outputs.
    pub(crate) fn nudge(&self, k: usize) -> f64 {
        if k < self.layers() { self.gamma } else { self.pull().unwrap_or(0.0) }
    }

    /// Π κ(λ_k), an upper bound of the Lipschitz constant from inputs to outputs for any weights; `None` without
    /// reconstruction, where nothing is certain.
    pub fn certificate(&self) -> Option<f64> {
        let bound: f64 = self.lambda.iter().map(|&lambda| lipschitz_constant(lambda, self.mu)).product();
        bound.is_finite().then_some(bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn lambda_gives_the_wanted_constant(rho in 1.0f64..1e4) {
            let lambda = reconstruction_weight(AtLeastOne::new(rho).unwrap());
            prop_assert!(lambda > 0.0 && lambda <= 1.0);
            prop_assert!((lipschitz_constant(lambda, 0.0) / rho - 1.0).abs() < 1e-9);
            prop_assert!((lipschitz_constant(1.0 / lambda, 0.0) / rho - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn the_certificate_is_the_product_over_layers() {
        let weights = vec![Positive::constant(1.0), Positive::constant(0.25), Positive::constant(4.0)];
        let config = LiftedConfig {
            energy: LiftedEnergy::Lrrn(Reconstruction::LambdaOfLayers(weights)),
            shrinkage: NonNegative::constant(3.0),
            ..LiftedConfig::default()
        };
        // κ = 1, 1.25, 1.25, each halved by √(1+3).
        let certificate = config.resolve(3, Activation::Relu, 1).certificate().unwrap();
        assert!((certificate - 1.25 * 1.25 / 8.0).abs() < 1e-12);
        let plain = LiftedConfig { energy: LiftedEnergy::Plain, ..LiftedConfig::default() };
        assert_eq!(plain.resolve(3, Activation::Relu, 1).certificate(), None);
    }
}
