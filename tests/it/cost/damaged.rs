//! What is kept can be damaged, foreign, out of reach or impossible to write; the round goes on.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use skewwatch::model::measurement::RoundReport;

use super::{Row, Shop, at, minute, told};

fn shop() -> Shop {
    let shop = Shop::open();
    let rows: Vec<Row> = (0..30).map(|user| Row { user, minute: -60, created: -50, value: 1 }).collect();
    shop.write("part-0.parquet", &rows);
    rows.into_iter().for_each(|row| shop.serve(row));
    shop
}

fn kept(shop: &Shop, ending: &str) -> PathBuf {
    let entries = fs::read_dir(shop.path("cache")).unwrap().map(|entry| entry.unwrap().path());
    let found: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|name| name == ending)).collect();
    let [only] = &found[..] else { panic!("one file is kept: {found:?}") };
    only.clone()
}

fn failures(report: &RoundReport) -> Vec<(&str, String)> {
    report.failures.iter().map(|failure| (&*failure.reason, failure.message.clone())).collect()
}

const SAMPLE: &str = "keys: 20, cache: cache";

#[tokio::test]
async fn a_damaged_file_is_told_of_once_and_made_anew() {
    let shop = shop();
    let plan = shop.plan(SAMPLE).await;
    let sound = at(&plan, minute(0)).await;
    let told_of_damage =
        || vec![("cache", "what is kept of view `users` is damaged, and has been read anew".to_owned())];
    for ending in ["history", "walk"] {
        let path = kept(&shop, ending);
        let whole = fs::read(&path).unwrap();
        for length in [0, 7, whole.len() / 2, whole.len() - 1] {
            fs::write(&path, &whole[..length]).unwrap();
            assert_eq!(failures(&at(&plan, minute(0)).await), told_of_damage(), "{ending} cut to {length}");
            assert_eq!(told(&at(&plan, minute(0)).await), told(&sound));
        }
        for position in (0..whole.len()).step_by(37) {
            let mut bytes = whole.clone();
            bytes[position] ^= 0x20;
            fs::write(&path, bytes).unwrap();
            let report = at(&plan, minute(0)).await;
            assert_eq!(failures(&report), told_of_damage(), "{ending} at {position}");
            assert_eq!(told(&RoundReport { failures: Vec::new(), ..report }), told(&sound));
        }
    }
}

#[tokio::test]
async fn what_cannot_be_kept_is_a_failure_and_the_round_goes_on() {
    let shop = shop();
    fs::write(shop.path("cache"), "in the way").unwrap();
    let report = at(&shop.plan(SAMPLE).await, minute(0)).await;
    let reasons: Vec<&str> = failures(&report).into_iter().map(|(reason, _)| reason).collect();
    assert!(!reasons.is_empty() && reasons.iter().all(|reason| *reason == "cache"), "{:?}", report.failures);
    let bare = at(&shop.plan("keys: 20").await, minute(0)).await;
    assert_eq!(told(&RoundReport { failures: Vec::new(), ..report }), told(&bare));
}

#[tokio::test]
async fn only_their_owner_may_read_what_is_kept() {
    let shop = shop();
    at(&shop.plan(SAMPLE).await, minute(0)).await;
    let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(shop.path("cache")), 0o700);
    assert_eq!((mode(kept(&shop, "history")), mode(kept(&shop, "walk"))), (0o600, 0o600));
}
