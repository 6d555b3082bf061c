//! One entity key in full: both sides, every version, every verdict.

use crate::config::Plan;
use crate::measure::{SettledRow, settled_rows};
use crate::model::entity::EntityKey;
use crate::model::sample::Sample;
use crate::model::time::{Clock, Timestamp};
use crate::model::view::FeatureView;
use crate::sample::{Bytes, SampleError, Sides, of_key};
use crate::store::online::{OnlineStore, StoreError};
use crate::store::snapshot::SnapshotStore;

/// What both sides hold of one entity in one view, and what became of each cell.
#[derive(Debug)]
pub struct Explanation<'a> {
    /// The view.
    pub view: &'a FeatureView,
    /// Both sides; the sample has this one key.
    pub sample: Sample,
    /// The settled cells.
    pub row: SettledRow,
    /// The instant that stood for "now".
    pub now: Timestamp,
}

/// One answer per view asked, or why there is none.
pub type Answers<'a> = Vec<(&'a FeatureView, Result<Explanation<'a>, SampleError>)>;

/// Explains one entity key in each of `wanted`, pairs of a view and the key in its terms.
///
/// # Errors
/// When the online store cannot be reached at all.
pub async fn explain<'a>(
    plan: &Plan,
    wanted: Vec<(&'a FeatureView, EntityKey)>,
    as_of: Option<Timestamp>,
) -> Result<Answers<'a>, StoreError> {
    let online = OnlineStore::connect(&plan.online).await?;
    let snapshots = SnapshotStore::new(plan.snapshots.clone());
    let clock = as_of.map_or(Clock::System, Clock::Fixed);
    let sides = Sides {
        online: &online,
        fidelity: plan.online.fidelity(),
        snapshots: &snapshots,
        clock,
        bytes: Bytes::Dropped,
    };
    let mut answers = Vec::with_capacity(wanted.len());
    for (view, key) in wanted {
        let answer = of_key(view, key, &sides).await.map(|sample| {
            let row = settled_rows(view, &sample, as_of).pop().unwrap_or(SettledRow { cells: Vec::new() });
            Explanation { view, sample, row, now: clock.now() }
        });
        answers.push((view, answer));
    }
    Ok(answers)
}
