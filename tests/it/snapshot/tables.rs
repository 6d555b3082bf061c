//! Columns without a view.

use std::collections::BTreeMap;

use skewwatch::store::snapshot::{Chunk, SnapshotError, SnapshotFault, Table, TableKind};

use super::{at, fixture, rows, store, text, write};

/// The numbers of a column in file order, and how many rows have none.
async fn numbers(table: &Table, name: &str) -> Result<(Vec<f64>, usize), SnapshotError> {
    let see = |(values, nulls): &mut (Vec<f64>, usize), chunk: &Chunk| {
        *nulls += chunk.rows() - chunk.present();
        chunk.numbers(|block| values.extend_from_slice(block))
    };
    table.visit(name, (Vec::new(), 0), see).await
}

/// The keys of a column with their counts, and how many rows have none.
async fn keys(table: &Table, name: &str) -> Result<(BTreeMap<Box<str>, u64>, usize), SnapshotError> {
    let see = |(counts, nulls): &mut (BTreeMap<Box<str>, u64>, usize), chunk: &Chunk| {
        *nulls += chunk.rows() - chunk.present();
        chunk.keys(|key, count| *counts.entry(key.into()).or_default() += count)
    };
    table.visit(name, (BTreeMap::new(), 0), see).await
}

fn counts(texts: &[(&str, u64)]) -> BTreeMap<Box<str>, u64> {
    texts.iter().map(|(text, count)| ((*text).into(), *count)).collect()
}

#[tokio::test]
async fn a_table_tells_its_columns_and_reads_them_one_at_a_time() {
    let path = text(&fixture("parquet/nested.parquet"));
    let table = store().table(&path).await.unwrap();
    let kinds: BTreeMap<&str, TableKind> =
        table.columns().iter().map(|column| (column.name.as_str(), column.kind.clone())).collect();
    assert_eq!(table.rows(), 4);
    assert_eq!(table.identity().files.len(), 1);
    for (name, kind) in [
        ("user_id", TableKind::Text),
        ("event_timestamp", TableKind::Timestamp),
        ("as_struct", TableKind::Other("struct<x: int32, y: string>".to_owned())),
        ("category", TableKind::Text),
        ("price", TableKind::Float),
        ("big", TableKind::Integer),
        ("half", TableKind::Float),
        ("day", TableKind::Timestamp),
        ("nothing", TableKind::Null),
    ] {
        assert_eq!(kinds.get(name), Some(&kind), "{name}");
    }
    assert_eq!(keys(&table, "category").await.unwrap(), (counts(&[("x", 2), ("y", 1)]), 1));
    assert_eq!(numbers(&table, "small").await.unwrap(), (vec![-128.0, 127.0, 0.0], 1));
    let millis =
        ["2026-06-01T00:00:00Z", "2026-06-01T01:00:00Z", "2026-06-01T03:00:00Z"].map(|time| at(time).seconds());
    assert_eq!(numbers(&table, "millis").await.unwrap(), (millis.to_vec(), 1));
    let (values, nulls) = numbers(&table, "nan").await.unwrap();
    assert!(values[0].is_nan() && values[1] == f64::NEG_INFINITY && values[2] == 0.0 && nulls == 1, "{values:?}");
    let error = numbers(&table, "as_struct").await.unwrap_err();
    let holds = "column `as_struct` makes no sense: values of type struct<x: int32, y: string> are no numbers";
    assert_eq!(error.to_string(), format!("could not read {path}: {holds}"));
    let error = numbers(&table, "cathegory").await.unwrap_err();
    assert_eq!(error.to_string(), format!("could not read {path}: column `cathegory` is missing; it has `category`"));
}

#[tokio::test]
async fn booleans_are_categories() {
    let table = store().table(&text(&fixture("golden-feast/dev/data/driver_profile.parquet"))).await.unwrap();
    let (counts, nulls) = keys(&table, "is_active").await.unwrap();
    assert_eq!(counts.keys().map(AsRef::as_ref).collect::<Vec<&str>>(), ["false", "true"]);
    assert_eq!(counts.values().sum::<u64>() + nulls as u64, table.rows());
}

#[tokio::test]
async fn a_file_whose_column_is_all_null_takes_the_type_of_the_others() {
    let all_null = fixture("parquet/all_null.parquet");
    let known = fixture("parquet/some_null.parquet");
    for names in [["a", "b"], ["b", "a"]] {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(&all_null, folder.path().join(format!("{}.parquet", names[0]))).unwrap();
        std::fs::copy(&known, folder.path().join(format!("{}.parquet", names[1]))).unwrap();
        let table = store().table(&text(folder.path())).await.unwrap();
        assert_eq!(keys(&table, "category").await.unwrap(), (counts(&[("x", 1)]), 3));
    }
}

#[tokio::test]
async fn a_folder_is_one_table_if_its_files_agree() {
    let folder = tempfile::tempdir().unwrap();
    for (name, value) in [("b", 2.0), ("a", 1.0)] {
        let file = folder.path().join(format!("{name}.parquet"));
        write(&file, &mut rows(&[("u", "2026-06-14T00:00:00Z", value); 3]), 2);
    }
    let table = store().table(&text(folder.path())).await.unwrap();
    let expected = (vec![1.0, 1.0, 1.0, 2.0, 2.0, 2.0], 0);
    assert_eq!((table.rows(), numbers(&table, "x").await.unwrap()), (6, expected));
    let other = folder.path().join("c.parquet");
    let mut frame = rows(&[("u", "2026-06-14T00:00:00Z", 1.0)]);
    frame.rename("x", "y".into()).unwrap();
    write(&other, &mut frame, 2);
    let error = store().table(&text(folder.path())).await.unwrap_err();
    assert_eq!(error.fault, SnapshotFault::Schema);
    assert_eq!(error.to_string(), format!("could not read {}: column `x` of the first file is missing", text(&other)));
}

#[tokio::test]
async fn types_have_the_names_that_arrow_gives_them() {
    let folder = fixture("oracle");
    let text_of = std::fs::read_to_string(folder.join("expected.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_str(&text_of).unwrap();
    let mut seen = 0;
    for (name, case) in expected["cases"].as_object().unwrap() {
        for (side, key) in [("ref", "type_ref"), ("cur", "type_cur")] {
            let path = folder.join(format!("{name}.{side}.parquet"));
            if !path.exists() {
                continue;
            }
            let table = store().table(&text(&path)).await.unwrap();
            assert_eq!(table.columns()[0].column_type.name, case[key].as_str().unwrap(), "{name}");
            seen += 1;
        }
    }
    assert_eq!(seen, 104);
}

#[tokio::test]
async fn row_groups_without_rows_are_passed_and_columns_that_cannot_be_read_are_told() {
    let table = store().table(&text(&fixture("parquet/odd.parquet"))).await.unwrap();
    let kinds: Vec<(&str, TableKind)> =
        table.columns().iter().map(|column| (column.name.as_str(), column.kind.clone())).collect();
    let wanted = [
        ("flag", TableKind::Boolean),
        ("x", TableKind::Other("unknown (2 columns have this name)".to_owned())),
        ("wide", TableKind::Other("decimal(60, 2)".to_owned())),
    ];
    assert_eq!(kinds, wanted);
    assert_eq!(table.group_rows(), [2, 0, 2]);
    assert_eq!(keys(&table, "flag").await.unwrap(), (counts(&[("true", 2), ("false", 2)]), 0));
}
