//! What Feast's own historical join gives is honest, and shifted in time it is not.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::golden::Repository;

/// Feast's join of all views at several times, as `honest.parquet` (names as they are) and `named.parquet` (full names of
/// one view); `early.parquet` has the same values a day before.
const JOIN: &str = "
import os
os.environ['FEAST_USAGE'] = 'False'
import pandas
from feast import FeatureStore
store = FeatureStore(repo_path='repo')
users = pandas.read_parquet('repo/data/user_features.parquet').user_id.unique()
affinity = pandas.read_parquet('repo/data/user_driver.parquet')[['user_id', 'driver_id']].drop_duplicates()
frames = []
for stamp in ['2026-06-13 18:00', '2026-06-14 09:30', '2026-06-15 00:00']:
    frame = affinity.copy()
    frame['event_timestamp'] = pandas.Timestamp(stamp, tz='UTC')
    frames.append(frame)
entities = pandas.concat(frames, ignore_index=True)
names = [f'{view.name}:{field.name}' for view in store.list_feature_views() if view.online for field in view.features]
joined = store.get_historical_features(entities, names).to_df()
joined.to_parquet('honest.parquet')
full = store.get_historical_features(entities, [name for name in names if name.startswith('user_features:')], full_feature_names=True).to_df()
full.to_parquet('named.parquet')
early = full.copy()
early['event_timestamp'] = early.event_timestamp - pandas.Timedelta(days=1)
early.to_parquet('early.parquet')
print(len(joined), len(full))
";

fn check(folder: &Path, set: &str) -> (Option<i32>, Value) {
    let arguments =
        ["check", "--as-of", "2026-06-15T00:00:00Z", "--keys", "100000", "--format", "json", "--training-set", set];
    let mut command = Command::new(env!("CARGO_BIN_EXE_skewwatch"));
    let output = command.args(arguments).current_dir(folder).env_clear().output().unwrap();
    let told = serde_json::from_slice(&output.stdout);
    (output.status.code(), told.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr))))
}

#[test]
fn feasts_own_historical_join_is_honest_and_a_day_earlier_it_is_leaked() {
    let repository = Repository::on_sqlite("skewed", "feast: ./repo\n");
    let folder = repository.folder();
    let output = Command::new(crate::support::python()).arg("-c").arg(JOIN).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let told = String::from_utf8(output.stdout).unwrap();
    let counts: Vec<u64> = told.lines().last().unwrap().split(' ').map(|count| count.parse().unwrap()).collect();
    let [joined, full] = counts[..] else { panic!("two counts: {told}") };
    assert!(joined > 100 && full > 100);
    for (set, views, rows) in [("honest.parquet", 4, joined), ("named.parquet", 1, full)] {
        let (code, told) = check(folder, set);
        let told = told.as_array().unwrap();
        assert_eq!(told.len(), views, "{set}");
        for view in told {
            assert_eq!(view["row_verdicts"], serde_json::json!({ "honest": rows }), "{set}: {view:#}");
            assert_eq!((&view["rows"], &view["rows_stored"]), (&rows.into(), &rows.into()));
        }
        assert_eq!(code, Some(0));
    }
    let (code, told) = check(folder, "early.parquet");
    let leaked = told[0]["row_verdicts"]["leaked"].as_u64().unwrap_or_default();
    assert!(leaked * 2 > full, "{told:#}");
    assert_eq!(code, Some(1));
}
