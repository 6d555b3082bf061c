//! What a `feature_store.yaml` means.

use std::path::{Path, PathBuf};

use skewwatch::feast::FeastError;
use skewwatch::feast::entity_key::Serialization;
use skewwatch::feast::registry::ViewVersioning;
use skewwatch::feast::repository::{OnlineStoreConfig, RedisConfig, RedisKind, RegistryLocation, Repository};
use skewwatch::model::secret::Secret;

use super::golden;

fn environment(name: &str) -> Option<String> {
    match name {
        "REDIS" => Some("cache:6379,password=s3cret: #1".to_owned()),
        "PORT" => Some("7000".to_owned()),
        _ => None,
    }
}

fn parse(text: &str) -> Result<Repository, FeastError> {
    Repository::parse(text, Path::new("/shop"), &environment)
}

fn refused(text: &str) -> String {
    parse(text).expect_err("faulty").to_string()
}

fn redis(connection_string: &str) -> Result<RedisConfig, String> {
    let text = format!("project: p\nonline_store:\n  type: redis\n  connection_string: '{connection_string}'\n");
    let OnlineStoreConfig::Redis(config) = parse(&text).map_err(|error| error.to_string())?.online_store else {
        panic!("a Redis store is declared")
    };
    Ok(config)
}

fn one_node(node: &str) -> RedisConfig {
    RedisConfig {
        nodes: vec![node.to_owned()],
        database: 0,
        username: None,
        password: None,
        ssl: false,
        ca_file: None,
        kind: RedisKind::Single,
    }
}

#[test]
fn the_golden_repositories_are_read() {
    let folder = golden::folder("dev");
    let parse = |file: &str| Repository::parse(&golden::text("dev", file), &folder, &|_| None).expect("Feast's file");
    let of_redis = parse("feature_store.yaml");
    let expected = Repository {
        project: "shop_dev".to_owned(),
        registry: RegistryLocation::File(folder.join("data/registry.db")),
        versioning: ViewVersioning::Off,
        online_store: OnlineStoreConfig::Redis(one_node("127.0.0.1:7101")),
        key_serialization: Serialization::V3,
    };
    assert_eq!(of_redis, expected);
    let of_sqlite = parse("feature_store.sqlite.yaml");
    let path = folder.join("data/online_store.db");
    assert_eq!(of_sqlite, Repository { online_store: OnlineStoreConfig::Sqlite { path }, ..expected });
}

#[test]
fn what_the_file_leaves_out_is_what_feast_falls_back_to() {
    let expected = Repository {
        project: "p".to_owned(),
        registry: RegistryLocation::File(PathBuf::from("/shop/data/registry.db")),
        versioning: ViewVersioning::Off,
        online_store: OnlineStoreConfig::Sqlite { path: PathBuf::from("/shop/data/online_store.db") },
        key_serialization: Serialization::V3,
    };
    assert_eq!(parse("project: p").expect("short"), expected);
    let OnlineStoreConfig::Redis(config) = parse("project: p\nonline_store: redis").expect("short").online_store else {
        panic!("redis")
    };
    assert_eq!(config, one_node("localhost:6379"));
}

#[test]
fn registries_are_files_objects_or_sqlite() {
    let registry = |yaml: &str| parse(&format!("project: p\nregistry: {yaml}")).map(|repository| repository.registry);
    let file = |path: &str| RegistryLocation::File(PathBuf::from(path));
    assert_eq!(registry("reg.db").expect("a path"), file("/shop/reg.db"));
    assert_eq!(registry("/else/reg.db").expect("a path"), file("/else/reg.db"));
    assert_eq!(registry("{ path: reg.db, cache_ttl_seconds: 60 }").expect("a mapping"), file("/shop/reg.db"));
    assert_eq!(registry("s3://b/reg.db").expect("S3"), RegistryLocation::Object("s3://b/reg.db".to_owned()));
    let sqlite = |path: &str| RegistryLocation::Sqlite(PathBuf::from(path));
    let sql = |path: &str| registry(&format!("{{ registry_type: sql, path: '{path}' }}"));
    assert_eq!(sql("sqlite:///data/sql.db").expect("relative"), sqlite("/shop/data/sql.db"));
    assert_eq!(sql("sqlite:////var/sql.db").expect("absolute"), sqlite("/var/sql.db"));
    assert_eq!(sql("sqlite+pysqlite:///sql.db?timeout=5").expect("a driver"), sqlite("/shop/sql.db"));
    assert_eq!(
        sql("postgresql+psycopg://feast:hunter2@db/feast").expect_err("no SQLite").to_string(),
        "could not read feature_store.yaml: the SQL registry is kept in `postgresql`, and only SQLite files are read"
    );
    assert_eq!(
        registry("gs://b/reg.db").expect_err("Google").to_string(),
        "could not read feature_store.yaml: the registry lies on `gs://`, and only local files and `s3://` are read"
    );
    assert_eq!(
        registry("{ registry_type: remote, path: 'x:1' }").expect_err("remote").to_string(),
        "could not read feature_store.yaml: `registry.registry_type` is `remote`, and only `file` and `sql` are read"
    );
}

#[test]
fn views_are_kept_apart_by_version_where_the_registry_says_so() {
    let text = "project: p\nregistry: { path: r, enable_online_feature_view_versioning: true }";
    assert_eq!(parse(text).expect("read").versioning, ViewVersioning::On);
}

#[test]
fn a_connection_string_is_a_list_of_tokens() {
    assert_eq!(redis("a:1").expect("a node"), one_node("a:1"));
    let all = redis("a:1,db=3,ssl=true,username=shop,password=123456,ssl_ca_certs=ca.pem,socket_timeout=2");
    let expected = RedisConfig {
        database: 3,
        ssl: true,
        username: Some("shop".to_owned()),
        password: Some(Secret::new("123456")),
        ca_file: Some(PathBuf::from("/shop/ca.pem")),
        ..one_node("a:1")
    };
    assert_eq!(all.expect("all tokens"), expected);
    let password = |token: &str| redis(&format!("a:1,password={token}")).expect("read").password;
    assert_eq!(password("\"quoted\""), Some(Secret::new("quoted")), "JSON text");
    assert_eq!(password("a=b=c"), Some(Secret::new("a=b=c")), "split once");
    assert_eq!(password("007"), Some(Secret::new("007")), "no JSON number");
    assert!(redis("a:1,ssl=False").expect("read").ssl, "a text that is not empty is true in Python");
    assert!(!redis("a:1,ssl=false").expect("read").ssl);
    assert!(!redis("a:1,ssl=0").expect("read").ssl);
    assert_eq!(redis("a:1,b:2").expect("nodes").nodes, ["a:1", "b:2"]);
}

#[test]
fn a_faulty_connection_string_says_what_is_wrong() {
    let refused = |tokens: &str| {
        let error = redis(tokens).expect_err("faulty");
        error
            .strip_prefix("could not read feature_store.yaml: `online_store.connection_string` ")
            .expect("it")
            .to_owned()
    };
    assert_eq!(refused("db=0"), "names no `host:port`");
    assert_eq!(refused("localhost"), "has a part that is neither `host:port` nor `name=value`");
    assert_eq!(refused("redis://a:1"), "is an address with `://`; Feast wants `host:port,name=value,…`");
    assert_eq!(refused("a:1,db=one"), "has `db=one`, which is no number");
    assert_eq!(refused("a:1,credential_provider=x"), "has `credential_provider=…`, which is not supported");
    assert_eq!(
        refused("a:1,ssl_cert_reqs=none"),
        "has `ssl_cert_reqs=none`, but certificates are always checked; name the authority by `ssl_ca_certs`"
    );
}

#[test]
fn redis_is_single_clustered_or_behind_sentinels() {
    let kind = |yaml: &str| {
        let text = format!("project: p\nonline_store: {{ type: redis, connection_string: 'a:1', {yaml} }}");
        match parse(&text).map(|repository| repository.online_store) {
            Ok(OnlineStoreConfig::Redis(config)) => Ok(config.kind),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.to_string()),
        }
    };
    assert_eq!(kind("redis_type: redis"), Ok(RedisKind::Single));
    assert_eq!(kind("redis_type: redis_cluster"), Ok(RedisKind::Cluster));
    assert_eq!(kind("redis_type: redis_sentinel"), Ok(RedisKind::Sentinel { master: "mymaster".to_owned() }));
    let named = kind("redis_type: redis_sentinel, sentinel_master: shop");
    assert_eq!(named, Ok(RedisKind::Sentinel { master: "shop".to_owned() }));
    assert_eq!(
        kind("redis_type: valkey").expect_err("unknown"),
        "could not read feature_store.yaml: `online_store.redis_type` is `valkey`; Feast knows `redis`, \
         `redis_cluster` and `redis_sentinel`"
    );
}

#[test]
fn variables_are_replaced_inside_values() {
    let text = "project: p  # ${IN_A_COMMENT}\nonline_store: { type: redis, connection_string: '${REDIS},db=$PORT' }";
    let OnlineStoreConfig::Redis(config) = parse(text).expect("set").online_store else { panic!("redis") };
    assert_eq!(config.nodes, ["cache:6379"]);
    assert_eq!(config.database, 7000);
    assert_eq!(config.password, Some(Secret::new("s3cret: #1")));
    assert!(!format!("{config:?}").contains("s3cret"));
    assert_eq!(redis("a:1,password=pa$$word$").expect("kept").password, Some(Secret::new("pa$$word$")));
    assert_eq!(
        refused("project: ${TEAM}_shop"),
        "could not read feature_store.yaml: `project` needs the environment variable `TEAM`, which is not set"
    );
}

#[test]
fn stores_that_are_not_read_are_named() {
    let store = |yaml: &str| parse(&format!("project: p\nonline_store: {yaml}")).expect("read").online_store;
    assert_eq!(store("{ type: dynamodb, region: eu }"), OnlineStoreConfig::Unsupported("dynamodb".to_owned()));
    assert_eq!(store("null"), OnlineStoreConfig::Unsupported("none".to_owned()));
}

#[test]
fn a_file_that_is_not_feasts_is_refused() {
    assert_eq!(refused(""), "could not read feature_store.yaml: it is no mapping of keys to values");
    assert_eq!(refused("provider: local"), "could not read feature_store.yaml: it has no `project`");
    assert_eq!(refused("project: [a]"), "could not read feature_store.yaml: `project` is no text");
    assert_eq!(
        refused("project: p\nentity_key_serialization_version: 1"),
        "could not read feature_store.yaml: `entity_key_serialization_version` is `1`, and only 2 and 3 are read"
    );
    let text = "project: p\nonline_store:\n  connection_string: 'a:1,password=hunter2\n";
    let broken = refused(text);
    assert!(broken.starts_with("could not read feature_store.yaml: it is no YAML: "), "{broken}");
    assert!(!broken.contains("hunter2"), "{broken}");
}
