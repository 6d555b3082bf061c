//! The body of a request: which features, for which entities.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Value as Json, json};

use super::refusal::{Fault, Refusal};

/// A fault shows what was found where that is no longer than this, in bytes of the body.
const SHOWN: usize = 1024;

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FeatureRequest {
    /// Which features.
    pub(super) wanted: Wanted,
    /// Columns of entity keys, in the order of the body; of those of one name the last counts, as for Python.
    pub(super) entities: Vec<(String, Vec<Json>)>,
    /// Whether the answer names the views.
    pub(super) views: ViewNames,
}

/// Which features, and how the answer calls them: what a request says apart from entities.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Wanted {
    /// Which features.
    pub(super) features: Features,
    /// How the answer calls them.
    pub(super) naming: Naming,
}

/// Which features.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Features {
    /// These, as `view:feature`.
    Named(Vec<String>),
    /// Those of a feature service.
    Service(String),
}

/// How an answer calls features.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Naming {
    /// By their names.
    Short,
    /// As `view__feature`.
    Full,
}

/// Whether the answer names the views that it came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ViewNames {
    /// It does.
    Told,
    /// It does not.
    Untold,
}

/// An object in the order in which it was written, or something else.
#[derive(Debug)]
enum Ordered {
    Object(Vec<(String, Json)>),
    Other(Json),
}

impl<'de> Deserialize<'de> for Ordered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Pairs;
        impl<'de> Visitor<'de> for Pairs {
            type Value = Vec<(String, Json)>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs: Vec<(String, Json)> = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(pairs)
            }
        }
        deserializer.deserialize_map(Pairs).map(Self::Object)
    }
}

/// The fields of a body, each as it was found.
#[derive(Debug, Default)]
struct Fields {
    entities: Option<Ordered>,
    others: Vec<(String, Json)>,
}

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Body;
        impl<'de> Visitor<'de> for Body {
            type Value = Fields;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut fields = Fields::default();
                while let Some(name) = map.next_key::<String>()? {
                    if name == "entities" {
                        fields.entities = Some(map.next_value()?);
                    } else {
                        fields.others.push((name, map.next_value()?));
                    }
                }
                Ok(fields)
            }
        }
        deserializer.deserialize_map(Body)
    }
}

/// Reads a body.
///
/// # Errors
/// With all faults of its form.
pub(super) fn parse(body: &[u8]) -> Result<FeatureRequest, Refusal> {
    let fields = match serde_json::from_slice::<Fields>(body) {
        Ok(fields) => fields,
        Err(error) => reread(body, &error)?,
    };
    let whole = || if body.len() <= SHOWN { serde_json::from_slice(body).unwrap_or_default() } else { Json::Null };
    let mut faults = Vec::new();
    let entities = match fields.entities {
        Some(Ordered::Object(columns)) => lists(columns, &mut faults),
        Some(Ordered::Other(found)) => {
            let message = "Input should be a valid dictionary".to_owned();
            faults.push(Fault { kind: "dict_type", place: vec![json!("entities")], message, input: brief(found) });
            Vec::new()
        }
        None => {
            let (place, message) = (vec![json!("entities")], "Field required".to_owned());
            faults.push(Fault { kind: "missing", place, message, input: whole() });
            Vec::new()
        }
    };
    let mut field = |name: &str| {
        // The last of a name counts, as for Python.
        let found = fields.others.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).filter(|value| !value.is_null())
    };
    let features = names(field("features"), &mut faults);
    let service = field("feature_service").and_then(|value| match value {
        Json::String(name) => Some(name),
        other => {
            faults.push(wrong(("string_type", "string"), vec![json!("feature_service")], other));
            None
        }
    });
    let naming = if flag("full_feature_names", &mut field, &mut faults) { Naming::Full } else { Naming::Short };
    let metadata = flag("include_feature_view_version_metadata", &mut field, &mut faults);
    if !faults.is_empty() {
        return Err(Refusal::body(faults));
    }
    let features = service.map_or(Features::Named(features), Features::Service);
    let views = if metadata { ViewNames::Told } else { ViewNames::Untold };
    Ok(FeatureRequest { wanted: Wanted { features, naming }, entities, views })
}

/// What a body holds that is JSON and not of the usual form.
fn reread(body: &[u8], error: &serde_json::Error) -> Result<Fields, Refusal> {
    match serde_json::from_slice::<Json>(body) {
        // Only `entities` can have been in the way.
        Ok(Json::Object(object)) => {
            let mut fields = Fields::default();
            for (name, value) in object {
                if name == "entities" {
                    fields.entities = Some(Ordered::Other(value));
                } else {
                    fields.others.push((name, value));
                }
            }
            Ok(fields)
        }
        Ok(other) => {
            let message = "Input should be a valid dictionary or object to extract fields from".to_owned();
            let kind = "model_attributes_type";
            Err(Refusal::body(vec![Fault { kind, place: Vec::new(), message, input: brief(other) }]))
        }
        Err(_) => {
            let message = format!("JSON decode error: {error}");
            let place = vec![json!(error.column())];
            Err(Refusal::body(vec![Fault { kind: "json_invalid", place, message, input: json!({}) }]))
        }
    }
}

fn lists(columns: Vec<(String, Json)>, faults: &mut Vec<Fault>) -> Vec<(String, Vec<Json>)> {
    let mut lists = Vec::with_capacity(columns.len());
    for (name, column) in columns {
        match column {
            Json::Array(values) => lists.push((name, values)),
            other => faults.push(wrong(("list_type", "list"), vec![json!("entities"), json!(name)], other)),
        }
    }
    lists
}

fn names(found: Option<Json>, faults: &mut Vec<Fault>) -> Vec<String> {
    let items = match found {
        None => return Vec::new(),
        Some(Json::Array(items)) => items,
        Some(other) => {
            faults.push(wrong(("list_type", "list"), vec![json!("features")], other));
            return Vec::new();
        }
    };
    let mut names = Vec::with_capacity(items.len());
    for (place, item) in items.into_iter().enumerate() {
        match item {
            Json::String(name) => names.push(name),
            other => faults.push(wrong(("string_type", "string"), vec![json!("features"), json!(place)], other)),
        }
    }
    names
}

fn flag(name: &str, field: &mut impl FnMut(&str) -> Option<Json>, faults: &mut Vec<Fault>) -> bool {
    match field(name) {
        None => false,
        Some(Json::Bool(flag)) => flag,
        Some(other) => {
            faults.push(wrong(("bool_type", "boolean"), vec![json!(name)], other));
            false
        }
    }
}

fn wrong((kind, noun): (&'static str, &str), place: Vec<Json>, input: Json) -> Fault {
    Fault { kind, place, message: format!("Input should be a valid {noun}"), input: brief(input) }
}

/// What was found, where it is short enough to be sent back.
fn brief(found: Json) -> Json {
    if found.to_string().len() <= SHOWN { found } else { Json::Null }
}
