//! Sizes and lengths of text.
pub(super) use super::font::{Weight, length};

/// Text of axes, labels and notes, in pixels per em.
pub(super) const BODY: f64 = 20.0;
/// Distance of the base lines of such text, pixels.
pub(super) const LINE: f64 = 24.0;
/// Titles of panels, in pixels per em.
pub(super) const HEADING: f64 = 22.0;
/// Title of the page, in pixels per em.
pub(super) const TITLE: f64 = 30.0;

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

/// The whole text in lines no longer than `room`: broken between words, and within a word that is longer than a line
/// after one of the signs that join its parts, or else between letters. "γ = 0.5" is one word if it fits into a line.
pub(super) fn wrapped(text: &str, size: f64, weight: Weight, room: f64) -> Vec<String> {
    let fits = |line: &str| length(line, size, weight) <= room;
    let mut lines: Vec<String> = Vec::new();
    for word in words(text, fits) {
        if let Some(line) = lines.last_mut() {
            let longer = format!("{line} {word}");
            if fits(&longer) {
                *line = longer;
                continue;
            }
        }
        let mut rest = word.as_str();
        while !fits(rest) {
            let end = break_in(rest, fits);
            if end == rest.len() {
                break;
            }
            lines.push(rest[..end].to_owned());
            rest = &rest[end..];
        }
        lines.push(rest.to_owned());
    }
    lines
}

/// The words of a text; those that a sign of its own joins are one as long as they fit.
fn words(text: &str, fits: impl Fn(&str) -> bool) -> Vec<String> {
    let joins = |word: &str| ["=", "±", "×", "≤"].contains(&word);
    let mut words: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match words.last_mut() {
            Some(last) if joins(word) || last.rsplit(' ').next().is_some_and(joins) => {
                let longer = format!("{last} {word}");
                if fits(&longer) { *last = longer } else { words.push(word.to_owned()) }
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// Where a word too long for a line is broken: at least one letter stays on the line.
fn break_in(word: &str, fits: impl Fn(&str) -> bool) -> usize {
    let ends = word.char_indices().map(|(start, letter)| (start + letter.len_utf8(), letter));
    let room: Vec<(usize, char)> = ends.take_while(|(end, _)| fits(&word[..*end])).collect();
    let joint = room.iter().rev().find(|(_, letter)| "_./-=,:;+×".contains(*letter));
    let first = word.chars().next().map_or(0, char::len_utf8);
    joint.or(room.last()).map_or(first, |(end, _)| *end)
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
    fn every_sign_the_figures_use_is_in_the_font() {
        for weight in [Weight::Regular, Weight::Bold] {
            for sign in "s⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹−×°…α|–·".chars() {
                assert!(weight.has(sign), "{sign}");
            }
        }
    }

    #[test]
    fn lines_are_not_broken_at_the_signs_within_a_quantity() {
        let text = "EP, centred, γ = 0.5";
        let room = length("EP, centred, γ =", BODY, Weight::Regular);
        assert_eq!(wrapped(text, BODY, Weight::Regular, room), ["EP, centred,", "γ = 0.5"]);
        let narrow = wrapped(text, BODY, Weight::Regular, length("γ =", BODY, Weight::Regular));
        assert_eq!(narrow.concat().replace(' ', ""), text.replace(' ', ""));
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
    fn a_text_is_wrapped_without_losing_a_letter() {
        let text = "hardware.synapses.pulsed.device_to_device_variation of the first array";
        let lines = wrapped(text, BODY, Weight::Regular, 180.0);
        assert!(lines.len() > 3 && lines.iter().all(|line| length(line, BODY, Weight::Regular) <= 180.0), "{lines:?}");
        assert_eq!(lines.concat().replace(' ', ""), text.replace(' ', ""));
        assert!(lines[0].ends_with('.') || lines[0].ends_with('_'), "{lines:?}");
        assert_eq!(wrapped("αβγ", BODY, Weight::Regular, 1.0), ["α", "β", "γ"]);
        assert!(wrapped("  ", BODY, Weight::Regular, 100.0).is_empty());
    }

    #[test]
    fn superscripts_carry_sign_and_all_digits() {
        assert_eq!(superscript(-120), "⁻¹²⁰");
        assert_eq!(superscript(3), "³");
    }
}
