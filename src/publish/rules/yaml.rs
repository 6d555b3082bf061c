//! Groups as YAML that a person can read: expressions as blocks, texts in single quotes, a fixed order.

use std::fmt::Write as _;
use std::time::Duration;

use super::alert::{Alert, Group, Rule};
use super::promql;
use super::settings::RuleSettings;

/// What stands at the top of every file.
pub(super) fn head(settings: &RuleSettings) -> String {
    let paces = settings.paces();
    let mut text = String::from("# Written by `skewwatch rules`: write the files anew rather than edit them.\n");
    if settings.rehearsal > 1 {
        let _ = writeln!(
            text,
            "# A rehearsal, not for service: waits and windows are {} times shorter than the texts say.",
            settings.rehearsal
        );
    }
    for pace in &paces {
        let views = pace.matcher.as_deref().unwrap_or("all views");
        let (interval, budget) = (promql::duration(pace.interval), pace.budget);
        let _ = writeln!(text, "# {views}: a round every {interval}, freshness budget {budget}");
        for refused in &pace.refused {
            let _ = writeln!(text, "#   {}", one_line(&refused.to_string()));
        }
    }
    text
}

/// Text for a comment, which ends with its line.
fn one_line(text: &str) -> String {
    text.replace(|letter: char| letter.is_control(), " ")
}

/// One group as an element of the list `groups`.
pub(super) fn group(group: &Group, settings: &RuleSettings) -> String {
    let mut text = format!("  - name: skewwatch-{}\n    rules:\n", group.name);
    for rule in &group.rules {
        match rule {
            Rule::Recording { name, expression } => {
                let _ = writeln!(text, "      - record: {name}");
                block(&mut text, expression);
            }
            Rule::Alert(alert) => text.push_str(&one_alert(alert, group.name, settings)),
        }
    }
    text
}

fn one_alert(alert: &Alert, component: &str, settings: &RuleSettings) -> String {
    let mut text = String::new();
    for line in alert.comment.lines() {
        let _ = writeln!(text, "      # {line}");
    }
    let _ = writeln!(text, "      - alert: {}", alert.name);
    block(&mut text, &alert.expression);
    lasting(&mut text, "for", alert.lasting);
    lasting(&mut text, "keep_firing_for", alert.keeping);
    text.push_str("        labels:\n");
    let _ = writeln!(text, "          severity: {}", alert.severity.map_or("none", |severity| severity.name()));
    let _ = writeln!(text, "          component: {component}");
    for (name, value) in &settings.labels {
        let _ = writeln!(text, "          {name}: {}", quoted(value));
    }
    let runbook = format!("{}#{}", settings.runbook_url, alert.name.to_lowercase());
    let dashboard = format!("{}{}", settings.dashboard_url.trim_end_matches('/'), alert.dashboard.path());
    text.push_str("        annotations:\n");
    let annotations = [
        ("summary", alert.summary),
        ("description", &alert.description),
        ("runbook_url", &runbook),
        ("dashboard_url", &dashboard),
    ];
    for (name, value) in annotations {
        let _ = writeln!(text, "          {name}: {}", quoted(value));
    }
    text
}

/// The expression as a literal block: nothing in it has to be quoted.
fn block(text: &mut String, expression: &str) {
    text.push_str("        expr: |-\n");
    for line in expression.lines() {
        let _ = writeln!(text, "          {line}");
    }
}

fn lasting(text: &mut String, key: &str, span: Option<Duration>) {
    if let Some(span) = span {
        let _ = writeln!(text, "        {key}: {}", promql::duration(span));
    }
}

/// A text in single quotes, in which only the quote itself is special.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
