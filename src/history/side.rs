//! What a round found beside the comparison of the stores: what callers of the serving path get, what requests were given by
//! their log, and how far values without event timestamps lag behind.
//!
//! Of each round the figures of the view are kept; what they consist of is kept of the newest round only.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::pack::{Packer, Unpacker};
use crate::model::counts::Share;
use crate::model::lag_profile::LagProfile;
use crate::model::logged::LoggedMeasurement;
use crate::model::measurement::{FeatureMeasurement, ViewMeasurement};
use crate::model::served::{Attributed, ServedMeasurement};

/// All that a round found beside the comparison of the stores.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SideFigures {
    /// What callers of the serving path get; `None` where it is not asked.
    pub served: Option<ServedMeasurement>,
    /// What requests were given; `None` where no log is read.
    pub logged: Option<LoggedMeasurement>,
    /// How far values lag behind, per feature whose rows carry no event timestamp.
    pub lags: BTreeMap<String, LagProfile>,
}

impl SideFigures {
    /// What the figures of a view say.
    #[must_use]
    pub fn of(measured: &ViewMeasurement) -> Self {
        let lag = |(name, feature): (&String, &FeatureMeasurement)| Some((name.clone(), feature.lag_profile.clone()?));
        Self {
            served: measured.served.clone(),
            logged: measured.logged.clone(),
            lags: measured.features.iter().filter_map(lag).collect(),
        }
    }

    /// The same without the features that are not known.
    #[must_use]
    pub fn only(mut self, is_known: impl Fn(&str) -> bool) -> Self {
        self.served.iter_mut().for_each(|served| served.features.retain(|name, _| is_known(name)));
        self.logged.iter_mut().for_each(|logged| logged.features.retain(|name, _| is_known(name)));
        self.lags.retain(|name, _| is_known(name));
        self
    }

    /// The same without the points of curves, which are many.
    #[must_use]
    pub fn in_brief(&self) -> Self {
        let mut brief = self.clone();
        brief.lags.values_mut().for_each(|profile| profile.points.clear());
        brief
    }
}

/// What callers of the serving path got in one round.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ServedFigures {
    /// Keys that were asked for.
    pub keys: u64,
    /// Cells that the serving path is to blame for, of those that could be compared.
    pub wrong: Share,
    /// Who is to blame.
    pub attributed: Attributed,
}

impl From<&ServedMeasurement> for ServedFigures {
    fn from(served: &ServedMeasurement) -> Self {
        Self { keys: served.keys, wrong: served.wrong, attributed: served.attributed }
    }
}

/// What requests were given, by the log that one round read.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LoggedFigures {
    /// Requests, each of one entity.
    pub requests: u64,
    /// Entities that they asked for.
    pub keys: u64,
    /// Requests that were given every feature that is logged.
    pub coverage: Share,
    /// Skewed values of those that could be compared.
    pub skew: Share,
}

impl From<&LoggedMeasurement> for LoggedFigures {
    fn from(logged: &LoggedMeasurement) -> Self {
        Self { requests: logged.requests, keys: logged.keys, coverage: logged.coverage, skew: logged.skew() }
    }
}

type Sides = (Option<ServedFigures>, Option<LoggedFigures>);

/// Adds the figures to the end of a blob; nothing where there are none, as in blobs of before there were any.
pub(super) fn pack_sides((served, logged): Sides, packer: &mut Packer) {
    if served.is_none() && logged.is_none() {
        return;
    }
    packer.count(u64::from(served.is_some()) | u64::from(logged.is_some()) << 1);
    if let Some(ServedFigures { keys, wrong, attributed }) = served {
        packer.count(keys);
        packer.share(wrong);
        packer.counts(&[attributed.serving, attributed.serving_while_store_agrees, attributed.store]);
    }
    if let Some(LoggedFigures { requests, keys, coverage, skew }) = logged {
        packer.counts(&[requests, keys]);
        packer.share(coverage);
        packer.share(skew);
    }
}

/// What [`pack_sides`] added.
pub(super) fn unpack_sides(unpacker: &mut Unpacker<'_>) -> Option<Sides> {
    if unpacker.is_at_end() {
        return Some((None, None));
    }
    let held = unpacker.count()?;
    let served = match held & 1 {
        0 => None,
        _ => {
            let (keys, wrong) = (unpacker.count()?, unpacker.share()?);
            let [serving, serving_while_store_agrees, store] = unpacker.counts()?;
            let attributed = Attributed { serving, serving_while_store_agrees, store };
            Some(ServedFigures { keys, wrong, attributed })
        }
    };
    let logged = match held & 2 {
        0 => None,
        _ => {
            let [requests, keys] = unpacker.counts()?;
            Some(LoggedFigures { requests, keys, coverage: unpacker.share()?, skew: unpacker.share()? })
        }
    };
    Some((served, logged))
}
