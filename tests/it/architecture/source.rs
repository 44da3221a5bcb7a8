//! The files of the crate, parsed: what each defines, imports and mentions. What only tests see is left out.
use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree, Visibility};

/// A path as it is written: `crate`, `self`, `super` and names.
pub type Names = Vec<String>;

/// One file. Its module path is [] for `lib.rs`, [network, state] for `network/state.rs`.
pub struct File {
    pub name: String,
    pub module: Names,
    /// Items that the file defines itself.
    pub defines: BTreeSet<String>,
    /// `mod x;`, each of them a file.
    pub children: BTreeSet<String>,
    /// Name in this file → what it stands for, of private and public `use` declarations.
    pub imports: BTreeMap<String, Names>,
    /// What `use path::*` takes in.
    pub globs: Vec<Names>,
    /// Paths that the code needs: private imports, and whatever expressions, types and macros name.
    pub mentions: BTreeSet<Names>,
    pub impls: BTreeSet<Impl>,
}

/// An `impl` block of a type that has a name.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub struct Impl {
    pub own: Names,
    /// None in an inherent block.
    pub of_trait: Option<Names>,
}

impl File {
    /// Parses the file with this name below `src/`. The second list has the modules that only tests see.
    pub fn parse(name: &str, text: &str) -> (Self, Vec<Names>) {
        let syntax = syn::parse_file(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut module: Names = name.trim_end_matches(".rs").split('/').map(str::to_owned).collect();
        if matches!(module.last().unwrap().as_str(), "mod" | "lib") {
            module.pop();
        }
        let mut file = Self {
            name: name.to_owned(),
            module,
            defines: BTreeSet::new(),
            children: BTreeSet::new(),
            imports: BTreeMap::new(),
            globs: vec![],
            mentions: BTreeSet::new(),
            impls: BTreeSet::new(),
        };
        let mut for_tests = vec![];
        for item in &syntax.items {
            if let Item::Mod(inner) = item
                && inner.content.is_none()
                && is_for_tests(&inner.attrs)
            {
                for_tests.push([&file.module[..], &[inner.ident.to_string()]].concat());
            }
            if let (false, Some(defined)) = (is_for_tests(attributes(item)), defined_name(item)) {
                file.defines.insert(defined);
            }
        }
        file.visit_file(&syntax);
        (file, for_tests)
    }

    fn import(&mut self, tree: &UseTree, before: &[String], public: bool) {
        let with = |last: String| [before, &[last]].concat();
        match tree {
            UseTree::Path(path) => self.import(&path.tree, &with(path.ident.to_string()), public),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.import(tree, before, public)),
            UseTree::Glob(_) => self.globs.push(before.to_vec()),
            UseTree::Name(name) if name.ident == "self" => {
                self.import_name(before.last().unwrap().clone(), before.to_vec(), public);
            }
            UseTree::Name(name) => self.import_name(name.ident.to_string(), with(name.ident.to_string()), public),
            UseTree::Rename(rename) if rename.ident == "self" => {
                self.import_name(rename.rename.to_string(), before.to_vec(), public);
            }
            UseTree::Rename(rename) => {
                self.import_name(rename.rename.to_string(), with(rename.ident.to_string()), public);
            }
        }
    }

    fn import_name(&mut self, name: String, path: Names, public: bool) {
        // To hand a name on is not to need it.
        if !public {
            self.mentions.insert(path.clone());
        }
        self.imports.insert(name, path);
    }

    /// Names joined by `::` in what stands between the brackets of a macro.
    fn mention_tokens(&mut self, tokens: TokenStream) {
        let mut path = Names::new();
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    continue;
                }
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.mentions.insert(std::mem::take(&mut path));
                    }
                    path.push(ident.to_string());
                }
                TokenTree::Group(group) => self.mention_tokens(group.stream()),
                _ => {
                    self.mentions.insert(std::mem::take(&mut path));
                }
            }
            colons = 0;
        }
        self.mentions.insert(path);
    }
}

impl<'ast> Visit<'ast> for File {
    fn visit_item(&mut self, item: &'ast Item) {
        if is_for_tests(attributes(item)) {
            return;
        }
        match item {
            // Names in a module within a file belong to the file; it has no circles of its own.
            Item::Mod(inner) if inner.content.is_some() => {
                let is_plain =
                    |item: &Item| matches!(item, Item::Const(_) | Item::Fn(_) | Item::Struct(_) | Item::Use(_));
                let names = inner.content.iter().flat_map(|(_, items)| items).all(is_plain);
                assert!(names, "{}: module {} has no file of its own", self.name, inner.ident);
            }
            Item::Mod(inner) => {
                self.children.insert(inner.ident.to_string());
            }
            Item::Use(import) => {
                let public = !matches!(import.vis, Visibility::Inherited);
                self.import(&import.tree, &[], public);
            }
            Item::Impl(block) => {
                if let syn::Type::Path(own) = &*block.self_ty {
                    let of_trait = block.trait_.as_ref().map(|(path, _)| names(path));
                    self.impls.insert(Impl { own: names(&own.path), of_trait });
                }
                visit::visit_item(self, item);
            }
            _ => visit::visit_item(self, item),
        }
    }

    fn visit_impl_item_fn(&mut self, method: &'ast syn::ImplItemFn) {
        if !is_for_tests(&method.attrs) {
            visit::visit_impl_item_fn(self, method);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.mentions.insert(names(path));
        }
        visit::visit_path(self, path);
    }

    /// Attributes name derive macros and settings of serde, which belong to no file.
    fn visit_attribute(&mut self, _: &'ast Attribute) {}

    /// Likewise `pub(in path)`.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        self.mentions.insert(names(&call.path));
        self.mention_tokens(call.tokens.clone());
    }
}

fn names(path: &syn::Path) -> Names {
    path.segments.iter().map(|segment| segment.ident.to_string()).collect()
}

fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("test")
            || attribute.path().is_ident("cfg")
                && attribute.parse_args::<syn::Path>().is_ok_and(|condition| condition.is_ident("test"))
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(x) => &x.attrs,
        Item::Enum(x) => &x.attrs,
        Item::Fn(x) => &x.attrs,
        Item::Impl(x) => &x.attrs,
        Item::Macro(x) => &x.attrs,
        Item::Mod(x) => &x.attrs,
        Item::Static(x) => &x.attrs,
        Item::Struct(x) => &x.attrs,
        Item::Trait(x) => &x.attrs,
        Item::Type(x) => &x.attrs,
        Item::Use(x) => &x.attrs,
        _ => &[],
    }
}

fn defined_name(item: &Item) -> Option<String> {
    Some(
        match item {
            Item::Const(x) => &x.ident,
            Item::Enum(x) => &x.ident,
            Item::Fn(x) => &x.sig.ident,
            Item::Macro(x) => x.ident.as_ref()?,
            Item::Mod(x) if x.content.is_some() => &x.ident,
            Item::Static(x) => &x.ident,
            Item::Struct(x) => &x.ident,
            Item::Trait(x) => &x.ident,
            Item::Type(x) => &x.ident,
            _ => return None,
        }
        .to_string(),
    )
}
