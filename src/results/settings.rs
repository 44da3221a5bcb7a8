//! What the settings of a run say of its network.
use serde_json::Value;

/// All effective settings of a run, or of the base of a sweep: `experiment` and `hardware`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunSettings(Value);

impl RunSettings {
    /// From the attribute of a file.
    ///
    /// # Errors
    /// If they are not JSON.
    pub fn parse(text: &str) -> serde_json::Result<Self> {
        serde_json::from_str(text).map(Self)
    }

    /// The settings as they stand in the file.
    pub fn json(&self) -> &Value {
        &self.0
    }

    fn experiment(&self) -> &Value {
        &self.0["experiment"]
    }

    /// Epochs that were wanted.
    pub fn epochs(&self) -> Option<u64> {
        self.experiment()["training"]["epochs"].as_u64()
    }

    /// Name of the credit rule.
    pub fn credit_rule(&self) -> String {
        variant(&self.experiment()["credit_rule"])
    }

    /// Name of the schedule; empty if the rule has none.
    pub fn schedule(&self) -> String {
        variant(&self.experiment()["schedule"])
    }

    /// Name of the loss.
    pub fn loss(&self) -> String {
        variant(&self.experiment()["loss"])
    }

    /// Name of the source of the data.
    pub fn data(&self) -> String {
        variant(&self.experiment()["data"]["source"])
    }

    /// Name of the hardware model.
    pub fn hardware(&self) -> String {
        variant(&self.0["hardware"]["name"])
    }

    /// Name of the energy of a lifted network; empty for others.
    pub fn energy(&self) -> String {
        variant(&self.experiment()["lifted"]["energy"])
    }

    /// ε of the batch normalisation of what arrays read, if any is normalised.
    pub fn batch_norm_epsilon(&self) -> Option<f64> {
        self.experiment()["network"]["batch_norm"]["epsilon"].as_f64()
    }

    /// The activation with its parameters.
    pub fn activation(&self) -> &Value {
        &self.experiment()["network"]["activation"]
    }

    /// Name of the activation.
    pub fn activation_name(&self) -> String {
        variant(self.activation())
    }

    /// The synapses of the hardware.
    pub fn synapses(&self) -> &Value {
        &self.0["hardware"]["synapses"]
    }

    /// Units of the hidden layers.
    pub fn hidden(&self) -> Vec<u64> {
        let hidden = self.experiment()["network"]["hidden"].as_array();
        hidden.into_iter().flatten().filter_map(Value::as_u64).collect()
    }

    /// The network with a name, and how many times its features and units it has; none if its layers are listed.
    pub fn model(&self) -> Option<(String, f64)> {
        let network = &self.experiment()["network"];
        Some((network["model"].as_str()?.to_owned(), network["width"].as_f64().unwrap_or(1.0)))
    }

    /// Weight of s⁺ in the mean, of the outputs, of hidden units, and strength β; those that the rule has.
    pub fn nudging(&self) -> [(&'static str, Option<f64>); 3] {
        ["alpha", "alpha_hidden", "beta"].map(|name| (name, self.experiment()["nudging"][name].as_f64()))
    }

    /// The weight of s⁺ in the mean of the outputs, or of hidden units.
    pub fn alpha(&self, of_outputs: bool) -> f64 {
        let [(_, outputs), (_, hidden), _] = self.nudging();
        let own = if of_outputs { outputs } else { hidden.or(outputs) };
        own.unwrap_or(0.5)
    }
}

/// `relu` of `"relu"`, `leaky_relu` of `{"leaky_relu": {…}}`; empty for what has no name.
fn variant(choice: &Value) -> String {
    match choice {
        Value::String(name) => name.clone(),
        Value::Object(variant) => variant.keys().next().cloned().unwrap_or_default(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variants_have_names_and_layers_their_share_of_s_plus() {
        let settings = RunSettings::parse(
            r#"{"experiment": {"credit_rule": "dp", "schedule": {"parallel": {}}, "network": {"hidden": [4, 3]},
                "nudging": {"alpha": 0.25, "alpha_hidden": null, "beta": 1}}}"#,
        )
        .unwrap();
        assert_eq!((settings.credit_rule(), settings.schedule()), ("dp".to_owned(), "parallel".to_owned()));
        assert_eq!((settings.hidden(), settings.energy()), (vec![4, 3], String::new()));
        assert_eq!([false, true].map(|of_outputs| settings.alpha(of_outputs)), [0.25, 0.25]);
        assert_eq!(RunSettings::default().alpha(false), 0.5);
    }
}
