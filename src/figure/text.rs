//! The font of the figures: DejaVu Sans, carried by the program so that a bare machine draws the same letters.
use ab_glyph::{Font, FontRef, OutlinedGlyph, PxScale, ScaleFont};
use std::sync::LazyLock;

/// The family as written into an SVG file. Verdana, on machines without DejaVu, has the same letter widths.
pub(super) const FAMILY: &str = "DejaVu Sans, Verdana, sans-serif";
/// Text of axes, labels and notes, in pixels per em.
pub(super) const BODY: f64 = 20.0;
/// Titles of panels, in pixels per em.
pub(super) const HEADING: f64 = 22.0;
/// Title of the page, in pixels per em.
pub(super) const TITLE: f64 = 30.0;

static REGULAR: LazyLock<FontRef<'static>> = LazyLock::new(|| carried(dejavu::sans::regular()));
static BOLD: LazyLock<FontRef<'static>> = LazyLock::new(|| carried(dejavu::sans::bold()));

fn carried(bytes: &'static [u8]) -> FontRef<'static> {
    FontRef::try_from_slice(bytes).expect("the font is part of the program")
}

/// Thickness of the letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

impl Weight {
    fn font(self) -> &'static FontRef<'static> {
        match self {
            Self::Regular => &REGULAR,
            Self::Bold => &BOLD,
        }
    }
}

/// Calls `place(x, glyph)` for every letter with its distance from the start of the line; returns the length of the
/// line. `size` and lengths are in the same unit, per em.
fn lay_out(text: &str, size: f64, weight: Weight, mut place: impl FnMut(f32, ab_glyph::Glyph)) -> f64 {
    let font = weight.font();
    // ab_glyph counts a size from the highest to the lowest stroke, everyone else in em.
    let em = font.units_per_em().unwrap_or(2048.0);
    let scale = PxScale::from(size as f32 * font.height_unscaled() / em);
    let scaled = font.as_scaled(scale);
    let mut x = 0.0;
    let mut previous = None;
    for letter in text.chars() {
        let id = font.glyph_id(letter);
        if let Some(previous) = previous {
            x += scaled.kern(previous, id);
        }
        place(x, id.with_scale(scale));
        x += scaled.h_advance(id);
        previous = Some(id);
    }
    f64::from(x)
}

/// Length of a line of text.
pub(super) fn length(text: &str, size: f64, weight: Weight) -> f64 {
    lay_out(text, size, weight, |_, _| ())
}

/// The outlines of the letters, in a frame whose origin is the start of the base line.
pub(super) fn outlines(text: &str, size: f64, weight: Weight) -> Vec<OutlinedGlyph> {
    let mut found = Vec::new();
    lay_out(text, size, weight, |x, mut glyph| {
        glyph.position = ab_glyph::point(x, 0.0);
        found.extend(weight.font().outline_glyph(glyph));
    });
    found
}

/// The text itself if it is not longer than `room`, else its beginning with an ellipsis.
pub(super) fn shortened(text: &str, size: f64, weight: Weight, room: f64) -> String {
    if length(text, size, weight) <= room {
        return text.to_owned();
    }
    let letters: Vec<char> = text.chars().collect();
    let fits = |n: usize| {
        let mut cut: String = letters[..n].iter().collect::<String>().trim_end().to_owned();
        cut.push('…');
        (length(&cut, size, weight) <= room).then_some(cut)
    };
    // Bisection, as a title may be a whole page of text.
    let (mut short, mut long) = (0, letters.len());
    while short + 1 < long {
        let middle = short.midpoint(long);
        if fits(middle).is_some() { short = middle } else { long = middle }
    }
    fits(short).unwrap_or_default()
}

/// Lines no longer than `room`, broken between words; what does not fit into `most` lines is cut.
pub(super) fn wrapped(text: &str, size: f64, weight: Weight, room: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        let full = lines.len() == most;
        match lines.last_mut() {
            Some(line) if full || length(&format!("{line} {word}"), size, weight) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.iter().map(|line| shortened(line, size, weight, room)).collect()
}

/// A whole number as superscript.
pub fn superscript(number: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let sign = if number < 0 { "⁻" } else { "" };
    let digits = number.unsigned_abs().to_string();
    sign.chars().chain(digits.bytes().map(|digit| DIGITS[usize::from(digit - b'0')])).collect()
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

    #[test]
    fn every_sign_the_figures_use_is_in_the_font() {
        for weight in [Weight::Regular, Weight::Bold] {
            for sign in "s⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹−×°…α|–·".chars() {
                assert_ne!(weight.font().glyph_id(sign).0, 0, "{sign}");
            }
        }
    }

    #[test]
    fn a_long_text_is_cut_to_its_room_and_not_shorter_than_needed() {
        let text = "validation of the held-out part";
        let cut = shortened(text, BODY, Weight::Regular, 150.0);
        let width = length(&cut, BODY, Weight::Regular);
        assert!(cut.ends_with('…') && text.starts_with(cut.trim_end_matches('…')));
        assert!(width <= 150.0 && width > 120.0, "{cut}: {width}");
        assert_eq!(shortened("short", BODY, Weight::Regular, 150.0), "short");
        assert_eq!(shortened("anything", BODY, Weight::Regular, 1.0), "");
    }

    #[test]
    fn superscripts_carry_sign_and_all_digits() {
        assert_eq!(superscript(-120), "⁻¹²⁰");
        assert_eq!(superscript(3), "³");
    }
}
