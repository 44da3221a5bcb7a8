//! How training images vary, as written in an experiment file.
use crate::parameter::{Count, PositiveFraction};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How training images vary: each time a sample is learnt its image is cropped and mirrored by a draw of its own, which
/// depends on the data seed, the epoch and the sample alone.
///
/// ```
/// use dyadsim::data::{Augmentation, Augmenter, HorizontalFlip, RandomCrop};
/// use dyadsim::prelude::*;
///
/// let random_crop = Some(RandomCrop { padding: Count::new(2)? });
/// let augmentation = Augmentation { random_crop, horizontal_flip: Some(HorizontalFlip::default()) };
///
/// let DataSplits { train, .. } = digits(100, 10, 1)?;
/// let augmenter = Augmenter::new(&augmentation, &train, 1)?;
/// let (mut inputs, mut labels) = (Matrix::zeros(784, 3), [0; 3]);
/// let epoch = 1;
/// augmenter.fill_batch(&train, epoch, &[4, 0, 8], &mut inputs, &mut labels);
/// assert_eq!(labels[0], train.labels()[4]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Augmentation {
    /// A crop of the size of the image, from the image with a black frame; null takes none. Every place of the crop is
    /// equally likely.
    pub random_crop: Option<RandomCrop>,
    /// Whether left and right are exchanged, after the crop; null never does.
    pub horizontal_flip: Option<HorizontalFlip>,
}

/// A crop of the size of the image, from the image with a black frame.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RandomCrop {
    /// Width of the frame in pixels, below the sides of the image. It is black: raw value 0, scaled as the image.
    pub padding: Count,
}

/// Left and right of an image exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct HorizontalFlip {
    /// How probable it is.
    pub probability: PositiveFraction,
}

impl Default for HorizontalFlip {
    fn default() -> Self {
        Self { probability: PositiveFraction::constant(0.5) }
    }
}

impl Augmentation {
    /// The rule that these settings break, to be read after their key.
    pub(crate) fn conflict(&self) -> Option<&'static str> {
        let is_empty = self.random_crop.is_none() && self.horizontal_flip.is_none();
        is_empty.then_some("must name random_crop, horizontal_flip or both; null leaves the images as they are")
    }
}
