//! What batch normalisation has folded into a projection for the present mini-batch.
use crate::network::ChannelStatistics;

/// The batch normalisation of a projection that is part of its weights and bias.
#[derive(Debug, Clone)]
pub(crate) struct Normalised {
    /// g (channel).
    pub gains: Vec<f32>,
    /// m and v of the mini-batch.
    pub statistics: ChannelStatistics,
}
