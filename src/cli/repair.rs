//! `--repair-keys`: where a check writes the rows that have to be written again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::place::can_hold;
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
        let file = RepairFile { path: path.clone(), views: plan.views.iter().map(|view| view.name.clone()).collect() };
        let mut paths = BTreeSet::new();
        for view in &file.views {
            let path = file.path_of(view);
            can_hold(&path).with_context(|| unwritten(&path))?;
            if !paths.insert(path.clone()) {
                anyhow::bail!("`{}` would hold the rows of several views; choose one with `--view`", path.display());
            }
        }
        Ok(Some(file))
    }
}

/// Where the rows to be written again are told.
pub(super) struct RepairFile {
    path: String,
    views: Vec<String>,
}

impl RepairFile {
    fn path_of(&self, view: &str) -> PathBuf {
        PathBuf::from(self.path.replace(VIEW, &view.replace(['/', '\\'], "_")))
    }

    /// Writes a file per view, without rows where none is wrong. A view that could not be measured has none, and that of an
    /// earlier check is removed. Nothing is written where a list cannot be encoded.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub(super) fn write(&self, lists: &[RepairList]) -> anyhow::Result<()> {
        let mut files = Vec::with_capacity(self.views.len());
        for view in &self.views {
            let path = self.path_of(view);
            let list = lists.iter().find(|list| list.feature_view == *view);
            let bytes = list.map(repair::parquet).transpose().with_context(|| unwritten(&path))?;
            files.push((path, bytes));
        }
        for (path, bytes) in files {
            let placed = match bytes {
                Some(bytes) => replace_for(Readers::Owner, &path, &bytes),
                None if path.is_file() => std::fs::remove_file(&path),
                None => Ok(()),
            };
            placed.with_context(|| unwritten(&path))?;
        }
        Ok(())
    }
}

fn unwritten(path: &Path) -> String {
    format!("could not write the keys to repair to `{}`", path.display())
}
