//! Laws of the papers, on networks whose answer is known.
use dyadsim::credit::Inference;
use dyadsim::credit::dual_propagation::DualPropagation;
use dyadsim::credit::{CreditRule, Damping, Nudging};
use dyadsim::dynamics::Activation;
use dyadsim::dynamics::loss::Loss;
use dyadsim::linalg::{Matrix, WeightMatrix};
use dyadsim::network::Network;
use dyadsim::parameter::{Fraction, Positive, Repeats};
use dyadsim::relax::NetworkState;
use dyadsim::relax::schedule::{Passes, Plan, Rounds, Schedule, Start};
use dyadsim::substrate::Substrate;
use nalgebra::DVector;

/// Input 1 → one linear hidden unit (weight 1) → one output (weight σ), target y = 0.5 for input 1.
fn chain(sigma: f32) -> Network {
    let layer = |w: f32| (WeightMatrix::from_matrix(&Matrix::from_element(1, 1, w)), DVector::zeros(1));
    Network::chain(vec![layer(1.0), layer(sigma)]).unwrap()
}

fn inference(rule: CreditRule, alpha: f64, beta: f64) -> Inference {
    let nudging =
        Nudging { alpha: Fraction::new(alpha).unwrap(), beta: Positive::new(beta).unwrap(), ..Nudging::default() };
    Inference::new(Activation::Identity, Loss::HalfSquaredError, rule, nudging)
}

/// Drive of the output after each of this many rounds (hidden layer, then output).
fn output_drives(inference: &Inference, sigma: f32, rounds: usize) -> Vec<f64> {
    let weights = chain(sigma);
    let (inputs, targets) = (Matrix::from_element(1, 1, 1.0), Matrix::from_element(1, 1, 0.5));
    (1..=rounds)
        .map(|n| {
            let mut plan = Plan::default();
            let rounds = Rounds { rounds: Repeats::new(n).unwrap() };
            Schedule::ForwardThenRounds(rounds).plan(2, Start::Forward, 1, 0, &mut plan).unwrap();
            let mut state = NetworkState::zeros(&weights, 1, &Substrate::Ideal);
            inference.infer(&weights, inputs.as_view(), targets.as_view(), &plan, &mut state, None);
            f64::from(state.dyads()[1].drive[0])
        })
        .collect()
}

/// papers: with dp, a_L ← W a + (1−2α) β W Wᵀ (a_L − y), so successive steps shrink or grow by (1−2α)βσ².
#[test]
fn dp_contracts_by_one_minus_two_alpha_times_beta_sigma_squared() {
    for (alpha, beta, sigma) in
        [(0.0, 0.5, 1.2f32), (1.0, 0.5, 1.2), (0.0, 1.0, 1.2), (1.0, 1.0, 1.3), (0.25, 0.8, 1.1)]
    {
        let a = output_drives(&inference(CreditRule::Dp, alpha, beta), sigma, 6);
        let factor = (1.0 - 2.0 * alpha) * beta * f64::from(sigma).powi(2);
        for w in a.windows(3) {
            let found = (w[2] - w[1]) / (w[1] - w[0]);
            assert!((found / factor - 1.0).abs() < 1e-3, "α {alpha}, β {beta}, σ {sigma}: {found} against {factor}");
        }
    }
}

/// With symmetric nudging, and with DP⊤ for every α, the mean of a linear network stays where the forward pass put it.
#[test]
fn the_mean_does_not_move_with_symmetric_or_transposed_nudging() {
    for (rule, alpha) in [(CreditRule::Dp, 0.5), (CreditRule::DpTranspose, 0.0), (CreditRule::DpTranspose, 1.0)] {
        for drive in output_drives(&inference(rule, alpha, 2.0), 1.5, 6) {
            assert!((drive - 1.5).abs() < 1e-5, "{rule:?} α {alpha}: {drive}");
        }
    }
}

/// papers: with α = 1 and output gain c = β the error factor is (L − cσ²)/(1+L); the published L = (σ²−1)/2 is the
/// boundary for c = 1 (factor −1, a cycle of two), convergent for c < 1, and convergent at c = 1 with a margin.
#[test]
fn the_published_damping_is_the_boundary_of_stability() {
    let sigma = 1.8f32;
    let s2 = f64::from(sigma).powi(2);
    for (beta, margin) in [(1.0, 0.0), (0.5, 0.0), (1.0, 0.1)] {
        let settings = Damping { margin: dyadsim::parameter::NonNegative::new(margin).unwrap(), ..Damping::default() };
        let l = settings.from_norm(f64::from(sigma), 1.0);
        assert!((l - (s2 - 1.0) / 2.0 * (1.0 + margin)).abs() < 1e-6);
        let nudging =
            Nudging { alpha: Fraction::constant(1.0), beta: Positive::new(beta).unwrap(), ..Nudging::default() };
        let loss = Loss::HalfSquaredError;
        let rule = DualPropagation::new(Activation::Identity, loss, CreditRule::DampedDp(settings), nudging)
            .with_damping(vec![l as f32]);
        let inference = Inference::of(rule);
        // One pass updates hidden layer and output once each, so a damped unit moves once per pass.
        let weights = chain(sigma);
        let (inputs, targets) = (Matrix::from_element(1, 1, 1.0), Matrix::from_element(1, 1, 0.5));
        let drives: Vec<f64> = (2..9)
            .map(|n| {
                let mut plan = Plan::default();
                let schedule = Schedule::FwK(Passes { passes: Repeats::new(n).unwrap() });
                schedule.plan(2, Start::Forward, 1, 0, &mut plan).unwrap();
                let mut state = NetworkState::zeros(&weights, 1, &Substrate::Ideal);
                inference.infer(&weights, inputs.as_view(), targets.as_view(), &plan, &mut state, None);
                f64::from(state.dyads()[1].drive[0])
            })
            .collect();
        let factor = (l - beta * s2) / (1.0 + l);
        for w in drives.windows(3) {
            let found = (w[2] - w[1]) / (w[1] - w[0]);
            assert!((found - factor).abs() < 2e-3, "β {beta}, margin {margin}: {found} against {factor}");
        }
        if margin == 0.0 && beta == 1.0 {
            assert!((factor + 1.0).abs() < 1e-6);
        }
    }
}

/// The feedback gain γ multiplies what reaches a hidden layer: δ₁ = γ σ δ₂ on the chain.
#[test]
fn the_feedback_gain_scales_the_difference_of_the_layer_below() {
    for gain in [0.5, 1.0, 2.0] {
        let nudging = Nudging {
            beta: Positive::constant(0.1),
            feedback_gain: Positive::new(gain).unwrap(),
            ..Nudging::default()
        };
        let (activation, loss) = (Activation::Identity, Loss::HalfSquaredError);
        let inference = Inference::new(activation, loss, CreditRule::DpTranspose, nudging);
        let weights = chain(1.5);
        let mut plan = Plan::default();
        Schedule::BwK.plan(2, Start::Forward, 1, 0, &mut plan).unwrap();
        let mut state = NetworkState::zeros(&weights, 1, &Substrate::Ideal);
        let (inputs, targets) = (Matrix::from_element(1, 1, 1.0), Matrix::from_element(1, 1, 0.5));
        inference.infer(&weights, inputs.as_view(), targets.as_view(), &plan, &mut state, None);
        // δ₂ = −β (a − y) = −0.1; δ₁ = γ · 1.5 · δ₂.
        assert!((f64::from(state.dyads()[1].difference[0]) + 0.1).abs() < 1e-6);
        assert!((f64::from(state.dyads()[0].difference[0]) + 0.15 * gain).abs() < 1e-6, "gain {gain}");
    }
}
