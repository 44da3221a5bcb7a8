//! A network near some stimuli: the slopes of its activations and the places of its maxima after a forward pass.
use crate::dynamics::Activation;
use crate::linalg::{Matrix, MatrixView, MatrixViewMut};
use crate::map::MaxPool;
use crate::map::max_pool::Taps;
use crate::network::{Network, Projection};
use crate::relax::NetworkState;

/// The network near the samples of a forward pass.
#[derive(Debug, Clone)]
pub(crate) struct Local {
    /// f′(a) of every hidden population (unit × sample).
    slopes: Vec<Matrix>,
    /// Where the largest reads are, of every population that is pooled.
    taps: Vec<Option<Taps>>,
}

impl Local {
    /// Of a network whose state has just made a forward pass.
    pub fn new(network: &Network, activation: Activation, state: &NetworkState) -> Self {
        let slopes = (1..network.last()).zip(state.dyads()).map(|(k, dyads)| {
            let (mut slopes, bias) = (dyads.drive.clone(), network.bias(k));
            for mut column in slopes.column_iter_mut() {
                let drives = column.as_mut_slice().iter_mut().zip(&*bias);
                drives.for_each(|(a, bias)| *a = activation.derivative(*a + bias));
            }
            slopes
        });
        let taps = state.dyads().iter().map(|dyads| dyads.pooling.as_ref().map(|pooling| pooling.taps.clone()));
        Self { slopes: slopes.collect(), taps: taps.collect() }
    }

    /// f′(a) of population k (unit × sample), if it is hidden.
    pub fn slopes(&self, k: usize) -> Option<&Matrix> {
        self.slopes.get(k.checked_sub(1)?)
    }

    /// A v of a projection, of the units that receive.
    pub fn apply(&self, projection: &Projection, mut y: MatrixViewMut, x: MatrixView) {
        let Some((pool, taps)) = self.maxima(projection) else { return projection.apply(y, x) };
        let mut reads = Matrix::zeros(pool.input().units(), x.ncols());
        projection.apply(reads.as_view_mut(), x);
        for (j, mut y) in y.column_iter_mut().enumerate() {
            pool.pick(reads.column(j).as_slice(), taps.column(j).as_slice(), y.as_mut_slice());
        }
    }

    /// Aᵀ u of the units that send, where `back` makes Aᵀ of a projection without maxima.
    pub fn transposed(
        &self,
        projection: &Projection,
        y: MatrixViewMut,
        d: MatrixView,
        back: impl FnOnce(MatrixViewMut, MatrixView),
    ) {
        let Some((pool, taps)) = self.maxima(projection) else { return back(y, d) };
        let mut reads = Matrix::zeros(pool.input().units(), d.ncols());
        for (j, mut reads) in reads.column_iter_mut().enumerate() {
            pool.route(d.column(j).data.into_slice(), taps.column(j).as_slice(), reads.as_mut_slice());
        }
        back(y, reads.as_view());
    }

    fn maxima(&self, projection: &Projection) -> Option<(MaxPool, &Taps)> {
        projection.pool.zip(self.taps[projection.to - 1].as_ref())
    }
}
