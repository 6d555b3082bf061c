//! `--repair-keys`: where a check writes the rows that have to be written again.

use std::path::PathBuf;

use anyhow::Context as _;

use crate::config::Plan;
use crate::kept::file::{Readers, replace_for};
use crate::model::repair::RepairList;
use crate::publish::repair;

/// What stands for the name of a view in a path.
const VIEW: &str = "{view}";

/// Whether and where the rows to be written again are told.
#[derive(Clone, Debug, clap::Args)]
pub struct RepairArguments {
    /// Also write the entity keys of missing, stale and skewed rows as Parquet; `{view}` in the path stands for the name of
    /// the view, which there must be for more than one.
    #[arg(long, value_name = "FILE")]
    repair_keys: Option<String>,
}

impl RepairArguments {
    /// Whether they are asked for, in a way that gives each view a file of its own.
    ///
    /// # Errors
    /// When several views would be written to one file.
    pub(super) fn file(&self, plan: &Plan) -> anyhow::Result<Option<RepairFile>> {
        let Some(path) = &self.repair_keys else { return Ok(None) };
        if plan.views.len() > 1 && !path.contains(VIEW) {
            anyhow::bail!(
                "`--repair-keys {path}` is one file for {} views; write `{VIEW}` where their names belong, or choose one \
                 with `--view`",
                plan.views.len()
            );
        }
        Ok(Some(RepairFile { path: path.clone(), views: plan.views.iter().map(|view| view.name.clone()).collect() }))
    }
}

/// Where the rows to be written again are told.
pub(super) struct RepairFile {
    path: String,
    views: Vec<String>,
}

impl RepairFile {
    /// Writes a file per view, without rows where none is wrong. A view that could not be measured has none, and that of an
    /// earlier check is removed.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(super) fn write(&self, lists: &[RepairList]) -> anyhow::Result<()> {
        for view in &self.views {
            let path = PathBuf::from(self.path.replace(VIEW, &view.replace(['/', '\\'], "_")));
            let unwritten = || format!("could not write the keys to repair to `{}`", path.display());
            match lists.iter().find(|list| list.feature_view == *view) {
                Some(list) => {
                    let bytes = repair::parquet(list).with_context(unwritten)?;
                    replace_for(Readers::Owner, &path, &bytes).with_context(unwritten)?;
                }
                None if path.is_file() => std::fs::remove_file(&path).with_context(unwritten)?,
                None => {}
            }
        }
        Ok(())
    }
}
