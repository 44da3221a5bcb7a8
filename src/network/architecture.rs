//! From layers to populations and routes: which shape each population has, and which map reaches it.
use super::error::{LayerProblem, NetworkError};
use super::initialisation::Initialization;
use super::layers::{ConvolutionLayer, Layer, SkipLayer};
use super::network::{Network, Route};
use super::normalisation::{BatchNorm, Normalisation, NormalisedArrays};
use super::population::Population;
use super::projection::Projection;
use crate::linalg::WeightMatrix;
use crate::map::{
    AveragePool, Convolution, Dense, Identity, LinearMap, MapError, MaxPool, MaximaSettings, Padding, Pooled, Shape,
    Sides, Window,
};
use crate::parameter::Size;
use nalgebra::DVector;

/// The populations of a network and the routes between them, without weights.
///
/// ```
/// use dyadsim::network::{Architecture, Layer};
/// use dyadsim::prelude::*;
///
/// let text = r#"[{"convolution": {"features": 8, "kernel": 5}}, {"max_pool": {"window": 2}}]"#;
/// let layers: Vec<Layer> = serde_json::from_str(text)?;
/// let digits = Shape { channels: 1, rows: 28, columns: 28 };
/// let architecture = Architecture::new(digits, &layers, Some(10), Default::default())?;
/// assert_eq!(architecture.units(), [784, 8 * 12 * 12, 10]);
/// let network = architecture.random(Initialization::LecunNormal, 1)?;
/// assert_eq!(network.projections()[1].weight.pre(), 8 * 12 * 12);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Architecture {
    populations: Vec<Population>,
    routes: Vec<Route>,
    batch_norm: Option<BatchNorm>,
}

/// An architecture that is being put together.
struct Builder {
    populations: Vec<Population>,
    routes: Vec<Route>,
    /// Pooling that the next layer reads through.
    pooling: Option<AveragePool>,
}

impl Architecture {
    /// For stimuli of this shape, through `layers`, to `outputs` linear units, if there are any beyond the layers.
    ///
    /// # Errors
    /// [`NetworkError::Layer`] names the layer that does not fit, and the shape that it gets.
    pub fn new(
        stimulus: Shape,
        layers: &[Layer],
        outputs: Option<usize>,
        maxima: MaximaSettings,
    ) -> Result<Self, NetworkError> {
        let stimulus = Population { name: "stimulus".to_owned(), shape: stimulus };
        let mut builder = Builder { populations: vec![stimulus], routes: vec![], pooling: None };
        for (index, layer) in layers.iter().enumerate() {
            let input = builder.shape();
            builder.add(layer, maxima).map_err(|problem| NetworkError::Layer {
                number: index + 1,
                kind: layer.kind(),
                input,
                problem: Box::new(problem),
            })?;
        }
        if let Some(units) = outputs {
            builder.dense("output".to_owned(), units);
        } else if let Some(last) = builder.populations.last_mut() {
            last.name = "output".to_owned();
        }
        let Builder { populations, routes, .. } = builder;
        Ok(Self { populations, routes, batch_norm: None })
    }

    /// A chain of dense layers of `units`, the stimulus first.
    pub fn chain(units: &[usize]) -> Self {
        let layers: Vec<Population> = Network::flat_populations(units);
        let dense = |(index, pair): (usize, &[usize])| Route {
            from: index,
            to: index + 1,
            map: LinearMap::Dense(Dense::new(Shape::flat(pair[0]), pair[1])),
            pool: None,
        };
        Self { populations: layers, routes: units.windows(2).enumerate().map(dense).collect(), batch_norm: None }
    }

    /// With batch normalisation of what its arrays read.
    #[must_use]
    pub fn with_batch_norm(self, batch_norm: Option<BatchNorm>) -> Self {
        Self { batch_norm, ..self }
    }

    /// The normalisation of what a route reads, if there is any.
    fn normalisation(&self, route: &Route) -> Option<Normalisation> {
        let settings = self.batch_norm?;
        let is_chosen = settings.arrays == NormalisedArrays::All || !is_dense(&route.map);
        (route.has_synapses() && is_chosen).then(|| Normalisation::new(settings, route.map.array().rows))
    }

    /// All populations, the stimulus first.
    pub fn populations(&self) -> &[Population] {
        &self.populations
    }

    /// The routes of all projections.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// Units of every population, the stimulus first.
    pub fn units(&self) -> Vec<usize> {
        self.populations.iter().map(Population::units).collect()
    }

    /// Synapses of all arrays.
    pub fn synapses(&self) -> usize {
        self.routes.iter().map(|route| route.map.array()).map(|array| array.rows * array.columns).sum()
    }

    /// With initial weights.
    ///
    /// # Errors
    /// As [`Network::new`].
    pub fn random(&self, initialization: Initialization, seed: u64) -> Result<Network, NetworkError> {
        let projection = |(route, number): (&Route, usize)| {
            let Route { from, to, map, pool } = route.clone();
            Projection::random(from, to, map, initialization, number, seed)
                .with_pool(pool)
                .with_normalisation(self.normalisation(route))
        };
        Network::new(self.populations.clone(), self.routes.iter().zip(1..).map(projection).collect())
    }

    /// The matrix of a route, from the numbers (row-major) of a file.
    pub fn weight_of_file(route: &Route, numbers: &[f32]) -> WeightMatrix {
        WeightMatrix::from_matrix(&route.map.matrix_of_files(numbers))
    }

    /// With these weights (row × column) and biases (row), in the order of the routes.
    ///
    /// # Errors
    /// As [`Network::new`].
    ///
    /// # Panics
    /// If there are not as many as routes.
    pub fn with_weights(&self, weights: Vec<(WeightMatrix, DVector<f32>)>) -> Result<Network, NetworkError> {
        assert_eq!(weights.len(), self.routes.len(), "weights for every route");
        let projection = |(route, (weight, bias)): (&Route, (WeightMatrix, DVector<f32>))| {
            let Route { from, to, map, pool } = route.clone();
            Projection::new(from, to, map, weight, bias).with_pool(pool).with_normalisation(self.normalisation(route))
        };
        Network::new(self.populations.clone(), self.routes.iter().zip(weights).map(projection).collect())
    }
}

impl Builder {
    /// Shape that the next layer gets.
    fn shape(&self) -> Shape {
        self.pooling.map_or_else(|| self.populations[self.last()].shape, |pooling| pooling.output())
    }

    /// Number of the last population.
    fn last(&self) -> usize {
        self.populations.len() - 1
    }

    /// Whether what the next layer gets has no places, however few.
    fn is_flat(&self) -> bool {
        let image = &self.populations[self.last()].shape;
        let is_dense = self.routes.last().is_none_or(|route| is_dense(&route.map));
        self.pooling.is_none() && is_dense && image.places() == 1
    }

    fn add(&mut self, layer: &Layer, maxima: MaximaSettings) -> Result<(), LayerProblem> {
        let slides = matches!(layer, Layer::Convolution(_) | Layer::AveragePool(_) | Layer::GlobalAveragePool(_));
        if slides && self.is_flat() {
            return Err(LayerProblem::NoPlaces);
        }
        match layer {
            Layer::Dense(dense) => {
                self.dense(self.name(dense.name.as_ref())?, dense.units.get());
            }
            Layer::Convolution(convolution) => {
                let (name, map) = (self.name(convolution.name.as_ref())?, of_layer(self.shape(), convolution)?);
                self.population(name, LinearMap::Convolution(map));
            }
            Layer::MaxPool(pool) => {
                let last = self.last();
                let arriving = self.routes.iter().filter(|route| route.to == last).count();
                let route =
                    self.routes.last_mut().filter(|route| route.pool.is_none() && route.map.output().places() > 1);
                let route =
                    route.filter(|_| arriving == 1 && self.pooling.is_none()).ok_or(LayerProblem::NoConvolution)?;
                let stride = pool.stride.unwrap_or(pool.window);
                let pool = MaxPool::new(route.map.output(), pool.window, stride, maxima)?;
                route.pool = Some(pool);
                self.populations[last].shape = pool.output();
            }
            Layer::AveragePool(pool) => {
                let stride = pool.stride.unwrap_or(pool.window);
                self.average(|shape| AveragePool::new(shape, pool.window, stride))?;
            }
            Layer::GlobalAveragePool(_) => self.average(|shape| Ok(AveragePool::global(shape)))?,
            Layer::Skip(skip) => self.skip(skip)?,
        }
        Ok(())
    }

    fn average(&mut self, pool: impl Fn(Shape) -> Result<AveragePool, MapError>) -> Result<(), LayerProblem> {
        if self.pooling.is_some() {
            return Err(LayerProblem::PooledTwice);
        }
        self.pooling = Some(pool(self.shape())?);
        Ok(())
    }

    fn skip(&mut self, skip: &SkipLayer) -> Result<(), LayerProblem> {
        let to = self.last();
        let earlier = &self.populations[..to];
        let from = earlier.iter().position(|population| population.name == skip.from);
        let from = from.ok_or_else(|| LayerProblem::UnknownLayer {
            name: skip.from.clone(),
            earlier: earlier.iter().map(|population| population.name.clone()).collect(),
        })?;
        if self.pooling.is_some() {
            return Err(LayerProblem::SkipAfterPooling);
        }
        let (source, target) = (self.populations[from].shape, self.populations[to].shape);
        let map = match skip.convolution {
            None => LinearMap::Identity(Identity::new(source)),
            Some(own) => {
                let one = Sides::Both(Size::constant(1));
                let window = Window::new(source, one, own.stride, one, Padding::default())?;
                LinearMap::Convolution(Convolution::new(source, target.channels, 1, window)?)
            }
        };
        if map.output() != target {
            return Err(LayerProblem::Skip { made: map.output(), needed: target });
        }
        self.routes.push(Route { from, to, map, pool: None });
        Ok(())
    }

    /// The name that a layer is given, or that of its place.
    fn name(&self, given: Option<&String>) -> Result<String, LayerProblem> {
        let name = given.cloned().unwrap_or_else(|| format!("hidden_{}", self.populations.len()));
        if self.populations.iter().any(|population| population.name == name) {
            return Err(LayerProblem::SameName { name });
        }
        Ok(name)
    }

    fn dense(&mut self, name: String, units: usize) {
        self.population(name, LinearMap::Dense(Dense::new(self.shape(), units)));
    }

    /// Adds a population that `map` reaches from the last one.
    fn population(&mut self, name: String, map: LinearMap) {
        let map = match self.pooling.take() {
            Some(pooling) => LinearMap::Pooled(Pooled::new(pooling, map)),
            None => map,
        };
        let from = self.last();
        self.populations.push(Population { name, shape: map.output() });
        self.routes.push(Route { from, to: from + 1, map, pool: None });
    }
}

fn is_dense(map: &LinearMap) -> bool {
    match map {
        LinearMap::Dense(_) => true,
        LinearMap::Pooled(pooled) => is_dense(pooled.then()),
        LinearMap::Convolution(_) | LinearMap::Identity(_) => false,
    }
}

fn of_layer(input: Shape, layer: &ConvolutionLayer) -> Result<Convolution, MapError> {
    let window = Window::new(input, layer.kernel, layer.stride, layer.dilation, layer.padding)?;
    Convolution::new(input, layer.features.get(), layer.groups.get(), window)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(layers: &str, stimulus: Shape) -> Result<Architecture, NetworkError> {
        let layers: Vec<Layer> = serde_json::from_str(layers).unwrap();
        Architecture::new(stimulus, &layers, Some(10), MaximaSettings::default())
    }

    const IMAGE: Shape = Shape { channels: 3, rows: 32, columns: 32 };

    #[test]
    fn shapes_follow_from_the_layers() {
        let architecture = build(
            r#"[{"convolution": {"features": 16, "kernel": 3, "padding": "same", "name": "first"}},
                {"convolution": {"features": 16, "kernel": 3, "padding": 1}},
                {"skip": {"from": "first"}},
                {"max_pool": {"window": 2}},
                {"convolution": {"features": 32, "kernel": 3, "stride": 2, "padding": "same"}},
                {"skip": {"from": "hidden_2", "convolution": {"stride": 2}}},
                {"global_average_pool": {}}]"#,
            IMAGE,
        );
        // A pooling comes before the skip that joins its population.
        assert!(architecture.unwrap_err().to_string().contains("max_pool"));
        let architecture = build(
            r#"[{"convolution": {"features": 16, "kernel": 3, "padding": "same", "name": "first"}},
                {"convolution": {"features": 16, "kernel": 3, "padding": 1}},
                {"max_pool": {"window": 2}},
                {"convolution": {"features": 32, "kernel": 3, "stride": 2, "padding": "same"}},
                {"skip": {"from": "hidden_2", "convolution": {"stride": 2}}},
                {"average_pool": {"window": 4}},
                {"dense": {"units": 7}}]"#,
            IMAGE,
        )
        .unwrap();
        let shapes: Vec<String> = architecture.populations().iter().map(|own| own.shape.to_string()).collect();
        assert_eq!(shapes, ["3 x 32 x 32", "16 x 32 x 32", "16 x 16 x 16", "32 x 8 x 8", "7", "10"]);
        assert_eq!(architecture.routes().len(), 6);
        assert_eq!(architecture.synapses(), 27 * 16 + 144 * 16 + 144 * 32 + 16 * 32 + 4 * 32 * 7 + 70);
        assert!(architecture.random(Initialization::default(), 1).is_ok());
    }

    #[test]
    fn what_does_not_fit_is_named_with_its_place_and_shapes() {
        let error = |layers: &str| build(layers, Shape { channels: 1, rows: 4, columns: 4 }).unwrap_err().to_string();
        for (layers, message) in [
            (
                r#"[{"convolution": {"features": 2, "kernel": 3}}, {"convolution": {"features": 2, "kernel": 3}}]"#,
                "layer 2 (convolution) gets 2 x 2 x 2: a window of 3 x 3 does not fit an image of 2 x 2",
            ),
            (
                r#"[{"max_pool": {"window": 2}}]"#,
                "layer 1 (max_pool) gets 1 x 4 x 4: must directly follow a convolution",
            ),
            (
                r#"[{"convolution": {"features": 2, "kernel": 1}}, {"skip": {"from": "stimulus"}}]"#,
                "layer 2 (skip) gets 2 x 4 x 4: it brings 1 x 4 x 4 to a layer of 2 x 4 x 4",
            ),
            (r#"[{"dense": {"units": 3}}, {"skip": {"from": "nobody"}}]"#, "no earlier layer is named \"nobody\""),
            (
                r#"[{"convolution": {"features": 3, "kernel": 1, "groups": 2}}]"#,
                "2 groups do not divide 1 channels into 3 features evenly",
            ),
        ] {
            let found = error(layers);
            assert!(found.contains(message), "{found}");
        }
    }
}
