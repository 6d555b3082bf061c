//! What findings and features can show: bars of a day, cells without the names of their entities, causes.

use std::collections::BTreeMap;

use rusqlite::Connection;
use skewwatch::history::{
    DecisiveEffect, DriftSubject, FindingEpisode, History, HistoryReader, KeptBars, Period, RoundRecord, SeenFinding,
};
use skewwatch::model::bars::{Bar, Bars};
use skewwatch::model::cause::{
    Attribution, Cause, Diagnosis, KnownCause, Locus, MissingRows, Relation, RowFaults, Unknown,
};
use skewwatch::model::check::{CheckKind, DriftStatistic, FindingKey};
use skewwatch::model::drift::DriftChecks;
use skewwatch::model::entity::{EntityKey, KeyValue};
use skewwatch::model::exhibit::{Disclosure, Entities, Exhibit, SeenCell, SeenSide, ShownCell, Values};
use skewwatch::model::measurement::{DriftMeasurement, DriftVerdict};
use skewwatch::model::ratio::Ratio;
use skewwatch::model::value::Value;
use tempfile::tempdir;

use super::made::{EVER, at, finding, history, record};

/// What takes the tables and columns of this away again.
const WITHOUT: &str = "DROP TABLE report_recipients; DROP TABLE report_deliveries; DROP TABLE report_editions;
                       DROP TABLE drift_bars; DROP TABLE hash_key; ALTER TABLE findings DROP COLUMN cells;
                       ALTER TABLE findings DROP COLUMN cause; PRAGMA user_version = 2";
const EVERYTHING: Disclosure = Disclosure { values: Values::Shown, entities: Entities::Shown };
const DAY: i64 = 86_400;

fn bars(number: u64) -> Bars {
    let bar = |label: &str, current| Bar { label: label.to_owned(), reference: 50, current };
    Bars::of_keys(vec![bar("ann@example.com", number), bar("bob@example.com", 7), bar("3 other keys", 1)], 2)
}

fn quiet(seconds: i64) -> RoundRecord {
    RoundRecord::of_round(record(4, "users", at(seconds)).round)
}

fn with_bars(seconds: i64, features: &[&str], disclosure: Disclosure) -> RoundRecord {
    let of_feature = |name: &&str| ((*name).to_owned(), bars(seconds.unsigned_abs()));
    RoundRecord { bars: features.iter().map(of_feature).collect(), disclosure, ..quiet(seconds) }
}

fn kept(reader: &HistoryReader, period: Period) -> Vec<(String, KeptBars)> {
    reader.drift_bars("users", period).unwrap().into_iter().collect()
}

#[test]
fn the_newest_bars_of_each_day_are_kept() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    let rounds = [(0, &["age"][..]), (60, &["age", "city"]), (DAY, &["age"]), (2 * DAY, &["city"])];
    history.record(&rounds.map(|(at, features)| with_bars(at, features, EVERYTHING))).unwrap();
    let expected = |name: &str, seconds: i64| {
        (name.to_owned(), KeptBars { measured_at: at(seconds), bars: bars(seconds.unsigned_abs()), effect: None })
    };
    let reader = history.reader();
    assert_eq!(kept(reader, EVER), [expected("age", DAY), expected("city", 2 * DAY)]);
    assert_eq!(kept(reader, Period { start: at(0), end: at(DAY) }), [expected("age", 60), expected("city", 60)]);
    assert_eq!(kept(reader, Period { start: at(61), end: at(DAY) }), []);
    assert_eq!(reader.drift_bars("orders", EVER).unwrap(), BTreeMap::new());
}

/// Checks of which the one on the distance decides.
fn checks(effect: f64) -> DriftChecks {
    let measured = |effect: f64, threshold| DriftMeasurement {
        distance: Some(effect + 0.01),
        noise_floor: Some(0.02),
        effect: Some(effect),
        lower: Some(effect - 0.05),
        upper: Some(effect + 0.05),
        threshold,
        p_value: Some(0.001),
        p_equal: Some(0.001),
        q_value: None,
        verdict: DriftVerdict::Drifted,
        reason: None,
        reference_n: 5_000,
        current_n: 4_000,
        needed_reference_n: None,
        needed_current_n: None,
    };
    [(DriftStatistic::Psi, measured(effect, Some(0.1))), (DriftStatistic::Ks, measured(9.0, None))].into()
}

#[test]
fn the_check_that_decided_is_kept_with_the_newest_bars_of_a_day() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    let with_effect = |seconds: i64, effect: f64| RoundRecord {
        drift: [(("age".to_owned(), DriftSubject::Served), checks(effect))].into(),
        ..with_bars(seconds, &["age", "city"], EVERYTHING)
    };
    history.record(&[with_effect(0, 0.25), with_effect(60, 0.5), with_effect(DAY, 0.75)]).unwrap();
    let effect_of = |period| {
        let found = kept(history.reader(), period);
        assert_eq!(found[1].1.effect, None, "nothing was judged of the city");
        found[0].1.effect.unwrap()
    };
    let expected = |effect: f64| DecisiveEffect {
        statistic: DriftStatistic::Psi,
        verdict: DriftVerdict::Drifted,
        reason: None,
        distance: Some(effect + 0.01),
        noise_floor: Some(0.02),
        effect: Some(effect),
        interval: Some([effect - 0.05, effect + 0.05]),
        limit: Some(0.1),
        reference_n: 5_000,
        current_n: 4_000,
    };
    assert_eq!(effect_of(Period { start: at(0), end: at(DAY) }), expected(0.5));
    assert_eq!(effect_of(EVER), expected(0.75));
}

#[test]
fn bars_of_before_effects_were_kept_have_none_and_new_ones_do() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("history.db");
    let mut old = history(folder.path());
    old.record(&[with_bars(0, &["age"], EVERYTHING)]).unwrap();
    drop(old);
    let before = "ALTER TABLE drift_bars DROP COLUMN effect; PRAGMA user_version = 4";
    Connection::open(&path).unwrap().execute_batch(before).unwrap();
    let mut new = history(folder.path());
    let kept_bars = KeptBars { measured_at: at(0), bars: bars(0), effect: None };
    assert_eq!(kept(new.reader(), EVER), [("age".to_owned(), kept_bars)]);
    let drift = [(("age".to_owned(), DriftSubject::Served), checks(0.5))].into();
    new.record(&[RoundRecord { drift, ..with_bars(60, &["age"], EVERYTHING) }]).unwrap();
    assert_eq!(kept(new.reader(), EVER)[0].1.effect.unwrap().effect, Some(0.5));
}

#[test]
fn bars_go_with_the_hours() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    history.record(&[0, 1, 2].map(|day| with_bars(day * DAY, &["age", "city"], EVERYTHING))).unwrap();
    assert_eq!(history.retain(at(400 * DAY)).unwrap().bars, 0);
    assert_eq!(history.retain(at(402 * DAY)).unwrap().bars, 4);
    let left: Vec<_> = kept(history.reader(), EVER).iter().map(|(_, kept)| kept.measured_at).collect();
    assert_eq!(left, [at(2 * DAY), at(2 * DAY)]);
}

#[test]
fn values_that_are_withheld_label_no_bar() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    history.record(&[with_bars(0, &["mail"], Disclosure::default())]).unwrap();
    let found = kept(history.reader(), EVER);
    let labels: Vec<&str> = found[0].1.bars.bars().iter().map(|bar| bar.label.as_str()).collect();
    assert_eq!(labels, ["value 1", "value 2", "3 other keys"]);
    assert!(!holds(&folder.path().join("history.db"), "example.com"));
}

/// Whether a file, or the log beside it, holds a text.
fn holds(path: &std::path::Path, text: &str) -> bool {
    let log = path.with_extension("db-wal");
    [path, &log]
        .iter()
        .filter_map(|path| std::fs::read(path).ok())
        .any(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()))
}

fn key() -> FindingKey {
    FindingKey { feature_view: "users".to_owned(), feature: Some("age".to_owned()), check: CheckKind::Skew }
}

fn cell(number: i64) -> SeenCell {
    let side = |text: &str| Some(SeenSide { at: Some(at(-number)), value: Some(Value::string(text)) });
    SeenCell {
        entity: EntityKey::new([KeyValue::String(format!("ann{number}@example.com").into())]),
        offline: side("red"),
        online: side("RED"),
        difference: Some("the same text but for its case".to_owned()),
    }
}

fn attributed(relation: Relation, mismatches: u64) -> Attribution {
    Attribution {
        cause: relation.cause(),
        relation,
        locus: Locus::Since(at(-9)),
        explained: mismatches,
        share: Ratio::of(mismatches, mismatches),
        score: 1.0,
        margin: 0.25,
        would_break: 0,
        severity: 1.0,
        also_explains: vec![Cause::OutOfVocabulary],
        evidence: vec![3, 14, 15],
    }
}

/// Of so many cells that differ, one value stands in place of null.
fn filled(mismatches: u64) -> Diagnosis {
    let relation = Relation::Filled { with: Some("mauve".to_owned()) };
    Diagnosis {
        mismatches,
        examined: mismatches,
        outdated: 0,
        consistent: 900,
        causes: vec![attributed(relation, mismatches)],
        unknown: None,
        unexplained_locus: None,
    }
}

fn cause() -> KnownCause {
    KnownCause::Values(filled(64))
}

/// A round that saw the finding with these cells and this cause.
fn seen(seconds: i64, (cells, cause): (Vec<SeenCell>, Option<KnownCause>), disclosure: Disclosure) -> RoundRecord {
    let seen: Vec<SeenFinding> = vec![finding("users", Some("age"), 0.5)];
    let exhibits = BTreeMap::from([(key(), Exhibit { cells, cause })]);
    RoundRecord { seen, exhibits, disclosure, ..quiet(seconds) }
}

fn only(history: &History) -> FindingEpisode {
    let mut found = history.reader().findings(EVER).unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[test]
fn entities_are_hashed_and_values_withheld_unless_told_otherwise() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    history.record(&[seen(0, ((1..=4).map(cell).collect(), Some(cause())), Disclosure::default())]).unwrap();
    let found = only(&history);
    assert_eq!((found.cells.len(), found.cause), (3, Some(cause().kept(Values::Withheld))));
    let hash = found.cells[0].entity.clone();
    assert!(hash.len() == 16 && hash.chars().all(|digit| digit.is_ascii_hexdigit()), "{hash}");
    let expected = ShownCell {
        entity: hash.clone(),
        key: None,
        offline_at: Some(at(-1)),
        offline_value: None,
        online_at: Some(at(-1)),
        online_value: None,
        difference: Some("the same text but for its case".to_owned()),
    };
    assert_eq!(found.cells[0], expected);
    for secret in ["example.com", "\"red", "\"RED", "mauve"] {
        assert!(!holds(&folder.path().join("history.db"), secret), "{secret}");
    }
    history.record(&[seen(1, (vec![cell(1)], None), EVERYTHING)]).unwrap();
    let found = only(&history);
    let [only] = &found.cells[..] else { panic!("{:?}", found.cells) };
    assert_eq!(only.entity, hash, "an entity keeps its name");
    let values = (only.key.as_deref(), only.offline_value.as_deref(), only.online_value.as_deref());
    assert_eq!(values, (Some("ann1@example.com"), Some("\"red\""), Some("\"RED\"")));
}

#[test]
fn a_finding_keeps_what_the_last_round_that_knew_could_show() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    history
        .record(&[
            seen(0, (vec![cell(1)], Some(cause())), EVERYTHING),
            seen(1, (vec![cell(2)], None), EVERYTHING),
            seen(2, (Vec::new(), None), EVERYTHING),
            RoundRecord { exhibits: BTreeMap::new(), ..seen(3, (Vec::new(), None), EVERYTHING) },
        ])
        .unwrap();
    let found = only(&history);
    let keys: Vec<_> = found.cells.iter().map(|cell| cell.key.as_deref()).collect();
    assert_eq!(
        (keys, found.rounds, found.cause),
        (vec![Some("ann2@example.com")], 4, Some(cause().kept(Values::Shown)))
    );
}

#[test]
fn a_round_with_too_few_cells_to_tell_leaves_the_cause_what_it_was() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    let few = KnownCause::Values(Diagnosis { causes: Vec::new(), unknown: Some(Unknown::TooFew), ..filled(12) });
    let lag = attributed(Relation::Stale { versions: None, seconds: None }, 90);
    let lagging = KnownCause::Values(Diagnosis { outdated: 90, causes: vec![lag], ..filled(95) }).kept(Values::Shown);
    let none = KnownCause::Values(Diagnosis { causes: Vec::new(), unknown: Some(Unknown::NothingFits), ..filled(40) });
    let mut after = |seconds, cause: &KnownCause| {
        history.record(&[seen(seconds, (Vec::new(), Some(cause.clone())), EVERYTHING)]).unwrap();
        only(&history).cause.unwrap()
    };
    assert_eq!(after(0, &few), few, "better than nothing");
    assert_eq!(after(1, &cause()), cause().kept(Values::Shown));
    assert_eq!(after(2, &few), cause().kept(Values::Shown));
    assert_eq!(after(2, &lagging), cause().kept(Values::Shown), "that cells lag is no cause of skew");
    assert_eq!(after(3, &none), none);
    let gone = MissingRows { rows: 7, from_age_seconds: Some(86_400.5) };
    let rows = KnownCause::Rows(RowFaults { missing: Some(gone), ..RowFaults::default() });
    assert_eq!(after(4, &rows), rows);
}

#[test]
fn what_is_kept_of_a_cause_has_no_places_and_values_only_where_they_are_shown() {
    let of = |values| match cause().kept(values) {
        KnownCause::Values(mut kept) => kept.causes.remove(0),
        KnownCause::Rows(faults) => panic!("{faults:?}"),
    };
    let [withheld, shown] = [of(Values::Withheld), of(Values::Shown)];
    assert_eq!(withheld.relation, Relation::Filled { with: None });
    assert_eq!(shown.relation, Relation::Filled { with: Some("mauve".to_owned()) });
    assert_eq!((withheld.evidence, shown.evidence), (Vec::new(), Vec::new()));
}

#[test]
fn two_histories_name_an_entity_differently() {
    let names = [(), ()].map(|()| {
        let folder = tempdir().unwrap();
        let mut history = history(folder.path());
        history.record(&[seen(0, (vec![cell(1)], None), Disclosure::default())]).unwrap();
        only(&history).cells.remove(0).entity
    });
    assert_ne!(names[0], names[1]);
}

#[test]
fn an_older_file_goes_on_and_can_show_more() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("history.db");
    let mut first = history(folder.path());
    first.record(&[seen(0, (Vec::new(), None), EVERYTHING)]).unwrap();
    drop(first);
    Connection::open(&path).unwrap().execute_batch(WITHOUT).unwrap();
    assert!(HistoryReader::open(&path).unwrap_err().to_string().contains("format 2"));
    let mut later = history(folder.path());
    assert_eq!((only(&later).cells, only(&later).cause), (Vec::new(), None));
    later.record(&[seen(1, (vec![cell(1)], Some(cause())), EVERYTHING), with_bars(2, &["age"], EVERYTHING)]).unwrap();
    let found = only(&later);
    assert_eq!((found.cells.len(), found.cause, found.rounds), (1, Some(cause().kept(Values::Shown)), 2));
    assert_eq!(kept(later.reader(), EVER).len(), 1);
    later.reader().verify().unwrap();
}
