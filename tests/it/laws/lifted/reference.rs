//! Lifted networks in double precision, written from the energy alone: the minimum by coordinate descent over all units.
use dyadsim::credit::lifted::Lifted;
use dyadsim::linalg::Matrix;
use dyadsim::network::Network;
use nalgebra::{DMatrix, DVector};

/// A lifted network with one stimulus in double precision.
#[derive(Clone)]
pub struct Reference {
    pub w: Vec<DMatrix<f64>>,
    pub b: Vec<DVector<f64>>,
    pub c: Vec<DVector<f64>>,
    pub lambda: Vec<f64>,
    pub gamma: f64,
    pub mu: f64,
    /// Bounds of the states of every layer.
    pub bounds: Vec<(f64, f64)>,
}

/// What holds the outputs.
#[derive(Clone, Copy)]
pub enum Held<'a> {
    Free,
    Clamped(&'a DVector<f64>),
    Pulled(f64, &'a DVector<f64>),
}

impl Reference {
    pub fn new(lifted: &Lifted, weights: &Network, bounds: (f64, f64), top: (f64, f64)) -> Self {
        let layers = lifted.layers();
        Self {
            w: weights.projections().iter().map(|layer| layer.weight.to_matrix().map(f64::from)).collect(),
            b: weights.projections().iter().map(|layer| layer.bias.map(f64::from)).collect(),
            c: (1..=layers)
                .map(|k| {
                    let pre = weights.projections()[k - 1].weight.pre();
                    let c = weights.reconstruction_bias(k);
                    if c.is_empty() {
                        DVector::zeros(pre)
                    } else {
                        DVector::from_iterator(pre, c.iter().map(|&c| c.into()))
                    }
                })
                .collect(),
            lambda: lifted.lambda.clone(),
            gamma: lifted.gamma,
            mu: lifted.mu,
            bounds: (1..=layers).map(|k| if k == layers { top } else { bounds }).collect(),
        }
    }

    /// E(z; x); z begins with x.
    pub fn energy(&self, z: &[DVector<f64>]) -> f64 {
        (0..self.w.len())
            .map(|k| {
                let e = &z[k + 1] - &self.w[k] * &z[k] - &self.b[k];
                let r = &z[k] - self.w[k].transpose() * &z[k + 1] - &self.c[k];
                self.gamma.powi(k as i32) / 2.0
                    * (e.norm_squared() + self.lambda[k] * r.norm_squared() + self.mu * z[k + 1].norm_squared())
            })
            .sum()
    }

    /// E and, with soft targets, β ℓ.
    pub fn objective(&self, z: &[DVector<f64>], held: Held) -> f64 {
        let nudge = match held {
            Held::Pulled(beta, y) => beta / 2.0 * (z.last().unwrap() - y).norm_squared(),
            _ => 0.0,
        };
        self.energy(z) + nudge
    }

    /// The minimum, by exact steps of single units: along one unit the objective is a parabola, known from three points of
    /// its slope.
    pub fn minimum(&self, x: &DVector<f64>, held: Held) -> Vec<DVector<f64>> {
        let mut z = vec![x.clone()];
        z.extend(self.w.iter().map(|w| DVector::zeros(w.nrows())));
        let layers = self.w.len();
        if let Held::Clamped(y) = held {
            z[layers] = y.clone();
        }
        let last = if matches!(held, Held::Clamped(_)) { layers - 1 } else { layers };
        for _ in 0..20_000 {
            let mut change = 0.0f64;
            for k in 1..=last {
                for i in 0..z[k].len() {
                    let (slope, curvature) = self.slope(&z, k, i, held);
                    let (low, high) = self.bounds[k - 1];
                    let moved = (z[k][i] - slope / curvature).clamp(low, high);
                    change = change.max((moved - z[k][i]).abs());
                    z[k][i] = moved;
                }
            }
            if change < 1e-14 {
                break;
            }
        }
        z
    }

    /// First and second derivative of the objective along unit i of layer k, from the terms that hold it.
    fn slope(&self, z: &[DVector<f64>], k: usize, i: usize, held: Held) -> (f64, f64) {
        let own = &self.w[k - 1];
        let term = self.gamma.powi(k as i32 - 1);
        let e = z[k][i] - own.row(i).transpose().dot(&z[k - 1]) - self.b[k - 1][i];
        let r = &z[k - 1] - own.transpose() * &z[k] - &self.c[k - 1];
        let row = own.row(i).transpose();
        let lambda = self.lambda[k - 1];
        let mut slope = term * (e - lambda * row.dot(&r) + self.mu * z[k][i]);
        let mut curvature = term * (1.0 + lambda * row.norm_squared() + self.mu);
        if k < self.w.len() {
            let upper = &self.w[k];
            let term = self.gamma.powi(k as i32);
            let e = &z[k + 1] - upper * &z[k] - &self.b[k];
            let column = upper.column(i);
            let r = z[k][i] - column.dot(&z[k + 1]) - self.c[k][i];
            slope += term * (self.lambda[k] * r - column.dot(&e));
            curvature += term * (self.lambda[k] + column.norm_squared());
        } else if let Held::Pulled(beta, y) = held {
            slope += beta * (z[k][i] - y[i]);
            curvature += beta;
        }
        (slope, curvature)
    }

    /// J of the objectives of training, for one stimulus.
    pub fn contrast(&self, x: &DVector<f64>, held: Held) -> f64 {
        let free = self.energy(&self.minimum(x, Held::Free));
        match held {
            Held::Free => free,
            Held::Clamped(_) => self.energy(&self.minimum(x, held)) - free,
            Held::Pulled(beta, _) => (self.objective(&self.minimum(x, held), held) - free) / beta,
        }
    }
}

/// One sample in double precision.
pub fn column(m: &Matrix, j: usize) -> DVector<f64> {
    DVector::from_iterator(m.nrows(), m.column(j).iter().map(|&x| f64::from(x)))
}
