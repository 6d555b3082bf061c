//! Hours out of the file: sums kept, with the rounds that wait to be added to them.

use std::collections::BTreeMap;
use std::time::Duration;

use rusqlite::params;

use super::error::{Fault, HistoryError};
use super::figures::Period;
use super::file::HistoryReader;
use super::finding::{FindingEpisode, episodes};
use super::hour::{FeatureHour, ViewHour};
use super::hour_blob::{unpack_feature_hours, unpack_view_hour};
use super::names::Names;
use super::read::{load, rolled_up};
use super::roll_up::{HOUR, hour};
use crate::model::time::Timestamp;

/// The hours of a view and of its features.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ViewRollups {
    /// Hours with a round, in their order.
    pub view: Vec<ViewRollup>,
    /// Per feature, hours in which it was measured, in their order.
    pub features: BTreeMap<String, Vec<FeatureRollup>>,
}

/// A view in one hour.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewRollup {
    /// Start of the hour.
    pub hour: Timestamp,
    /// The sums of its rounds.
    pub figures: ViewHour,
    /// How long findings on the view as a whole fired, added up; an open one fires up to the view's newest round.
    pub firing: Duration,
}

/// A feature in one hour.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureRollup {
    /// Start of the hour.
    pub hour: Timestamp,
    /// The sums of its rounds.
    pub figures: FeatureHour,
    /// How long findings on the feature fired, added up; an open one fires up to the view's newest round.
    pub firing: Duration,
}

impl HistoryReader {
    /// The hours of a view that begin in the period, up to the round recorded last.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn rollups(&self, view: &str, period: Period) -> Result<ViewRollups, HistoryError> {
        self.read(|connection| {
            let names = Names::load(connection)?;
            let Some(number) = names.known_view(view) else { return Ok(ViewRollups::default()) };
            let first = period.start.nanos().div_euclid(HOUR) + i64::from(period.start.nanos().rem_euclid(HOUR) > 0);
            let end = period.end.nanos().div_euclid(HOUR) + i64::from(period.end.nanos().rem_euclid(HOUR) > 0);
            let mut sums = kept(&names, number, (first, end))?;
            let tail = "r.view_id = ?1 AND r.id > ?2 ORDER BY r.id";
            for waiting in load(&names, tail, [number, rolled_up(connection)?])? {
                let hour = hour(waiting.round.finished_at);
                if !(first..end).contains(&hour) {
                    continue;
                }
                let sum = sums.0.entry(hour).or_default();
                *sum = std::mem::take(sum).merge(ViewHour::of(&waiting.round));
                for (name, figures) in waiting.round.measured.iter().flat_map(|measured| &measured.features) {
                    let sum = sums.1.entry(name.clone()).or_default().entry(hour).or_default();
                    *sum = std::mem::take(sum).merge(FeatureHour::of(figures));
                }
            }
            Ok(with_firing(sums, &Fires::of(&names, number)?))
        })
    }
}

type Sums = (BTreeMap<i64, ViewHour>, BTreeMap<String, BTreeMap<i64, FeatureHour>>);

fn kept(names: &Names<'_>, view: i64, (first, end): (i64, i64)) -> Result<Sums, Fault> {
    let connection = names.connection();
    let mut sums = Sums::default();
    let mut statement =
        connection.prepare("SELECT hour, figures FROM view_hours WHERE view_id = ?1 AND hour >= ?2 AND hour < ?3")?;
    let mut rows = statement.query(params![view, first, end])?;
    while let Some(row) = rows.next()? {
        let figures = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        sums.0.insert(row.get(0)?, unpack_view_hour(figures, names)?);
    }
    let mut statement = connection.prepare("SELECT figures FROM feature_hours WHERE hour = ?1 AND view_id = ?2")?;
    let known = names.features(view);
    for hour in sums.0.keys() {
        let mut rows = statement.query([*hour, view])?;
        while let Some(row) = rows.next()? {
            let figures = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
            for (feature, figures) in unpack_feature_hours(figures, names)? {
                let name = known.get(&feature).ok_or_else(|| Fault::damaged("features"))?;
                sums.1.entry((*name).to_owned()).or_default().insert(*hour, figures);
            }
        }
    }
    Ok(sums)
}

/// Findings of a view that fired.
struct Fires {
    episodes: Vec<FindingEpisode>,
    /// End of the view's newest round.
    newest: Timestamp,
}

impl Fires {
    fn of(names: &Names<'_>, view: i64) -> Result<Self, Fault> {
        let connection = names.connection();
        let newest: Option<i64> =
            connection.query_row("SELECT MAX(finished_at) FROM rounds WHERE view_id = ?1", [view], |row| row.get(0))?;
        let episodes = episodes(connection, "f.view_id = ?1 AND f.fired_at IS NOT NULL", [view])?;
        Ok(Self { episodes, newest: newest.map_or(Timestamp::MIN, Timestamp::from_nanos) })
    }

    /// How long findings on `feature` (`None`: the view as a whole) fired in the hour that begins at `start`.
    fn within(&self, feature: Option<&str>, start: Timestamp) -> Duration {
        let end = start.plus(Duration::from_nanos(HOUR.unsigned_abs()));
        let overlap = |episode: &FindingEpisode| {
            let until = episode.resolved_at.unwrap_or_else(|| self.newest.max(episode.last_seen));
            until.min(end).since(episode.fired_at?.max(start))
        };
        self.episodes.iter().filter(|episode| episode.key.feature.as_deref() == feature).filter_map(overlap).sum()
    }
}

fn with_firing((view, features): Sums, fires: &Fires) -> ViewRollups {
    let start = |hour: i64| Timestamp::from_nanos(hour.saturating_mul(HOUR));
    let of_feature = |(name, hours): (String, BTreeMap<i64, FeatureHour>)| {
        let rollup = |(hour, figures)| {
            let hour = start(hour);
            FeatureRollup { hour, figures, firing: fires.within(Some(&name), hour) }
        };
        let hours = hours.into_iter().map(rollup).collect();
        (name, hours)
    };
    ViewRollups {
        view: (view.into_iter())
            .map(|(hour, figures)| {
                let hour = start(hour);
                ViewRollup { hour, figures, firing: fires.within(None, hour) }
            })
            .collect(),
        features: features.into_iter().map(of_feature).collect(),
    }
}
