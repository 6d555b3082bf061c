//! The OpenAPI document: it is one, it describes every path, and every field that is answered.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use skewwatch::publish::api::openapi::document;

use super::json;
use crate::serve::{EVERY_SECOND, HASTE, PUBLISH, Shop, of_feature, rounds};

/// Reads `{document, answers: [[path, status, body]]}`; says what is wrong, and nothing else. Objects are closed first, so
/// that a field that nothing describes is wrong, too.
const VALIDATOR: &str = r##"
import copy, json, sys
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

given = json.load(sys.stdin)
document = given["document"]
validate(document)

def close(schema):
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            schema["additionalProperties"] = False
        for value in schema.values():
            close(value)
    elif isinstance(schema, list):
        for value in schema:
            close(value)

closed = copy.deepcopy(document)
close(closed["components"])
for path, status, body in given["answers"]:
    responses = closed["paths"][path]["get"]["responses"]
    response = responses.get(str(status), responses.get("default"))
    schema = dict(response["content"]["application/json"]["schema"])
    schema["components"] = closed["components"]
    for error in Draft202012Validator(schema).iter_errors(body):
        print(path, "/".join(map(str, error.absolute_path)), error.message[:300])
"##;

fn python() -> PathBuf {
    let named = std::env::var_os("SKEWWATCH_PYTHON").map(PathBuf::from);
    named.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(".venv/bin/python"))
}

/// What the validator has to say.
fn complaints(document: &Value, answers: &[(&str, u16, Value)]) -> String {
    let mut validator = Command::new(python())
        .args(["-c", VALIDATOR])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("`make test` makes ./.venv, or name a Python with openapi-spec-validator in SKEWWATCH_PYTHON");
    let given = json!({ "document": document, "answers": answers }).to_string();
    validator.stdin.take().unwrap().write_all(given.as_bytes()).unwrap();
    let outcome = validator.wait_with_output().unwrap();
    String::from_utf8([outcome.stdout, outcome.stderr].concat()).unwrap()
}

#[test]
fn every_answer_of_a_service_is_described_field_by_field() {
    let mut shop = Shop::open();
    shop.skew(20);
    let accept =
        "accept: [{ view: user_features, feature: total_orders_30d, check: drift, until: 2099-12-31, reason: r }]\n";
    let service = shop.configure(&[EVERY_SECOND, PUBLISH, HASTE, accept]).serve();
    let ask = |path: &str, described: &'static str| {
        let status = service.ask("GET", path).0;
        (described, status, json(&service, path, status))
    };
    let all = || {
        vec![
            ask("/api/v1/views", "/api/v1/views"),
            ask("/api/v1/views/user_features", "/api/v1/views/{view}"),
            ask("/api/v1/views/none", "/api/v1/views/{view}"),
            ask("/api/v1/findings?state=all", "/api/v1/findings"),
            ask("/api/v1/findings?state=none", "/api/v1/findings"),
            ask("/api/v1/rounds", "/api/v1/rounds"),
        ]
    };
    service.wait_for(&of_feature("finding_state", "skew"), |state| state == Some(2.0));
    let mut answers = all();
    for number in 0..20 {
        shop.redis.run(&format!("SET feat:u{number:06}:total_orders_30d {}", number * 10 + 2));
    }
    service.wait_for(&of_feature("finding_state", "skew"), |state| state == Some(0.0));
    answers.extend(all());
    shop.redis.kill();
    service.wait_for(&rounds("user_features", "failed"), |count| count >= Some(1.0));
    answers.extend(all());
    let served = json(&service, "/api/v1/openapi.json", 200);
    assert_eq!(served, document());
    assert_eq!(complaints(&served, &answers), "");
}

#[test]
fn the_validator_complains_of_what_is_not_described() {
    let wrong = json!({ "rounds": [], "next": "7", "more": 1 });
    let found = complaints(&document(), &[("/api/v1/rounds", 200, wrong)]);
    assert!(found.contains("'more' was unexpected") && found.contains("/api/v1/rounds next"), "{found}");
}

#[test]
fn every_path_of_the_server_is_described_and_no_other() {
    let mut routes = BTreeSet::new();
    for (file, prefix) in [("operations", ""), ("api", "/api/v1")] {
        let source = std::fs::read_to_string(format!("src/run/serve/http/{file}.rs")).unwrap();
        let paths = source.split(".route(\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned());
        routes.extend(paths.filter(|path| !path.contains('*')).map(|path| format!("{prefix}{path}")));
    }
    let document = document();
    let described: BTreeSet<String> = document["paths"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(described, routes);
}

#[test]
fn no_description_speaks_of_the_program() {
    let text = document().to_string();
    for word in ["`None`", "[`", "crate::", "super::"] {
        assert!(!text.contains(word), "{word}");
    }
}
