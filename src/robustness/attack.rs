//! Attacks: perturbations of bounded size that are to change the class.
//!
//! | attack | perturbation |
//! |---|---|
//! | noise | random ones of the full size, many draws: a control, which every attack has to beat |
//! | FGSM | x + ε sign ∇ℓ (Goodfellow, Shlens & Szegedy, ICLR 2015), in L2 x + ε ∇ℓ/‖∇ℓ‖ |
//! | PGD | many such steps of a share of ε, each projected back into the ball (Madry et al., ICLR 2018) |
//!
//! PGD begins at the sample itself, then at random points of the ball; with the margin as loss the r-th of these goes
//! for the class with the r-th largest output among the wrong ones (multi-targeted attack, Gowal et al., 2019). Of all
//! points that a start has reached, the one with the smallest margin is judged.
//!
//! Every perturbation that seems to change the class is judged by another query, so that on a noisy chip it counts only
//! if it also does with fresh noise. Samples that are wrong from the start are wrong at every ε, and what is found at
//! one ε lies in the balls of all larger ones. Only samples that are still right go on.
use super::certificate::shortfall;
use super::norm::{Norm, Range};
use super::response::{Asker, Linearised, Response, column, columns, for_each_column};
use super::settings::{AttackLoss, RobustnessSettings};
use crate::dynamics::loss::{Loss, is_largest};
use crate::linalg::Matrix;
use crate::random::{Purpose, Stream, stream};

/// What an attack is made on and with.
pub(super) struct Attack<'a> {
    pub inputs: &'a Matrix,
    pub labels: &'a [u16],
    /// Outputs without a perturbation.
    pub clean: &'a Matrix,
    /// Loss of the experiment.
    pub loss: Loss,
    pub norm: Norm,
    pub range: Option<Range>,
    pub settings: &'a RobustnessSettings,
    pub seed: u64,
    pub measurement: u64,
}

/// Which kind of randomness; the numbers are part of every result.
#[derive(Clone, Copy)]
enum Drawn {
    NoiseL2 = 3,
    NoiseLinf = 4,
    StartL2 = 5,
    StartLinf = 6,
}

impl Attack<'_> {
    /// Samples that are right without a perturbation.
    pub fn right(&self) -> Vec<usize> {
        (0..self.labels.len()).filter(|&i| self.is_right(self.clean, i, i)).collect()
    }

    fn is_right(&self, outputs: &Matrix, column: usize, sample: usize) -> bool {
        is_largest(outputs.column(column).as_slice(), usize::from(self.labels[sample]))
    }

    fn random(&self, what: Drawn, index: u64, round: usize, sample: usize) -> Stream {
        let indices = [what as u64, self.measurement, index, round as u64, sample as u64];
        stream(self.seed, Purpose::Robustness, &indices)
    }

    /// The samples as they are, to be perturbed.
    fn centres(&self, samples: &[usize]) -> Matrix {
        columns(self.inputs.as_view(), samples)
    }

    fn project(&self, x: &mut Matrix, samples: &[usize], epsilon: f64) {
        for_each_column(x, |j, x| self.norm.project(x, column(self.inputs, samples[j]), epsilon, self.range));
    }

    /// Takes those of the samples out of `right` whose perturbed inputs, column by column, are classified wrongly.
    fn judge<R: Response>(&self, asker: &mut Asker<R>, x: &Matrix, samples: &[usize], right: &mut Vec<usize>) {
        if samples.is_empty() {
            return;
        }
        let point = asker.ask(x, None);
        let places = samples.iter().enumerate();
        let fooled: Vec<usize> =
            places.filter(|&(j, &i)| !self.is_right(point.outputs(), j, i)).map(|(_, &i)| i).collect();
        // Both are sorted.
        right.retain(|i| fooled.binary_search(i).is_err());
    }

    /// Perturbations of all samples that are right still, of which those that seem to change the class are judged.
    fn evaluate<R: Response>(&self, asker: &mut Asker<R>, x: &Matrix, right: &mut Vec<usize>) {
        let point = asker.ask(x, None);
        let seem: Vec<usize> = (0..right.len()).filter(|&j| !self.is_right(point.outputs(), j, right[j])).collect();
        let samples: Vec<usize> = seem.iter().map(|&j| right[j]).collect();
        self.judge(asker, &columns(x.as_view(), &seem), &samples, right);
    }

    /// Random perturbations of the full size.
    pub fn noise<R: Response>(&self, asker: &mut Asker<R>, index: u64, epsilon: f64, right: &mut Vec<usize>) {
        let what = if self.norm == Norm::L2 { Drawn::NoiseL2 } else { Drawn::NoiseLinf };
        for draw in 0..self.settings.noise_draws.get() {
            if right.is_empty() {
                return;
            }
            let mut x = self.centres(right);
            let samples: &[usize] = right;
            for_each_column(&mut x, |j, x| {
                self.norm.shake(x, epsilon, &mut self.random(what, index, draw, samples[j]));
            });
            self.project(&mut x, right, epsilon);
            self.evaluate(asker, &x, right);
        }
    }

    /// One step of the full size.
    pub fn fgsm<R: Response>(&self, asker: &mut Asker<R>, epsilon: f64, right: &mut Vec<usize>) {
        if right.is_empty() {
            return;
        }
        let mut x = self.centres(right);
        let point = asker.ask(&x, None);
        let gradient = point.vjp(self.cotangents(point.outputs(), right, None).as_view());
        self.ascend(&mut x, &gradient, epsilon);
        self.project(&mut x, right, epsilon);
        self.evaluate(asker, &x, right);
    }

    /// Many steps, from several starts.
    pub fn pgd<R: Response>(&self, asker: &mut Asker<R>, index: u64, epsilon: f64, right: &mut Vec<usize>) {
        for start in 0..=self.settings.restarts {
            if right.is_empty() {
                return;
            }
            self.pgd_once(asker, index, epsilon, start, right);
        }
    }

    fn pgd_once<R: Response>(
        &self,
        asker: &mut Asker<R>,
        index: u64,
        epsilon: f64,
        start: usize,
        right: &mut Vec<usize>,
    ) {
        let what = if self.norm == Norm::L2 { Drawn::StartL2 } else { Drawn::StartLinf };
        let steps = self.settings.steps.get();
        let length = self.settings.step_size.get() * epsilon;
        let mut active = right.clone();
        let mut x = self.centres(&active);
        if start > 0 {
            for_each_column(&mut x, |j, x| {
                self.norm.scatter(x, epsilon, &mut self.random(what, index, start, active[j]));
            });
            self.project(&mut x, &active, epsilon);
        }
        let rank = start.checked_sub(1).filter(|_| self.settings.loss == AttackLoss::Margin);
        let mut worst: Vec<Worst> = (0..right.len()).map(|_| Worst::default()).collect();
        let mut near: Option<R::Point> = None;
        for step in 0..=steps {
            let point = asker.ask(&x, near.as_ref());
            for (j, &sample) in active.iter().enumerate() {
                let class = usize::from(self.labels[sample]);
                let outputs = point.outputs().column(j);
                let place = right.binary_search(&sample).expect("active samples are right");
                worst[place].see(x.column(j).as_slice(), outputs.as_slice(), class);
            }
            if step == steps {
                break;
            }
            let gradient = point.vjp(self.cotangents(point.outputs(), &active, rank).as_view());
            self.ascend(&mut x, &gradient, length);
            self.project(&mut x, &active, epsilon);
            near = Some(point);
            if !asker.network.is_random() {
                let of = |sample: usize| &worst[right.binary_search(&sample).expect("active samples are right")];
                let still: Vec<usize> = (0..active.len()).filter(|&j| !of(active[j]).is_wrong).collect();
                if still.is_empty() {
                    break;
                }
                // A search that may begin near the point before is worth more than a few samples less.
                if 4 * still.len() <= 3 * active.len() {
                    x = columns(x.as_view(), &still);
                    active = still.iter().map(|&j| active[j]).collect();
                    near = None;
                }
            }
        }
        let seem: Vec<usize> = (0..right.len()).filter(|&place| worst[place].is_wrong).collect();
        let samples: Vec<usize> = seem.iter().map(|&place| right[place]).collect();
        let numbers: Vec<f32> = seem.iter().flat_map(|&place| worst[place].x.iter().copied()).collect();
        let x = Matrix::from_vec(self.inputs.nrows(), seem.len(), numbers);
        self.judge(asker, &x, &samples, right);
    }

    fn ascend(&self, x: &mut Matrix, gradient: &Matrix, length: f64) {
        for_each_column(x, |j, x| self.norm.ascend(x, column(gradient, j), length));
    }

    /// ∂ℓ/∂z of every sample; with a `rank` of the margin towards that class.
    fn cotangents(&self, outputs: &Matrix, samples: &[usize], rank: Option<usize>) -> Matrix {
        let mut gradients = Matrix::zeros(outputs.nrows(), samples.len());
        for (j, &sample) in samples.iter().enumerate() {
            let class = usize::from(self.labels[sample]);
            let z = outputs.column(j);
            match self.settings.loss {
                AttackLoss::Margin => {
                    let other = match rank {
                        Some(rank) => ranked(self.clean.column(sample).as_slice(), class, rank),
                        None => ranked(z.as_slice(), class, 0),
                    };
                    if let Some(other) = other {
                        gradients[(other, j)] = 1.0;
                        gradients[(class, j)] = -1.0;
                    }
                }
                AttackLoss::Experiment => {
                    let mut target = vec![0.0; outputs.nrows()];
                    target[class] = 1.0;
                    self.loss.gradient(z.as_slice(), &target, gradients.column_mut(j).as_mut_slice());
                }
            }
        }
        gradients
    }
}

/// The class other than `class` with the largest output but for `rank` others, counted round.
fn ranked(outputs: &[f32], class: usize, rank: usize) -> Option<usize> {
    let mut others: Vec<usize> = (0..outputs.len()).filter(|&j| j != class).collect();
    if others.is_empty() {
        return None;
    }
    others.sort_by(|&i, &j| outputs[j].total_cmp(&outputs[i]).then(i.cmp(&j)));
    Some(others[rank % others.len()])
}

/// The point at which a sample came closest to another class.
#[derive(Default)]
struct Worst {
    x: Vec<f32>,
    shortfall: Option<f64>,
    is_wrong: bool,
}

impl Worst {
    fn see(&mut self, x: &[f32], outputs: &[f32], class: usize) {
        let is_wrong = !is_largest(outputs, class);
        let shortfall = shortfall(outputs, class);
        let is_worse = match self.shortfall {
            None => true,
            // What is no number is wrong, and as bad as can be.
            Some(before) => (is_wrong, shortfall.is_nan()) > (self.is_wrong, before.is_nan()) || shortfall > before,
        };
        if is_worse {
            *self = Self { x: x.to_vec(), shortfall: Some(shortfall), is_wrong };
        }
    }
}
