//! An array of NumPy, in an archive (.npz) or in a file of its own (.npy).
use super::array::{Array, Elements, TYPES};
use super::axes::{ElementOrder, Extent};
use super::element::{ElementType, Kind, ReadFailure};
use super::portion::Portion;
use super::raw::RawValues;
use super::{DataError, unreadable};
use crate::storage::{PagedFile, check_npy_header, check_npz_header};
use npyz::{DType, Endianness, NpyFile, Order, TypeChar, TypeStr, npz::NpzArchive};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};

/// An array of NumPy.
pub(super) struct NpyArray {
    path: PathBuf,
    source: Source,
    extent: Extent,
    stored: Stored,
}

/// Where it is.
enum Source {
    /// In an archive, under a name.
    Archive(NpzArchive<PagedFile>, String),
    /// In its file.
    Alone,
}

/// What its elements are.
enum Stored {
    Numbers(ElementType),
    /// Texts of so many bytes, or of so many characters of four bytes.
    Texts {
        length: usize,
        of_characters: bool,
        big_endian: bool,
    },
}

impl Array for NpyArray {
    fn place(&self) -> String {
        match &self.source {
            Source::Archive(_, name) => place(&self.path, name),
            Source::Alone => self.path.display().to_string(),
        }
    }

    fn extent(&self) -> Extent {
        self.extent.clone()
    }

    fn inputs(&mut self, portion: &Portion) -> Result<RawValues, DataError> {
        let element = self.element()?;
        self.read(portion.is_whole(), |bytes| element.inputs(bytes, portion))
    }

    fn labels(&mut self) -> Result<Elements, DataError> {
        if let Stored::Texts { length, of_characters, big_endian } = self.stored {
            let texts = self.extent.lengths.iter().fold(1, |product: u64, &length| product.saturating_mul(length));
            let width = length * if of_characters { 4 } else { 1 };
            let read = |bytes: &mut Box<dyn Read + '_>| texts_of(bytes, texts, width, of_characters, big_endian);
            return Ok(Elements::Texts(self.read(true, read)?));
        }
        self.numbers().map(Elements::Numbers)
    }
}

impl NpyArray {
    /// That of this name in an archive.
    pub(super) fn in_archive(path: &Path, name: &str) -> Result<Self, DataError> {
        let failed = |source| DataError::Read { file: path.to_owned(), source };
        let opened = PagedFile::open(path).and_then(NpzArchive::new);
        let mut archive = opened.map_err(|source| match unreadable::of_file(path) {
            Some(what) if !what.starts_with("a zip archive") => DataError::Unreadable { file: path.to_owned(), what },
            _ => failed(source),
        })?;
        let mut present: Vec<String> = archive.array_names().map(str::to_owned).collect();
        let place = place(path, name);
        check_npz_header(&mut archive, name).map_err(|source| DataError::Array { place: place.clone(), source })?;
        let found = match archive.by_name(name) {
            Ok(Some(npy)) => Some((extent(&npy), stored(&npy, &place, name)?)),
            Ok(None) => None,
            Err(source) => return Err(DataError::Array { place, source }),
        };
        let Some((extent, stored)) = found else {
            present.sort();
            return Err(DataError::ArrayMissing { file: path.to_owned(), array: name.to_owned(), present });
        };
        Ok(Self { path: path.to_owned(), source: Source::Archive(archive, name.to_owned()), extent, stored })
    }

    /// That of a file.
    pub(super) fn alone(path: &Path) -> Result<Self, DataError> {
        let failed = |source| DataError::Read { file: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        check_npy_header(&file).map_err(failed)?;
        let file = File::open(path).map_err(failed)?;
        let npy = NpyFile::new(BufReader::new(file)).map_err(|source| match unreadable::of_file(path) {
            Some(what) if !what.starts_with("a single array") => DataError::Unreadable { file: path.to_owned(), what },
            _ => DataError::Read { file: path.to_owned(), source },
        })?;
        let place = path.display().to_string();
        let (extent, stored) = (extent(&npy), stored(&npy, &place, "x")?);
        Ok(Self { path: path.to_owned(), source: Source::Alone, extent, stored })
    }

    /// Demands 8-bit pixels.
    pub(super) fn expect_bytes(&self) -> Result<(), DataError> {
        let element = self.element()?;
        if element.is_byte() {
            return Ok(());
        }
        let (rule, found) = ("integers of 8 bits without sign", element.to_string());
        Err(DataError::ArrayType { place: self.place(), rule, found })
    }

    /// All elements, which are numbers.
    pub(super) fn numbers(&mut self) -> Result<Vec<f64>, DataError> {
        let (element, lengths) = (self.element()?, self.extent.stored());
        self.read(true, |bytes| element.labels(bytes, &lengths))
    }

    fn element(&self) -> Result<ElementType, DataError> {
        match self.stored {
            Stored::Numbers(element) => Ok(element),
            Stored::Texts { .. } => {
                Err(DataError::ArrayType { place: self.place(), rule: TYPES, found: "text".to_owned() })
            }
        }
    }

    /// Reads elements; where they are all, nothing may stand behind them.
    fn read<T>(
        &mut self,
        whole: bool,
        elements: impl FnOnce(&mut Box<dyn Read + '_>) -> Result<T, ReadFailure>,
    ) -> Result<T, DataError> {
        let place = self.place();
        let failed = |source| DataError::Array { place: place.clone(), source };
        let mut bytes: Box<dyn Read + '_> = match &mut self.source {
            Source::Archive(archive, name) => {
                let vanished = || failed(io::Error::from(io::ErrorKind::NotFound));
                Box::new(archive.by_name(name).map_err(failed)?.ok_or_else(vanished)?.into_inner())
            }
            Source::Alone => {
                let file = File::open(&self.path).map_err(failed)?;
                Box::new(NpyFile::new(BufReader::new(file)).map_err(failed)?.into_inner())
            }
        };
        let values = elements(&mut bytes).map_err(|failure| match failure {
            ReadFailure::Io(source) => failed(source),
            ReadFailure::Short { needed, found } => DataError::ArrayLength { place: place.clone(), needed, found },
        })?;
        let behind = if whole { io::copy(&mut bytes, &mut io::sink()).map_err(failed)? } else { 0 };
        if behind > 0 {
            let size = match self.stored {
                Stored::Numbers(element) => element.size(),
                Stored::Texts { length, of_characters, .. } => (length * if of_characters { 4 } else { 1 }) as u64,
            };
            let needed = self.extent.lengths.iter().fold(size, |bytes, &length| bytes.saturating_mul(length));
            return Err(DataError::ArrayLength { place: place.clone(), needed, found: needed.saturating_add(behind) });
        }
        Ok(values)
    }
}

fn place(path: &Path, name: &str) -> String {
    format!("{}: array {name:?}", path.display())
}

fn extent<R: Read>(npy: &NpyFile<R>) -> Extent {
    let order = match npy.order() {
        Order::C => ElementOrder::LastAxisFastest,
        Order::Fortran => ElementOrder::FirstAxisFastest,
    };
    Extent { lengths: npy.shape().to_vec(), order }
}

fn stored<R: Read>(npy: &NpyFile<R>, place: &str, name: &str) -> Result<Stored, DataError> {
    let unknown = |found| DataError::ArrayType { place: place.to_owned(), rule: TYPES, found };
    let element = match npy.dtype() {
        DType::Plain(element) => element,
        other => return Err(unknown(other.descr())),
    };
    let big_endian = element.endianness() == Endianness::Big;
    let texts = |of_characters| {
        let length = usize::try_from(element.size_field()).unwrap_or(usize::MAX / 8);
        Ok(Stored::Texts { length, of_characters, big_endian })
    };
    match element.type_char() {
        TypeChar::Object => Err(DataError::PythonObjects { place: place.to_owned(), array: name.to_owned() }),
        TypeChar::UnicodeStr => texts(true),
        TypeChar::ByteStr => texts(false),
        _ => number(&element).map(Stored::Numbers).ok_or_else(|| unknown(element.to_string())),
    }
}

fn number(element: &TypeStr) -> Option<ElementType> {
    let kind = match element.type_char() {
        TypeChar::Bool => Kind::Bool,
        TypeChar::Uint => Kind::Unsigned,
        TypeChar::Int => Kind::Signed,
        TypeChar::Float => Kind::Float,
        _ => return None,
    };
    ElementType::new(kind, element.size_field(), element.endianness() == Endianness::Big)
}

/// So many texts, each of `width` bytes, filled up with zeros.
fn texts_of(
    bytes: &mut impl Read,
    count: u64,
    width: usize,
    of_characters: bool,
    big_endian: bool,
) -> Result<Vec<String>, ReadFailure> {
    let needed = count.saturating_mul(width as u64);
    let mut all = vec![];
    bytes.take(needed).read_to_end(&mut all).map_err(ReadFailure::Io)?;
    if (all.len() as u64) < needed {
        return Err(ReadFailure::Short { needed, found: all.len() as u64 });
    }
    let character = |unit: &[u8; 4]| {
        let code = if big_endian { u32::from_be_bytes(*unit) } else { u32::from_le_bytes(*unit) };
        char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)
    };
    let text = |own: &[u8]| {
        let text: String = match of_characters {
            true => own.as_chunks::<4>().0.iter().map(character).collect(),
            false => String::from_utf8_lossy(own).into_owned(),
        };
        text.trim_end_matches('\0').to_owned()
    };
    // Of texts without a character there are no bytes.
    Ok((0..count as usize).map(|k| text(&all[k * width..(k + 1) * width])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_filled_up_with_zeros() {
        let read = |mut bytes: &[u8], width, wide, big| texts_of(&mut bytes, 2, width, wide, big).unwrap();
        assert_eq!(read(b"cat\0ox\0\0", 4, false, false), ["cat", "ox"]);
        assert_eq!(read(b"\xe4\0\0\0\0\0\0\0b\0\0\0c\0\0\0", 8, true, false), ["ä", "bc"]);
        assert_eq!(read(b"\0\0\0\xe4\0\0\0b", 4, true, true), ["ä", "b"]);
        assert!(matches!(
            texts_of(&mut &b"abc"[..], 2, 4, false, false),
            Err(ReadFailure::Short { needed: 8, found: 3 })
        ));
    }
}
