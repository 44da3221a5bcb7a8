//! The hardware model of a fit, as a file.
use super::curves::Curves;
use super::error::FitError;
use super::law::FittedModel;
use super::population::{Estimate, Population};
use super::request::FitRequest;
use crate::config::Hardware;
use crate::config::strict::read_text;
use serde_json::{Map, Value, json};
use std::path::Path;

/// The model, and the text of its file. It has been read as any other.
pub(super) fn write(
    population: &Population,
    curves: &Curves,
    request: &FitRequest,
) -> Result<(Hardware, String), FitError> {
    let units = &curves.units;
    let (count, name) = (curves.devices.len(), population.model);
    let devices = if count == 1 { "one device".to_owned() } else { format!("{count} devices") };
    let weight =
        format!("{} = {} + {} times the weight of a device", units.quantity, short(units.zero), short(units.unit));
    let pulsed = "synapses.pulsed.device";
    let mut figures = vec![json!({
        "key": format!("{pulsed}.model"), "unit": "1", "basis": "fitted",
        "remark": format!("{name}, fitted to {devices} of {}", request.source),
    })];
    let own = population.estimates.iter().filter(|own| !own.key.contains('['));
    figures.extend(own.map(|own| figure(pulsed, own, count)));
    let file = json!({
        "schema_version": 2,
        "name": request.name,
        "description": format!("Pulsed devices ({name}) fitted to measured curves of {devices}: {weight}."),
        "valid_range": "The pulses and the range of weights of the measured curves. Reads are ideal but for the noise that was fitted; retention, temperature, wires and periphery are left out.",
        "figures": figures,
        "synapses": { "pulsed": { "device": device(population) } },
    });
    let text = format!("{file:#}\n");
    let loaded = read_text::<Hardware>(Path::new(&format!("{}.json", request.name)), &text, &[])?;
    Ok((loaded.value, text))
}

fn figure(pulsed: &str, own: &Estimate, devices: usize) -> Value {
    let between = own.key.ends_with("_dtod");
    let (basis, remark) = if between && devices == 1 {
        ("assumed", "there was one device".to_owned())
    } else if own.standard_error.is_finite() {
        ("fitted", format!("standard error {}", short(own.standard_error)))
    } else if own.value == 0.0 {
        ("fitted", "the curves do not show any".to_owned())
    } else {
        let bound = own.key == "w_max" || own.key == "w_min";
        let extreme = "the extreme of the reads, or nearly: the curves do not tell more";
        ("fitted", if bound { extreme } else { "the curves do not tell it" }.to_owned())
    };
    json!({"key": format!("{pulsed}.{}", own.key), "unit": "1", "basis": basis, "remark": remark})
}

fn device(population: &Population) -> Value {
    let mut device = Map::new();
    device.insert("model".to_owned(), model(population));
    let plain = population.estimates.iter().filter(|own| !own.key.starts_with("model."));
    device.extend(plain.map(|own| (own.key.clone(), rounded(own.value))));
    Value::Object(device)
}

/// The model as settings have it; those of a shape are rounded like the others.
fn model(population: &Population) -> Value {
    let kind = population.model;
    let name = kind.to_string();
    let shape: Vec<f64> = match kind {
        // These carry a spread: their keys are filled in below.
        FittedModel::LinearStep | FittedModel::PowStep => vec![0.0; kind.shape().len()],
        _ => {
            let of_shape = population.estimates.iter().filter(|own| own.key.starts_with("model."));
            of_shape.map(|own| own.value).collect()
        }
    };
    let mut value = serde_json::to_value(kind.model(&shape, population.law)).unwrap_or_default();
    let prefix = format!("model.{name}.");
    for own in &population.estimates {
        if let Some(key) = own.key.strip_prefix(&prefix)
            && let Some(place) = value.get_mut(&name).and_then(|inner| place(inner, key))
        {
            *place = rounded(own.value);
        }
    }
    value
}

/// The value at `gamma` or `up[2]`.
fn place<'a>(inner: &'a mut Value, key: &str) -> Option<&'a mut Value> {
    match key.trim_end_matches(']').split_once('[') {
        Some((list, n)) => inner.get_mut(list)?.get_mut(n.parse::<usize>().ok()?),
        None => inner.get_mut(key),
    }
}

/// Six digits: more than any measurement tells.
fn rounded(x: f64) -> Value {
    json!(short(x).parse::<f64>().unwrap_or(x))
}

fn short(x: f64) -> String {
    let rounded = format!("{x:.5e}").parse::<f64>().unwrap_or(x);
    rounded.to_string()
}
