//! Lower estimate of the Lipschitz constant by search over pairs: max ‖f(x) − f(x′)‖/‖x − x′‖.
//!
//! Three kinds of pairs are looked at: random pairs of samples; the best of them, moved so that the ratio grows; and
//! pairs about the steepest samples, along the direction in which they are steepest, moved likewise. A move keeps the
//! distance d of a pair. With u = (f(x) − f(x′))/‖f(x) − f(x′)‖, the difference is turned to Jᵀ(x) u + Jᵀ(x′) u (of a
//! linear f: a power iteration), and the middle goes along Jᵀ(x) u − Jᵀ(x′) u by a share of d. Inputs may leave the
//! range of the data: it is f itself that is bounded.
//!
//! Distances are sums in double precision over the inputs as f32 holds them. Responses are rounded by about their norm
//! times 2⁻²³ in every layer; that error is taken off the distance of the responses, and no pair is closer than
//! [`SMALLEST_DISTANCE`] of the norm of its inputs. On a chip both ends see the same noise.
use super::jacobian::{Steepness, normalise};
use super::norm::{column_norms, largest};
use super::response::{Asker, Linearised, Response, columns};
use super::settings::MOVED_PAIRS;
use crate::linalg::{Matrix, side_by_side};
use crate::random::Stream;
use rand::RngExt;

/// Distance of the pairs about the steepest samples, as a share of the norm of their inputs.
const SMALLEST_DISTANCE: f64 = 0.03;
/// How far the middle of a pair goes, as a share of its distance.
const MIDDLE_SHARE: f64 = 0.1;
/// Rounding of a response, as a share of its norm.
const ROUNDING: f64 = 8.0 * f32::EPSILON as f64;

/// Pairs of points, column by column.
struct Pairs {
    a: Matrix,
    b: Matrix,
}

/// The largest ratio found. `random` chooses `pairs` pairs of samples; the best are moved `steps` times.
pub(super) fn largest_ratio<R: Response>(
    asker: &mut Asker<R>,
    inputs: &Matrix,
    steepness: &Steepness,
    pairs: usize,
    steps: usize,
    random: &mut Stream,
) -> f64 {
    let samples = inputs.ncols();
    let mut found = vec![];
    let mut moved = steep_pairs(inputs, steepness);
    if samples > 1 {
        let first: Vec<usize> = (0..pairs).map(|_| random.random_range(0..samples)).collect();
        let second: Vec<usize> = first.iter().map(|&i| (i + random.random_range(1..samples)) % samples).collect();
        let pairs = Pairs { a: columns(inputs.as_view(), &first), b: columns(inputs.as_view(), &second) };
        let (a, b) = (asker.ask(&pairs.a, None), asker.ask_alike(&pairs.b, None));
        let ratios = pairs.ratios(a.outputs(), b.outputs());
        let best = best_of(&ratios);
        moved.a = side_by_side(inputs.nrows(), [moved.a.as_view(), columns(pairs.a.as_view(), &best).as_view()]);
        moved.b = side_by_side(inputs.nrows(), [moved.b.as_view(), columns(pairs.b.as_view(), &best).as_view()]);
        found.extend(ratios);
    }
    let mut near: Option<(R::Point, R::Point)> = None;
    for step in 0..=steps {
        let a = asker.ask(&moved.a, near.as_ref().map(|(a, _)| a));
        let b = asker.ask_alike(&moved.b, near.as_ref().map(|(_, b)| b));
        found.extend(moved.ratios(a.outputs(), b.outputs()));
        if step < steps {
            moved.go(&a, &b);
        }
        near = Some((a, b));
    }
    // Two samples may be the same.
    largest(found.into_iter().filter(|ratio| *ratio != f64::NEG_INFINITY))
}

/// The columns of the largest numbers.
fn best_of(ratios: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..ratios.len()).collect();
    order.sort_by(|&i, &j| ratios[j].total_cmp(&ratios[i]).then(i.cmp(&j)));
    order.truncate(MOVED_PAIRS);
    order
}

/// Pairs on both sides of the steepest samples.
fn steep_pairs(inputs: &Matrix, steepness: &Steepness) -> Pairs {
    let steepest = best_of(&steepness.norms);
    let (mut a, directions) =
        (columns(inputs.as_view(), &steepest), columns(steepness.directions.as_view(), &steepest));
    let mut b = a.clone();
    for (j, norm) in column_norms(&a).into_iter().enumerate() {
        // Inputs of zero have no scale of their own.
        let half = (0.5 * SMALLEST_DISTANCE * if norm == 0.0 { 1.0 } else { norm }) as f32;
        for i in 0..a.nrows() {
            a[(i, j)] += half * directions[(i, j)];
            b[(i, j)] -= half * directions[(i, j)];
        }
    }
    Pairs { a, b }
}

impl Pairs {
    /// (‖z − z′‖ − rounding)/‖x − x′‖ of every pair; −∞ where both ends are the same.
    fn ratios(&self, a: &Matrix, b: &Matrix) -> Vec<f64> {
        let apart = |a: &Matrix, b: &Matrix| -> Vec<f64> {
            let pairs = a.column_iter().zip(b.column_iter());
            let square = |(&x, &y): (&f32, &f32)| (f64::from(x) - f64::from(y)).powi(2);
            pairs.map(|(a, b)| a.iter().zip(b.iter()).map(square).sum::<f64>().sqrt()).collect()
        };
        let rounding = column_norms(a).into_iter().zip(column_norms(b)).map(|(a, b)| ROUNDING * (a + b));
        let distances = apart(&self.a, &self.b).into_iter().zip(apart(a, b)).zip(rounding);
        let ratio = |((from, to), rounding): ((f64, f64), f64)| match from {
            0.0 => f64::NEG_INFINITY,
            from => (to - rounding) / from,
        };
        distances.map(ratio).collect()
    }

    /// Moves every pair so that its ratio grows.
    fn go(&mut self, a: &impl Linearised, b: &impl Linearised) {
        let mut u = a.outputs() - b.outputs();
        normalise(&mut u);
        let (at_a, at_b) = (a.vjp(u.as_view()), b.vjp(u.as_view()));
        let (mut turned, mut along) = (&at_a + &at_b, at_a - at_b);
        normalise(&mut turned);
        normalise(&mut along);
        for (j, distance) in column_norms(&(&self.a - &self.b)).into_iter().enumerate() {
            if turned.column(j).iter().all(|&x| x == 0.0) {
                continue;
            }
            let (half, share) = ((0.5 * distance) as f32, (MIDDLE_SHARE * distance) as f32);
            for i in 0..turned.nrows() {
                let middle = 0.5 * (self.a[(i, j)] + self.b[(i, j)]) + share * along[(i, j)];
                self.a[(i, j)] = middle + half * turned[(i, j)];
                self.b[(i, j)] = middle - half * turned[(i, j)];
            }
        }
    }
}
