//! Networks that go by a name, as layers. Sources: LeNet-5, LeCun et al., Proc. IEEE 1998; VGG, Simonyan & Zisserman, ICLR
//! 2015, with the two dense layers of 4096 that the dual-propagation papers keep for images of 32 x 32; ResNet-18, He et
//! al., CVPR 2016, for images up to 64 x 64 with the stem of their CIFAR networks (3 x 3, no pooling).
use super::layers::{
    AveragePoolLayer, ConvolutionLayer, GlobalAveragePoolLayer, Layer, MaxPoolLayer, SkipConvolution, SkipLayer,
};
use crate::map::{Shape, Sides};
use crate::parameter::Size;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A network with a name.
///
/// ```
/// use dyadsim::network::Model;
/// use dyadsim::prelude::*;
///
/// let image = Shape { channels: 3, rows: 32, columns: 32 };
/// let layers = Model::Vgg16.layers(image, 1.0);
/// assert_eq!(layers.iter().filter(|layer| layer.is_population()).count(), 15);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// 3 x 3 convolutions 32-32-pool-64-64-pool, dense 256.
    MiniCnn,
    /// 5 x 5 convolutions 6-pool-16-pool with average pooling, dense 120-84.
    Lenet5,
    /// Eight 3 x 3 convolutions with five max poolings, dense 4096-4096.
    Vgg11,
    /// Thirteen 3 x 3 convolutions with five max poolings, dense 4096-4096.
    Vgg16,
    /// Eight blocks of two 3 x 3 convolutions with skips, global average pooling.
    Resnet18,
}

/// Features of the convolutions of VGG; 0 is a pooling.
const VGG11: &[usize] = &[64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0];
const VGG16: &[usize] = &[64, 64, 0, 128, 128, 0, 256, 256, 256, 0, 512, 512, 512, 0, 512, 512, 512, 0];

impl Model {
    /// Its layers for images of this shape, with `width` times as many features and units, at least one. Poolings that an
    /// image is too small for are left out.
    pub fn layers(self, image: Shape, width: f64) -> Vec<Layer> {
        match self {
            Self::MiniCnn => simple(image, width, &[32, 32, 0, 64, 64, 0], &[256]),
            Self::Vgg11 => simple(image, width, VGG11, &[4096, 4096]),
            Self::Vgg16 => simple(image, width, VGG16, &[4096, 4096]),
            Self::Lenet5 => lenet5(image, width),
            Self::Resnet18 => resnet18(image, width),
        }
    }
}

fn scaled(units: usize, width: f64) -> Size {
    let scaled = ((units as f64 * width).round() as usize).clamp(1, 1 << 20);
    Size::new(scaled).expect("a size in its range")
}

const fn both(n: usize) -> Sides<Size> {
    Sides::Both(Size::constant(n))
}

const POOL: Layer = Layer::MaxPool(MaxPoolLayer { window: both(2), stride: None });

/// 3 x 3 convolutions that keep the size, with max poolings (0) between them, then dense layers.
fn simple(image: Shape, width: f64, features: &[usize], dense: &[usize]) -> Vec<Layer> {
    let mut smaller = image.rows.min(image.columns);
    let mut layers = vec![];
    for &features in features {
        if features > 0 {
            layers.push(Layer::same_convolution(scaled(features, width), Size::constant(3), Size::constant(1)));
        } else if smaller > 1 {
            layers.push(POOL);
            smaller /= 2;
        }
    }
    layers.extend(dense.iter().map(|&units| Layer::dense(scaled(units, width))));
    layers
}

fn lenet5(image: Shape, width: f64) -> Vec<Layer> {
    let average = Layer::AveragePool(AveragePoolLayer { window: both(2), stride: None });
    let convolution = |features: usize, keeps_size: bool| {
        let same = Layer::same_convolution(scaled(features, width), Size::constant(5), Size::constant(1));
        match same {
            Layer::Convolution(own) if !keeps_size => {
                Layer::Convolution(ConvolutionLayer { padding: Default::default(), ..own })
            }
            same => same,
        }
    };
    // The original pads digits of 28 x 28 to 32 x 32.
    let is_small = image.rows.min(image.columns) < 32;
    let mut layers = vec![convolution(6, is_small), average.clone(), convolution(16, false), average];
    layers.extend([120, 84].map(|units| Layer::dense(scaled(units, width))));
    layers
}

fn resnet18(image: Shape, width: f64) -> Vec<Layer> {
    let convolution = |features: usize, kernel: usize, stride: usize, name: String| {
        let [kernel, stride] = [kernel, stride].map(|n| Size::new(n).expect("a small number"));
        match Layer::same_convolution(scaled(features, width), kernel, stride) {
            Layer::Convolution(own) => Layer::Convolution(ConvolutionLayer { name: Some(name), ..own }),
            other => other,
        }
    };
    let stem = "stem".to_owned();
    let mut layers = if image.rows.min(image.columns) > 64 {
        let pool = Layer::MaxPool(MaxPoolLayer { window: both(3), stride: Some(both(2)) });
        vec![convolution(64, 7, 2, stem.clone()), pool]
    } else {
        vec![convolution(64, 3, 1, stem.clone())]
    };
    let mut before = stem;
    for (stage, features) in (1..).zip([64, 128, 256, 512]) {
        for block in [1, 2] {
            let stride = if stage > 1 && block == 1 { 2 } else { 1 };
            let name = |half: &str| format!("block_{stage}_{block}{half}");
            layers.push(convolution(features, 3, stride, name("_inner")));
            layers.push(convolution(features, 3, 1, name("")));
            let own = (stride > 1).then(|| SkipConvolution { stride: both(2) });
            layers.push(Layer::Skip(SkipLayer { from: before, convolution: own }));
            before = name("");
        }
    }
    layers.push(Layer::GlobalAveragePool(GlobalAveragePoolLayer {}));
    layers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::MaximaSettings;
    use crate::network::Architecture;

    fn built(model: Model, image: Shape, width: f64) -> Architecture {
        Architecture::new(image, &model.layers(image, width), Some(10), MaximaSettings::default()).unwrap()
    }

    #[test]
    fn published_networks_have_their_numbers_of_synapses() {
        let cifar = Shape { channels: 3, rows: 32, columns: 32 };
        // Weights without biases, as torchvision's networks with heads for these images have them.
        let vgg16 = 14_710_464 + 512 * 4096 + 4096 * 4096 + 4096 * 10;
        assert_eq!(built(Model::Vgg16, cifar, 1.0).synapses(), vgg16);
        assert_eq!(built(Model::Resnet18, cifar, 1.0).synapses(), 11_164_352);
        let digits = Shape { channels: 1, rows: 28, columns: 28 };
        assert_eq!(built(Model::Lenet5, digits, 1.0).synapses(), 150 + 2400 + 400 * 120 + 120 * 84 + 840);
        assert_eq!(built(Model::MiniCnn, cifar, 1.0).units().len(), 7);
    }

    /// Parameters of torchvision's networks for ImageNet, without biases and normalisation.
    #[test]
    fn networks_for_large_images_are_those_of_torchvision() {
        let image = Shape { channels: 3, rows: 224, columns: 224 };
        let synapses = |model: Model| {
            let layers = model.layers(image, 1.0);
            Architecture::new(image, &layers, Some(1000), MaximaSettings::default()).unwrap().synapses()
        };
        let dense = 4096 + 4096 + 1000;
        assert_eq!(synapses(Model::Vgg16), 138_357_544 - (2 * 64 + 2 * 128 + 3 * 256 + 6 * 512) - dense);
        assert_eq!(synapses(Model::Vgg11), 132_863_336 - (64 + 128 + 2 * 256 + 4 * 512) - dense);
        assert_eq!(synapses(Model::Resnet18), 11_689_512 - 9600 - 1000);
    }

    #[test]
    fn every_model_fits_images_of_all_usual_sizes_and_widths() {
        for model in [Model::MiniCnn, Model::Lenet5, Model::Vgg11, Model::Vgg16, Model::Resnet18] {
            for (channels, rows) in [(1, 28), (3, 32), (3, 64), (3, 224)] {
                built(model, Shape { channels, rows, columns: rows }, 0.25);
            }
        }
    }
}
