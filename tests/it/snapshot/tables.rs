//! Columns without a view.

use std::collections::BTreeMap;

use skewwatch::store::snapshot::{ColumnData, SnapshotFault, TableKind};

use super::{at, fixture, rows, store, text, write};

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
        ("nothing", TableKind::Other("null".to_owned())),
    ] {
        assert_eq!(kinds.get(name), Some(&kind), "{name}");
    }
    let category = ColumnData::Categories { counts: counts(&[("x", 2), ("y", 1)]), nulls: 1 };
    assert_eq!(table.read("category").await.unwrap(), category);
    let small = ColumnData::Numbers { values: vec![-128.0, 127.0, 0.0], nulls: 1 };
    assert_eq!(table.read("small").await.unwrap(), small);
    let millis =
        ["2026-06-01T00:00:00Z", "2026-06-01T01:00:00Z", "2026-06-01T03:00:00Z"].map(|time| at(time).seconds());
    assert_eq!(table.read("millis").await.unwrap(), ColumnData::Numbers { values: millis.to_vec(), nulls: 1 });
    let ColumnData::Numbers { values, nulls } = table.read("nan").await.unwrap() else { panic!("doubles are numbers") };
    assert!(values[0].is_nan() && values[1] == f64::NEG_INFINITY && values[2] == 0.0 && nulls == 1, "{values:?}");
    let error = table.read("as_struct").await.unwrap_err();
    let holds = "column `as_struct` holds struct<x: int32, y: string>, which has no statistics";
    assert_eq!(error.to_string(), format!("could not read {path}: {holds}"));
    let error = table.read("cathegory").await.unwrap_err();
    assert_eq!(error.to_string(), format!("could not read {path}: column `cathegory` is missing; it has `category`"));
}

#[tokio::test]
async fn booleans_are_categories() {
    let table = store().table(&text(&fixture("golden-feast/dev/data/driver_profile.parquet"))).await.unwrap();
    let ColumnData::Categories { counts, nulls } = table.read("is_active").await.unwrap() else {
        panic!("booleans are categories")
    };
    assert_eq!(counts.keys().map(AsRef::as_ref).collect::<Vec<&str>>(), ["false", "true"]);
    assert_eq!(counts.values().sum::<u64>() + nulls, table.rows());
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
        let expected = ColumnData::Categories { counts: counts(&[("x", 1)]), nulls: 3 };
        assert_eq!(table.read("category").await.unwrap(), expected);
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
    let expected = ColumnData::Numbers { values: vec![1.0, 1.0, 1.0, 2.0, 2.0, 2.0], nulls: 0 };
    assert_eq!((table.rows(), table.read("x").await.unwrap()), (6, expected));
    let other = folder.path().join("c.parquet");
    let mut frame = rows(&[("u", "2026-06-14T00:00:00Z", 1.0)]);
    frame.rename("x", "y".into()).unwrap();
    write(&other, &mut frame, 2);
    let error = store().table(&text(folder.path())).await.unwrap_err();
    assert_eq!(error.fault, SnapshotFault::Schema);
    assert_eq!(error.to_string(), format!("could not read {}: column `x` of the first file is missing", text(&other)));
}
