//! How large a figure is on paper, and how it is written.
use super::error::FigureError;
use super::font::Font;
use super::sheet::Width;
use super::text::BODY;

const POINTS_PER_INCH: f64 = 72.0;
/// What can be asked for: inches, points, and dots to the inch.
const SIZES: [f64; 2] = [0.5, 100.0];
const FONT_SIZES: [f64; 2] = [3.0, 72.0];
const DENSITIES: [f64; 2] = [36.0, 2400.0];
/// The narrowest sheet, in widths of the letter m: an axis with its labels and a panel next to it.
const FEWEST_EMS: f64 = 17.0;

/// Paper that a figure is made for; what is not given suits the figure.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Paper {
    /// What it is for.
    pub style: Style,
    /// Width in inches.
    pub width: Option<f64>,
    /// Height in inches.
    pub height: Option<f64>,
    /// Height of the letters in points.
    pub font_size: Option<f64>,
    /// Font; the one that the program carries if none is given.
    pub font: Option<Font>,
    /// Pixels to the inch of a PNG.
    pub dpi: Option<f64>,
}

/// What a figure is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// A journal: columns of 3.4 inches, pages of 7, letters of 7.5 points.
    #[default]
    Paper,
    /// Slides: 6.4 and 12 inches, letters of 16 points; lines grow with the letters.
    Slides,
}

impl Style {
    /// All styles by name.
    pub const ALL: [(&str, Self); 2] = [("paper", Self::Paper), ("slides", Self::Slides)];

    fn font_size(self) -> f64 {
        match self {
            Self::Paper => 7.5,
            Self::Slides => 16.0,
        }
    }
}

impl Paper {
    /// The same paper, if figures can be made for it.
    ///
    /// # Errors
    /// The number that cannot be, with what it can be.
    pub fn check(&self) -> Result<(), FigureError> {
        let numbers = [
            ("width", self.width, SIZES, "in"),
            ("height", self.height, SIZES, "in"),
            ("font size", self.font_size, FONT_SIZES, "pt"),
            ("dpi", self.dpi, DENSITIES, ""),
        ];
        for (what, given, [least, most], unit) in numbers {
            if let Some(given) = given.filter(|given| !(least..=most).contains(given)) {
                return Err(FigureError::Paper { what, given, least, most, unit });
            }
        }
        let least = FEWEST_EMS * BODY / self.pixels_per_inch();
        match self.width {
            Some(width) if width < least => Err(FigureError::TooNarrow { width, least, font_size: self.font_size() }),
            _ => Ok(()),
        }
    }

    /// Inches of a width that suits a figure.
    pub fn inches(&self, suits: Width) -> f64 {
        self.width.unwrap_or(match (self.style, suits) {
            (Style::Paper, Width::Column) => 3.4,
            (Style::Paper, Width::Page) => 7.0,
            (Style::Slides, Width::Column) => 6.4,
            (Style::Slides, Width::Page) => 12.0,
        })
    }

    fn font_size(&self) -> f64 {
        self.font_size.unwrap_or(self.style.font_size())
    }

    /// Pixels of a drawing to an inch: its letters have always the same number of pixels.
    pub(super) fn pixels_per_inch(&self) -> f64 {
        BODY * POINTS_PER_INCH / self.font_size()
    }

    /// Width of a sheet in pixels of the drawing.
    pub(super) fn pixels(&self, suits: Width) -> u32 {
        (self.inches(suits) * self.pixels_per_inch()).round() as u32
    }

    /// Pixels to the inch of a PNG.
    pub(super) fn density(&self) -> f64 {
        self.dpi.unwrap_or(192.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_have_their_size_on_paper() {
        let paper = Paper { width: Some(3.5), font_size: Some(10.0), ..Paper::default() };
        // 20 pixels are 10 points, an inch is 72 points.
        assert_eq!((paper.pixels_per_inch(), paper.pixels(Width::Column)), (144.0, 504));
        assert_eq!(Paper::default().pixels(Width::Column), 653);
        let slides = Paper { style: Style::Slides, ..Paper::default() };
        assert_eq!(slides.pixels(Width::Page), 1080);
    }

    #[test]
    fn paper_that_nothing_has_room_on_is_refused() {
        let refused = |paper: Paper| paper.check().unwrap_err().to_string();
        let narrow = refused(Paper { width: Some(1.0), ..Paper::default() });
        assert_eq!(narrow, "a width of 1 in is too narrow for letters of 7.5 pt: at least 1.77 in, or smaller letters");
        let dpi = refused(Paper { dpi: Some(f64::NAN), ..Paper::default() });
        assert_eq!(dpi, "dpi must be from 36 to 2400, got NaN");
        let font = refused(Paper { font_size: Some(0.5), ..Paper::default() });
        assert_eq!(font, "font size must be from 3 to 72 pt, got 0.5");
    }
}
