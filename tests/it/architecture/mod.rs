//! Holds the program text to the module map of `src/lib.rs`: which module may use which, that files do not use each
//! other in circles, and how long a file may be.
mod functions;
mod graph;
mod source;

use crate::fixtures::repository::{repository, repository_file};
use graph::Graph;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// (module, modules that it may use). A module may always use itself.
const MAY_USE: &[(&str, &[&str])] = &[
    ("vocabulary", &[]),
    ("math", &[]),
    ("parameter", &[]),
    ("random", &["math"]),
    ("storage", &[]),
    ("persist", &[]),
    ("linalg", &["random", "persist"]),
    ("device", &["vocabulary", "math", "parameter", "random"]),
    ("map", &["parameter", "random", "linalg"]),
    ("crossbar", &["parameter", "random", "persist", "linalg", "device", "map"]),
    ("synapse", &["vocabulary", "math", "parameter", "random", "persist", "linalg", "device"]),
    ("network", &["vocabulary", "parameter", "random", "persist", "linalg", "device", "map"]),
    ("costs", &["parameter", "crossbar", "map", "network"]),
    ("dynamics", &["math", "parameter", "persist", "linalg", "map", "network"]),
    (
        "substrate",
        &[
            "vocabulary",
            "math",
            "parameter",
            "random",
            "persist",
            "linalg",
            "device",
            "map",
            "crossbar",
            "network",
            "dynamics",
        ],
    ),
    (
        "relax",
        &[
            "vocabulary",
            "math",
            "parameter",
            "random",
            "persist",
            "linalg",
            "device",
            "map",
            "network",
            "costs",
            "dynamics",
            "substrate",
        ],
    ),
    (
        "credit",
        &[
            "math",
            "parameter",
            "random",
            "linalg",
            "device",
            "map",
            "crossbar",
            "network",
            "dynamics",
            "substrate",
            "relax",
        ],
    ),
    (
        "learning",
        &[
            "math",
            "parameter",
            "random",
            "persist",
            "linalg",
            "device",
            "synapse",
            "network",
            "costs",
            "dynamics",
            "substrate",
            "relax",
            "credit",
        ],
    ),
    (
        "robustness",
        &["math", "parameter", "random", "linalg", "device", "map", "network", "dynamics", "relax", "credit"],
    ),
    ("data", &["math", "parameter", "random", "storage"]),
    (
        "config",
        &[
            "parameter",
            "random",
            "device",
            "map",
            "crossbar",
            "synapse",
            "network",
            "costs",
            "dynamics",
            "substrate",
            "relax",
            "credit",
            "learning",
            "robustness",
            "data",
        ],
    ),
    ("fit", &["parameter", "math", "synapse", "config"]),
    ("trace", &["vocabulary", "storage", "persist"]),
    ("results", &["vocabulary", "trace"]),
    (
        "measure",
        &[
            "math",
            "vocabulary",
            "parameter",
            "random",
            "persist",
            "linalg",
            "device",
            "synapse",
            "network",
            "costs",
            "dynamics",
            "substrate",
            "relax",
            "credit",
            "learning",
            "robustness",
            "data",
            "config",
        ],
    ),
    (
        "run",
        &[
            "vocabulary",
            "parameter",
            "storage",
            "persist",
            "linalg",
            "device",
            "map",
            "synapse",
            "network",
            "costs",
            "dynamics",
            "substrate",
            "relax",
            "credit",
            "learning",
            "robustness",
            "data",
            "config",
            "trace",
            "results",
            "measure",
        ],
    ),
    (
        "sweep",
        &[
            "math",
            "vocabulary",
            "parameter",
            "random",
            "storage",
            "linalg",
            "data",
            "config",
            "trace",
            "measure",
            "run",
        ],
    ),
    (
        "verify",
        &[
            "parameter",
            "random",
            "linalg",
            "device",
            "map",
            "crossbar",
            "synapse",
            "network",
            "dynamics",
            "substrate",
            "relax",
            "credit",
            "config",
        ],
    ),
    ("export", &["vocabulary", "storage", "config", "trace", "results"]),
    ("figure", &["storage"]),
    ("plot", &["vocabulary", "synapse", "fit", "trace", "results", "figure"]),
    ("report", &["vocabulary", "storage", "config", "trace", "results"]),
    (
        "prelude",
        &[
            "parameter",
            "random",
            "linalg",
            "map",
            "network",
            "dynamics",
            "substrate",
            "relax",
            "credit",
            "learning",
            "data",
            "config",
            "trace",
            "results",
            "measure",
            "run",
        ],
    ),
    ("error", &["network", "data", "config", "fit", "trace", "results", "run", "sweep", "export", "plot", "report"]),
    (
        "cli",
        &[
            "vocabulary",
            "parameter",
            "storage",
            "linalg",
            "map",
            "synapse",
            "network",
            "costs",
            "robustness",
            "data",
            "config",
            "fit",
            "trace",
            "results",
            "measure",
            "run",
            "sweep",
            "verify",
            "export",
            "figure",
            "plot",
            "report",
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
    ("hdf5::", &["storage", "trace", "data"]),
    ("prost", &["run"]),
    ("resvg", &["figure"]),
    ("svg2pdf", &["figure"]),
    ("minijinja", &["report"]),
    ("gemm::", &["linalg"]),
    ("ureq", &["data"]),
    ("zune_jpeg", &["data"]),
    ("rmpfit", &["fit"]),
    ("unsafe {", &["linalg", "trace", "cli"]),
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
    let root = repository_file("src");
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

/// Which file uses which.
fn graph() -> Graph {
    let root = repository_file("src");
    let files = sources().into_iter().filter(|(_, module, _)| module != "main");
    Graph::new(files.map(|(path, _, text)| {
        let name = path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
        (name, text)
    }))
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

#[test]
fn files_do_not_use_each_other_in_circles() {
    let graph = graph();
    let explain = |circle: &Vec<String>| format!("these files use each other:\n{}", graph.explain(circle));
    let circles: Vec<_> = graph.circles().iter().map(explain).collect();
    assert!(circles.is_empty(), "\n{}", circles.join("\n"));
}

#[test]
fn impl_blocks_stand_with_their_type_or_trait() {
    let foreign = graph().foreign_impls();
    let wrong: Vec<_> = foreign.iter().map(|(file, own)| format!("{file}: {own} is defined in another file")).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A test that was renamed would otherwise come back into the fast tests unseen.
#[test]
fn tests_that_are_listed_as_slow_exist() {
    let root = repository();
    let list = fs::read_to_string(root.join("tests/slow.txt")).unwrap();
    let text = |names: &[&str]| {
        let path = root.join("tests/it").join(names.join("/"));
        fs::read_to_string(path.with_extension("rs")).or_else(|_| fs::read_to_string(path.join("mod.rs"))).ok()
    };
    let exists = |filter: &str| {
        let names: Vec<&str> = filter.split("::").collect();
        let (test, module) = names.split_last().unwrap();
        text(&names).is_some() || text(module).is_some_and(|text| text.contains(&format!("fn {test}(")))
    };
    let gone: Vec<_> = list.lines().filter(|line| !line.starts_with('#') && !exists(line)).collect();
    assert!(gone.is_empty(), "no test or module of tests/it: {gone:?}");
}
