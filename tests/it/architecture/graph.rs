//! Which file needs which: paths are followed through re-exports to the file that defines what they name.
use super::source::{File, Names};
use std::collections::{BTreeMap, BTreeSet};

/// Longest chain of re-exports that is followed.
const MOST_STEPS: usize = 20;

pub struct Graph {
    files: BTreeMap<Names, File>,
    /// (user, used) → what it is used for.
    edges: BTreeMap<(String, String), BTreeSet<String>>,
}

impl Graph {
    /// The graph of files with these names below `src/` and these texts.
    pub fn new(sources: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut files = BTreeMap::new();
        let mut for_tests = vec![];
        for (name, text) in sources {
            let (file, modules) = File::parse(&name, &text);
            for_tests.extend(modules);
            files.insert(file.module.clone(), file);
        }
        files.retain(|module, _| !for_tests.iter().any(|test| module.starts_with(test)));
        let mut graph = Self { files, edges: BTreeMap::new() };
        for file in graph.files.values() {
            for path in &file.mentions {
                if let Some(used) = graph.definition(&file.module, path, MOST_STEPS)
                    && used.name != file.name
                {
                    let edge = (file.name.clone(), used.name.clone());
                    graph.edges.entry(edge).or_default().insert(path.join("::"));
                }
            }
        }
        graph
    }

    /// The file that defines what a path names in a module; none for what is no item of the crate, or a module.
    fn definition(&self, module: &[String], path: &[String], steps: usize) -> Option<&File> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.item(&[], rest, steps),
            "self" => self.item(module, rest, steps),
            "super" => {
                let parent = module.split_last()?.1;
                match rest.first() {
                    Some(next) if next == "super" => self.definition(parent, rest, steps),
                    _ => self.item(parent, rest, steps),
                }
            }
            // A bare name that the module does not know is a variable, a method's type or another crate.
            _ => self.knows(module, first, steps).then(|| self.item(module, path, steps)).flatten(),
        }
    }

    /// The same for a path inside a module. A name that is not found there comes from a macro of that file.
    fn item(&self, module: &[String], path: &[String], steps: usize) -> Option<&File> {
        let file = self.files.get(module)?;
        let (name, rest) = path.split_first()?;
        let steps = steps.checked_sub(1)?;
        if file.children.contains(name) && !(rest.is_empty() && file.defines.contains(name)) {
            return self.item(&[module, std::slice::from_ref(name)].concat(), rest, steps);
        }
        if file.defines.contains(name) {
            return Some(file);
        }
        if let Some(import) = file.imports.get(name) {
            return self.definition(module, &[import, rest].concat(), steps);
        }
        for glob in &file.globs {
            let path = [&glob[..], path].concat();
            if self.names_something(module, glob, name, steps) {
                return self.definition(module, &path, steps);
            }
        }
        Some(file)
    }

    /// Whether a bare name means something in a module.
    fn knows(&self, module: &[String], name: &str, steps: usize) -> bool {
        let Some(steps) = steps.checked_sub(1) else { return false };
        self.files.get(module).is_some_and(|file| {
            file.children.contains(name)
                || file.defines.contains(name)
                || file.imports.contains_key(name)
                || file.globs.iter().any(|glob| self.names_something(module, glob, name, steps))
        })
    }

    /// Whether a module that is taken in as a whole knows a name.
    fn names_something(&self, module: &[String], glob: &[String], name: &str, steps: usize) -> bool {
        let taken_in = match glob.first().map(String::as_str) {
            Some("crate") => glob[1..].to_vec(),
            Some("self") => [module, &glob[1..]].concat(),
            Some("super") => {
                let up = glob.iter().take_while(|part| *part == "super").count();
                [&module[..module.len().saturating_sub(up)], &glob[up..]].concat()
            }
            _ => [module, glob].concat(),
        };
        self.knows(&taken_in, name, steps)
    }

    /// Groups of files each of which needs, at last, every other of its group.
    pub fn circles(&self) -> Vec<Vec<String>> {
        let mut uses: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (user, used) in self.edges.keys() {
            uses.entry(user).or_default().insert(used);
        }
        let reached = |start: &str| {
            let mut reached: BTreeSet<&str> = BTreeSet::new();
            let mut open = vec![start];
            while let Some(file) = open.pop() {
                for &next in uses.get(file).into_iter().flatten() {
                    if reached.insert(next) {
                        open.push(next);
                    }
                }
            }
            reached
        };
        let reach: BTreeMap<&str, BTreeSet<&str>> = uses.keys().map(|&file| (file, reached(file))).collect();
        let mut circles = BTreeSet::new();
        for (file, reached) in reach.iter().filter(|(file, reached)| reached.contains(*file)) {
            let back = reached.iter().filter(|other| reach.get(*other).is_some_and(|its| its.contains(file)));
            circles.insert(back.map(|&file| file.to_owned()).collect::<Vec<_>>());
        }
        circles.into_iter().collect()
    }

    /// What the files of a group need of each other, one line each.
    pub fn explain(&self, circle: &[String]) -> String {
        let within = |file: &String| circle.contains(file);
        let edges = self.edges.iter().filter(|((user, used), _)| within(user) && within(used));
        edges
            .map(|((user, used), names)| {
                format!("    {user} uses {used}: {}\n", names.iter().cloned().collect::<Vec<_>>().join(", "))
            })
            .collect()
    }

    /// `impl` blocks that stand neither in the file of their type nor in that of their trait: (file, type).
    pub fn foreign_impls(&self) -> BTreeSet<(String, String)> {
        let mut foreign = BTreeSet::new();
        for file in self.files.values() {
            let home = |path: &Names| self.definition(&file.module, path, MOST_STEPS);
            let here = |path: &Names| home(path).is_some_and(|home| home.name == file.name);
            for block in &file.impls {
                let own = home(&block.own).is_some_and(|home| home.name != file.name);
                if own && !block.of_trait.as_ref().is_some_and(here) {
                    foreign.insert((file.name.clone(), block.own.last().unwrap().clone()));
                }
            }
        }
        foreign
    }
}

/// The graph of files that are given as (name, text).
fn graph(files: &[(&str, &str)]) -> Graph {
    Graph::new(files.iter().map(|&(name, text)| (name.to_owned(), text.to_owned())))
}

#[test]
fn a_circle_is_seen_through_a_reexport() {
    let files = [
        ("lib.rs", "pub mod a;"),
        ("a/mod.rs", "mod one; mod two; mod three; pub use one::One; pub use two::*;"),
        ("a/one.rs", "use super::Two; pub struct One(Option<Box<Two>>);"),
        ("a/two.rs", "pub struct Two; pub fn two() { let _ = crate::a::One(None); }"),
        ("a/three.rs", "use super::{One, Two}; pub struct Three(One, Two);"),
    ];
    assert_eq!(graph(&files).circles(), [["a/one.rs", "a/two.rs"]]);
}

#[test]
fn a_longer_circle_is_one_group() {
    let files = [
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "use crate::b::b; pub fn a() { b() }"),
        ("b.rs", "pub fn b() { println!(\"{}\", crate::c::C) }"),
        ("c.rs", "use crate::a; pub const C: u8 = 0; pub fn c() { a::a() }"),
    ];
    assert_eq!(graph(&files).circles(), [["a.rs", "b.rs", "c.rs"]]);
}

#[test]
fn to_list_children_to_hand_names_on_and_to_test_make_no_circle() {
    let files = [
        ("lib.rs", "mod a;"),
        ("a/mod.rs", "mod one; pub use one::One; pub struct Noun;"),
        ("a/one.rs", "use super::Noun; pub struct One(Noun); #[cfg(test)] mod tests { use crate::a::two; }"),
    ];
    assert!(graph(&files).circles().is_empty());
    let used_again = [files[0], ("a/mod.rs", "mod one; pub struct Noun; pub fn f() { one::One; }"), files[2]];
    assert_eq!(graph(&used_again).circles(), [["a/mod.rs", "a/one.rs"]]);
}

#[test]
fn an_impl_stands_with_its_type_or_its_trait() {
    let files = [
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "pub struct A; impl A {} impl Clone for A { fn clone(&self) -> A { A } }"),
        ("b.rs", "use crate::a::A; pub trait B {} impl B for A {} impl B for u8 {}"),
    ];
    assert!(graph(&files).foreign_impls().is_empty());
    for block in ["impl A {}", "impl Default for A { fn default() -> A { A } }"] {
        let text = format!("use crate::a::A; {block}");
        let foreign = graph(&[files[0], files[1], ("b.rs", &text)]).foreign_impls();
        assert_eq!(foreign.into_iter().collect::<Vec<_>>(), [("b.rs".to_owned(), "A".to_owned())], "{block}");
    }
}
