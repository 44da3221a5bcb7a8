//! The font of the figures: DejaVu Sans, carried by the program so that a bare machine draws the same letters.
use resvg::usvg::fontdb::Database;
use rustybuzz::{Face, UnicodeBuffer, shape};
use std::sync::{Arc, LazyLock};

/// The family as written into an SVG file. Verdana, on machines without DejaVu, has the same letter widths.
pub(super) const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";

static REGULAR: LazyLock<Face<'static>> = LazyLock::new(|| carried(Weight::Regular));
static BOLD: LazyLock<Face<'static>> = LazyLock::new(|| carried(Weight::Bold));
static DATABASE: LazyLock<Arc<Database>> = LazyLock::new(|| {
    let mut database = Database::new();
    for weight in [Weight::Regular, Weight::Bold] {
        database.load_font_data(weight.bytes().to_vec());
    }
    Arc::new(database)
});

fn carried(weight: Weight) -> Face<'static> {
    Face::from_slice(weight.bytes(), 0).expect("the font is part of the program")
}

/// Thickness of the letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

impl Weight {
    fn bytes(self) -> &'static [u8] {
        match self {
            Self::Regular => dejavu::sans::regular(),
            Self::Bold => dejavu::sans::bold(),
        }
    }

    fn face(self) -> &'static Face<'static> {
        match self {
            Self::Regular => &REGULAR,
            Self::Bold => &BOLD,
        }
    }

    /// Whether the font has a letter.
    #[cfg(test)]
    pub(super) fn has(self, letter: char) -> bool {
        self.face().glyph_index(letter).is_some()
    }
}

/// Length of a line of text, in the unit of `size`, which is per em: with the kerning that the line is drawn with.
pub(super) fn length(text: &str, size: f64, weight: Weight) -> f64 {
    let mut letters = UnicodeBuffer::new();
    letters.push_str(text);
    let face = weight.face();
    let advances = shape(face, &[], letters);
    let units: i32 = advances.glyph_positions().iter().map(|glyph| glyph.x_advance).sum();
    f64::from(units) * size / f64::from(face.units_per_em())
}

/// The fonts that texts are drawn with.
pub(super) fn database() -> Arc<Database> {
    Arc::clone(&DATABASE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_em_is_as_wide_as_the_font_says() {
        // The advance of "0" in DejaVu Sans is 1303 of 2048 units per em.
        let width = length("00", 2048.0, Weight::Regular);
        assert!((width - 2606.0).abs() < 1.0, "{width}");
    }
}
