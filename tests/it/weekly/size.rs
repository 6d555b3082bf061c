//! Four weeks of 2,000 features, all of which are ill: a page that can be mailed, a message that Slack takes.
//!
//! The hours are those of rounds every five minutes; one hour of them is recorded, and stands for all others.

use std::io::Write as _;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use super::ills::Ill;
use super::sample::{Hour, Scene, forms};
use crate::pages::sample::{Trouble, entry, instant};

const VIEWS: usize = 40;
const FEATURES: usize = 50;
const MONTH: u32 = 4 * 168;

async fn large() -> Scene {
    let features: Vec<String> = (0..FEATURES).map(|number| format!("average_of_something_{number:03}")).collect();
    let features: Vec<&str> = features.iter().map(String::as_str).collect();
    let names: Vec<String> = (0..VIEWS).map(|number| format!("view_of_entities_{number:02}")).collect();
    let entries: Vec<String> = names.iter().map(|name| entry(name, "team: risk", &features)).collect();
    let mut scene = Scene::of(&entries.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let start = instant("2026-10-26T00:00:00Z");
    for name in &names {
        let trouble = Trouble { skewed: 0.03, missing: 0.07, stale: 0.02, drift: 0.3, slow: 1.0 };
        let at = |minute: u64| start.plus(Duration::from_secs(minute * 60));
        scene.rounds(name, (0..12).map(|round| (at(round * 5), Hour::Ill(trouble, Ill::Scaled))));
    }
    scene.go_on(MONTH - 1);
    scene
}

/// Every text of a message, with the kind of its block.
fn texts(message: &Json) -> Vec<(&str, &str)> {
    let blocks = message["blocks"].as_array().unwrap();
    blocks.iter().map(|block| (block["type"].as_str().unwrap(), block["text"]["text"].as_str().unwrap())).collect()
}

/// Time that this process has taken of processors, in hundredths of a second.
fn ticks() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let after_name = stat.rsplit(')').next().unwrap();
    after_name.split_whitespace().skip(11).take(2).map(|field| field.parse::<f64>().unwrap()).sum()
}

#[tokio::test]
async fn four_weeks_of_two_thousand_ill_features_fit_into_a_page_and_a_message() {
    let scene = large().await;
    let (start, before) = (Instant::now(), ticks());
    let report = scene.report("2026-W44..2026-W47");
    let [html, markdown, json, message] = forms(&report);
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default();
    let figures = format!(
        "{:?} and {} s of the processor, unoptimized; {peak}; html {}, markdown {}, json {} bytes",
        start.elapsed(),
        (ticks() - before) / 100.0,
        html.1.len(),
        markdown.1.len(),
        json.1.len()
    );
    writeln!(std::io::stdout(), "{figures}").unwrap();
    assert_eq!(report.views.iter().map(|view| view.features.len()).sum::<usize>(), VIEWS * FEATURES);
    assert!(report.findings.len() >= 2_000, "{}", report.findings.len());
    assert_eq!(report.views[0].rounds.measured(), u64::from(MONTH) * 12);
    assert!(html.1.len() < 5_000_000, "{}", html.1.len());
    let message: Json = serde_json::from_str(&message.1).unwrap();
    let texts = texts(&message);
    assert!(texts.len() <= 50);
    for (kind, text) in texts {
        assert!(text.chars().count() <= if kind == "header" { 150 } else { 3_000 }, "{text}");
    }
    assert!(message["text"].as_str().unwrap().chars().count() <= 3_000);
}
