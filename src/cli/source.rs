//! `--config`: where the plan of a command comes from.

use std::path::PathBuf;

use crate::config::{self, Plan};

/// Why `--view` of this name selects nothing.
pub(super) fn unknown_view(plan: &Plan, name: &str) -> anyhow::Error {
    if let Some(view) = plan.not_watched.iter().find(|view| view.feature_view == name) {
        return anyhow::anyhow!("feature view `{name}` is not watched: {}", view.reason);
    }
    let names: Vec<String> = plan.views.iter().map(|view| format!("`{}`", view.name)).collect();
    match names.as_slice() {
        [] => anyhow::anyhow!("no feature view `{name}` is watched; none is"),
        [only] => anyhow::anyhow!("no feature view `{name}` is watched; there is {only}"),
        several => anyhow::anyhow!("no feature view `{name}` is watched; there are {}", several.join(", ")),
    }
}

/// The configuration that a command works with.
#[derive(Clone, Debug, clap::Args)]
pub struct ConfigArguments {
    /// The configuration file.
    #[arg(short, long, value_name = "FILE", env = "SKEWWATCH_CONFIG", default_value = "skewwatch.yaml")]
    pub config: PathBuf,
}

impl ConfigArguments {
    /// Reads the configuration, with variables from the environment of the process.
    ///
    /// # Errors
    /// When the file cannot be read, or with all its problems when it gives no plan.
    pub async fn load(&self) -> anyhow::Result<Plan> {
        Ok(config::load(&self.config, &|name| std::env::var(name).ok()).await?)
    }
}
