//! What the units of a network send back.

/// What the units of a network send back to those below them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Returned {
    /// s⁺ − s⁻: dyads. All others have one compartment ([`super::DieConfig::of_one_compartment`]).
    #[default]
    Differences,
    /// The errors of backprop, in a pass of their own.
    Errors,
    /// Their state itself: units of two phases ([`crate::credit::phases`]). It stands in `difference` of the states while they
    /// are relaxed.
    States,
}

impl Returned {
    /// Whether units have two compartments.
    pub fn needs_dyads(self) -> bool {
        self == Self::Differences
    }
}
