//! Holds the program text to the module map of `src/lib.rs`: which module may use which, and how long a file may be.
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// (module, modules that it may use). A module may always use itself.
const MAY_USE: &[(&str, &[&str])] = &[
    ("parameter", &[]),
    ("random", &[]),
    ("linalg", &["random"]),
    ("analog", &["linalg", "parameter", "random"]),
    ("synapse", &["analog", "linalg", "parameter", "random"]),
    ("network", &["analog", "linalg", "parameter", "random"]),
    ("learning", &["network", "synapse", "analog", "linalg", "parameter", "random"]),
    ("robustness", &["network", "analog", "linalg", "parameter", "random"]),
    ("data", &["parameter", "random"]),
    ("config", &["data", "learning", "robustness", "network", "synapse", "analog", "parameter", "random"]),
    ("trace", &[]),
    ("figure", &[]),
    ("plot", &["figure", "trace"]),
    ("verify", &["config", "network", "synapse", "analog", "linalg", "parameter", "random"]),
    (
        "run",
        &[
            "config",
            "data",
            "learning",
            "robustness",
            "network",
            "synapse",
            "analog",
            "linalg",
            "trace",
            "parameter",
            "random",
        ],
    ),
    ("sweep", &["run", "config", "data", "trace", "parameter", "random"]),
    ("export", &["config", "trace"]),
    ("report", &["config", "trace"]),
    ("error", &["config", "data", "export", "network", "plot", "report", "run", "sweep", "trace"]),
    (
        "cli",
        &[
            "sweep",
            "run",
            "robustness",
            "plot",
            "figure",
            "report",
            "config",
            "data",
            "trace",
            "export",
            "verify",
            "parameter",
            "error",
        ],
    ),
];

/// (word, modules whose text may contain it): what is allowed only in one place.
const ONLY_IN: &[(&str, &[&str])] = &[
    ("println!", &["cli"]),
    ("indicatif", &["cli"]),
    ("clap", &["cli"]),
    ("hdf5_sys", &["trace"]),
    ("hdf5::", &["trace", "data"]),
    ("plotters", &["figure"]),
    ("minijinja", &["report"]),
    ("gemm::", &["linalg"]),
    ("ureq", &["data"]),
    ("unsafe {", &["linalg", "trace"]),
];

const MOST_LINES: usize = 400;

fn sources() -> Vec<(PathBuf, String, String)> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, files);
            } else if path.extension().is_some_and(|e| e == "rs") {
                files.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = vec![];
    walk(&root, &mut files);
    files
        .into_iter()
        .map(|path| {
            let inside = path.strip_prefix(&root).unwrap().with_extension("");
            let module = inside.components().next().unwrap().as_os_str().to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).unwrap();
            (path, module, text)
        })
        .collect()
}

/// Modules named after `crate::` in code; comments and documentation may link anywhere, tests may use anything.
fn used_modules(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]").next().unwrap();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines
        .flat_map(|line| line.split("crate::").skip(1))
        .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect())
        .collect()
}

#[test]
fn imports_follow_the_module_map() {
    let mut wrong = vec![];
    for (path, module, text) in sources() {
        if module == "lib" || module == "main" {
            continue;
        }
        let Some((_, allowed)) = MAY_USE.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!("{}: module {module} is not on the map", path.display()));
            continue;
        };
        for used in used_modules(&text) {
            if used != module && !allowed.contains(&used.as_str()) {
                wrong.push(format!("{}: {module} may not use {used}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn what_belongs_in_one_place_is_only_there() {
    let mut wrong = vec![];
    for (path, module, text) in sources() {
        for (word, places) in ONLY_IN {
            if text.lines().any(|l| !l.trim_start().starts_with("//") && l.contains(word))
                && !places.contains(&module.as_str())
            {
                wrong.push(format!("{}: {word} belongs in {places:?}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn files_hold_one_idea() {
    let long: Vec<_> = sources()
        .into_iter()
        .filter(|(_, _, text)| text.lines().count() > MOST_LINES)
        .map(|(path, _, text)| format!("{}: {} lines", path.display(), text.lines().count()))
        .collect();
    assert!(long.is_empty(), "files of more than {MOST_LINES} lines:\n{}", long.join("\n"));
}

#[test]
fn the_map_has_no_cycle() {
    // Each module may only use modules that can be put before it.
    let mut placed: BTreeSet<&str> = BTreeSet::new();
    while placed.len() < MAY_USE.len() {
        let next =
            MAY_USE.iter().find(|(name, uses)| !placed.contains(name) && uses.iter().all(|u| placed.contains(u)));
        placed.insert(next.expect("the rest of the map goes in a circle").0);
    }
}
