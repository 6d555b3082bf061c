//! Profiles as text: what is written is read back, what is damaged is refused.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use skewwatch::model::history::{SnapshotFile, SnapshotIdentity};
use skewwatch::model::time::Timestamp;
use skewwatch::stats::categories::Categories;
use skewwatch::stats::profile::{
    ColumnProfile, ColumnType, KeyProfile, NumberProfile, ProfiledColumn, Settings, TableProfile,
};
use skewwatch::stats::sample::Cleaned;

use super::uniform;

/// A change of the columns of a document.
type Damage<'a> = &'a dyn Fn(&mut Json);

fn identity() -> SnapshotIdentity {
    let file = SnapshotFile {
        location: "s3://bucket/day=1/part.parquet".to_owned(),
        size: 1234,
        etag: Some("\"abc\"".to_owned()),
        last_modified: Timestamp::from_nanos(1_781_222_400_123_456_789),
    };
    SnapshotIdentity { files: vec![file], digest: "00ff".to_owned() }
}

fn table() -> TableProfile {
    const ROWS: u64 = 12_000;
    let spread = Cleaned::new(uniform(3, ROWS).map(|value| (value > 0.1).then_some(value / 3.0)));
    let few = Cleaned::new((0..ROWS).map(|row| match row % 7 {
        0 => None,
        1 => Some(f64::NAN),
        2 => Some(f64::NEG_INFINITY),
        rest => Some(rest as f64 / 10.0),
    }));
    let nothing = Cleaned::new((0..ROWS).map(|_| None));
    let keys = Categories::of_counts((0..20).map(|key| (format!("k\n{key}").into(), ROWS / 20)).collect(), 0);
    let many = Categories::of_counts((0..ROWS).map(|key| (format!("{key}").into(), 1)).collect(), 0);
    let column = |column_type, profile| ProfiledColumn { column_type, profile };
    let columns = [
        ("spread", column(ColumnType::Float, ColumnProfile::Numeric(NumberProfile::of(&spread)))),
        ("few", column(ColumnType::Integer, ColumnProfile::Numeric(NumberProfile::of(&few)))),
        ("nothing", column(ColumnType::Timestamp, ColumnProfile::Timestamp(NumberProfile::of(&nothing)))),
        ("age", column(ColumnType::Timestamp, ColumnProfile::Age(NumberProfile::of(&few)))),
        ("keys", column(ColumnType::Text, ColumnProfile::Categorical(KeyProfile::of(&keys)))),
        ("many", column(ColumnType::Text, ColumnProfile::Categorical(KeyProfile::of(&many)))),
    ];
    TableProfile {
        snapshot: identity(),
        made_at: Timestamp::from_nanos(1_781_308_800_000_000_000),
        settings: Settings {
            columns: Vec::new(),
            edges_of: Some("11ee".to_owned()),
            snapshot_time: Some(Timestamp::from_nanos(1_781_222_400_500_000_000)),
        },
        rows: ROWS,
        columns: columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect(),
        skipped: BTreeMap::from([("tags".to_owned(), "list of string".to_owned())]),
    }
}

/// A table whose only column has this profile.
pub(super) fn of_one_column(profile: ColumnProfile) -> TableProfile {
    let column_type = if profile.keys().is_some() { ColumnType::Text } else { ColumnType::Float };
    let rows = profile.counts().rows;
    let columns = BTreeMap::from([("x".to_owned(), ProfiledColumn { column_type, profile })]);
    TableProfile {
        snapshot: identity(),
        made_at: Timestamp::from_nanos(0),
        settings: Settings::default(),
        rows,
        columns,
        skipped: BTreeMap::new(),
    }
}

fn refusal(text: &[u8]) -> String {
    TableProfile::from_json(text).unwrap_err().to_string()
}

#[test]
fn what_is_written_is_read_back_bit_by_bit() {
    let text = table().to_json().unwrap();
    let back = TableProfile::from_json(text.as_bytes()).unwrap();
    assert_eq!(back, table());
    assert_eq!(back.to_json().unwrap(), text);
    assert!(text.starts_with("{\"skewwatch_profile\":1,") && text.ends_with("}\n"));
}

#[test]
fn a_profile_that_was_merged_is_read_back_too() {
    let parts = [1, 2].map(|seed| Cleaned::new(uniform(seed, 6_000).map(Some)));
    let ruler = skewwatch::stats::profile::Ruler::of(&parts[0]);
    let [a, b] = parts.map(|part| NumberProfile::over(&ruler, &part));
    let table = of_one_column(ColumnProfile::Numeric(a.merge(&b).unwrap()));
    assert_eq!(TableProfile::from_json(table.to_json().unwrap().as_bytes()).unwrap(), table);
}

#[test]
fn other_programs_find_plain_names_and_numbers() {
    let text = table().to_json().unwrap();
    let document: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(document["made_at"], "2026-06-13T00:00:00Z");
    let few = &document["columns"]["few"];
    assert_eq!(few["type"], "integer");
    assert_eq!(few["kind"], "numeric");
    assert_eq!(few["levels"], json!([[0.3, 1714], [0.4, 1714], [0.5, 1714], [0.6, 1714]]));
    assert_eq!(document["columns"]["keys"]["keys"]["k\n7"], 600);
    assert!(text.len() < 700_000, "{} bytes", text.len());
}

#[test]
fn a_text_that_ends_too_early_is_refused_wherever_it_ends() {
    let text = table().to_json().unwrap();
    let step = text.len() / 50;
    for end in (30..text.len() - 2).step_by(step) {
        let message = refusal(&text.as_bytes()[..end]);
        assert_eq!(message, "it is cut off; make the profile anew", "at {end}");
    }
}

#[test]
fn what_is_no_profile_or_newer_says_so() {
    let none = "it is no profile; `skewwatch profile SNAPSHOT -o FILE` makes one";
    for text in ["", "PAR1", "{}", "[1]", "{\"a\": 1}", "{\"skewwatch_profiles\": 1}"] {
        assert_eq!(refusal(text.as_bytes()), none, "{text}");
    }
    assert_eq!(
        refusal(b" { \"skewwatch_profile\" : 7, \"columns\": {} }"),
        "it is a profile of version 7, and this program reads versions up to 1; make it anew or update"
    );
    assert_eq!(refusal(b"{\"skewwatch_profile\": 1}"), "it is damaged; make the profile anew");
}

#[test]
fn figures_that_contradict_each_other_are_refused() {
    let damaged = |change: &dyn Fn(&mut Json)| {
        let mut document: Json = serde_json::from_str(&table().to_json().unwrap()).unwrap();
        change(&mut document["columns"]);
        // The marker must come first, and maps of this library are sorted.
        let text = document.to_string();
        let rest = text.strip_prefix('{').unwrap().replacen(",\"skewwatch_profile\":1", "", 1);
        refusal(format!("{{\"skewwatch_profile\":1,{rest}").as_bytes())
    };
    let cases: [(Damage<'_>, &str, &str); 12] = [
        (&|columns| columns["few"]["rows"] = json!(1), "few", "its rows do not add up"),
        (&|columns| columns["few"]["nulls"] = json!(u64::MAX), "few", "its counts are too large"),
        (&|columns| columns["few"]["counts"][0] = json!(9), "few", "the counts of its bins do not add up"),
        (&|columns| columns["few"]["counts"] = json!([]), "few", "the counts of its bins do not add up"),
        (&|columns| columns["spread"]["edges"][5] = json!(-1.0), "spread", "its edges do not ascend"),
        (&|columns| columns["spread"]["deciles"][5] = json!(0.2), "spread", "its edges do not ascend"),
        (&|columns| columns["few"]["levels"][1] = json!([0.4, 1]), "few", "the counts of its values do not add up"),
        (&|columns| columns["few"]["valid"]["min"] = json!(7.0), "few", "its figures contradict each other"),
        (&|columns| columns["few"]["valid"]["min"] = json!(0.1), "few", "its extremes do not fit its counts"),
        (
            &|columns| columns["spread"]["distinct"]["hyperloglog"] = json!("zz"),
            "spread",
            "its number of different values is no sketch",
        ),
        (&|columns| columns["keys"]["keys"]["a"] = json!(1), "keys", "the counts of its keys do not add up"),
        (&|columns| columns["few"]["type"] = json!("text"), "few", "its kind does not fit its type"),
    ];
    for (change, column, cause) in cases {
        assert_eq!(damaged(change), format!("column `{column}` is damaged: {cause}; make the profile anew"));
    }
}

#[test]
fn no_damage_of_single_bytes_ends_the_program() {
    let text = table().to_json().unwrap().into_bytes();
    for place in (0..text.len()).step_by(4_999) {
        for byte in [b'0', b'9', b'-', b'"', b'}', 0xff] {
            let mut damaged = text.clone();
            damaged[place] = byte;
            if let Ok(profile) = TableProfile::from_json(&damaged) {
                let _ = profile.columns.values().map(|column| column.profile.distinct()).max();
            }
        }
    }
}

#[test]
fn a_profile_is_of_its_snapshot_and_settings_only() {
    let table = table();
    assert!(table.is_of(&identity(), &table.settings));
    assert!(!table.is_of(&SnapshotIdentity { digest: "00fe".to_owned(), ..identity() }, &table.settings));
    assert!(!table.is_of(&identity(), &Settings::default()));
}
