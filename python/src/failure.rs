//! Errors of the crate as exceptions of Python.
use dyadsim::config::ConfigError;
use dyadsim::config::error::rest;
use dyadsim::data::panic_message;
use dyadsim::error::Error;
use dyadsim::run::RunError;
use dyadsim::sweep::SweepError;
use pyo3::exceptions::{PyOSError, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use std::path::Path;

pyo3::create_exception!(_dyadsim, DyadError, PyRuntimeError, "What stopped a run, a sweep or a figure.");

/// What is wrong with what was given is a `ValueError`, what the system refuses an `OSError`, all else a `DyadError`.
pub fn of(error: impl Into<Error>) -> PyErr {
    let error = error.into();
    let text = with_causes(&error);
    match error {
        Error::Config(own) => of_settings(&own, None),
        Error::Run(RunError::Settings(own)) => of_settings(&own, None),
        Error::Edit(_) | Error::Data(_) | Error::Fit(_) | Error::Network(_) | Error::Option { .. } => {
            PyValueError::new_err(text)
        }
        Error::Run(RunError::Data(_) | RunError::Network(_) | RunError::BatchTooLarge { .. })
        | Error::Run(RunError::NoSuchUnit { .. })
        | Error::Sweep(SweepError::Config(_)) => PyValueError::new_err(text),
        Error::File { .. } | Error::Run(RunError::Io { .. }) => PyOSError::new_err(text),
        _ => DyadError::new_err(text),
    }
}

/// Wrong settings. Problems of the experiment in `own` are told by their keys, those of another file with its name.
pub fn of_settings(error: &ConfigError, own: Option<&Path>) -> PyErr {
    let ConfigError::Keys { problems } = error else { return PyValueError::new_err(with_causes(error)) };
    let lines = problems.iter().map(|found| match own {
        Some(own) if found.file != own => {
            let place = found.place.map(|place| format!("{place}: ")).unwrap_or_default();
            format!("{}: {place}{}", found.file.display(), found.problem)
        }
        _ => found.problem.to_string(),
    });
    PyValueError::new_err(lines.chain(rest(problems)).collect::<Vec<_>>().join("\n"))
}

/// The message of an error and those of its causes.
pub fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(source) = cause {
        let more = source.to_string();
        if !text.ends_with(&more) {
            text = format!("{text}: {more}");
        }
        cause = source.source();
    }
    text
}

/// A panic of the crate, which is a mistake in it.
pub fn of_panic(panic: &(dyn std::any::Any + Send)) -> PyErr {
    DyadError::new_err(format!("a mistake in dyadsim itself, please report it: {}", panic_message(panic)))
}
