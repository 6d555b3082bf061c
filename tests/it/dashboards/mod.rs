//! Dashboards for Grafana: the committed files, what Grafana's own types and the rules of its linter say of them, and what
//! every query gives from a real Prometheus.

mod committed;
mod lint;
mod looked_up;
mod prometheus;
mod provisioned;
mod replay;
mod schema;
mod served;

use std::path::PathBuf;

use serde_json::Value;

/// The folder `dashboards` of the repository.
fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("dashboards")
}

/// The names of the committed dashboards, without their ending.
const NAMES: [&str; 4] = ["overview", "feature-view", "lookup", "service"];

/// One committed dashboard.
struct Board {
    name: &'static str,
    json: Value,
}

/// One query of a panel.
#[derive(Clone, Debug)]
struct Asked {
    /// Dashboard, panel and letter.
    place: String,
    /// With the variables of the dashboard.
    expression: String,
    /// Template of the legend; empty for tables.
    legend: String,
    /// Labels that the panel shows as columns.
    columns: Vec<String>,
    /// Whether it asks for the present only.
    is_now: bool,
}

fn boards() -> [Board; 4] {
    NAMES.map(|name| {
        let text = std::fs::read_to_string(folder().join(format!("{name}.json"))).unwrap();
        Board { name, json: serde_json::from_str(&text).unwrap() }
    })
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

impl Board {
    /// Every panel but the headings of rows.
    fn panels(&self) -> Vec<&Value> {
        list(&self.json["panels"]).iter().filter(|panel| panel["type"] != "row").collect()
    }

    fn variables(&self) -> &[Value] {
        list(&self.json["templating"]["list"])
    }

    fn variable(&self, name: &str) -> &Value {
        let found = self.variables().iter().find(|variable| variable["name"] == name);
        found.unwrap_or_else(|| panic!("{} has no variable `{name}`", self.name))
    }

    /// Every query of every panel, and those of the annotations.
    fn queries(&self) -> Vec<Asked> {
        let of_panel = |panel: &Value| {
            let renamed = &panel["transformations"][1]["options"]["renameByName"];
            let columns: Vec<String> =
                renamed.as_object().map(|names| names.keys().cloned().collect()).unwrap_or_default();
            let columns: Vec<String> = columns.into_iter().filter(|name| !name.starts_with("Value")).collect();
            let panel = panel.clone();
            let place = format!("{}: {}", self.name, text(&panel["title"]));
            let targets = list(&panel["targets"]).to_vec();
            targets.into_iter().map(move |target| Asked {
                place: format!("{place} ({})", text(&target["refId"])),
                expression: text(&target["expr"]).to_owned(),
                legend: text(&target["legendFormat"]).to_owned(),
                columns: columns.clone(),
                is_now: target["instant"] == true,
            })
        };
        let annotations = list(&self.json["annotations"]["list"]).iter().map(|annotation| Asked {
            place: format!("{}: annotation {}", self.name, text(&annotation["name"])),
            expression: text(&annotation["target"]["expr"]).to_owned(),
            legend: text(&annotation["titleFormat"]).to_owned(),
            columns: Vec::new(),
            is_now: false,
        });
        self.panels().into_iter().flat_map(of_panel).chain(annotations).collect()
    }
}

/// `expression` with what Grafana would write in place of variables; `window` is that of round counters.
fn filled(expression: &str, (view, window): (&str, &str)) -> String {
    let values = [
        ("$__rate_interval", "1m"),
        ("$__range", "1h"),
        ("$feature_view", view),
        ("$feature", ".+"),
        ("$statistic", "psi"),
        ("$instance", ".+"),
        ("$job", ".+"),
        ("$window", window),
    ];
    let filled = values.iter().fold(expression.to_owned(), |text, (variable, value)| text.replace(variable, value));
    assert!(!filled.contains('$'), "a variable is left in {filled}");
    filled
}
