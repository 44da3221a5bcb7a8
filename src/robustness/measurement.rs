//! All measurements of one network together.
use super::attack::Attack;
use super::certificate::{certified_accuracy, certified_radii};
use super::jacobian::steepness;
use super::norm::{Norm, Range, largest};
use super::pairs::largest_ratio;
use super::response::{Asker, Linearised, Response};
use super::settings::RobustnessSettings;
use crate::dynamics::loss::Loss;
use crate::linalg::Matrix;
use crate::parameter::Positive;
use crate::random::{Purpose, stream};

/// What a network is measured on.
#[derive(Debug, Clone, Copy)]
pub struct Measured<'a> {
    /// Samples (input × sample).
    pub inputs: &'a Matrix,
    /// Their classes.
    pub labels: &'a [u16],
    /// Loss of the experiment.
    pub loss: Loss,
    /// Smallest and largest input of the data.
    pub data_range: Range,
    /// Inputs that attacks may use; `None` sets no limits.
    pub range: Option<Range>,
    /// Seed of everything random.
    pub seed: u64,
    /// Tells one measurement from another: the epoch.
    pub measurement: u64,
}

/// Accuracy under perturbations of one norm. Shares of all samples; one number for every ε.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Sizes of the perturbations.
    pub epsilons: Vec<f64>,
    /// Right under all draws of random noise.
    pub noise: Vec<f64>,
    /// Right after one step along the gradient.
    pub fgsm: Vec<f64>,
    /// Right after many steps.
    pub pgd: Vec<f64>,
    /// Certain to be right; NaN without an upper bound of the Lipschitz constant.
    pub certified: Vec<f64>,
    /// A size that takes every valid input to every other: the width of the range, in L2 times the root of the number of
    /// inputs; of the data where the range has no limits.
    pub huge_epsilon: f64,
    /// Right after many steps of that size: near 0 unless the gradient is masked.
    pub pgd_huge: f64,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Robustness {
    /// Share of right samples without perturbation.
    pub accuracy: f64,
    /// Upper bound of the Lipschitz constant; NaN if none is certain.
    pub lipschitz_certified: f64,
    /// Largest norm of the Jacobian at a sample, a lower bound.
    pub lipschitz_local: f64,
    /// Mean of these norms over the samples.
    pub lipschitz_local_mean: f64,
    /// Largest ratio of distances found between two inputs, a lower bound.
    pub lipschitz_pairs: f64,
    /// Mean over the samples of the radius in L2 within which the class is certain; 0 for wrong samples.
    pub certified_radius_mean: f64,
    /// Under perturbations in L2; none if the settings leave it out.
    pub l2: Option<Curve>,
    /// Under perturbations in the maximum norm; none if the settings leave it out.
    pub linf: Option<Curve>,
}

/// How far a measurement is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stage {
    /// What is done now.
    pub what: &'static str,
    /// Size of the perturbations, if there are any.
    pub epsilon: Option<f64>,
    /// Stages done before.
    pub done: usize,
    /// Stages in all.
    pub stages: usize,
}

/// What draws its own random numbers; the numbers are part of every result. Attacks have 3 to 6.
const DIRECTIONS: u64 = 1;
const PAIRS: u64 = 2;

/// Measures a network.
pub fn measure<R: Response>(
    network: &R,
    measured: &Measured,
    settings: &RobustnessSettings,
    hear: &mut dyn FnMut(Stage),
) -> Robustness {
    let Measured { inputs, labels, seed, measurement, .. } = *measured;
    let attacks = |epsilons: &[Positive]| if epsilons.is_empty() { 0 } else { 3 * epsilons.len() + 1 };
    let stages = 2 + attacks(&settings.epsilons_l2) + attacks(&settings.epsilons_linf);
    let mut done = 0;
    let mut begin = |what: &'static str, epsilon: Option<f64>| {
        hear(Stage { what, epsilon, done, stages });
        done += 1;
    };
    let mut asker = Asker::new(network, measurement);
    begin("Jacobian", None);
    let point = asker.ask(inputs, None);
    let start = |sample: usize| stream(seed, Purpose::Robustness, &[DIRECTIONS, measurement, sample as u64]);
    let steepness = steepness(&point, network.inputs(), settings.power_iterations.get(), start);
    begin("pairs", None);
    let mut random = stream(seed, Purpose::Robustness, &[PAIRS, measurement]);
    let (pairs, steps) = (settings.pairs.get(), settings.pair_steps.get());
    let lipschitz_pairs = largest_ratio(&mut asker, inputs, &steepness, pairs, steps, &mut random);
    let certificate = network.certificate();
    let radii = certificate.map(|lipschitz| certified_radii(point.outputs(), labels, lipschitz));
    let mean = |numbers: &[f64]| numbers.iter().sum::<f64>() / numbers.len() as f64;
    let attack = |norm| Attack {
        inputs,
        labels,
        clean: point.outputs(),
        loss: measured.loss,
        norm,
        range: measured.range,
        settings,
        seed,
        measurement,
    };
    let mut curve = |norm: Norm, epsilons: &[Positive]| {
        (!epsilons.is_empty()).then(|| {
            let epsilons: Vec<f64> = epsilons.iter().map(|epsilon| epsilon.get()).collect();
            let huge_epsilon = huge(norm, measured, network.inputs()).max(epsilons[epsilons.len() - 1]);
            let mut curve = attacked(&mut asker, &attack(norm), epsilons, huge_epsilon, &mut begin);
            if let Some(radii) = &radii {
                let certified = |&epsilon: &f64| certified_accuracy(radii, norm, epsilon, network.inputs());
                curve.certified = curve.epsilons.iter().map(certified).collect();
            }
            curve
        })
    };
    let (l2, linf) = (curve(Norm::L2, &settings.epsilons_l2), curve(Norm::Linf, &settings.epsilons_linf));
    Robustness {
        accuracy: attack(Norm::L2).right().len() as f64 / labels.len() as f64,
        lipschitz_certified: certificate.unwrap_or(f64::NAN),
        lipschitz_local: largest(steepness.norms.iter().copied()),
        lipschitz_local_mean: mean(&steepness.norms),
        lipschitz_pairs,
        certified_radius_mean: radii.as_deref().map_or(f64::NAN, mean),
        l2,
        linf,
    }
}

/// The size of perturbations that span all valid inputs.
fn huge(norm: Norm, measured: &Measured, inputs: usize) -> f64 {
    let Range { low, high } = measured.range.unwrap_or(measured.data_range);
    let width = f64::from(high) - f64::from(low);
    match norm {
        Norm::L2 => width * (inputs as f64).sqrt(),
        Norm::Linf => width,
    }
}

/// The accuracies under attack; nothing is certified yet.
fn attacked<R: Response>(
    asker: &mut Asker<R>,
    attack: &Attack,
    epsilons: Vec<f64>,
    huge_epsilon: f64,
    begin: &mut impl FnMut(&'static str, Option<f64>),
) -> Curve {
    let [noise_name, fgsm_name, pgd_name] = match attack.norm {
        Norm::L2 => ["L2 noise", "L2 FGSM", "L2 PGD"],
        Norm::Linf => ["L∞ noise", "L∞ FGSM", "L∞ PGD"],
    };
    let share = |right: &[usize]| right.len() as f64 / attack.labels.len() as f64;
    let right = attack.right();
    let (mut under_noise, mut after_fgsm, mut after_pgd) = (right.clone(), right.clone(), right);
    let (mut noise, mut fgsm, mut pgd) = (vec![], vec![], vec![]);
    for (index, &epsilon) in (0..).zip(&epsilons) {
        begin(noise_name, Some(epsilon));
        attack.noise(asker, index, epsilon, &mut under_noise);
        noise.push(share(&under_noise));
        begin(fgsm_name, Some(epsilon));
        attack.fgsm(asker, epsilon, &mut after_fgsm);
        fgsm.push(share(&after_fgsm));
        begin(pgd_name, Some(epsilon));
        attack.pgd(asker, index, epsilon, &mut after_pgd);
        pgd.push(share(&after_pgd));
    }
    begin(pgd_name, Some(huge_epsilon));
    attack.pgd(asker, epsilons.len() as u64, huge_epsilon, &mut after_pgd);
    let certified = vec![f64::NAN; epsilons.len()];
    Curve { epsilons, noise, fgsm, pgd, certified, huge_epsilon, pgd_huge: share(&after_pgd) }
}
