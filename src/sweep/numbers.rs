//! Numbers in JSON that need not be finite: NaN is `null`, infinities are `"inf"` and `"-inf"`.
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serializer, de::Error};

#[derive(Deserialize)]
#[serde(untagged)]
enum Entry {
    Number(f64),
    Word(String),
    Nothing,
}

pub(super) fn serialize<S: Serializer>(numbers: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
    let mut sequence = serializer.serialize_seq(Some(numbers.len()))?;
    for &x in numbers {
        match x {
            x if x.is_nan() => sequence.serialize_element(&())?,
            f64::INFINITY => sequence.serialize_element("inf")?,
            f64::NEG_INFINITY => sequence.serialize_element("-inf")?,
            x => sequence.serialize_element(&x)?,
        }
    }
    sequence.end()
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
    let entries = Vec::<Entry>::deserialize(deserializer)?;
    let number = |entry| match entry {
        Entry::Number(x) => Ok(x),
        Entry::Nothing => Ok(f64::NAN),
        Entry::Word(word) if word == "inf" => Ok(f64::INFINITY),
        Entry::Word(word) if word == "-inf" => Ok(f64::NEG_INFINITY),
        Entry::Word(word) => Err(D::Error::custom(format!("{word:?} is no number"))),
    };
    entries.into_iter().map(number).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    struct Row(#[serde(with = "super")] Vec<f64>);

    proptest! {
        #[test]
        fn every_number_comes_back_with_the_same_bits(bits in proptest::collection::vec(any::<u64>(), 0..20)) {
            let numbers: Vec<f64> = bits.into_iter().map(f64::from_bits).collect();
            let text = serde_json::to_string(&Row(numbers.clone())).unwrap();
            let Row(back) = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(back.len(), numbers.len());
            for (a, b) in numbers.iter().zip(&back) {
                prop_assert!(a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()), "{} {}", a, b);
            }
        }
    }

    #[test]
    fn what_is_not_finite_is_written_in_words() {
        let text = serde_json::to_string(&Row(vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.0])).unwrap();
        assert_eq!(text, r#"[null,"inf","-inf",-0.0]"#);
        assert!(serde_json::from_str::<Row>(r#"["infinity"]"#).is_err());
    }
}
