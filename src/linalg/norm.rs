//! Spectral norms.
use super::{Matrix, MatrixView, MatrixViewMut, WeightMatrix};
use crate::random::{StandardNormal, Stream};
use nalgebra::{DMatrix, DVector};
use rand::distr::Distribution;

/// A linear map A and its adjoint, sample by sample.
pub trait Operator {
    /// Numbers that A takes.
    fn inputs(&self) -> usize;

    /// Numbers that A gives.
    fn outputs(&self) -> usize;

    /// y = A x.
    fn apply(&self, y: MatrixViewMut, x: MatrixView);

    /// y = Aᵀ d.
    fn transposed(&self, y: MatrixViewMut, d: MatrixView);
}

impl Operator for WeightMatrix {
    fn inputs(&self) -> usize {
        self.pre()
    }

    fn outputs(&self) -> usize {
        self.post()
    }

    fn apply(&self, y: MatrixViewMut, x: MatrixView) {
        self.multiply_rows(y, 0, x);
    }

    fn transposed(&self, y: MatrixViewMut, d: MatrixView) {
        self.multiply_columns_transposed(y, 0, d);
    }
}

/// Steps of a Lanczos iteration that is to be exact.
const MOST_STEPS: usize = 80;

/// Largest singular value of a map to about six digits, by Lanczos iteration on AᵀA.
pub fn operator_norm(map: &dyn Operator, start: &mut Stream) -> f64 {
    product_operator_norm(&[map], start)
}

/// The same by at most `steps` steps of the iteration: it approaches the norm from below.
pub fn operator_norm_within(map: &dyn Operator, steps: usize, start: &mut Stream) -> f64 {
    let maps = [map];
    let mut chain = Chain::new(&maps);
    let eigenvalue = largest_eigenvalue(map.inputs(), steps, start, |v| chain.gram(v));
    if eigenvalue < 0.0 { 0.0 } else { eigenvalue.sqrt() }
}

/// Largest singular value of the product A_L ⋯ A_1 (first factor first), without forming it.
///
/// # Panics
/// If the list is empty or neighbouring shapes do not fit.
pub fn product_operator_norm(maps: &[&dyn Operator], start: &mut Stream) -> f64 {
    let inputs = maps.first().expect("a product has at least one factor").inputs();
    let mut chain = Chain::new(maps);
    let eigenvalue = largest_eigenvalue(inputs, MOST_STEPS, start, |v| chain.gram(v));
    // Not `max`: it would turn the NaN of broken weights into 0.
    if eigenvalue < 0.0 { 0.0 } else { eigenvalue.sqrt() }
}

/// ‖A‖₂ as the authors' code estimates it: a fixed number of power iterations on AᵀA from a random vector. It
/// approaches the norm from below.
pub fn power_iteration_norm(map: &dyn Operator, iterations: usize, start: &mut Stream) -> f64 {
    let maps = [map];
    let mut chain = Chain::new(&maps);
    let mut v = random_unit_vector(map.inputs(), start);
    for _ in 0..iterations {
        let next = chain.gram(&v);
        let norm = next.norm();
        if norm == 0.0 || !norm.is_finite() {
            return norm;
        }
        v = next / norm;
    }
    chain.apply(&v).norm()
}

/// Largest eigenvalue of a symmetric positive semidefinite map of `units` numbers (`map` writes that of its second argument
/// into the first), by at most `steps` steps of a Lanczos iteration: it approaches the norm from below.
pub fn symmetric_norm(
    units: usize,
    steps: usize,
    start: &mut Stream,
    mut map: impl FnMut(MatrixViewMut, MatrixView),
) -> f64 {
    let (mut x, mut y) = (Matrix::zeros(units, 1), Matrix::zeros(units, 1));
    largest_eigenvalue(units, steps, start, |v| {
        x.iter_mut().zip(v.iter()).for_each(|(x, &v)| *x = v as f32);
        map(y.as_view_mut(), x.as_view());
        y.column(0).map(f64::from)
    })
}

/// The linear map A_L ⋯ A_1 with room for its intermediate vectors.
struct Chain<'a> {
    maps: &'a [&'a dyn Operator],
    vectors: Vec<Matrix>,
}

impl<'a> Chain<'a> {
    fn new(maps: &'a [&'a dyn Operator]) -> Self {
        let first = Matrix::zeros(maps[0].inputs(), 1);
        let vectors = std::iter::once(first).chain(maps.iter().map(|map| Matrix::zeros(map.outputs(), 1))).collect();
        Self { maps, vectors }
    }

    fn apply(&mut self, v: &DVector<f64>) -> DVector<f64> {
        self.vectors[0].copy_from(&v.map(|x| x as f32));
        for (k, map) in self.maps.iter().enumerate() {
            let (before, after) = self.vectors.split_at_mut(k + 1);
            map.apply(after[0].as_view_mut(), before[k].as_view());
        }
        self.vectors[self.maps.len()].column(0).map(f64::from)
    }

    /// (A_L ⋯ A_1)ᵀ (A_L ⋯ A_1) v.
    fn gram(&mut self, v: &DVector<f64>) -> DVector<f64> {
        self.apply(v);
        for (k, map) in self.maps.iter().enumerate().rev() {
            let (before, after) = self.vectors.split_at_mut(k + 1);
            map.transposed(before[k].as_view_mut(), after[0].as_view());
        }
        self.vectors[0].column(0).map(f64::from)
    }
}

fn random_unit_vector(n: usize, start: &mut Stream) -> DVector<f64> {
    DVector::from_fn(n, |_, _| StandardNormal.sample(start)).normalize()
}

/// Largest eigenvalue of a symmetric positive semidefinite map on Rⁿ: Lanczos with full reorthogonalisation
/// (Golub & Van Loan, Matrix Computations, §10.1), stopped when the value no longer moves.
fn largest_eigenvalue(
    n: usize,
    most_steps: usize,
    start: &mut Stream,
    mut map: impl FnMut(&DVector<f64>) -> DVector<f64>,
) -> f64 {
    const TOLERANCE: f64 = 1e-9;
    let mut basis: Vec<DVector<f64>> = vec![random_unit_vector(n, start)];
    let (mut diagonal, mut off_diagonal) = (Vec::new(), Vec::new());
    let mut eigenvalue = 0.0;
    loop {
        let last = basis.len() - 1;
        let mut w = map(&basis[last]);
        diagonal.push(w.dot(&basis[last]));
        if !w.iter().all(|x| x.is_finite()) {
            return f64::NAN;
        }
        // Twice is enough (Kahan, Parlett): once loses orthogonality when w is nearly in the span.
        for _ in 0..2 {
            for q in &basis {
                w.axpy(-w.dot(q), q, 1.0);
            }
        }
        let previous = std::mem::replace(&mut eigenvalue, tridiagonal_maximum(&diagonal, &off_diagonal));
        let residual = w.norm();
        let settled = last > 2 && (eigenvalue - previous).abs() <= TOLERANCE * eigenvalue;
        if settled || basis.len() == n.min(most_steps) || residual <= 1e-12 * eigenvalue.max(f64::MIN_POSITIVE) {
            return eigenvalue;
        }
        off_diagonal.push(residual);
        basis.push(w / residual);
    }
}

fn tridiagonal_maximum(diagonal: &[f64], off_diagonal: &[f64]) -> f64 {
    let n = diagonal.len();
    let matrix = DMatrix::from_fn(n, n, |i, j| match i.abs_diff(j) {
        0 => diagonal[i],
        1 => off_diagonal[i.min(j)],
        _ => 0.0,
    });
    matrix.symmetric_eigenvalues().max()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, stream};

    fn random_weight(post: usize, pre: usize, seed: u64) -> WeightMatrix {
        let mut normal = stream(seed, Purpose::InitialWeights, &[]);
        WeightMatrix::from_matrix(&Matrix::from_fn(post, pre, |_, _| StandardNormal.sample(&mut normal)))
    }

    fn start() -> Stream {
        stream(1, Purpose::PowerIteration, &[])
    }

    #[test]
    fn the_norm_is_the_largest_singular_value() {
        for (seed, (post, pre)) in [(1, 1), (1, 9), (12, 1), (40, 70), (130, 64), (3, 200)].into_iter().enumerate() {
            let w = random_weight(post, pre, seed as u64);
            let exact = w.to_matrix().cast::<f64>().singular_values().max();
            let norm = operator_norm(&w, &mut start());
            assert!((norm / exact - 1.0).abs() < 1e-5, "{post}x{pre}: {norm} against {exact}");
        }
    }

    #[test]
    fn the_norm_of_a_product_is_that_of_the_multiplied_matrix() {
        let (a, b, c) = (random_weight(30, 50, 1), random_weight(20, 30, 2), random_weight(10, 20, 3));
        let exact = (c.to_matrix() * b.to_matrix() * a.to_matrix()).cast::<f64>().singular_values().max();
        let norm = product_operator_norm(&[&a, &b, &c], &mut start());
        assert!((norm / exact - 1.0).abs() < 1e-5, "{norm} against {exact}");
    }

    #[test]
    fn power_iteration_approaches_the_norm_from_below() {
        let w = random_weight(60, 80, 5);
        let exact = operator_norm(&w, &mut start());
        let few = power_iteration_norm(&w, 3, &mut start());
        let many = power_iteration_norm(&w, 300, &mut start());
        assert!(few > 0.5 * exact && few < exact * (1.0 + 1e-6));
        assert!(many >= few && (many / exact - 1.0).abs() < 1e-4);
    }

    #[test]
    fn a_zero_matrix_has_norm_zero() {
        assert_eq!(operator_norm(&WeightMatrix::zeros(5, 7), &mut start()), 0.0);
        assert_eq!(power_iteration_norm(&WeightMatrix::zeros(5, 7), 3, &mut start()), 0.0);
    }
}
