//! Numbers of single precision where they are: of a data set, or of whoever lends them to it.
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// Numbers that are never changed and that several may hold in common, so that nobody copies them.
///
/// ```
/// use dyadsim::data::Singles;
///
/// let own = Singles::from(vec![0.0, 0.5, 1.0]);
/// let lent = Singles::lent_by(std::sync::Arc::<[f32]>::from([0.0, 0.5, 1.0]));
/// assert_eq!((own.len(), own), (3, lent));
/// ```
#[derive(Clone)]
pub struct Singles {
    owner: Arc<dyn AsRef<[f32]> + Send + Sync>,
    /// Those behind the first so many are not part of it.
    len: usize,
}

impl Singles {
    /// The numbers of an owner, which must stay as they are while it lives.
    pub fn lent_by(owner: impl AsRef<[f32]> + Send + Sync + 'static) -> Self {
        let len = owner.as_ref().len();
        Self { owner: Arc::new(owner), len }
    }

    /// The first `len` of them, or all if there are not more.
    pub(super) fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }
}

impl From<Vec<f32>> for Singles {
    fn from(numbers: Vec<f32>) -> Self {
        Self::lent_by(numbers)
    }
}

impl Deref for Singles {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &(*self.owner).as_ref()[..self.len]
    }
}

impl PartialEq for Singles {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Singles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lent_is_not_copied() {
        let numbers: Arc<[f32]> = Arc::from([1.0, 2.0, 3.0]);
        let mut lent = Singles::lent_by(Arc::clone(&numbers));
        lent.truncate(7);
        lent.truncate(2);
        assert_eq!((&*lent, lent.as_ptr()), (&[1.0, 2.0][..], numbers.as_ptr()));
        let held = lent.clone();
        drop(lent);
        assert_eq!(held.as_ptr(), numbers.as_ptr());
    }
}
