//! The checks of a view and of a feature.

use crate::model::cause::Diagnosis;
use crate::model::check::{Breach, CheckKind, CheckRules, Limits, Outcome, Severity};
use crate::model::figure::{bare_percent, count, limit_percent, percent, relative, span};
use crate::model::lag_profile::LagProfile;
use crate::model::measurement::{DifferenceMeasurement, FeatureMeasurement, Share, SkewMeasurement, ViewMeasurement};
use crate::model::ratio::Ratio;
use crate::model::time::Timestamp;
use crate::model::verdict::Verdict;
use crate::model::view::{FreshnessBasis, Pairing};

use super::drift::drift;
use super::{Subject, Verdicts, has_limit};

/// Fewest timestamps on which it can be said that they do not line up.
const FEWEST_TIMESTAMPS: u64 = 20;
/// Share of online timestamps that must occur in the history.
const LEAST_KNOWN_TIMESTAMPS: f64 = 0.5;

/// On which side of a limit a breach lies.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    /// The figure may not exceed the limit.
    Upper,
    /// The figure may not fall below the limit.
    Lower,
}

/// A verdict whose share among the cells of a view is a check of its own.
struct Accused {
    check: CheckKind,
    verdict: Verdict,
    /// What these cells do, as a clause after "12 % of 300 cells".
    clause: &'static str,
}

const PHANTOM: Accused = Accused {
    check: CheckKind::Phantom,
    verdict: Verdict::Phantom,
    clause: "carry an event timestamp that the snapshots do not know",
};
const MISSING_OFFLINE: Accused = Accused {
    check: CheckKind::MissingOffline,
    verdict: Verdict::MissingOffline,
    clause: "belong to entities that the snapshots do not know",
};
const IN_FLIGHT: Accused =
    Accused { check: CheckKind::InFlight, verdict: Verdict::InFlight, clause: "changed in each of three readings" };

/// Holds one figure against its limits; a figure on the limit passes. `None` without limits: the check is switched off.
pub(super) fn hold(figure: Option<f64>, n: u64, limits: &Limits, bound: Bound) -> Option<Outcome> {
    has_limit(limits).then(|| hold_against(figure, n, limits, bound))
}

fn hold_against(figure: Option<f64>, n: u64, limits: &Limits, bound: Bound) -> Outcome {
    if n < limits.minimum_n {
        return Outcome::Unknown(match n {
            0 => "nothing to judge by".to_owned(),
            n => format!("{} observations, the check needs {}", count(n), count(limits.minimum_n)),
        });
    }
    let Some(observed) = figure else { return Outcome::Unknown("nothing to judge by".to_owned()) };
    let broken = |limit: &f64| match bound {
        Bound::Upper => observed > *limit,
        Bound::Lower => observed < *limit,
    };
    let breach = |severity, threshold| Outcome::Breach(Breach { severity, observed, threshold, n });
    match (limits.critical.filter(broken), limits.warning.filter(broken)) {
        (Some(limit), _) => breach(Severity::Critical, limit),
        (None, Some(limit)) => breach(Severity::Warning, limit),
        (None, None) => Outcome::Pass,
    }
}

pub(super) fn limit_of(outcome: Option<&Outcome>) -> f64 {
    match outcome {
        Some(Outcome::Breach(breach)) => breach.threshold,
        Some(Outcome::Pass | Outcome::Unknown(_)) | None => 0.0,
    }
}

/// Feast serves the view and nothing was ever written: one finding instead of one per feature. `answered` keys have no
/// row.
pub(super) fn never_materialized(verdicts: &mut Verdicts<'_>, answered: u64) {
    let breach = Breach { severity: Severity::Warning, observed: 0.0, threshold: 1.0, n: answered };
    let message = || {
        format!(
            "never materialized: the registry says `online: true`, knows no materialization, and none of {} keys has a row",
            count(answered)
        )
    };
    let subject = Subject { check: CheckKind::NeverMaterialized, feature: None };
    verdicts.file(subject, Some(Outcome::Breach(breach)), message);
}

/// The checks of a view as a whole.
pub(super) fn of_view(verdicts: &mut Verdicts<'_>, measured: &ViewMeasurement, rules: &CheckRules) {
    freshness(verdicts, measured, &rules.freshness);
    let coverage = hold(measured.coverage.ratio.map(Ratio::get), measured.coverage.n, &rules.coverage, Bound::Lower);
    let limit = limit_of(coverage.as_ref());
    verdicts.file(Subject { check: CheckKind::Coverage, feature: None }, coverage, || {
        format!(
            "{} of {} keys have every feature, the objective is {}{}",
            percent(measured.coverage.ratio),
            count(measured.coverage.n),
            limit_percent(limit),
            measured.rows.missing_clause()
        )
    });
    comparable(verdicts, measured, &rules.comparable);
    for (accused, limits) in
        [(&PHANTOM, &rules.phantom), (&MISSING_OFFLINE, &rules.missing_offline), (&IN_FLIGHT, &rules.in_flight)]
    {
        share_of_cells(verdicts, measured, accused, limits);
    }
    timestamps(verdicts, measured);
}

/// The share of online timestamps that occur in the history, where it is so small that pairing by version says nothing.
fn misaligned(measured: &ViewMeasurement) -> Option<Ratio> {
    let found = measured.timestamps;
    let known = Ratio::of(found.known, found.inside)?;
    (found.inside >= FEWEST_TIMESTAMPS && known.get() < LEAST_KNOWN_TIMESTAMPS).then_some(known)
}

/// What follows from timestamps that do not line up is not found again.
fn not_lined_up(limits: &Limits) -> Option<Outcome> {
    has_limit(limits).then(|| Outcome::Unknown("timestamps do not line up".to_owned()))
}

fn timestamps(verdicts: &mut Verdicts<'_>, measured: &ViewMeasurement) {
    let Some(known) = misaligned(measured) else { return };
    let breach = Breach {
        severity: Severity::Warning,
        observed: known.get(),
        threshold: LEAST_KNOWN_TIMESTAMPS,
        n: measured.timestamps.inside,
    };
    verdicts.file(Subject { check: CheckKind::Timestamps, feature: None }, Some(Outcome::Breach(breach)), || {
        format!(
            "timestamps do not line up: set `pairing: as_of` ({} of {} online event timestamps occur in the history)",
            percent(Some(known)),
            count(measured.timestamps.inside)
        )
    });
}

fn freshness(verdicts: &mut Verdicts<'_>, measured: &ViewMeasurement, limits: &Limits) {
    let figures = &measured.freshness;
    let (Some(beyond), Some(objective)) = (figures.beyond_objective, figures.objective_seconds) else { return };
    let subject = Subject { check: CheckKind::Freshness, feature: None };
    if figures.basis == FreshnessBasis::View {
        let outcome = has_limit(limits).then(|| match (figures.n, beyond) {
            (n, _) if n < limits.minimum_n.max(1) => hold_against(None, n, limits, Bound::Upper),
            (_, 0) => Outcome::Pass,
            (n, _) => Outcome::Breach(Breach {
                severity: Severity::Critical,
                observed: figures.min_seconds.unwrap_or(objective),
                threshold: objective,
                n,
            }),
        });
        verdicts.file(subject, outcome, || {
            format!(
                "the newest of {} rows is {} old, the objective is {}{}",
                count(figures.n),
                span(figures.min_seconds),
                span(Some(objective)),
                measured.rows.left_behind_clause()
            )
        });
        return;
    }
    let ratio = Share::of(beyond, figures.n);
    let outcome = hold(ratio.ratio.map(Ratio::get), figures.n, limits, Bound::Upper);
    let limit = limit_of(outcome.as_ref());
    verdicts.file(subject, outcome, || {
        let what = match figures.basis {
            FreshnessBasis::Row | FreshnessBasis::View => "are older than",
            FreshnessBasis::Version => "lag behind a version that has been available for more than",
        };
        format!(
            "{} of {} rows {what} {}, the budget is {} (median age {}, 99th percentile {}){}",
            percent(ratio.ratio),
            count(figures.n),
            span(Some(objective)),
            limit_percent(limit),
            span(figures.p50_seconds),
            span(figures.p99_seconds),
            measured.rows.left_behind_clause()
        )
    });
}

fn comparable(verdicts: &mut Verdicts<'_>, measured: &ViewMeasurement, limits: &Limits) {
    let subject = Subject { check: CheckKind::Comparable, feature: None };
    if misaligned(measured).is_some() {
        verdicts.file(subject, not_lined_up(limits), String::new);
        return;
    }
    let outcome = hold(measured.comparable.ratio.map(Ratio::get), measured.comparable.n, limits, Bound::Lower);
    // What the live sample cannot compare, captured rows may.
    let captured = measured.captured.as_ref().map(|captured| captured.comparable);
    let of_captured = captured.and_then(|share| hold(share.ratio.map(Ratio::get), share.n, limits, Bound::Lower));
    if let (Some(Outcome::Breach(_)), Some(Outcome::Pass)) = (&outcome, &of_captured) {
        verdicts.file(subject, of_captured, String::new);
        return;
    }
    let limit = limit_of(outcome.as_ref());
    verdicts.file(subject, outcome, || {
        let cells =
            |verdict: Verdict| measured.features.values().map(|figures| not_compared(figures, verdict)).sum::<u64>();
        let others = Verdict::ALL.into_iter().filter(|verdict| {
            !matches!(verdict, Verdict::Consistent | Verdict::Stale | Verdict::Skewed | Verdict::Absent)
        });
        let most = others.map(|verdict| (cells(verdict), verdict)).max_by_key(|(cells, _)| *cells);
        let dominating = most.map_or_else(String::new, |(cells, verdict)| {
            format!("; most of the others are `{}` ({})", verdict.name(), count(cells))
        });
        format!(
            "only {} of {} cells can be compared, the least is {}{dominating}",
            percent(measured.comparable.ratio),
            count(measured.comparable.n),
            limit_percent(limit)
        )
    });
}

/// Cells with `verdict` that could have been compared and were not: of the expired ones, those served that had no version
/// to be held against.
fn not_compared(figures: &FeatureMeasurement, verdict: Verdict) -> u64 {
    if verdict == Verdict::Expired { figures.expired_served.unverified } else { figures.verdicts.count(verdict) }
}

fn share_of_cells(verdicts: &mut Verdicts<'_>, measured: &ViewMeasurement, accused: &Accused, limits: &Limits) {
    let subject = Subject { check: accused.check, feature: None };
    if accused.check == CheckKind::Phantom && misaligned(measured).is_some() {
        verdicts.file(subject, not_lined_up(limits), String::new);
        return;
    }
    let (part, whole) = measured.features.values().fold((0, 0), |(part, whole), figures| {
        (part + figures.verdicts.count(accused.verdict), whole + read_cells(figures))
    });
    let ratio = Share::of(part, whole);
    let outcome = hold(ratio.ratio.map(Ratio::get), whole, limits, Bound::Upper);
    let limit = limit_of(outcome.as_ref());
    verdicts.file(subject, outcome, || {
        format!(
            "{} of {} cells {}, the limit is {}",
            percent(ratio.ratio),
            count(whole),
            accused.clause,
            limit_percent(limit)
        )
    });
}

/// Cells of which anything is known: all but those not read and those on neither side.
fn read_cells(figures: &FeatureMeasurement) -> u64 {
    let counts = &figures.verdicts;
    counts.total() - counts.count(Verdict::Unread) - counts.count(Verdict::Absent)
}

/// The checks of one feature.
pub(super) fn of_feature(
    verdicts: &mut Verdicts<'_>,
    (name, figures): (&str, &FeatureMeasurement),
    (measured, of_view, rules): (&ViewMeasurement, &CheckRules, &CheckRules),
) {
    let subject = |check| Subject { check, feature: Some(name) };
    let coverage = hold(figures.coverage.ratio.map(Ratio::get), figures.coverage.n, &rules.coverage, Bound::Lower);
    let limit = limit_of(coverage.as_ref());
    verdicts.file(subject(CheckKind::Coverage), coverage, || {
        format!(
            "{} of {} keys have a usable value, the objective is {}",
            percent(figures.coverage.ratio),
            count(figures.coverage.n),
            limit_percent(limit)
        )
    });
    if misaligned(measured).is_some() {
        verdicts.file(subject(CheckKind::Skew), not_lined_up(&rules.skew), String::new);
    } else {
        skew(verdicts, (name, compared(figures, (measured, of_view), name)), &rules.skew);
    }
    let read = read_cells(figures);
    let undecodable = Share::of(figures.verdicts.count(Verdict::Undecodable), read);
    let outcome = hold(undecodable.ratio.map(Ratio::get), read, &rules.undecodable, Bound::Upper);
    let limit = limit_of(outcome.as_ref());
    verdicts.file(subject(CheckKind::Undecodable), outcome, || {
        let ratio = percent(undecodable.ratio);
        format!(
            "{ratio} of {} cells do not decode as the declared type, the limit is {}",
            count(read),
            limit_percent(limit)
        )
    });
    drift(verdicts, (name, figures), (&measured.snapshot, rules));
}

/// What skew is judged by.
struct Compared<'a> {
    skew: &'a SkewMeasurement,
    difference: &'a DifferenceMeasurement,
    /// The cut at which the rows were captured; `None` for those of the round.
    cut: Option<Timestamp>,
    /// Why values differ, for those of the round.
    diagnosis: Option<&'a Diagnosis>,
    /// The lag at which values were compared; `None` where their event timestamps or verdicts decided.
    lag: Option<&'a LagProfile>,
}

/// The cells of the round; where too few of the view can be compared, those captured at the newest cut that was settled.
/// Where rows carry no event timestamp and their values tell how far they lag behind, values are compared at that lag.
fn compared<'a>(
    figures: &'a FeatureMeasurement,
    (measured, rules): (&'a ViewMeasurement, &CheckRules),
    name: &str,
) -> Compared<'a> {
    let at_lag = |profile: &'a Option<LagProfile>| {
        profile
            .as_ref()
            .filter(|_| measured.pairing == Pairing::Value)
            .and_then(|profile| Some((profile.skew.as_ref()?, profile)))
    };
    if let Some((skew, profile)) = at_lag(&figures.lag_profile) {
        // What is only late is a mismatch to a diagnosis, and not to this comparison.
        return Compared { skew, difference: &figures.difference, cut: None, diagnosis: None, lag: Some(profile) };
    }
    let least = rules.comparable.warning.or(rules.comparable.critical);
    let is_enough = match (measured.comparable.ratio, least) {
        (Some(ratio), Some(least)) => ratio.get() >= least,
        (None, _) => false,
        (Some(_), None) => figures.skew.n > 0,
    };
    let captured = measured.captured.as_ref().filter(|_| !is_enough);
    match captured.and_then(|captured| Some((captured.cut, captured.features.get(name)?))) {
        Some((cut, captured)) => {
            let (skew, lag) =
                at_lag(&captured.lag_profile).map_or((&captured.skew, None), |(skew, profile)| (skew, Some(profile)));
            Compared { skew, difference: &captured.difference, cut: Some(cut), diagnosis: None, lag }
        }
        None => Compared {
            skew: &figures.skew,
            difference: &figures.difference,
            cut: None,
            diagnosis: figures.diagnosis.as_ref(),
            lag: None,
        },
    }
}

fn skew(verdicts: &mut Verdicts<'_>, (name, compared): (&str, Compared<'_>), limits: &Limits) {
    let Compared { skew, difference, cut, diagnosis, lag } = compared;
    let outcome = hold(skew.ratio.map(Ratio::get), skew.n, limits, Bound::Upper);
    let limit = limit_of(outcome.as_ref());
    let subject = Subject { check: CheckKind::Skew, feature: Some(name) };
    let found = verdicts.file(subject, outcome, || {
        let interval = match (skew.lower, skew.upper) {
            (Some(lower), Some(upper)) => {
                format!(" (95 % interval {}–{} %)", bare_percent(lower), bare_percent(upper))
            }
            _ => String::new(),
        };
        let size = difference
            .rel_p50
            .map_or_else(String::new, |size| format!(", by {} the offline value in the median", relative(size)));
        let observed = percent(skew.ratio);
        let captured = cut.map_or_else(String::new, |cut| {
            format!("; judged by the rows captured at {cut}, because too few of those served now can be compared")
        });
        let lag = lag.map_or_else(String::new, |profile| format!("; {}", profile.told()));
        let cause = diagnosis.map_or_else(String::new, Diagnosis::clause);
        format!(
            "{observed} of {} compared values differ{interval}{size}; the limit is {}{captured}{lag}{cause}",
            count(skew.n),
            limit_percent(limit)
        )
    });
    if let Some(finding) = found {
        finding.incident = diagnosis.and_then(Diagnosis::incident);
    }
}
