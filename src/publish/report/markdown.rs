//! The report as Markdown, for wikis and issues: the same sentences and tables, without plots.

use super::found::FindingOfPeriod;
use super::model::{FeatureOfPeriod, Report, ViewOfPeriod};
use super::pairs::pairs;
use super::words::{
    GLOSSARY, also, capital, check, counted, course, examples, features, harm, headline, interval, minute, share,
    split, title,
};
use crate::model::check::CheckKind;
use crate::model::drift::amount;
use crate::model::figure;
use crate::model::time::Timestamp;
use crate::publish::plain::one_line;

/// Most findings, and most features of a view; the JSON form has all.
const MOST: usize = 50;

/// The report as Markdown.
#[must_use]
pub fn markdown(report: &Report) -> String {
    let of_team = report.team.as_ref().map_or_else(String::new, |team| format!(" of team {}", escaped(team)));
    let mut parts = vec![
        format!("# Skew report {}{of_team}", report.period),
        format!("{}. Made {}; times are UTC.", report.days, minute(report.made_at)),
        format!("**{}.**", headline(report)),
    ];
    if !report.views.is_empty() {
        let rows = report.views.iter().map(|view| {
            let whose: Vec<String> =
                [&view.team, &view.owner].into_iter().flatten().map(|name| escaped(name)).collect();
            vec![escaped(&view.name), view.verdict.word().to_owned(), escaped(&capital(&view.why)), whose.join(", ")]
        });
        parts.push(format!("## Verdict of the {}", report.noun));
        parts.push(table(&["View", "Verdict", "Why", "Whose"], rows));
    }
    parts.push(format!("## What changed since the {} before", report.noun));
    parts.push(list(report.changes.iter().map(|change| format!("{}.", escaped(&change.text))), "Nothing."));
    parts.push("## Findings by harm".to_owned());
    if report.findings.is_empty() {
        parts.push("None fired.".to_owned());
    }
    parts.extend((1..).zip(&report.findings).take(MOST).map(|(rank, finding)| told(rank, finding, report)));
    if report.findings.len() > MOST {
        parts.push(format!(
            "And {} of less harm; the JSON form has them all.",
            counted((report.findings.len() - MOST) as u64, "finding")
        ));
    }
    parts.push("## What could not be judged".to_owned());
    parts.push(not_judged(report));
    if !report.budgets.is_empty() {
        parts.push("## Error budgets".to_owned());
        parts.push(budgets(report));
    }
    parts.extend(report.views.iter().filter(|view| view.rounds.measured() > 0).map(|view| of_view(view, report)));
    parts.push("## How it was measured".to_owned());
    parts.push(format!(
        "Made by skewwatch {} from hourly sums of all rounds of the {}, without reading a store.",
        report.version, report.noun
    ));
    parts.push(measured(report));
    parts.push("## Glossary".to_owned());
    parts.push(list(GLOSSARY.iter().map(|(word, meaning)| format!("**{word}**: {meaning}")), ""));
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n") + "\n"
}

fn told(rank: u32, finding: &FindingOfPeriod, report: &Report) -> String {
    let mut lines = vec![format!(
        "{rank}. **{}** ({}): {}",
        escaped(&capital(&title(finding))),
        finding.severity.name(),
        escaped(&finding.message)
    )];
    lines.extend(also(finding).map(|others| format!("   - {}.", escaped(&others))));
    lines.push(format!("   - {}. {}.", course(finding, report), harm(finding)));
    if let Some(lag) = &finding.split {
        lines.push(format!("   - {}.", split(lag)));
    }
    if let Some(likely) = &finding.cause {
        let evidence: String = likely.evidence.iter().map(|sentence| format!(" {}", escaped(sentence))).collect();
        lines.push(format!("   - Likely cause: {}.{evidence}", escaped(likely.clause())));
    }
    if !finding.examples.is_empty() {
        lines.push(format!("   - {}:", examples(report.disclosure)));
    }
    let side = |value: &Option<String>, at: Option<Timestamp>| match (value, at) {
        (None, None) => figure::NOTHING.to_owned(),
        (None, Some(at)) => minute(at),
        (Some(value), None) => escaped(value),
        (Some(value), Some(at)) => format!("{} ({})", escaped(value), minute(at)),
    };
    lines.extend(finding.examples.iter().map(|cell| {
        let (offline, online) = (side(&cell.offline_value, cell.offline_at), side(&cell.online_value, cell.online_at));
        let difference = cell.difference.as_deref().map_or_else(String::new, |words| format!("; {}", escaped(words)));
        format!("     - Entity {}: offline {offline}, online {online}{difference}", escaped(&cell.entity))
    }));
    if let Some(accepted) = &finding.accepted {
        lines.push(format!("   - {}.", escaped(&capital(accepted))));
    }
    lines.extend(moved(finding, report));
    let owner = finding.owner.as_ref().map_or_else(String::new, |owner| format!("Owner: {}. ", escaped(owner)));
    lines.push(format!("   - {owner}Next step: {}", code(&finding.next_step)));
    lines.join("\n")
}

/// Reference against current values of a feature that drifted.
fn moved(finding: &FindingOfPeriod, report: &Report) -> Vec<String> {
    let of_feature = || {
        let view = report.views.iter().find(|view| view.name == finding.view)?;
        let feature = view.features.iter().find(|feature| Some(&feature.name) == finding.feature.as_ref())?;
        feature.bars.as_ref().filter(|_| finding.check == CheckKind::Drift)
    };
    let Some(bars) = of_feature() else { return Vec::new() };
    let rows = pairs(bars);
    let most = if rows.len() < bars.bars.len() { "; what moved most" } else { "" };
    let ns = format!("n = {} against {}", figure::count(bars.reference_n), figure::count(bars.current_n));
    let table = table(
        &["Values", "Reference", "Current"],
        rows.into_iter().map(|pair| vec![escaped(&pair.label), pair.reference, pair.current]),
    );
    let mut lines =
        vec![format!("   - Reference against current values, {}{most} ({ns}):", minute(bars.at)), String::new()];
    lines.extend(table.lines().map(|line| format!("     {line}")));
    lines.push(String::new());
    lines
}

fn not_judged(report: &Report) -> String {
    if report.not_judged.is_empty() && report.not_watched.is_empty() {
        return "Nothing: every check of every view was judged.".to_owned();
    }
    let judged = report.not_judged.iter().map(|entry| {
        let of = if entry.features.is_empty() { String::new() } else { format!(" of {}", features(entry)) };
        vec![escaped(&entry.view), escaped(&format!("{}{of}", entry.what)), escaped(&capital(&entry.why))]
    });
    let watched = report
        .not_watched
        .iter()
        .map(|view| vec![escaped(&view.feature_view), "everything".to_owned(), escaped(&capital(&view.reason))]);
    table(&["View", "What", "Why"], judged.chain(watched))
}

fn budgets(report: &Report) -> String {
    let rows = report.budgets.iter().map(|budget| {
        vec![
            escaped(&budget.view),
            check(budget.check).to_owned(),
            format!("{} %", figure::bare_percent(budget.allowed)),
            format!("{} {}", share(budget.spent), budget.unit),
            budget.burn.map_or_else(|| figure::NOTHING.to_owned(), figure::number),
        ]
    });
    table(&["View", "Objective", "Allowed", "Spent", "Burn"], rows)
}

fn of_view(view: &ViewOfPeriod, report: &Report) -> String {
    let rows = view.features.iter().take(MOST).map(of_feature);
    let mut parts = vec![
        format!("## View {}: {}", escaped(&view.name), view.verdict.word()),
        format!(
            "{}. {} measured, {} failed. Coverage {}; comparable {}.",
            escaped(&capital(&view.why)),
            counted(view.rounds.measured(), "round"),
            figure::count(view.rounds.failed),
            share(view.coverage.share),
            share(view.comparable.share)
        ),
        table(&["Feature", "Verdict", "Skew", "Only lag", "Coverage", "Drift"], rows),
    ];
    if view.features.len() > MOST {
        parts.push(format!(
            "And {}; the JSON form of the {} has them all.",
            counted((view.features.len() - MOST) as u64, "other feature"),
            report.noun
        ));
    }
    parts.join("\n\n")
}

fn of_feature(feature: &FeatureOfPeriod) -> Vec<String> {
    let nothing = || figure::NOTHING.to_owned();
    let ends = feature.skew_interval.map_or_else(String::new, |ends| format!(" ({})", interval(ends)));
    let drift = feature.drift.as_ref().map_or_else(nothing, |drift| {
        let newest = drift.newest.as_ref().and_then(|newest| newest.said.effect);
        let effect = newest.or(drift.effects.map(|[_, most]| most));
        let effect = effect.map_or_else(nothing, |effect| amount(drift.statistic, effect));
        let all = drift.drifted + drift.stable + drift.unknown;
        format!(
            "{} {effect}, in {} of {} rounds",
            drift.statistic.name(),
            figure::count(drift.drifted),
            figure::count(all)
        )
    });
    vec![
        escaped(&feature.name),
        feature.verdict.word().to_owned(),
        format!("{}{ends}", share(feature.skew)),
        feature.split.as_ref().map_or_else(nothing, |split| format!("{} %", figure::bare_percent(split.lag_share))),
        share(feature.coverage),
        drift,
    ]
}

fn measured(report: &Report) -> String {
    let rows = report.views.iter().filter_map(|view| {
        let sampled = view.sampled.as_ref()?;
        Some(vec![
            escaped(&view.name),
            minute(sampled.at),
            figure::count(sampled.keys),
            sampled.seed.to_string(),
            escaped(&sampled.snapshot),
            sampled.watermark.map_or_else(|| figure::NOTHING.to_owned(), minute),
        ])
    });
    table(&["View", "Newest round", "Keys", "Seed", "Snapshot", "Complete up to"], rows)
}

fn list(items: impl Iterator<Item = String>, nothing: &str) -> String {
    let lines: Vec<String> = items.map(|item| format!("- {item}")).collect();
    if lines.is_empty() { nothing.to_owned() } else { lines.join("\n") }
}

fn table(heads: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |", cells.join(" | "));
    let heads: Vec<String> = heads.iter().map(|head| (*head).to_owned()).collect();
    let rule = vec!["---".to_owned(); heads.len()];
    let mut lines = vec![line(&heads), line(&rule)];
    lines.extend(rows.map(|cells| line(&cells)));
    if lines.len() == 2 { String::new() } else { lines.join("\n") }
}

/// A text whose characters mean nothing to Markdown, on one line.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in one_line(text).chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '[' | ']' | '|' | '#' | '!' | '~' => {
                escaped.push('\\');
                escaped.push(character);
            }
            // Between letters an underscore means nothing.
            _ => escaped.push(character),
        }
    }
    escaped
}

/// A command as code, whatever it holds.
fn code(text: &str) -> String {
    let text = one_line(text);
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    if longest == 0 { format!("{fence}{text}{fence}") } else { format!("{fence} {text} {fence}") }
}
