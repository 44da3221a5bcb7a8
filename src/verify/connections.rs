//! The network of a case: a list of dense layers, or an image and the connections above it.
use crate::map::{MaximaSettings, Padding, Shape, Sides};
use crate::network::{Architecture, ConvolutionLayer, DenseLayer, Layer, MaxPoolLayer, NetworkError};
use crate::parameter::Size;
use serde::Deserialize;

/// Shape of the stimuli.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Input {
    channels: Size,
    height: Size,
    width: Size,
}

/// What stands between two layers.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Connection {
    /// Every unit to every unit.
    Dense { units: Size },
    /// A window that slides over an image.
    Convolution {
        features: Size,
        kernel: Sides<Size>,
        stride: Sides<Size>,
        padding: Padding,
        /// Window and distance of a pooling that follows.
        max_pool: Option<Sides<Size>>,
    },
}

/// The architecture of a case with images.
pub(super) fn architecture(
    input: Input,
    connections: &[Connection],
    maxima: MaximaSettings,
) -> Result<Architecture, NetworkError> {
    let Input { channels, height, width } = input;
    let stimulus = Shape { channels: channels.get(), rows: height.get(), columns: width.get() };
    let mut layers = vec![];
    for connection in connections {
        match *connection {
            Connection::Dense { units } => layers.push(Layer::Dense(DenseLayer { units, name: None })),
            Connection::Convolution { features, kernel, stride, padding, max_pool } => {
                let one = Size::constant(1);
                let dilation = Sides::Both(one);
                let own = ConvolutionLayer { features, kernel, stride, padding, dilation, groups: one, name: None };
                layers.push(Layer::Convolution(own));
                layers.extend(max_pool.map(|window| Layer::MaxPool(MaxPoolLayer { window, stride: None })));
            }
        }
    }
    Architecture::new(stimulus, &layers, None, maxima)
}
