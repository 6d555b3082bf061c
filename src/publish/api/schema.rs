//! Schemas of the model's types that write themselves.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::model::counts::{ExpiredServed, LayerCounts, VerdictCounts};
use crate::model::ratio::Ratio;
use crate::model::time::Timestamp;
use crate::model::verdict::{Layer, Verdict};

impl JsonSchema for Timestamp {
    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time", "description": "An instant in UTC." })
    }
}

impl JsonSchema for Ratio {
    fn schema_name() -> Cow<'static, str> {
        "Ratio".into()
    }

    fn json_schema(_generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "number", "minimum": 0, "maximum": 1, "description": "A share from 0 to 1." })
    }
}

impl JsonSchema for VerdictCounts {
    fn schema_name() -> Cow<'static, str> {
        "VerdictCounts".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        counts(&Verdict::ALL.map(Verdict::name), "Cells per verdict.", generator)
    }
}

impl JsonSchema for LayerCounts {
    fn schema_name() -> Cow<'static, str> {
        "LayerCounts".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        counts(&Layer::ALL.map(Layer::name), "Equal cells per layer of equality.", generator)
    }
}

impl JsonSchema for ExpiredServed {
    fn schema_name() -> Cow<'static, str> {
        "ExpiredServed".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        counts(&["consistent", "stale", "skewed", "unverified"], "How served expired cells compare.", generator)
    }
}

/// An object with a count under each name.
fn counts(names: &[&str], description: &str, generator: &mut SchemaGenerator) -> Schema {
    let count = generator.subschema_for::<u64>();
    let properties: serde_json::Map<String, serde_json::Value> =
        names.iter().map(|name| ((*name).to_owned(), count.clone().to_value())).collect();
    json_schema!({ "type": "object", "description": description, "properties": properties, "required": names })
}
