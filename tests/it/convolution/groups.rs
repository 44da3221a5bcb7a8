//! What a die does with a convolution in groups: one array of blocks along the diagonal. A read sends the patch of all groups with one
//! scale, and a feature receives from the channels of its own group alone. The naive computation multiplies by the whole
//! matrix, with zeros where there is no block.
use super::analog::{BATCHES, COPIES, Chip, IMAGE, assert_same_moments, collect, images};
use super::naive::{Naive, naive_back, naive_forward, peripheries};
use dyadsim::map::LinearMap;
use dyadsim::prelude::*;
use dyadsim::relax::schedule::Update;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::json;

/// The whole matrix (feature × patch) of a convolution, a patch as (row, column, channel) of all groups.
fn whole_rows(network: &Network, projection: usize) -> Vec<Vec<f64>> {
    let own = &network.projections()[projection];
    let LinearMap::Convolution(map) = &own.map else { panic!("a convolution") };
    let (weight, groups) = (own.weight.to_matrix(), map.groups());
    let (features, channels) = (weight.nrows() / groups, own.map.input().channels / groups);
    let row = |feature: usize| {
        (0..weight.ncols() / channels)
            .flat_map(move |tap| {
                (0..groups * channels).map(move |channel| (tap * channels + channel % channels, channel / channels))
            })
            .map(|(column, group)| if group == feature / features { weight[(feature, column)].into() } else { 0.0 })
            .collect()
    };
    (0..weight.nrows()).map(row).collect()
}

/// Devices that are read with noise of their own, and everything at once.
fn chosen() -> [(&'static str, Naive); 2] {
    let all = peripheries();
    [all[2], all[3]]
}

#[test]
fn groups_are_read_as_one_array_of_blocks() {
    let (images, batch) = images(IMAGE);
    let mut draw = Xoshiro256PlusPlus::seed_from_u64(21);
    let layers = json!([{"convolution": {"features": 4, "kernel": 3, "padding": 1, "groups": 2}}]);
    for (name, own) in chosen() {
        let mut chip = Chip::new(IMAGE, &layers, &json!({"arrays": {"forward": own.json()}}), 2 * COPIES);
        let units = chip.network.units()[1];
        let (mut found, mut expected) = (vec![vec![vec![]; units]; 2], vec![vec![vec![]; units]; 2]);
        let (targets, rows) = (Matrix::zeros(units, 2 * COPIES), whole_rows(&chip.network, 0));
        for step in 0..BATCHES {
            chip.infer(step, &batch, &targets, vec![Update::OutputsUnnudged]);
            let dyads = &chip.state.dyads()[0];
            for image in 0..2 {
                collect(&mut found[image], image, |i, j| dyads.s_plus[(i, j)].into());
                for _ in 0..COPIES {
                    let [plus, _] = naive_forward(&own, &rows, IMAGE, &images[image], &mut draw);
                    expected[image].iter_mut().zip(plus).for_each(|(all, y)| all.push(y));
                }
            }
        }
        for (image, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_same_moments(found, expected, &format!("{name}, image {image}"));
        }
    }
}

/// The forward arrays are ideal, so that every difference that is sent back is known.
#[test]
fn differences_come_back_to_their_own_group() {
    let (_, batch) = images(IMAGE);
    let mut draw = Xoshiro256PlusPlus::seed_from_u64(22);
    let layers = json!([
        {"convolution": {"features": 2, "kernel": 3, "padding": 1}},
        {"convolution": {"features": 4, "kernel": 3, "padding": 1, "groups": 2}}
    ]);
    for (name, own) in chosen() {
        let mut chip = Chip::new(IMAGE, &layers, &json!({"arrays": {"feedback": own.json()}}), 2 * COPIES);
        let [_, hidden, outputs] = chip.network.units()[..] else { panic!("two layers") };
        let targets = Matrix::from_fn(outputs, 2 * COPIES, |i, j| ((i * 7 + j % 2 * 3) % 11) as f32 / 5.5 - 1.0);
        let (mut found, mut expected) = (vec![vec![vec![]; hidden]; 2], vec![vec![vec![]; hidden]; 2]);
        let rows = whole_rows(&chip.network, 1);
        for step in 0..BATCHES {
            chip.infer(step, &batch, &targets, vec![Update::Layer(2), Update::Layer(1)]);
            let [below, above] = chip.state.dyads() else { panic!("two layers") };
            for image in 0..2 {
                // s⁺ = a + ½ d⁺
                collect(&mut found[image], image, |i, j| 2.0 * f64::from(below.s_plus[(i, j)] - below.drive[(i, j)]));
                let apart = (above.s_plus.column(image) - above.s_minus.column(image)).map(f64::from);
                for _ in 0..COPIES {
                    let [plus, _] = naive_back(&own, &rows, IMAGE, apart.as_slice(), &mut draw);
                    expected[image].iter_mut().zip(plus).for_each(|(all, y)| all.push(y));
                }
            }
        }
        for (image, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_same_moments(found, expected, &format!("{name} back, image {image}"));
        }
    }
}
