//! Weights as conductances.
//!
//! Plane 2k holds the plus devices of pair k, plane 2k + 1 the minus devices. A positive weight sits on the plus
//! device, a negative one on the minus device; the other stays at g_min. So W = 0 is a pair at g_min, and
//! W = max|W|/(g_max − g_min) · mean over pairs of (g₊ − g₋).
use super::device::Operation;
use crate::linalg::Matrix;

/// Scale between the weights and the conductances of a layer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct WeightMap {
    g_min_us: f32,
    /// (g_max − g_min)/max|W|; 0 if all weights are 0.
    us_per_weight: f32,
    /// Weight that 1 µS on one plus device adds.
    weight_per_us: f32,
    pub planes: usize,
}

impl WeightMap {
    pub fn new(weights: &Matrix, operation: &Operation, pairs: usize) -> Self {
        let largest = f64::from(weights.amax());
        let span_us = operation.g_max_us - operation.g_min_us;
        Self {
            g_min_us: operation.g_min_us as f32,
            us_per_weight: if largest > 0.0 { (span_us / largest) as f32 } else { 0.0 },
            weight_per_us: (largest / (span_us * pairs as f64)) as f32,
            planes: 2 * pairs,
        }
    }

    /// g_T of a weight in a plane.
    pub fn target_us(&self, weight: f32, plane: usize) -> f32 {
        let weight = sign(plane) * weight;
        // Not `max`, which would turn NaN into 0.
        self.g_min_us + self.us_per_weight * if weight < 0.0 { 0.0 } else { weight }
    }

    /// Weight that a µS in a plane adds.
    pub fn weight_per_us(&self, plane: usize) -> f32 {
        sign(plane) * self.weight_per_us
    }
}

fn sign(plane: usize) -> f32 {
    if plane.is_multiple_of(2) { 1.0 } else { -1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameter::{NonNegative, Positive};
    use crate::synapse::programmed::config::ProgrammedSynapses;

    #[test]
    fn targets_and_weights_are_inverse() {
        let config = ProgrammedSynapses {
            g_min_s: Some(NonNegative::constant(5e-6)),
            g_max_s: Some(Positive::constant(25e-6)),
            ..ProgrammedSynapses::default()
        };
        let weights = Matrix::from_row_slice(1, 4, &[0.2, -0.4, 0.0, 0.1]);
        for pairs in [1, 3] {
            let map = WeightMap::new(&weights, &config.law().operation, pairs);
            // 0.2 of 0.4 is half of 20 µS above 5 µS.
            assert!((map.target_us(0.2, 0) - 15.0).abs() < 1e-5 && (map.target_us(0.2, 1) - 5.0).abs() < 1e-5);
            assert!((map.target_us(-0.4, 0) - 5.0).abs() < 1e-5 && (map.target_us(-0.4, 1) - 25.0).abs() < 1e-5);
            for &weight in weights.iter() {
                let back: f32 = (0..map.planes).map(|p| map.weight_per_us(p) * map.target_us(weight, p)).sum();
                assert!((back - weight).abs() < 1e-6, "{back} instead of {weight}");
            }
        }
    }

    #[test]
    fn a_layer_of_zeros_stays_zero() {
        let map = WeightMap::new(&Matrix::zeros(2, 2), &ProgrammedSynapses::default().law().operation, 1);
        assert_eq!((map.target_us(0.0, 0), map.weight_per_us(0)), (0.0, 0.0));
    }
}
