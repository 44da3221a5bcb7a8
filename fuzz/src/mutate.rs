//! Changes of a file that keep most of it: other numbers, other keys, parts of another one, lengths that cannot be.
use super::targets::Form;
use rand::RngExt;
use rand::seq::IndexedRandom;
use rand_xoshiro::Xoshiro256PlusPlus as Random;
use serde_json::{Map, Number, Value, json};

/// Whole numbers where something ends.
const EDGES: [u64; 22] = [
    0,
    1,
    2,
    3,
    7,
    10,
    64,
    127,
    128,
    255,
    256,
    1000,
    65535,
    65536,
    i32::MAX as u64,
    1 << 31,
    u32::MAX as u64,
    1 << 32,
    1 << 53,
    i64::MAX as u64,
    1 << 63,
    u64::MAX,
];
const REALS: [f64; 12] = [-1.0, -0.0, 0.5, 1e-3, 1e-40, 1e-320, 1e39, 1e308, 1e18, -1e300, 0.1, 2.0];
/// Depth of what is put into itself.
const NESTED: usize = 300;
/// Bytes of the longest file that is made.
pub const MOST_BYTES: usize = 1 << 18;

/// A file made of `own` and parts of `other` by one to four changes.
pub fn changed(form: Form, own: &[u8], other: &[u8], random: &mut Random) -> Vec<u8> {
    let changes = 1 + random.random_range(0..4);
    let mut bytes = match form {
        Form::Json if random.random_ratio(9, 10) => json_changed(own, other, changes, random),
        Form::Lines if random.random_ratio(9, 10) => lines_changed(own, other, changes, random),
        _ => bytes_changed(own.to_vec(), other, changes, random),
    };
    bytes.truncate(MOST_BYTES);
    bytes
}

fn json_changed(first: &[u8], other: &[u8], changes: usize, random: &mut Random) -> Vec<u8> {
    let (Ok(mut value), Ok(other)) = (serde_json::from_slice(first), serde_json::from_slice(other)) else {
        return bytes_changed(first.to_vec(), other, changes, random);
    };
    for _ in 0..changes {
        change_value(&mut value, &other, random);
    }
    value.to_string().into_bytes()
}

fn lines_changed(first: &[u8], other: &[u8], changes: usize, random: &mut Random) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = first.split(|&byte| byte == b'\n').map(<[u8]>::to_vec).collect();
    let others: Vec<&[u8]> = other.split(|&byte| byte == b'\n').collect();
    let at = random.random_range(0..lines.len());
    let own = others.choose(random).copied().unwrap_or_default();
    lines[at] = json_changed(&lines[at].clone(), own, changes, random);
    if random.random_ratio(1, 8) {
        let again = lines[at].clone();
        lines.insert(random.random_range(0..=lines.len()), again);
    }
    lines.join(&b'\n')
}

fn count(value: &Value) -> usize {
    1 + match value {
        Value::Array(parts) => parts.iter().map(count).sum(),
        Value::Object(parts) => parts.values().map(count).sum::<usize>(),
        _ => 0,
    }
}

/// The part that is reached after so many steps of a walk through all of them.
fn part<'v>(value: &'v mut Value, steps: &mut usize) -> Option<&'v mut Value> {
    if *steps == 0 {
        return Some(value);
    }
    *steps -= 1;
    match value {
        Value::Array(parts) => parts.iter_mut().find_map(|own| part(own, steps)),
        Value::Object(parts) => parts.values_mut().find_map(|own| part(own, steps)),
        _ => None,
    }
}

fn change_value(value: &mut Value, other: &Value, random: &mut Random) {
    let mut steps = random.random_range(0..count(value));
    let mut other = other.clone();
    let mut other_steps = random.random_range(0..count(&other));
    let foreign = part(&mut other, &mut other_steps).map(|own| own.take()).unwrap_or_default();
    let Some(own) = part(value, &mut steps) else { return };
    match own {
        Value::Object(parts) if random.random_ratio(3, 4) => change_object(parts, foreign, random),
        Value::Array(parts) if random.random_ratio(3, 4) => change_array(parts, foreign, random),
        Value::Number(number) if random.random_ratio(3, 4) => *own = near(number, random),
        _ => *own = anything(foreign, own.clone(), random),
    }
}

fn change_object(parts: &mut Map<String, Value>, foreign: Value, random: &mut Random) {
    let keys: Vec<String> = parts.keys().cloned().collect();
    let key = keys.choose(random).cloned().unwrap_or_default();
    match random.random_range(0..5) {
        0 => drop(parts.remove(&key)),
        1 => drop(parts.insert(key + "_", foreign)),
        2 => drop(parts.insert(key, foreign)),
        3 => {
            let own = parts.remove(&key).unwrap_or_default();
            parts.insert(keys.choose(random).cloned().unwrap_or_default(), own);
        }
        _ => {
            if let Value::Object(others) = foreign {
                parts.extend(others);
            }
        }
    }
}

fn change_array(parts: &mut Vec<Value>, foreign: Value, random: &mut Random) {
    let at = random.random_range(0..=parts.len());
    match random.random_range(0..4) {
        0 => parts.insert(at, foreign),
        1 => parts.truncate(at),
        2 => {
            let again = parts.first().cloned().unwrap_or(foreign);
            parts.extend(std::iter::repeat_n(again, random.random_range(1..100)));
        }
        _ => parts.reverse(),
    }
}

fn near(number: &Number, random: &mut Random) -> Value {
    let own = number.as_f64().unwrap_or(0.0);
    match random.random_range(0..6) {
        0 => json!(-own),
        1 => json!(own * 1000.0),
        2 => json!(own + 0.5),
        3 => json!(REALS.choose(random)),
        _ => json!(EDGES.choose(random)),
    }
}

fn anything(foreign: Value, own: Value, random: &mut Random) -> Value {
    match random.random_range(0..9) {
        0 => Value::Null,
        1 => json!(random.random::<bool>()),
        2 => json!(EDGES.choose(random)),
        3 => json!(REALS.choose(random)),
        4 => json!(""),
        5 => json!("a".repeat(random.random_range(1..5000))),
        6 => (0..random.random_range(1..NESTED)).fold(own, |inner, _| json!([inner])),
        7 => json!([own.clone(), own]),
        _ => foreign,
    }
}

fn bytes_changed(mut bytes: Vec<u8>, other: &[u8], changes: usize, random: &mut Random) -> Vec<u8> {
    for _ in 0..changes {
        if bytes.is_empty() {
            return other.to_vec();
        }
        // Headers stand at the beginning and say the most.
        let reach = if random.random_ratio(1, 2) { bytes.len().min(256) } else { bytes.len() };
        let at = random.random_range(0..reach);
        match random.random_range(0..9) {
            0 => bytes[at] ^= 1 << random.random_range(0..8),
            1 => bytes[at] = random.random(),
            2..=4 => put_edge(&mut bytes[at..], random),
            5 => bytes.truncate(at),
            6 => {
                let from = random.random_range(0..=other.len());
                let length = random.random_range(0..=(other.len() - from).min(64));
                bytes.splice(at..at, other[from..from + length].iter().copied());
            }
            7 => {
                let to = (at + random.random_range(0..64)).min(bytes.len());
                bytes.drain(at..to);
            }
            _ => {
                let to = (at + random.random_range(0..64)).min(bytes.len());
                let again = bytes[at..to].to_vec();
                bytes.splice(at..at, again);
            }
        }
    }
    bytes
}

/// A whole number where something ends, in one to eight bytes, from either end.
fn put_edge(place: &mut [u8], random: &mut Random) {
    let edge = EDGES.choose(random).copied().unwrap_or_default().wrapping_add(random.random_range(0..2));
    let width = (1 << random.random_range(0..4)).min(place.len());
    let little = edge.to_le_bytes();
    let big_end = random.random::<bool>();
    for (k, byte) in place[..width].iter_mut().enumerate() {
        *byte = little[if big_end { width - 1 - k } else { k }];
    }
}
