//! Numbers over named axes.
use super::dim::Dim;
use crate::vocabulary::axis;

/// Numbers over axes, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Cube {
    /// The axes, slowest first.
    pub dims: Vec<Dim>,
    values: Vec<f64>,
}

/// An axis, by number, at one of its places.
pub type Fixed = (usize, usize);

impl Cube {
    /// `None` if there are not as many values as the axes need.
    pub fn new(dims: Vec<Dim>, values: Vec<f64>) -> Option<Self> {
        (dims.iter().map(Dim::len).product::<usize>() == values.len()).then_some(Self { dims, values })
    }

    /// The number of the axis along layers or projections, if there is one.
    pub fn parts(&self) -> Option<usize> {
        self.dims.iter().position(|dim| axis::is_of_parts(&dim.name))
    }

    /// The number of an axis.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.dims.iter().position(|dim| dim.name == name)
    }

    /// All values, row-major.
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// All values where these axes are at these places.
    pub fn gather(&self, fixed: &[Fixed]) -> Vec<f64> {
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
    pub fn restricted(&self, axis: usize, places: &[usize]) -> Self {
        let mut dims = self.dims.clone();
        dims[axis] = dims[axis].restricted(places);
        let inner: usize = self.dims[axis + 1..].iter().map(Dim::len).product();
        let row = self.dims[axis].len() * inner;
        let outer = self.values.chunks(row.max(1));
        let values = outer.flat_map(|row| places.iter().flat_map(|k| row[k * inner..][..inner].to_vec())).collect();
        Self { dims, values }
    }

    /// The same with every value multiplied.
    pub fn scaled(mut self, factor: f64) -> Self {
        self.values.iter_mut().for_each(|value| *value *= factor);
        self
    }

    /// Whether there is any finite value.
    pub fn has_values(&self) -> bool {
        self.values.iter().any(|value| value.is_finite())
    }

    /// All combinations of places of some axes; the first axis changes slowest.
    pub fn combinations(&self, axes: &[usize]) -> Vec<Vec<Fixed>> {
        axes.iter().fold(vec![vec![]], |found, axis| {
            let longer = |one: &Vec<Fixed>| {
                let one = one.clone();
                (0..self.dims[*axis].len()).map(move |place| [one.clone(), vec![(*axis, place)]].concat())
            };
            found.iter().flat_map(longer).collect()
        })
    }

    /// What is fixed, in words.
    pub fn describe(&self, fixed: &[Fixed]) -> String {
        fixed.iter().map(|(axis, place)| self.dims[*axis].at(*place)).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cube() -> Cube {
        let alpha = Dim::numbers("alpha", "nudging asymmetry α", "1", false, vec![0.0, 0.5]);
        let rule = Dim::words("rule", "credit rule", vec!["dp".into(), "dpt".into(), "bp".into()]);
        let replicate = Dim::numbers("replicate", "replicate", "1", false, vec![7.0, 8.0]);
        Cube::new(vec![alpha, rule, replicate], (0..12).map(f64::from).collect()).unwrap()
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
    fn places_are_combined_and_described() {
        let cube = cube();
        assert_eq!(cube.describe(&[(0, 1), (1, 0), (2, 1)]), "α = 0.5, rule: dp, replicate 8");
        assert_eq!(cube.combinations(&[0, 1]).len(), 6);
        assert_eq!(cube.combinations(&[0, 1])[1], [(0, 0), (1, 1)]);
    }
}
