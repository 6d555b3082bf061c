//! The verdict of a cell: worked examples, and agreement with a slow reference.

mod agreement;
mod equality;
mod reference;
mod worked;

use std::time::Duration;

use skewwatch::measure::{Cell, CellVersion, Life, OfflineCell, Stillness};
use skewwatch::model::online::{Fidelity, OnlineReading};
use skewwatch::model::time::{Precision, Timestamp};
use skewwatch::model::value::{ScalarKind, Value, ValueKind};
use skewwatch::model::verdict::Settled;
use skewwatch::model::view::{FeatureView, Pairing, WrittenFrom};

use crate::support::views::view;
use reference::{Case, How};

/// The view that a case of the reference speaks of.
fn view_of(case: &Case, kind: ScalarKind) -> FeatureView {
    let nanos = |nanos: i64| Duration::from_nanos(nanos.unsigned_abs());
    let mut view = view("user_stats", "", &[("feature", ValueKind::Scalar(kind))]);
    view.ttl = case.ttl.map(nanos);
    view.write_delay = nanos(case.write_delay);
    (view.pairing, view.written_from) = match case.how {
        How::Version => (Pairing::Version, WrittenFrom::Unknown),
        How::AsOf => (Pairing::AsOf, WrittenFrom::Unknown),
        How::Value { copied_from_snapshot: false } => (Pairing::Value, WrittenFrom::Unknown),
        How::Value { copied_from_snapshot: true } => (Pairing::Value, WrittenFrom::Snapshot),
    };
    view
}

/// Settles the case by the crate's code, with versions and reading given in its types.
fn settled(case: &Case, view: &FeatureView, reading: &OnlineReading, versions: &[CellVersion]) -> Settled {
    let cell = Cell {
        view,
        feature: 0,
        fidelity: Fidelity::Exact,
        reading,
        stillness: Stillness::Still,
        offline: OfflineCell {
            versions,
            watermark: case.watermark.map(Timestamp::from_nanos),
            horizon: case.snapshot_horizon.map(Timestamp::from_nanos),
            precision: Precision::Nanos,
            life: if case.deleted { Life::Deleted } else { Life::Living },
        },
    };
    cell.settle()
}

fn integer(value: Option<i64>) -> Value {
    value.map_or(Value::Null, Value::Int)
}
