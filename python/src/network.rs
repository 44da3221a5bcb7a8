//! A network in the hand. Arrays of stimuli are read where they are, without a copy; the interpreter is free while the network
//! computes.
use crate::arrays::array;
use crate::failure::{DyadError, of, of_panic};
use crate::pool::pool;
use crate::setup::Setup;
use dyadsim::credit::gradient::GivenGradient;
use dyadsim::data::Datasets;
use dyadsim::learning::{
    Divergence, Learner, Overwritten, Relaxation, exact_gradient, overwrite, set_weights, stream_update, takes_numbers,
};
use dyadsim::linalg::{Matrix, MatrixView};
use dyadsim::map::Shape;
use dyadsim::measure::answers;
use dyadsim::relax::{NetworkState, Update};
use dyadsim::run::untrained;
use numpy::{PyArrayDyn, PyReadonlyArray1, PyReadonlyArray2, PyReadonlyArrayDyn, PyUntypedArrayMethods};
use pyo3::exceptions::{PyIndexError, PyValueError};
use pyo3::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// (weight in the order of files, bias)
type LayerArrays<'py> = (Bound<'py, PyArrayDyn<f32>>, Bound<'py, PyArrayDyn<f32>>);
type Given<'py> = Option<(PyReadonlyArrayDyn<'py, f32>, PyReadonlyArray1<'py, f32>)>;

/// A network and what it learns with.
#[pyclass(module = "dyadsim._dyadsim")]
pub struct Network {
    learner: Learner,
    relaxation: Option<Relaxation>,
    /// Training steps that were begun.
    steps: u64,
}

#[pymethods]
impl Network {
    #[new]
    #[pyo3(signature = (setup, sample_shape, classes, samples, steps_per_epoch))]
    fn new(
        py: Python<'_>,
        setup: &Bound<'_, Setup>,
        sample_shape: Vec<usize>,
        classes: usize,
        samples: usize,
        steps_per_epoch: u64,
    ) -> PyResult<Self> {
        let setup = &setup.get().0;
        let learner = compute(py, || untrained(setup, &sample_shape, classes, samples, steps_per_epoch))?;
        Ok(Self { learner: learner.map_err(of)?, relaxation: None, steps: 0 })
    }

    /// Names and shapes of all populations, the stimulus first.
    #[getter]
    fn populations(&self) -> Vec<(String, Vec<usize>)> {
        let all = self.learner.weights.populations().iter();
        all.map(|own| (own.name.clone(), own.shape.axes())).collect()
    }

    /// (from, to, shape of the weights in the order of files, number of biases) of all projections.
    #[getter]
    fn projections(&self) -> Vec<(usize, usize, Vec<usize>, usize)> {
        let all = self.learner.weights.projections().iter();
        all.map(|own| (own.from, own.to, own.map.weight_shape(), own.bias.len())).collect()
    }

    /// Training steps that were begun.
    #[getter]
    fn steps(&self) -> u64 {
        self.steps
    }

    /// Whether it lives in a stream.
    #[getter]
    fn in_stream(&self) -> bool {
        self.learner.stream().is_some()
    }

    /// Whether weights and gradients may come from the caller.
    #[getter]
    fn takes_numbers(&self) -> bool {
        takes_numbers(&self.learner)
    }

    /// Infers the states for a mini-batch: x (sample, feature), y (sample, class).
    fn infer(&mut self, py: Python<'_>, x: PyReadonlyArray2<f32>, y: PyReadonlyArray2<f32>) -> PyResult<()> {
        let [inputs, targets] = self.views(&x, &y)?;
        self.make_room(inputs.ncols());
        let (step, learner) = (self.begin_step(), &mut self.learner);
        compute(py, || learner.infer(inputs, targets, step, None))?.map_err(diverged)
    }

    /// Begins to infer them one update at a time.
    fn begin(&mut self, py: Python<'_>, x: PyReadonlyArray2<f32>, y: PyReadonlyArray2<f32>) -> PyResult<()> {
        let [inputs, targets] = self.views(&x, &y)?;
        self.make_room(inputs.ncols());
        let (step, learner) = (self.begin_step(), &mut self.learner);
        self.relaxation = compute(py, || Relaxation::begin(learner, inputs, targets, step))?;
        match &self.relaxation {
            Some(_) => Ok(()),
            None => Err(PyValueError::new_err(
                "updates one at a time are those of dyads (dp, dp_transpose, damped_dp) outside a stream",
            )),
        }
    }

    /// Makes the next update: (kind, population), or `None` after the last one.
    fn update(&mut self, py: Python<'_>) -> PyResult<Option<(&'static str, Option<usize>)>> {
        let Some(relaxation) = &mut self.relaxation else { return Ok(None) };
        let learner = &mut self.learner;
        Ok(compute(py, || relaxation.update(learner))?.map(|update| named(update, learner.weights.last())))
    }

    /// One update in a stream.
    fn stream(
        &mut self,
        py: Python<'_>,
        x: PyReadonlyArray2<f32>,
        y: Option<PyReadonlyArray2<f32>>,
    ) -> PyResult<(&'static str, Option<usize>)> {
        if !self.in_stream() {
            return Err(PyValueError::new_err("schedule: is no stream; use infer or relax"));
        }
        let inputs = self.view(&x, 0)?;
        let teacher = y.as_ref().map(|y| self.view(y, self.learner.weights.last())).transpose()?;
        if inputs.ncols() != self.learner.state.samples() {
            let expected = self.learner.state.samples();
            return Err(PyValueError::new_err(format!("x: a stream goes on with {expected} samples at a time")));
        }
        let (step, learner) = (self.begin_step(), &mut self.learner);
        let update = compute(py, || stream_update(learner, inputs, teacher, step))?;
        Ok(named(update, self.learner.weights.last()))
    }

    /// A signal of population k: (sample, unit) or (sample, channel, row, column).
    fn state<'py>(&self, py: Python<'py>, k: usize, signal: &str) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
        let own = k.checked_sub(1).and_then(|index| self.learner.state.dyads().get(index));
        let matrix = match (own, signal) {
            (None, "mean") if k == 0 => self.learner.state.activity(0),
            (Some(own), "s_plus") => &own.s_plus,
            (Some(own), "s_minus") => &own.s_minus,
            (Some(own), "mean") => &own.mean,
            (Some(own), "difference") => &own.difference,
            (Some(own), "drive") => &own.drive,
            (Some(own), "feedback") => &own.feedback,
            _ => return Err(PyIndexError::new_err(format!("population {k} has no {signal}"))),
        };
        let shape = self.learner.weights.populations()[k].shape;
        in_file_order(py, shape, matrix)
    }

    /// Overwrites a signal of population k.
    fn set_state(&mut self, py: Python<'_>, k: usize, signal: &str, values: PyReadonlyArrayDyn<f32>) -> PyResult<()> {
        let signal = match signal {
            "s_plus" => Overwritten::SPlus,
            "s_minus" => Overwritten::SMinus,
            "mean" => Overwritten::Mean,
            "difference" => Overwritten::Difference,
            _ => return Err(PyValueError::new_err(format!("{signal}: follows from the others and cannot be set"))),
        };
        if !(1..=self.learner.weights.last()).contains(&k) {
            return Err(PyIndexError::new_err(format!("there are no dyads in population {k}")));
        }
        if self.learner.inference.rule.nudging().is_none() {
            return Err(PyValueError::new_err("states are set of dyads (dp, dp_transpose, damped_dp)"));
        }
        let mut needed = vec![self.learner.state.samples()];
        needed.extend(self.learner.weights.populations()[k].shape.axes());
        expect_shape("values", values.shape(), &needed)?;
        let (numbers, learner) = (values.as_slice()?, &mut self.learner);
        compute(py, || overwrite(learner, k, signal, numbers))
    }

    /// The gradient of projection k that the states hold.
    fn gradient<'py>(&self, py: Python<'py>, k: usize) -> PyResult<LayerArrays<'py>> {
        self.check_projection(k)?;
        let learner = &self.learner;
        let found = compute(py, || learner.gradient().multiplied_out(k))?;
        self.as_arrays(py, k, found)
    }

    /// The exact one of all projections.
    fn exact_gradient<'py>(
        &self,
        py: Python<'py>,
        x: PyReadonlyArray2<f32>,
        y: PyReadonlyArray2<f32>,
    ) -> PyResult<Vec<LayerArrays<'py>>> {
        let [inputs, targets] = self.views(&x, &y)?;
        let learner = &self.learner;
        let found = compute(py, || exact_gradient(learner, inputs, targets))?;
        (1..).zip(found).map(|(k, own)| self.as_arrays(py, k, own)).collect()
    }

    /// Learns from the present states, or from what is given in their place, projection by projection.
    fn apply(&mut self, py: Python<'_>, given: Vec<Given>, rate: f64) -> PyResult<()> {
        let projections = self.learner.weights.projections();
        if given.len() > projections.len() {
            let (all, got) = (projections.len(), given.len());
            return Err(PyValueError::new_err(format!("gradient: there are {all} projections, got {got}")));
        }
        if given.iter().any(Option::is_some) && !takes_numbers(&self.learner) {
            return Err(PyValueError::new_err(
                "gradient: these synapses are devices that learn from the states alone, with no gradient of one's own",
            ));
        }
        let dense = (1..).zip(given).zip(projections).map(|((k, own), projection)| {
            let Some((weight, bias)) = own else { return Ok(None) };
            expect_shape(&format!("gradient of weights[{k}]"), weight.shape(), &projection.map.weight_shape())?;
            expect_shape(&format!("gradient of biases[{k}]"), bias.shape(), &[projection.bias.len()])?;
            let (numbers, bias) = (weight.as_slice()?, bias.as_slice()?.to_vec());
            Ok(Some(GivenGradient { weight: projection.map.matrix_of_files(numbers), bias }))
        });
        let dense = dense.collect::<PyResult<Vec<_>>>()?;
        let (step, learner) = (self.steps.saturating_sub(1), &mut self.learner);
        compute(py, || {
            learner.update_by(&dense, rate, step)?;
            learner.state.invalidate();
            Ok(())
        })?
        .map_err(diverged)
    }

    /// Weights of projection k in the order of files, and its biases.
    fn weights<'py>(&self, py: Python<'py>, k: usize) -> PyResult<LayerArrays<'py>> {
        self.check_projection(k)?;
        let own = &self.learner.weights.projections()[k - 1];
        let (shape, numbers) = own.weight_for_files();
        let bias = own.bias.as_slice().to_vec();
        let length = bias.len();
        Ok((array(py, numbers, shape)?, array(py, bias, vec![length])?))
    }

    /// Sets either.
    fn set_weights(
        &mut self,
        k: usize,
        weight: Option<PyReadonlyArrayDyn<f32>>,
        bias: Option<PyReadonlyArray1<f32>>,
    ) -> PyResult<()> {
        self.check_projection(k)?;
        if !takes_numbers(&self.learner) {
            return Err(PyValueError::new_err("weights: these synapses are devices that only learning writes"));
        }
        let own = &self.learner.weights.projections()[k - 1];
        if own.normalisation.is_some() && bias.is_some() {
            return Err(PyValueError::new_err(format!("biases[{k}]: batch normalisation stands in their place")));
        }
        if let Some(weight) = &weight {
            expect_shape(&format!("weights[{k}]"), weight.shape(), &own.map.weight_shape())?;
        }
        if let Some(bias) = &bias {
            expect_shape(&format!("biases[{k}]"), bias.shape(), &[own.bias.len()])?;
        }
        let weight = weight.as_ref().map(|own| own.as_slice()).transpose()?;
        let bias = bias.as_ref().map(|own| own.as_slice()).transpose()?;
        set_weights(&mut self.learner, k, weight, bias);
        Ok(())
    }

    /// What the network answers to x (sample, feature): outputs (sample, class).
    fn predict<'py>(&self, py: Python<'py>, x: PyReadonlyArray2<f32>) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
        let inputs = self.view(&x, 0)?;
        let learner = &self.learner;
        let outputs = compute(py, || {
            let deployed = learner.synapses.deployed(&learner.weights, 0);
            answers(&learner.inference, deployed.as_ref().unwrap_or(&learner.weights), inputs)
        })?;
        let shape = learner.weights.populations()[learner.weights.last()].shape;
        in_file_order(py, shape, &outputs)
    }
}

impl Network {
    /// A row-major array (sample, unit) as a matrix (unit × sample), which is the same in memory.
    fn view<'a>(&self, values: &'a PyReadonlyArray2<f32>, population: usize) -> PyResult<MatrixView<'a>> {
        let units = self.learner.weights.populations()[population].units();
        let (samples, found) = (values.shape()[0], values.shape()[1]);
        let what = if population == 0 { "x" } else { "y" };
        if samples == 0 {
            return Err(PyValueError::new_err(format!("{what}: holds no samples")));
        }
        if found != units {
            return Err(PyValueError::new_err(format!("{what}: needs {units} numbers a sample, got {found}")));
        }
        let numbers = values.as_slice()?;
        if let Some(at) = numbers.iter().position(|x| !x.is_finite()) {
            let (sample, feature, value) = (at / units, at % units, numbers[at]);
            let place = format!("sample {sample}, number {feature}");
            return Err(PyValueError::new_err(format!("{what}: must be finite, got {value} ({place})")));
        }
        Ok(MatrixView::from_slice(numbers, units, samples))
    }

    /// Stimuli and targets of a mini-batch.
    fn views<'a>(&self, x: &'a PyReadonlyArray2<f32>, y: &'a PyReadonlyArray2<f32>) -> PyResult<[MatrixView<'a>; 2]> {
        let both = [self.view(x, 0)?, self.view(y, self.learner.weights.last())?];
        let [inputs, targets] = both.map(|own| own.ncols());
        if inputs != targets {
            return Err(PyValueError::new_err(format!("y: needs {inputs} samples as x has, got {targets}")));
        }
        Ok(both)
    }

    /// States for another number of samples, if there is another.
    fn make_room(&mut self, samples: usize) {
        self.relaxation = None;
        let learner = &mut self.learner;
        if learner.state.samples() != samples {
            learner.state = NetworkState::zeros(&learner.weights, samples, &learner.inference.substrate);
        }
    }

    fn begin_step(&mut self) -> u64 {
        self.steps += 1;
        self.steps - 1
    }

    fn check_projection(&self, k: usize) -> PyResult<()> {
        let last = self.learner.weights.projections().len();
        let refusal = || PyIndexError::new_err(format!("projections are counted from 1 to {last}, got {k}"));
        (1..=last).contains(&k).then_some(()).ok_or_else(refusal)
    }

    fn as_arrays<'py>(&self, py: Python<'py>, k: usize, own: GivenGradient) -> PyResult<LayerArrays<'py>> {
        let map = &self.learner.weights.projections()[k - 1].map;
        let length = own.bias.len();
        let weight = array(py, map.numbers_for_files(&own.weight), map.weight_shape())?;
        Ok((weight, array(py, own.bias, vec![length])?))
    }
}

/// Shape of a sample of an experiment's data, and number of classes.
#[pyfunction]
pub fn data_shape(py: Python<'_>, setup: &Bound<'_, Setup>) -> PyResult<(Vec<usize>, usize)> {
    let setup = &setup.get().0;
    let source = &setup.experiment.data.source;
    if let Some(known) = source.sample_shape().zip(source.classes()) {
        return Ok(known);
    }
    let experiment = &setup.experiment;
    let load = || Datasets::default().load(&experiment.data, &setup.base_dir, experiment.seeds.data);
    let splits = py.detach(load).map_err(of)?;
    Ok((splits.train.sample_shape().to_vec(), splits.train.outputs()))
}

/// Computes in the threads of the package, while the interpreter is free. What panics is an exception.
fn compute<T: Send>(py: Python<'_>, work: impl FnOnce() -> T + Send) -> PyResult<T> {
    let pool = pool(None)?;
    // A network that was left half-way answers with numbers, if perhaps not with those of before.
    let made = py.detach(|| catch_unwind(AssertUnwindSafe(|| pool.install(work))));
    made.map_err(|panic| of_panic(panic.as_ref()))
}

fn diverged(divergence: Divergence) -> PyErr {
    DyadError::new_err(format!("the network has diverged: {divergence}"))
}

/// What an update moves.
fn named(update: Update, last: usize) -> (&'static str, Option<usize>) {
    match update {
        Update::Layer(k) => ("population", Some(k)),
        Update::OutputsUnnudged => ("outputs_unnudged", Some(last)),
        Update::AllHidden => ("all_hidden", None),
        Update::All => ("all", None),
        Update::AllUnnudged => ("all_unnudged", None),
    }
}

fn expect_shape(what: &str, found: &[usize], needed: &[usize]) -> PyResult<()> {
    if found == needed {
        return Ok(());
    }
    Err(PyValueError::new_err(format!("{what}: must have shape {needed:?}, got {found:?}")))
}

/// Numbers of all units (unit × sample) as an array in the order of files.
fn in_file_order<'py>(py: Python<'py>, shape: Shape, matrix: &Matrix) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
    let mut numbers = matrix.as_slice().to_vec();
    shape.to_file_order(&mut numbers);
    let mut axes = vec![matrix.ncols()];
    axes.extend(shape.axes());
    array(py, numbers, axes)
}
