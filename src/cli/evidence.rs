//! `--evidence`: where a check writes down what it rests on.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::ValueEnum;

use crate::evidence::{self, Evidence, KeyForm, Salt};
use crate::model::measurement::RoundReport;
use crate::publish::json;

/// Whether and how evidence is written.
#[derive(Clone, Debug, clap::Args)]
pub struct EvidenceArguments {
    /// Also write what the verdicts rest on into this folder, which must not be there or be empty; `skewwatch replay`
    /// judges it again.
    #[arg(long, value_name = "FOLDER")]
    evidence: Option<PathBuf>,
    /// How the evidence shows entity keys; feature values are always as they are.
    #[arg(long, value_enum, value_name = "FORM", requires = "evidence", default_value_t)]
    evidence_keys: Keys,
    /// The secret that keys are hashed with, in a file; made where there is none. Without it a new secret is drawn and
    /// forgotten.
    #[arg(long, value_name = "FILE", requires = "evidence")]
    evidence_salt: Option<PathBuf>,
}

/// How evidence shows entity keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Keys {
    /// Hashed with a secret that is not in the evidence.
    #[default]
    Hashed,
    /// As they are.
    Plain,
}

/// Where evidence goes.
pub(super) struct Destination {
    folder: PathBuf,
    keys: KeyForm,
}

impl EvidenceArguments {
    /// Where evidence goes; `None` where none is asked for.
    ///
    /// # Errors
    /// When there is something in the folder, or the secret cannot be had.
    pub(super) fn destination(&self) -> anyhow::Result<Option<Destination>> {
        let Some(folder) = &self.evidence else { return Ok(None) };
        evidence::vacant(folder)?;
        let keys = match (self.evidence_keys, &self.evidence_salt) {
            (Keys::Plain, Some(_)) => anyhow::bail!("`--evidence-salt` is for keys that are hashed"),
            (Keys::Plain, None) => KeyForm::Plain,
            (Keys::Hashed, Some(file)) => KeyForm::Hashed(Salt::in_file(file)?),
            (Keys::Hashed, None) => KeyForm::Hashed(Salt::random()?),
        };
        Ok(Some(Destination { folder: folder.clone(), keys }))
    }
}

impl Destination {
    /// Writes the evidence of a round beside its report.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub(super) fn write(&self, evidence: &Evidence, report: &RoundReport) -> anyhow::Result<()> {
        let mut text = Vec::new();
        json::write(report, &mut text).context("could not write the report down")?;
        Ok(evidence::write(evidence, &text, (&self.folder, &self.keys))?)
    }
}
