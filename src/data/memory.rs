//! Arrays that the calling program holds, as the Python package hands them over.
use super::DataError;
use super::array::{Array, Elements};
use super::arrays::{Reading, SetArrays, Sets, Wanted, read_splits};
use super::axes::{ElementOrder, Extent};
use super::portion::Portion;
use super::raw::{RawSplits, RawValues};
use super::singles::Singles;
use md5::{Digest, Md5};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt::Write;
use std::sync::Arc;

/// Arrays in the memory of the program that makes the run. The program `dyad` holds none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MemoryConfig {
    /// MD5 of types, shapes and numbers of the four arrays: a run is resumed with the same ones only.
    pub md5: String,
    /// Whether there are arrays of a validation set.
    #[serde(default)]
    pub validation: bool,
}

/// What an array holds, row-major. What its type says of full scale stays known.
#[derive(Debug, Clone, PartialEq)]
pub enum Numbers {
    /// 8-bit pixels.
    Bytes(Vec<u8>),
    /// Integers of another width.
    Integers(Vec<f64>),
    /// Floating-point numbers, or booleans as 1 and 0.
    Floats(Singles),
    /// Names of classes, of labels alone.
    Names(Vec<String>),
}

/// An array with its shape, slowest axis first.
#[derive(Debug, Clone, PartialEq)]
pub struct MemoryArray {
    shape: Vec<usize>,
    numbers: Numbers,
}

/// The arrays of a data set, under the names that [`ArrayNames`](super::ArrayNames) has by default.
///
/// ```
/// use dyadsim::data::{DataConfig, DataSource, MemoryArray, MemorySet, Numbers, PixelScaling};
/// use dyadsim::prelude::*;
///
/// let inputs = || MemoryArray::new(vec![2, 3], Numbers::Floats(vec![0.0, 0.5, 1.0, 1.0, 0.5, 0.0].into()));
/// let labels = || MemoryArray::new(vec![2], Numbers::Integers(vec![0.0, 1.0]));
/// let set = MemorySet::new([inputs(), labels(), inputs(), labels()].map(|array| array.expect("a full array")));
///
/// let source = DataSource::Memory(set.config());
/// let config = DataConfig { source, scaling: PixelScaling::None, ..DataConfig::default() };
/// let splits = Datasets::of_memory(set).load(&config, "".as_ref(), 1)?;
/// assert_eq!((splits.train.len(), splits.test.classes()), (2, 2));
/// // Nobody else has them.
/// assert!(Datasets::default().load(&config, "".as_ref(), 1).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct MemorySet {
    /// Every run that learns from them has them in common.
    arrays: Arc<[MemoryArray; 4]>,
    validation: Option<Arc<[MemoryArray; 2]>>,
    md5: String,
}

impl Numbers {
    fn len(&self) -> usize {
        match self {
            Self::Bytes(x) => x.len(),
            Self::Integers(x) => x.len(),
            Self::Floats(x) => x.len(),
            Self::Names(x) => x.len(),
        }
    }
}

impl MemoryArray {
    /// `None` if the numbers do not fill the shape.
    pub fn new(shape: Vec<usize>, numbers: Numbers) -> Option<Self> {
        let length = shape.iter().try_fold(1usize, |product, &length| product.checked_mul(length))?;
        (numbers.len() == length).then_some(Self { shape, numbers })
    }

    fn digest(&self, digest: &mut Md5) {
        digest.update(format!("{:?}", self.shape));
        match &self.numbers {
            Numbers::Bytes(x) => digest.update(x),
            Numbers::Integers(x) => x.iter().for_each(|x| digest.update(x.to_le_bytes())),
            // A block at a time is several times as fast.
            Numbers::Floats(x) => x.chunks(1024).for_each(|block| {
                digest.update(block.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>());
            }),
            // A byte that no text has keeps them apart.
            Numbers::Names(x) => x.iter().for_each(|x| digest.update([x.as_bytes(), &[0xff]].concat())),
        }
    }
}

impl MemorySet {
    /// Of the arrays `x_train`, `y_train`, `x_test` and `y_test`; what they must hold is said at [`ArrayNames`](super::ArrayNames), and looked at
    /// when they are loaded.
    pub fn new(arrays: [MemoryArray; 4]) -> Self {
        Self::with_validation(arrays, None)
    }

    /// The same with `x_validation` and `y_validation`.
    pub fn with_validation(arrays: [MemoryArray; 4], validation: Option<[MemoryArray; 2]>) -> Self {
        let md5 = md5(arrays.iter().chain(validation.iter().flatten()));
        Self { arrays: Arc::new(arrays), validation: validation.map(Arc::new), md5 }
    }

    /// Whether arrays that were lent ([`Singles`]) still hold what they held when the set was made.
    pub fn is_unchanged(&self) -> bool {
        let validation = self.validation.as_deref();
        md5(self.arrays.iter().chain(validation.into_iter().flatten())) == self.md5
    }

    /// What an experiment has as its source to learn from this set.
    pub fn config(&self) -> MemoryConfig {
        MemoryConfig { md5: self.md5.clone(), validation: self.validation.is_some() }
    }
}

/// MD5 of types, shapes and numbers.
fn md5<'a>(arrays: impl Iterator<Item = &'a MemoryArray>) -> String {
    let mut digest = Md5::new();
    arrays.for_each(|array| array.digest(&mut digest));
    let mut text = String::new();
    for byte in digest.finalize() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// An array under its name.
struct Named<'a> {
    name: &'static str,
    array: &'a MemoryArray,
}

impl Array for Named<'_> {
    /// The word that messages begin with.
    fn place(&self) -> String {
        format!("data: array {:?}", self.name)
    }

    fn extent(&self) -> Extent {
        let lengths = self.array.shape.iter().map(|&length| length as u64).collect();
        Extent { lengths, order: ElementOrder::LastAxisFastest }
    }

    fn inputs(&mut self, portion: &Portion) -> Result<RawValues, DataError> {
        Ok(match &self.array.numbers {
            Numbers::Bytes(x) => RawValues::Bytes(portion.of(x)),
            Numbers::Integers(x) => RawValues::integers(portion.of(x).into_iter().map(|x| x as f32).collect()),
            Numbers::Floats(x) if portion.is_whole() => RawValues::Floats(x.clone()),
            Numbers::Floats(x) => RawValues::floats(portion.of(x)),
            Numbers::Names(_) => {
                let (place, found) = (self.place(), "text".to_owned());
                return Err(DataError::ArrayType { place, rule: "numbers", found });
            }
        })
    }

    fn labels(&mut self) -> Result<Elements, DataError> {
        Ok(Elements::Numbers(match &self.array.numbers {
            Numbers::Bytes(x) => x.iter().map(|&x| x.into()).collect(),
            Numbers::Integers(x) => x.clone(),
            Numbers::Floats(x) => x.iter().map(|&x| x.into()).collect(),
            Numbers::Names(names) => return Ok(Elements::Texts(names.clone())),
        }))
    }
}

/// Reads both sets, or their first samples where a limit is below what is there, if these are the arrays that are asked for.
pub(super) fn read(config: &MemoryConfig, sets: &[MemorySet], wanted: &Wanted) -> Result<RawSplits, DataError> {
    let own = sets.iter().find(|set| set.md5 == config.md5);
    let set = own.ok_or_else(|| DataError::NotInMemory { md5: config.md5.clone(), has_others: !sets.is_empty() })?;
    let [x_train, y_train, x_test, y_test] = &*set.arrays;
    let arrays = |split: &str, inputs, labels| SetArrays { name: format!("data {split}"), inputs, labels };
    let named = |name, array| Named { name, array };
    let train = arrays("train", named("x_train", x_train), named("y_train", y_train));
    let test = arrays("test", named("x_test", x_test), named("y_test", y_test));
    let validation = set.validation.as_deref();
    let validation = validation.map(|[x, y]| arrays("validation", named("x_validation", x), named("y_validation", y)));
    let sets = Sets { train, test: wanted.test_split.is_none().then_some(test), validation };
    read_splits(sets, &Reading { axes: None, axes_key: "", classes: None, fewest_classes: 0, wanted })
}

#[cfg(test)]
mod tests {
    use super::super::{DataConfig, DataSource, Datasets, PixelScaling};
    use super::*;
    use crate::parameter::Count;

    #[test]
    fn numbers_of_single_precision_are_used_where_they_are_unless_they_are_scaled_or_cut() {
        let numbers: Arc<[f32]> = (0..12).map(|i| i as f32 / 16.0).collect();
        let inputs = || Numbers::Floats(Singles::lent_by(Arc::clone(&numbers)));
        let array = |shape: &[usize], numbers| MemoryArray::new(shape.to_vec(), numbers).unwrap();
        let labels = || array(&[4], Numbers::Integers(vec![0.0, 1.0, 1.0, 0.0]));
        let set = MemorySet::new([array(&[4, 3], inputs()), labels(), array(&[4, 3], inputs()), labels()]);
        let source = DataSource::Memory(set.config());
        let first_of = |config: DataConfig| {
            let limit = config.train_samples;
            let config = DataConfig { source: source.clone(), ..config };
            let splits = Datasets::of_memory(set.clone()).load(&config, "".as_ref(), 1).unwrap();
            assert_eq!(splits.train.len(), limit.map_or(4, Count::get));
            splits.train.sample(0).as_ptr()
        };
        for scaling in [PixelScaling::Unit, PixelScaling::None] {
            assert_eq!(first_of(DataConfig { scaling, ..DataConfig::default() }), numbers.as_ptr());
        }
        assert_ne!(
            first_of(DataConfig { scaling: PixelScaling::Standardise, ..DataConfig::default() }),
            numbers.as_ptr()
        );
        let cut = DataConfig { train_samples: Some(Count::new(2).unwrap()), ..DataConfig::default() };
        assert_ne!(first_of(cut), numbers.as_ptr());
        assert!(set.is_unchanged());
    }
}
