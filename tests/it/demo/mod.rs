//! The demo's shop: both computations, the stores they fill, the faults put into them.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::wildcard_enum_match_arm,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    reason = "builders and oracles of tests fail loudly too, and their numbers are small"
)]

mod computation;
mod faults;
mod feast;
mod folder;
mod oracle;
mod redis;
mod stored;

use std::path::Path;

use skewwatch::demo::fault::FaultChoice;
use skewwatch::demo::online::OnlineTarget;
use skewwatch::demo::{Made, Settings, make};

/// A shop of a few hundred customers in `folder`.
fn settings(folder: &Path, faults: &str) -> Settings {
    Settings {
        folder: folder.to_owned(),
        entities: 600,
        days: 5,
        seed: 11,
        faults: FaultChoice::parse(faults).unwrap(),
        online: OnlineTarget::Sqlite,
    }
}

async fn made(folder: &Path, faults: &str) -> Made {
    make(&settings(folder, faults)).await.unwrap()
}
