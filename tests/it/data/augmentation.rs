//! Augmented images: the laws of their draws, on what they depend, and which samples have none.
use dyadsim::data::{Augmentation, Augmenter, Dataset, HorizontalFlip, RandomCrop, load};
use dyadsim::parameter::{Count, PositiveFraction};
use law_assertions::{assert_covariance, assert_estimate, assert_share};
use nalgebra::DMatrix;
use serde_json::json;

const SIDE: usize = 9;
const PADDING: usize = 2;
const PLACES: usize = 2 * PADDING + 1;

/// Images whose pixels all differ.
fn images(samples: usize) -> Dataset {
    let inputs = DMatrix::from_fn(SIDE * SIDE, samples, |place, _| 1.0 + place as f32);
    Dataset::new("images".to_owned(), inputs, vec![0; samples], 1, vec![SIDE, SIDE]).unwrap()
}

fn crop(padding: usize) -> Option<RandomCrop> {
    Some(RandomCrop { padding: Count::new(padding).unwrap() })
}

fn flip(probability: f64) -> Option<HorizontalFlip> {
    Some(HorizontalFlip { probability: PositiveFraction::new(probability).unwrap() })
}

fn augmenter(set: &Dataset, random_crop: Option<RandomCrop>, horizontal_flip: Option<HorizontalFlip>) -> Augmenter {
    Augmenter::new(&Augmentation { random_crop, horizontal_flip }, set, 1).unwrap()
}

fn augmented(set: &Dataset, augmenter: &Augmenter, epoch: u64, indices: &[u32]) -> DMatrix<f32> {
    let mut inputs = DMatrix::from_element(set.features(), indices.len(), f32::NAN);
    augmenter.fill_batch(set, epoch, indices, &mut inputs, &mut vec![0; indices.len()]);
    inputs
}

/// Row and column of the crop, and whether it is flipped, as an image of [`images`] shows.
fn drawn(image: &[f32]) -> (usize, usize, bool) {
    let middle = SIDE / 2;
    let at = |column: usize| image[middle * SIDE + column] as usize - 1;
    let is_flipped = at(middle) > at(middle + 1);
    // The middle column is its own mirror image.
    let (row, column) = (at(middle) / SIDE, at(middle) % SIDE);
    (row + PADDING - middle, column + PADDING - middle, is_flipped)
}

#[test]
fn every_place_of_the_crop_is_equally_likely_and_flips_have_their_probability() {
    let (samples, epochs, probability) = (200, 150, 0.3);
    let set = images(samples);
    let augmenter = augmenter(&set, crop(PADDING), flip(probability));
    let indices: Vec<u32> = (0..samples as u32).collect();
    let draws: Vec<(usize, usize, bool)> = (1..=epochs)
        .flat_map(|epoch| {
            let inputs = augmented(&set, &augmenter, epoch, &indices);
            inputs.column_iter().map(|image| drawn(image.as_slice())).collect::<Vec<_>>()
        })
        .collect();
    let n = draws.len();
    let mut counts = [[0usize; 2]; PLACES * PLACES];
    for &(row, column, is_flipped) in &draws {
        counts[row * PLACES + column][usize::from(is_flipped)] += 1;
    }
    let mut chi_square = 0.0;
    for flips in counts {
        for (count, share) in flips.into_iter().zip([1.0 - probability, probability]) {
            let expected = n as f64 * share / (PLACES * PLACES) as f64;
            chi_square += (count as f64 - expected).powi(2) / expected;
        }
    }
    // 49 degrees of freedom: mean 49, standard deviation √98.
    assert_estimate(chi_square, 49.0, 98f64.sqrt(), "χ² of places and flips");
    assert_share(draws.iter().filter(|draw| draw.2).count(), n, probability, "flips");
    // Neighbours in the set, and the same sample in neighbouring epochs: a uniform place out of five has variance 2.
    let rows: Vec<f64> = draws.iter().map(|draw| draw.0 as f64).collect();
    let columns: Vec<f64> = draws.iter().map(|draw| draw.1 as f64).collect();
    for lag in [1, samples] {
        assert_covariance(&rows[lag..], &rows[..n - lag], 0.0, 2.0, format!("rows, lag {lag}"));
        assert_covariance(&columns[lag..], &rows[..n - lag], 0.0, 2.0, format!("rows and columns, lag {lag}"));
    }
}

#[test]
fn a_draw_depends_on_seed_epoch_and_sample_alone() {
    let set = images(50);
    let augmentation = Augmentation { random_crop: crop(PADDING), horizontal_flip: flip(0.5) };
    let of_seed = |seed| Augmenter::new(&augmentation, &set, seed).unwrap();
    let whole = augmented(&set, &of_seed(1), 3, &(0..50).collect::<Vec<_>>());
    // Neither the batch nor the place in it.
    for indices in [vec![7, 49, 0], vec![49], (0..50).rev().collect::<Vec<_>>()] {
        let part = augmented(&set, &of_seed(1), 3, &indices);
        for (column, &index) in indices.iter().enumerate() {
            assert_eq!(part.column(column), whole.column(index as usize), "sample {index}");
        }
    }
    let indices: Vec<u32> = (0..50).collect();
    assert_ne!(augmented(&set, &of_seed(2), 3, &indices), whole);
    assert_ne!(augmented(&set, &of_seed(1), 4, &indices), whole);
    // A crop is the same with a flip and without.
    let without = augmented(&set, &augmenter(&set, crop(PADDING), None), 3, &indices);
    let places = |inputs: &DMatrix<f32>| -> Vec<(usize, usize)> {
        inputs.column_iter().map(|image| drawn(image.as_slice())).map(|(row, column, _)| (row, column)).collect()
    };
    assert_eq!(places(&without), places(&whole));
    assert!(without.column_iter().all(|image| !drawn(image.as_slice()).2));
    // A flip alone moves nothing.
    let mirrored = augmented(&set, &augmenter(&set, None, flip(1.0)), 3, &indices);
    assert!(mirrored.column_iter().all(|image| drawn(image.as_slice()) == (PADDING, PADDING, true)));
}

/// As in torchvision, where the image is padded before it is normalised.
#[test]
fn the_frame_is_what_a_black_pixel_becomes() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = hdf5::File::create(folder.path().join("set.h5")).unwrap();
    for split in ["train", "test"] {
        // Two channels, black but for the last pixel of each.
        let pixels = [0u8, 0, 0, 200, 0, 0, 0, 100].repeat(30);
        let images = file.new_dataset::<u8>().shape([30, 2, 2, 2]).create(&*format!("x_{split}")).unwrap();
        images.write_raw(&pixels).unwrap();
        let labels = file.new_dataset::<u8>().shape([30]).create(&*format!("y_{split}")).unwrap();
        labels.write_raw(&[0u8; 30]).unwrap();
    }
    file.close().unwrap();
    let affine = json!({"affine": {"mean": [0.5, 0.25], "std": [0.5, 2.0]}});
    for scaling in [json!("unit"), json!("none"), json!("standardise"), json!("standardise_per_channel"), affine] {
        let config = json!({"source": {"hdf5": {"file": "set.h5"}}, "scaling": scaling});
        let set = load(&serde_json::from_value(config).unwrap(), folder.path(), 1).unwrap().train;
        let augmenter = augmenter(&set, crop(1), None);
        let inputs = augmented(&set, &augmenter, 1, &(0..30).collect::<Vec<_>>());
        // An image is black but for the one bright pixel, wherever it went, in both channels.
        let mut without_bright = 0;
        for image in inputs.column_iter() {
            let mut bright = vec![];
            for (place, &input) in image.iter().enumerate() {
                let black = set.sample(0)[place / 4 * 4];
                if input != black {
                    assert_eq!(input, set.sample(0)[place / 4 * 4 + 3], "{scaling}");
                    bright.push(place % 4);
                }
            }
            assert!(bright.is_empty() || (bright.len() == 2 && bright[0] == bright[1]), "{scaling}: {bright:?}");
            without_bright += usize::from(bright.is_empty());
        }
        // The bright corner leaves the image in 5 of 9 places.
        assert!((5..=28).contains(&without_bright), "{scaling}: {without_bright}");
    }
}

#[test]
fn samples_without_places_and_frames_that_are_too_wide_are_refused() {
    let set = |sample_shape: &[usize]| {
        let features = sample_shape.iter().product();
        Dataset::new("set train".to_owned(), DMatrix::zeros(features, 1), vec![0], 1, sample_shape.to_vec()).unwrap()
    };
    let refusal = |sample_shape: &[usize], random_crop, horizontal_flip| {
        let augmentation = Augmentation { random_crop, horizontal_flip };
        Augmenter::new(&augmentation, &set(sample_shape), 1).unwrap_err().to_string()
    };
    for shape in [&[12][..], &[1, 3, 2, 2]] {
        assert_eq!(
            refusal(shape, None, flip(0.5)),
            format!(
                "set train: data.augmentation needs images, (row, column) or (channel, row, column), but samples have \
                 shape {shape:?}"
            )
        );
    }
    assert_eq!(
        refusal(&[3, 4, 5], crop(4), None),
        "set train: data.augmentation.random_crop.padding must be below the sides of an image, 4 x 5 pixels, got 4"
    );
}
