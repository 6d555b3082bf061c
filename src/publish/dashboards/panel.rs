//! One panel: a graph, a figure, a band of states, or a list.

use serde_json::{Value, json};

use super::list::Column;
use super::style::{Palette, Steps, Unit, Words};

/// Names of queries, in order.
const LETTERS: [&str; 12] = ["A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L"];

/// How a panel shows its queries.
#[derive(Clone, Debug)]
enum Shape {
    /// Lines over time.
    Lines,
    /// Areas over time that add up to a whole.
    Areas,
    /// Bars over time, one on the other.
    Bars,
    /// The newest value.
    Figure,
    /// A band for each series, coloured by its value over time.
    States,
    /// A table with a column for each query.
    List(Vec<Column>),
}

/// What a query's result is to the panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// What it is about.
    Subject,
    /// A limit that the subject is held against.
    Limit,
    /// What chance alone would give.
    Floor,
}

#[derive(Clone, Debug)]
struct Query {
    expression: String,
    legend: String,
    role: Role,
}

/// One panel in the making.
#[derive(Clone, Debug)]
pub(super) struct Panel {
    title: &'static str,
    description: &'static str,
    shape: Shape,
    unit: Unit,
    steps: Steps,
    words: Words,
    nothing: Option<&'static str>,
    palette: Palette,
    queries: Vec<Query>,
    size: (u64, u64),
}

impl Panel {
    fn new(title: &'static str, shape: Shape, (unit, size): (Unit, (u64, u64))) -> Self {
        Self {
            title,
            description: "",
            shape,
            unit,
            steps: Steps::Neutral,
            words: Words::None,
            nothing: None,
            palette: &[],
            queries: Vec::new(),
            size,
        }
    }

    /// Lines over time.
    pub(super) fn lines(title: &'static str, unit: Unit) -> Self {
        Self::new(title, Shape::Lines, (unit, (12, 8)))
    }

    /// Shares of a whole over time.
    pub(super) fn areas(title: &'static str, unit: Unit) -> Self {
        Self::new(title, Shape::Areas, (unit, (12, 8)))
    }

    /// Counts over time.
    pub(super) fn bars(title: &'static str, unit: Unit) -> Self {
        Self::new(title, Shape::Bars, (unit, (12, 8)))
    }

    /// The newest value.
    pub(super) fn figure(title: &'static str, unit: Unit) -> Self {
        Self::new(title, Shape::Figure, (unit, (4, 4)))
    }

    /// A band for each series.
    pub(super) fn states(title: &'static str, words: Words) -> Self {
        Self { words, ..Self::new(title, Shape::States, (Unit::Plain, (12, 8))) }
    }

    /// A table.
    pub(super) fn list(title: &'static str, columns: Vec<Column>) -> Self {
        let queries = columns.iter().map(|column| Query {
            expression: column.expression.clone(),
            legend: String::new(),
            role: Role::Subject,
        });
        let queries = queries.filter(|query| !query.expression.is_empty()).collect();
        Self { queries, ..Self::new(title, Shape::List(columns), (Unit::Plain, (12, 8))) }
    }

    /// What it shows, and how to read it.
    pub(super) fn says(self, description: &'static str) -> Self {
        Self { description, ..self }
    }

    /// Columns and rows of the grid that it takes.
    pub(super) fn sized(self, width: u64, height: u64) -> Self {
        Self { size: (width, height), ..self }
    }

    /// From where on values are good or bad.
    pub(super) fn limited(self, steps: Steps) -> Self {
        Self { steps, ..self }
    }

    /// Words in place of values.
    pub(super) fn worded(self, words: Words) -> Self {
        Self { words, ..self }
    }

    /// Colours of series by their names.
    pub(super) fn painted(self, palette: Palette) -> Self {
        Self { palette, ..self }
    }

    /// What is said where the queries give nothing, which is well. Not for tables, which would say it in every empty cell.
    pub(super) fn or_says(self, nothing: &'static str) -> Self {
        Self { nothing: Some(nothing), ..self }
    }

    /// What it is about.
    pub(super) fn shows(self, expression: impl Into<String>, legend: &str) -> Self {
        self.with(expression.into(), legend, Role::Subject)
    }

    /// A limit that is exported.
    pub(super) fn against(self, expression: impl Into<String>, legend: &str) -> Self {
        self.with(expression.into(), legend, Role::Limit)
    }

    /// What chance alone would give.
    pub(super) fn above(self, expression: impl Into<String>, legend: &str) -> Self {
        self.with(expression.into(), legend, Role::Floor)
    }

    fn with(mut self, expression: String, legend: &str, role: Role) -> Self {
        self.queries.push(Query { expression, legend: legend.to_owned(), role });
        self
    }

    pub(super) const fn width(&self) -> u64 {
        self.size.0
    }

    pub(super) const fn height(&self) -> u64 {
        self.size.1
    }

    pub(super) fn json(&self, id: usize, place: &Value) -> Value {
        let kind = match self.shape {
            Shape::Lines | Shape::Areas | Shape::Bars => "timeseries",
            Shape::Figure => "stat",
            Shape::States => "state-timeline",
            Shape::List(_) => "table",
        };
        let mut defaults = json!({
            "unit": self.unit.name(),
            "mappings": self.words.json(),
            "thresholds": self.steps.json(),
            "color": { "mode": self.color() },
            "custom": self.custom(),
        });
        if let Value::Object(fields) = &mut defaults {
            fields.extend(self.nothing.map(|nothing| ("noValue".to_owned(), json!(nothing))));
            fields.extend(self.unit.decimals().map(|decimals| ("decimals".to_owned(), json!(decimals))));
        }
        let mut panel = json!({
            "id": id,
            "type": kind,
            "title": self.title,
            "description": self.description,
            "datasource": { "type": "prometheus", "uid": "${datasource}" },
            "gridPos": place,
            "fieldConfig": { "defaults": defaults, "overrides": self.overrides() },
            "options": self.options(),
            "targets": self.targets(),
        });
        if let (Shape::List(columns), Value::Object(fields)) = (&self.shape, &mut panel) {
            fields.insert("transformations".to_owned(), Column::transformations(columns));
        }
        panel
    }

    fn color(&self) -> &'static str {
        match self.shape {
            Shape::Lines | Shape::Areas | Shape::Bars => "palette-classic",
            Shape::Figure | Shape::States | Shape::List(_) => "thresholds",
        }
    }

    fn custom(&self) -> Value {
        let lines = |style: &str, fill: u64, stacking: &str| {
            let limit = if self.steps == Steps::Neutral { "off" } else { "dashed" };
            json!({
                "drawStyle": style,
                "lineWidth": 1,
                "fillOpacity": fill,
                "showPoints": "never",
                "spanNulls": false,
                "axisSoftMin": 0,
                "stacking": { "mode": stacking, "group": "A" },
                "thresholdsStyle": { "mode": limit }
            })
        };
        match self.shape {
            Shape::Lines => lines("line", 0, "none"),
            Shape::Areas => lines("line", 70, "percent"),
            Shape::Bars => lines("bars", 70, "normal"),
            Shape::Figure => json!({}),
            Shape::States => json!({ "fillOpacity": 80, "lineWidth": 0 }),
            Shape::List(_) => {
                json!({ "align": "auto", "cellOptions": { "type": "auto" }, "filterable": true, "inspect": false, "minWidth": 90 })
            }
        }
    }

    fn options(&self) -> Value {
        let legend = json!({ "showLegend": true, "displayMode": "list", "placement": "bottom", "calcs": [] });
        match self.shape {
            Shape::Lines | Shape::Areas | Shape::Bars => {
                json!({ "legend": legend, "tooltip": { "mode": "multi", "sort": "desc" } })
            }
            Shape::Figure => json!({
                "reduceOptions": { "calcs": ["lastNotNull"], "fields": "", "values": false },
                "orientation": "auto",
                "colorMode": if self.steps == Steps::Neutral && self.words == Words::None { "none" } else { "background" },
                "graphMode": "none",
                "justifyMode": "auto",
                "textMode": if self.queries.iter().any(|query| query.legend.contains("{{")) { "value_and_name" } else { "value" },
                "percentChangeColorMode": "standard",
                "showPercentChange": false,
                "wideLayout": true
            }),
            Shape::States => json!({
                "legend": { "showLegend": false, "displayMode": "list", "placement": "bottom", "calcs": [] },
                "tooltip": { "mode": "single", "sort": "none" },
                "alignValue": "left",
                "mergeValues": true,
                "rowHeight": 0.8,
                "showValue": "never"
            }),
            Shape::List(_) => {
                json!({ "showHeader": true, "cellHeight": "sm", "frameIndex": 0, "enablePagination": true })
            }
        }
    }

    fn overrides(&self) -> Vec<Value> {
        if let Shape::List(columns) = &self.shape {
            return columns.iter().filter_map(Column::override_json).collect();
        }
        let styled = LETTERS.iter().zip(&self.queries).filter_map(|(letter, query)| {
            let (color, dash) = match query.role {
                Role::Subject => return None,
                Role::Limit => ("red", [10, 10]),
                Role::Floor => ("gray", [2, 6]),
            };
            Some(json!({
                "matcher": { "id": "byFrameRefID", "options": letter },
                "properties": [
                    { "id": "color", "value": { "mode": "fixed", "fixedColor": color } },
                    { "id": "custom.lineStyle", "value": { "fill": "dash", "dash": dash } },
                    { "id": "custom.fillOpacity", "value": 0 },
                    { "id": "custom.stacking", "value": { "mode": "none", "group": "A" } }
                ]
            }))
        });
        let painted = self.palette.iter().map(|(name, color)| {
            json!({
                "matcher": { "id": "byName", "options": name },
                "properties": [{ "id": "color", "value": { "mode": "fixed", "fixedColor": color } }]
            })
        });
        styled.chain(painted).collect()
    }

    fn targets(&self) -> Vec<Value> {
        let is_now = matches!(self.shape, Shape::Figure | Shape::List(_));
        let format = if matches!(self.shape, Shape::List(_)) { "table" } else { "time_series" };
        let target = |(letter, query): (&&str, &Query)| {
            json!({
                "refId": letter,
                "datasource": { "type": "prometheus", "uid": "${datasource}" },
                "expr": query.expression,
                "legendFormat": query.legend,
                "instant": is_now,
                "range": !is_now,
                "format": format,
                "editorMode": "code"
            })
        };
        LETTERS.iter().zip(&self.queries).map(target).collect()
    }
}
