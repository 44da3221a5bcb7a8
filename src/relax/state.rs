//! The states of a network for a batch of stimuli: those of its dyads, of its circuits, and what is known of its products.
use super::cache::Cache;
use crate::device::noise_key::{Context, Tick};
use crate::dynamics::state::{DyadState, States, route};
use crate::linalg::{Matrix, MatrixViewMut};
use crate::map::{ArrayShape, DriveMaxima, Factor, MaxPool, Maxima};
use crate::network::{Graph, Network, Projection};
use crate::persist::{Archive, Damaged};
use crate::substrate::circuits::Circuits;
use crate::substrate::products::find_taps;
use crate::substrate::roles::Roles;
use crate::substrate::{Clipping, Substrate};
use std::sync::Arc;

/// States of all populations for a batch.
///
/// ```
/// use dyadsim::prelude::*;
///
/// let network = Network::random(&[4, 8, 3], Initialization::HeNormal, 1)?;
/// let inference = Inference::of(Backprop::new(Activation::Relu, Loss::default()));
/// let mut state = NetworkState::zeros(&network, 2, &Substrate::Ideal);
/// inference.forward(&network, Matrix::from_element(4, 2, 0.5).as_view(), &mut state);
///
/// assert_eq!(state.activity(0).shape(), (4, 2));
/// assert_eq!(state.dyads()[0].s_plus, state.dyads()[0].s_minus);
/// assert_eq!(state.outputs().mean.shape(), (3, 2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct NetworkState {
    graph: Arc<Graph>,
    pub(super) states: States,
    pub(crate) circuits: Box<dyn Circuits>,
    pub(crate) cache: Cache,
    /// Arithmetic of the products made so far, in floating-point operations.
    pub product_flops: u64,
    /// The present.
    pub(crate) tick: Tick,
}

impl NetworkState {
    /// Zero states of a network for a batch of `samples`, on this hardware.
    pub fn zeros(network: &Network, samples: usize, substrate: &Substrate) -> Self {
        Self {
            graph: Arc::clone(network.graph()),
            states: States::zeros(network.graph(), samples),
            circuits: substrate.circuits(network.graph(), samples),
            cache: Cache::new(network.last()),
            product_flops: 0,
            tick: Tick::START,
        }
    }

    /// The dyads of all populations, population 1 first.
    pub fn dyads(&self) -> &[DyadState] {
        &self.states.dyads
    }

    /// States may be overwritten (to restore a checkpoint): all products are then made again.
    pub fn dyads_mut(&mut self) -> &mut [DyadState] {
        self.invalidate();
        &mut self.states.dyads
    }

    /// The outputs' dyads.
    pub fn outputs(&self) -> &DyadState {
        self.states.dyads.last().expect("a network has outputs")
    }

    /// What population k sends forward (unit × sample): s̄, or the stimulus (k = 0), on a die as they are sent.
    pub fn activity(&self, k: usize) -> &Matrix {
        self.states.activity(k)
    }

    /// What the synapses of population k learn from: s⁺ − s⁻, as the learning circuit has read it last.
    pub fn learning_signal(&self, k: usize) -> &Matrix {
        self.circuits.learning_signal(k).unwrap_or(&self.states.dyads[k - 1].difference)
    }

    /// The array of projection p (from 0).
    pub(crate) fn array(&self, p: usize) -> ArrayShape {
        self.graph.routes()[p].map.array()
    }

    /// What goes to the reads of projection p for its synapses (read unit × sample): the learning signal, at the maxima
    /// where reads are pooled.
    fn read_signal(&self, p: usize) -> &Matrix {
        let route = &self.graph.routes()[p];
        match &self.states.dyads[route.to - 1].pooling {
            Some(pooling) if route.pool.is_some() => pooling.signal.as_ref().unwrap_or(&pooling.routed),
            _ => self.learning_signal(route.to),
        }
    }

    /// The factors D (row × read) and S (column × read) of the gradient D Sᵀ of the array of projection p (from 0).
    pub(crate) fn factors(&self, p: usize) -> [Factor<'_>; 2] {
        let route = &self.graph.routes()[p];
        route.map.factors(self.read_signal(p).as_view(), self.activity(route.from).as_view())
    }

    /// Writes the columns from `first` on of that gradient, times a factor.
    pub(crate) fn weight_gradient(&self, p: usize, first: usize, factor: f32, gradient: MatrixViewMut) {
        let route = &self.graph.routes()[p];
        let (d, s) = (self.read_signal(p).as_view(), self.activity(route.from).as_view());
        route.map.gradient(gradient, first, factor, d, s);
    }

    /// Numbers whose sum, row by row, is the gradient of the bias of projection p. Those of a pooling add up to the same.
    pub(crate) fn bias_signal(&self, p: usize) -> &[f32] {
        self.learning_signal(self.graph.routes()[p].to).as_slice()
    }

    /// Number of projections of the network.
    pub fn projections(&self) -> usize {
        self.graph.routes().len()
    }

    /// Which compartments of population k are s⁺, where they exchange their roles.
    pub(crate) fn roles(&self, k: usize) -> Option<&Roles> {
        self.circuits.roles(k)
    }

    /// v⁺ and v⁻ of population k, where membranes relax.
    pub fn membranes(&self, k: usize) -> Option<[&Matrix; 2]> {
        self.circuits.membranes(k)
    }

    /// What the circuits of every population clip, population 1 first; empty on ideal hardware.
    pub fn clipping(&self) -> Vec<Clipping> {
        self.circuits.clipping(&self.states)
    }

    /// Sets the key of all noise to the beginning of a step.
    pub fn begin(&mut self, context: Context, step: u64) {
        self.tick = Tick { context, step, number: 0 };
    }

    /// The present.
    pub(crate) fn tick(&self) -> Tick {
        self.tick
    }

    /// Moves the key of the noise on.
    pub(crate) fn skip_ticks(&mut self, ticks: u64) {
        self.tick.number += ticks;
    }

    /// Number of stimuli.
    pub fn samples(&self) -> usize {
        self.states.stimulus.ncols()
    }

    /// To be called when weights have changed: all products are made again.
    pub fn invalidate(&mut self) {
        self.cache.invalidate();
    }

    /// Brings everything that learning and recording read up to date.
    pub(crate) fn finish_update(&mut self, network: &Network) {
        let last = self.states.dyads.len();
        self.circuits.send_pending(1..=last, &mut self.states.dyads);
        self.circuits.read_learning_signals(self.tick, &self.states.dyads);
        for projection in network.projections() {
            if let Some(pool) = projection.pool {
                self.route_signal(projection, &pool);
            }
        }
    }

    /// Routes what the synapses of a pooled projection learn from to the maxima that count for that.
    fn route_signal(&mut self, projection: &Projection, pool: &MaxPool) {
        let (from, to) = (projection.from, projection.to);
        let as_read = match pool.maxima.gradient {
            Maxima::LastRead => true,
            Maxima::Mean => pool.maxima.drive == DriveMaxima::Mean && !self.cache.of(to).drive_dirty,
            Maxima::SPlus => false,
        };
        let read_apart = self.circuits.learning_signal(to).is_some();
        let own = &self.states.dyads[to - 1];
        let Some(pooling) = &own.pooling else { return };
        let signal = (!as_read || read_apart).then(|| {
            let mut taps = pooling.taps.clone();
            if !as_read {
                let senders = match pool.maxima.gradient {
                    Maxima::SPlus if from > 0 => &self.states.dyads[from - 1].s_plus,
                    _ => self.states.activity(from),
                };
                find_taps(pool, |y, x| projection.apply(y, x), senders, &mut taps);
            }
            let mut signal = Matrix::zeros(pooling.routed.nrows(), pooling.routed.ncols());
            route(pool, self.learning_signal(to), &taps, &mut signal);
            signal
        });
        if let Some(pooling) = &mut self.states.dyads[to - 1].pooling {
            pooling.signal = signal;
        }
    }

    /// All states zero.
    pub(crate) fn reset(&mut self) {
        self.states.dyads.iter_mut().for_each(DyadState::reset);
        self.circuits.reset();
        self.invalidate();
    }

    /// Coloured noise starts again from its stationary law, as for stimuli of another time.
    pub(crate) fn restart_coloured_noise(&mut self) {
        self.circuits.restart_coloured_noise();
    }

    /// What the next stimulus depends on; states only if it inherits them from this one (`carried`).
    ///
    /// # Errors
    /// As [`crate::persist::Persist::persist`].
    pub(crate) fn persist(&mut self, carried: bool, archive: &mut Archive) -> Result<(), Damaged> {
        if carried {
            archive.group("states", |archive| archive.parts(1, &mut self.states.dyads))?;
        }
        self.circuits.persist(carried, archive)?;
        if archive.is_loading() {
            self.invalidate();
        }
        Ok(())
    }

    /// Everything at once, for inference that does not go update by update.
    pub(crate) fn parts(&mut self) -> (&mut States, &mut dyn Circuits) {
        (&mut self.states, self.circuits.as_mut())
    }

    /// Brings the circuits up to date with their hardware.
    pub(super) fn adopt(&mut self, network: &Network, substrate: &Substrate) {
        let samples = self.samples();
        if substrate.renew(&mut self.circuits, network, samples) {
            self.invalidate();
        }
    }
}
