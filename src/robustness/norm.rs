//! The balls that perturbations stay in, per sample.
use crate::linalg::Matrix;
use crate::math;
use crate::random::{StandardNormal, Stream};
use rand::RngExt;
use rand::distr::Distribution;
use rayon::prelude::*;

/// Which size of a perturbation is bounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Norm {
    /// √Σδ²
    L2,
    /// max |δ|
    Linf,
}

/// Inputs that are possible.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// Smallest.
    pub low: f32,
    /// Largest.
    pub high: f32,
}

impl Norm {
    /// Size of a perturbation.
    pub fn size(self, delta: impl Iterator<Item = f64>) -> f64 {
        match self {
            Self::L2 => delta.map(|x| x * x).sum::<f64>().sqrt(),
            // Unlike `max` this keeps NaN.
            Self::Linf => delta.fold(0.0, |most, x| if x.abs() <= most { most } else { x.abs() }),
        }
    }

    /// Moves `x` by `length` in the direction of this size in which a function with this gradient grows fastest; where
    /// the gradient is zero it stays.
    pub fn ascend(self, x: &mut [f32], gradient: &[f32], length: f64) {
        match self {
            Self::L2 => {
                let norm = Self::L2.size(gradient.iter().map(|&g| f64::from(g)));
                if norm > 0.0 {
                    let factor = length / norm;
                    x.iter_mut().zip(gradient).for_each(|(x, &g)| *x += (factor * f64::from(g)) as f32);
                }
            }
            Self::Linf => x.iter_mut().zip(gradient).for_each(|(x, &g)| {
                if g != 0.0 {
                    *x += (length as f32).copysign(g);
                }
            }),
        }
    }

    /// Brings `x` back into the ball of radius `epsilon` about `centre`, and into the range of valid inputs. A centre
    /// that lies outside of the range itself may stay there, but `x` gets no farther out.
    pub fn project(self, x: &mut [f32], centre: &[f32], epsilon: f64, range: Option<Range>) {
        match self {
            Self::L2 => {
                let size = Self::L2.size(x.iter().zip(centre).map(|(&x, &c)| f64::from(x) - f64::from(c)));
                if size > epsilon {
                    let factor = epsilon / size;
                    let back = |(x, &c): (&mut f32, &f32)| {
                        *x = (f64::from(c) + factor * (f64::from(*x) - f64::from(c))) as f32;
                    };
                    x.iter_mut().zip(centre).for_each(back);
                }
            }
            Self::Linf => {
                let epsilon = epsilon as f32;
                x.iter_mut().zip(centre).for_each(|(x, &c)| *x = x.clamp(c - epsilon, c + epsilon));
            }
        }
        if let Some(Range { low, high }) = range {
            // Towards the centre in every input, so that no perturbation grows by it.
            x.iter_mut().zip(centre).for_each(|(x, &c)| *x = x.clamp(low.min(c), high.max(c)));
        }
    }

    /// Moves `x` to a random point of the ball of radius `epsilon` about it, uniform in its volume.
    pub fn scatter(self, x: &mut [f32], epsilon: f64, random: &mut Stream) {
        match self {
            Self::L2 => {
                let radius = epsilon * math::pow(random.random::<f64>(), 1.0 / x.len() as f64);
                displace(x, radius, random);
            }
            Self::Linf => x.iter_mut().for_each(|x| *x += (epsilon * (2.0 * random.random::<f64>() - 1.0)) as f32),
        }
    }

    /// Moves `x` by a random perturbation of size `epsilon`: in a random direction, or every input by ±ε.
    pub fn shake(self, x: &mut [f32], epsilon: f64, random: &mut Stream) {
        match self {
            Self::L2 => displace(x, epsilon, random),
            Self::Linf => {
                x.iter_mut().for_each(|x| *x += if random.random::<bool>() { epsilon } else { -epsilon } as f32)
            }
        }
    }
}

/// Moves `x` so far in a random direction.
fn displace(x: &mut [f32], length: f64, random: &mut Stream) {
    let direction: Vec<f64> = x.iter().map(|_| StandardNormal.sample(random)).collect();
    let factor = length / Norm::L2.size(direction.iter().copied());
    x.iter_mut().zip(direction).for_each(|(x, d)| *x += (factor * d) as f32);
}

/// Norm of every column.
pub(super) fn column_norms(matrix: &Matrix) -> Vec<f64> {
    let columns = matrix.as_slice().par_chunks_exact(matrix.nrows());
    columns.map(|column| Norm::L2.size(column.iter().map(|&x| f64::from(x)))).collect()
}

/// The largest number; NaN if any is, or if there is none.
pub(super) fn largest(numbers: impl IntoIterator<Item = f64>) -> f64 {
    let grown = |most: f64, x: f64| if most.is_nan() || x.is_nan() { f64::NAN } else { most.max(x) };
    numbers.into_iter().reduce(grown).unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, stream};
    use law_assertions::assert_mean;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_projected_lies_in_ball_and_range(seed in 0u64..10_000, epsilon in 1e-3f64..3.0, n in 1usize..50) {
            let mut random = stream(seed, Purpose::Robustness, &[]);
            let mut draw = |width: f32| -> Vec<f32> { (0..n).map(|_| width * (random.random::<f32>() - 0.3)).collect() };
            let (centre, start) = (draw(1.5), draw(8.0));
            for norm in [Norm::L2, Norm::Linf] {
                let mut x = start.clone();
                norm.project(&mut x, &centre, epsilon, Some(Range { low: 0.0, high: 1.0 }));
                let size = norm.size(x.iter().zip(&centre).map(|(&x, &c)| f64::from(x) - f64::from(c)));
                prop_assert!(size <= epsilon + 1e-6 * (1.0 + epsilon), "{norm:?} {size} {epsilon}");
                for (&x, &c) in x.iter().zip(&centre) {
                    prop_assert!(x >= c.min(0.0) && x <= c.max(1.0));
                }
                // What is inside stays.
                let kept = x.clone();
                norm.project(&mut x, &centre, epsilon * 1.001, Some(Range { low: 0.0, high: 1.0 }));
                prop_assert_eq!(x, kept);
            }
        }
    }

    /// A ball of n dimensions holds the share r^n of its volume within r: mean radius n/(n+1).
    #[test]
    fn scattered_points_fill_the_ball_and_shaken_ones_lie_on_its_surface() {
        let (n, draws) = (3, 20_000);
        let mut random = stream(5, Purpose::Robustness, &[]);
        let size = |norm: Norm, x: &[f32]| norm.size(x.iter().map(|&x| f64::from(x)));
        for norm in [Norm::L2, Norm::Linf] {
            let mut radii = vec![];
            for _ in 0..draws {
                let mut x = vec![0.0; n];
                norm.scatter(&mut x, 2.0, &mut random);
                assert!(size(norm, &x) <= 2.0 + 1e-6);
                radii.push(size(norm, &x) / 2.0);
                let mut x = vec![0.0; n];
                norm.shake(&mut x, 2.0, &mut random);
                assert!((size(norm, &x) - 2.0).abs() < 1e-6);
            }
            // Variance of the radius: n/(n+2) − (n/(n+1))² = 3/80.
            assert_mean(&radii, 0.75, 3.0 / 80.0, format!("the radius in {norm:?}"));
        }
    }

    #[test]
    fn nan_is_the_largest() {
        assert!(largest([1.0, f64::NAN, 2.0]).is_nan() && largest([]).is_nan());
        assert_eq!(largest([1.0, 3.0, 2.0]), 3.0);
    }
}
