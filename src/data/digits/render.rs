//! Strokes to pixels: splines are cut into short segments, and a pixel's ink is how deep it lies inside the pen.
use super::glyphs::Path;

/// Height and width of the picture in pixels.
pub(super) const SIDE: usize = 28;
/// Pixels of one picture.
pub(super) const PIXELS: usize = SIDE * SIDE;
/// Straight segments that stand for one piece of a spline.
const SEGMENTS_PER_PIECE: usize = 5;

/// Squared distance, in pixels², of every pixel centre to the nearest stroke; rows from top to bottom.
pub(super) struct Canvas {
    distance_squared: [f32; PIXELS],
    /// Farther away there is no ink, and distances are not kept.
    reach: f32,
}

impl Canvas {
    /// An empty canvas for a pen of the given half width (pixels).
    pub(super) fn new(half_width: f32) -> Self {
        Self { distance_squared: [f32::INFINITY; PIXELS], reach: half_width + 0.5 }
    }

    /// Adds a stroke through points in pixels; pixel (row r, column c) has its centre at x = c, y = r.
    pub(super) fn draw(&mut self, path: Path, points: &[[f32; 2]]) {
        let n = points.len();
        let pieces = if path == Path::Loop { n } else { n.saturating_sub(1) };
        for piece in 0..pieces {
            let (from, to) = (points[piece], points[(piece + 1) % n]);
            let (before, after) = match path {
                Path::Straight => {
                    self.segment(from, to);
                    continue;
                }
                Path::Loop => (points[(piece + n - 1) % n], points[(piece + 2) % n]),
                Path::Smooth => (points[piece.saturating_sub(1)], points[(piece + 2).min(n - 1)]),
            };
            let mut last = from;
            for step in 1..=SEGMENTS_PER_PIECE {
                let t = step as f32 / SEGMENTS_PER_PIECE as f32;
                let next = [0, 1].map(|k| catmull_rom(before[k], from[k], to[k], after[k], t));
                self.segment(last, next);
                last = next;
            }
        }
    }

    /// Ink of every pixel in [0, 1]: 1 inside the pen, 0 outside, falling over one pixel across its edge.
    pub(super) fn ink(&self) -> impl Iterator<Item = f32> {
        self.distance_squared.iter().map(|d2| (self.reach - d2.sqrt()).clamp(0.0, 1.0))
    }

    fn segment(&mut self, a: [f32; 2], b: [f32; 2]) {
        let along = [b[0] - a[0], b[1] - a[1]];
        // A segment of length 0 is its end point: the share along it is then 0/tiny = 0.
        let length_squared = (along[0] * along[0] + along[1] * along[1]).max(f32::MIN_POSITIVE);
        let columns = pixels_within(a[0].min(b[0]) - self.reach, a[0].max(b[0]) + self.reach);
        for row in pixels_within(a[1].min(b[1]) - self.reach, a[1].max(b[1]) + self.reach) {
            for column in columns.clone() {
                let offset = [column as f32 - a[0], row as f32 - a[1]];
                let share = ((offset[0] * along[0] + offset[1] * along[1]) / length_squared).clamp(0.0, 1.0);
                let miss = [offset[0] - share * along[0], offset[1] - share * along[1]];
                let pixel = &mut self.distance_squared[row * SIDE + column];
                *pixel = pixel.min(miss[0] * miss[0] + miss[1] * miss[1]);
            }
        }
    }
}

/// Rows or columns whose centres lie in an interval, cut at the edge of the picture.
fn pixels_within(from: f32, to: f32) -> std::ops::Range<usize> {
    let first = from.ceil().clamp(0.0, SIDE as f32) as usize;
    let end = (to.floor() + 1.0).clamp(0.0, SIDE as f32) as usize;
    first..end.max(first)
}

/// The spline between `from` (t = 0) and `to` (t = 1): tangents are half the way between the neighbours
/// (Catmull & Rom, 1974).
fn catmull_rom(before: f32, from: f32, to: f32, after: f32, t: f32) -> f32 {
    let linear = to - before;
    let quadratic = 2.0 * before - 5.0 * from + 4.0 * to - after;
    let cubic = 3.0 * (from - to) + after - before;
    from + 0.5 * t * (linear + t * (quadratic + t * cubic))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_stroke_inks_the_band_of_its_pen() {
        let mut canvas = Canvas::new(1.25);
        canvas.draw(Path::Straight, &[[5.0, 10.0], [20.0, 10.0]]);
        let ink: Vec<f32> = canvas.ink().collect();
        let column_12 = |row: usize| ink[row * SIDE + 12];
        assert_eq!([8, 9, 10, 11, 12].map(column_12), [0.0, 0.75, 1.0, 0.75, 0.0]);
        // Round cap: past the end the distance to the end point counts.
        assert_eq!([21, 22].map(|column| ink[10 * SIDE + column]), [0.75, 0.0]);
        assert_eq!(ink[9 * SIDE + 21], 1.75 - 2f32.sqrt());
    }

    #[test]
    fn total_ink_is_length_times_width_plus_round_caps() {
        let (half_width, length) = (1.6f32, 13.0f32);
        let mut canvas = Canvas::new(half_width);
        canvas.draw(Path::Straight, &[[7.3, 6.1], [7.3 + length * 0.6, 6.1 + length * 0.8]]);
        let total: f32 = canvas.ink().sum();
        let area = 2.0 * half_width * length + std::f32::consts::PI * half_width * half_width;
        assert!((total / area - 1.0).abs() < 0.02, "{total} for an area of {area}");
    }

    #[test]
    fn eight_points_on_a_circle_make_a_round_loop() {
        let points: Vec<[f32; 2]> = (0..8)
            .map(|k| (k as f32 * std::f32::consts::FRAC_PI_4).sin_cos())
            .map(|(s, c)| [13.5 + 8.0 * c, 13.5 + 8.0 * s])
            .collect();
        let mut canvas = Canvas::new(1.0);
        canvas.draw(Path::Loop, &points);
        for (index, ink) in canvas.ink().enumerate() {
            let radius = ((index % SIDE) as f32 - 13.5).hypot((index / SIDE) as f32 - 13.5);
            let expected = (1.5 - (radius - 8.0).abs()).clamp(0.0, 1.0);
            assert!((ink - expected).abs() < 0.25, "pixel {index}: {ink}, on a circle {expected}");
        }
    }

    #[test]
    fn ink_beyond_the_edge_is_cut_off() {
        let mut canvas = Canvas::new(2.0);
        canvas.draw(Path::Smooth, &[[-40.0, -3.0], [-30.0, 50.0], [60.0, 90.0]]);
        canvas.draw(Path::Straight, &[[27.0, 27.0], [27.0, 27.0]]);
        assert!(canvas.ink().all(|ink| (0.0..=1.0).contains(&ink)));
        assert_eq!(canvas.ink().last(), Some(1.0));
    }
}
