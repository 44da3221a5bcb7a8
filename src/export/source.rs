//! The file that is exported, and which of its groups.
use super::ExportError;
use crate::config::suggest::nearest;
use crate::results::{Opened, open};
use crate::trace::TraceReader;
use crate::vocabulary::state::NEXT_TO_AXES;
use std::path::{Path, PathBuf};

/// An open trace or sweep.
pub(super) struct Source {
    pub opened: Opened,
}

/// A group, or one variable of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    pub group: String,
    pub variable: Option<String>,
}

impl Item {
    /// Path in the file.
    pub fn path(&self) -> String {
        match &self.variable {
            Some(variable) => format!("{}/{variable}", self.group),
            None => self.group.clone(),
        }
    }
}

impl Source {
    /// Opens a file, or the results in a folder.
    pub fn open(from: &Path) -> Result<Self, ExportError> {
        Ok(Self { opened: open(from)? })
    }

    /// Everything in the file.
    pub fn reader(&self) -> &TraceReader {
        self.opened.reader()
    }

    /// The file that was opened.
    pub fn path(&self) -> &Path {
        self.reader().path()
    }

    /// The folder for several tables: `trace-csv` next to `trace.h5`.
    pub fn folder(&self, extension: &str) -> PathBuf {
        let stem = self.path().file_stem().unwrap_or_default().to_string_lossy();
        self.path().with_file_name(format!("{stem}-{extension}"))
    }

    /// Names of variables that stand next to an axis: what was drawn for each sample of a sweep, where a unit of a run is.
    pub fn next_to_axes(&self) -> Vec<String> {
        match &self.opened {
            Opened::Run(_) => NEXT_TO_AXES.iter().map(|term| term.name.to_owned()).collect(),
            Opened::Sweep(sweep) => sweep.drawn().map(|axis| axis.name.clone()).collect(),
        }
    }

    /// The groups, or the one variable, that `what` means: its path, or the beginning of the paths of several.
    pub fn select(&self, what: Option<&str>) -> Result<Vec<Item>, ExportError> {
        let groups = self.reader().groups()?;
        let item = |group: &String| Item { group: group.clone(), variable: None };
        let Some(what) = what.map(|what| what.trim_matches('/')).filter(|what| !what.is_empty()) else {
            return Ok(groups.iter().map(item).collect());
        };
        if let Some(group) = groups.iter().find(|group| *group == what) {
            return Ok(vec![item(group)]);
        }
        let below: Vec<_> = groups.iter().filter(|group| group.starts_with(&format!("{what}/"))).map(item).collect();
        if !below.is_empty() {
            return Ok(below);
        }
        let variables = self.variables(&groups)?;
        if let Some(found) = variables.iter().find(|item| item.path() == what) {
            return Ok(vec![found.clone()]);
        }
        Err(self.not_there(what, groups, &variables))
    }

    fn variables(&self, groups: &[String]) -> Result<Vec<Item>, ExportError> {
        let mut all = vec![];
        for group in groups {
            let variables = self.reader().variables(group)?.into_iter().filter(|v| !v.is_coordinate);
            all.extend(variables.map(|v| Item { group: group.clone(), variable: Some(v.name) }));
        }
        Ok(all)
    }

    fn not_there(&self, what: &str, groups: Vec<String>, variables: &[Item]) -> ExportError {
        let paths: Vec<String> = variables.iter().map(Item::path).collect();
        let candidates = || groups.iter().chain(&paths).map(String::as_str);
        // Of the whole path, else of its last part: `accuracy` for `metrics/test_accuracy` is too far, `test_acuracy` is not.
        let last = |path: &str| path.rsplit('/').next().unwrap_or_default().to_owned();
        let lasts: Vec<String> = candidates().map(last).collect();
        let by_last = |name: &str| candidates().find(|path| last(path) == name);
        let meant = nearest(what, candidates())
            .or_else(|| by_last(nearest(&last(what), lasts.iter().map(String::as_str))?))
            .map(str::to_owned);
        ExportError::NotThere { file: self.path().to_owned(), what: what.to_owned(), nearest: meant, groups }
    }
}
