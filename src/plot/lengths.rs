//! Lengths on paper, and ends of axes, as a user writes them.
use super::error::PlotError;
use crate::figure::{Paper, Width};

/// Units of lengths, and how many of each are an inch.
const UNITS: [(&str, f64); 5] = [("in", 1.0), ("mm", 25.4), ("cm", 2.54), ("pt", 72.0), ("px", 96.0)];

/// The ends of an axis; what is not given follows from the values.
pub type Limits = [Option<f64>; 2];

/// Inches from a length as 3.5in, 89mm, 8.9cm or 252pt; `column` and `page` are those of the paper's style.
///
/// # Errors
/// If it has another form.
pub fn parse_length(option: &'static str, text: &str, paper: &Paper) -> Result<f64, PlotError> {
    let usual = Paper { width: None, ..paper.clone() };
    match (option, text.trim()) {
        ("--width", "column") => return Ok(usual.inches(Width::Column)),
        ("--width", "page") => return Ok(usual.inches(Width::Page)),
        _ => {}
    }
    let of_unit = |(unit, per_inch): &(&str, f64)| {
        Some(text.trim().strip_suffix(unit)?.trim_end().parse::<f64>().ok().filter(|x| x.is_finite())? / per_inch)
    };
    UNITS.iter().find_map(of_unit).ok_or_else(|| {
        let expected = match option {
            "--width" => "column, page, or a length with its unit, as 3.5in, 89mm, 8.9cm or 252pt",
            _ => "a length with its unit, as 2.5in, 64mm, 6.4cm or 180pt",
        };
        PlotError::Form { option, given: text.to_owned(), expected }
    })
}

/// Ends from LOW..HIGH; either may be missing.
///
/// # Errors
/// If it has another form, or the ends are not in order.
pub fn parse_limits(option: &'static str, text: &str) -> Result<Limits, PlotError> {
    let wrong = || PlotError::Form {
        option,
        given: text.to_owned(),
        expected: "LOW..HIGH in the unit of the axis, LOW below HIGH, as 90..100, 0.. or ..5",
    };
    let (low, high) = text.split_once("..").ok_or_else(wrong)?;
    let end = |text: &str| match text.trim() {
        "" => Ok(None),
        text => text.parse::<f64>().ok().filter(|x| x.is_finite()).map(Some).ok_or_else(wrong),
    };
    match [end(low)?, end(high)?] {
        [None, None] => Err(wrong()),
        [Some(low), Some(high)] if low >= high => Err(wrong()),
        limits => Ok(limits),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_units() {
        let inches = |text: &str| parse_length("--width", text, &Paper::default());
        for (text, wanted) in
            [("3.5in", 3.5), ("89 mm", 89.0 / 25.4), ("254cm", 100.0), ("252pt", 3.5), ("column", 3.4)]
        {
            assert!((inches(text).unwrap() - wanted).abs() < 1e-12, "{text}");
        }
        for wrong in ["3.5", "in", "wide", "NaNin", "1e400in", "3,5in"] {
            assert!(inches(wrong).unwrap_err().to_string().contains("as 3.5in"), "{wrong}");
        }
        assert!(parse_length("--height", "page", &Paper::default()).is_err());
    }

    #[test]
    fn ends_are_in_order() {
        let limits = |text: &str| parse_limits("--ylim", text);
        assert_eq!(limits("90..100").unwrap(), [Some(90.0), Some(100.0)]);
        assert_eq!((limits("-1..").unwrap(), limits("..1e-3").unwrap()), ([Some(-1.0), None], [None, Some(1e-3)]));
        for wrong in ["..", "5..1", "1..1", "a..b", "7", "1..inf"] {
            assert!(limits(wrong).unwrap_err().to_string().starts_with("--ylim "), "{wrong}");
        }
    }
}
