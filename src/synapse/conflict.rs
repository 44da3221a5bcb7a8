//! Rules that settings break together.

/// Broken rules of settings that stand under a key.
pub(super) fn under(key: &str, conflicts: Vec<(String, String)>) -> Vec<(String, String)> {
    conflicts.into_iter().map(|(inner, rule)| (format!("{key}.{inner}"), rule)).collect()
}
