//! Places at which the axes of a sweep are drawn.
use super::config::{Draws, Sampling};
use crate::random::{Purpose, stream};
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

/// The places in [0, 1) of every drawn point, one for each axis; `None` for a grid.
pub(super) fn places(sampling: Sampling, axes: usize) -> Option<Vec<Vec<f64>>> {
    let draws = sampling.draws()?;
    let columns: Vec<Vec<f64>> = (0..axes).map(|axis| column(sampling, draws, axis as u64)).collect();
    Some((0..draws.count.get()).map(|i| columns.iter().map(|column| column[i]).collect()).collect())
}

/// The places of all points on one axis. Every axis has a stream of its own, so that another axis shifts no draw.
fn column(sampling: Sampling, Draws { count, seed }: Draws, axis: u64) -> Vec<f64> {
    let mut random = stream(seed, Purpose::SweepSampling, &[axis]);
    let n = count.get();
    match sampling {
        Sampling::LatinHypercube(_) => {
            let mut strata: Vec<usize> = (0..n).collect();
            strata.shuffle(&mut random);
            strata.into_iter().map(|stratum| (stratum as f64 + uniform(&mut random)) / n as f64).collect()
        }
        Sampling::Grid | Sampling::Random(_) => (0..n).map(|_| uniform(&mut random)).collect(),
    }
}

fn uniform(random: &mut impl Rng) -> f64 {
    random.random::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameter::Size;
    use law_assertions::{assert_covariance, assert_distribution, assert_mean, assert_variance, kurtosis};

    fn draws(count: usize) -> Draws {
        Draws { count: Size::constant(count), seed: 7 }
    }

    #[test]
    fn a_latin_hypercube_meets_every_stratum_of_every_axis_once() {
        let n = 50;
        let points = places(Sampling::LatinHypercube(draws(n)), 3).unwrap();
        for axis in 0..3 {
            let mut strata: Vec<usize> = points.iter().map(|point| (point[axis] * n as f64) as usize).collect();
            assert_ne!(strata, (0..n).collect::<Vec<_>>(), "in random order");
            strata.sort_unstable();
            assert_eq!(strata, (0..n).collect::<Vec<_>>());
        }
        assert_ne!(points.iter().map(|p| p[0]).collect::<Vec<_>>(), points.iter().map(|p| p[1]).collect::<Vec<_>>());
    }

    #[test]
    fn random_places_are_uniform_and_independent_between_axes() {
        let n = 20_000;
        let points = places(Sampling::Random(draws(n)), 2).unwrap();
        let [first, second] = [0, 1].map(|axis| points.iter().map(|p| p[axis]).collect::<Vec<_>>());
        for places in [&first, &second] {
            assert_mean(places, 0.5, 1.0 / 12.0, "places");
            assert_variance(places, 1.0 / 12.0, kurtosis::UNIFORM, "places");
            assert_distribution(places, |x| x, "places");
        }
        assert_covariance(&first, &second, 0.0, 1.0 / 12.0, "two axes");
    }

    #[test]
    fn one_more_axis_leaves_the_others_where_they_are() {
        let two = places(Sampling::Random(draws(5)), 2).unwrap();
        let three = places(Sampling::Random(draws(5)), 3).unwrap();
        assert!(two.iter().zip(&three).all(|(a, b)| a[..] == b[..2]));
    }
}
