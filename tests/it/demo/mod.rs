//! The demo's shop: both computations, the stores they fill, the faults put into them.

mod computation;
mod faults;
mod feast;
mod folder;
mod live;
mod oracle;
mod past;
mod redis;
mod round;
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
