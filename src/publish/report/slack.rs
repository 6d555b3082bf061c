//! The report in the size of a message: what an incoming webhook of Slack takes.
//!
//! Slack's limits: 50 blocks, 150 characters of a header, 3,000 of a section; a message of more is refused as a whole.

use serde_json::{Value, json};

use super::found::FindingOfPeriod;
use super::model::Report;
use super::words::{capital, counted, headline, title};
use crate::model::figure;
use crate::publish::plain::one_line;

/// Most characters of a header.
const HEADER: usize = 150;
/// Most characters of a section.
const SECTION: usize = 3_000;
/// Most characters of a finding, so that all that are told fit into a section each.
const FINDING: usize = 600;
/// Most characters of the sentence of a finding whose cause is told too.
const SENTENCE: usize = 250;
/// Most characters of a cause.
const CAUSE: usize = 200;
/// Findings that are told; more are a report and no message.
const FINDINGS: usize = 5;
/// Changes that are told.
const CHANGES: usize = 5;

/// The message; `link` is the address of the whole report.
#[must_use]
pub fn slack(report: &Report, link: Option<&str>) -> Value {
    let of_team = report.team.as_ref().map_or_else(String::new, |team| format!(" of team {}", one_line(team)));
    let head = format!("Skew report {}{of_team}", report.period);
    let mut blocks = vec![
        json!({ "type": "header", "text": { "type": "plain_text", "text": cut(&head, HEADER) } }),
        section(&format!("*{}.*", escaped(&headline(report)))),
    ];
    blocks.extend((1..).zip(&report.findings).take(FINDINGS).map(|(rank, finding)| section(&told(rank, finding))));
    if let Some(more) = report.findings.len().checked_sub(FINDINGS).filter(|more| *more > 0) {
        blocks.push(section(&format!("And {} of less harm.", counted(more as u64, "finding"))));
    }
    let changes: Vec<String> = report
        .changes
        .iter()
        .take(CHANGES)
        .map(|change| format!("• {}.", cut_escaped(&escaped(&change.text), FINDING / 2)))
        .collect();
    if !changes.is_empty() {
        blocks.push(section(&format!("*Since the {} before*\n{}", report.noun, changes.join("\n"))));
    }
    if let Some(link) = link {
        blocks.push(section(&format!("<{}|The whole report>", link.replace(['<', '>', '|'], ""))));
    }
    json!({ "text": cut(&format!("{head}: {}", headline(report)), SECTION), "blocks": blocks })
}

fn told(rank: u32, finding: &FindingOfPeriod) -> String {
    let owner =
        finding.owner.as_ref().map_or_else(String::new, |owner| format!("; owner {}", escaped(&cut(owner, 80))));
    let cause = finding.cause.as_ref();
    let most = if cause.is_some() { SENTENCE } else { FINDING };
    let cause = cause.map_or_else(String::new, |likely| {
        let share = likely.share.map_or_else(String::new, |share| format!(" ({} %)", figure::bare_percent(share)));
        format!(". Likely cause: {}{share}", escaped(&cut(&one_line(likely.clause()), CAUSE)))
    });
    let text = format!(
        "{rank}. *{}* ({}, {}{owner}): {}{cause}",
        escaped(&cut(&capital(&title(finding)), 200)),
        finding.severity.name(),
        figure::span(Some(finding.seconds)),
        escaped(&cut(&one_line(&finding.message), most))
    );
    cut_escaped(&text, FINDING)
}

fn section(text: &str) -> Value {
    json!({ "type": "section", "text": { "type": "mrkdwn", "text": cut_escaped(text, SECTION) } })
}

/// The three characters that mean something to Slack.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// At most so many characters of an escaped text, none of whose escapes is cut in two.
fn cut_escaped(text: &str, most: usize) -> String {
    let mut cut = cut(text, most);
    if let Some(at) = cut.rfind('&').filter(|at| !cut[*at..].contains(';')) {
        cut.truncate(at);
        cut.push('…');
    }
    cut
}

/// At most so many characters, the last of them a sign that there were more.
fn cut(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let mut cut: String = text.chars().take(most.saturating_sub(1)).collect();
    cut.push('…');
    cut
}
