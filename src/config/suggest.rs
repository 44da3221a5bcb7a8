//! Guessing which key or variant was meant.
use super::{
    key::{KeyPath, Step},
    node::Node,
};

/// The candidate that looks most like `word`; `None` if none looks like it.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word = normal(word);
    let likeness = |candidate: &str| {
        let candidate = normal(candidate);
        let edits = strsim::damerau_levenshtein(&word, &candidate);
        let similar = strsim::jaro_winkler(&word, &candidate);
        // `tau` for `tau_s`: the unit was forgotten.
        let unit_missing = candidate.strip_prefix(&word).is_some_and(|rest| rest.starts_with('_'));
        let shorter = word.chars().count().min(candidate.chars().count());
        (edits <= 1 + shorter / 5 || similar >= 0.9 || unit_missing).then_some((edits, 1.0 - similar))
    };
    let scored = candidates.into_iter().filter_map(|candidate| Some((likeness(candidate)?, candidate)));
    scored
        .min_by(|((edits_a, far_a), _), ((edits_b, far_b), _)| edits_a.cmp(edits_b).then(far_a.total_cmp(far_b)))
        .map(|best| best.1)
}

/// `batchSize`, `Batch-Size` and `batch_size` are the same word.
fn normal(word: &str) -> String {
    let mut plain = String::with_capacity(word.len());
    let mut after_lower = false;
    for c in word.chars() {
        if c.is_uppercase() && after_lower {
            plain.push('_');
        }
        after_lower = c.is_lowercase();
        plain.extend(if c == '-' || c == ' ' { '_'.to_lowercase() } else { c.to_lowercase() });
    }
    plain
}

/// Every place of a file that has the key `key`, shallow ones first. Array elements count as element 0.
pub fn places_of(root: Node, key: &str) -> Vec<KeyPath> {
    /// Types that hold themselves would otherwise never end.
    const DEEPEST: usize = 8;
    let mut found = Vec::new();
    let mut level = vec![(KeyPath::root(), root)];
    for _ in 0..DEEPEST {
        let parts: Vec<_> = level.iter().flat_map(|(path, node)| parts_of(path, *node)).collect();
        found.extend(
            parts
                .iter()
                .filter(|(path, _)| path.steps().last() == Some(&Step::Key(key.to_owned())))
                .map(|(path, _)| path.clone()),
        );
        level = parts;
    }
    found
}

fn parts_of(path: &KeyPath, node: Node) -> Vec<(KeyPath, Node)> {
    let shape = node.shape();
    let variants = shape.variants.iter().filter_map(|variant| Some((path.key(variant.name), variant.content?)));
    let keys = shape
        .plain
        .iter()
        .flat_map(|plain| plain.keys().into_iter().filter_map(|key| Some((path.key(key), plain.property(key)?))));
    let elements = shape.plain.iter().filter_map(|plain| Some((path.index(0), plain.element(0)?)));
    variants.chain(keys).chain(elements).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEYS: [&str; 5] = ["epochs", "batch_size", "learning_rate", "tau_s", "seed"];

    #[test]
    fn typing_errors_other_spellings_and_forgotten_units_find_their_key() {
        for (word, key) in [
            ("epoch", "epochs"),
            ("eopchs", "epochs"),
            ("batchSize", "batch_size"),
            ("Batch-Size", "batch_size"),
            ("learningrate", "learning_rate"),
            ("tau", "tau_s"),
            ("sede", "seed"),
        ] {
            assert_eq!(nearest(word, KEYS), Some(key), "{word}");
        }
    }

    #[test]
    fn words_that_look_like_no_key_find_none() {
        for word in ["momentum", "x", "hidden_units", ""] {
            assert_eq!(nearest(word, KEYS), None, "{word}");
        }
    }
}
