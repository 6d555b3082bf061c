//! `docker-compose.yml` and the files that it mounts.

use std::process::Command;

use serde_json::Value;

use super::{is_pinned, read, root, texts, yaml};
use crate::rules::tools::run;
use crate::support::redis::RedisServer;

/// The file as docker-compose itself understands it.
fn composed() -> Value {
    let output = Command::new("docker-compose")
        .args(["--file", "docker-compose.yml", "config"])
        .current_dir(root())
        .output()
        .unwrap_or_else(|error| panic!("`docker-compose` comes with tools/setup.sh: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}", text(&output.stderr));
    yaml(&text(&output.stdout))
}

fn service<'a>(composed: &'a Value, name: &str) -> &'a Value {
    let service = &composed["services"][name];
    assert!(service.is_object(), "no service `{name}`");
    service
}

#[test]
fn docker_compose_takes_it_and_every_service_is_pinned_watched_and_closed_to_others() {
    let composed = composed();
    let services = composed["services"].as_object().unwrap();
    let names: Vec<&str> = services.keys().map(String::as_str).collect();
    assert_eq!(names, ["alertmanager", "grafana", "prometheus", "redis", "s3", "shop", "skewwatch"]);
    let mut problems = Vec::new();
    for (name, service) in services {
        let image = service["image"].as_str().unwrap();
        if !(is_pinned(image) || image == "skewwatch:local") {
            problems.push(format!("{name}: {image} is not pinned"));
        }
        // The image of skewwatch brings its own.
        if texts(&service["healthcheck"]["test"]).is_empty() && name != "skewwatch" {
            problems.push(format!("{name}: nobody knows whether it is healthy"));
        }
        if service["restart"] != "unless-stopped" {
            problems.push(format!("{name}: stays down when it falls"));
        }
        let ports = texts(&service["ports"]);
        if !ports.iter().all(|port| port.starts_with("127.0.0.1:")) {
            problems.push(format!("{name}: {ports:?} are open to others"));
        }
        for key in ["privileged", "cap_add", "network_mode"] {
            if !service[key].is_null() {
                problems.push(format!("{name}: {key}"));
            }
        }
        for mount in texts(&service["volumes"]) {
            let source = mount.split(':').next().unwrap();
            let is_file = source.starts_with('/');
            if is_file && !(std::path::Path::new(source).exists() && mount.ends_with(":ro")) {
                problems.push(format!("{name}: {mount} is not there, or may be written"));
            }
            if !is_file && composed["volumes"].get(source).is_none() {
                problems.push(format!("{name}: no volume {source}"));
            }
        }
    }
    assert_eq!(problems, [""; 0]);
}

#[test]
fn the_rules_are_loaded_under_the_job_that_they_are_written_for() {
    let text = read("deploy/prometheus.yml");
    let configuration = yaml(&text);
    let job = &configuration["scrape_configs"][0];
    assert_eq!(job["job_name"], "skewwatch");
    assert_eq!(texts(&job["static_configs"][0]["targets"]), ["skewwatch:9464"]);
    let managers = &configuration["alerting"]["alertmanagers"][0]["static_configs"][0]["targets"];
    assert_eq!(texts(managers), ["alertmanager:9093"]);
    let composed = composed();
    let mounts = texts(&service(&composed, "prometheus")["volumes"]);
    assert!(mounts.iter().any(|mount| mount.ends_with("/rules:/etc/prometheus/rules:ro")), "{mounts:?}");
    let place = tempfile::tempdir().unwrap();
    let here = text.replace("/etc/prometheus/rules", &root().join("rules").display().to_string());
    std::fs::write(place.path().join("prometheus.yml"), here).unwrap();
    let said = run("promtool", &["check", "config", "prometheus.yml"], place.path());
    assert!(said.contains("SUCCESS") && said.matches("rules found").count() > 5, "{said}");
}

#[test]
fn alertmanager_holds_back_what_the_example_holds_back() {
    let said = run("amtool", &["check-config", "alertmanager.yml"], &root().join("deploy"));
    assert!(said.contains("SUCCESS"), "{said}");
    let inhibitions = |path: &str| yaml(&read(path))["inhibit_rules"].clone();
    assert_eq!(inhibitions("deploy/alertmanager.yml"), inhibitions("rules/alertmanager.example.yml"));
}

#[test]
fn skewwatch_takes_its_configuration_and_gets_the_secrets_that_it_names() {
    let composed = composed();
    let environment = service(&composed, "skewwatch")["environment"].as_object().unwrap();
    let given = environment.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
    let output = Command::new(env!("CARGO_BIN_EXE_skewwatch"))
        .args(["validate", "--config", "deploy/skewwatch.yaml"])
        .current_dir(root())
        .env_clear()
        .envs(given)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!((output.status.code(), told.as_str()), (Some(0), ""));
    let configuration = read("deploy/skewwatch.yaml");
    let named = configuration.lines().flat_map(|line| line.split("_env: ").skip(1));
    let mut named: Vec<&str> = named.map(|rest| rest.split([' ', '}']).next().unwrap()).collect();
    named.sort_unstable();
    let mut given: Vec<&str> = environment.keys().map(String::as_str).collect();
    given.sort_unstable();
    assert_eq!(named, given);
}

/// The names and passwords of services that know each other are the same on both sides, and skewwatch may only read.
#[test]
fn skewwatch_may_only_read() {
    let composed = composed();
    let words = texts(&service(&composed, "redis")["command"]);
    let begin = words.iter().position(|word| *word == "--user").unwrap() + 1;
    let user = words[begin..].join(" ");
    let redis = RedisServer::configured(&[&format!("user {user}")]);
    redis.run("SET feat:u000001:_ts 1");
    let watcher = service(&composed, "skewwatch");
    let password = watcher["environment"]["REDIS_PASSWORD"].as_str().unwrap();
    let address = format!("redis://skewwatch:{password}@{}/", redis.address());
    let mut connection = redis::Client::open(address).unwrap().get_connection().unwrap();
    let read: String = redis::cmd("GET").arg("feat:u000001:_ts").query(&mut connection).unwrap();
    let written = redis::cmd("SET").arg(&["feat:u000001:_ts", "2"]).query::<()>(&mut connection);
    assert_eq!((read.as_str(), written.unwrap_err().code()), ("1", Some("NOPERM")));

    let identities: Value = serde_json::from_str(&super::read("deploy/s3.json")).unwrap();
    let of = |name: &str| {
        let all = identities["identities"].as_array().unwrap();
        all.iter().find(|identity| identity["name"] == name).unwrap().clone()
    };
    let key = |identity: &Value, part: &str| identity["credentials"][0][part].as_str().unwrap().to_owned();
    let (reader, writer) = (of("skewwatch"), of("shop"));
    assert_eq!(texts(&reader["actions"]), ["Read:features", "List:features"]);
    let variable = |service: &Value, name: &str| service["environment"][name].as_str().unwrap().to_owned();
    let shop = service(&composed, "shop");
    assert_eq!(
        [key(&reader, "accessKey"), key(&reader, "secretKey"), key(&writer, "accessKey"), key(&writer, "secretKey")],
        [
            variable(watcher, "SNAPSHOT_KEY"),
            variable(watcher, "SNAPSHOT_SECRET"),
            variable(shop, "AWS_ACCESS_KEY_ID"),
            variable(shop, "AWS_SECRET_ACCESS_KEY")
        ]
    );
}
