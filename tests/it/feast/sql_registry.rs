//! A SQL registry says the same as the file registry that its messages come from.

use std::path::{Path, PathBuf};

use rusqlite::Connection;
use skewwatch::feast::registry::{Registry, ViewVersioning};

use super::golden;

/// One field of a protobuf message.
struct Field<'a> {
    number: u64,
    /// The field as it stands, number included.
    whole: &'a [u8],
    /// What it holds, for fields that have a length.
    content: &'a [u8],
}

/// The fields of a protobuf message of numbers and of things with a length; the golden messages have no others here.
fn fields(mut bytes: &[u8]) -> Vec<Field<'_>> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let start = bytes;
        let tag = varint(&mut bytes);
        let number = varint(&mut bytes);
        let content = match tag & 7 {
            0 => &[],
            2 => bytes.split_off(..usize::try_from(number).expect("a length")).expect("enough bytes"),
            other => panic!("wire type {other}"),
        };
        fields.push(Field { number: tag >> 3, whole: &start[..start.len() - bytes.len()], content });
    }
    fields
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first().expect("a byte");
        *bytes = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            break;
        }
    }
    value
}

fn field(bytes: &[u8], number: u64) -> Option<&[u8]> {
    fields(bytes).into_iter().find(|field| field.number == number).map(|field| field.content)
}

/// The view as Feast writes it back after a materialization: its spec no longer names the project.
fn without_project(view: &[u8]) -> Vec<u8> {
    let spec: Vec<u8> = fields(field(view, 1).expect("a spec"))
        .iter()
        .filter(|field| field.number != 2)
        .flat_map(|field| field.whole.to_vec())
        .collect();
    let low = u8::try_from(spec.len() & 0x7f).expect("seven bits");
    let high = u8::try_from(spec.len() >> 7).expect("a short spec");
    let mut bytes = vec![0x0a, low | 0x80, high];
    bytes.extend(spec);
    bytes.extend(fields(view).iter().filter(|field| field.number != 1).flat_map(|field| field.whole.to_vec()));
    bytes
}

/// Puts the messages of the file registry of `set` into tables as Feast's SQL registry has them.
fn sql_registry(set: &str, project: &str, folder: &Path) -> PathBuf {
    let path = folder.join("sql registry.db");
    let connection = Connection::open(&path).expect("a new file");
    let registry = golden::bytes(set, "registry.db");
    let tables = [
        (1, "entities", "entity_name", "entity_proto"),
        (6, "feature_views", "feature_view_name", "feature_view_proto"),
        (7, "feature_services", "feature_service_name", "feature_service_proto"),
        (8, "on_demand_feature_views", "feature_view_name", "feature_view_proto"),
    ];
    connection
        .execute_batch(
            "CREATE TABLE projects (project_id VARCHAR(255) PRIMARY KEY, project_name VARCHAR(255) NOT NULL, \
             last_updated_timestamp BIGINT NOT NULL, project_proto BLOB NOT NULL)",
        )
        .expect("a table");
    let project_message = field(&registry, 17).expect("a project");
    connection.execute("INSERT INTO projects VALUES (?1, ?1, 0, ?2)", (project, project_message)).expect("a project");
    for (number, table, key, message) in tables {
        connection
            .execute_batch(&format!(
                "CREATE TABLE {table} ({key} VARCHAR(255), project_id VARCHAR(255), last_updated_timestamp BIGINT NOT \
                 NULL, {message} BLOB NOT NULL, PRIMARY KEY ({key}, project_id))"
            ))
            .expect("a table");
        for object in fields(&registry).into_iter().filter(|field| field.number == number) {
            let object = object.content;
            let name = field(field(object, 1).expect("a spec"), 1).expect("a name");
            let name = std::str::from_utf8(name).expect("text");
            let sql = format!("INSERT INTO {table} VALUES (?1, ?2, 0, ?3)");
            let stored = if number == 6 { without_project(object) } else { object.to_vec() };
            connection.execute(&sql, (name, project, stored)).expect("a row");
            // The same object in another project must not be seen.
            connection.execute(&sql, (name, "another", object)).expect("a row");
        }
    }
    path
}

#[test]
fn it_says_what_the_file_registry_says() {
    for (set, project) in golden::SETS {
        let folder = tempfile::tempdir().expect("a folder");
        let path = sql_registry(set, project, folder.path());
        let registry = Registry::read_sqlite(&path, project).expect("a SQL registry");
        let from_sql = registry.views(project, &golden::folder(set), ViewVersioning::Off).expect("views");
        let mut from_file = golden::registry_views(set, project);
        from_file.watched.sort_by(|one, other| one.name.cmp(&other.name));
        assert_eq!(from_sql, from_file);
        let file = Registry::decode(&golden::bytes(set, "registry.db")).expect("a file registry");
        assert_eq!(registry.services(project), file.services(project));
        assert_eq!(file.services(project).len(), 2);
        let beside: Vec<_> = std::fs::read_dir(folder.path()).expect("a folder").collect();
        assert_eq!(beside.len(), 1, "nothing was left beside the file");
    }
}

#[test]
fn an_unknown_project_is_answered_with_those_that_exist() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = sql_registry("dev", "shop_dev", folder.path());
    let registry = Registry::read_sqlite(&path, "shop").expect("a SQL registry");
    let error = registry.views("shop", Path::new("."), ViewVersioning::Off).expect_err("unknown");
    assert_eq!(error.to_string(), "the registry has no project `shop`; it has `shop_dev`");
}

#[test]
fn a_file_that_is_no_sql_registry_is_refused() {
    let missing = Registry::read_sqlite(Path::new("/nowhere/registry.db"), "p").expect_err("missing");
    assert_eq!(missing.to_string(), "could not read the SQL registry `/nowhere/registry.db`");

    let other = golden::folder("dev").join("online_store.db");
    let error = Registry::read_sqlite(&other, "p").expect_err("another database");
    assert_eq!(
        error.to_string(),
        format!(
            "could not read the registry: `{}` is no SQL registry of Feast: it has no table `feature_views`",
            other.display()
        )
    );

    let folder = tempfile::tempdir().expect("a folder");
    let path = sql_registry("dev", "shop_dev", folder.path());
    let connection = Connection::open(&path).expect("the file");
    connection.execute("UPDATE feature_views SET feature_view_proto = x'ff'", []).expect("garbage");
    let error = Registry::read_sqlite(&path, "shop_dev").expect_err("garbage").to_string();
    let start = "could not read the registry: row `driver_profile` of table `feature_views` is no Feast message: ";
    assert!(error.starts_with(start), "{error}");
}
