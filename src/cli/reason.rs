//! Why a cell got its verdict, as a sentence.

use crate::model::figure;
use crate::model::verdict::{ExpiredOutcome, Layer, Remark, Settled, Verdict};

/// Why the cell was settled as it was.
pub(super) fn reason(cell: &Settled) -> String {
    let text = match (cell.verdict, cell.remark) {
        (Verdict::Unread, _) => "the store did not answer",
        (Verdict::Undecodable, _) => "bytes are there and are no value of the declared type with its event timestamp",
        (Verdict::InFlight, _) => "it changed in each of three readings",
        (Verdict::Absent, Remark::Deleted) => "deleted on both sides",
        (Verdict::Absent, _) => "neither side has it",
        (Verdict::Pending, _) => "the newest offline version is younger than the write delay allows for",
        (Verdict::MissingOnline, _) => "nothing online, and the newest offline version is within the ttl",
        (Verdict::Expired, _) => match cell.expired {
            Some(ExpiredOutcome::Consistent) => "past the ttl; what is served equals the newest version",
            Some(ExpiredOutcome::Stale) => "past the ttl; what is served equals an older version",
            Some(ExpiredOutcome::Skewed) => {
                "past the ttl; what is served differs from the version that it is held against"
            }
            Some(ExpiredOutcome::Unverified) => "past the ttl; the snapshots hold nothing to compare it with",
            Some(ExpiredOutcome::Absent) | None => "past the ttl, and rightly gone",
        },
        (Verdict::Ahead, _) => "newer than the snapshot can know",
        (Verdict::MissingOffline, Remark::Deleted) => "the newest snapshot no longer has the entity",
        (Verdict::MissingOffline, _) => "the snapshots do not know the entity",
        (Verdict::Phantom, _) => "the snapshots know the entity and no version of this event timestamp",
        (Verdict::Skewed, Remark::SupersededByCorrection) => "a correction of the same event timestamp never came",
        (Verdict::Skewed, _) => "the version that it is held against has another value",
        (Verdict::Stale, Remark::Unverified) if cell.behind.is_none() => {
            "older than any version that the snapshots hold"
        }
        (Verdict::Stale, Remark::Unverified) => "equals an older version; without event timestamps that may be chance",
        (Verdict::Stale, _) => "equals an older version",
        (Verdict::Consistent, _) => "equals the newest version",
    };
    let behind = cell.behind.map_or_else(String::new, |behind| {
        let plural = if behind.versions == 1 { "version" } else { "versions" };
        let time = figure::span(Some(behind.time.as_secs_f64()));
        format!(" ({} {plural} and {time} behind)", figure::count(behind.versions.into()))
    });
    let layer = match cell.layer {
        None | Some(Layer::Identical) => "",
        Some(Layer::Rounded) => ", after rounding to the declared type",
        Some(Layer::Ulps) => ", within the last places of the declared type",
        Some(Layer::Tolerance) => ", within the tolerance",
        Some(Layer::Indistinguishable) => ", as far as the layout can tell",
    };
    format!("{text}{behind}{layer}")
}
