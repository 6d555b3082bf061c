//! Drift in whole rounds over the demo's shop: what was served against what was trained on, and snapshot against snapshot.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use polars::prelude::{Column, DataType, ParquetReader, ParquetWriter, SerReader};
use skewwatch::config;
use skewwatch::demo::fault::FaultChoice;
use skewwatch::demo::online::OnlineTarget;
use skewwatch::demo::{Made, Settings, make};
use skewwatch::model::check::{CheckKind, DriftStatistic, Failure, Stage, Unjudged};
use skewwatch::model::drift::DriftChecks;
use skewwatch::model::measurement::{ComparedSnapshots, DriftVerdict, RoundReport};
use skewwatch::run::{RoundOptions, round_on};
use skewwatch::store::snapshot::{SnapshotStore, Traffic};
use tempfile::TempDir;

use crate::support::s3::S3Server;

/// A shop, and rounds over it with more in its configuration.
struct Shop {
    home: TempDir,
    made: Made,
}

impl Shop {
    async fn new(faults: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        let made = make(&Settings {
            folder: home.path().join("demo"),
            entities: 1500,
            days: 4,
            seed: 5,
            faults: FaultChoice::parse(faults).unwrap(),
            online: OnlineTarget::Sqlite,
        })
        .await
        .unwrap();
        Self { home, made }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join("demo").join(name)
    }

    /// The snapshot of a day.
    fn snapshot(&self, day: &str) -> PathBuf {
        self.path(&format!("offline/user_features/dt={day}/part-0.parquet"))
    }

    /// One round, and what reading snapshots has cost in it; `of_view` and `more` are lines of the configuration.
    async fn check(&self, of_view: &str, more: &str) -> (RoundReport, Traffic) {
        let text = fs::read_to_string(&self.made.configuration).unwrap();
        let text = text.replace("    pairing:", &format!("    {of_view}\n    pairing:"));
        let path = self.path("drift.yaml");
        fs::write(&path, format!("{text}\n{more}\n")).unwrap();
        let plan = config::load(&path, &|_| None).await.unwrap_or_else(|error| panic!("{error}"));
        let store = SnapshotStore::new(plan.snapshots.clone());
        let options = RoundOptions { as_of: Some(self.made.as_of), progress: &|_| {} };
        let report = round_on(&plan, &store, options).await;
        (report, store.traffic())
    }
}

/// Features with a finding of drift.
fn drifted(report: &RoundReport) -> Vec<&str> {
    let found = report.findings.iter().filter(|finding| finding.check == CheckKind::Drift);
    found.map(|finding| finding.feature.as_deref().unwrap()).collect()
}

/// Checks of drift that were not judged.
fn unjudged(report: &RoundReport) -> Vec<&Unjudged> {
    report.unknown.iter().filter(|unjudged| unjudged.check == CheckKind::Drift).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    names
}

#[tokio::test]
async fn a_shop_without_faults_has_not_drifted_and_every_feature_is_judged() {
    let (report, _) = Shop::new("none").await.check("", "").await;
    assert_eq!(report.failures, []);
    assert_eq!(drifted(&report), Vec::<&str>::new());
    assert_eq!(unjudged(&report), Vec::<&Unjudged>::new());
}

#[tokio::test]
async fn faults_that_move_a_share_of_the_values_are_drift_of_their_features() {
    let (report, _) = Shop::new("unit,lower_case").await.check("", "").await;
    assert_eq!(report.failures, []);
    let mut found = drifted(&report);
    found.sort_unstable();
    assert_eq!(found, ["avg_order_value_7d", "preferred_category"]);
    let measured = |feature: &str, statistic| &report.views[0].features[feature].drift[&statistic];
    let unit = measured("avg_order_value_7d", DriftStatistic::OutOfRange);
    assert_eq!(unit.verdict, DriftVerdict::Drifted);
    let spelling = measured("preferred_category", DriftStatistic::Unseen);
    assert_eq!(spelling.verdict, DriftVerdict::Drifted);
    assert!(spelling.q_value.unwrap() >= spelling.p_value.unwrap());
}

const REFERENCE: &str = "reference: ./offline/user_features/dt=2026-06-13/";
const KEPT: &str = "profiles: ./profiles";

#[tokio::test]
async fn a_reference_is_read_once_and_known_again_by_its_identity() {
    let shop = Shop::new("none").await;
    let (without, cost_without) = shop.check("", "").await;
    let (first, cost) = shop.check(REFERENCE, KEPT).await;
    assert_eq!((&first.failures, &without.failures), (&Vec::new(), &Vec::new()));
    assert!(cost.bytes > cost_without.bytes);
    let kept = names(&shop.path("profiles"));
    assert_eq!(kept.len(), 3, "the reference and two partitions: {kept:?}");
    let (second, cost) = shop.check(REFERENCE, KEPT).await;
    assert_eq!(cost.bytes, cost_without.bytes, "a listing is enough");
    assert_eq!(second, first);
    assert_eq!(names(&shop.path("profiles")), kept);
    let reference = first.views[0].snapshot.reference.as_deref().unwrap();
    assert!(reference.ends_with("offline/user_features/dt=2026-06-13/"), "{reference}");
    let orders =
        |report: &RoundReport| report.views[0].features["total_orders_30d"].drift[&DriftStatistic::Psi].clone();
    assert_ne!(orders(&first).reference_n, orders(&without).reference_n, "everybody who was a customer then");
}

#[tokio::test]
async fn a_reference_that_changed_is_read_again() {
    let shop = Shop::new("none").await;
    let (first, _) = shop.check(REFERENCE, KEPT).await;
    fs::copy(shop.snapshot("2026-06-12"), shop.snapshot("2026-06-13")).unwrap();
    let (second, _) = shop.check(REFERENCE, KEPT).await;
    let n = |report: &RoundReport| report.views[0].features["account_age_days"].drift[&DriftStatistic::Ks].reference_n;
    assert!(n(&second) < n(&first), "the shop grew from day to day");
}

#[tokio::test]
async fn a_profile_can_be_named_as_the_reference_and_gives_the_figures_of_its_snapshot() {
    let shop = Shop::new("unit").await;
    let (of_snapshot, _) = shop.check(REFERENCE, KEPT).await;
    let kept = names(&shop.path("profiles")).into_iter().find(|name| name.starts_with("reference-")).unwrap();
    fs::copy(shop.path("profiles").join(kept), shop.path("trained.profile.json")).unwrap();
    let (of_profile, _) = shop.check("reference: ./trained.profile.json", "").await;
    assert_eq!(of_profile.failures, []);
    let drift = |report: &RoundReport| -> Vec<(String, DriftChecks)> {
        let features = report.views[0].features.iter();
        // q-values know of the snapshots that were compared beside it.
        let bare = |checks: &DriftChecks| {
            let mut checks = checks.clone();
            checks.values_mut().for_each(|measured| measured.q_value = None);
            checks
        };
        features.map(|(name, feature)| (name.clone(), bare(&feature.drift))).collect()
    };
    assert_eq!(drift(&of_profile), drift(&of_snapshot));
    assert!(drifted(&of_profile).contains(&"avg_order_value_7d"));
}

#[tokio::test]
async fn a_reference_that_cannot_be_read_is_a_failure_and_leaves_drift_unjudged() {
    let shop = Shop::new("none").await;
    fs::write(shop.path("broken.profile.json"), "{\"skewwatch_profile\": 1, ").unwrap();
    File::create(shop.path("train.csv")).unwrap().set_len(10_000_000_000).unwrap();
    for (address, reason) in
        [("./nowhere/", "not_found"), ("./broken.profile.json", "profile"), ("./train.csv", "profile")]
    {
        let (report, _) = shop.check(&format!("reference: {address}"), "").await;
        let [Failure { stage: Stage::Measure, reason: told, .. }] = report.failures.as_slice() else {
            panic!("not one failure of measuring: {:?}", report.failures)
        };
        assert_eq!(told, reason);
        let unjudged = unjudged(&report);
        assert_eq!(unjudged.len(), 5);
        for Unjudged { reason, .. } in unjudged {
            assert_eq!(reason, "the reference could not be read");
        }
        assert_eq!(drifted(&report), Vec::<&str>::new());
        assert!(report.passed.iter().any(|passed| passed.check == CheckKind::Skew), "the rest is judged as ever");
    }
}

/// Makes ten times as many of the orders in the snapshot of a day.
fn inflate(path: &Path) {
    let mut frame = ParquetReader::new(File::open(path).unwrap()).finish().unwrap();
    let orders = frame.column("total_orders_30d").unwrap().as_materialized_series().clone() * 10;
    frame.with_column(Column::from(orders.cast(&DataType::Int64).unwrap())).unwrap();
    ParquetWriter::new(File::create(path).unwrap()).finish(&mut frame).unwrap();
}

#[tokio::test]
async fn the_newest_snapshot_that_has_ended_is_held_against_the_one_before() {
    let shop = Shop::new("none").await;
    let (report, _) = shop.check("", KEPT).await;
    assert_eq!(report.failures, []);
    let compared = ComparedSnapshots { before: "dt=2026-06-13".to_owned(), newest: "dt=2026-06-14".to_owned() };
    assert_eq!(report.views[0].snapshot.compared, Some(compared));
    assert_eq!(drifted(&report), Vec::<&str>::new());
    for (name, feature) in &report.views[0].features {
        let psi = &feature.snapshot_drift.as_ref().unwrap()[&DriftStatistic::Psi];
        assert_eq!(psi.verdict, DriftVerdict::Stable, "{name}: {psi:?}");
    }
    inflate(&shop.snapshot("2026-06-14"));
    let (report, _) = shop.check("", KEPT).await;
    assert_eq!(drifted(&report), ["total_orders_30d"]);
    let finding = report.findings.iter().find(|finding| finding.check == CheckKind::Drift).unwrap();
    let told = "the newest snapshot (dt=2026-06-14) drifted from the one before (dt=2026-06-13): ";
    assert!(finding.message.starts_with(told), "{}", finding.message);
}

#[tokio::test]
async fn without_a_folder_for_profiles_no_snapshot_is_held_against_another() {
    let (report, _) = Shop::new("none").await.check("", "").await;
    assert_eq!(report.views[0].snapshot.compared, None);
    assert!(report.views[0].features.values().all(|feature| feature.snapshot_drift.is_none()));
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_read_is_a_failure_and_served_values_are_judged_all_the_same() {
    let shop = Shop::new("none").await;
    let (before, _) = shop.check("", "").await;
    // It is one of the two that are compared and, being absent from the sample's files, of no other use.
    let lone = shop.path("elsewhere/dt=2026-06-13/part-0.parquet");
    fs::create_dir_all(lone.parent().unwrap()).unwrap();
    fs::write(&lone, "no Parquet file").unwrap();
    let (report, _) = shop.check("reference: ./elsewhere/", KEPT).await;
    assert_eq!(report.failures.iter().map(|failure| &*failure.reason).collect::<Vec<_>>(), ["corrupt"]);
    assert!(report.views[0].snapshot.compared.is_some());
    assert_eq!(report.views[0].keys, before.views[0].keys);
}

#[tokio::test]
async fn a_damaged_profile_is_made_anew_and_a_draft_of_a_killed_round_is_in_nobodys_way() {
    let shop = Shop::new("none").await;
    let (first, _) = shop.check(REFERENCE, KEPT).await;
    let folder = shop.path("profiles");
    let kept = names(&folder);
    for (place, name) in kept.iter().enumerate() {
        let whole = fs::read(folder.join(name)).unwrap();
        let half = whole[..whole.len() / (place + 2)].to_vec();
        fs::write(folder.join(name), half).unwrap();
        // In a container each run has the same process id.
        fs::write(folder.join(format!(".{name}.{}-0.tmp", std::process::id())), "half of a profile").unwrap();
    }
    let (second, _) = shop.check(REFERENCE, KEPT).await;
    assert_eq!(second, first);
    for name in &kept {
        let text = fs::read(folder.join(name)).unwrap();
        skewwatch::stats::profile::TableProfile::from_json(&text).unwrap();
    }
}

#[tokio::test]
async fn profiles_that_cannot_be_kept_are_a_failure_and_are_used_all_the_same() {
    let shop = Shop::new("none").await;
    let (kept, _) = shop.check(REFERENCE, KEPT).await;
    fs::write(shop.path("occupied"), "a file where a folder should be").unwrap();
    let (report, _) = shop.check(REFERENCE, "profiles: ./occupied").await;
    assert_eq!(report.failures.iter().map(|failure| &*failure.reason).collect::<Vec<_>>(), ["profile"], "told once");
    let told = format!("could not keep a profile in `{}`: ", shop.path("occupied").display());
    assert!(report.failures[0].message.starts_with(&told), "{:?}", report.failures);
    assert_eq!(report.views, kept.views);
}

#[tokio::test]
async fn of_the_profiles_of_a_place_the_last_few_are_kept_and_nothing_else_is_touched() {
    let shop = Shop::new("none").await;
    let folder = shop.path("profiles");
    shop.check(REFERENCE, KEPT).await;
    let mut others: Vec<String> = names(&folder);
    for name in ["notes.txt", "partition-mine.profile.json", "reference-0123456789abcdef-short.profile.json"] {
        fs::write(folder.join(name), "not ours").unwrap();
        others.push(name.to_owned());
    }
    // Each copy is a file of another time, and so another snapshot.
    for _ in 0..9 {
        fs::copy(shop.snapshot("2026-06-13"), shop.snapshot("2026-06-14")).unwrap();
        let (report, _) = shop.check(REFERENCE, KEPT).await;
        assert_eq!(report.failures, []);
    }
    let found = names(&folder);
    let of = |purpose: &str| found.iter().filter(|name| name.starts_with(purpose) && name.len() > 60).count();
    assert_eq!((of("partition-"), of("reference-")), (8, 1));
    assert!(others[3..].iter().all(|name| found.contains(name)), "{found:?}");
    let known = names(&folder);
    shop.check(REFERENCE, KEPT).await;
    assert_eq!(names(&folder), known, "the last two are among them");
}

#[tokio::test]
async fn a_profile_that_was_made_for_another_time_of_the_snapshot_is_made_anew() {
    let shop = Shop::new("none").await;
    let (first, _) = shop.check(REFERENCE, KEPT).await;
    let folder = shop.path("profiles");
    let name = names(&folder).into_iter().find(|name| name.starts_with("reference-")).unwrap();
    let whole = fs::read_to_string(folder.join(&name)).unwrap();
    let other =
        whole.replace("\"snapshot_time\":\"2026-06-14T00:00:00Z\"", "\"snapshot_time\":\"2026-06-13T22:00:00Z\"");
    assert_ne!(other, whole);
    fs::write(folder.join(&name), other).unwrap();
    let (second, _) = shop.check(REFERENCE, KEPT).await;
    assert_eq!(second, first);
    assert_eq!(fs::read_to_string(folder.join(&name)).unwrap(), whole);
}

#[tokio::test]
async fn a_reference_on_s3_costs_a_second_round_one_listing_and_no_byte() {
    let shop = Shop::new("none").await;
    let server = S3Server::shared();
    let bucket = server.bucket();
    let trained = fs::read(shop.snapshot("2026-06-13")).unwrap();
    for part in 0..3 {
        server.put(&bucket, &format!("trained/dt=2026-06-13/part-{part}.parquet"), trained.clone()).await;
    }
    let reference = format!("reference: s3://{bucket}/trained/");
    let more = format!("{KEPT}\n{}", server.section());
    shop.check("", &more).await;
    let (without, cost_without) = shop.check("", &more).await;
    let (first, cost) = shop.check(&reference, &more).await;
    assert_eq!((&first.failures, &without.failures), (&Vec::new(), &Vec::new()));
    assert!(cost.bytes > cost_without.bytes);
    let (second, cost) = shop.check(&reference, &more).await;
    assert_eq!(second, first);
    assert_eq!(cost, Traffic { requests: cost_without.requests + 1, ..cost_without });
    let days = &first.views[0].features["account_age_days"].drift[&DriftStatistic::Missing];
    let rows = ParquetReader::new(File::open(shop.snapshot("2026-06-13")).unwrap()).finish().unwrap().height();
    assert_eq!(days.reference_n, 3 * rows as u64);
}

#[tokio::test]
async fn a_training_set_may_have_other_columns_of_its_own_and_feasts_full_names() {
    let shop = Shop::new("none").await;
    let mut frame = ParquetReader::new(File::open(shop.snapshot("2026-06-13")).unwrap()).finish().unwrap();
    frame.rename("fraud_score", "user_features__fraud_score".into()).unwrap();
    frame.rename("total_orders_30d", "orders".into()).unwrap();
    ParquetWriter::new(File::create(shop.path("trained.parquet")).unwrap()).finish(&mut frame).unwrap();
    let (report, _) = shop.check("reference: ./trained.parquet", "").await;
    assert_eq!(report.failures, []);
    assert!(report.views[0].features["fraud_score"].drift[&DriftStatistic::Psi].effect.is_some());
    let reasons = unjudged(&report).into_iter().filter(|unjudged| unjudged.reason.contains("reference does not"));
    let features: Vec<&str> = reasons.map(|unjudged| unjudged.feature.as_deref().unwrap()).collect();
    assert_eq!(features, ["total_orders_30d"]);
}
