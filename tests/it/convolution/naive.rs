//! A naive implementation of array reads, aihwkit's way: what is sent is scaled by its largest magnitude, converted,
//! multiplied, made noisy and converted again; of an image every patch is unfolded and read by itself, and on the way
//! back what the columns give is summed up where patches overlap.
use dyadsim::config::Hardware;
use dyadsim::prelude::*;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::{Value, json};

pub fn hardware(changes: &Value) -> DieConfig {
    let mut model = json!({"schema_version": 2, "name": "test", "description": ""});
    model.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    serde_json::from_value::<Hardware>(model).unwrap().chip()
}

/// The periphery of one side, as the test understands it.
#[derive(Clone, Copy)]
pub struct Naive {
    /// Bits, range and stochastic rounding.
    pub dac: Option<(i32, f64, bool)>,
    pub adc: Option<(i32, f64, bool)>,
    pub dac_noise: f64,
    pub std: f64,
    pub per_input_norm: f64,
    pub per_weight: f64,
    pub common_mode: f64,
    pub follows: bool,
}

impl Naive {
    pub fn json(&self) -> Value {
        let converter = |own: Option<(i32, f64, bool)>| match own {
            Some((bits, range, stochastic)) => {
                json!({"bits": bits, "range": range, "stochastic_rounding": stochastic})
            }
            None => json!({}),
        };
        json!({
            "dac": converter(self.dac), "adc": converter(self.adc), "dac_noise_std": self.dac_noise,
            "read_noise": {"std": self.std, "per_input_norm": self.per_input_norm, "per_weight": self.per_weight,
                "common_mode": self.common_mode},
            "noise_management": if self.follows { "abs_max" } else { "none" }
        })
    }

    /// One read of the matrix (receiver × line): what both compartments receive.
    pub fn read(&self, matrix: &[Vec<f64>], x: &[f64], draw: &mut Xoshiro256PlusPlus) -> [Vec<f64>; 2] {
        let (sent, scale) = self.send(x, draw);
        self.receive(matrix, &sent, scale, draw)
    }

    /// What is put on the lines, and its scale.
    pub fn send(&self, x: &[f64], draw: &mut Xoshiro256PlusPlus) -> (Vec<f64>, f64) {
        let largest = x.iter().fold(0.0f64, |most, x| most.max(x.abs()));
        let scale = if self.follows { largest } else { 1.0 };
        if scale == 0.0 {
            return (vec![0.0; x.len()], 0.0);
        }
        let of_line = |x: &f64| scale * (converted(self.dac, x / scale, draw) + self.dac_noise * normal(draw));
        (x.iter().map(of_line).collect(), scale)
    }

    /// What both compartments receive of it.
    pub fn receive(
        &self,
        matrix: &[Vec<f64>],
        sent: &[f64],
        scale: f64,
        draw: &mut Xoshiro256PlusPlus,
    ) -> [Vec<f64>; 2] {
        if scale == 0.0 {
            return [vec![0.0; matrix.len()], vec![0.0; matrix.len()]];
        }
        let norm = sent.iter().map(|x| x * x).sum::<f64>().sqrt();
        let mut received = [vec![], vec![]];
        for row in matrix {
            let product: f64 = row.iter().zip(sent).map(|(w, x)| w * x).sum();
            let devices: f64 = row.iter().zip(sent).map(|(w, x)| w.abs() * x * x).sum();
            let variance = (scale * self.std).powi(2)
                + (self.per_input_norm * norm).powi(2)
                + self.per_weight * self.per_weight * devices;
            let common = (self.common_mode * variance).sqrt() * normal(draw);
            for received in &mut received {
                let own = ((1.0 - self.common_mode) * variance).sqrt() * normal(draw);
                received.push(scale * converted(self.adc, (product + common + own) / scale, draw));
            }
        }
        received
    }
}

fn normal(draw: &mut Xoshiro256PlusPlus) -> f64 {
    StandardNormal.sample(draw)
}

/// aihwkit's converter: steps of 2 r/(2^bits − 2).
pub fn converted(own: Option<(i32, f64, bool)>, x: f64, draw: &mut Xoshiro256PlusPlus) -> f64 {
    let Some((bits, range, stochastic)) = own else { return x };
    let step = 2.0 * range / (f64::from(bits).exp2() - 2.0);
    let dither = if stochastic { draw.random::<f64>() - 0.5 } else { 0.0 };
    ((x / step + dither).round() * step).clamp(-range, range)
}

/// All three forms of read noise at once and apart, with and without converters and noise management.
pub fn peripheries() -> Vec<(&'static str, Naive)> {
    let none = Naive {
        dac: None,
        adc: None,
        dac_noise: 0.0,
        std: 0.0,
        per_input_norm: 0.0,
        per_weight: 0.0,
        common_mode: 0.0,
        follows: true,
    };
    vec![
        ("additive noise", Naive { std: 0.1, ..none }),
        ("noise of the norm", Naive { per_input_norm: 0.2, common_mode: 0.5, ..none }),
        ("noise of the devices", Naive { per_weight: 0.2, ..none }),
        (
            "all of it",
            Naive {
                dac: Some((5, 1.0, false)),
                adc: Some((6, 3.0, false)),
                dac_noise: 0.02,
                std: 0.1,
                per_input_norm: 0.05,
                per_weight: 0.1,
                common_mode: 0.3,
                ..none
            },
        ),
        (
            "stochastic converters of a fixed range that clip",
            Naive { dac: Some((4, 0.8, true)), adc: Some((4, 1.3, true)), std: 0.05, follows: false, ..none },
        ),
    ]
}

/// Weights of a convolution (feature × patch), a patch as (row, column, channel).
pub fn rows(network: &Network, projection: usize) -> Vec<Vec<f64>> {
    let weight = network.projections()[projection].weight.to_matrix();
    weight.row_iter().map(|row| row.iter().map(|&w| f64::from(w)).collect()).collect()
}

/// Places of the image that the patch of a place of a 3 × 3 window sees, padding with one place of zero around.
pub fn patch(shape: Shape, place: usize) -> impl Iterator<Item = Option<usize>> {
    let (row, column) = ((place / shape.columns) as isize, (place % shape.columns) as isize);
    (-1..=1).flat_map(move |r| (-1..=1).map(move |c| (row + r, column + c))).map(move |(row, column)| {
        let inside = (0..shape.rows as isize).contains(&row) && (0..shape.columns as isize).contains(&column);
        inside.then_some(row as usize * shape.columns + column as usize)
    })
}

/// What all units of 3 × 3 windows receive of an image (channels of a place next to each other).
pub fn naive_forward(
    own: &Naive,
    rows: &[Vec<f64>],
    shape: Shape,
    image: &[f64],
    draw: &mut Xoshiro256PlusPlus,
) -> [Vec<f64>; 2] {
    let mut received = [vec![], vec![]];
    for place in 0..shape.places() {
        let sent: Vec<f64> = patch(shape, place)
            .flat_map(|from| (0..shape.channels).map(move |channel| from.map(|from| from * shape.channels + channel)))
            .map(|unit| unit.map_or(0.0, |unit| image[unit]))
            .collect();
        for (all, of_place) in received.iter_mut().zip(own.read(rows, &sent, draw)) {
            all.extend(of_place);
        }
    }
    received
}

/// What all senders of 3 × 3 windows receive back of the differences of all places.
pub fn naive_back(
    own: &Naive,
    rows: &[Vec<f64>],
    shape: Shape,
    differences: &[f64],
    draw: &mut Xoshiro256PlusPlus,
) -> [Vec<f64>; 2] {
    let columns: Vec<Vec<f64>> = (0..rows[0].len()).map(|j| rows.iter().map(|row| row[j]).collect()).collect();
    let mut received = [vec![0.0; shape.units()], vec![0.0; shape.units()]];
    for place in 0..shape.places() {
        let sent = &differences[place * rows.len()..(place + 1) * rows.len()];
        for (all, of_patch) in received.iter_mut().zip(own.read(&columns, sent, draw)) {
            for (to, part) in patch(shape, place).zip(of_patch.chunks_exact(shape.channels)) {
                let Some(to) = to else { continue };
                all[to * shape.channels..].iter_mut().zip(part).for_each(|(sum, y)| *sum += y);
            }
        }
    }
    received
}
