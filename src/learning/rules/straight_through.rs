//! BinaryConnect and the plain straight-through estimator (Courbariaux, Bengio & David, NIPS 2015).
use super::latent_step::{LatentRule, LatentStep};
use multiversion::multiversion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Settings of BinaryConnect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct StraightThrough {
    /// BinaryConnect: no gradient beyond ±1, and θ is kept between them.
    pub clip: bool,
}

impl Default for StraightThrough {
    fn default() -> Self {
        Self { clip: true }
    }
}

impl LatentRule for StraightThrough {
    fn at(&self, _: u64, _: u64) -> Arc<dyn LatentStep> {
        Arc::new(*self)
    }

    fn suits_levels(&self) -> bool {
        true
    }
}

impl LatentStep for StraightThrough {
    fn surrogate(&self, [theta, _]: [&[f32]; 2], _: &[f32], scale: &[f32], [g, _]: [&mut [f32]; 2]) {
        straight_through(theta, scale, g, self.clip);
    }

    fn project(&self, theta: &mut [f32]) {
        if self.clip {
            clip_to_one(theta);
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn straight_through(theta: &[f32], scale: &[f32], g: &mut [f32], clip: bool) {
    let limit = if clip { 1.0 } else { f32::INFINITY };
    for ((g, theta), scale) in g.iter_mut().zip(theta).zip(scale) {
        *g = if theta.abs() <= limit { scale * *g } else { 0.0 };
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn clip_to_one(theta: &mut [f32]) {
    theta.iter_mut().for_each(|x| *x = x.clamp(-1.0, 1.0));
}

#[cfg(test)]
mod tests {
    use super::super::latent_step::tests::*;
    use super::*;

    #[test]
    fn binary_connect_by_its_formula() {
        let clipped = StraightThrough { clip: true };
        let inside = theta().zip(loss_gradients()).map(|(x, l)| if x.abs() <= 1.0 { l } else { 0.0 });
        assert_close(&surrogate(&clipped, &[0.0; 5]), inside);
        assert_close(&projected(&clipped), theta().map(|x| x.clamp(-1.0, 1.0)));
        let plain = StraightThrough { clip: false };
        assert_close(&surrogate(&plain, &[0.0; 5]), loss_gradients());
        assert_close(&projected(&plain), theta());
        assert_close(&relaxed(&plain), [-1.0, -1.0, 1.0, 1.0, 1.0]);
    }
}
