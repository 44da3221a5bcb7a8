//! The first samples of an array, wherever its axis of samples stands.
use std::io::{self, Read};

/// The first `most` of an axis of an array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Portion {
    /// Lengths of the axes, the slowest first.
    pub(super) lengths: Vec<u64>,
    /// The axis of which only the first are wanted.
    pub(super) axis: usize,
    /// How many of them; at most all.
    pub(super) most: u64,
}

impl Portion {
    /// All of an array.
    pub(super) fn whole(lengths: &[u64]) -> Self {
        Self { lengths: lengths.to_vec(), axis: 0, most: lengths.first().copied().unwrap_or(1) }
    }

    /// Lengths of the axes of what is wanted.
    pub(super) fn kept(&self) -> Vec<usize> {
        let own = |(axis, &length)| if axis == self.axis { self.most } else { length };
        self.lengths.iter().enumerate().map(own).map(|length| length as usize).collect()
    }

    /// Whether that is everything.
    pub(super) fn is_whole(&self) -> bool {
        self.lengths.get(self.axis).is_none_or(|&length| length == self.most)
    }

    /// Elements of what is wanted.
    pub(super) fn len(&self) -> u64 {
        self.blocks().saturating_mul(self.most).saturating_mul(self.inner())
    }

    /// Elements up to the last one that is wanted. A size that does not fit 64 bits cannot be met by any file.
    pub(super) fn reach(&self) -> u64 {
        let block = self.block();
        self.blocks().saturating_mul(block).saturating_sub(block - self.most.saturating_mul(self.inner()).min(block))
    }

    /// What is wanted of elements in memory.
    pub(super) fn of<T: Copy>(&self, elements: &[T]) -> Vec<T> {
        let (block, kept) = (self.block() as usize, (self.most * self.inner()) as usize);
        elements.chunks(block.max(1)).flat_map(|block| &block[..kept.min(block.len())]).copied().collect()
    }

    /// Runs of samples that stand one after the other.
    fn blocks(&self) -> u64 {
        product(&self.lengths[..self.axis.min(self.lengths.len())])
    }

    fn block(&self) -> u64 {
        product(&self.lengths[self.axis.min(self.lengths.len())..])
    }

    fn inner(&self) -> u64 {
        product(self.lengths.get(self.axis + 1..).unwrap_or(&[]))
    }
}

fn product(lengths: &[u64]) -> u64 {
    lengths.iter().fold(1, |product, &length| product.saturating_mul(length))
}

/// The bytes of a portion out of those of its array.
pub(super) struct Kept<'a, R> {
    array: &'a mut R,
    /// Bytes of a block, and those of them that are kept.
    block: u64,
    kept: u64,
    /// Place in the block, and bytes of the array up to the last that is kept.
    at: u64,
    left: u64,
}

impl<'a, R: Read> Kept<'a, R> {
    /// Of an array whose elements have `size` bytes.
    pub(super) fn new(array: &'a mut R, portion: &Portion, size: u64) -> Self {
        let kept = portion.most.saturating_mul(portion.inner()).saturating_mul(size);
        let (block, left) = (portion.block().saturating_mul(size), portion.reach().saturating_mul(size));
        Self { array, block, kept, at: 0, left }
    }

    /// Bytes that are missing at the end of the array.
    pub(super) fn missing(&self) -> u64 {
        self.left
    }
}

impl<R: Read> Read for Kept<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.left > 0 {
            if self.at == self.block {
                self.at = 0;
            }
            let wanted = self.at < self.kept;
            let run = if wanted { self.kept - self.at } else { self.block - self.at }.min(self.left);
            let found = if wanted {
                let room = buffer.len().min(usize::try_from(run).unwrap_or(usize::MAX));
                self.array.read(&mut buffer[..room])? as u64
            } else {
                io::copy(&mut self.array.by_ref().take(run), &mut io::sink())?
            };
            (self.at, self.left) = (self.at + found, self.left - found);
            if wanted || found == 0 {
                return Ok(if wanted { found as usize } else { 0 });
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_an_axis_are_kept_and_nothing_behind_them_is_read() {
        let bytes: Vec<u8> = (0..24).collect();
        let cases: [(usize, u64, &[u8], usize); 4] = [
            (0, 1, &[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], 12),
            (1, 2, &[0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15, 16, 17, 18, 19], 20),
            (2, 1, &[0, 4, 8, 12, 16, 20], 21),
            (2, 4, &bytes, 24),
        ];
        for (axis, most, expected, read) in cases {
            let portion = Portion { lengths: vec![2, 3, 4], axis, most };
            let (mut array, mut found) = (&bytes[..], vec![]);
            Kept::new(&mut array, &portion, 1).read_to_end(&mut found).unwrap();
            assert_eq!((&found[..], found.len() as u64), (expected, portion.len()));
            assert_eq!(portion.of(&bytes), expected);
            assert_eq!((bytes.len() - array.len(), portion.reach()), (read, read as u64));
        }
    }

    #[test]
    fn what_is_missing_at_the_end_is_counted() {
        let portion = Portion { lengths: vec![2, 3], axis: 1, most: 2 };
        let mut array = &[0u8; 7][..];
        let mut kept = Kept::new(&mut array, &portion, 2);
        assert_eq!((kept.read_to_end(&mut vec![]).unwrap(), kept.missing()), (5, 3));
    }
}
