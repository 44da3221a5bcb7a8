//! What a block of columns of one layer keeps next to its weight while it is updated.
use super::event_columns::EventColumns;
use super::latent_columns::LatentColumns;
use smallvec::SmallVec;

/// What every layer keeps.
pub(in crate::learning) type LayerColumns<'a> = SmallVec<[Columns<'a>; 16]>;

/// What a block of columns keeps.
#[derive(Debug, Default)]
pub(in crate::learning) enum Columns<'a> {
    /// Nothing.
    #[default]
    Float,
    /// Latent values.
    Latent(LatentColumns<'a>),
    /// Counters of events.
    Events(EventColumns<'a>),
    /// What the synapses have moved by themselves, so that nothing is left to do.
    Elsewhere,
}

impl Columns<'_> {
    /// Cut before column number `at`, for a column stride of `stride`.
    pub fn split(self, at: usize, stride: usize) -> (Self, Self) {
        match self {
            Self::Float => (Self::Float, Self::Float),
            Self::Elsewhere => (Self::Elsewhere, Self::Elsewhere),
            Self::Latent(latent) => {
                let (a, b) = latent.split(at, stride);
                (Self::Latent(a), Self::Latent(b))
            }
            Self::Events(events) => {
                let (a, b) = events.split(at, stride);
                (Self::Events(a), Self::Events(b))
            }
        }
    }
}
