//! The OpenAPI 3.1 document of the HTTP server: paths by hand, schemas from the shapes that are answered.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::finding::{FindingFilter, FindingList};
use super::problem::Problem;
use super::round::RoundPage;
use super::view::{ViewDetail, ViewList};
use crate::model::check::Severity;

/// Most findings of one answer.
pub const MOST_FINDINGS: u32 = 10_000;
/// Findings of an answer unless told otherwise.
pub const USUAL_FINDINGS: u32 = 1_000;
/// Most rounds of one answer.
pub const MOST_ROUNDS: u32 = 500;
/// Rounds of an answer unless told otherwise.
pub const USUAL_ROUNDS: u32 = 100;

const ABOUT: &str = "What skewwatch knows of the feature views that it watches. Figures are those of the newest round of a \
                     view, and `null` where it has none. Ratios are shares from 0 to 1, spans are seconds, times are \
                     RFC 3339 in UTC. No answer holds an entity key.";

/// The document.
#[must_use]
pub fn document() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize().with(|settings| {
        settings.meta_schema = None;
        settings.definitions_path = "/components/schemas".into();
    });
    let mut generator = settings.into_generator();
    let problem = schema::<Problem>(&mut generator);
    let mut paths = api_paths(&mut generator, &problem);
    paths.extend(operations());
    let mut schemas = Value::Object(generator.take_definitions(true));
    put_null(&mut schemas);
    json!({
        "openapi": "3.1.0",
        "info": { "title": "skewwatch", "version": env!("CARGO_PKG_VERSION"), "description": ABOUT },
        "security": [{}, { "bearer": [] }, { "basic": [] }],
        "paths": paths,
        "components": { "schemas": schemas, "securitySchemes": {
            "bearer": { "type": "http", "scheme": "bearer", "description": "The token of `publish.api`, where one is set." },
            "basic": { "type": "http", "scheme": "basic",
                "description": "The same token as password, with any user name, so that a browser can ask for it; only to \
                                read." }
        } }
    })
}

/// Descriptions are those of the program's types, which say `None` where the JSON has `null`.
fn put_null(schema: &mut Value) {
    match schema {
        Value::Object(entries) => {
            for (name, value) in entries {
                match value {
                    Value::String(text) if name == "description" => *text = text.replace("`None`", "`null`"),
                    nested => put_null(nested),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(put_null),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    generator.subschema_for::<T>().to_value()
}

fn api_paths(generator: &mut SchemaGenerator, problem: &Value) -> Map<String, Value> {
    let mut paths = Map::new();
    let mut add = |path: &str, operation: Value| paths.insert(path.to_owned(), json!({ "get": operation }));
    let view = json!({ "name": "view", "in": "path", "required": true, "description": "Name of the view.",
        "schema": { "type": "string" } });
    add(
        "/api/v1/views",
        operation(("views", "Every view at a glance"), (&json!([]), schema::<ViewList>(generator)), problem),
    );
    add(
        "/api/v1/views/{view}",
        operation(("view", "One view in full"), (&json!([view]), schema::<ViewDetail>(generator)), problem),
    );
    add(
        "/api/v1/findings",
        operation(
            ("findings", "Findings, open or resolved"),
            (&finding_parameters(), schema::<FindingList>(generator)),
            problem,
        ),
    );
    add(
        "/api/v1/rounds",
        operation(
            ("rounds", "Rounds that have ended, newest first"),
            (&round_parameters(), schema::<RoundPage>(generator)),
            problem,
        ),
    );
    let own = json!({ "type": "object", "description": "An OpenAPI 3.1 document." });
    add("/api/v1/openapi.json", operation(("openapi", "This document"), (&json!([]), own), problem));
    paths
}

/// A query that answers JSON, or a problem.
fn operation((id, summary): (&str, &str), (parameters, schema): (&Value, Value), problem: &Value) -> Value {
    let content = |schema: Value| json!({ "application/json": { "schema": schema } });
    json!({
        "operationId": id,
        "summary": summary,
        "parameters": parameters,
        "responses": {
            "200": { "description": summary, "content": content(schema) },
            "default": { "description": "Why there is no such answer: 400 a parameter is wrong, 401 a token is needed, 404 \
                                         there is no such view, 503 the history is being read, or could not be.",
                "content": content(problem.clone()) }
        }
    })
}

fn parameter(name: &str, description: &str, schema: &Value) -> Value {
    json!({ "name": name, "in": "query", "required": false, "description": description, "schema": schema })
}

fn limit((most, usual): (u32, u32)) -> Value {
    let schema = json!({ "type": "integer", "minimum": 1, "maximum": most, "default": usual });
    parameter("limit", "At most so many.", &schema)
}

fn finding_parameters() -> Value {
    json!([
        parameter(
            "state",
            "How they stand; `open` are all but the resolved ones.",
            &json!({ "type": "string", "enum": FindingFilter::WORDS, "default": "open" }),
        ),
        parameter("view", "Only those of this view.", &json!({ "type": "string" })),
        parameter(
            "severity",
            "Only those as bad as this.",
            &json!({ "type": "string", "enum": Severity::ALL.map(Severity::name) }),
        ),
        parameter(
            "since",
            "Of the resolved ones those that ended since then: a time, or a span such as `7d` up to now. Goes with the \
             states `resolved` and `all`.",
            &json!({ "type": "string", "default": "24h", "examples": ["2026-06-14T00:00:00Z", "7d"] }),
        ),
        limit((MOST_FINDINGS, USUAL_FINDINGS)),
    ])
}

fn round_parameters() -> Value {
    json!([
        parameter("view", "Only those of this view.", &json!({ "type": "string" })),
        limit((MOST_ROUNDS, USUAL_ROUNDS)),
        parameter(
            "before",
            "`next` of the page before.",
            &json!({ "type": "integer", "format": "int64", "minimum": 0 })
        ),
    ])
}

/// What those who run the service ask: plain text, with security of its own where it has none.
fn operations() -> Map<String, Value> {
    let text = |description: &str| json!({ "description": description, "content": { "text/plain": {} } });
    let open = |mut operation: Value| {
        operation["security"] = json!([]);
        operation
    };
    let metrics = json!({ "operationId": "metrics", "summary": "The metrics, for Prometheus to scrape",
        "responses": { "200": text("The text."), "503": text("The history is being read.") } });
    let healthy = json!({ "operationId": "healthy", "summary": "Whether the process answers",
        "responses": { "200": text("It does.") } });
    let ready = json!({ "operationId": "ready", "summary": "Whether what was known is restored",
        "responses": { "200": text("It is."), "503": text("The history is being read.") } });
    let reload = json!({ "operationId": "reload", "summary": "Reads the configuration again",
        "security": [{}, { "bearer": [] }],
        "responses": { "200": text("It is used."), "401": text("A token is needed."),
            "500": text("It is no good, and the one before is used.") } });
    Map::from_iter([
        ("/metrics".to_owned(), json!({ "get": metrics })),
        ("/-/healthy".to_owned(), json!({ "get": open(healthy) })),
        ("/-/ready".to_owned(), json!({ "get": open(ready) })),
        ("/-/reload".to_owned(), json!({ "post": reload })),
    ])
}
