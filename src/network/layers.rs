//! Layers as a user lists them.
use crate::map::{Padding, Sides};
use crate::parameter::{Size, WholeNumber};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One layer between the stimulus and the outputs, by what reaches it.
///
/// ```
/// use dyadsim::network::Layer;
///
/// let text = r#"[
///     {"convolution": {"features": 32, "kernel": 3, "padding": "same"}},
///     {"max_pool": {"window": 2}},
///     {"dense": {"units": 256}}
/// ]"#;
/// let layers: Vec<Layer> = serde_json::from_str(text)?;
/// assert_eq!(layers.iter().filter(|layer| layer.is_population()).count(), 2);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// Dyads that every unit of the layer before reaches.
    Dense(DenseLayer),
    /// Dyads that a sliding window reaches, features at every place.
    Convolution(ConvolutionLayer),
    /// The convolution before it is read where it is largest in a window; the activation follows.
    MaxPool(MaxPoolLayer),
    /// The layer after it reads means over windows.
    AveragePool(AveragePoolLayer),
    /// The layer after it reads the mean of every feature.
    GlobalAveragePool(GlobalAveragePoolLayer),
    /// A second way to the dyads before it, from an earlier layer.
    Skip(SkipLayer),
}

/// A dense layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DenseLayer {
    /// Number of units.
    pub units: Size,
    /// Name by which a skip refers to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A convolution (a cross-correlation, as in every deep-learning library).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConvolutionLayer {
    /// Number of features.
    pub features: Size,
    /// Rows and columns of the window.
    pub kernel: Sides<Size>,
    /// Distance of two windows in rows and columns.
    #[serde(default = "one")]
    pub stride: Sides<Size>,
    /// Places of zero around the image: a number, or "same" for ceil(n / stride) windows.
    #[serde(default)]
    pub padding: Padding,
    /// Distance of two taps of a window in rows and columns.
    #[serde(default = "one")]
    pub dilation: Sides<Size>,
    /// Groups of channels, each with features of its own.
    #[serde(default = "one_group")]
    pub groups: Size,
    /// Name by which a skip refers to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// The largest of a window. Rests at the border are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MaxPoolLayer {
    /// Rows and columns of the window.
    pub window: Sides<Size>,
    /// Distance of two windows; that of the window unless given.
    #[serde(default)]
    pub stride: Option<Sides<Size>>,
}

/// The mean of a window. Rests at the border are dropped.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AveragePoolLayer {
    /// Rows and columns of the window.
    pub window: Sides<Size>,
    /// Distance of two windows; that of the window unless given.
    #[serde(default)]
    pub stride: Option<Sides<Size>>,
}

/// The mean of every feature over all places.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GlobalAveragePoolLayer {}

/// A second way to a layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SkipLayer {
    /// Name of the layer that it begins at; "stimulus" is that of the inputs.
    pub from: String,
    /// A convolution with a kernel of 1 x 1 on the way; without it the shapes must be the same, and there are no synapses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub convolution: Option<SkipConvolution>,
}

/// The convolution of a skip, to as many features as the layer has.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SkipConvolution {
    /// Distance of two places in rows and columns.
    #[serde(default = "one")]
    pub stride: Sides<Size>,
}

const fn one() -> Sides<Size> {
    Sides::Both(Size::constant(1))
}

const fn one_group() -> Size {
    Size::constant(1)
}

impl Layer {
    /// Whether it has dyads of its own.
    pub fn is_population(&self) -> bool {
        matches!(self, Self::Dense(_) | Self::Convolution(_))
    }

    /// The word of the file.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Dense(_) => "dense",
            Self::Convolution(_) => "convolution",
            Self::MaxPool(_) => "max_pool",
            Self::AveragePool(_) => "average_pool",
            Self::GlobalAveragePool(_) => "global_average_pool",
            Self::Skip(_) => "skip",
        }
    }

    /// A dense layer without a name.
    pub fn dense(units: Size) -> Self {
        Self::Dense(DenseLayer { units, name: None })
    }

    /// A convolution with a square window, zeros around the image that keep its size, and no name.
    pub fn same_convolution(features: Size, kernel: Size, stride: Size) -> Self {
        Self::Convolution(ConvolutionLayer {
            features,
            kernel: Sides::Both(kernel),
            stride: Sides::Both(stride),
            padding: Padding::Places(Sides::Both(WholeNumber::constant((kernel.get() - 1) / 2))),
            dilation: one(),
            groups: one_group(),
            name: None,
        })
    }
}
