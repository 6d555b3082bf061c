//! What a sound configuration says is what the plan says.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use skewwatch::config::{
    ApiSettings, DrainSettings, LookupObjective, MetricsAccess, PartialAnswers, Plan, PublishSettings, RequestLimits,
    ServingSettings,
};
use skewwatch::judge::CheckBook;
use skewwatch::judge::hysteresis::PatienceRules;
use skewwatch::lookup::{L1Settings, LookupSettings};
use skewwatch::model::check::{DriftStatistic, Limits};
use skewwatch::model::entity::{JoinKey, KeyKind};
use skewwatch::model::ratio::Ratio;
use skewwatch::model::secret::Secret;
use skewwatch::model::value::ValueKind;
use skewwatch::model::view::{
    ExpiredRules, Feature, FeatureView, Inclusion, NotWatched, Pairing, SnapshotSource, Tolerance, WatermarkRule,
};
use skewwatch::publish::alertmanager::{Access, AlertmanagerSettings};
use skewwatch::publish::delivery::{
    Audience, HtmlPart, ReportChannel, ReportSettings, SmtpSecurity, SmtpSettings, Way, WebhookContent,
};
use skewwatch::sample::{Cache, KeySource, SampleSettings};
use skewwatch::store::online::{
    KeySerialization, OnlineSettings, PlainEncoding, PlainLayout, PlainTimestamp, ReadBudget, RedisLayout,
    RedisSettings, RedisTls, RedisTopology, SqliteSettings, TimestampFormat,
};
use skewwatch::store::snapshot::{S3Settings, SnapshotSettings};

use super::planned;

const VIEW: &str = "feature_views: [ { name: users, join_keys: [user_id], features: { orders: int64, country: string }, \
                    snapshot: users, event_timestamp: at } ]\n";
const REDIS: &str = "online: { redis: { url: \"redis://cache\" }, layout: { feast: { project: shop } } }\n";

fn plan(text: &str) -> Plan {
    planned(text).unwrap_or_else(|error| panic!("{error}"))
}

fn redis(plan: Plan) -> RedisSettings {
    match plan.online {
        OnlineSettings::Redis(settings) => *settings,
        OnlineSettings::Sqlite(settings) => panic!("not Redis: {settings:?}"),
    }
}

fn feature(name: &str, kind: &str) -> Feature {
    Feature { name: name.to_owned(), kind: ValueKind::parse(kind).unwrap() }
}

fn join_key(name: &str) -> JoinKey {
    JoinKey { name: name.to_owned(), kind: KeyKind::String }
}

fn limits(warning: f64, critical: Option<f64>, minimum_n: u64) -> Limits {
    Limits { warning: Some(warning), critical, minimum_n }
}

fn users() -> FeatureView {
    FeatureView {
        project: Some("shop".to_owned()),
        join_keys: vec![join_key("user_id")],
        features: vec![feature("orders", "int64"), feature("country", "string")],
        ..FeatureView::new("users", SnapshotSource::new("/shop/users", "at"))
    }
}

#[test]
fn what_is_not_said_has_the_documented_default() {
    let plan = plan(&format!("{REDIS}{VIEW}"));
    assert_eq!(plan.views, [users()]);
    assert_eq!(plan.not_watched, []);
    let expected = RedisSettings::single("cache:6379", RedisLayout::Feast { keys: KeySerialization::V3 });
    assert_eq!(plan.online, OnlineSettings::Redis(Box::new(expected)));
    assert_eq!(plan.snapshots, SnapshotSettings::default());
    let sources = vec![KeySource::Offline, KeySource::Online];
    let rotating = Ratio::new(0.2).unwrap();
    assert_eq!(plan.sample, SampleSettings { keys: 10_000, sources, rotating, seed: 1, cache: Cache::Unset });
    let rules = plan.checks.rules("users", None);
    assert_eq!(rules.freshness_objective, None);
    assert_eq!(rules.freshness, limits(0.01, None, 30));
    assert_eq!(rules.coverage, limits(0.99, Some(0.9), 30));
    assert_eq!(rules.comparable, limits(0.2, None, 30));
    assert_eq!(rules.skew, limits(0.005, Some(0.05), 100));
    for share in [rules.phantom, rules.missing_offline, rules.undecodable, rules.in_flight] {
        assert_eq!(share, limits(0.01, None, 100));
    }
    let off = Limits { warning: None, critical: None, minimum_n: 1 };
    let drift = [
        (DriftStatistic::Psi, limits(0.2, None, 1)),
        (DriftStatistic::Ks, limits(0.1, None, 1)),
        (DriftStatistic::Js, off),
        (DriftStatistic::Tvd, off),
        (DriftStatistic::CramersV, off),
        (DriftStatistic::Missing, limits(0.02, None, 1)),
        (DriftStatistic::Unseen, limits(0.01, None, 1)),
        (DriftStatistic::OutOfRange, limits(0.01, None, 1)),
    ];
    assert_eq!(rules.drift, drift);
    assert_eq!(plan.profiles, None);
    assert_eq!(plan.serving, ServingSettings::default());
    assert_eq!(plan.services, []);
}

/// Where the example pushes alerts to.
fn alertmanager_of_the_example() -> AlertmanagerSettings {
    let peers = ["http://am-1.example:9093", "http://am-2.example:9093"].map(str::to_owned);
    let labels = [("job", "skewwatch"), ("region", "eu")].map(|(name, value)| (name.to_owned(), value.to_owned()));
    AlertmanagerSettings {
        access: Access::Basic { username: "skewwatch".to_owned(), password: Secret::new("hunter2") },
        labels: labels.into(),
        external_url: Some("https://skewwatch.example.com".to_owned()),
        runbook_url: Some("https://runbooks.example.com/skewwatch/RUNBOOK.md".to_owned()),
        dashboard_url: Some("https://grafana.example.com".to_owned()),
        queue: Some(PathBuf::from("/shop/skewwatch.db.alerts.json")),
        ..AlertmanagerSettings::new(peers.into())
    }
}

/// Where the example delivers reports to.
fn reports_of_the_example() -> ReportSettings {
    let risk = || Audience::Team("risk".to_owned());
    let channel = |name: &str, audience, way| ReportChannel { name: name.to_owned(), audience, way };
    ReportSettings {
        to: Some("s3://ml-reports/skew/".to_owned()),
        base_url: Some("https://reports.example.com/skew".to_owned()),
        channels: vec![
            channel("slack", risk(), Way::Slack { url: Secret::new("https://hooks.slack.example/hunter2") }),
            channel(
                "email",
                risk(),
                Way::Mail { to: vec!["risk-features@example.com".to_owned()], html: HtmlPart::Attached },
            ),
            channel(
                "webhook",
                Audience::Others,
                Way::Webhook {
                    url: Secret::new("https://lake.example.com/skew"),
                    access: Access::Bearer(Secret::new("hunter2")),
                    headers: BTreeMap::new(),
                    content: WebhookContent::Summary,
                },
            ),
        ],
        smtp: Some(SmtpSettings {
            host: "smtp.example.com".to_owned(),
            port: 587,
            security: SmtpSecurity::StartTls,
            credentials: Some(("skewwatch".to_owned(), Secret::new("hunter2"))),
            from: "skewwatch <skewwatch@example.com>".to_owned(),
        }),
        ..ReportSettings::new()
    }
}

#[test]
fn the_example_says_what_its_remarks_say() {
    let plan = plan(include_str!("../../../skewwatch.example.yaml"));
    let layout = PlainLayout {
        key: "feat:{entity}:{feature}".to_owned(),
        encoding: PlainEncoding::Json,
        timestamp: Some(PlainTimestamp { at: "feat:{entity}:_ts".to_owned(), format: TimestampFormat::EpochSeconds }),
    };
    let expected = RedisSettings {
        nodes: vec!["cache.example:6379".to_owned()],
        database: 0,
        username: Some("skewwatch".to_owned()),
        password: Some(Secret::new("hunter2")),
        tls: Some(RedisTls { ca_file: Some(PathBuf::from("/shop/certificates/authority.pem")) }),
        topology: RedisTopology::Cluster,
        replica_reads: true,
        layout: RedisLayout::Plain(layout),
        budget: ReadBudget { keys_per_second: Some(20_000), ..ReadBudget::default() },
    };
    assert_eq!(plan.online, OnlineSettings::Redis(Box::new(expected)));
    let s3 = S3Settings {
        endpoint: Some("http://minio.example:9000".to_owned()),
        region: Some("eu-central-1".to_owned()),
        path_style: Some(true),
        access_key_id: Some("key".to_owned()),
        secret_access_key: Some(Secret::new("hunter3")),
        session_token: None,
    };
    assert_eq!(plan.snapshots, SnapshotSettings { s3, concurrency: 8 });
    let reason = "the configuration says `watch: false`".to_owned();
    assert_eq!(plan.not_watched, [NotWatched { feature_view: "experiments".to_owned(), reason }]);
    let view = FeatureView {
        name: "user_features".to_owned(),
        project: None,
        online_name: "user_features".to_owned(),
        features: vec![
            feature("avg_order_value_7d", "float32"),
            feature("total_orders_30d", "int64"),
            feature("preferred_category", "string"),
            feature("fraud_score", "float64"),
        ],
        ttl: Some(Duration::from_secs(86_400)),
        source: SnapshotSource {
            location: "s3://ml-training/features/user_features/dt=*/*.parquet".to_owned(),
            event_timestamp: "event_timestamp".to_owned(),
            created: Some("created_at".to_owned()),
            field_mapping: vec![("aov_7d".to_owned(), "avg_order_value_7d".to_owned())],
            naive_timestamps: chrono_tz::Europe::Berlin,
            watermark: WatermarkRule::PartitionEnd { key: "dt".to_owned() },
            lateness: Duration::from_secs(600),
            ..users().source
        },
        reference: Some("s3://ml-training/features/user_features/dt=2026-06-01/".to_owned()),
        write_delay: Duration::from_secs(3600),
        tolerance: Tolerance { absolute: 0.0, relative: 1e-6, ulps: 4 },
        expired: ExpiredRules { in_skew: Inclusion::Included, in_coverage: Inclusion::Included },
        owner: Some("risk-features@example.com".to_owned()),
        team: Some("risk".to_owned()),
        tier: Some("gold".to_owned()),
        ..users()
    };
    assert_eq!(plan.views, [view]);
    assert_eq!(plan.profiles, Some(PathBuf::from("/shop/profiles")));
    let history = Some(PathBuf::from("/shop/skewwatch.db"));
    assert_eq!(
        plan.publish,
        PublishSettings {
            history,
            alertmanager: Some(alertmanager_of_the_example()),
            reports: Some(reports_of_the_example()),
            ..PublishSettings::default()
        },
        "the example shows the defaults"
    );
    assert_eq!(plan.service.patience, PatienceRules::default(), "the example shows the defaults");
    let schedule = &plan.service.schedule;
    assert_eq!(schedule.of("user_features").to_string(), "*/2 * * * * Europe/Berlin");
    assert_eq!(schedule.of("others").to_string(), "*/5 * * * * Europe/Berlin");
    assert_eq!(schedule.report.as_ref().unwrap().to_string(), "0 7 * * Mon Europe/Berlin");
    assert_eq!((schedule.deadline, schedule.grace), (Some(Duration::from_secs(240)), Duration::from_secs(30)));
    assert_eq!((plan.service.tolerated.accepted.len(), plan.service.tolerated.maintenance.len()), (1, 1));
    let house = self::plan(&format!("{REDIS}{VIEW}")).checks.defaults;
    assert_eq!(plan.checks.defaults.freshness_objective, Some(Duration::from_secs(7200)));
    let without_objective = CheckBook { defaults: house.clone(), overrides: Vec::new() };
    let mut defaults = plan.checks.defaults.clone();
    defaults.freshness_objective = None;
    assert_eq!(CheckBook { defaults, overrides: Vec::new() }, without_objective, "the example shows the defaults");
    let score = plan.checks.rules("user_features", Some("fraud_score"));
    assert_eq!(score.skew, limits(0.001, Some(0.01), 100));
    assert_eq!(score.coverage, limits(0.995, Some(0.9), 30), "from the exception of its view");
    assert_eq!(score.drift[0], (DriftStatistic::Psi, limits(0.1, None, 1)));
    assert_eq!(plan.checks.rules("user_features", Some("total_orders_30d")).skew, house.skew);
}

#[test]
fn a_redis_address_holds_user_password_and_database() {
    let text = "online: { redis: { url: \"rediss://wat%63her:p%40ss:w%2Ford@[::1]:7000/3\" }, layout: { feast: { project: \
                shop, key_serialization: 2 } } }\n";
    let settings = redis(plan(&format!("{text}{VIEW}")));
    assert_eq!(settings.nodes, ["[::1]:7000"]);
    assert_eq!(settings.username.as_deref(), Some("watcher"));
    assert_eq!(settings.password, Some(Secret::new("p@ss:w/ord")));
    assert_eq!(settings.database, 3);
    assert_eq!(settings.tls, Some(RedisTls { ca_file: None }));
    assert_eq!(settings.layout, RedisLayout::Feast { keys: KeySerialization::V2 });
    assert!(!format!("{settings:?}").contains("p@ss"), "{settings:?}");
}

#[test]
fn sentinels_have_a_master_a_port_and_a_password_of_their_own() {
    let text = "online: { redis: { nodes: [one, \"two:7000\"], topology: sentinel, master: shop, sentinel_password_env: \
                CACHE_PASSWORD, tls: true }, layout: { feast: { project: shop } } }\nsample: { replica_reads: true }\n";
    let settings = redis(plan(&format!("{text}{VIEW}")));
    assert_eq!(settings.nodes, ["one:26379", "two:7000"]);
    let password = Some(Secret::new("hunter2"));
    assert_eq!(settings.topology, RedisTopology::Sentinel { master: "shop".to_owned(), password });
    assert_eq!(settings.tls, Some(RedisTls::default()));
    assert!(settings.replica_reads);
}

#[test]
fn without_times_online_values_are_compared_without_them() {
    let text = "online: { redis: { url: \"redis://cache\" }, layout: { key: \"feat:{entity}\", encoding: text } }\n";
    assert_eq!(plan(&format!("{text}{VIEW}")).views[0].pairing, Pairing::Value);
    let field = text.replace("text }", "msgpack, timestamp_field: _ts, timestamp_format: epoch_millis }");
    let plan = plan(&format!("{field}{VIEW}"));
    assert_eq!(plan.views[0].pairing, Pairing::Version);
    let timestamp = PlainTimestamp { at: "_ts".to_owned(), format: TimestampFormat::EpochMillis };
    let layout =
        PlainLayout { key: "feat:{entity}".to_owned(), encoding: PlainEncoding::Msgpack, timestamp: Some(timestamp) };
    assert_eq!(redis(plan).layout, RedisLayout::Plain(layout));
}

#[test]
fn a_sqlite_file_has_the_layout_of_feast() {
    let text = "online: { sqlite: { path: data/online.db }, layout: { feast: { project: shop } } }\n";
    let path = PathBuf::from("/shop/data/online.db");
    let expected = OnlineSettings::Sqlite(SqliteSettings { path, keys: KeySerialization::V3 });
    assert_eq!(plan(&format!("{text}{VIEW}")).online, expected);
}

#[test]
fn a_secret_comes_from_a_file_without_its_line_break() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    std::fs::write(&file, "hunter2\n").unwrap();
    let text = format!(
        "online: {{ redis: {{ url: \"redis://cache\", password_file: \"{}\" }}, layout: {{ feast: {{ project: shop }} }} \
         }}\n{VIEW}",
        file.display()
    );
    assert_eq!(redis(plan(&text)).password, Some(Secret::new("hunter2")));
}

#[test]
fn a_byte_order_mark_aliases_and_block_text_are_yaml_like_any_other() {
    let text = format!("{REDIS}{VIEW}");
    assert_eq!(plan(&format!("\u{feff}{text}")), plan(&text));
    let aliased = format!("{text}sample: {{ budget: {{ timeout: &t 3s, connect_timeout: *t }}, keys: \"5\" }}\n");
    let plan = plan(&aliased);
    assert_eq!(plan.sample.keys, 5);
    let budget = redis(plan).budget;
    assert_eq!((budget.timeout, budget.connect_timeout), (Duration::from_secs(3), Duration::from_secs(3)));
}

#[test]
fn keys_come_from_the_sources_named() {
    let of = |source: &str| plan(&format!("{REDIS}{VIEW}sample: {{ source: {source} }}\n")).sample.sources;
    assert_eq!(of("online"), [KeySource::Online]);
    assert_eq!(of("{ file: keys.csv }"), [KeySource::File(PathBuf::from("/shop/keys.csv"))]);
    assert_eq!(of("[{ file: /keys.csv }, offline]"), [KeySource::File(PathBuf::from("/keys.csv")), KeySource::Offline]);
}

#[test]
fn lookups_are_served_by_default_as_the_example_shows() {
    let objective = LookupObjective {
        p50: Some(Duration::from_micros(1_200)),
        p99: Some(Duration::from_micros(4_800)),
        hit: Ratio::new(0.73),
    };
    let example = plan(include_str!("../../../skewwatch.example.yaml"));
    assert_eq!(example.serving, ServingSettings { objective, ..ServingSettings::default() });
}

#[test]
fn lookups_are_served_as_the_section_says() {
    let text = "lookup: { listen: \"127.0.0.1:0\", l1: { capacity: none, ttl: 1m, jitter: 0%, negative_ttl: 0 }, deadline: 7ms, \
                batch: 1, in_flight: 2, queue: 3, partial: refuse, limits: { body: 1kB, entities: 5 }, api: { token: hunter2, \
                protect_metrics: true }, objective: { p99: 1s }, drain: { notice: 0, limit: 1s } }\n";
    let l1 =
        L1Settings { capacity: 0, ttl: Duration::from_secs(60), jitter: Ratio::ZERO, negative_ttl: Duration::ZERO };
    let expected = ServingSettings {
        listen: "127.0.0.1:0".parse().unwrap(),
        lookup: LookupSettings { l1, deadline: Duration::from_millis(7), batch: 1, in_flight: 2, queue: 3 },
        partial: PartialAnswers::Refuse,
        limits: RequestLimits { body: 1000, entities: 5 },
        access: ApiSettings { token: Some(Secret::new("hunter2")), metrics: MetricsAccess::Token },
        objective: LookupObjective { p99: Some(Duration::from_secs(1)), ..LookupObjective::default() },
        drain: DrainSettings { notice: Duration::ZERO, limit: Duration::from_secs(1) },
    };
    assert_eq!(plan(&format!("{REDIS}{VIEW}{text}")).serving, expected);
}

#[test]
fn an_inherited_critical_limit_stays_while_it_is_graver_than_the_warning() {
    let of = |checks: &str| {
        let book = plan(&format!("{REDIS}{VIEW}checks: {{ defaults: {checks} }}\n")).checks;
        (book.defaults.skew, book.defaults.coverage)
    };
    let house = (limits(0.005, Some(0.05), 100), limits(0.99, Some(0.9), 30));
    assert_eq!(of("{}"), house);
    assert_eq!(of("{ skew: 1%, coverage: 95% }"), (limits(0.01, Some(0.05), 100), limits(0.95, Some(0.9), 30)));
    assert_eq!(of("{ skew: 10%, coverage: 80% }"), (limits(0.1, None, 100), limits(0.8, None, 30)));
    let critical = of("{ skew: { critical: 0.1% }, coverage: { minimum_n: 5 } }");
    let none = Limits { warning: None, critical: Some(0.001), minimum_n: 100 };
    assert_eq!(critical, (none, limits(0.99, Some(0.9), 5)));
    let off = Limits { warning: None, critical: None, minimum_n: 100 };
    assert_eq!(of("{ skew: none }").0, off);
}

#[test]
fn an_exception_for_a_feature_begins_from_that_of_its_view_wherever_it_stands() {
    let text = format!(
        "{REDIS}{VIEW}checks:\n  overrides:\n    - {{ feature: users.orders, drift: {{ ks: 0.3 }} }}\n    - {{ \
         feature_view: users, skew: 2%, phantom: none }}\n    - {{ feature_view: users, skew: 3% }}\n"
    );
    let book = plan(&text).checks;
    let (view, feature) = (book.rules("users", None), book.rules("users", Some("orders")));
    assert_eq!(view.skew, limits(0.03, Some(0.05), 100));
    assert_eq!(view.phantom.warning, None);
    assert_eq!((feature.skew, feature.phantom), (view.skew, view.phantom));
    assert_eq!(feature.drift[1], (DriftStatistic::Ks, limits(0.3, None, 1)));
    assert_eq!(book.rules("users", Some("country")), view);
}

#[test]
fn the_age_of_snapshots_is_limited_where_it_is_said_and_for_single_views() {
    let ages = |checks: &str| {
        let book = plan(&format!("{REDIS}{VIEW}{checks}")).checks;
        (book.defaults.snapshot_max_age, book.rules("users", None).snapshot_max_age)
    };
    let hours = |hours: u64| Some(Duration::from_secs(hours * 3600));
    assert_eq!(ages(""), (None, None));
    assert_eq!(ages("checks: { defaults: { snapshot: { max_age: 26h } } }\n"), (hours(26), hours(26)));
    let overridden = |age: &str| {
        format!(
            "checks: {{ defaults: {{ snapshot: {{ max_age: 26h }} }}, overrides: [{{ feature_view: users, snapshot: {{ max_age: {age} }} }}] }}\n"
        )
    };
    assert_eq!(ages(&overridden("2d")), (hours(26), hours(48)));
    assert_eq!(ages(&overridden("none")), (hours(26), None));
}
