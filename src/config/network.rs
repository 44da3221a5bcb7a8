//! The network of an experiment file.
use crate::dynamics::Activation;
use crate::map::{MaximaSettings, Shape};
use crate::network::{Architecture, BatchNorm, Initialization, Layer, Model, NetworkError};
use crate::parameter::{Positive, Size};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// Layers and units: `hidden` or `layers`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NetworkConfig {
    /// Units of each hidden layer of a chain of dense layers; inputs and outputs follow from the data.
    #[serde(default)]
    pub hidden: Option<Vec<Size>>,
    /// The hidden layers one by one, instead of `hidden`; inputs and outputs follow from the data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub layers: Option<Vec<Layer>>,
    /// A network with a name, instead of `hidden` and `layers`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<Model>,
    /// How many times the features and units of the model it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<Positive>,
    /// Where the maxima of all max poolings are looked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maxima: Option<MaximaSettings>,
    /// Batch normalisation of what arrays read, in place of biases: a mini-batch in training has its own statistics, a
    /// network that only answers has running ones. For dyads the statistics of a mini-batch are constants of its inference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_norm: Option<BatchNorm>,
    /// Activation of the hidden units; outputs are linear.
    #[serde(default)]
    pub activation: Activation,
    /// Distribution of the initial weights; biases start at zero.
    #[serde(default)]
    pub initialization: Initialization,
    /// Weights and biases to begin with, instead of random ones; the devices of a chip are set to them.
    #[serde(default)]
    pub initial_weights: Option<InitialWeights>,
}

impl NetworkConfig {
    /// Writes a chain of dense layers without names in its short form.
    pub(super) fn shorten(&mut self) {
        let units = |layer: &Layer| match layer {
            Layer::Dense(dense) if dense.name.is_none() => Some(dense.units),
            _ => None,
        };
        let all: Option<Vec<Size>> = self.layers.iter().flatten().map(units).collect();
        if self.hidden.is_none() && self.layers.is_some() && all.is_some() {
            self.hidden = all;
            self.layers = None;
        }
    }

    /// The rule that the forms break, if they do.
    pub(super) fn conflict(&self) -> Option<&'static str> {
        let forms = [self.hidden.is_some(), self.layers.is_some(), self.model.is_some()];
        match forms.into_iter().filter(|&given| given).count() {
            0 => Some("needs \"hidden\" (units of each hidden layer), \"layers\" or \"model\""),
            1 if self.width.is_some() && self.model.is_none() => Some("has a \"width\", which only a \"model\" has"),
            1 => None,
            _ => Some("must have only one of \"hidden\", \"layers\" and \"model\", which say the same"),
        }
    }

    /// Whether a layer is a convolution.
    pub(super) fn has_places(&self) -> bool {
        let is_convolution = |layer: &Layer| matches!(layer, Layer::Convolution(_));
        self.model.is_some() || self.layers.iter().flatten().any(is_convolution)
    }

    /// Whether maxima are to be looked for where no layer is a max pooling, whatever the images are.
    pub(super) fn has_idle_maxima(&self) -> bool {
        let named = |image| self.model.map(|model| model.layers(image, 1.0));
        let all = self.layers.clone().into_iter().chain(named(TYPICAL_IMAGE)).chain(named(LARGE_IMAGE));
        self.maxima.is_some() && !all.flatten().any(|layer| matches!(layer, Layer::MaxPool(_)))
    }

    /// What keeps a lifted network from being one, and the rule that it breaks.
    pub(super) fn no_chain(&self) -> Option<(String, String)> {
        let rule = "must be dense with credit_rule \"lifted\", whose energy couples a layer with the next one only";
        let is_other = |layer: &Layer| !matches!(layer, Layer::Dense(_));
        let other = self.layers.iter().flatten().position(is_other).map(|index| format!("network.layers[{index}]"));
        let key = other.or_else(|| self.model.map(|_| "network.model".to_owned()))?;
        Some((key, rule.to_owned()))
    }

    /// Number of hidden layers.
    pub fn hidden_layers(&self) -> usize {
        if let Some(hidden) = &self.hidden {
            return hidden.len();
        }
        // Their number is the same for all images.
        let named = self.model.map(|model| model.layers(TYPICAL_IMAGE, 1.0));
        let listed = self.layers.as_ref().or(named.as_ref());
        listed.into_iter().flatten().filter(|layer| layer.is_population()).count()
    }

    /// Units of each hidden layer of a chain of dense layers.
    pub fn hidden(&self) -> impl ExactSizeIterator<Item = usize> + '_ {
        self.hidden.as_deref().unwrap_or_default().iter().map(|units| units.get())
    }

    /// The layers that `model` or `hidden` stand for with stimuli of this shape; none where they are listed.
    pub fn long_form(&self, sample_shape: &[usize]) -> Option<Vec<Layer>> {
        match (self.model, &self.hidden) {
            (Some(model), _) => Some(model.layers(image(sample_shape), self.width.map_or(1.0, Positive::get))),
            (None, Some(hidden)) => Some(hidden.iter().map(|&units| Layer::dense(units)).collect()),
            (None, None) => None,
        }
    }

    /// The network for stimuli of `sample_shape` and so many outputs, if it has any of its own.
    ///
    /// # Errors
    /// [`NetworkError::Layer`].
    pub fn architecture(&self, sample_shape: &[usize], outputs: Option<usize>) -> Result<Architecture, NetworkError> {
        let image = image(sample_shape);
        let maxima = self.maxima.unwrap_or_default();
        let architecture = match (&self.layers, self.model) {
            (Some(layers), _) => Architecture::new(image, layers, outputs, maxima)?,
            (None, Some(model)) => {
                let layers = model.layers(image, self.width.map_or(1.0, Positive::get));
                Architecture::new(image, &layers, outputs, maxima)?
            }
            (None, None) => {
                let units: Vec<usize> = std::iter::once(image.units()).chain(self.hidden()).chain(outputs).collect();
                Architecture::chain(&units)
            }
        };
        Ok(architecture.with_batch_norm(self.batch_norm))
    }
}

/// The population that holds samples of (row, column) or (channel, row, column); others have no places.
fn image(sample_shape: &[usize]) -> Shape {
    match *sample_shape {
        [rows, columns] => Shape { channels: 1, rows, columns },
        [channels, rows, columns] => Shape { channels, rows, columns },
        _ => Shape::flat(sample_shape.iter().product()),
    }
}

/// For what is the same for images of all sizes.
const TYPICAL_IMAGE: Shape = Shape { channels: 1, rows: 32, columns: 32 };
/// One that some models have other layers for.
const LARGE_IMAGE: Shape = Shape { channels: 1, rows: 224, columns: 224 };

/// Rule of a network that looks for maxima and has none.
pub(super) const IDLE_MAXIMA: &str = "is not used without a max_pool: remove it";

/// Weights of an earlier run, or of another program.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InitialWeights {
    /// File that holds them, relative to this one: a trace or the folder of a run; a NumPy archive with arrays `NAME.weight` (post, pre)
    /// and `NAME.bias`, as of PyTorch's `state_dict`; or a graph of NIR.
    pub trace: PathBuf,
    /// Which of its weights; the best if it has any, else the final ones, unless given.
    #[serde(default)]
    pub which: Option<KeptWeights>,
}

/// Weights that a trace keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeptWeights {
    /// Those before training.
    Initial,
    /// Those after the last epoch.
    Final,
    /// Those that did best on the validation set.
    Best,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> NetworkConfig {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn the_long_form_of_a_chain_is_read_as_the_short_one() {
        let mut long = read(r#"{"layers": [{"dense": {"units": 30}}, {"dense": {"units": 20}}]}"#);
        long.shorten();
        assert_eq!(long, read(r#"{"hidden": [30, 20]}"#));
        assert_eq!(long.hidden().collect::<Vec<_>>(), [30, 20]);
        assert_eq!(long.conflict(), None);
    }

    #[test]
    fn one_form_has_to_be_given_and_only_one() {
        assert!(read("{}").conflict().unwrap().contains("needs"));
        let mut both = read(r#"{"hidden": [3], "layers": []}"#);
        both.shorten();
        assert!(both.conflict().unwrap().contains("only one"));
    }
}
