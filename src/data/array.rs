//! An array of a file, whatever the file is.
use super::DataError;
use super::axes::Extent;
use super::portion::Portion;
use super::raw::RawValues;

/// What inputs and labels may hold.
pub(super) const TYPES: &str = "integers of 8 to 64 bits, floating-point numbers of 16 to 64 bits, or booleans";

/// The elements of an array of labels.
pub(super) enum Elements {
    Numbers(Vec<f64>),
    /// Names of classes.
    Texts(Vec<String>),
}

/// An array of a file.
pub(super) trait Array {
    /// Its file and name, for messages.
    fn place(&self) -> String;
    fn extent(&self) -> Extent;
    /// Whether it is from a program whose arrays have the samples where they please.
    fn is_matlab(&self) -> bool {
        false
    }
    /// Whether a row for each sample has more than its class, which comes first.
    fn first_column_is_class(&self) -> bool {
        false
    }
    /// Elements as they stand in the file, of [`TYPES`].
    fn inputs(&mut self, portion: &Portion) -> Result<RawValues, DataError>;
    /// All elements as they stand in the file, of [`TYPES`] or texts; classes are numbers that these hold exactly.
    fn labels(&mut self) -> Result<Elements, DataError>;
}
