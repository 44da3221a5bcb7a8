//! A network: populations and the projections between them.
use super::error::NetworkError;
use super::feedback::FeedbackWeights;
use super::initialisation::Initialization;
use super::normalisation::ChannelStatistics;
use super::population::Population;
use super::projection::Projection;
use crate::device::frozen::Chip;
use crate::linalg::{WeightMatrix, take_numbers};
use crate::map::{Dense, DriveMaxima, LinearMap, MaxPool, Maxima, MaximaSettings, Shape, Tiling};
use crate::persist::{Archive, Damaged, Persist};
use nalgebra::DVector;
use std::borrow::Cow;
use std::sync::Arc;

/// Populations and projections. Population 0 holds the stimulus, the last one is the output. Activity goes from a
/// population to later ones only, so that their order is that of a forward pass.
///
/// ```
/// use dyadsim::prelude::*;
///
/// // The short form: a chain of dense projections.
/// let chain = Network::random(&[784, 100, 10], Initialization::HeNormal, 1)?;
/// assert_eq!(chain.units(), [784, 100, 10]);
///
/// // The long one: here the stimulus reaches the outputs on two ways.
/// let dense = |from, to, [pre, post]: [usize; 2], number| {
///     let map = LinearMap::Dense(Dense::new(Shape::flat(pre), post));
///     Projection::random(from, to, map, Initialization::HeNormal, number, 1)
/// };
/// let network = Network::new(
///     vec![Population::flat("stimulus", 4), Population::flat("hidden", 8), Population::flat("output", 3)],
///     vec![dense(0, 1, [4, 8], 1), dense(1, 2, [8, 3], 2), dense(0, 2, [4, 3], 3)],
/// )?;
/// assert_eq!(network.arriving(network.last()).len(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Network {
    graph: Arc<Graph>,
    projections: Vec<Projection>,
    /// c of a lifted network (sender), one for every projection; empty in all others.
    reconstruction_biases: Vec<DVector<f32>>,
}

/// What does not change while a network learns.
#[derive(Debug, PartialEq)]
pub struct Graph {
    populations: Vec<Population>,
    routes: Vec<Route>,
    /// Projections that arrive at each population, and those that leave it.
    arriving: Vec<Vec<usize>>,
    leaving: Vec<Vec<usize>>,
}

/// Where a projection goes, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct Route {
    /// Population that sends activity; 0 is the stimulus.
    pub from: usize,
    /// Population that receives it.
    pub to: usize,
    /// How the array is used.
    pub map: LinearMap,
    /// What finds the largest of what is read, if something does.
    pub pool: Option<MaxPool>,
}

impl Route {
    /// Whether it has synapses.
    pub fn has_synapses(&self) -> bool {
        self.map.array().rows > 0
    }

    /// Whether its array is read at places, or there is none at all but wires.
    pub fn is_placed(&self) -> bool {
        self.map.is_read_at_places() || self.map.array().reads == 0
    }
}

impl Graph {
    /// Routes that arrive at population k.
    pub fn arriving(&self, k: usize) -> impl ExactSizeIterator<Item = &Route> {
        self.arriving[k].iter().map(|&p| &self.routes[p])
    }

    /// Routes that leave population k.
    pub fn leaving(&self, k: usize) -> impl ExactSizeIterator<Item = &Route> {
        self.leaving[k].iter().map(|&p| &self.routes[p])
    }

    /// All populations, the stimulus first.
    pub fn populations(&self) -> &[Population] {
        &self.populations
    }

    /// The pooling of what population k reads, if there is one.
    pub fn pool(&self, k: usize) -> Option<MaxPool> {
        self.arriving[k].iter().find_map(|&p| self.routes[p].pool)
    }

    /// Routes of all projections.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }
}

impl Network {
    /// Checks that populations and projections fit together.
    ///
    /// # Errors
    /// [`NetworkError::Empty`], [`NetworkError::Shape`] or [`NetworkError::Order`].
    pub fn new(populations: Vec<Population>, projections: Vec<Projection>) -> Result<Self, NetworkError> {
        if projections.is_empty() || populations.len() < 2 {
            return Err(NetworkError::Empty);
        }
        let count = populations.len();
        let (mut arriving, mut leaving) = (vec![vec![]; count], vec![vec![]; count]);
        for (index, projection) in projections.iter().enumerate() {
            let number = index + 1;
            let &Projection { from, to, .. } = projection;
            if from >= to || to >= count {
                return Err(NetworkError::Order { projection: number, from, to });
            }
            let (pre, post) = (populations[from].units(), populations[to].units());
            let fits = |what, found, expected| {
                let error = NetworkError::Shape { layer: number, what, found, expected };
                if found == expected { Ok(()) } else { Err(error) }
            };
            let array = projection.map.array();
            let matrix = (projection.weight.post(), projection.weight.pre());
            fits("weight", matrix, (array.rows, array.columns))?;
            fits("map", (projection.output().units(), projection.map.input().units()), (post, pre))?;
            fits("bias", (projection.bias.len(), 1), (array.rows, 1))?;
            arriving[to].push(index);
            leaving[from].push(index);
        }
        if let Some(lonely) = (1..count).find(|&k| arriving[k].is_empty()) {
            return Err(NetworkError::Unreached { population: lonely });
        }
        if let Some(lonely) = (0..count - 1).find(|&k| leaving[k].is_empty()) {
            return Err(NetworkError::DeadEnd { population: lonely });
        }
        if let Some(population) =
            (1..count).find(|&k| arriving[k].iter().filter(|&&index| projections[index].pool.is_some()).count() > 1)
        {
            return Err(NetworkError::Poolings { population });
        }
        let route = |p: &Projection| Route { from: p.from, to: p.to, map: p.map.clone(), pool: p.pool };
        let routes = projections.iter().map(route).collect();
        let graph = Arc::new(Graph { populations, routes, arriving, leaving });
        Ok(Self { graph, projections, reconstruction_biases: vec![] })
    }

    /// A chain of dense projections with these weights (post × pre) and biases, first hidden population first.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn chain(layers: Vec<(WeightMatrix, DVector<f32>)>) -> Result<Self, NetworkError> {
        let first = layers.first().map(|(weight, _)| weight.pre());
        let units = first.into_iter().chain(layers.iter().map(|(weight, _)| weight.post()));
        let populations = Self::flat_populations(&units.collect::<Vec<_>>());
        let projection = |(index, (weight, bias)): (usize, _)| Projection::dense(index, index + 1, weight, bias);
        Self::new(populations, layers.into_iter().enumerate().map(projection).collect())
    }

    /// A chain of dense projections between populations of `units` (stimulus first), with initial weights.
    ///
    /// # Errors
    /// If there are fewer than two entries in `units`, or a population has no units.
    pub fn random(units: &[usize], initialization: Initialization, seed: u64) -> Result<Self, NetworkError> {
        let projection = |(index, pair): (usize, &[usize])| {
            let map = LinearMap::Dense(Dense::new(Shape::flat(pair[0]), pair[1]));
            Projection::random(index, index + 1, map, initialization, index + 1, seed)
        };
        Self::new(Self::flat_populations(units), units.windows(2).enumerate().map(projection).collect())
    }

    /// Populations without places, under the names that a chain gives them.
    pub(super) fn flat_populations(units: &[usize]) -> Vec<Population> {
        let name = |k: usize| match k {
            0 => "stimulus".to_owned(),
            k if k + 1 == units.len() => "output".to_owned(),
            k => format!("hidden_{k}"),
        };
        units.iter().enumerate().map(|(k, &n)| Population::flat(name(k), n)).collect()
    }

    /// What does not change while it learns.
    pub fn graph(&self) -> &Arc<Graph> {
        &self.graph
    }

    /// All populations, the stimulus first.
    pub fn populations(&self) -> &[Population] {
        &self.graph.populations
    }

    /// L, the number of the output population.
    pub fn last(&self) -> usize {
        self.graph.populations.len() - 1
    }

    /// All projections, in the order in which they were given.
    pub fn projections(&self) -> &[Projection] {
        &self.projections
    }

    /// All projections, whose numbers (not shapes) may be changed.
    pub fn projections_mut(&mut self) -> &mut [Projection] {
        &mut self.projections
    }

    /// Projections that have synapses, with their numbers from 1.
    pub fn with_synapses(&self) -> impl Iterator<Item = (usize, &Projection)> {
        (1..).zip(&self.projections).filter(|(_, own)| own.has_synapses())
    }

    /// The same, whose numbers (not shapes) may be changed.
    pub fn with_synapses_mut(&mut self) -> impl Iterator<Item = (usize, &mut Projection)> {
        (1..).zip(&mut self.projections).filter(|(_, own)| own.has_synapses())
    }

    /// Projections that arrive at population k.
    pub fn arriving(&self, k: usize) -> impl ExactSizeIterator<Item = &Projection> {
        self.graph.arriving[k].iter().map(|&p| &self.projections[p])
    }

    /// Projections that leave population k.
    pub fn leaving(&self, k: usize) -> impl ExactSizeIterator<Item = &Projection> {
        self.graph.leaving[k].iter().map(|&p| &self.projections[p])
    }

    /// Projections that arrive at population k, with their places among all (from 0).
    pub(crate) fn arriving_with_places(&self, k: usize) -> impl ExactSizeIterator<Item = (usize, &Projection)> {
        self.graph.arriving[k].iter().map(|&p| (p, &self.projections[p]))
    }

    /// Projections that leave population k, with their places among all (from 0).
    pub(crate) fn leaving_with_places(&self, k: usize) -> impl ExactSizeIterator<Item = (usize, &Projection)> {
        self.graph.leaving[k].iter().map(|&p| (p, &self.projections[p]))
    }

    /// Whether something that is read is normalised.
    pub fn has_normalisation(&self) -> bool {
        self.projections.iter().any(|own| own.normalisation.is_some())
    }

    /// The network that answers: every normalisation, by its running statistics, as part of weights and biases.
    pub fn folded(&self) -> Cow<'_, Self> {
        self.folded_by(|p| self.projections[p].normalisation.as_ref().map(|own| &own.running))
    }

    /// Every normalisation, by these statistics of a projection (from 0), as part of weights and biases.
    pub(crate) fn folded_by<'a>(&self, statistics: impl Fn(usize) -> Option<&'a ChannelStatistics>) -> Cow<'_, Self> {
        if !self.has_normalisation() {
            return Cow::Borrowed(self);
        }
        let projection = |(p, own): (usize, &Projection)| match statistics(p) {
            Some(statistics) => own.folded(statistics),
            None => own.clone(),
        };
        Cow::Owned(Self {
            graph: Arc::clone(&self.graph),
            projections: self.projections.iter().enumerate().map(projection).collect(),
            reconstruction_biases: self.reconstruction_biases.clone(),
        })
    }

    /// b of every unit of population k: the sum over the projections that arrive. Those of a convolution are the same at
    /// every place.
    pub fn bias(&self, k: usize) -> Cow<'_, [f32]> {
        let units = self.populations()[k].units();
        let mut biased = self.arriving(k).map(|projection| projection.bias.as_slice()).filter(|bias| !bias.is_empty());
        let of_units = |bias: &[f32]| {
            let mut numbers = take_numbers(units);
            numbers.chunks_mut(bias.len()).for_each(|place| place.copy_from_slice(&bias[..place.len()]));
            numbers
        };
        let mut bias = match biased.next() {
            Some(bias) if bias.len() == units => Cow::Borrowed(bias),
            Some(bias) => Cow::Owned(of_units(bias)),
            None => Cow::Owned(of_units(&[0.0])),
        };
        for more in biased {
            bias.to_mut().iter_mut().zip(more.iter().cycle()).for_each(|(b, more)| *b += more);
        }
        bias
    }

    /// Whether population k reads, or is read by, something that is not cut by units: a convolution or a pooling.
    pub fn has_places(&self, k: usize) -> bool {
        self.arriving(k).chain(self.leaving(k)).any(|own| own.pool.is_some() || own.map.tiling() != Tiling::Units)
    }

    /// Whether something looks for maxima by s⁺ of population k.
    pub fn reads_s_plus(&self, k: usize) -> bool {
        self.leaving(k).filter_map(|own| own.pool).any(|pool| {
            let MaximaSettings { drive, feedback, gradient } = pool.maxima;
            drive == DriveMaxima::SPlus || feedback == Maxima::SPlus || gradient == Maxima::SPlus
        })
    }

    /// Whether the errors that come back to population k depend on its own state, by the maxima that it makes.
    pub fn finds_maxima_anew(&self, k: usize) -> bool {
        self.leaving(k).any(|own| own.pool.is_some_and(|pool| pool.maxima.feedback != Maxima::LastRead))
    }

    /// Whether each population is reached from the one before it alone.
    pub fn is_chain(&self) -> bool {
        let follows = |(k, own): (usize, &Projection)| (own.from, own.to) == (k, k + 1);
        self.projections.len() == self.last() && self.projections.iter().enumerate().all(follows)
    }

    /// Shape of every population, the stimulus first.
    pub fn shapes(&self) -> Vec<Shape> {
        self.populations().iter().map(|own| own.shape).collect()
    }

    /// Units of every population, the stimulus first.
    pub fn units(&self) -> Vec<usize> {
        self.populations().iter().map(Population::units).collect()
    }

    /// Bytes of the weights, and of the arrays next to them.
    pub fn memory_bytes(&self) -> usize {
        self.projections.iter().map(Projection::memory_bytes).sum()
    }

    /// c of a lifted network, of the first projection first; empty in all others.
    pub fn reconstruction_biases(&self) -> &[DVector<f32>] {
        &self.reconstruction_biases
    }

    /// The same, whose numbers (not shapes) may be changed.
    pub fn reconstruction_biases_mut(&mut self) -> &mut [DVector<f32>] {
        &mut self.reconstruction_biases
    }

    /// c_k; empty where there is none.
    pub fn reconstruction_bias(&self, k: usize) -> &[f32] {
        self.reconstruction_biases.get(k - 1).map_or(&[], |c| c.as_slice())
    }

    /// Gives every projection the bias c of a lifted network, of zero.
    pub fn with_reconstruction_biases(mut self) -> Self {
        self.reconstruction_biases = self.projections.iter().map(|p| DVector::zeros(p.weight.pre())).collect();
        self
    }

    /// Builds the feedback arrays of a chip. `reads_weights` says whether the read noise of the forward and of the
    /// feedback arrays depends on single weights.
    pub fn set_arrays<'m>(
        &mut self,
        feedback: FeedbackWeights,
        initialization: Initialization,
        reads_weights: [bool; 2],
        chip: impl Into<Chip<'m>>,
    ) {
        let chip = chip.into();
        for (projection, number) in self.projections.iter_mut().zip(1..) {
            projection.set_arrays(feedback, initialization, reads_weights, number, chip);
        }
    }

    /// Brings all arrays up to date after the weights have changed.
    pub(crate) fn refresh_arrays(&mut self) {
        self.projections.iter_mut().for_each(Projection::refresh_arrays);
    }

    /// Kolen–Pollack: forward and feedback arrays decay by the share `decay`, the feedback arrays then make the same step
    /// as the forward ones, which have come from `before`.
    pub(crate) fn follow_step(&mut self, before: &[WeightMatrix], decay: f32) {
        for (projection, before) in self.projections.iter_mut().zip(before) {
            projection.follow_step(before, decay);
        }
    }

    /// Feedback arrays that are not functions of the forward weights and the chip alone.
    ///
    /// # Errors
    /// As [`Persist::persist`].
    pub(crate) fn persist_feedback(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        let learnt = (1..).zip(&mut self.projections).filter_map(|(k, own)| Some((k, own.learnt_feedback()?)));
        learnt.into_iter().try_for_each(|(k, b)| archive.group(k, |archive| b.persist("feedback_weight", archive)))
    }
}

impl Persist for Network {
    /// Arrays next to the forward ones follow from these, once the caller has brought them up to date; but for
    /// `Network::persist_feedback`.
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        archive.parts(1, &mut self.projections)?;
        (1..)
            .zip(&mut self.reconstruction_biases)
            .try_for_each(|(k, c)| archive.group(k, |archive| archive.array("reconstruction_bias", c.as_mut_slice())))
    }
}
