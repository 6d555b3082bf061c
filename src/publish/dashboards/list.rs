//! Tables: a column for each label and each query.

use serde_json::{Map, Value, json};

use super::link;
use super::style::{Steps, Unit, Words};

/// One column.
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// Its heading.
    heading: &'static str,
    /// The query whose value it shows; empty for a label.
    pub(super) expression: String,
    /// The label that it shows; empty for a value.
    label: &'static str,
    unit: Unit,
    steps: Steps,
    words: Words,
}

impl Column {
    /// The values of a label.
    pub(super) fn label(label: &'static str, heading: &'static str) -> Self {
        let (unit, steps, words) = (Unit::Plain, Steps::Neutral, Words::None);
        Self { heading, expression: String::new(), label, unit, steps, words }
    }

    /// The values of a query.
    pub(super) fn value(heading: &'static str, unit: Unit, expression: impl Into<String>) -> Self {
        let (steps, words) = (Steps::Neutral, Words::None);
        Self { heading, expression: expression.into(), label: "", unit, steps, words }
    }

    /// From where on values are good or bad.
    pub(super) fn limited(self, steps: Steps) -> Self {
        Self { steps, ..self }
    }

    /// Words in place of values.
    pub(super) fn worded(self, words: Words) -> Self {
        Self { words, ..self }
    }

    /// Joins the results of all queries by their labels, and puts the columns in order under their headings.
    pub(super) fn transformations(columns: &[Self]) -> Value {
        let values = columns.iter().filter(|column| column.label.is_empty()).count();
        let (mut names, mut places, mut hidden) = (Map::new(), Map::new(), Map::new());
        hidden.insert("Time".to_owned(), json!(true));
        let mut letters = 'A'..='Z';
        for (place, column) in columns.iter().enumerate() {
            let field = if !column.label.is_empty() {
                column.label.to_owned()
            } else if values == 1 {
                // Grafana tells several queries apart by their letters, and calls the value of a single one so.
                "Value".to_owned()
            } else {
                format!("Value #{}", letters.next().unwrap_or('Z'))
            };
            if column.heading.is_empty() {
                hidden.insert(field.clone(), json!(true));
            }
            places.insert(field.clone(), json!(place));
            names.insert(field, json!(column.heading));
        }
        json!([
            { "id": "merge", "options": {} },
            { "id": "organize", "options": { "excludeByName": hidden, "indexByName": places, "renameByName": names } }
        ])
    }

    /// How the column differs from the others.
    pub(super) fn override_json(&self) -> Option<Value> {
        let mut properties = Vec::new();
        if self.label.is_empty() {
            properties.push(json!({ "id": "unit", "value": self.unit.name() }));
            properties.extend(self.unit.decimals().map(|decimals| json!({ "id": "decimals", "value": decimals })));
        }
        if self.steps != Steps::Neutral || self.words != Words::None {
            properties.push(json!({ "id": "thresholds", "value": self.steps.json() }));
            properties.push(json!({ "id": "mappings", "value": self.words.json_in_tables() }));
            properties
                .push(json!({ "id": "custom.cellOptions", "value": { "type": "color-background", "mode": "basic" } }));
        }
        if self.label == "feature_view" {
            properties.push(json!({ "id": "links", "value": link::to_view("${__value.text}") }));
        }
        let matcher = json!({ "id": "byName", "options": self.heading });
        (!properties.is_empty()).then(|| json!({ "matcher": matcher, "properties": properties }))
    }
}
