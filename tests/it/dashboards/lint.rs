//! The rules of Grafana's dashboard-linter and those of the house, over every panel, query and choice.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Board, boards, filled, list, text};
use crate::rules::metrics::METRICS;
use crate::rules::tools::{folder as rules_folder, run, yaml_files};

/// Units that Grafana knows, of those that panels use.
const UNITS: [&str; 7] = ["none", "short", "percentunit", "suffix:×", "s", "Bps", "reqps"];
/// Series that Prometheus makes of its own accord.
const SCRAPED: [&str; 2] = ["up", "scrape_samples_post_metric_relabeling"];

/// What is wrong with the dashboards, each told by `find`, which may tell several.
fn problems(find: impl Fn(&Board, &mut Vec<String>)) -> Vec<String> {
    let mut problems = Vec::new();
    for board in boards() {
        find(&board, &mut problems);
    }
    problems
}

/// Names of metrics in an expression with their matchers and what stands before the name and after the matchers.
fn selectors(expression: &str) -> Vec<(&str, &str, &str, &str)> {
    let mut found = Vec::new();
    for (open, _) in expression.match_indices('{') {
        let close = open + expression[open..].find('}').unwrap();
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == ':';
        let begin = expression[..open].rfind(|letter| !is_name(letter)).map_or(0, |place| place + 1);
        found.push((
            &expression[begin..open],
            &expression[open + 1..close],
            &expression[..begin],
            &expression[close + 1..],
        ));
    }
    found
}

#[test]
fn every_dashboard_is_as_the_house_wants_it() {
    let uids: Vec<(String, Vec<Value>)> = boards()
        .iter()
        .map(|board| {
            let wanted = ["editable", "timezone", "schemaVersion", "tags", "refresh", "graphTooltip"];
            (text(&board.json["uid"]).to_owned(), wanted.map(|key| board.json[key].clone()).to_vec())
        })
        .collect();
    let alike: Vec<Value> = serde_json::from_str(r#"[false, "utc", 42, ["skewwatch"], "1m", 1]"#).unwrap();
    let expected =
        ["overview", "feature-view", "lookup", "service"].map(|name| (format!("skewwatch-{name}"), alike.clone()));
    assert_eq!(uids, expected);
    let unlinked = problems(|board, problems| {
        let links = list(&board.json["links"]);
        let is_good =
            |link: &Value| link["type"] == "dashboards" && link["includeVars"] == true && link["keepTime"] == true;
        if !matches!(links, [link] if is_good(link) && link["tags"] == board.json["tags"]) {
            problems.push(format!("{}: no link to the other dashboards", board.name));
        }
        if text(&board.json["description"]).len() < 40 {
            problems.push(format!("{}: no description", board.name));
        }
    });
    assert_eq!(unlinked, [""; 0]);
}

#[test]
fn data_source_job_and_instance_can_be_chosen() {
    let found = problems(|board, problems| {
        let source = board.variable("datasource");
        if source["type"] != "datasource" || source["query"] != "prometheus" || source["label"] != "Data source" {
            problems.push(format!("{}: datasource", board.name));
        }
        for (name, label) in [("job", "Job"), ("instance", "Instance")] {
            let variable = board.variable(name);
            let is_good = variable["multi"] == true
                && variable["includeAll"] == true
                && variable["allValue"] == ".+"
                && variable["label"] == label
                && variable["current"]["value"] == serde_json::json!(["$__all"]);
            if !is_good {
                problems.push(format!("{}: {name}", board.name));
            }
        }
        for variable in board.variables().iter().filter(|variable| variable["type"] == "query") {
            let query = text(&variable["query"]["query"]);
            let name = text(&variable["name"]);
            let is_good = query.starts_with("label_values(skewwatch_")
                && query.ends_with(&format!(", {name})"))
                && variable["refresh"] == 2
                && variable["datasource"]["uid"] == "${datasource}";
            if !is_good {
                problems.push(format!("{}: {name}: {query}", board.name));
            }
        }
    });
    assert_eq!(found, [""; 0]);
}

#[test]
fn every_panel_says_what_it_shows_in_which_unit_and_from_where() {
    let found = problems(|board, problems| {
        for panel in board.panels() {
            let mut note = |what: &str| problems.push(format!("{}: {}: {what}", board.name, text(&panel["title"])));
            if text(&panel["title"]).is_empty() {
                note("no title");
            }
            let description = text(&panel["description"]);
            if description.len() < 20 || !description.ends_with('.') {
                note("no description");
            }
            if panel["datasource"]["uid"] != "${datasource}" {
                note("another data source");
            }
            let defaults = &panel["fieldConfig"]["defaults"];
            let overridden = list(&panel["fieldConfig"]["overrides"]).iter().flat_map(|each| list(&each["properties"]));
            let units = overridden.filter(|property| property["id"] == "unit").map(|property| text(&property["value"]));
            if !units.chain([text(&defaults["unit"])]).all(|unit| UNITS.contains(&unit)) {
                note("an unknown unit");
            }
            if list(&defaults["thresholds"]["steps"]).is_empty() {
                note("no thresholds");
            }
            let targets = list(&panel["targets"]);
            if targets.is_empty() {
                note("no query");
            }
            let is_table = panel["type"] == "table";
            let painted = list(&panel["fieldConfig"]["overrides"])
                .iter()
                .map(|each| list(&each["properties"]))
                .filter(|properties| properties.iter().any(|property| property["id"] == "custom.cellOptions"));
            let leaves_nothing_plain = |properties: &[Value]| {
                let mappings = properties.iter().filter(|property| property["id"] == "mappings");
                mappings.flat_map(|property| list(&property["value"])).any(|mapping| {
                    mapping["options"]["match"] == "null+nan" && mapping["options"]["result"]["color"] == "transparent"
                })
            };
            if !painted.into_iter().all(leaves_nothing_plain) {
                note("a colour for what is not known");
            }
            if is_table && !defaults["noValue"].is_null() {
                note("a text for empty cells");
            }
            for target in targets {
                if target["datasource"]["uid"] != "${datasource}" {
                    note("a query of another data source");
                }
                if is_table != text(&target["legendFormat"]).is_empty() || is_table != (target["format"] == "table") {
                    note("a line without a legend");
                }
            }
        }
    });
    assert_eq!(found, [""; 0]);
}

#[test]
fn titles_are_said_once_and_panels_lie_beside_each_other() {
    let found = problems(|board, problems| {
        let mut titles = BTreeSet::new();
        let mut cells: BTreeMap<(u64, u64), &str> = BTreeMap::new();
        for (place, panel) in list(&board.json["panels"]).iter().enumerate() {
            let title = text(&panel["title"]);
            if panel["type"] != "row" && !titles.insert(title) {
                problems.push(format!("{}: {title}: twice", board.name));
            }
            if panel["id"] != place + 1 {
                problems.push(format!("{}: {title}: has number {}", board.name, panel["id"]));
            }
            let [x, y, width, height] = ["x", "y", "w", "h"].map(|key| panel["gridPos"][key].as_u64().unwrap());
            if x + width > 24 {
                problems.push(format!("{}: {title}: is out of the grid", board.name));
            }
            for cell in (x..x + width).flat_map(|column| (y..y + height).map(move |line| (column, line))) {
                if let Some(other) = cells.insert(cell, title) {
                    problems.push(format!("{}: {title}: lies on {other}", board.name));
                }
            }
        }
    });
    assert_eq!(found, [""; 0]);
}

#[test]
fn every_selector_is_narrowed_to_the_chosen_job_and_instance() {
    let found = problems(|board, problems| {
        for query in board.queries() {
            let selectors = selectors(&query.expression);
            let named = query.expression.matches("skewwatch_").count();
            if selectors.is_empty() || named > selectors.len() {
                problems.push(format!("{}: a metric without matchers", query.place));
            }
            for (name, matchers, ..) in selectors {
                for wanted in ["job=~\"$job\"", "instance=~\"$instance\""] {
                    if !matchers.split(',').any(|matcher| matcher == wanted) {
                        problems.push(format!("{}: {name} without {wanted}", query.place));
                    }
                }
            }
        }
    });
    assert_eq!(found, [""; 0]);
}

#[test]
fn metrics_are_those_of_the_contract() {
    let known = |name: &str| {
        let family = name
            .strip_prefix("skewwatch_")
            .map(|name| ["_bucket", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name));
        family.map_or(SCRAPED.contains(&name), |family| METRICS.contains(&family))
    };
    let found = problems(|board, problems| {
        for query in board.queries() {
            for (name, ..) in selectors(&query.expression) {
                if !known(name) {
                    problems.push(format!("{}: {name}", query.place));
                }
            }
        }
    });
    assert_eq!(found, [""; 0]);
}

#[test]
fn counters_are_looked_at_over_a_window_and_gauges_as_they_are() {
    let found = problems(|board, problems| {
        for query in board.queries() {
            for (name, _, before, after) in selectors(&query.expression) {
                let is_counter = ["_total", "_bucket", "_count"].iter().any(|end| name.ends_with(end));
                let range = after.strip_prefix('[').and_then(|rest| Some(rest.split_once(']')?.0));
                let is_raised = before.ends_with("rate(") || before.ends_with("increase(");
                let is_good = if !is_counter {
                    !is_raised && (range.is_none() || (range == Some("$__range") && before.ends_with("_over_time(")))
                } else if name.starts_with("skewwatch_lookup_") {
                    is_raised && range == Some("$__rate_interval")
                } else {
                    is_raised && matches!(range, Some("$window" | "6h" | "1d"))
                };
                if !is_good {
                    problems.push(format!("{}: {name} over {range:?}", query.place));
                }
            }
        }
        let is_of_lookups = board.name == "lookup";
        let has_window = board.variables().iter().any(|variable| variable["name"] == "window");
        if is_of_lookups == has_window {
            problems.push(format!("{}: a window for lookups only, or none for rounds", board.name));
        }
    });
    assert_eq!(found, [""; 0]);
}

#[test]
fn no_query_turns_silence_into_a_figure() {
    let found = problems(|board, problems| {
        let queries = board.queries().into_iter();
        let invented =
            queries.filter(|query| ["vector(", "absent("].iter().any(|word| query.expression.contains(word)));
        problems.extend(invented.map(|query| query.place));
    });
    assert_eq!(found, [""; 0]);
}

#[test]
fn promtool_takes_every_query() {
    let mut rules = String::from("groups:\n- name: dashboards\n  rules:\n");
    let mut count = 0;
    for query in boards().iter().flat_map(Board::queries) {
        count += 1;
        rules.push_str(&format!("  # {}\n  - record: query{count}\n", query.place));
        rules.push_str(&format!("    expr: |-\n      {}\n", filled(&query.expression, (".+", "15m"))));
    }
    assert!(count > 80, "{count}");
    let place = tempfile::tempdir().unwrap();
    std::fs::write(place.path().join("dashboards.yaml"), rules).unwrap();
    run("promtool", &["check", "rules", "--lint-fatal", "dashboards.yaml"], place.path());
}

#[test]
fn the_addresses_in_alerts_lead_to_dashboards_that_have_their_choices() {
    let boards = boards();
    let mut seen = BTreeSet::new();
    for name in yaml_files(&rules_folder()) {
        let rules = std::fs::read_to_string(rules_folder().join(&name)).unwrap();
        for address in rules.lines().filter_map(|line| line.trim().strip_prefix("dashboard_url: ")) {
            let (_, path) = address.split_once("/d/").unwrap();
            let path = path.trim_end_matches('\'');
            let uid = path.split('?').next().unwrap();
            let board = boards.iter().find(|board| board.json["uid"] == uid);
            let board = board.unwrap_or_else(|| panic!("no dashboard `{uid}` for {name}"));
            for choice in path.split("var-").skip(1) {
                board.variable(choice.split('=').next().unwrap());
            }
            seen.insert(uid.to_owned());
        }
    }
    assert_eq!(
        seen.into_iter().collect::<Vec<_>>(),
        ["skewwatch-feature-view", "skewwatch-lookup", "skewwatch-service"]
    );
}
