//! A dashboard as a whole: its rows of panels, laid out from left to right.

use serde_json::{Value, json};

use super::link;
use super::panel::Panel;
use super::promql::Scope;

/// Columns of Grafana's grid.
const COLUMNS: u64 = 24;
/// The version of the JSON.
const SCHEMA: u64 = 42;

/// One dashboard.
pub(super) struct Board {
    /// Its name in addresses, which never changes.
    pub(super) uid: &'static str,
    /// Its title after the name of the program.
    pub(super) title: &'static str,
    /// What it is for.
    pub(super) description: &'static str,
    /// What can be chosen.
    pub(super) variables: Vec<Value>,
    /// What it marks on all graphs: findings of these series that fire; `None` marks nothing.
    pub(super) findings: Option<Scope>,
    /// Its rows from top to bottom.
    pub(super) rows: Vec<Row>,
}

/// Panels under a heading.
pub(super) struct Row {
    /// The heading.
    pub(super) title: &'static str,
    /// The panels in order.
    pub(super) panels: Vec<Panel>,
}

impl Board {
    pub(super) fn json(&self) -> Value {
        json!({
            "uid": self.uid,
            "title": format!("skewwatch: {}", self.title),
            "description": self.description,
            "tags": [link::TAG],
            "timezone": "utc",
            "editable": false,
            "graphTooltip": 1,
            "schemaVersion": SCHEMA,
            "version": 1,
            "refresh": "1m",
            "time": { "from": "now-6h", "to": "now" },
            "links": link::to_all(),
            "templating": { "list": self.variables },
            "annotations": { "list": self.findings.map(annotation).into_iter().collect::<Vec<_>>() },
            "panels": self.panels(),
        })
    }

    /// Headings and panels with their places; identifiers count from 1 in this order.
    fn panels(&self) -> Vec<Value> {
        let mut placed: Vec<Value> = Vec::new();
        let mut y = 0;
        for row in &self.rows {
            let id = placed.len() + 1;
            placed.push(json!({
                "id": id, "type": "row", "title": row.title, "collapsed": false, "panels": [],
                "gridPos": { "x": 0, "y": y, "w": COLUMNS, "h": 1 }
            }));
            y += 1;
            let (mut x, mut height) = (0, 0);
            for panel in &row.panels {
                if x + panel.width() > COLUMNS {
                    y += height;
                    (x, height) = (0, 0);
                }
                let place = json!({ "x": x, "y": y, "w": panel.width(), "h": panel.height() });
                placed.push(panel.json(placed.len() + 1, &place));
                x += panel.width();
                height = height.max(panel.height());
            }
            y += height;
        }
        placed
    }
}

fn annotation(scope: Scope) -> Value {
    json!({
        "name": "Findings",
        "datasource": { "type": "prometheus", "uid": "${datasource}" },
        "enable": true,
        "hide": false,
        "iconColor": "red",
        "target": {
            "refId": "Findings",
            "expr": format!("{} > 0", scope.max("finding_state", "feature_view, feature, check")),
            "interval": "1m"
        },
        "titleFormat": "{{check}} of {{feature_view}} {{feature}}",
        "tagKeys": "check"
    })
}
