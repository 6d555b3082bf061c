//! Captured rows against the snapshot of their cut, on the demo's shop: its stream knows what was online at any time.

use std::collections::BTreeMap;

use skewwatch::demo::calendar::{DAY, LAST_CUT, NOW, Seconds, instant};
use skewwatch::demo::fault::FaultChoice;
use skewwatch::demo::feature::{self, FEATURES, TOTAL_ORDERS, VIEW};
use skewwatch::demo::online::OnlineTarget;
use skewwatch::demo::shop::Shop;
use skewwatch::demo::stream::{Timers, run};
use skewwatch::demo::{Settings, make};
use skewwatch::measure::measure_captured;
use skewwatch::model::captured::{Capture, CaptureLayout, CapturedMeasurement, CapturedRow};
use skewwatch::model::counts::Share;
use skewwatch::model::entity::{EntityKey, KeyValue};
use skewwatch::model::history::History;
use skewwatch::model::online::{Fidelity, OnlineCell, OnlineRow, StoredRow, StoredTimestamp};
use skewwatch::model::time::{Precision, Timestamp};
use skewwatch::model::value::{ScalarKind, Value, ValueKind};
use skewwatch::model::verdict::Verdict;
use skewwatch::model::view::FeatureView;
use skewwatch::store::snapshot::{SnapshotSettings, SnapshotStore};
use tempfile::{TempDir, tempdir};

const ENTITIES: u32 = 400;
const DAYS: u16 = 5;
const SEED: u64 = 7;

/// What the stream had written by `at`.
fn streamed(at: Seconds) -> Vec<CapturedRow> {
    let rows = Shop::open(ENTITIES, DAYS, SEED).customers.into_iter().filter_map(|customer| {
        let written = run(&customer, Timers::All, at)?;
        let row = StoredRow {
            event_timestamp: StoredTimestamp::At(instant(written.at), Precision::Seconds),
            cells: written.features.values().map(OnlineCell::Value).into(),
            remaining_ttl: None,
        };
        let key = EntityKey::new(vec![KeyValue::String(customer.id.into())]);
        Some(CapturedRow { key, read_at: instant(at), row: OnlineRow::Found(row) })
    });
    rows.collect()
}

/// The shop's snapshots, made by its batch job.
struct Offline {
    view: FeatureView,
    #[expect(dead_code, reason = "held as long as the files are read")]
    folder: TempDir,
}

impl Offline {
    async fn make() -> Self {
        let folder = tempdir().unwrap();
        let settings = Settings {
            folder: folder.path().join("demo"),
            entities: ENTITIES,
            days: DAYS,
            seed: SEED,
            faults: FaultChoice::parse("none").unwrap(),
            online: OnlineTarget::Sqlite,
        };
        make(&settings).await.unwrap();
        let mut view = feature::view();
        view.source.location = settings.folder.join(&view.source.location).display().to_string();
        Self { view, folder }
    }

    /// The versions of captured keys, as of the demo's present.
    async fn history(&self, rows: &[CapturedRow]) -> History {
        let store = SnapshotStore::new(SnapshotSettings::default());
        let snapshot = store.open(&self.view, instant(NOW)).await.unwrap();
        let keys: Vec<EntityKey> = rows.iter().map(|row| row.key.clone()).collect();
        snapshot.history(&keys).await.unwrap()
    }

    async fn measure(&self, capture: &Capture) -> Option<CapturedMeasurement> {
        let history = self.history(&capture.rows).await;
        measure_captured(&self.view, capture, (history, Fidelity::Exact), instant(NOW))
    }

    fn capture(&self, cut: Seconds, rows: Vec<CapturedRow>) -> Capture {
        Capture { feature_view: VIEW.to_owned(), cut: instant(cut), layout: CaptureLayout::of(&self.view), rows }
    }
}

/// Cells per verdict, without those that there are none of.
fn verdicts(measured: &CapturedMeasurement, feature: usize) -> BTreeMap<&'static str, u64> {
    let counts = measured.features[FEATURES[feature].0].verdicts;
    let named = Verdict::ALL.map(|verdict| (verdict.name(), counts.count(verdict)));
    named.into_iter().filter(|(_, count)| *count > 0).collect()
}

fn damaged(mut rows: Vec<CapturedRow>, every: usize) -> Vec<CapturedRow> {
    for captured in rows.iter_mut().step_by(every) {
        let OnlineRow::Found(row) = &mut captured.row else { panic!("the stream wrote it") };
        row.cells[TOTAL_ORDERS] = OnlineCell::Value(Value::Int(4_711));
    }
    rows
}

#[tokio::test]
async fn rows_of_the_cut_can_all_be_compared_while_rows_of_now_have_moved_on() {
    let offline = Offline::make().await;
    let at_cut = streamed(LAST_CUT);
    let n = at_cut.len() as u64;
    let measured = offline.measure(&offline.capture(LAST_CUT, at_cut)).await.unwrap();
    assert_eq!((measured.rows, measured.superseded, measured.comparable), (n, 0, Share::of(5 * n, 5 * n)));
    for (feature, (name, _)) in FEATURES.iter().enumerate() {
        assert_eq!(verdicts(&measured, feature), BTreeMap::from([("consistent", n)]), "{name}");
    }

    // The same rows six hours later: those that moved are replaced, and only the idle ones are left to compare.
    let now = streamed(NOW);
    let idle = now.iter().filter(|captured| stamp(captured) <= instant(LAST_CUT)).count() as u64;
    let moved = now.len() as u64 - idle;
    let late = offline.measure(&offline.capture(LAST_CUT, now)).await.unwrap();
    assert_eq!((late.rows, late.superseded), (idle, moved));
    assert!(moved > 20, "{moved}");
}

fn stamp(captured: &CapturedRow) -> Timestamp {
    let OnlineRow::Found(row) = &captured.row else { panic!("the stream wrote it") };
    let StoredTimestamp::At(stamp, _) = row.event_timestamp else { panic!("with its time") };
    stamp
}

#[tokio::test]
async fn skew_is_found_in_captured_rows_and_nowhere_else() {
    let offline = Offline::make().await;
    let rows = damaged(streamed(LAST_CUT), 10);
    let (n, skewed) = (rows.len() as u64, rows.len().div_ceil(10) as u64);
    let measured = offline.measure(&offline.capture(LAST_CUT, rows)).await.unwrap();
    let found = verdicts(&measured, TOTAL_ORDERS);
    assert_eq!(found, BTreeMap::from([("consistent", n - skewed), ("skewed", skewed)]));
    let skew = measured.features["total_orders_30d"].skew;
    assert_eq!((skew.n, skew.ratio.map(|ratio| ratio.part_of(n))), (n, Some(skewed)));
    assert!(skew.lower.unwrap() < 0.1 && skew.upper.unwrap() > 0.1);
    for feature in (0..FEATURES.len()).filter(|feature| *feature != TOTAL_ORDERS) {
        assert_eq!(verdicts(&measured, feature), BTreeMap::from([("consistent", n)]));
    }
}

#[tokio::test]
async fn what_was_known_later_has_no_say() {
    // A capture of the day before, judged when two snapshots more are there than its own.
    let offline = Offline::make().await;
    let cut = LAST_CUT - DAY;
    let rows = damaged(streamed(cut), 10);
    let (n, skewed) = (rows.len() as u64, rows.len().div_ceil(10) as u64);
    let measured = offline.measure(&offline.capture(cut, rows)).await.unwrap();
    let found = verdicts(&measured, TOTAL_ORDERS);
    assert_eq!(found, BTreeMap::from([("consistent", n - skewed), ("skewed", skewed)]));
}

#[tokio::test]
async fn a_capture_beside_the_cut_accuses_nobody() {
    // Three hours after the cut: rows that moved since are newer than any version known by then.
    let offline = Offline::make().await;
    let cut = LAST_CUT + 3 * 3_600;
    let rows = streamed(cut);
    let moved = rows.iter().filter(|captured| stamp(captured) > instant(LAST_CUT)).count() as u64;
    let n = rows.len() as u64;
    let measured = offline.measure(&offline.capture(cut, rows)).await.unwrap();
    assert_eq!(verdicts(&measured, TOTAL_ORDERS), BTreeMap::from([("ahead", moved), ("consistent", n - moved)]));
}

#[tokio::test]
async fn a_view_that_changed_is_judged_by_what_it_still_has() {
    let mut offline = Offline::make().await;
    let capture = offline.capture(LAST_CUT, streamed(LAST_CUT));
    let n = capture.rows.len() as u64;
    // One feature is gone, one has another type, and the order is another one.
    offline.view.features.retain(|feature| feature.name != "fraud_score");
    offline.view.features.reverse();
    let age = offline.view.features.iter_mut().find(|feature| feature.name == "account_age_days").unwrap();
    age.kind = ValueKind::Scalar(ScalarKind::Float64);
    let measured = offline.measure(&capture).await.unwrap();
    let names: Vec<&str> = measured.features.keys().map(String::as_str).collect();
    assert_eq!(names, ["avg_order_value_7d", "preferred_category", "total_orders_30d"]);
    assert!(measured.features.values().all(|feature| feature.verdicts.count(Verdict::Consistent) == n));

    offline.view.join_keys[0].name = "customer".to_owned();
    let history = Offline::make().await.history(&capture.rows).await;
    assert_eq!(measure_captured(&offline.view, &capture, (history, Fidelity::Exact), instant(NOW)), None);
}
