//! What is asked for.
use super::law::FittedModel;

/// What is fitted, and how it is called.
#[derive(Debug, Clone, PartialEq)]
pub struct FitRequest {
    /// The model.
    pub model: FittedModel,
    /// Name of the hardware model.
    pub name: String,
    /// Where the curves come from, for its description.
    pub source: String,
}
