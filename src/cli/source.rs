//! `--config`: where the plan of a command comes from.

use std::path::PathBuf;

use crate::config::{self, Plan};

/// The configuration that a command works with.
#[derive(Clone, Debug, clap::Args)]
pub struct ConfigArguments {
    /// The configuration file.
    #[arg(long, value_name = "FILE", env = "SKEWWATCH_CONFIG", default_value = "skewwatch.yaml")]
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
