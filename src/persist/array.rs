//! Numbers as they are saved.

/// Numbers of one type, as a file holds them.
#[derive(Debug, Clone, PartialEq)]
pub enum Array {
    /// Single precision.
    F32(Vec<f32>),
    /// Double precision.
    F64(Vec<f64>),
    /// Whole numbers.
    U64(Vec<u64>),
    /// Bytes.
    U8(Vec<u8>),
}

impl Array {
    /// How many.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(x) => x.len(),
            Self::F64(x) => x.len(),
            Self::U64(x) => x.len(),
            Self::U8(x) => x.len(),
        }
    }

    /// Bytes of one.
    pub fn size(&self) -> usize {
        match self {
            Self::F32(_) => size_of::<f32>(),
            Self::F64(_) => size_of::<f64>(),
            Self::U64(_) => size_of::<u64>(),
            Self::U8(_) => size_of::<u8>(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
