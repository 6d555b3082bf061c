//! What is wrong in the sample's hours, beside shares: causes that a round would have found, and cells that show them.

use std::time::Duration;

use skewwatch::model::cause::{
    Attribution, Cause, Diagnosis, Locus, MissingRows, Narrowing, Relation, RowFaults, RowsBehind, Unknown,
};
use skewwatch::model::entity::{EntityKey, KeyValue};
use skewwatch::model::exhibit::{SeenCell, SeenSide};
use skewwatch::model::measurement::{FeatureMeasurement, SkewMeasurement, VerdictCounts, ViewMeasurement};
use skewwatch::model::ratio::Ratio;
use skewwatch::model::time::Timestamp;
use skewwatch::model::value::Value;
use skewwatch::model::verdict::Verdict;

use crate::pages::sample::instant;

/// How the keys of entities begin.
pub(super) const ENTITY: &str = "customer-00";
/// The value that is served where there is none.
pub(super) const FILL: &str = "31337.0";

/// Why a view is ill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ill {
    /// The first feature is rounded since a Wednesday, and for some entities filled.
    Rounded,
    /// The first feature is filled where it is null.
    Filled,
    /// All but the last feature are served times 100.
    Scaled,
    /// The first feature differs, and nobody knows why.
    Unexplained,
    /// The first feature differs in few cells.
    Few,
    /// Rows expire too early, and the others stand still.
    Expired,
}

/// A cause of so many cells of so many.
fn attribution(relation: Relation, locus: Locus, (explained, of): (u64, u64)) -> Attribution {
    Attribution {
        cause: relation.cause(),
        relation,
        locus,
        explained,
        share: Ratio::of(explained, of),
        score: 0.94,
        margin: 0.41,
        would_break: 0,
        severity: 1.0,
        also_explains: Vec::new(),
        evidence: vec![3, 14, 15, 92, 65],
    }
}

/// So many cells that are skewed, beside those that only lag.
fn diagnosis(feature: &FeatureMeasurement, skewed: u64, causes: Vec<Attribution>) -> Diagnosis {
    let outdated = feature.verdicts.count(Verdict::Stale);
    let unknown = match (causes.is_empty(), skewed < 30) {
        (false, _) => None,
        (true, true) => Some(Unknown::TooFew),
        (true, false) => Some(Unknown::NothingFits),
    };
    Diagnosis {
        mismatches: skewed + outdated,
        examined: skewed + outdated,
        outdated,
        consistent: 1_790,
        causes,
        unknown,
        unexplained_locus: None,
    }
}

/// Makes a measured view ill.
pub(super) fn befall(view: &mut ViewMeasurement, ill: Ill) {
    let last = view.features.keys().next_back().cloned();
    let mut features = view.features.iter_mut();
    match ill {
        Ill::Rounded => {
            let (_, feature) = features.next().unwrap();
            let n = feature.verdicts.count(Verdict::Skewed);
            let since = Locus::Since(instant("2026-11-18T12:00:00Z"));
            let rounded = attribution(Relation::Narrowed(Narrowing::Rounded(0)), since, (n * 4 / 5, n));
            let filled = Relation::Filled { with: Some(FILL.to_owned()) };
            let filled = attribution(filled, Locus::Entities, (n / 8, n));
            feature.diagnosis = Some(diagnosis(feature, n, vec![rounded, filled]));
        }
        Ill::Filled => {
            let (_, feature) = features.next().unwrap();
            let n = feature.verdicts.count(Verdict::Skewed);
            let filled = Relation::Filled { with: Some(FILL.to_owned()) };
            feature.diagnosis = Some(diagnosis(feature, n, vec![attribution(filled, Locus::All, (n, n))]));
        }
        Ill::Scaled => {
            for (place, (_, feature)) in features.enumerate().filter(|(_, (name, _))| Some(*name) != last.as_ref()) {
                let n = skew(feature, 0.012 + 0.004 * (place % 5) as f64);
                let mut scaled = attribution(Relation::Scaled { factor: 100.0 }, Locus::Entities, (n, n));
                (scaled.would_break, scaled.severity) = (1_240, Ratio::of(n, n + 1_240).unwrap().get());
                scaled.also_explains = vec![Cause::Duplication];
                feature.diagnosis = Some(diagnosis(feature, n, vec![scaled]));
            }
        }
        Ill::Unexplained => {
            let (_, feature) = features.next().unwrap();
            let n = skew(feature, 0.03);
            let locus = Some(Locus::Shards(vec![5_461]));
            feature.diagnosis = Some(Diagnosis { unexplained_locus: locus, ..diagnosis(feature, n, Vec::new()) });
        }
        Ill::Few => {
            let (_, feature) = features.next().unwrap();
            let n = skew(feature, 0.007);
            let stale = feature.verdicts.count(Verdict::Stale);
            let lagging = Relation::Stale { versions: Some(1), seconds: Some(3_600.0) };
            let lagging = attribution(lagging, Locus::Entities, (stale, stale + n));
            feature.diagnosis = Some(diagnosis(feature, n, vec![lagging]));
        }
        Ill::Expired => {
            let behind = RowsBehind {
                rows: 1_450,
                least_versions: 1,
                most_versions: 3,
                least_seconds: 3_600.0,
                most_seconds: 10_800.0,
            };
            view.rows = RowFaults {
                missing: Some(MissingRows {
                    rows: view.keys.asked - view.keys.online,
                    from_age_seconds: Some(72_000.0),
                }),
                behind: vec![behind],
                unmoved_rounds: 12,
            };
        }
    }
}

/// Has a share of a feature's cells differ that did not; gives how many do.
fn skew(feature: &mut FeatureMeasurement, share: f64) -> u64 {
    let n = feature.skew.n;
    let skewed = Ratio::new(share).unwrap().part_of(n);
    let mut counts = Verdict::ALL.map(|verdict| feature.verdicts.count(verdict));
    let before = counts[Verdict::Skewed as usize];
    counts[Verdict::Skewed as usize] = skewed;
    counts[Verdict::Consistent as usize] = counts[Verdict::Consistent as usize] + before - skewed;
    feature.verdicts = VerdictCounts::of(counts);
    feature.skew = SkewMeasurement { ratio: Ratio::of(skewed, n), n, ..SkewMeasurement::default() };
    skewed
}

/// Cells of a feature that is ill so.
pub(super) fn cells(ill: Option<Ill>, at: Timestamp) -> Vec<SeenCell> {
    const ROUNDED: [&str; 3] = ["online 1.82 % above", "online 0.33 % above", "online 0.23 % below"];
    let served = |value: f64| match ill {
        Some(Ill::Scaled) => value * 100.0,
        Some(Ill::Unexplained | Ill::Few) => value + 4.875,
        Some(Ill::Rounded | Ill::Filled | Ill::Expired) | None => value.round(),
    };
    let compared = |place: usize| match ill {
        Some(Ill::Scaled) => "online 100 × offline".to_owned(),
        Some(Ill::Unexplained | Ill::Few) => "they differ".to_owned(),
        Some(Ill::Rounded | Ill::Filled | Ill::Expired) | None => ROUNDED[place].to_owned(),
    };
    let cell = |place: usize| {
        let number = place as u32 + 1;
        let value = f64::from(number).mul_add(17.25, 3.375);
        let stamp = at.minus(Duration::from_secs(u64::from(number) * 4_000));
        let side = |value: f64| Some(SeenSide { at: Some(stamp), value: Some(Value::Float64(value)) });
        SeenCell {
            entity: EntityKey::new([KeyValue::String(format!("{ENTITY}{number}").into())]),
            offline: side(value),
            online: side(served(value)),
            difference: Some(compared(place)),
        }
    };
    (0..3).map(cell).collect()
}
