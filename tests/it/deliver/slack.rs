//! The message for Slack within Slack's limits (<https://docs.slack.dev/reference/block-kit/blocks>), however much is found.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::Value;
use skewwatch::model::check::{CheckKind, Severity};
use skewwatch::publish::report::{Change, ChangeKind, FindingOfPeriod, LikelyCause, Report, slack};

use super::at;

fn finding(name: &str, message: &str) -> FindingOfPeriod {
    FindingOfPeriod {
        view: name.to_owned(),
        feature: Some(name.to_owned()),
        also: Vec::new(),
        check: CheckKind::Skew,
        severity: Severity::Critical,
        harm: 1.0,
        share: 0.5,
        share_of: "cells",
        onset: at(0),
        seconds: 3600.0,
        episodes: 1,
        ended: None,
        worst: 0.5,
        observed: 0.5,
        threshold: 0.01,
        n: 1000,
        message: message.to_owned(),
        split: None,
        cause: Some(LikelyCause {
            cause: Some(message.to_owned()),
            evidence: vec![message.to_owned()],
            name: None,
            share: Some(0.97),
            parameters: BTreeMap::new(),
        }),
        examples: Vec::new(),
        owner: Some(name.to_owned()),
        accepted: None,
        next_step: "skewwatch explain".to_owned(),
    }
}

fn report(findings: usize, name: &str, message: &str) -> Report {
    let change = Change { kind: ChangeKind::NewFinding, view: Some(name.to_owned()), text: message.to_owned() };
    let mut report = super::courier::report();
    report.team = Some(name.to_owned());
    report.findings = vec![finding(name, message); findings];
    report.changes = vec![change; findings];
    report
}

/// What Slack would refuse of a message.
fn refused(message: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let mut need = |holds: bool, what: &str| {
        if !holds {
            problems.push(what.to_owned());
        }
    };
    let length = |text: &Value| text.as_str().map_or(0, |text| text.chars().count());
    let blocks = message["blocks"].as_array().unwrap();
    need(blocks.len() <= 50, "more than 50 blocks");
    need((1..=40_000).contains(&length(&message["text"])), "a text of more than 40,000 characters");
    let mut all = 0;
    for block in blocks {
        let text = length(&block["text"]["text"]);
        all += text;
        match block["type"].as_str().unwrap() {
            "header" => need((1..=150).contains(&text), "a header of more than 150 characters"),
            "section" => need((1..=3_000).contains(&text), "a section of more than 3,000 characters"),
            other => need(false, other),
        }
    }
    need(all <= 13_200, "more than 13,200 characters in all");
    let whole = |entity: &str| ["&amp;", "&lt;", "&gt;"].iter().any(|known| entity.starts_with(known));
    for block in blocks.iter().filter(|block| block["type"] == "section") {
        let text = block["text"]["text"].as_str().unwrap();
        need(text.match_indices('&').all(|(place, _)| whole(&text[place..])), "half of an escaped character");
    }
    problems
}

#[test]
fn two_thousand_findings_fit() {
    for message in ["8.3 % of 1,000 compared values differ", &"long & <longer> ".repeat(1_000)] {
        for name in ["total_orders_30d", &"☃&".repeat(500)] {
            let link = format!("https://reports.example.com/{}", "x".repeat(500));
            assert_eq!(refused(&slack(&report(2_000, name, message), Some(&link))), [""; 0]);
        }
    }
}

#[test]
fn a_message_of_the_usual_size_is_small() {
    let text = slack(&report(2_000, "user_features", "8.3 % of 1,000 compared values differ"), None).to_string();
    assert!(text.len() < 5_000, "{} bytes", text.len());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_names_and_messages_hold_fits(findings in 0_usize..60, name in "\\PC{0,300}", message in ".{0,1500}") {
        prop_assert_eq!(refused(&slack(&report(findings, &name, &message), Some("https://r.example/"))), Vec::<String>::new());
    }
}
