//! A trace in words.
use super::error::TraceError;
use super::reader::{TraceReader, VariableInfo};
use crate::vocabulary::number;
use crate::vocabulary::place::attribute::JSON;
use std::fmt::Write;
use std::path::Path;

/// Describes a trace: its attributes, groups and variables.
///
/// # Errors
/// If the file cannot be read or is not a trace.
pub fn describe(path: &Path) -> Result<String, TraceError> {
    let reader = TraceReader::open(path)?;
    let mut text = format!("{}\n\n", path.display());
    let mut line = |s: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{s}");
    };
    for name in reader.attributes() {
        let value = match (reader.text(&name), reader.integer(&name)) {
            // Too long for a line; what they hold can be read from the file.
            (Some(value), _) if JSON.contains(&name.as_str()) => format!("({} bytes of JSON)", value.len()),
            (Some(value), _) => value,
            (None, Some(number)) => number.to_string(),
            (None, None) => continue,
        };
        line(format!("{name:<18} {value}"));
    }
    let (mut stored, mut bytes) = (0, 0);
    for group in reader.groups()? {
        let variables = reader.variables(&group)?;
        let (coordinates, variables): (Vec<_>, Vec<_>) = variables.into_iter().partition(|v| v.is_coordinate);
        let axes: Vec<String> = coordinates.iter().map(describe_axis).collect();
        line(format!("\n{group}  ({})", axes.join(", ")));
        for variable in &variables {
            line(describe_variable(variable));
            stored += variable.stored_bytes;
            bytes += variable.bytes;
        }
    }
    line(format!("\n{} stored, {} in memory", number::bytes(stored as f64), number::bytes(bytes as f64)));
    Ok(text)
}

fn describe_axis(coordinate: &VariableInfo) -> String {
    // A file of others may hold a coordinate without an axis.
    let length = coordinate.axes.first().map_or(String::new(), |(_, length)| format!(": {length}"));
    format!("{}{length}", coordinate.name)
}

fn describe_variable(variable: &VariableInfo) -> String {
    let axes: Vec<&str> = variable.axes.iter().map(|(name, _)| name.as_str()).collect();
    let signature = format!("{}({})", variable.name, axes.join(", "));
    let ratio = match variable.stored_bytes {
        0 => String::new(),
        stored => format!(" ({:.1}x)", variable.bytes as f64 / stored as f64),
    };
    let stored = number::bytes(variable.stored_bytes as f64);
    let unit = if variable.units == "1" { String::new() } else { format!(" [{}]", variable.units) };
    format!("  {signature:<42} {} {stored:>9}{ratio}  {}{unit}", variable.element, variable.long_name)
}
