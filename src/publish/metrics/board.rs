//! The series of a service, view by view, between two writings of the text.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::exposition::{Exposed, Sheet};
use super::family::{self, Family};
use super::plan::{Spot, WatchedView, is_unlimited};
use super::round::{self, severity_value};
use super::row::{Families, real};
use crate::history::{CheckStatus, RoundRecord, RoundResult};
use crate::model::captured::{CaptureCounts, CapturedMeasurement};
use crate::model::check::Severity;
use crate::model::lag::{AvailabilityLags, LagHistogram};
use crate::model::time::Timestamp;

/// Values by the values of their labels, by family.
#[derive(Debug, Default)]
struct Table {
    families: BTreeMap<&'static str, (&'static Family, BTreeMap<Vec<String>, f64>)>,
}

impl Table {
    fn of(families: Families<'_>) -> Self {
        let mut table = Self::default();
        table.add(families);
        table
    }

    /// Adds every value to what is there.
    fn add(&mut self, families: Families<'_>) {
        for (family, rows) in families {
            let (_, values) = self.families.entry(family.name).or_insert_with(|| (family, BTreeMap::new()));
            for row in rows {
                *values.entry(row.labels.into_iter().map(str::to_owned).collect()).or_default() += row.value;
            }
        }
    }

    /// Keeps the series of a view as a whole, and those of features (the second label) that are wanted.
    fn retain_features(&mut self, is_wanted: impl Fn(&str) -> bool) {
        for (family, values) in self.families.values_mut() {
            if family.labels.get(1) == Some(&"feature") {
                values.retain(|labels, _| labels.get(1).is_none_or(|feature| is_wanted(feature)));
            }
        }
    }

    fn expose(&self, page: &mut Page) {
        for (family, values) in self.families.values() {
            values.iter().for_each(|(labels, value)| page.family(family).push(labels, *value));
        }
    }
}

/// The families of a text that is being written.
#[derive(Debug, Default)]
pub(super) struct Page {
    families: BTreeMap<&'static str, Exposed>,
}

impl Page {
    pub(super) fn family(&mut self, family: &'static Family) -> &mut Exposed {
        self.families.entry(family.name).or_insert_with(|| Exposed::new(family))
    }

    /// The text of the families.
    ///
    /// # Errors
    /// When a family has no name: a fault of its table.
    pub(super) fn write(self) -> prometheus::Result<Sheet> {
        Sheet::write(self.families.into_values())
    }
}

/// The series of one view.
#[derive(Debug)]
pub(super) struct ViewBoard {
    plan: Table,
    checks: BTreeSet<Spot>,
    gauges: Table,
    counters: Table,
    statuses: BTreeMap<Spot, f64>,
    firing: BTreeMap<Spot, Severity>,
    lags: Option<LagHistogram>,
    availability: Option<AvailabilityLags>,
    captured: Table,
    captured_rows: Option<CaptureCounts>,
    results: [u64; RoundResult::ALL.len()],
    skipped: u64,
    last_success: Timestamp,
    duration: Option<Duration>,
    interval: Option<Duration>,
}

impl ViewBoard {
    /// A view of which nothing is known yet; `started_at` stands for its last success.
    pub(super) fn new(started_at: Timestamp) -> Self {
        Self {
            plan: Table::default(),
            checks: BTreeSet::new(),
            gauges: Table::default(),
            counters: Table::default(),
            statuses: BTreeMap::new(),
            firing: BTreeMap::new(),
            lags: None,
            availability: None,
            captured: Table::default(),
            captured_rows: None,
            results: [0; RoundResult::ALL.len()],
            skipped: 0,
            last_success: started_at,
            duration: None,
            interval: None,
        }
    }

    /// Takes on what the plan says; what it no longer has goes.
    pub(super) fn replan(&mut self, families: Families<'_>, (watched, interval): (&WatchedView<'_>, Option<Duration>)) {
        self.plan = Table::of(families);
        self.checks = watched.checks();
        self.interval = interval;
        let is_wanted = |feature: &str| watched.view.position(feature).is_some();
        self.gauges.retain_features(is_wanted);
        self.captured.retain_features(is_wanted);
        self.counters.retain_features(is_wanted);
        let stays = |spot: &Spot| self.checks.contains(spot) || is_unlimited(spot);
        self.statuses.retain(|spot, _| stays(spot));
        self.firing.retain(|spot, _| stays(spot));
    }

    /// Shows what a round left behind, as after a restart.
    pub(super) fn restore(&mut self, record: &RoundRecord, completed_at: Option<Timestamp>) {
        self.show(record);
        self.last_success = completed_at.unwrap_or(self.last_success);
    }

    /// Takes in a round that has just ended.
    pub(super) fn record(&mut self, record: &RoundRecord) {
        self.show(record);
        self.counters.add(round::counts(record));
        let results = RoundResult::ALL.into_iter().zip(&mut self.results);
        results.filter(|(result, _)| *result == record.round.result).for_each(|(_, count)| *count += 1);
        if round::is_complete(record) {
            self.last_success = record.round.finished_at;
        }
        if let Some(measured) = &record.round.measured {
            let new = &measured.freshness.lags;
            // Other limits make other buckets: as after a restart, the counts begin again.
            self.lags = Some(match self.lags.take() {
                Some(lags) if lags.bounds() == new.bounds() => lags.merge(new),
                Some(_) | None => new.clone(),
            });
        }
    }

    fn show(&mut self, record: &RoundRecord) {
        let round = &record.round;
        self.gauges = Table::of(round::gauges(record));
        self.duration = round.finished_at.since(round.started_at);
        self.statuses = match &round.measured {
            Some(measured) => {
                let of_view = measured.statuses.iter().map(|(check, status)| ((None, *check), *status));
                let of_features = measured.features.iter().flat_map(|(name, feature)| {
                    feature.statuses.iter().map(|(check, status)| ((Some(name.clone()), *check), *status))
                });
                of_view.chain(of_features).map(|(spot, status)| (spot, round::status_value(status))).collect()
            }
            // Nothing was judged: of no check is it known how things stand.
            None => {
                let known = std::mem::take(&mut self.statuses).into_keys().chain(self.checks.iter().cloned());
                known.map(|spot| (spot, round::status_value(CheckStatus::Unknown))).collect()
            }
        };
    }

    /// Adds what readings said of the availability lag; gives whether that changed anything.
    pub(super) fn observe(&mut self, observed: AvailabilityLags) -> bool {
        // Other limits make other buckets: as after a restart, the counts begin again.
        let known = self.availability.as_ref().filter(|known| known.lags.bounds() == observed.lags.bounds());
        let sum = match known {
            Some(known) => AvailabilityLags {
                lags: known.lags.merge(&observed.lags),
                from_the_future: known.from_the_future + observed.from_the_future,
                tracked: observed.tracked,
            },
            None => observed,
        };
        let is_new = self.availability.as_ref() != Some(&sum);
        self.availability = Some(sum);
        is_new
    }

    /// Shows what captured rows say; `None` where there is nothing to say.
    pub(super) fn show_captured(&mut self, view: &str, captured: Option<&CapturedMeasurement>) {
        self.captured = captured.map(|captured| Table::of(round::captured(view, captured))).unwrap_or_default();
    }

    /// Adds what became of captured rows.
    pub(super) fn count_captured(&mut self, counts: &CaptureCounts) {
        let sum = self.captured_rows.get_or_insert_default();
        sum.captured += counts.captured;
        sum.settled += counts.settled;
        sum.superseded += counts.superseded;
        sum.expired += counts.expired;
    }

    /// Which findings fire; gives whether that changed.
    pub(super) fn fire(&mut self, firing: BTreeMap<Spot, Severity>) -> bool {
        let is_new = self.firing != firing;
        self.firing = firing;
        is_new
    }

    pub(super) const fn skip(&mut self) {
        self.skipped += 1;
    }

    pub(super) fn expose(&self, view: &str, page: &mut Page) {
        self.plan.expose(page);
        self.gauges.expose(page);
        self.counters.expose(page);
        let labels =
            |(feature, check): &Spot| [view.to_owned(), feature.clone().unwrap_or_default(), check.name().to_owned()];
        for (spot, value) in &self.statuses {
            page.family(&family::CHECK_STATUS).push(&labels(spot), *value);
        }
        let quiet = self.statuses.keys().filter(|spot| !self.firing.contains_key(*spot)).map(|spot| (spot, 0.0));
        let firing = self.firing.iter().map(|(spot, severity)| (spot, severity_value(*severity)));
        for (spot, value) in quiet.chain(firing) {
            page.family(&family::FINDING_STATE).push(&labels(spot), value);
        }
        if let Some(lags) = &self.lags {
            page.family(&family::FRESHNESS_LAG).push_lags(&[view], lags);
        }
        if let Some(known) = &self.availability {
            page.family(&family::AVAILABILITY_LAG).push_lags(&[view], &known.lags);
            page.family(&family::AVAILABILITY_FUTURE).push(&[view], real(known.from_the_future));
            page.family(&family::AVAILABILITY_TRACKED).push(&[view], real(known.tracked));
        }
        self.captured.expose(page);
        if let Some(CaptureCounts { captured, settled, superseded, expired, .. }) = self.captured_rows {
            let outcomes =
                [("captured", captured), ("settled", settled), ("superseded", superseded), ("expired", expired)];
            for (outcome, count) in outcomes {
                page.family(&family::CAPTURED_ROWS).push(&[view, outcome], real(count));
            }
        }
        for (result, count) in RoundResult::ALL.into_iter().zip(self.results) {
            page.family(&family::ROUNDS).push(&[view, result.name()], real(count));
        }
        page.family(&family::ROUNDS_SKIPPED).push(&[view], real(self.skipped));
        page.family(&family::LAST_SUCCESS).push(&[view], self.last_success.seconds());
        let spans = [(&family::ROUND_DURATION, self.duration), (&family::ROUND_INTERVAL, self.interval)];
        for (family, span) in spans.into_iter().filter_map(|(family, span)| Some((family, span?))) {
            page.family(family).push(&[view], span.as_secs_f64());
        }
    }
}
