//! What results are called next to each other.
use std::path::Path;

/// What runs are called next to each other: the end of their paths in which they differ.
pub fn distinct_names(files: &[&Path]) -> Vec<String> {
    let parts = |file: &Path| -> Vec<String> {
        let whole = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        // The name of a trace says nothing next to that of its folder.
        let folder = if whole.is_file() { whole.parent().map(Path::to_owned).unwrap_or(whole) } else { whole };
        folder
            .components()
            .map(|part| part.as_os_str().to_string_lossy().into_owned())
            .filter(|part| part != "/")
            .collect()
    };
    let all: Vec<Vec<String>> = files.iter().map(|file| parts(file)).collect();
    let most = all.iter().map(Vec::len).max().unwrap_or(1);
    let ends = |count: usize| -> Vec<String> {
        all.iter().map(|parts| parts[parts.len().saturating_sub(count)..].join("/")).collect()
    };
    let differ = |names: &Vec<String>| names.iter().enumerate().all(|(k, name)| !names[..k].contains(name));
    (1..=most).map(ends).find(differ).unwrap_or_else(|| {
        let numbered = |(k, name): (usize, String)| format!("{name} ({})", k + 1);
        ends(1).into_iter().enumerate().map(numbered).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_called_by_the_end_of_their_paths_in_which_they_differ() {
        let named = |files: [&str; 2]| distinct_names(&files.map(Path::new));
        assert_eq!(named(["runs/a", "runs/b"]), ["a", "b"]);
        assert_eq!(named(["/x/one/a", "/x/two/a"]), ["one/a", "two/a"]);
        assert_eq!(named(["/x/a", "/x/a"]), ["a (1)", "a (2)"]);
    }
}
