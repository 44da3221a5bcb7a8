//! Maps of images against their definitions, written out in double precision. Inputs are whole numbers that single
//! precision sums exactly, so that most comparisons are of equality.
use dyadsim::linalg::MatrixViewMut;
use dyadsim::map::{
    AveragePool, Convolution, DriveMaxima, Identity, MaxPool, Maxima, MaximaSettings, Padding, Pooled, Same, Sides,
    Window,
};
use dyadsim::parameter::{Size, WholeNumber};
use dyadsim::prelude::*;
use proptest::prelude::*;

/// A convolution, as a user gives it.
#[derive(Debug, Clone)]
struct Geometry {
    input: Shape,
    features: usize,
    groups: usize,
    kernel: [usize; 2],
    stride: [usize; 2],
    dilation: [usize; 2],
    /// None is `same`.
    padding: Option<[usize; 2]>,
}

fn sizes(sides: [usize; 2]) -> Sides<Size> {
    Sides::Each(sides.map(|n| Size::new(n).unwrap()))
}

impl Geometry {
    /// The map; none if the window is larger than the padded image.
    fn map(&self) -> Option<LinearMap> {
        let Self { input, features, groups, kernel, stride, dilation, padding } = self.clone();
        let padding = padding.map(|places| Padding::Places(Sides::Each(places.map(WholeNumber::constant))));
        let padding = padding.unwrap_or(Padding::Same(Same::Same));
        let window = Window::new(input, sizes(kernel), sizes(stride), sizes(dilation), padding).ok()?;
        Some(LinearMap::Convolution(Convolution::new(input, features, groups, window).unwrap()))
    }

    /// Places of the output, and of the padding before the image.
    fn sides(&self) -> [(usize, usize); 2] {
        [(0, self.input.rows), (1, self.input.columns)].map(|(side, n)| {
            let (extent, stride) = ((self.kernel[side] - 1) * self.dilation[side] + 1, self.stride[side]);
            match self.padding {
                Some(places) => ((n + 2 * places[side] - extent) / stride + 1, places[side]),
                None => {
                    let out = n.div_ceil(stride);
                    let added = ((out - 1) * stride + extent).max(n) - n;
                    (out, added / 2)
                }
            }
        })
    }

    /// Number of a weight (feature, channel of its group, row, column) in a file.
    fn weight(&self, feature: usize, channel: usize, row: usize, column: usize) -> usize {
        let channels = self.input.channels / self.groups;
        ((feature * channels + channel) * self.kernel[0] + row) * self.kernel[1] + column
    }

    /// Calls `visit(output unit, weight of the file, input unit)` for every product of a sample.
    fn products(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let [(rows, above), (columns, before)] = self.sides();
        let channels = self.input.channels / self.groups;
        for (row, column) in (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column))) {
            for feature in 0..self.features {
                let group = feature / (self.features / self.groups);
                for (r, c) in (0..self.kernel[0]).flat_map(|r| (0..self.kernel[1]).map(move |c| (r, c))) {
                    let at = |place: usize, tap: usize, side: usize, before: usize| {
                        (place * self.stride[side] + tap * self.dilation[side]) as isize - before as isize
                    };
                    let (y, x) = (at(row, r, 0, above), at(column, c, 1, before));
                    if y < 0 || x < 0 || y >= self.input.rows as isize || x >= self.input.columns as isize {
                        continue;
                    }
                    let place = y as usize * self.input.columns + x as usize;
                    for channel in 0..channels {
                        let to = (row * columns + column) * self.features + feature;
                        let from = place * self.input.channels + group * channels + channel;
                        visit(to, self.weight(feature, channel, r, c), from);
                    }
                }
            }
        }
    }

    fn weights(&self) -> usize {
        self.features * self.input.channels / self.groups * self.kernel[0] * self.kernel[1]
    }
}

prop_compose! {
    /// Images of up to 39 × 39 places, so that a batch has more of them than are multiplied at a time.
    fn geometry()(
        [rows, columns] in [1usize..40, 1usize..40],
        groups in 1usize..4,
        [channels, features] in [1usize..4, 1usize..4],
        kernel in [1usize..5, 1usize..5],
        stride in prop_oneof![Just([1usize, 1]), [1usize..4, 1usize..4]],
        dilation in [1usize..4, 1usize..4],
        padding in prop::option::of([0usize..4, 0usize..4]),
    ) -> Geometry {
        let input = Shape { channels: channels * groups, rows, columns };
        Geometry { input, features: features * groups, groups, kernel, stride, dilation, padding }
    }
}

/// Small whole numbers that repeat nowhere near.
fn numbers(n: usize, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) % 15) as f32 - 7.0
    };
    (0..n).map(|_| next()).collect()
}

fn matrix(rows: usize, columns: usize, seed: u64) -> Matrix {
    Matrix::from_vec_generic(
        nalgebra::Dyn(rows),
        nalgebra::Dyn(columns),
        numbers(rows * columns, seed).into_iter().collect(),
    )
}

/// The matrix of an array, from the numbers of a file.
fn of_file(map: &LinearMap, file: &[f32]) -> Matrix {
    let array = map.array();
    let mut matrix = Matrix::zeros(array.rows, array.columns);
    for (place, column) in map.columns_in_file_order().into_iter().enumerate() {
        (0..array.rows).for_each(|row| matrix[(row, column)] = file[row * array.columns + place]);
    }
    matrix
}

/// Σ a b of two matrices.
fn inner(a: &Matrix, b: &Matrix) -> f64 {
    a.iter().zip(b.iter()).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
}

fn applied(map: &LinearMap, weight: &WeightMatrix, x: &Matrix) -> Matrix {
    let mut y = Matrix::from_element(map.output().units(), x.ncols(), f32::NAN);
    map.apply(weight, y.as_view_mut(), 0, x.as_view());
    y
}

fn transposed(map: &LinearMap, weight: &WeightMatrix, d: &Matrix) -> Matrix {
    let mut x = Matrix::from_element(map.input().units(), d.ncols(), f32::NAN);
    map.transposed(weight, x.as_view_mut(), 0, d.as_view());
    x
}

/// The gradient, its columns from `cut` on made apart from those before.
fn gradient(map: &LinearMap, factor: f32, d: &Matrix, s: &Matrix, cut: usize) -> Matrix {
    let array = map.array();
    let mut gradient = Matrix::from_element(array.rows, array.columns, f32::NAN);
    for part in [0..cut, cut..array.columns].into_iter().filter(|part| !part.is_empty()) {
        map.gradient(gradient.columns_range_mut(part.clone()), part.start, factor, d.as_view(), s.as_view());
    }
    gradient
}

/// Whether every entry is as expected, up to a share of the sum of its products taken without their signs: that sum
/// is what rounding goes by, since products of either sign may cancel.
fn agree(found: &Matrix, expected: &Matrix, unsigned: &Matrix, share: f32) -> bool {
    found.shape() == expected.shape()
        && found.iter().zip(expected).zip(unsigned).all(|((a, b), sum)| (a - b).abs() <= share * sum)
}

/// ⟨A x, d⟩ = ⟨x, Aᵀ d⟩ = Σ W ⊙ gradient, and the gradient is D Sᵀ of the factors, up to a share of the sums of
/// products without their signs.
fn check_adjoints(map: &LinearMap, samples: usize, seed: u64, share: f32) -> Result<(), TestCaseError> {
    let array = map.array();
    let weight = matrix(array.rows, array.columns, seed);
    let x = matrix(map.input().units(), samples, seed + 1);
    let d = matrix(map.output().units(), samples, seed + 2);
    let own = WeightMatrix::from_matrix(&weight);
    let forward = inner(&applied(map, &own, &x), &d);
    let unsigned = inner(&applied(map, &WeightMatrix::from_matrix(&weight.abs()), &x.abs()), &d.abs());
    let close = |other: f64| (forward - other).abs() <= f64::from(share) * unsigned;
    prop_assert!(close(inner(&x, &transposed(map, &own, &d))), "{} forward", forward);
    if array.rows > 0 {
        let found = gradient(map, 0.5, &d, &x, (seed as usize) % array.columns);
        prop_assert!(close(2.0 * inner(&weight, &found)), "{} forward", forward);
        let product = |d: &Matrix, x: &Matrix| {
            let [errors, sent] = map.factors(d.as_view(), x.as_view());
            errors.view() * sent.view().transpose() * 0.5
        };
        prop_assert!(agree(&found, &product(&d, &x), &product(&d.abs(), &x.abs()), share));
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_convolution_is_as_defined(own in geometry(), samples in 1usize..4, seed in 0u64..1000) {
        let Some(map) = own.map() else { return Ok(()) };
        let [(rows, _), (columns, _)] = own.sides();
        prop_assert_eq!(map.output(), Shape { channels: own.features, rows, columns });
        let array = map.array();
        prop_assert_eq!((array.rows * array.columns, array.reads), (own.weights(), rows * columns));
        let [height, width] = own.kernel;
        prop_assert_eq!(map.weight_shape(), [own.features, own.input.channels / own.groups, height, width]);

        let file = numbers(own.weights(), seed);
        let weight = WeightMatrix::from_matrix(&of_file(&map, &file));
        let x = matrix(map.input().units(), samples, seed + 1);
        let d = matrix(map.output().units(), samples, seed + 2);
        let mut y = nalgebra::DMatrix::<f64>::zeros(d.nrows(), samples);
        let mut back = nalgebra::DMatrix::<f64>::zeros(x.nrows(), samples);
        let mut slope = vec![0.0; own.weights()];
        for j in 0..samples {
            own.products(|to, w, from| {
                y[(to, j)] += f64::from(file[w]) * f64::from(x[(from, j)]);
                back[(from, j)] += f64::from(file[w]) * f64::from(d[(to, j)]);
                slope[w] += f64::from(d[(to, j)]) * f64::from(x[(from, j)]);
            });
        }
        prop_assert_eq!(applied(&map, &weight, &x).map(f64::from), y.clone());
        prop_assert_eq!(transposed(&map, &weight, &d).map(f64::from), back);
        let slope: Vec<f32> = slope.into_iter().map(|g| (-0.25 * g) as f32).collect();
        prop_assert_eq!(gradient(&map, -0.25, &d, &x, array.columns / 3), of_file(&map, &slope));
        // Some places of one sample, as tiles ask for them.
        let part = rows * columns / 2 * own.features;
        let mut rest = Matrix::from_element(d.nrows() - part, samples, f32::NAN);
        map.apply(&weight, rest.as_view_mut(), part, x.as_view());
        prop_assert_eq!(rest.map(f64::from), y.rows_range(part..).into_owned());
        check_adjoints(&map, samples, seed, 0.0)?;
    }

    #[test]
    fn the_gradient_is_the_slope_of_a_function(own in geometry(), samples in 1usize..3, seed in 0u64..1000) {
        let Some(map) = own.map() else { return Ok(()) };
        let share = |x: f32| f64::from(x) / 16.0;
        let x: Vec<Vec<f64>> = (0..samples as u64).map(|j| numbers(map.input().units(), seed + j).into_iter().map(share).collect()).collect();
        let w: Vec<f64> = numbers(own.weights(), seed + 9).into_iter().map(share).collect();
        // Σ sin y over all outputs and samples.
        let outputs = |w: &[f64]| -> Vec<f64> {
            let mut y = vec![0.0; map.output().units() * samples];
            for (x, y) in x.iter().zip(y.chunks_exact_mut(map.output().units())) {
                own.products(|to, number, from| y[to] += w[number] * x[from]);
            }
            y
        };
        let y = outputs(&w);
        let d = Matrix::from_iterator(map.output().units(), samples, y.iter().map(|y| y.cos() as f32));
        let s = Matrix::from_iterator(map.input().units(), samples, x.iter().flatten().map(|&x| x as f32));
        let found = gradient(&map, 1.0, &d, &s, 0);
        let places: Vec<f32> = (0..own.weights()).map(|number| number as f32).collect();
        let places = of_file(&map, &places);
        for entry in [0, found.len() / 2, found.len() - 1] {
            let number = places.as_slice()[entry] as usize;
            let at = |by: f64| {
                let mut moved = w.clone();
                moved[number] += by;
                outputs(&moved).into_iter().map(f64::sin).sum::<f64>()
            };
            let h = 1e-4;
            let slope = (at(h) - at(-h)) / (2.0 * h);
            let difference = (f64::from(found.as_slice()[entry]) - slope).abs();
            prop_assert!(difference < 2e-4 * (1.0 + slope.abs()), "{} against {}", found.as_slice()[entry], slope);
        }
    }

    #[test]
    fn a_map_of_means_is_as_defined(
        own in geometry(), window in [1usize..4, 1usize..4], distance in [1usize..4, 1usize..4], global: bool,
        dense: bool, samples in 1usize..4, seed in 0u64..1000,
    ) {
        let pool = match AveragePool::new(own.input, sizes(window), sizes(distance)) {
            _ if global => AveragePool::global(own.input),
            Ok(pool) => pool,
            Err(_) => return Ok(()),
        };
        let (window, distance) = if global { ([own.input.rows, own.input.columns], [1, 1]) } else { (window, distance) };
        let then = match (dense, Geometry { input: pool.output(), ..own.clone() }.map()) {
            (false, Some(map)) => map,
            _ => LinearMap::Dense(Dense::new(pool.output(), own.features)),
        };
        let map = LinearMap::Pooled(Pooled::new(pool, then.clone()));
        let x = matrix(own.input.units(), samples, seed + 1);
        let channels = own.input.channels;
        let means = Matrix::from_fn(pool.output().units(), samples, |unit, j| {
            let (place, channel) = (unit / channels, unit % channels);
            let (row, column) = (place / pool.output().columns * distance[0], place % pool.output().columns * distance[1]);
            let taps = (0..window[0]).flat_map(|r| (0..window[1]).map(move |c| (row + r, column + c)));
            let sum: f32 = taps.map(|(row, column)| x[((row * own.input.columns + column) * channels + channel, j)]).sum();
            sum / (window[0] * window[1]) as f32
        });
        let array = map.array();
        let weight = matrix(array.rows, array.columns, seed);
        let through = |map: &LinearMap, weight: &Matrix, x: &Matrix| applied(map, &WeightMatrix::from_matrix(weight), x);
        let (found, expected) = (through(&map, &weight, &x), through(&then, &weight, &means));
        prop_assert!(agree(&found, &expected, &through(&map, &weight.abs(), &x.abs()), 1e-6));
        check_adjoints(&map, samples, seed, 1e-6)?;
    }

    #[test]
    fn a_wire_is_its_own_adjoint(own in geometry(), samples in 1usize..4, seed in 0u64..1000) {
        let map = LinearMap::Identity(Identity::new(own.input));
        let x = matrix(own.input.units(), samples, seed);
        let none = WeightMatrix::zeros(0, 0);
        prop_assert_eq!(applied(&map, &none, &x), x.clone());
        prop_assert_eq!(transposed(&map, &none, &x), x);
        check_adjoints(&map, samples, seed, 0.0)?;
    }

    /// Windows that overlap, touch or leave places out.
    #[test]
    fn a_max_pooling_picks_the_largest_and_routes_back_to_it(
        own in geometry(), blocks in 0usize..3, window in [1usize..5, 1usize..5], distance in [1usize..5, 1usize..5], seed in 0u64..1000,
    ) {
        let maxima = MaximaSettings { drive: DriveMaxima::Mean, feedback: Maxima::Mean, gradient: Maxima::Mean };
        // Channels are worked on in blocks of sixteen.
        let own = Shape { channels: own.input.channels + 16 * blocks, ..own.input };
        let Ok(pool) = MaxPool::new(own, sizes(window), sizes(distance), maxima) else { return Ok(()) };
        let (input, output) = (pool.input(), pool.output());
        let out = |n: usize, side: usize| (n - window[side]) / distance[side] + 1;
        prop_assert_eq!((output.rows, output.columns), (out(input.rows, 0), out(input.columns, 1)));
        let image = numbers(input.units(), seed);
        let (mut pooled, mut taps) = (vec![f32::NAN; output.units()], vec![u8::MAX; output.units()]);
        pool.pool(&image, &mut pooled, &mut taps);
        let d = numbers(output.units(), seed + 1);
        let mut back = vec![0.0; input.units()];
        for (unit, &largest) in pooled.iter().enumerate() {
            let (place, channel) = (unit / input.channels, unit % input.channels);
            let (row, column) = (place / output.columns * distance[0], place % output.columns * distance[1]);
            let of_tap = |tap: usize| ((row + tap / window[1]) * input.columns + column + tap % window[1]) * input.channels + channel;
            let values: Vec<f32> = (0..window[0] * window[1]).map(|tap| image[of_tap(tap)]).collect();
            prop_assert_eq!(largest, values.iter().copied().fold(f32::NEG_INFINITY, f32::max));
            // Of equal ones the first.
            prop_assert_eq!(Some(usize::from(taps[unit])), values.iter().position(|&x| x == largest));
            back[of_tap(taps[unit].into())] += d[unit];
        }
        let mut routed = vec![f32::NAN; input.units()];
        pool.route(&d, &taps, &mut routed);
        prop_assert_eq!(&routed, &back);
        // Another image at the same taps: the adjoint of routing.
        let other = numbers(input.units(), seed + 2);
        let mut picked = vec![f32::NAN; output.units()];
        pool.pick(&other, &taps, &mut picked);
        let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
        prop_assert_eq!(dot(&picked, &d), dot(&other, &routed));
    }
}

/// A view of some columns, which the maps are to leave alone beyond its rows.
#[test]
fn what_lies_beside_a_view_is_not_written() {
    let own = Geometry {
        input: Shape { channels: 2, rows: 6, columns: 5 },
        features: 3,
        groups: 1,
        kernel: [3, 2],
        stride: [1, 2],
        dilation: [1, 1],
        padding: None,
    };
    let map = own.map().unwrap();
    let weight = WeightMatrix::from_matrix(&matrix(3, 12, 1));
    let x = matrix(map.input().units(), 4, 2);
    let whole = applied(&map, &weight, &x);
    let mut larger = Matrix::from_element(whole.nrows() + 7, 4, -1.0);
    let inside: MatrixViewMut = larger.rows_mut(4, whole.nrows());
    map.apply(&weight, inside, 0, x.as_view());
    assert_eq!(larger.rows(4, whole.nrows()), whole);
    assert!(larger.rows(0, 4).iter().chain(larger.rows(4 + whole.nrows(), 3).iter()).all(|&x| x == -1.0));
}
