//! Places of some consecutive samples, cut into pieces that are worked on at a time.
use std::ops::Range;

/// Places of some consecutive samples.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stretch {
    /// First place of every sample.
    pub first: usize,
    /// Places of every sample.
    pub places: usize,
    pub samples: usize,
}

impl Stretch {
    /// Pieces of about the same length, at most `most` places long.
    pub fn pieces(self, most: usize) -> impl Iterator<Item = Range<usize>> + Clone {
        let n = self.places * self.samples;
        let count = n.div_ceil(most).max(1);
        (0..count).map(move |i| n * i / count..n * (i + 1) / count)
    }

    /// The samples of a piece, the places of each, and where those begin in the piece.
    pub fn of_piece(self, piece: Range<usize>) -> impl Iterator<Item = (usize, Range<usize>, usize)> {
        let Self { first, places, .. } = self;
        (piece.start / places..piece.end.div_ceil(places)).map(move |sample| {
            let own = piece.start.max(sample * places)..piece.end.min((sample + 1) * places);
            let at = first + own.start - sample * places;
            (sample, at..at + own.len(), own.start - piece.start)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_cover_every_place_once() {
        let stretch = Stretch { first: 5, places: 7, samples: 3 };
        for most in [1, 2, 6, 7, 8, 100] {
            let mut seen = vec![];
            for piece in stretch.pieces(most) {
                assert!(piece.len() <= most);
                for (sample, places, at) in stretch.of_piece(piece.clone()) {
                    assert_eq!(seen.len(), piece.start + at);
                    seen.extend(places.map(|place| (sample, place)));
                }
            }
            let all: Vec<_> = (0..3).flat_map(|sample| (5..12).map(move |place| (sample, place))).collect();
            assert_eq!(seen, all);
        }
    }
}
