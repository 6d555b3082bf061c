//! Registries that cannot be used, or only in part. Their bytes are written by hand: field by field, as protobuf lays
//! them out.

use std::path::Path;

use skewwatch::feast::FeastError;
use skewwatch::feast::registry::{Registry, RegistryViews, ViewVersioning};

use super::golden;

/// A field of bytes, text or a message: number, then length, then content.
fn sized(number: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = varint(u64::from(number << 3 | 2));
    bytes.extend(varint(content.len() as u64));
    bytes.extend(content);
    bytes
}

/// A field of a whole number.
fn number(number: u32, value: u64) -> Vec<u8> {
    [varint(u64::from(number << 3)), varint(value)].concat()
}

fn varint(mut value: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while value > 0x7f {
        bytes.push(u8::try_from(value & 0x7f).expect("seven bits") | 0x80);
        value >>= 7;
    }
    bytes.push(u8::try_from(value).expect("seven bits"));
    bytes
}

fn column(name: &str, value_type: u64) -> Vec<u8> {
    [sized(1, name.as_bytes()), number(2, value_type)].concat()
}

/// The spec of an online view `v` of project `p` with feature `f` (int64) and this source.
fn spec(source: &[u8]) -> Vec<u8> {
    [
        sized(1, b"v"),
        sized(2, b"p"),
        sized(4, &column("f", 4)),
        sized(7, source),
        number(8, 1),
        sized(12, &column("k", 2)),
    ]
    .concat()
}

fn file_source() -> Vec<u8> {
    [number(1, 1), sized(3, b"ts"), sized(11, &sized(2, b"data/v.parquet")), sized(20, b"v_source")].concat()
}

/// A registry with these top-level fields and a schema version.
fn registry(fields: &[Vec<u8>]) -> Registry {
    let bytes = [sized(3, b"1"), fields.concat()].concat();
    Registry::decode(&bytes).expect("a registry")
}

fn with_view(spec: &[u8]) -> Registry {
    registry(&[sized(6, &sized(1, spec))])
}

fn views(registry: &Registry) -> Result<RegistryViews, FeastError> {
    registry.views("p", Path::new("/shop"), ViewVersioning::Off)
}

fn why_not(spec: &[u8]) -> String {
    let views = views(&with_view(spec)).expect("views");
    assert!(views.watched.is_empty());
    views.not_watched[0].reason.clone()
}

#[test]
fn bytes_that_are_no_registry_are_refused() {
    let refused = |bytes: &[u8]| Registry::decode(bytes).expect_err("no registry").to_string();
    assert_eq!(refused(b""), "could not read the registry: it is empty; has `feast apply` been run?");
    assert_eq!(
        refused(&golden::bytes("dev", "online_store.db")),
        "could not read the registry: it is a SQLite file; set `registry_type: sql` if it is a SQL registry"
    );
    let garbage = refused(b"PAR1 and so on");
    assert!(garbage.starts_with("could not read the registry: it is no Feast registry: "), "{garbage}");
    assert_eq!(
        refused(&number(99, 7)),
        "could not read the registry: it is no Feast registry: it names no schema version"
    );
}

#[test]
fn a_registry_cut_short_is_refused() {
    let whole = golden::bytes("dev", "registry.db");
    assert!(Registry::decode(&whole[..whole.len() / 2]).is_err());
}

#[test]
fn an_unknown_project_is_answered_with_those_that_exist() {
    let registry = Registry::decode(&golden::bytes("dev", "registry.db")).expect("a registry");
    let error = registry.views("shop", Path::new("."), ViewVersioning::Off).expect_err("unknown");
    assert_eq!(error.to_string(), "the registry has no project `shop`; it has `shop_dev`");
}

#[test]
fn a_view_without_a_timestamp_column_is_named() {
    let source = [number(1, 1), sized(11, &sized(2, b"data/v.parquet")), sized(20, b"v_source")].concat();
    let error = views(&with_view(&spec(&source))).expect_err("no timestamp");
    assert_eq!(
        error.to_string(),
        "feature view `v` has no timestamp column: set `timestamp_field` of its source `v_source`"
    );
}

#[test]
fn a_view_that_is_not_read_from_files_says_what_it_is_read_from() {
    assert_eq!(why_not(&spec(&number(1, 2))), "its source is a BigQuery table, and only Parquet files are read");
    let custom = [number(1, 6), sized(17, b"shop.sources.Warehouse")].concat();
    assert_eq!(
        why_not(&spec(&custom)),
        "its source is of type `shop.sources.Warehouse`, and only Parquet files are read"
    );
    let delta = sized(11, &[sized(1, &sized(2, b"")), sized(2, b"data/v")].concat());
    assert_eq!(why_not(&spec(&delta)), "its source is a Delta table, and only Parquet files are read");
    let google = sized(11, &sized(2, b"gs://bucket/v.parquet"));
    assert_eq!(why_not(&spec(&google)), "its source lies on `gs://`, and only local files and `s3://` are read");
}

#[test]
fn a_push_source_without_batch_source_is_not_watched() {
    assert_eq!(
        why_not(&spec(&number(1, 9))),
        "its source is a push source without a batch source, and only Parquet files are read"
    );
}

#[test]
fn a_feature_of_a_type_that_is_not_read_is_left_out_by_name() {
    let spec = [spec(&file_source()), sized(4, &column("odd", 47)), sized(4, &column("newer", 77))].concat();
    let views = views(&with_view(&spec)).expect("views");
    assert_eq!(views.watched[0].features.iter().map(|feature| feature.name.as_str()).collect::<Vec<_>>(), ["f"]);
    let reasons: Vec<&str> = views.not_watched.iter().map(|view| view.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "its feature `odd` has the type scalar_map, which is not read",
            "its feature `newer` has the type number 77, which is not read"
        ]
    );
}

#[test]
fn a_join_key_that_cannot_be_one_leaves_the_view_out() {
    let spec = [spec(&file_source()), sized(12, &column("score", 5))].concat();
    assert_eq!(why_not(&spec), "its join key `score` has the type float64, which cannot be an entity key");
}

#[test]
fn a_version_counts_in_the_online_name_only_where_versions_are_kept_apart() {
    let meta = number(4, 3);
    let registry = registry(&[sized(6, &[sized(1, &spec(&file_source())), sized(2, &meta)].concat())]);
    let online_name = |versioning| {
        let views = registry.views("p", Path::new("/shop"), versioning).expect("views");
        views.watched[0].online_name.clone()
    };
    assert_eq!(online_name(ViewVersioning::Off), "v");
    assert_eq!(online_name(ViewVersioning::On), "v_v3");
}

#[test]
fn a_stream_view_is_watched_by_its_batch_source() {
    let spec = [
        sized(1, b"v"),
        sized(2, b"p"),
        sized(4, &column("f", 4)),
        sized(5, &column("k", 2)),
        sized(10, &file_source()),
        sized(11, &number(1, 3)),
        number(12, 1),
    ]
    .concat();
    let views = views(&registry(&[sized(14, &sized(1, &spec))])).expect("views");
    assert_eq!(views.watched[0].source.location, "/shop/data/v.parquet");
    assert_eq!(views.watched[0].freshness_basis, skewwatch::model::view::FreshnessBasis::View);
    assert_eq!(views.watched[0].materialized, Some(false));
}

#[test]
fn a_view_without_entities_has_the_one_join_key_that_feast_invents() {
    let spec = [
        sized(1, b"v"),
        sized(2, b"p"),
        sized(3, b"__dummy"),
        sized(4, &column("f", 4)),
        sized(7, &file_source()),
        number(8, 1),
    ]
    .concat();
    let views = views(&with_view(&spec)).expect("views");
    assert_eq!(views.watched[0].join_keys[0].name, "__dummy_id");
    assert_eq!(views.watched[0].join_keys[0].kind, skewwatch::model::entity::KeyKind::String);
}
