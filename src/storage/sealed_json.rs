//! The checksum of a JSON object, as its last key: `{"point":3,"crc32":"8f2a01b7"}`. It is that of every byte before the
//! comma of its key, so that the object stays one that any program reads.
use flate2::Crc;

const KEY: &str = ",\"crc32\":\"";
const END: &str = "\"}";

/// What an object says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonSeal {
    /// Every byte is as it was written.
    Whole,
    /// There is no checksum.
    Absent,
    /// The checksum is another one.
    Broken,
}

/// Adds the checksum to an object that has keys.
pub fn seal_json(object: &str) -> String {
    let inside = object.trim_end().strip_suffix('}').unwrap_or(object).trim_end();
    format!("{inside}{KEY}{}{END}", sum(inside))
}

/// Compares an object with its checksum.
pub fn check_json(object: &str) -> JsonSeal {
    match object.trim_end().strip_suffix(END).and_then(|inside| inside.rsplit_once(KEY)) {
        None => JsonSeal::Absent,
        Some((inside, own)) if own == sum(inside) => JsonSeal::Whole,
        Some(_) => JsonSeal::Broken,
    }
}

fn sum(text: &str) -> String {
    let mut crc = Crc::new();
    crc.update(text.as_bytes());
    format!("{:08x}", crc.sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_object_stays_json_and_knows_every_change() {
        let object = "{\n  \"a\": [1, 2],\n  \"b\": \"x\"\n}\n";
        let sealed = seal_json(object);
        let value: serde_json::Value = serde_json::from_str(&sealed).unwrap();
        assert_eq!((&value["a"][1], value["crc32"].as_str().map(str::len)), (&2.into(), Some(8)));
        assert_eq!((check_json(&sealed), check_json(object)), (JsonSeal::Whole, JsonSeal::Absent));
        let end = sealed.find(KEY).unwrap();
        for at in 0..end {
            let mut bytes = sealed.clone().into_bytes();
            bytes[at] ^= 1;
            assert_eq!(check_json(&String::from_utf8(bytes).unwrap()), JsonSeal::Broken, "byte {at}");
        }
    }
}
