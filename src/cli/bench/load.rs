//! `skewwatch bench load`: fills a Redis.

use std::io::Write as _;
use std::process::ExitCode;

use indicatif::{ProgressBar, ProgressStyle};

use super::RedisArguments;
use crate::bench::data::Rows;
use crate::bench::load::{IsCluster, Writer, load};
use crate::cli::screen::Screen;

/// Arguments of `skewwatch bench load`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    redis: RedisArguments,
}

/// Writes all rows.
pub(super) async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let RedisArguments { redis, layout, entities, features } = arguments.redis;
    anyhow::ensure!(!redis.is_empty(), "no Redis is named\n  hint: `--redis redis://host:port`");
    let is_cluster = if redis.len() > 1 { IsCluster::Yes } else { IsCluster::No };
    let rows = Rows::new(features, layout)?;
    let mut writer = Writer::connect(&redis, is_cluster).await?;
    let bar = ProgressBar::new(entities.into());
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos} of {len} rows, {eta} left") {
        bar.set_style(style);
    }
    load(&rows, entities, &mut writer, &|written| bar.set_position(written.into())).await?;
    bar.finish_and_clear();
    writeln!(Screen::open(), "{entities} entities × {features} features are in {}", redis.join(","))?;
    Ok(ExitCode::SUCCESS)
}
