//! Faults of whole rows: which are gone, and whether from a certain age on; which were left behind, and how far.

use crate::model::cause::{MissingRows, Relation, RowFaults, RowsBehind};
use crate::model::sample::Sample;
use crate::model::time::Timestamp;
use crate::model::verdict::Verdict;
use crate::model::view::{FeatureView, Pairing};

use super::cause::{Presence, RowPresence, expiry};
use super::rows::{SettledRow, is_online};

/// Finds what befell rows of a settled sample; `now` is the instant that stands for the read time, `None` takes each
/// row's own.
pub(super) fn row_faults(
    view: &FeatureView,
    (sample, rows): (&Sample, &[SettledRow]),
    (now, unmoved_rounds): (Option<Timestamp>, u32),
) -> RowFaults {
    RowFaults { missing: missing((sample, rows), now), behind: behind(view, rows), unmoved_rounds }
}

fn missing((sample, rows): (&Sample, &[SettledRow]), now: Option<Timestamp>) -> Option<MissingRows> {
    let presence = |(place, row): (usize, &SettledRow)| {
        let readings = sample.readings.get(place)?;
        let versions = sample.history.versions(&sample.keys.get(place)?.key);
        let newest = versions.version(versions.len().checked_sub(1)?)?.event_timestamp();
        let is_gone = !row.cells.is_empty() && row.cells.iter().all(|cell| cell.verdict == Verdict::MissingOnline);
        let presence = match (is_online(readings), is_gone) {
            (true, _) => Presence::Served,
            (false, true) => Presence::Missing,
            // Rightly gone, on its way, or not read.
            (false, false) => return None,
        };
        let age = now.unwrap_or(readings.last.read_at).since(newest)?.as_secs_f64();
        Some(RowPresence { age, presence })
    };
    let present: Vec<RowPresence> = rows.iter().enumerate().filter_map(presence).collect();
    let gone = present.iter().filter(|row| row.presence == Presence::Missing).count() as u64;
    let from_age_seconds = expiry(&present).and_then(|(relation, _)| match relation {
        Relation::Expired { age } => Some(age),
        _ => None,
    });
    (gone > 0).then_some(MissingRows { rows: gone, from_age_seconds })
}

/// Rows of the version before, then those of older ones; none where timestamps do not name versions.
fn behind(view: &FeatureView, rows: &[SettledRow]) -> Vec<RowsBehind> {
    let (mut by_one, mut by_more): (Option<RowsBehind>, Option<RowsBehind>) = (None, None);
    if view.pairing != Pairing::Version {
        return Vec::new();
    }
    // A row has one timestamp: what its first outdated cell says holds for all of it.
    for behind in rows.iter().filter_map(|row| row.cells.iter().find_map(|cell| cell.behind)) {
        let (versions, seconds) = (u64::from(behind.versions), behind.time.as_secs_f64());
        let group = if versions == 1 { &mut by_one } else { &mut by_more };
        let group = group.get_or_insert(RowsBehind {
            rows: 0,
            least_versions: versions,
            most_versions: versions,
            least_seconds: seconds,
            most_seconds: seconds,
        });
        group.rows += 1;
        group.least_versions = group.least_versions.min(versions);
        group.most_versions = group.most_versions.max(versions);
        group.least_seconds = group.least_seconds.min(seconds);
        group.most_seconds = group.most_seconds.max(seconds);
    }
    [by_one, by_more].into_iter().flatten().collect()
}
