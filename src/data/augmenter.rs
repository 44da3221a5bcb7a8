//! Training images cropped and mirrored at random.
//!
//! As torchvision's `RandomCrop(size, padding)`, then `RandomHorizontalFlip(p)`, before `ToTensor` and `Normalize`: the
//! frame is black, so here, where images are scaled already, it holds what a raw value of 0 has become.
use super::batches::below;
use super::image_shape::ImageShape;
use super::{Augmentation, DataError, Dataset};
use crate::random::{Purpose, stream};
use nalgebra::DMatrix;
use rand::RngExt;

/// Varies the images of a training set.
#[derive(Debug, Clone)]
pub struct Augmenter {
    shape: ImageShape,
    padding: usize,
    flip_probability: f64,
    /// Input of a black pixel of each channel.
    black: Vec<f32>,
    data_seed: u64,
}

/// What is made of one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Variation {
    /// First row and column of the crop in the image with its frame.
    row: usize,
    column: usize,
    is_flipped: bool,
}

impl Augmenter {
    /// For the images of a training set; every draw comes from `data_seed`.
    ///
    /// # Errors
    /// [`DataError`] if its samples are no images, or smaller than the frame of a crop is wide.
    pub fn new(settings: &Augmentation, set: &Dataset, data_seed: u64) -> Result<Self, DataError> {
        let name = || set.name().to_owned();
        let Some(shape) = ImageShape::of(set.sample_shape()) else {
            return Err(DataError::NoPlaces { set: name(), sample_shape: set.sample_shape().to_vec() });
        };
        let padding = settings.random_crop.map_or(0, |crop| crop.padding.get());
        let ImageShape { rows, columns, .. } = shape;
        if padding >= rows.min(columns) {
            return Err(DataError::CropPadding { set: name(), rows, columns, padding });
        }
        let flip_probability = settings.horizontal_flip.map_or(0.0, |flip| flip.probability.get());
        if set.scaling().mean.len() != shape.channels {
            return Err(DataError::AugmentedFeatures { set: name() });
        }
        let black = (0..shape.channels).map(|channel| set.scaling().map(channel, 0.0)).collect();
        Ok(Self { shape, padding, flip_probability, black, data_seed })
    }

    /// As [`Dataset::fill_batch`] of the training set, with the images as they are in an epoch.
    ///
    /// # Panics
    /// As [`Dataset::fill_batch`], or if the samples have another shape.
    pub fn fill_batch(
        &self,
        set: &Dataset,
        epoch: u64,
        indices: &[u32],
        inputs: &mut DMatrix<f32>,
        labels: &mut [u16],
    ) {
        assert_eq!(ImageShape::of(set.sample_shape()), Some(self.shape), "samples must have the shape of the set");
        assert_eq!(inputs.shape(), (set.features(), indices.len()), "batch matrix must be (feature × batch)");
        assert_eq!(labels.len(), indices.len(), "one label per sample of the batch");
        let images = inputs.as_mut_slice().chunks_exact_mut(set.features());
        for ((image, label), &index) in images.zip(labels).zip(indices) {
            self.vary(set.sample(index as usize), self.draw(epoch, index), image);
            *label = set.labels().get(index as usize).copied().unwrap_or(0);
        }
    }

    /// What is made of a sample in an epoch. All three numbers are drawn, wanted or not: so a crop is the same with a
    /// flip and without.
    fn draw(&self, epoch: u64, sample: u32) -> Variation {
        let mut stream = stream(self.data_seed, Purpose::Augmentation, &[epoch, sample.into()]);
        let places = 2 * self.padding + 1;
        let (row, column) = (below(&mut stream, places), below(&mut stream, places));
        Variation { row, column, is_flipped: stream.random::<f64>() < self.flip_probability }
    }

    /// Copies a sample row by row.
    fn vary(&self, sample: &[f32], variation: Variation, image: &mut [f32]) {
        let ImageShape { rows, columns, .. } = self.shape;
        // Columns of the frame that the crop takes in on either side.
        let left = self.padding.saturating_sub(variation.column);
        let right = variation.column.saturating_sub(self.padding);
        let channels = sample.chunks_exact(rows * columns).zip(image.chunks_exact_mut(rows * columns));
        for ((from, to), &black) in channels.zip(&self.black) {
            for (r, row) in to.chunks_exact_mut(columns).enumerate() {
                let source = (r + variation.row).checked_sub(self.padding).filter(|&source| source < rows);
                let Some(source) = source else {
                    row.fill(black);
                    continue;
                };
                let source = &from[source * columns..][..columns];
                row[..left].fill(black);
                row[left..columns - right].copy_from_slice(&source[right..columns - left]);
                row[columns - right..].fill(black);
                if variation.is_flipped {
                    row.reverse();
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The pixel of a channel that torchvision's padding, crop and flip leave at a place, by its definition.
    fn naive(image: &[f32], shape: ImageShape, padding: usize, v: Variation, black: f32, at: (usize, usize)) -> f32 {
        let ImageShape { rows, columns, .. } = shape;
        let framed = |row: usize, column: usize| {
            let inside = (padding..padding + rows).contains(&row) && (padding..padding + columns).contains(&column);
            if inside { image[(row - padding) * columns + column - padding] } else { black }
        };
        let cropped = |row: usize, column: usize| framed(row + v.row, column + v.column);
        if v.is_flipped { cropped(at.0, columns - 1 - at.1) } else { cropped(at.0, at.1) }
    }

    proptest! {
        #[test]
        fn crop_and_flip_are_those_of_the_definition(
            (rows, columns, channels) in (1usize..9, 1usize..9, 1usize..4),
            (padding, row, column) in (0usize..8, 0usize..17, 0usize..17),
            is_flipped: bool,
        ) {
            let shape = ImageShape { channels, rows, columns };
            let padding = padding.min(rows.min(columns) - 1);
            let variation = Variation { row: row % (2 * padding + 1), column: column % (2 * padding + 1), is_flipped };
            let black: Vec<f32> = (0..channels).map(|channel| -1.0 - channel as f32).collect();
            let augmenter = Augmenter { shape, padding, flip_probability: 0.5, black, data_seed: 1 };
            let plane = rows * columns;
            let sample: Vec<f32> = (0..channels * plane).map(|i| i as f32).collect();
            let mut image = vec![f32::NAN; sample.len()];
            augmenter.vary(&sample, variation, &mut image);
            for (i, &found) in image.iter().enumerate() {
                let (channel, place) = (i / plane, (i % plane / columns, i % columns));
                let source = &sample[channel * plane..][..plane];
                let expected = naive(source, shape, padding, variation, augmenter.black[channel], place);
                prop_assert_eq!(found, expected, "channel {}, pixel {:?}", channel, place);
            }
        }
    }
}
