//! What is kept of one round of one view.
//!
//! Shares are kept as part and n and come back as they were. Distances of drift are kept to seven digits, for served
//! values only: those of two snapshots are the same until the next one. The whole results of the newest measurement stand
//! beside ([`super::NewestDrift`]).

use std::collections::BTreeMap;

use super::finding::SeenFinding;
use super::side::{LoggedFigures, ServedFigures, SideFigures};
use crate::model::bars::Bars;
use crate::model::cause::{Diagnosis, KnownCause};
use crate::model::check::{CheckKind, DriftStatistic, Finding, FindingKey, FindingState, Severity, Stage};
use crate::model::drift::DriftChecks;
use crate::model::exhibit::{Disclosure, Exhibit};
use crate::model::measurement::{
    DifferenceMeasurement, DriftVerdict, ExpiredServed, FeatureMeasurement, FreshnessMeasurement, KeyCounts,
    LagMeasurement, LayerCounts, RoundReport, Share, SnapshotMeasurement, Timestamps, VerdictCounts, ViewMeasurement,
};
use crate::model::time::Timestamp;

/// A span of time that holds its start and not its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first instant.
    pub start: Timestamp,
    /// The instant after the last.
    pub end: Timestamp,
}

/// How a round of a view ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoundResult {
    /// Measured, and nothing failed.
    Complete,
    /// Measured, and something could not be read.
    Partial,
    /// Not measured.
    Failed,
}

impl RoundResult {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Complete, Self::Partial, Self::Failed];

    /// The label's text.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Partial => "partial",
            Self::Failed => "failed",
        }
    }
}

/// What a check said in one round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CheckStatus {
    /// Within its limits.
    Pass,
    /// Not judged.
    Unknown,
    /// Beyond a limit.
    Breach(Severity),
}

impl CheckStatus {
    /// All of them, from good to bad.
    pub const ALL: [Self; 4] =
        [Self::Pass, Self::Unknown, Self::Breach(Severity::Warning), Self::Breach(Severity::Critical)];
}

/// One round of one view.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryRound {
    /// Name of the view.
    pub view: String,
    /// When the round began.
    pub started_at: Timestamp,
    /// When it ended: the time at which the round counts.
    pub finished_at: Timestamp,
    /// The instant that stood for "now".
    pub as_of: Timestamp,
    /// Seed of the choice of keys.
    pub seed: u64,
    /// How it ended.
    pub result: RoundResult,
    /// What could not be read.
    pub failures: Vec<RoundFailure>,
    /// The figures; `None` when the view could not be measured.
    pub measured: Option<ViewFigures>,
}

/// Something that could not be done in a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoundFailure {
    /// The stage that failed.
    pub stage: Stage,
    /// The reason in one word.
    pub reason: String,
    /// The whole chain of causes.
    pub message: String,
}

/// The figures of one view in one round.
#[derive(Clone, Debug, PartialEq)]
pub struct ViewFigures {
    /// The offline side.
    pub snapshot: SnapshotMeasurement,
    /// Keys asked and found.
    pub keys: KeyCounts,
    /// Age of the rows read.
    pub freshness: FreshnessMeasurement,
    /// Keys for which every feature is usable.
    pub coverage: Share,
    /// Cells whose values could be compared.
    pub comparable: Share,
    /// How online event timestamps meet the history.
    pub timestamps: Timestamps,
    /// What callers of the serving path got; `None` where it was not asked.
    pub served: Option<ServedFigures>,
    /// What requests were given; `None` where no log was read.
    pub logged: Option<LoggedFigures>,
    /// What the checks of the view as a whole said.
    pub statuses: BTreeMap<CheckKind, CheckStatus>,
    /// Figures per feature.
    pub features: BTreeMap<String, FeatureFigures>,
}

/// The figures of one feature in one round.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FeatureFigures {
    /// Cells per verdict.
    pub verdicts: VerdictCounts,
    /// How the served expired cells compare.
    pub expired_served: ExpiredServed,
    /// Expired cells that were rightly gone.
    pub expired_absent: u64,
    /// Equal cells per layer of equality.
    pub layers: LayerCounts,
    /// How far stale cells lie behind.
    pub lag: LagMeasurement,
    /// Usable cells of those that could have been usable.
    pub coverage: Share,
    /// Nulls among the usable cells.
    pub nulls: u64,
    /// Skewed cells of the comparable ones.
    pub skew: Share,
    /// Symmetric mean absolute percentage error over the comparable numeric cells, from 0 to 2.
    pub smape: Option<f64>,
    /// Size of the difference over the skewed numeric cells.
    pub difference: DifferenceMeasurement,
    /// Distances between reference and current values.
    pub drift: BTreeMap<DriftStatistic, DriftFigure>,
    /// What the checks of the feature said.
    pub statuses: BTreeMap<CheckKind, CheckStatus>,
}

/// Drift by one statistic, to seven digits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DriftFigure {
    /// The distance as its definition has it; `None` when one side has no value.
    pub distance: Option<f32>,
    /// The distance without what chance adds to it: what verdicts go by.
    pub effect: Option<f32>,
    /// The verdict.
    pub verdict: DriftVerdict,
}

/// What was held against the reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DriftSubject {
    /// The served values.
    Served,
    /// The newest snapshot, against the one before.
    Snapshot,
}

impl DriftSubject {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Served, Self::Snapshot];

    /// The name in the file.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Served => "served",
            Self::Snapshot => "snapshot",
        }
    }
}

/// All that a round adds to the history.
#[derive(Clone, Debug, PartialEq)]
pub struct RoundRecord {
    /// The round.
    pub round: HistoryRound,
    /// The whole results of drift per feature that has any; they stand until the feature's next ones.
    pub drift: BTreeMap<(String, DriftSubject), DriftChecks>,
    /// What served values were held against, beside them, per feature; the newest of a day is kept.
    pub bars: BTreeMap<String, Bars>,
    /// What findings can show; that of findings which were not seen is ignored.
    pub exhibits: BTreeMap<FindingKey, Exhibit>,
    /// What may be kept of `bars` and `exhibits`; see [`RoundRecord::disclosing`] for the rest.
    pub disclosure: Disclosure,
    /// Why values of a feature differ, where they do. Kept with what is remembered of findings, for the newest round only.
    pub causes: BTreeMap<String, Diagnosis>,
    /// What was found beside the comparison of the stores. Its parts are kept with what is remembered of findings, for the
    /// newest round only.
    pub side: SideFigures,
    /// The findings of the round; a second one of the same key is ignored.
    pub seen: Vec<SeenFinding>,
    /// The findings that the round ends.
    pub resolved: Vec<FindingKey>,
    /// What judging remembers of the view from round to round, in words of its own; `None` leaves what is there.
    pub memory: Option<String>,
}

impl RoundRecord {
    /// What `report` says of `view`. Its findings fire at once and none is resolved: who keeps findings waiting, or lets
    /// them linger, sets [`RoundRecord::seen`] and [`RoundRecord::resolved`]. Nothing is disclosed, unless
    /// [`RoundRecord::disclosure`] is set.
    #[must_use]
    pub fn of(report: &RoundReport, view: &str) -> Self {
        let failures: Vec<RoundFailure> = (report.failures.iter().filter(|failure| failure.feature_view == view))
            .map(|failure| RoundFailure {
                stage: failure.stage,
                reason: failure.reason.to_owned(),
                message: failure.message.clone(),
            })
            .collect();
        let measured = report.views.iter().find(|measured| measured.feature_view == view);
        let lacks_figures =
            report.failures.iter().any(|failure| failure.feature_view == view && failure.costs_figures());
        let result = match (measured, lacks_figures) {
            (None, _) => RoundResult::Failed,
            (Some(_), true) => RoundResult::Partial,
            (Some(_), false) => RoundResult::Complete,
        };
        let round = HistoryRound {
            view: view.to_owned(),
            started_at: report.started_at,
            finished_at: report.finished_at,
            as_of: report.as_of,
            seed: report.seed,
            result,
            failures,
            measured: measured.map(|measured| view_figures(measured, report)),
        };
        let whole = |(name, feature): (&String, &FeatureMeasurement)| {
            let served = Some(feature.drift.clone()).filter(|checks| !checks.is_empty());
            let both = [(DriftSubject::Served, served), (DriftSubject::Snapshot, feature.snapshot_drift.clone())];
            both.map(|(subject, checks)| Some(((name.clone(), subject), checks?)))
        };
        let drift = measured.into_iter().flat_map(|measured| &measured.features).flat_map(whole).flatten().collect();
        let bars = measured.into_iter().flat_map(|measured| &measured.features);
        let bars = bars.filter_map(|(name, feature)| Some((name.clone(), feature.distributions.clone()?))).collect();
        let exhibits = (report.findings.iter().filter(|finding| finding.feature_view == view))
            .flat_map(Finding::each)
            .filter_map(|finding| {
                let cells = measured?.examples.get(&(finding.feature.clone(), finding.check)).cloned();
                let exhibit = Exhibit { cells: cells.unwrap_or_default(), cause: KnownCause::of(finding, measured?) };
                (exhibit != Exhibit::default()).then(|| (finding.key(), exhibit))
            })
            .collect();
        let cause = |(name, feature): (&String, &FeatureMeasurement)| Some((name.clone(), feature.diagnosis.clone()?));
        let causes = measured.into_iter().flat_map(|measured| &measured.features).filter_map(cause).collect();
        let seen = (report.findings.iter().filter(|finding| finding.feature_view == view))
            .flat_map(Finding::parted)
            .map(|finding| SeenFinding { state: FindingState::Firing(finding.severity), finding })
            .collect();
        let (disclosure, resolved) = (Disclosure::default(), Vec::new());
        let side = measured.map(SideFigures::of).unwrap_or_default();
        Self { round, drift, bars, causes, side, exhibits, disclosure, seen, resolved, memory: None }
    }

    /// The same as far as it may be kept and shown: `disclosure` goes with it, and causes and bars are rid of what it
    /// withholds.
    #[must_use]
    pub fn disclosing(mut self, disclosure: Disclosure) -> Self {
        self.disclosure = disclosure;
        let causes = self.causes.into_iter();
        self.causes = causes.map(|(feature, diagnosis)| (feature, diagnosis.shown(disclosure.values))).collect();
        let bars = self.bars.into_iter();
        self.bars = bars.map(|(feature, bars)| (feature, bars.shown(disclosure.values))).collect();
        self
    }

    /// Only a round, with nothing found in it.
    #[must_use]
    pub fn of_round(round: HistoryRound) -> Self {
        Self {
            round,
            drift: BTreeMap::new(),
            bars: BTreeMap::new(),
            causes: BTreeMap::new(),
            side: SideFigures::default(),
            exhibits: BTreeMap::new(),
            disclosure: Disclosure::default(),
            seen: Vec::new(),
            resolved: Vec::new(),
            memory: None,
        }
    }
}

fn view_figures(measured: &ViewMeasurement, report: &RoundReport) -> ViewFigures {
    let mut statuses = statuses(report, &measured.feature_view);
    let features = measured
        .features
        .iter()
        .map(|(name, feature)| {
            let statuses = statuses.remove(&Some(name.as_str())).unwrap_or_default();
            (name.clone(), FeatureFigures { statuses, ..FeatureFigures::from(feature) })
        })
        .collect();
    ViewFigures {
        snapshot: measured.snapshot.clone(),
        keys: measured.keys,
        freshness: measured.freshness.clone(),
        coverage: measured.coverage,
        comparable: measured.comparable,
        timestamps: measured.timestamps,
        served: measured.served.as_ref().map(ServedFigures::from),
        logged: measured.logged.as_ref().map(LoggedFigures::from),
        statuses: statuses.remove(&None).unwrap_or_default(),
        features,
    }
}

type Statuses<'a> = BTreeMap<Option<&'a str>, BTreeMap<CheckKind, CheckStatus>>;

/// What each check said, per feature; of several outcomes (drift by two statistics) the worst.
fn statuses<'a>(report: &'a RoundReport, view: &str) -> Statuses<'a> {
    let passed = (report.passed.iter().filter(|passed| passed.feature_view == view))
        .map(|passed| (passed.feature.as_deref(), passed.check, CheckStatus::Pass));
    let unknown = (report.unknown.iter().filter(|unjudged| unjudged.feature_view == view))
        .map(|unjudged| (unjudged.feature.as_deref(), unjudged.check, CheckStatus::Unknown));
    let breaches = (report.findings.iter().filter(|finding| finding.feature_view == view))
        .flat_map(Finding::each)
        .map(|finding| (finding.feature.as_deref(), finding.check, CheckStatus::Breach(finding.severity)));
    let mut statuses = Statuses::new();
    for (feature, check, status) in passed.chain(unknown).chain(breaches) {
        let worst = statuses.entry(feature).or_default().entry(check).or_insert(status);
        *worst = status.max(*worst);
    }
    statuses
}

impl From<&FeatureMeasurement> for FeatureFigures {
    fn from(measured: &FeatureMeasurement) -> Self {
        let coverage = Share { ratio: measured.coverage.ratio, n: measured.coverage.n };
        let usable = coverage.part();
        let drift = (measured.drift.iter())
            .map(|(statistic, drift)| {
                let figure = DriftFigure {
                    distance: drift.distance.map(single),
                    effect: drift.effect.map(single),
                    verdict: drift.verdict,
                };
                (*statistic, figure)
            })
            .collect();
        Self {
            verdicts: measured.verdicts,
            expired_served: measured.expired_served,
            expired_absent: measured.expired_absent,
            layers: measured.layers,
            lag: measured.lag,
            coverage,
            nulls: Share { ratio: measured.coverage.null_ratio, n: usable }.part(),
            skew: Share { ratio: measured.skew.ratio, n: measured.skew.n },
            smape: measured.skew.smape,
            difference: measured.difference,
            drift,
            statuses: BTreeMap::new(),
        }
    }
}

/// A figure to seven digits.
#[expect(clippy::cast_possible_truncation, reason = "rounding is what is wanted, and figures are of ordinary size")]
pub(super) const fn single(figure: f64) -> f32 {
    figure as f32
}
