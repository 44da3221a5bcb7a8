//! Numbers over named axes.
use super::error::PlotError;
use super::words::{labels, with_unit};

/// An axis of a cube.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Dim {
    pub name: String,
    /// One phrase for people.
    pub long_name: String,
    pub units: String,
    /// Whether distances count by logarithms.
    pub logarithmic: bool,
    /// How every value is written.
    pub labels: Vec<String>,
    /// The values, unless they are words.
    pub numbers: Option<Vec<f64>>,
    /// Whether its places are chips or networks of the same kind, that differ by their seeds only.
    pub is_population: bool,
}

impl Dim {
    /// An axis of numbers.
    pub(super) fn numbers(name: &str, long_name: &str, units: &str, logarithmic: bool, values: Vec<f64>) -> Self {
        let labels = labels(&values);
        let is_population = name == "seed";
        let (name, long_name, units) = (name.to_owned(), long_name.to_owned(), units.to_owned());
        Self { name, long_name, units, logarithmic, labels, numbers: Some(values), is_population }
    }

    /// An axis of words.
    pub(super) fn words(name: &str, long_name: &str, labels: Vec<String>) -> Self {
        let (name, long_name) = (name.to_owned(), long_name.to_owned());
        Self { name, long_name, units: "1".to_owned(), logarithmic: false, labels, numbers: None, is_population: false }
    }

    pub(super) fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether it stands for a quantity; seeds and layers are only counted.
    pub(super) fn is_quantity(&self) -> bool {
        self.numbers.is_some() && self.name != "layer" && !self.is_population
    }

    /// Name with unit, as written along an axis.
    pub(super) fn title(&self) -> String {
        let name = if self.long_name.is_empty() { self.name.replace('_', " ") } else { self.long_name.clone() };
        with_unit(&name, &self.units)
    }

    /// The sign of the quantity if its name ends with one ("nudging asymmetry α"), else its name.
    fn symbol(&self) -> String {
        let last = self.long_name.split_whitespace().last().unwrap_or_default();
        if last.chars().count() == 1 && !last.is_ascii() { last.to_owned() } else { self.name.replace('_', " ") }
    }

    /// "α = 0.5", "layer 2", "rule: dp".
    pub(super) fn at(&self, index: usize) -> String {
        let label = &self.labels[index];
        match (&self.numbers, self.name.as_str()) {
            (_, "layer" | "seed") => format!("{} {label}", self.name),
            (Some(_), _) if self.units != "1" => format!("{} = {label} {}", self.symbol(), self.units),
            (Some(_), _) => format!("{} = {label}", self.symbol()),
            (None, _) => format!("{}: {label}", self.symbol()),
        }
    }

    /// The places of values, as they were given with `option`.
    pub(super) fn places(&self, option: &'static str, values: &[String]) -> Result<Vec<usize>, PlotError> {
        let place = |given: &String| {
            let number = given.parse::<f64>().ok();
            let same = |index: &usize| {
                self.labels[*index] == *given
                    || self.numbers.as_ref().zip(number).is_some_and(|(own, number)| {
                        let own = own[*index];
                        (own - number).abs() <= 1e-6 * own.abs().max(number.abs()) || own == number
                    })
            };
            (0..self.len()).find(same).ok_or_else(|| {
                let given = if option == "--select" { format!("{}={given}", self.name) } else { given.clone() };
                PlotError::unknown(option, "value of this axis", &given, self.labels.iter().cloned())
            })
        };
        let mut places = values.iter().map(place).collect::<Result<Vec<_>, _>>()?;
        places.sort_unstable();
        places.dedup();
        Ok(places)
    }

    fn restricted(&self, places: &[usize]) -> Self {
        let numbers = self.numbers.as_ref().map(|numbers| places.iter().map(|k| numbers[*k]).collect());
        Self { labels: places.iter().map(|k| self.labels[*k].clone()).collect(), numbers, ..self.clone() }
    }
}

/// Numbers over axes, row-major.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cube {
    pub dims: Vec<Dim>,
    values: Vec<f64>,
}

/// An axis, by number, at one of its places.
pub(super) type Fixed = (usize, usize);

impl Cube {
    /// `None` if there are not as many values as the axes need.
    pub(super) fn new(dims: Vec<Dim>, values: Vec<f64>) -> Option<Self> {
        (dims.iter().map(Dim::len).product::<usize>() == values.len()).then_some(Self { dims, values })
    }

    /// The number of an axis.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.dims.iter().position(|dim| dim.name == name)
    }

    /// All values where these axes are at these places.
    pub(super) fn gather(&self, fixed: &[Fixed]) -> Vec<f64> {
        self.indices(fixed).map(|index| self.values[index]).collect()
    }

    fn indices(&self, fixed: &[Fixed]) -> impl Iterator<Item = usize> {
        let wanted: Vec<Option<usize>> =
            (0..self.dims.len()).map(|dim| fixed.iter().find(|(axis, _)| *axis == dim).map(|found| found.1)).collect();
        let mut found = vec![0];
        for (dim, wanted) in self.dims.iter().zip(wanted) {
            let places = wanted.map_or(0..dim.len(), |place| place..place + 1);
            found = found.iter().flat_map(|base| places.clone().map(move |place| base * dim.len() + place)).collect();
        }
        found.into_iter()
    }

    /// The same with an axis restricted to some places.
    pub(super) fn restricted(&self, axis: usize, places: &[usize]) -> Self {
        let mut dims = self.dims.clone();
        dims[axis] = dims[axis].restricted(places);
        let inner: usize = self.dims[axis + 1..].iter().map(Dim::len).product();
        let row = self.dims[axis].len() * inner;
        let outer = self.values.chunks(row.max(1));
        let values = outer.flat_map(|row| places.iter().flat_map(|k| row[k * inner..][..inner].to_vec())).collect();
        Self { dims, values }
    }

    /// The same with every value multiplied.
    pub(super) fn scaled(mut self, factor: f64) -> Self {
        self.values.iter_mut().for_each(|value| *value *= factor);
        self
    }

    /// Whether there is any finite value.
    pub(super) fn has_values(&self) -> bool {
        self.values.iter().any(|value| value.is_finite())
    }

    /// All combinations of places of some axes; the first axis changes slowest.
    pub(super) fn combinations(&self, axes: &[usize]) -> Vec<Vec<Fixed>> {
        axes.iter().fold(vec![vec![]], |found, axis| {
            let longer = |one: &Vec<Fixed>| {
                let one = one.clone();
                (0..self.dims[*axis].len()).map(move |place| [one.clone(), vec![(*axis, place)]].concat())
            };
            found.iter().flat_map(longer).collect()
        })
    }

    /// What is fixed, in words.
    pub(super) fn describe(&self, fixed: &[Fixed]) -> String {
        fixed.iter().map(|(axis, place)| self.dims[*axis].at(*place)).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cube() -> Cube {
        let alpha = Dim::numbers("alpha", "nudging asymmetry α", "1", false, vec![0.0, 0.5]);
        let rule = Dim::words("rule", "credit rule", vec!["dp".into(), "dpt".into(), "bp".into()]);
        let seed = Dim::numbers("seed", "seed", "1", false, vec![7.0, 8.0]);
        Cube::new(vec![alpha, rule, seed], (0..12).map(f64::from).collect()).unwrap()
    }

    #[test]
    fn values_are_gathered_and_restricted_by_axis() {
        let cube = cube();
        assert_eq!(cube.gather(&[(0, 1), (1, 2)]), [10.0, 11.0]);
        assert_eq!(cube.gather(&[(1, 0)]), [0.0, 1.0, 6.0, 7.0]);
        let part = cube.restricted(1, &[0, 2]);
        assert_eq!(part.dims[1].labels, ["dp", "bp"]);
        assert_eq!(part.gather(&[(0, 1)]), [6.0, 7.0, 10.0, 11.0]);
        assert_eq!(Cube::new(cube.dims.clone(), vec![0.0]), None);
    }

    #[test]
    fn values_of_axes_are_found_by_label_or_number_and_described() {
        let cube = cube();
        assert_eq!(cube.dims[0].places("--select", &["0.50".to_owned()]).unwrap(), [1]);
        assert_eq!(cube.dims[1].places("--select", &["bp".to_owned(), "dp".to_owned()]).unwrap(), [0, 2]);
        let message = cube.dims[1].places("--select", &["dpx".to_owned()]).unwrap_err().to_string();
        assert!(message.contains("dp, dpt, bp"), "{message}");
        assert_eq!(cube.describe(&[(0, 1), (1, 0), (2, 1)]), "α = 0.5, rule: dp, seed 8");
        assert_eq!(cube.combinations(&[0, 1]).len(), 6);
        assert_eq!(cube.combinations(&[0, 1])[1], [(0, 0), (1, 1)]);
    }
}
