//! State that outlives the process: one traversal for saving and loading.
//!
//! A part of a run names each of its arrays once, in [`Persist::persist`]. An archive that saves copies them out of the
//! part, one that loads copies them back into a part that was made from the same settings. So what is loaded cannot
//! differ from what was saved.
//!
//! ```
//! use dyadsim::persist::{Archive, Damaged, Persist};
//!
//! struct Counter {
//!     count: u64,
//!     last: Vec<f32>,
//! }
//!
//! impl Persist for Counter {
//!     fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
//!         archive.number("count", &mut self.count)?;
//!         archive.array("last", &mut self.last)
//!     }
//! }
//!
//! let mut archive = Archive::saving();
//! archive.part("counter", &mut Counter { count: 3, last: vec![0.5, 1.5] })?;
//! let mut fresh = Counter { count: 0, last: vec![0.0; 2] };
//! Archive::loading(archive.into_arrays()).part("counter", &mut fresh)?;
//! assert_eq!((fresh.count, fresh.last), (3, vec![0.5, 1.5]));
//!
//! let empty = Archive::loading(Default::default()).part("counter", &mut Counter { count: 0, last: vec![] });
//! assert_eq!(empty.unwrap_err().name, "counter/count");
//! # Ok::<(), Damaged>(())
//! ```
mod array;

pub use array::Array;
use std::collections::BTreeMap;
use std::fmt::Display;

/// A part of a run that changes while it is made.
pub trait Persist {
    /// Hands everything that the rest of the run depends on, and that the settings do not give, to the archive.
    ///
    /// # Errors
    /// Only of an archive that loads: if an array is missing or does not fit this part, which may then be changed in
    /// part.
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged>;
}

/// An array is missing, or does not fit the part that it is loaded into.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("array {name} is missing or has the wrong size")]
pub struct Damaged {
    /// Name of the array.
    pub name: String,
}

/// What a part hands over to be saved, by name.
pub fn saved(part: &mut (impl Persist + ?Sized)) -> BTreeMap<String, Array> {
    let mut archive = Archive::saving();
    part.persist(&mut archive).expect("only loading can fail");
    archive.into_arrays()
}

/// Named arrays of the parts of a run, being collected or given back.
#[derive(Debug)]
pub struct Archive {
    arrays: BTreeMap<String, Array>,
    is_loading: bool,
    /// What the names of the present group begin with.
    prefix: String,
}

impl Archive {
    /// Collects the arrays of the parts that it is handed.
    pub fn saving() -> Self {
        Self { arrays: BTreeMap::new(), is_loading: false, prefix: String::new() }
    }

    /// Gives the arrays back to the parts that it is handed.
    pub fn loading(arrays: BTreeMap<String, Array>) -> Self {
        Self { arrays, is_loading: true, prefix: String::new() }
    }

    /// Whether parts are loaded: what follows from their arrays has to be computed again.
    pub fn is_loading(&self) -> bool {
        self.is_loading
    }

    /// All arrays collected; of an archive that loads, those not given back.
    pub fn into_arrays(self) -> BTreeMap<String, Array> {
        self.arrays
    }

    /// Whether a part that comes and goes during the run is there: `is_there` if the archive saves; if it loads, whether
    /// the part's array of this name was saved.
    pub fn has(&self, name: &str, is_there: bool) -> bool {
        if self.is_loading { self.arrays.contains_key(&self.full(name)) } else { is_there }
    }

    /// Hands over what is named inside `work` in a group; groups may contain groups.
    ///
    /// # Errors
    /// Those of `work`.
    pub fn group(
        &mut self,
        name: impl Display,
        work: impl FnOnce(&mut Self) -> Result<(), Damaged>,
    ) -> Result<(), Damaged> {
        let outer = self.prefix.len();
        self.prefix.push_str(&format!("{name}/"));
        let outcome = work(self);
        self.prefix.truncate(outer);
        outcome
    }

    /// A part in a group of its own.
    ///
    /// # Errors
    /// As [`Persist::persist`].
    pub fn part(&mut self, name: impl Display, part: &mut (impl Persist + ?Sized)) -> Result<(), Damaged> {
        self.group(name, |archive| part.persist(archive))
    }

    /// Parts in groups numbered from `first`.
    ///
    /// # Errors
    /// As [`Persist::persist`].
    pub fn parts<'a, P: Persist + 'a>(
        &mut self,
        first: usize,
        parts: impl IntoIterator<Item = &'a mut P>,
    ) -> Result<(), Damaged> {
        (first..).zip(parts).try_for_each(|(k, part)| self.part(k, part))
    }

    /// Numbers whose count the settings give.
    ///
    /// # Errors
    /// If the archive loads and holds no such array of the same length.
    pub fn array<T: Number>(&mut self, name: impl Display, numbers: &mut [T]) -> Result<(), Damaged> {
        if !self.is_loading {
            self.save(name, T::to_array(numbers));
            return Ok(());
        }
        let loaded = self.load(&name)?;
        if loaded.len() != numbers.len() {
            return Err(self.damaged(name));
        }
        numbers.copy_from_slice(&loaded);
        Ok(())
    }

    /// Numbers whose count changes during the run.
    ///
    /// # Errors
    /// If the archive loads and holds no such array.
    pub fn vector<T: Number>(&mut self, name: impl Display, numbers: &mut Vec<T>) -> Result<(), Damaged> {
        if self.is_loading {
            *numbers = self.load(name)?;
        } else {
            self.save(name, T::to_array(numbers));
        }
        Ok(())
    }

    /// Numbers in several pieces, whose lengths the settings give, as one array.
    ///
    /// # Errors
    /// If the archive loads and holds no such array of the same length.
    pub fn pieces<'a, T: Number + 'a>(
        &mut self,
        name: impl Display,
        pieces: impl IntoIterator<Item = &'a mut [T]>,
    ) -> Result<(), Damaged> {
        let pieces: Vec<&mut [T]> = pieces.into_iter().collect();
        let mut joined = pieces.concat();
        self.array(name, &mut joined)?;
        if self.is_loading {
            let mut rest = &joined[..];
            for piece in pieces {
                let (own, behind) = rest.split_at(piece.len());
                piece.copy_from_slice(own);
                rest = behind;
            }
        }
        Ok(())
    }

    /// A single number.
    ///
    /// # Errors
    /// If the archive loads and holds no such number.
    pub fn number<T: Number>(&mut self, name: impl Display, number: &mut T) -> Result<(), Damaged> {
        self.array(name, std::slice::from_mut(number))
    }

    /// Bytes that the archive does not look into.
    ///
    /// # Errors
    /// If the archive loads and holds no such bytes.
    pub fn bytes(&mut self, name: impl Display, bytes: &mut Vec<u8>) -> Result<(), Damaged> {
        if !self.is_loading {
            self.save(name, Array::U8(bytes.clone()));
            return Ok(());
        }
        match self.arrays.remove(&self.full(&name)) {
            Some(Array::U8(loaded)) => *bytes = loaded,
            _ => return Err(self.damaged(name)),
        }
        Ok(())
    }

    /// The error about an array of the present group.
    pub fn damaged(&self, name: impl Display) -> Damaged {
        Damaged { name: self.full(name) }
    }

    fn full(&self, name: impl Display) -> String {
        format!("{}{name}", self.prefix)
    }

    fn save(&mut self, name: impl Display, array: Array) {
        let name = self.full(name);
        let before = self.arrays.insert(name.clone(), array);
        assert!(before.is_none(), "two arrays of a checkpoint are named {name}");
    }

    fn load<T: Number>(&mut self, name: impl Display) -> Result<Vec<T>, Damaged> {
        let array = self.arrays.remove(&self.full(&name));
        array.and_then(T::from_array).ok_or_else(|| self.damaged(name))
    }
}

/// A number that an array can hold.
pub trait Number: Copy {
    /// As an array of a file.
    fn to_array(numbers: &[Self]) -> Array;

    /// From an array of a file; `None` if it has another type, or holds a number that this type does not have.
    fn from_array(array: Array) -> Option<Vec<Self>>;
}

/// Numbers that a file holds as a type of [`Array`], and the way there and back.
macro_rules! number {
    ($number:ty, $variant:ident, $to:expr, $from:expr) => {
        impl Number for $number {
            fn to_array(numbers: &[Self]) -> Array {
                Array::$variant(numbers.iter().copied().map($to).collect())
            }

            fn from_array(array: Array) -> Option<Vec<Self>> {
                let Array::$variant(numbers) = array else { return None };
                numbers.into_iter().map($from).collect()
            }
        }
    };
}

number!(f32, F32, |x| x, Some);
number!(f64, F64, |x| x, Some);
number!(u64, U64, |x| x, Some);
number!(i64, U64, i64::cast_unsigned, |x| Some(u64::cast_signed(x)));
number!(u32, U64, u64::from, |x| u32::try_from(x).ok());
number!(u8, U64, u64::from, |x| u8::try_from(x).ok());
number!(i8, F32, f32::from, |x| (f32::from(x as i8) == x).then_some(x as i8));
number!(bool, F32, |x| f32::from(u8::from(x)), |x| Some(x != 0.0));

#[cfg(test)]
mod tests {
    use super::*;

    /// One array of every type, in nested groups.
    #[derive(Debug, Clone, PartialEq, Default)]
    struct Everything {
        single: [f32; 3],
        double: f64,
        counts: [u32; 2],
        steps: Vec<i64>,
        counters: [i8; 3],
        codes: [u8; 2],
        words: [u64; 1],
        flag: bool,
        raw: Vec<u8>,
    }

    impl Persist for Everything {
        fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
            archive.array("single", &mut self.single)?;
            archive.group("inner", |archive| {
                archive.number("double", &mut self.double)?;
                archive.group(2, |archive| archive.array("counts", &mut self.counts))?;
                archive.vector("steps", &mut self.steps)
            })?;
            archive.array("counters", &mut self.counters)?;
            archive.array("codes", &mut self.codes)?;
            archive.array("words", &mut self.words)?;
            archive.number("flag", &mut self.flag)?;
            archive.bytes("raw", &mut self.raw)
        }
    }

    fn saved() -> (Everything, BTreeMap<String, Array>) {
        let mut everything = Everything {
            single: [0.5, -0.0, f32::MIN_POSITIVE / 2.0],
            double: 1e-300,
            counts: [7, u32::MAX],
            steps: vec![0, -5, i64::MAX],
            counters: [-128, -1, 127],
            codes: [0, 255],
            words: [u64::MAX],
            flag: true,
            raw: (0..=255).collect(),
        };
        let mut archive = Archive::saving();
        archive.part("all", &mut everything).unwrap();
        (everything, archive.into_arrays())
    }

    fn load(arrays: BTreeMap<String, Array>) -> Result<Everything, Damaged> {
        let mut fresh = Everything::default();
        Archive::loading(arrays).part("all", &mut fresh).map(|()| fresh)
    }

    #[test]
    fn every_type_comes_back_as_it_was() {
        let (everything, arrays) = saved();
        assert!(arrays.contains_key("all/inner/2/counts"), "{arrays:?}");
        assert_eq!(load(arrays), Ok(everything));
    }

    #[test]
    fn an_array_that_does_not_fit_is_named() {
        let (_, arrays) = saved();
        let with = |name: &str, array: Option<Array>| {
            let mut arrays = arrays.clone();
            arrays.remove(name);
            arrays.extend(array.map(|array| (name.to_owned(), array)));
            load(arrays)
        };
        for name in arrays.keys() {
            let damaged = Err(Damaged { name: name.clone() });
            assert_eq!(with(name, None), damaged);
            let other = if matches!(arrays[name], Array::F32(_)) { Array::U8(vec![]) } else { Array::F32(vec![]) };
            assert_eq!(with(name, Some(other)), damaged);
        }
        for (name, array) in [
            ("all/single", Array::F32(vec![1.0; 4])),
            ("all/words", Array::U64(vec![])),
            ("all/inner/2/counts", Array::U64(vec![1, 1 << 32])),
            ("all/codes", Array::U64(vec![0, 256])),
            ("all/counters", Array::F32(vec![0.0, 0.5, 1.0])),
        ] {
            assert_eq!(with(name, Some(array)), Err(Damaged { name: name.to_owned() }));
        }
    }

    #[test]
    fn a_part_that_was_not_there_is_not_there_again() {
        let mut archive = Archive::saving();
        assert!(archive.has("twin/updates", true) && !archive.has("twin/updates", false));
        archive.group("twin", |archive| archive.number("updates", &mut 1u64)).unwrap();
        let archive = Archive::loading(archive.into_arrays());
        assert!(archive.has("twin/updates", false) && !archive.has("twin/weights", true));
    }
}
