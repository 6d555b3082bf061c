//! From which severity on a command that judges ends with exit code 1.

use crate::model::check::Severity;

/// The value of `--fail-on`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum FailOn {
    /// A breach of any severity, and what could not be judged.
    Unknown,
    /// A breach of any severity.
    #[default]
    Warning,
    /// A critical breach.
    Critical,
    /// Nothing.
    Never,
}

impl FailOn {
    /// Whether a breach of this severity fails the command.
    #[must_use]
    pub const fn breach(self, severity: Severity) -> bool {
        match (self, severity) {
            (Self::Unknown | Self::Warning, _) | (Self::Critical, Severity::Critical) => true,
            (Self::Critical, Severity::Warning) | (Self::Never, _) => false,
        }
    }

    /// Whether a check that could not be judged fails the command.
    #[must_use]
    pub const fn unjudged(self) -> bool {
        match self {
            Self::Unknown => true,
            Self::Warning | Self::Critical | Self::Never => false,
        }
    }
}
