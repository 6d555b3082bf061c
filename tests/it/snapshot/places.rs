//! Folders, globs, partitions and odd names on the local disk.

use std::collections::BTreeSet;
use std::path::Path;

use skewwatch::model::entity::KeyKind;
use skewwatch::model::history::History;
use skewwatch::model::view::{Contains, WatermarkRule};

use super::{at, end_of_time, failure, number, read, rows, store, text, user, users, view, write};

fn names(history: &History) -> BTreeSet<String> {
    history.entities().map(ToString::to_string).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn put(folder: &Path, file: &str, user: &str, time: &str) {
    write(&folder.join(file), &mut rows(&[(user, time, 1.0)]), 10);
}

#[tokio::test]
async fn a_folder_is_read_whole_but_for_its_markers() {
    let folder = tempfile::tempdir().unwrap();
    let day = "2026-06-14T00:00:00Z";
    put(folder.path(), "a.parquet", "a", day);
    put(folder.path(), "deep/er/b.PARQUET", "b", day);
    put(folder.path(), "_temporary/c.parquet", "c", day);
    put(folder.path(), ".hidden/d.parquet", "d", day);
    put(folder.path(), "deep/_e.parquet", "e", day);
    std::fs::write(folder.path().join("_SUCCESS"), "").unwrap();
    std::fs::write(folder.path().join("readme.txt"), "not Parquet").unwrap();
    for location in [text(folder.path()), format!("{}/", text(folder.path()))] {
        let (history, _) = read(&store(), &users(&location, &[("x", "float64")]), end_of_time()).await;
        assert_eq!(names(&history), set(&["a", "b"]));
    }
}

#[tokio::test]
async fn a_glob_reads_what_it_matches() {
    let folder = tempfile::tempdir().unwrap();
    for day in 10..15 {
        let time = format!("2026-06-{day}T00:00:00Z");
        put(folder.path(), &format!("dt=2026-06-{day}/part-0.parquet"), &format!("u{day}"), &time);
        put(folder.path(), &format!("dt=2026-06-{day}/more/part-1.parquet"), &format!("m{day}"), &time);
    }
    for (pattern, expected) in [
        ("dt=*/*.parquet", set(&["u10", "u11", "u12", "u13", "u14"])),
        ("dt=2026-06-1[0-1]/part-?.parquet", set(&["u10", "u11"])),
        ("dt=2026-06-14", set(&["u14", "m14"])),
        ("dt=2026-06-1[34]", set(&["u13", "m13", "u14", "m14"])),
        ("**/part-1.parquet", set(&["m10", "m11", "m12", "m13", "m14"])),
    ] {
        let location = format!("{}/{pattern}", text(folder.path()));
        let (history, _) = read(&store(), &users(&location, &[("x", "float64")]), end_of_time()).await;
        assert_eq!(names(&history), expected, "{pattern}");
    }
}

#[tokio::test]
async fn names_with_spaces_percent_signs_and_umlauts_are_themselves() {
    for name in ["ü a%20b+c", "100% %zz", "a&b=c d#e", "quote'\"", "{x}^~", "日本"] {
        let folder = tempfile::tempdir().unwrap();
        put(folder.path(), &format!("{name}/{name}.parquet"), "a", "2026-06-14T00:00:00Z");
        let whole = format!("{}/{name}", text(folder.path()));
        for location in [whole.clone(), format!("{whole}/{name}.parquet")] {
            let (history, _) = read(&store(), &users(&location, &[("x", "float64")]), end_of_time()).await;
            assert_eq!(history.identity.files[0].location, format!("{whole}/{name}.parquet"));
        }
    }
}

#[tokio::test]
async fn a_file_needs_no_extension_and_a_path_may_go_up() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "x/part-00000", "a", "2026-06-14T00:00:00Z");
    let location = format!("{}/x/../x/./part-00000", text(folder.path()));
    let (history, _) = read(&store(), &users(&location, &[("x", "float64")]), end_of_time()).await;
    assert_eq!(history.identity.files[0].location, text(&folder.path().join("x/part-00000")));
}

#[tokio::test]
async fn partitions_stand_in_for_columns_that_a_file_lacks() {
    let folder = tempfile::tempdir().unwrap();
    for (day, shop) in [("2026-06-13", "1"), ("2026-06-14", "2"), ("2026-06-14", "__HIVE_DEFAULT_PARTITION__")] {
        put(folder.path(), &format!("dt={day}/shop={shop}/part.parquet"), "a", "2020-01-01T00:00:00Z");
    }
    let mut view =
        view(&text(folder.path()), &[("user_id", KeyKind::String)], &[("shop", "int64"), ("city", "string")]);
    view.source.event_timestamp = "dt".to_owned();
    view.source.field_mapping = vec![("shop".to_owned(), "city".to_owned())];
    let (_, found) = read(&store(), &view, end_of_time()).await;
    let values = |shop: &str, city: &str| vec![shop.to_owned(), city.to_owned()];
    let expected = [
        (at("2026-06-13T00:00:00Z"), None, values("Int(1)", "String(\"1\")")),
        (at("2026-06-14T00:00:00Z"), None, values("Int(2)", "String(\"2\")")),
        (at("2026-06-14T00:00:00Z"), None, values("Null", "Null")),
    ];
    assert_eq!(found[&user("a")], expected);
}

#[tokio::test]
async fn a_join_key_may_be_a_partition() {
    let folder = tempfile::tempdir().unwrap();
    for shop in [7, 8] {
        put(folder.path(), &format!("shop={shop}/part.parquet"), "a", "2026-06-14T00:00:00Z");
    }
    let view = view(&text(folder.path()), &[("shop", KeyKind::Int64)], &[("x", "float64")]);
    let (history, _) = read(&store(), &view, end_of_time()).await;
    assert_eq!(history.versions(&number(7)).len(), 1);
    assert_eq!(history.entities().count(), 2);
}

#[tokio::test]
async fn a_view_without_entities_has_the_one_empty_key() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "a.parquet", "ignored", "2026-06-14T00:00:00Z");
    let view = view(&text(folder.path()), &[("__dummy_id", KeyKind::String)], &[("x", "float64")]);
    let (history, _) = read(&store(), &view, end_of_time()).await;
    assert_eq!(history.versions(&user("")).len(), 1);
}

#[tokio::test]
async fn identities_are_equal_for_equal_files_only() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "b.parquet", "b", "2026-06-14T00:00:00Z");
    put(folder.path(), "a.parquet", "a", "2026-06-14T00:00:00Z");
    let view = users(&text(folder.path()), &[("x", "float64")]);
    let first = store().open(&view, end_of_time()).await.unwrap().identity().clone();
    let locations: Vec<&str> = first.files.iter().map(|file| file.location.as_str()).collect();
    assert_eq!(locations, [text(&folder.path().join("a.parquet")), text(&folder.path().join("b.parquet"))]);
    assert_eq!(&first, store().open(&view, end_of_time()).await.unwrap().identity());
    put(folder.path(), "a.parquet", "other", "2026-06-14T00:00:00Z");
    let second = store().open(&view, end_of_time()).await.unwrap().identity().clone();
    assert_ne!(first.digest, second.digest);
}

#[tokio::test]
async fn the_watermark_follows_its_rule() {
    let folder = tempfile::tempdir().unwrap();
    for day in ["2026-06-13", "2026-06-14"] {
        put(folder.path(), &format!("dt={day}/part.parquet"), "a", &format!("{day}T10:00:00Z"));
    }
    std::fs::write(folder.path().join("_complete"), "2026-06-14T20:00:00Z\n").unwrap();
    let hour = std::time::Duration::from_secs(3600);
    let partition_end = || WatermarkRule::PartitionEnd { key: "dt".to_owned() };
    let marker = || WatermarkRule::Marker { file: "_complete".to_owned() };
    let late = "2026-07-01T00:00:00Z";
    for (rule, lateness, as_of, expected) in [
        (WatermarkRule::MaxEventTimestamp, 0, late, "2026-06-14T10:00:00Z"),
        (WatermarkRule::MaxEventTimestamp, 2, late, "2026-06-14T08:00:00Z"),
        (WatermarkRule::MaxEventTimestamp, 0, "2026-06-14T09:00:00Z", "2026-06-13T10:00:00Z"),
        (partition_end(), 0, late, "2026-06-15T00:00:00Z"),
        (partition_end(), 1, late, "2026-06-14T23:00:00Z"),
        (partition_end(), 0, "2026-06-14T12:00:00Z", "2026-06-14T00:00:00Z"),
        (partition_end(), 0, "2026-06-13T12:00:00Z", "2026-06-13T00:00:00Z"),
        (marker(), 0, late, "2026-06-14T20:00:00Z"),
        (marker(), 0, "2026-06-14T12:00:00Z", "2026-06-14T12:00:00Z"),
    ] {
        let mut view = users(&text(folder.path()), &[("x", "float64")]);
        view.source.watermark = rule.clone();
        view.source.lateness = hour * lateness;
        let (history, _) = read(&store(), &view, at(as_of)).await;
        assert_eq!(history.watermark, Some(at(expected)), "{rule:?} minus {lateness} h as of {as_of}");
    }
}

#[tokio::test]
async fn a_watermark_that_cannot_be_told_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "hour=latest/part.parquet", "a", "2026-06-14T10:00:00Z");
    std::fs::write(folder.path().join("_complete"), "yesterday").unwrap();
    let root = text(folder.path());
    let partition_end = |key: &str| WatermarkRule::PartitionEnd { key: key.to_owned() };
    let marker = |file: &str| WatermarkRule::Marker { file: file.to_owned() };
    for (rule, expected) in [
        (
            partition_end("dt"),
            format!(
                "could not read {root}/hour=latest/part.parquet: \
                 no folder of its path is a partition `dt=…`, whose end is the watermark"
            ),
        ),
        (
            partition_end("hour"),
            format!(
                "could not read {root}/hour=latest/part.parquet: \
                 partition `hour=latest` is no day and no hour, and its end is the watermark"
            ),
        ),
        (marker("_done"), format!("could not read {root}/_done: there is no such file")),
        (
            marker("_complete"),
            format!(
                "could not read the marker {root}/_complete: \
                 `yesterday` is not an RFC 3339 time such as `2026-06-15T00:00:00Z`: premature end of input"
            ),
        ),
    ] {
        let mut view = users(&root, &[("x", "float64")]);
        view.source.watermark = rule;
        assert_eq!(failure(&store(), &view).await.to_string(), expected);
    }
}

#[tokio::test]
async fn the_newest_dump_is_the_newest_partition_or_the_newest_files_that_overlap() {
    let folder = tempfile::tempdir().unwrap();
    let dumps = folder.path().join("dumps");
    for day in ["2026-06-13", "2026-06-14"] {
        put(&dumps, &format!("dt={day}/part-0.parquet"), "a", &format!("{day}T10:00:00Z"));
        put(&dumps, &format!("dt={day}/part-1.parquet"), "b", &format!("{day}T06:00:00Z"));
    }
    let flat = folder.path().join("flat");
    for day in ["2026-06-13", "2026-06-14"] {
        let times = [format!("{day}T10:00:00Z"), format!("{day}T04:00:00Z")];
        write(&flat.join(format!("{day}-0.parquet")), &mut rows(&[("a", &times[0], 1.0), ("b", &times[1], 1.0)]), 9);
        put(&flat, &format!("{day}-1.parquet"), "c", &format!("{day}T06:00:00Z"));
    }
    for (place, contains, expected) in [
        (&dumps, Contains::Full, vec!["dt=2026-06-14/part-0.parquet", "dt=2026-06-14/part-1.parquet"]),
        (&flat, Contains::Full, vec!["2026-06-14-0.parquet", "2026-06-14-1.parquet"]),
        (&flat, Contains::Changes, vec![]),
    ] {
        let mut view = users(&text(place), &[("x", "float64")]);
        view.source.contains = contains;
        let (history, _) = read(&store(), &view, end_of_time()).await;
        let files = history.newest_dump.iter().map(|&file| history.identity.files[file as usize].location.clone());
        let expected: Vec<String> = expected.into_iter().map(|name| text(&place.join(name))).collect();
        assert_eq!(files.collect::<Vec<_>>(), expected, "{place:?} {contains:?}");
    }
}

#[tokio::test]
async fn the_newest_dump_is_told_by_the_partitions_that_name_times_and_by_no_others() {
    let folder = tempfile::tempdir().unwrap();
    // Days without leading zeros, each dump spread over countries; the newest rows are no newer than the older dump's.
    for (day, country) in [(9, "DE"), (9, "US"), (10, "DE"), (10, "US")] {
        let file = format!("days/year=2026/month=6/day={day}/country={country}/part.parquet");
        put(folder.path(), &file, country, "2026-06-09T10:00:00Z");
        put(
            folder.path(),
            &format!("dates/country={country}/dt=2026-06-{day:02}/part.parquet"),
            country,
            "2026-06-09T10:00:00Z",
        );
    }
    // One dump, spread over buckets.
    for bucket in 0..3 {
        let times = ["2026-06-09T10:00:00Z", "2026-06-09T04:00:00Z"];
        let mut frame = rows(&[("a", times[0], 1.0), ("b", times[1], 1.0)]);
        write(&folder.path().join(format!("buckets/bucket={bucket}/part.parquet")), &mut frame, 9);
    }
    for (place, expected) in [
        ("days", vec!["year=2026/month=6/day=10/country=DE", "year=2026/month=6/day=10/country=US"]),
        ("dates", vec!["country=DE/dt=2026-06-10", "country=US/dt=2026-06-10"]),
        ("buckets", vec!["bucket=0", "bucket=1", "bucket=2"]),
    ] {
        let place = folder.path().join(place);
        let mut view = users(&text(&place), &[("x", "float64")]);
        view.source.contains = Contains::Full;
        let (history, _) = read(&store(), &view, end_of_time()).await;
        let files = history.newest_dump.iter().map(|&file| history.identity.files[file as usize].location.clone());
        let expected: BTreeSet<String> =
            expected.into_iter().map(|name| text(&place.join(name).join("part.parquet"))).collect();
        assert_eq!(files.collect::<BTreeSet<_>>(), expected, "{place:?}");
    }
}
