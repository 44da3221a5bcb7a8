//! Where a quantity on a grid of cells crosses a value.

/// A grid of values `[row][column]`, with the kind of interpolation between rows and between columns.
pub(super) struct Field<'a> {
    pub values: &'a [Vec<f64>],
    /// Whether the axis along the columns (x), then that along the rows (y), is logarithmic: there values are
    /// interpolated by their logarithms.
    pub logarithmic: [bool; 2],
}

/// The value half a cell beyond the edge: half a step further in the same way.
fn beyond(edge: f64, inner: f64, logarithmic: bool) -> f64 {
    if logarithmic && edge > 0.0 && inner > 0.0 { edge * (edge / inner).sqrt() } else { edge + (edge - inner) / 2.0 }
}

/// Coordinates of the centres of `n` cells and of the outer edges.
fn places(n: usize) -> Vec<f64> {
    let centres = (0..n).map(|k| k as f64);
    std::iter::once(-0.5).chain(centres).chain([n as f64 - 0.5]).collect()
}

fn extended(row: &[f64], logarithmic: bool) -> Vec<f64> {
    let n = row.len();
    let first = beyond(row[0], row[1.min(n - 1)], logarithmic);
    let last = beyond(row[n - 1], row[n.saturating_sub(2)], logarithmic);
    std::iter::once(first).chain(row.iter().copied()).chain([last]).collect()
}

impl Field<'_> {
    /// Lines of two points each where the values cross `level`, in cells from the centre of the first one. They reach
    /// the edges of the outer cells. Squares with a corner that is not finite have none.
    pub(super) fn contour(&self, level: f64) -> Vec<Vec<(f64, f64)>> {
        let (rows, columns) = (self.values.len(), self.values.first().map_or(0, Vec::len));
        if rows == 0 || columns == 0 {
            return vec![];
        }
        let [log_x, log_y] = self.logarithmic;
        let wide: Vec<Vec<f64>> = self.values.iter().map(|row| extended(row, log_x)).collect();
        let column = |k: usize| extended(&wide.iter().map(|row| row[k]).collect::<Vec<_>>(), log_y);
        let by_column: Vec<Vec<f64>> = (0..columns + 2).map(column).collect();
        let (x, y) = (places(columns), places(rows));
        let mut lines = vec![];
        for (i, xs) in x.windows(2).enumerate() {
            for (j, ys) in y.windows(2).enumerate() {
                let corner = |a: usize, b: usize| by_column[i + a][j + b];
                if [(0, 0), (1, 0), (0, 1), (1, 1)].iter().any(|(a, b)| !corner(*a, *b).is_finite()) {
                    continue;
                }
                // The sides: lower, right, upper, left.
                let across = |from: f64, to: f64, log: bool, ends: [f64; 2]| {
                    let crossed = (from < level) != (to < level);
                    crossed.then(|| ends[0] + share(from, to, level, log) * (ends[1] - ends[0]))
                };
                let lower = across(corner(0, 0), corner(1, 0), log_x, [xs[0], xs[1]]).map(|x| (x, ys[0]));
                let right = across(corner(1, 0), corner(1, 1), log_y, [ys[0], ys[1]]).map(|y| (xs[1], y));
                let upper = across(corner(0, 1), corner(1, 1), log_x, [xs[0], xs[1]]).map(|x| (x, ys[1]));
                let left = across(corner(0, 0), corner(0, 1), log_y, [ys[0], ys[1]]).map(|y| (xs[0], y));
                let crossings: Vec<(f64, f64)> = [lower, right, upper, left].into_iter().flatten().collect();
                lines.extend(crossings.chunks_exact(2).map(<[_]>::to_vec));
            }
        }
        lines
    }
}

/// How far from `from` to `to` the level lies, 0 to 1.
fn share(from: f64, to: f64, level: f64, logarithmic: bool) -> f64 {
    if logarithmic && from > 0.0 && to > 0.0 && level > 0.0 {
        (level / from).ln() / (to / from).ln()
    } else {
        (level - from) / (to - from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// |1 − 2α| β over α = 0 … 1 in eleven columns and β = 0.1 … 10 in five rows.
    fn gain() -> Vec<Vec<f64>> {
        let beta = |row: i32| 10f64.powf(-1.0 + 0.5 * f64::from(row));
        (0..5).map(|row| (0..11).map(|k| (1.0 - 0.2 * f64::from(k)).abs() * beta(row)).collect()).collect()
    }

    #[test]
    fn a_product_of_a_linear_and_a_logarithmic_axis_is_crossed_where_theory_says() {
        let values = gain();
        let lines = Field { values: &values, logarithmic: [false, true] }.contour(1.0);
        assert!(!lines.is_empty());
        for (x, y) in lines.into_iter().flatten() {
            let (alpha, beta) = (0.1 * x, 10f64.powf(-1.0 + 0.5 * y));
            let product = (1.0 - 2.0 * alpha).abs() * beta;
            // On the grid's lines the interpolation is exact, but for the columns next to α = ½, where the gain is 0.
            if (alpha - 0.5).abs() > 0.11 {
                assert!((product - 1.0).abs() < 1e-9, "α = {alpha}, β = {beta}: {product}");
            }
        }
    }

    #[test]
    fn contours_reach_the_edge_of_the_outer_cells_and_avoid_what_is_missing() {
        let flat = vec![vec![0.0, 2.0]; 2];
        let lines = Field { values: &flat, logarithmic: [false, false] }.contour(1.0);
        let heights: Vec<f64> = lines.iter().flatten().map(|point| point.1).collect();
        assert!(lines.iter().flatten().all(|point| (point.0 - 0.5).abs() < 1e-12));
        let lowest = heights.iter().copied().fold(f64::INFINITY, f64::min);
        let highest = heights.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        assert_eq!((lowest, highest), (-0.5, 1.5));
        let missing = vec![vec![0.0, f64::NAN]; 2];
        assert!(Field { values: &missing, logarithmic: [false, false] }.contour(1.0).is_empty());
        assert!(Field { values: &[vec![3.0]], logarithmic: [false, false] }.contour(1.0).is_empty());
    }
}
