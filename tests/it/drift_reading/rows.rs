//! Rows that are told apart: segments, entities, ages.

use polars::prelude::{Column, NamedFrom as _, Series};
use skewwatch::drift::{Request, Statistics};
use skewwatch::model::time::Timestamp;
use skewwatch::stats::categories::Categories;
use skewwatch::stats::drift::{self, ColumnKind};
use skewwatch::stats::sample::Cleaned;

use super::{compared, request, write};

fn country(row: u32) -> Option<&'static str> {
    match row % 10 {
        0..5 => Some("de"),
        5..8 => Some("fr"),
        8 => None,
        _ => Some("mt"),
    }
}

/// Rows of one side; in `fr` the values of the current side have moved.
fn columns(rows: u32, moved: f64) -> Vec<Column> {
    let value = |row: u32| {
        let value = f64::from(row.wrapping_mul(2_654_435_761) >> 16);
        if row.is_multiple_of(31) { None } else { Some(if country(row) == Some("fr") { value + moved } else { value }) }
    };
    let color = |row: u32| {
        if country(row) == Some("fr") && moved > 0.0 { "red" } else { ["red", "blue"][row as usize / 10 % 2] }
    };
    vec![
        Series::new("country".into(), (0..rows).map(country).collect::<Vec<_>>()).into(),
        Series::new("value".into(), (0..rows).map(value).collect::<Vec<_>>()).into(),
        Series::new("color".into(), (0..rows).map(color).collect::<Vec<_>>()).into(),
        Series::new("user".into(), (0..rows).map(|row| i64::from(row / 4)).collect::<Vec<_>>()).into(),
    ]
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("a.parquet"), columns(2000, 0.0), 300);
    write(&folder.path().join("b.parquet"), columns(1500, 30_000.0), 450);
    folder
}

/// The rows of a side in one segment, by a slow reading of what was written.
fn rows_of(rows: u32, wanted: &[Option<&str>]) -> Vec<u32> {
    (0..rows).filter(|row| wanted.contains(&country(*row))).collect()
}

#[tokio::test]
async fn a_segment_is_compared_as_if_it_were_a_table_of_its_own() {
    let folder = folder();
    let mut asked = request(1 << 30);
    asked.by = vec!["country".to_owned()];
    asked.segment_rows = 160;
    for memory in [1 << 30, 40 << 10] {
        asked.memory = memory;
        let comparison = compared(folder.path(), &asked).await;
        assert_eq!(comparison.unreadable(), []);
        assert!(comparison.columns()["country"].segments.is_empty());
        let segments = &comparison.columns()["value"].segments;
        let names: Vec<Vec<Option<&str>>> =
            segments.iter().map(|segment| segment.segment.iter().map(Option::as_deref).collect()).collect();
        assert_eq!(names[0], [Some("fr")], "it carries the drift");
        assert_eq!(names.len(), 3, "{names:?}");
        assert!(segments[0].contribution.unwrap() > 0.9, "{:?}", segments[0].contribution);
        for (segment, name) in segments.iter().zip(&names) {
            let wanted: &[Option<&str>] = if name.is_empty() { &[Some("mt"), None] } else { name };
            let side = |rows: u32, moved: f64| {
                let column = columns(rows, moved).remove(1);
                let values = column.f64().unwrap().clone();
                Cleaned::new(rows_of(rows, wanted).into_iter().map(|row| values.get(row as usize)))
            };
            let expected = drift::numeric(ColumnKind::Numeric, &side(2000, 0.0), &side(1500, 30_000.0));
            assert_eq!(segment.pair, expected, "{name:?}");
        }
        for segment in &comparison.columns()["color"].segments {
            let name: Vec<Option<&str>> = segment.segment.iter().map(Option::as_deref).collect();
            let wanted: &[Option<&str>] = if name.is_empty() { &[Some("mt"), None] } else { &name };
            let side = |rows: u32, moved: f64| {
                let column = columns(rows, moved).remove(2);
                let values = column.str().unwrap().clone();
                let rows = rows_of(rows, wanted);
                Categories::new(rows.iter().map(|row| values.get(*row as usize)))
            };
            assert_eq!(segment.pair, drift::categorical(&side(2000, 0.0), &side(1500, 30_000.0)), "{name:?}");
        }
    }
}

#[tokio::test]
async fn groups_of_entities_add_up_to_the_bins_and_keep_an_entity_together() {
    let folder = folder();
    let mut asked = request(1 << 30);
    asked.entity = vec!["user".to_owned()];
    let comparison = compared(folder.path(), &asked).await;
    assert_eq!(comparison.unreadable(), []);
    for name in ["value", "color", "country"] {
        let distances = comparison.columns()[name].pair.distances.as_ref().unwrap();
        let groups = distances.entity_groups.as_ref().unwrap();
        for (side, of_side) in [(&groups.reference, 0), (&groups.current, 1)] {
            assert_eq!(side.len(), 32);
            let bins: Vec<u64> =
                (0..distances.bins.bins().len()).map(|bin| side.iter().map(|group| group[bin]).sum()).collect();
            let expected: Vec<u64> =
                distances.bins.bins().iter().map(|bin| if of_side == 0 { bin.0 } else { bin.1 }).collect();
            assert_eq!(bins, expected, "{name}");
        }
    }
    // An entity has four rows in a row, of which at most one has no colour.
    let color = comparison.columns()["color"].pair.distances.as_ref().unwrap().entity_groups.as_ref().unwrap();
    assert!(color.reference.iter().all(|group| group.iter().sum::<u64>() % 4 == 0));
}

#[tokio::test]
async fn points_in_time_are_ages_where_both_sides_have_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let column = |start: i64| {
        let micros: Vec<i64> = (0..400).map(|row| (start - row * 60) * 1_000_000).collect();
        let series = Series::new("t".into(), micros);
        let dtype = polars::prelude::DataType::Datetime(polars::prelude::TimeUnit::Microseconds, None);
        Column::from(series.cast(&dtype).unwrap())
    };
    write(&folder.path().join("a.parquet"), vec![column(1_000_000)], 100);
    write(&folder.path().join("b.parquet"), vec![column(1_086_400)], 100);
    let mut asked = request(1 << 30);
    let of = |seconds: i64| Timestamp::from_seconds(seconds, 0);
    assert_eq!(compared(folder.path(), &asked).await.columns()["t"].pair.kind, ColumnKind::Timestamp);
    (asked.reference_time, asked.current_time) = (of(1_000_000), of(1_086_400));
    for memory in [1 << 30, 2 << 10] {
        asked.memory = memory;
        let comparison = compared(folder.path(), &asked).await;
        let pair = &comparison.columns()["t"].pair;
        assert_eq!(pair.kind, ColumnKind::Age);
        assert_eq!(pair.distances.as_ref().unwrap().gaps.unwrap().ks.statistic, 0.0);
        assert_eq!(pair.reference.summary.unwrap().max, 399.0 * 60.0);
    }
}

#[tokio::test]
async fn all_statistics_of_a_column_that_does_not_fit_are_refused_with_what_would_do() {
    let folder = folder();
    let mut asked = request(10 << 10);
    asked.statistics = Statistics::All;
    asked.columns = vec!["value".to_owned()];
    let comparison = compared(folder.path(), &asked).await;
    let message = "all statistics need all values at once: `--memory 1MB` would do";
    let unreadable: Vec<(&str, &str)> =
        comparison.unreadable().iter().map(|failed| (failed.column.as_str(), failed.message.as_str())).collect();
    assert_eq!(unreadable, [("value", message)]);
    asked.memory = 1 << 20;
    let comparison = compared(folder.path(), &asked).await;
    assert!(comparison.columns()["value"].complete.is_some());
}

#[tokio::test]
async fn a_side_of_nothing_but_nulls_is_compared_with_a_typed_one() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("a.parquet"), vec![Series::new("x".into(), vec![1.5; 200]).into()], 100);
    let nothing = Series::new_null("x".into(), 200);
    write(&folder.path().join("b.parquet"), vec![nothing.into()], 100);
    let comparison = compared(folder.path(), &request(1 << 30)).await;
    let pair = &comparison.columns()["x"].pair;
    assert_eq!((pair.reference.counts.nulls, pair.current.counts.nulls), (0, 200));
    assert_eq!((pair.kind, pair.distances.is_none()), (ColumnKind::Numeric, true));
}

#[tokio::test]
async fn a_table_without_rows_is_compared_and_has_no_distances() {
    let folder = tempfile::tempdir().unwrap();
    let columns = |rows: usize| -> Vec<Column> {
        vec![
            Series::new("x".into(), vec![1.5; rows]).into(),
            Series::new("k".into(), vec!["a"; rows]).into(),
            Series::new("flag".into(), vec![true; rows]).into(),
        ]
    };
    write(&folder.path().join("a.parquet"), columns(0), 100);
    write(&folder.path().join("b.parquet"), columns(200), 100);
    for memory in [1 << 30, 0] {
        let mut asked = request(memory);
        asked.by = vec!["flag".to_owned()];
        asked.entity = vec!["k".to_owned()];
        let comparison = compared(folder.path(), &asked).await;
        for (name, column) in comparison.columns() {
            assert_eq!((column.pair.reference.counts.rows, column.pair.current.counts.rows), (0, 200), "{name}");
            assert_eq!(column.pair.distances, None, "{name}");
        }
    }
}

#[tokio::test]
async fn keys_without_a_bin_of_their_own_are_in_the_groups_of_entities_too() {
    let folder = tempfile::tempdir().unwrap();
    let columns = |shift: u32| {
        let keys: Vec<String> = (0..4000_u32).map(|row| format!("key-{}", (row * row) % 997 + shift)).collect();
        let entities: Vec<u32> = (0..4000_u32).map(|row| row / 4).collect();
        vec![Series::new("k".into(), keys).into(), Series::new("entity".into(), entities).into()]
    };
    write(&folder.path().join("a.parquet"), columns(0), 700);
    write(&folder.path().join("b.parquet"), columns(9), 700);
    let wanted = Request { entity: vec!["entity".to_owned()], columns: vec!["k".to_owned()], ..request(40 << 10) };
    let comparison = compared(folder.path(), &wanted).await;
    assert_eq!(comparison.unreadable(), []);
    let distances = comparison.columns()["k"].pair.distances.as_ref().unwrap();
    assert_eq!(distances.exactness, skewwatch::stats::drift::Exactness::Approximate);
    let groups = distances.entity_groups.as_ref().unwrap();
    let sum = |groups: &[Vec<u64>], bin: usize| groups.iter().map(|counts| counts[bin]).sum::<u64>();
    let sums: Vec<(u64, u64)> =
        (0..distances.bins.bins().len()).map(|bin| (sum(&groups.reference, bin), sum(&groups.current, bin))).collect();
    assert_eq!(sums, distances.bins.bins());
}

#[tokio::test]
async fn rows_that_cannot_be_told_apart_within_the_memory_are_refused_and_columns_go_on() {
    let folder = folder();
    let refused = async |by: &[&str], entity: &[&str], memory| {
        let of = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let wanted = Request { by: of(by), entity: of(entity), columns: vec!["value".to_owned()], ..request(memory) };
        let comparison = compared(folder.path(), &wanted).await;
        let told = comparison.unreadable().iter().map(|column| column.message.clone()).collect::<Vec<_>>();
        (told.join("; "), comparison.columns().len())
    };
    let rows = 2000 + 1500;
    let too_many = |bytes| format!("telling {rows} rows apart takes {bytes} bytes, more than `--memory` allows");
    assert_eq!(refused(&["country"], &[], 4 * rows - 1).await, (too_many(4 * rows), 1));
    assert_eq!(refused(&[], &["user"], rows - 1).await, (too_many(rows), 1));
    let (told, columns) = refused(&["country"], &[], 4 * rows).await;
    assert!(told.contains("its different values do not fit into memory"), "{told}");
    assert_eq!(columns, 1);
}
