//! `--error`: what is told around a mean over replicates.
use crate::results::statistics::ErrorKind;
use clap::Args;
use clap::builder::PossibleValuesParser;

#[derive(Debug, Clone, Default, Args)]
pub(super) struct ErrorArgument {
    /// What stands around a mean over replicates: standard deviation (over n − 1), standard error, 95 % confidence interval by
    /// Student's t, or range [default: sd].
    #[arg(long = "error", value_name = "KIND", value_parser = PossibleValuesParser::new(ErrorKind::ALL.map(|(name, _)| name)))]
    name: Option<String>,
}

impl ErrorArgument {
    /// The kind, if one was named.
    pub fn given(&self) -> Option<ErrorKind> {
        self.name.as_deref().and_then(ErrorKind::named)
    }

    /// The kind.
    pub fn kind(&self) -> ErrorKind {
        self.given().unwrap_or_default()
    }
}
