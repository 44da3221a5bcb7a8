//! The states of a network for a batch of stimuli: those of its dyads, of its circuits, and what is known of its products.
use super::cache::Cache;
use super::held::{Held, compartments_read};
use super::normalised::Normalised;
use super::pooled_signal::pooled_signal;
use crate::costs::Operations;
use crate::device::noise_key::{Context, Tick};
use crate::dynamics::state::{DyadState, States};
use crate::linalg::{Matrix, MatrixViewMut, scale_rows, side_by_side};
use crate::map::{ArrayShape, Factor};
use crate::network::{Graph, Network};
use crate::persist::{Archive, Damaged};
use crate::substrate::circuits::Circuits;
use crate::substrate::roles::Roles;
use crate::substrate::{Clipping, Substrate};
use smallvec::SmallVec;
use std::borrow::Cow;
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
    /// Floating-point operations of the products that were due so far: of all samples, whether or not they had moved.
    pub product_flops: u64,
    /// Products of every projection that were due so far: forward, and back.
    products: Vec<[u64; 2]>,
    /// What the chip has done for that.
    pub(crate) operations: Operations,
    /// The present.
    pub(crate) tick: Tick,
    /// What the network that was inferred had folded in, by projection; empty without normalisation.
    normalised: Vec<Option<Normalised>>,
    /// What synapses learn from, where that is not what the dyads hold at present.
    held: Option<Held>,
    /// e of every population then, population 1 first.
    held_signals: Vec<Matrix>,
}

impl NetworkState {
    /// Zero states of a network for a batch of `samples`, on this hardware.
    pub fn zeros(network: &Network, samples: usize, substrate: &Substrate) -> Self {
        Self {
            graph: Arc::clone(network.graph()),
            states: States::zeros(network.graph(), samples),
            circuits: substrate.circuits(network.graph(), samples),
            cache: Cache::new(network.last(), samples),
            product_flops: 0,
            products: vec![[0; 2]; network.projections().len()],
            operations: Operations::default(),
            tick: Tick::START,
            normalised: vec![],
            held: None,
            held_signals: vec![],
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
        self.held_signals.get(k - 1).unwrap_or_else(|| self.read_difference(k))
    }

    /// s⁺ − s⁻ as the learning circuit of population k has read it, whether or not synapses learn from it.
    pub(crate) fn read_difference(&self, k: usize) -> &Matrix {
        self.circuits.learning_signal(k).unwrap_or(&self.states.dyads[k - 1].difference)
    }

    /// s⁺ and s⁻ that the learning circuit of population k reads.
    pub(crate) fn read_compartments(&self, k: usize) -> [&Matrix; 2] {
        compartments_read(self.held.as_ref(), &self.states.dyads, k)
    }

    /// What the synapses of projection p (from 0) multiply with what they learn from.
    fn multiplied_activity(&self, p: usize) -> &Matrix {
        let held = self.held.as_ref().and_then(|held| held.activities.get(p));
        held.unwrap_or_else(|| self.activity(self.graph.routes()[p].from))
    }

    /// The array of projection p (from 0).
    pub(crate) fn array(&self, p: usize) -> ArrayShape {
        self.graph.routes()[p].map.array()
    }

    /// What was folded into projection p (from 0) for the present mini-batch, if anything was.
    pub(crate) fn normalised(&self, p: usize) -> Option<&Normalised> {
        self.normalised.get(p).and_then(Option::as_ref)
    }

    /// Another mini-batch comes, for which this is folded into the projections.
    pub(crate) fn normalise(&mut self, normalised: Vec<Option<Normalised>>) {
        self.normalised = normalised;
        self.states.dyads.iter_mut().for_each(|own| own.returned.clear());
    }

    /// b of every unit of population k, as it was for the present mini-batch: with −g m of what is normalised.
    pub(crate) fn bias<'a>(&self, network: &'a Network, k: usize) -> Cow<'a, [f32]> {
        let mut bias = network.bias(k);
        for (p, projection) in network.arriving_with_places(k) {
            if let (Some(_), Some(own)) = (&projection.normalisation, self.normalised(p)) {
                let offsets = own.gains.iter().zip(&own.statistics.mean).map(|(g, m)| -g * m).collect::<Vec<_>>();
                bias.to_mut().iter_mut().zip(offsets.iter().cycle()).for_each(|(b, offset)| *b += offset);
            }
        }
        bias
    }

    /// What goes to the reads of projection p for its synapses (read unit × sample): the learning signal, at the maxima
    /// where reads are pooled.
    fn read_signal(&self, p: usize) -> &Matrix {
        let route = &self.graph.routes()[p];
        match &self.states.dyads[route.to - 1].pooling {
            Some(pooling) if route.pool.is_some() => pooling.signal.as_ref().unwrap_or(&pooling.routed),
            _ if !self.held_signals.is_empty() => self.learning_signal(route.to),
            _ => match self.circuits.learning_signal(route.to) {
                Some(signal) => signal,
                None => self.states.dyads[route.to - 1].returned(p, false),
            },
        }
    }

    /// The factors D (row × read) and S (column × read) of the gradient D Sᵀ of the array of projection p (from 0).
    pub(crate) fn factors(&self, p: usize) -> [Factor<'_>; 2] {
        let route = &self.graph.routes()[p];
        let [mut d, s] = route.map.factors(self.read_signal(p).as_view(), self.multiplied_activity(p).as_view());
        if let Some(own) = self.normalised(p) {
            let mut scaled = d.view().into_owned();
            scale_rows(scaled.as_view_mut(), &own.gains);
            d = Factor::Made(scaled);
        }
        match self.second_term(p) {
            None => [d, s],
            Some((middle, contrast)) => {
                let [second_d, second_s] = route.map.factors(middle.as_view(), contrast.as_view());
                [(d, second_d), (s, second_s)].map(|(first, second)| {
                    Factor::Made(side_by_side(first.view().nrows(), [first.view(), second.view()]))
                })
            }
        }
    }

    /// Of units with two phases the gradient of projection p has a second term: what the receivers hold in the middle of
    /// both, with the contrast of the senders.
    fn second_term(&self, p: usize) -> Option<(Matrix, &Matrix)> {
        let route = &self.graph.routes()[p];
        let sender = self.states.dyads.get(route.from.checked_sub(1)?)?;
        let contrast = &sender.phases.as_ref()?.contrast;
        Some((self.states.dyads[route.to - 1].middle(), contrast))
    }

    /// Number of terms of the gradient of projection p: products of what receivers and senders hold.
    pub(crate) fn terms(&self, p: usize) -> usize {
        let sender = self.graph.routes()[p].from.checked_sub(1);
        if sender.is_some_and(|k| self.states.dyads[k].phases.is_some()) { 2 } else { 1 }
    }

    /// How many populations above the one at which projection p arrives there are.
    pub(crate) fn depth(&self, p: usize) -> usize {
        self.states.dyads.len() - self.graph.routes()[p].to
    }

    /// Writes the columns from `first` on of that gradient, times a factor.
    pub(crate) fn weight_gradient(&self, p: usize, first: usize, factor: f32, mut gradient: MatrixViewMut) {
        let route = &self.graph.routes()[p];
        let (d, s) = (self.read_signal(p).as_view(), self.multiplied_activity(p).as_view());
        route.map.gradient(gradient.as_view_mut(), first, factor, d, s);
        if let Some((middle, contrast)) = self.second_term(p) {
            let mut second = Matrix::zeros(gradient.nrows(), gradient.ncols());
            route.map.gradient(second.as_view_mut(), first, factor, middle.as_view(), contrast.as_view());
            gradient += second;
        }
        if let Some(own) = self.normalised(p) {
            scale_rows(gradient, &own.gains);
        }
    }

    /// Numbers whose sum, row by row, is the gradient of the bias of projection p. Those of a pooling add up to the same; a
    /// normalised projection has no bias to learn.
    pub(crate) fn bias_signal(&self, p: usize) -> &[f32] {
        if self.normalised(p).is_some() {
            return &[];
        }
        self.learning_signal(self.graph.routes()[p].to).as_slice()
    }

    /// Number of projections of the network.
    pub fn projections(&self) -> usize {
        self.graph.routes().len()
    }

    /// Bytes of the states of population k and of what its circuits keep; 0 is the stimulus.
    pub fn memory_bytes(&self, k: usize) -> usize {
        let own = match k {
            0 => size_of_val(self.states.stimulus.as_slice()),
            _ => self.states.dyads[k - 1].memory_bytes(),
        };
        own + self.circuits.memory_bytes(k)
    }

    /// How often the product of projection p (from 0) was made so far: forward, and back.
    pub fn products(&self, p: usize) -> [u64; 2] {
        self.products[p]
    }

    /// What the chip has done since [`Operations::take`] was asked last.
    pub fn operations(&self) -> &Operations {
        &self.operations
    }

    /// Ends a stage in which the units of these populations have moved with a probability (always, if none is given).
    pub(crate) fn end_stage(&mut self, populations: impl IntoIterator<Item = usize>, share: Option<f32>) {
        let stimuli = self.samples() as u64;
        self.operations.end_stage(populations, share, stimuli);
    }

    /// Counts products that are made of projection p (from 0): forward, and back.
    pub(crate) fn count_products(&mut self, p: usize, times: [u64; 2]) {
        self.product_flops += (times[0] + times[1]) * self.graph.routes()[p].map.flops(self.samples());
        self.products[p].iter_mut().zip(times).for_each(|(all, more)| *all += more);
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

    /// From now on v⁺ and v⁻ are kept, on hardware that has membranes.
    pub(crate) fn keep_membranes(&mut self) {
        self.circuits.keep_membranes();
    }

    /// From now on units send what their membranes are on their way to.
    pub(crate) fn make_prospective(&mut self) {
        self.circuits.make_prospective();
    }

    /// (1−κ)/κ, and v⁺ and v⁻ of population k before its last step, where units are prospective.
    pub(crate) fn lead(&self, k: usize) -> Option<(f32, &[Matrix; 2])> {
        self.circuits.lead(k)
    }

    /// The limits of the states.
    pub(crate) fn rails(&self) -> (f32, f32) {
        self.circuits.rails()
    }

    /// Population k is going to send the difference of these compartments back, in the place of its own.
    pub(crate) fn replace_difference(&mut self, k: usize, compartments: [&Matrix; 2]) {
        let dyads = &mut self.states.dyads[k - 1];
        dyads.difference = self.circuits.difference(k, compartments);
        dyads.route();
        self.cache.difference_replaced(&self.graph, k);
    }

    /// Synapses learn from this at the next [`NetworkState::finish_update`].
    pub(crate) fn hold(&mut self, held: Held) {
        self.held = Some(held);
    }

    /// What the chip has done since this was asked last.
    pub(crate) fn take_operations(&mut self) -> Operations {
        self.circuits.take_events(&mut |k, events| self.operations.add_events(k, events));
        self.operations.take()
    }

    /// Brings everything that learning and recording read up to date.
    pub(crate) fn finish_update(&mut self, network: &Network) {
        let last = self.states.dyads.len();
        self.circuits.send_pending(1..=last, &mut self.states.dyads);
        let Self { states, circuits, held, held_signals, tick, .. } = &mut *self;
        let read: SmallVec<[[&Matrix; 2]; 32]> =
            (1..=last).map(|k| compartments_read(held.as_ref(), &states.dyads, k)).collect();
        circuits.read_learning_signals(*tick, &read);
        if let Some(held) = &*held {
            *held_signals = held.signals(&read, |k| circuits.learning_signal(k), &states.dyads);
        }
        drop(read);
        for projection in network.projections().iter().filter(|projection| projection.pool.is_some()) {
            let is_current = !self.cache.of(projection.to).drive_dirty;
            let read_apart = self.circuits.learning_signal(projection.to);
            let signal =
                pooled_signal(projection, &self.states, self.learning_signal(projection.to), read_apart, is_current);
            if let Some(pooling) = &mut self.states.dyads[projection.to - 1].pooling {
                pooling.signal = signal;
            }
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
