//! How one sample differs from the skeleton of its digit.
use super::render::SIDE;
use crate::math;
use crate::random::{StandardNormal, Stream};
use rand::RngExt;

/// Half the height of an undistorted digit in pixels.
const HALF_HEIGHT: f32 = 9.0;
/// Half the width of the pen in pixels, undistorted.
const HALF_WIDTH: f32 = 1.3;

/// Largest rotation in radians (16°); like all ranges below it is reached at distortion 1, and draws are uniform.
const ROTATION: f32 = 0.28;
/// Largest |ln| of the size, and of width against height.
const LOG_SCALE: f32 = 0.19;
/// Largest sideways lean per unit of height.
const SHEAR: f32 = 0.32;
/// Largest shift in pixels, along each axis.
const SHIFT: f32 = 2.6;
/// Largest |ln| of the pen's width.
const LOG_WIDTH: f32 = 0.37;
/// Standard deviation of each coordinate of each control point, in half heights; normal.
const WOBBLE_STD: f32 = 0.05;

/// The pen and the affine map of one sample.
pub(super) struct Hand {
    /// Half the width of the pen in pixels.
    pub(super) half_width: f32,
    /// Skeleton to pixels: `matrix` · (x, y) + `offset`.
    matrix: [[f32; 2]; 2],
    offset: [f32; 2],
    wobble_std: f32,
}

impl Hand {
    /// Draws a hand; `distortion` multiplies every range.
    pub(super) fn draw(stream: &mut Stream, distortion: f32) -> Self {
        let mut within = |range: f32| distortion * range * (2.0 * stream.random::<f32>() - 1.0);
        let rotation = within(ROTATION);
        let (sine, cosine) = (math::sin(rotation), math::cos(rotation));
        let (log_size, log_aspect) = (within(LOG_SCALE), within(LOG_SCALE));
        let shear = within(SHEAR);
        let shift = [within(SHIFT), within(SHIFT)];
        let half_width = HALF_WIDTH * math::exp(within(LOG_WIDTH));
        let (wide, high) = (
            HALF_HEIGHT * math::exp(log_size + 0.5 * log_aspect),
            HALF_HEIGHT * math::exp(log_size - 0.5 * log_aspect),
        );
        // Scale, then lean, then turn: R · [[wide, −shear · high], [0, high]]; y points down, so a positive lean is to
        // the right.
        let lean = -shear * high;
        let centre = 0.5 * (SIDE - 1) as f32;
        Self {
            half_width,
            matrix: [[cosine * wide, cosine * lean - sine * high], [sine * wide, sine * lean + cosine * high]],
            offset: [centre + shift[0], centre + shift[1]],
            wobble_std: distortion * WOBBLE_STD,
        }
    }

    /// Where this hand puts a control point, in pixels.
    pub(super) fn place(&self, stream: &mut Stream, point: [f32; 2]) -> [f32; 2] {
        let [x, y] = point.map(|value| value + self.wobble_std * stream.sample::<f32, _>(StandardNormal));
        [0, 1].map(|axis| self.matrix[axis][0] * x + self.matrix[axis][1] * y + self.offset[axis])
    }
}
