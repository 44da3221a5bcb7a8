//! Devices and noise in turns: least squares with the weights that the noise gives, then the noise that makes what is left
//! most likely.
use super::curves::Curves;
use super::device::{DeviceFit, least_squares};
use super::error::FitError;
use super::filter::{Likelihood, filter};
use super::law::{FittedModel, NoiseLaw, OWN};
use super::start::{Start, start};
use crate::math;
use crate::synapse::pulsed::mean_device::MeanDevice;
use rayon::prelude::*;

/// Numbers of a shape, and their standard errors.
type Shape = (Vec<f64>, Vec<f64>);

/// What was found of all devices.
#[derive(Debug, Clone)]
pub(super) struct Found {
    pub model: FittedModel,
    pub law: NoiseLaw,
    pub devices: Vec<DeviceFit>,
    /// The one that all devices have.
    pub shape: Option<Shape>,
    pub noise: Noise,
    likelihood: Likelihood,
}

/// The noise, with standard errors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Noise {
    /// σ of a step.
    pub step: [f64; 2],
    /// Standard deviation of a read, in weights.
    pub read: [f64; 2],
}

/// Starting points of each shape from which a search is made: those that make the reads likeliest.
const STARTS: usize = 3;
/// Devices whose own shape is tried for all.
const SHAPES: usize = 6;
/// Turns until the noise stays as it is.
const TURNS: usize = 20;
/// Change of ln R with which the search may end.
const STILL: f64 = 0.02;
/// Where ln R is looked for, from that of a read as noisy as a step on.
const RANGE: [f64; 2] = [-9.0, 21.0];
/// First steps of that.
const STEP: f64 = 1.5;

impl Found {
    /// Every device without noise.
    pub fn devices(&self) -> Vec<MeanDevice> {
        self.devices.iter().map(|own| self.model.device(&own.numbers, self.law)).collect()
    }

    /// −2 ln likelihood, and 2 for every number.
    pub fn aic(&self) -> f64 {
        let (shape, count) = (self.model.shape().len(), self.devices.len());
        let numbers = if self.shape.is_some() { OWN * count + shape } else { (OWN + shape) * count };
        self.likelihood.minus_two_log() + 2.0 * (numbers + 2) as f64
    }
}

/// That of two under which the reads are more likely.
pub(super) fn likelier(a: Found, b: Found) -> Found {
    if b.likelihood.minus_two_log() < a.likelihood.minus_two_log() { b } else { a }
}

/// Fits a model to all devices.
pub(super) fn search(curves: &Curves, model: FittedModel, law: NoiseLaw) -> Result<Found, FitError> {
    let mut starts = curves.devices.iter().map(|curve| start(curve, model)).collect::<Result<Vec<_>, _>>()?;
    let work = Work { curves, law: (model, law), step: typical_step(&starts) };
    let (mut devices, mut ratio) = work.turns(&starts, 10.0 * work.step * work.step)?;
    let mut shape = None;
    if model.shares_shape() {
        let found = work.likeliest_shape(&mut devices, &mut starts, ratio)?;
        (devices, ratio) = work.turns(&starts, ratio)?;
        shape = Some(found);
    }
    let likelihood = work.likelihood(&devices, ratio);
    let noise = work.noise(&devices, ratio);
    Ok(Found { model, law, devices, shape, noise, likelihood })
}

/// Whether numbers have moved by less than a tenth of their standard errors.
fn are_near(before: &[DeviceFit], now: &[DeviceFit]) -> bool {
    let numbers = |fits: &[DeviceFit]| fits.iter().flat_map(|fit| fit.numbers.clone()).collect::<Vec<_>>();
    let errors = now.iter().flat_map(|fit| fit.errors.clone());
    let moved = numbers(before).into_iter().zip(numbers(now)).map(|(a, b)| (a - b).abs());
    moved.zip(errors).all(|(moved, error)| error.is_nan() || moved < 0.1 * error)
}

fn typical_step(starts: &[Start]) -> f64 {
    let steps = starts.iter().map(|own| (own.points[0][0] + own.points[0][1]) / 2.0);
    steps.sum::<f64>() / starts.len() as f64
}

struct Work<'a> {
    curves: &'a Curves,
    law: (FittedModel, NoiseLaw),
    /// About how large a step is.
    step: f64,
}

impl Work<'_> {
    fn turns(&self, starts: &[Start], mut ratio: f64) -> Result<(Vec<DeviceFit>, f64), FitError> {
        let mut devices: Option<Vec<DeviceFit>> = None;
        for _ in 0..TURNS {
            let fits = starts.par_iter().enumerate().map(|(n, own)| self.fit(n, own, devices.as_ref(), ratio));
            let found = fits.collect::<Result<Vec<_>, _>>()?;
            let next = self.likeliest(&found);
            let still = devices.as_ref().is_some_and(|before| are_near(before, &found));
            let is_still = still && math::ln(next / ratio).abs() < STILL;
            (devices, ratio) = (Some(found), next);
            if is_still {
                break;
            }
        }
        devices.map(|found| (found, ratio)).ok_or(FitError::NoReads)
    }

    /// The shape for all devices under which their reads are most likely: the mean, or that of one of the first. Starting points
    /// get it, and are searched for all else. The mean of shapes that curves hardly tell may be none that fits.
    fn likeliest_shape(&self, devices: &mut [DeviceFit], starts: &mut [Start], ratio: f64) -> Result<Shape, FitError> {
        let mean = common_shape(self.law.0, devices);
        let own = devices.iter().take(SHAPES).map(|fit| (fit.numbers[OWN..].to_vec(), fit.errors[OWN..].to_vec()));
        let candidates: Vec<_> = std::iter::once(mean).chain(own.filter(|_| devices.len() > 1)).collect();
        let mut best: Option<(f64, Vec<Start>, Shape)> = None;
        let mut refusal = FitError::NoReads;
        for shape in candidates {
            let mut tried = starts.to_vec();
            for (own, fit) in tried.iter_mut().zip(devices.iter()) {
                let numbers = fit.numbers[..OWN].iter().copied().chain(shape.0.iter().copied());
                (own.points, own.points_of_shape) = (vec![numbers.collect()], 1);
                own.fixed[OWN..].fill(true);
                own.fixed[..OWN].fill(false);
            }
            let fits = tried.par_iter().enumerate().map(|(n, own)| self.fit(n, own, None, ratio));
            match fits.collect::<Result<Vec<_>, _>>() {
                Err(error) => refusal = error,
                Ok(fits) => {
                    let cost = self.likelihood(&fits, ratio).minus_two_log();
                    if best.as_ref().is_none_or(|(other, ..)| cost < *other) {
                        tried.iter_mut().zip(fits).for_each(|(own, fit)| own.points = vec![fit.numbers]);
                        best = Some((cost, tried, shape));
                    }
                }
            }
        }
        let (_, tried, shape) = best.ok_or(refusal)?;
        starts.clone_from_slice(&tried);
        Ok(shape)
    }

    /// Device n from where it was found before, or from the best of its starting points.
    fn fit(&self, n: usize, own: &Start, before: Option<&Vec<DeviceFit>>, ratio: f64) -> Result<DeviceFit, FitError> {
        let curve = &self.curves.devices[n];
        let from = |point: &[f64]| {
            let (gains, _) = filter(&self.device(point), curve, ratio);
            least_squares(curve, &gains, self.law, point, &own.limits, &own.fixed)
        };
        if let Some(before) = before {
            return from(&before[n].numbers);
        }
        // Weights follow the starting point: fits are told apart by how likely they make the reads.
        let likelihood = |numbers: &[f64]| filter(&self.device(numbers), curve, ratio).1.minus_two_log();
        let mut best: Option<(f64, DeviceFit)> = None;
        let mut refusal = FitError::NoReads;
        let promising = own.points.chunks(own.points_of_shape).flat_map(|points| {
            let mut points: Vec<_> = points.iter().map(|point| (likelihood(point), point)).collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            points.into_iter().take(STARTS).map(|(_, point)| point)
        });
        for point in promising {
            match from(point) {
                Err(error) => refusal = error,
                Ok(fit) => {
                    let own = likelihood(&fit.numbers);
                    if best.as_ref().is_none_or(|(other, _)| own < *other) {
                        best = Some((own, fit));
                    }
                }
            }
        }
        best.map(|(_, fit)| fit).ok_or(refusal)
    }

    fn device(&self, numbers: &[f64]) -> MeanDevice {
        self.law.0.device(numbers, self.law.1)
    }

    fn likelihood(&self, devices: &[DeviceFit], ratio: f64) -> Likelihood {
        let pairs = devices.par_iter().zip(&self.curves.devices);
        let each: Vec<_> = pairs.map(|(fit, curve)| filter(&self.device(&fit.numbers), curve, ratio).1).collect();
        each.into_iter().fold(Likelihood::default(), Likelihood::and)
    }

    fn log_ratio(&self, place: f64) -> f64 {
        math::ln(self.step * self.step) + place
    }

    /// R under which the reads are most likely.
    fn likeliest(&self, devices: &[DeviceFit]) -> f64 {
        let cost = |place: f64| self.likelihood(devices, math::exp(self.log_ratio(place))).minus_two_log();
        let [low, high] = RANGE;
        let places = (0..=((high - low) / STEP) as usize).map(|n| low + STEP * n as f64);
        let best = places.map(|place| (cost(place), place)).min_by(|a, b| a.0.total_cmp(&b.0));
        let centre = best.map_or(low, |(_, place)| place);
        math::exp(self.log_ratio(golden(cost, [(centre - STEP).max(low), (centre + STEP).min(high)])))
    }

    /// σ and r with their standard errors, from the curvature of the likelihood.
    fn noise(&self, devices: &[DeviceFit], ratio: f64) -> Noise {
        const STEP: f64 = 0.1;
        let [left, here, right] = [-STEP, 0.0, STEP].map(|step| self.likelihood(devices, ratio * math::exp(step)));
        let [a, b, c] = [left, here, right].map(Likelihood::minus_two_log);
        let curvature = (a - 2.0 * b + c) / (STEP * STEP);
        let of_ratio = if curvature > 0.0 { 2.0 / curvature } else { f64::NAN };
        let along = math::ln(right.variance() / left.variance()) / (4.0 * STEP);
        let of_size = 1.0 / (2.0 * here.reads as f64);
        let step = here.variance().sqrt();
        let read = step * ratio.sqrt();
        let place = math::ln(ratio) - self.log_ratio(0.0);
        // At an end of the range the other noise is all there is.
        let none = [0.0, f64::NAN];
        let step_error = step * (of_size + of_ratio * along * along).sqrt();
        let read_error = read * (of_size + of_ratio * (0.5 + along).powi(2)).sqrt();
        Noise {
            step: if place > RANGE[1] - STEP { none } else { [step, step_error] },
            read: if place < RANGE[0] + STEP { none } else { [read, read_error] },
        }
    }
}

/// The shape that all devices share: means, to which a device counts the more the better it tells them. Steps take what
/// the shape of a device has of their size.
fn common_shape(model: FittedModel, devices: &mut [DeviceFit]) -> Shape {
    let count = model.shape().len();
    if model.steps_are_in_shape() {
        // Nodes are told in units of the middle one of steps up.
        let middle = OWN + count / 4;
        for fit in devices.iter_mut() {
            let (unit, steps) = (fit.numbers[middle].max(1e-6), [fit.numbers[0], fit.numbers[1]]);
            for n in 0..count {
                let factor = steps[2 * n / count] / steps[0] / unit;
                fit.numbers[OWN + n] *= factor;
                fit.errors[OWN + n] *= factor;
            }
            fit.numbers[0] = steps[0] * unit;
            fit.numbers[1] = fit.numbers[0];
        }
    }
    let mean = |n: usize| {
        let told = devices.iter().all(|fit| fit.errors[OWN + n].is_finite());
        let weight = |fit: &DeviceFit| if told { fit.errors[OWN + n].powi(-2) } else { 1.0 };
        let all: f64 = devices.iter().map(weight).sum();
        let mean = devices.iter().map(|fit| weight(fit) * fit.numbers[OWN + n]).sum::<f64>() / all;
        let off = |fit: &DeviceFit| (weight(fit) * (fit.numbers[OWN + n] - mean)).powi(2);
        let devices_count = devices.len() as f64;
        let error = if devices.len() == 1 {
            devices[0].errors[OWN + n]
        } else {
            (devices.iter().map(off).sum::<f64>() * devices_count / (devices_count - 1.0)).sqrt() / all
        };
        (mean, error)
    };
    (0..count).map(mean).unzip()
}

/// Where a function is smallest between two ends, to a hundredth.
fn golden(cost: impl Fn(f64) -> f64, ends: [f64; 2]) -> f64 {
    let share = (5f64.sqrt() - 1.0) / 2.0;
    let [mut a, mut b] = ends;
    let (mut c, mut d) = (b - share * (b - a), a + share * (b - a));
    let (mut at_c, mut at_d) = (cost(c), cost(d));
    while b - a > 0.01 {
        if at_c < at_d {
            (b, d, at_d) = (d, c, at_c);
            c = b - share * (b - a);
            at_c = cost(c);
        } else {
            (a, c, at_c) = (c, d, at_d);
            d = a + share * (b - a);
            at_d = cost(d);
        }
    }
    (a + b) / 2.0
}
