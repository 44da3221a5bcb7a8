//! Numbers as binary files hold them, of every type that NumPy and IDX files know.
use super::portion::{Kept, Portion};
use super::raw::RawValues;
use half::f16;
use std::fmt;
use std::io::{self, Read};

/// What an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// 1 where it is not 0.
    Bool,
    Unsigned,
    Signed,
    Float,
}

/// Type of the elements of an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ElementType {
    kind: Kind,
    size: u64,
    big_endian: bool,
}

impl fmt::Display for ElementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Bool => "boolean",
            Kind::Unsigned => "unsigned integer",
            Kind::Signed => "integer",
            Kind::Float => "floating-point number",
        };
        write!(f, "{kind} of {} bits", 8 * self.size)
    }
}

/// Why elements could not be read.
#[derive(Debug)]
pub(super) enum ReadFailure {
    Io(io::Error),
    /// The array ends too early: bytes that it needs and has.
    Short {
        needed: u64,
        found: u64,
    },
}

impl ElementType {
    /// `None` for what cannot be read.
    pub(super) fn new(kind: Kind, size: u64, big_endian: bool) -> Option<Self> {
        let known = match kind {
            Kind::Bool => size == 1,
            Kind::Unsigned | Kind::Signed => matches!(size, 1 | 2 | 4 | 8),
            Kind::Float => matches!(size, 2 | 4 | 8),
        };
        known.then_some(Self { kind, size, big_endian })
    }

    /// Bytes of an element.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Whether these are 8-bit pixels.
    pub(super) fn is_byte(&self) -> bool {
        (self.kind, self.size) == (Kind::Unsigned, 1)
    }

    /// Input values.
    pub(super) fn inputs(&self, array: &mut impl Read, portion: &Portion) -> Result<RawValues, ReadFailure> {
        Ok(match self.kind {
            Kind::Unsigned if self.size == 1 => RawValues::Bytes(self.read(array, portion, |[byte]: [u8; 1]| byte)?),
            Kind::Unsigned | Kind::Signed => RawValues::integers(self.numbers(array, portion, |x| x as f32)?),
            Kind::Bool | Kind::Float => RawValues::floats(self.numbers(array, portion, |x| x as f32)?),
        })
    }

    /// Every number of an array.
    pub(super) fn labels(&self, array: &mut impl Read, lengths: &[u64]) -> Result<Vec<f64>, ReadFailure> {
        self.numbers(array, &Portion::whole(lengths), |x| x)
    }

    fn numbers<T>(&self, array: &mut impl Read, part: &Portion, of: impl Fn(f64) -> T) -> Result<Vec<T>, ReadFailure> {
        match (self.kind, self.size) {
            (Kind::Bool, _) => self.read(array, part, |[b]: [u8; 1]| of(f64::from(b != 0))),
            (Kind::Unsigned, 1) => self.read(array, part, |b| of(u8::from_le_bytes(b).into())),
            (Kind::Unsigned, 2) => self.read(array, part, |b| of(u16::from_le_bytes(b).into())),
            (Kind::Unsigned, 4) => self.read(array, part, |b| of(u32::from_le_bytes(b).into())),
            (Kind::Unsigned, _) => self.read(array, part, |b| of(u64::from_le_bytes(b) as f64)),
            (Kind::Signed, 1) => self.read(array, part, |b| of(i8::from_le_bytes(b).into())),
            (Kind::Signed, 2) => self.read(array, part, |b| of(i16::from_le_bytes(b).into())),
            (Kind::Signed, 4) => self.read(array, part, |b| of(i32::from_le_bytes(b).into())),
            (Kind::Signed, _) => self.read(array, part, |b| of(i64::from_le_bytes(b) as f64)),
            (Kind::Float, 2) => self.read(array, part, |b| of(f16::from_le_bytes(b).to_f64())),
            (Kind::Float, 4) => self.read(array, part, |b| of(f32::from_le_bytes(b).into())),
            (Kind::Float, _) => self.read(array, part, |b| of(f64::from_le_bytes(b))),
        }
    }

    /// Decodes elements of N bytes a piece at a time, so that they are in memory once.
    fn read<const N: usize, T>(
        &self,
        array: &mut impl Read,
        portion: &Portion,
        decode: impl Fn([u8; N]) -> T,
    ) -> Result<Vec<T>, ReadFailure> {
        let mut kept = Kept::new(array, portion, self.size);
        let mut values = vec![];
        // A header may promise more than any memory holds; the file then ends too early.
        let _ = values.try_reserve_exact(usize::try_from(portion.len()).unwrap_or(usize::MAX));
        let mut piece = [0; PIECE];
        loop {
            let mut filled = 0;
            while filled < PIECE {
                match kept.read(&mut piece[filled..]).map_err(ReadFailure::Io)? {
                    0 => break,
                    found => filled += found,
                }
            }
            values.extend(piece[..filled].as_chunks::<N>().0.iter().map(|&element| {
                let mut element = element;
                if self.big_endian {
                    element.reverse();
                }
                decode(element)
            }));
            if filled < PIECE {
                break;
            }
        }
        match kept.missing() {
            0 => Ok(values),
            missing => {
                let needed = portion.reach().saturating_mul(self.size);
                Err(ReadFailure::Short { needed, found: needed - missing })
            }
        }
    }
}

/// Bytes that are decoded at a time; a multiple of every size.
const PIECE: usize = 1 << 14;
