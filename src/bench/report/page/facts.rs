//! What the benchmark ran on and with, and how to run it again.

use maud::{Markup, html};

use super::super::Judged;
use super::super::conditions::{Measured, OutageTold, Part};
use super::super::text::share;
use crate::model::figure;
use crate::model::time::Precision;
use crate::publish::plain::one_line;

/// The settings, each process, and its command.
pub(super) fn section(judged: &Judged<'_>) -> Markup {
    let report = judged.report;
    let conditions = &report.conditions;
    let l1 = if conditions.has_l1() {
        format!(
            "{}, rows for {} at most{}",
            figure::bytes(conditions.l1_capacity_bytes),
            figure::span(Some(conditions.l1_ttl_seconds)),
            if conditions.l1_jitter > 0.0 {
                format!(", less up to {}", figure::limit_percent(conditions.l1_jitter))
            } else {
                String::new()
            }
        )
    } else {
        "none".to_owned()
    };
    let settings = [
        ("Target", conditions.target.clone()),
        ("Entities in a request", conditions.batch.to_string()),
        ("Layout", conditions.layout.clone()),
        (
            "Key space",
            format!(
                "{} entities × {} features, Zipf {}",
                figure::count(u64::from(conditions.entities)),
                conditions.features,
                conditions.zipf
            ),
        ),
        ("Arrivals", conditions.arrivals.clone()),
        ("L1 of each process", l1),
        ("Deadline", figure::span(Some(conditions.deadline_seconds))),
        (
            "Misses",
            format!(
                "pipelines of up to {} rows, {} at once per thread and node",
                conditions.pipeline_rows, conditions.pipelines
            ),
        ),
        ("Warm-up", figure::span(Some(conditions.warmup_seconds))),
        ("Processes", report.timing()),
    ];
    html! {
        section aria-label="Settings" { h2 { "Settings" } (list(&settings.map(|(name, value)| (name, Some(value))))) }
        section aria-label="What it ran on" {
            h2 { "What it ran on" }
            @for part in &report.parts { (process(part)) }
        }
        section aria-label="How to run it again" {
            h2 { "How to run it again" }
            @for part in &report.parts { pre tabindex="0" { code { (one_line(&command(part))) } } }
            @if report.parts.len() > 1 {
                p.soft { "Each leaves a document with " code { "--json" } "; " code { "skewwatch bench merge" } " puts them together." }
            }
        }
    }
}

fn list(entries: &[(&str, Option<String>)]) -> Markup {
    html! {
        dl.facts {
            @for (name, value) in entries {
                @if let Some(value) = value { div { dt { (name) } dd { (one_line(value)) } } }
            }
        }
    }
}

fn process(part: &Part) -> Markup {
    let machine = &part.machine;
    let measured = &part.measured;
    let loads = match (machine.load_before, machine.load_after) {
        (Some(before), Some(after)) => Some(format!("{before:.2} before, {after:.2} after")),
        (Some(load), None) | (None, Some(load)) => Some(format!("{load:.2}")),
        (None, None) => None,
    };
    let store = part.store.as_ref();
    let redis = store.map(|store| {
        let version = store.version.as_deref().map(|version| format!("{version}, ")).unwrap_or_default();
        let masters = store.masters.map(|masters| format!(" of {masters} masters")).unwrap_or_default();
        format!("Redis {version}{}{masters}: {}", store.topology, store.nodes.join(", "))
    });
    let prediction = measured.prediction.map(|prediction| {
        format!(
            "{} by replay; {} by LRU (Che), {} if the most popular rows stayed for ever",
            share(Some(prediction.replayed)),
            share(Some(prediction.least_recently_used)),
            share(Some(prediction.most_popular))
        )
    });
    let benchmark = measured.redis_benchmark.map(|benchmark| {
        format!("{} commands/s in pipelines of {}", figure::number(benchmark.commands_per_second), benchmark.pipeline)
    });
    let entries = [
        ("Measured from", Some(part.measured_from.floor(Precision::Millis).to_string())),
        (
            "Offered",
            Some(format!(
                "{} lookups/s for {} s by {} threads, seed {}",
                figure::count(part.rate),
                part.seconds,
                part.threads,
                part.seed
            )),
        ),
        ("Program", Some(part.program.name())),
        ("CPU", machine.cpu.clone()),
        ("Cores", machine.cores.map(|cores| cores.to_string())),
        ("Memory", machine.memory_bytes.map(figure::bytes)),
        ("System", machine.kernel.clone()),
        ("Load average", loads),
        ("Store", redis),
        ("The store stands", store.and_then(|store| store.reached).map(|reached| reached.words().to_owned())),
        (
            "L1 at the end",
            Some(format!("{} rows, {}", figure::count(part.l1_rows as u64), figure::bytes(part.l1_bytes))),
        ),
        ("Expected hit rate", prediction),
        ("Hit rate of the first seconds", measured.cold_hit_rate.map(|rate| share(Some(rate)))),
        ("Looked at before", measured.verified_rows.map(|rows| format!("{} rows", figure::count(rows)))),
        ("Written meanwhile", written(measured)),
        ("Failures", outages(measured)),
        (
            "Waited for CPU",
            measured
                .waited_for_cpu
                .map(|waited| format!("{} of the time of the threads that sent", share(Some(waited)))),
        ),
        ("CPU of others on the machine", measured.other_cpu_seconds.map(|seconds| format!("{seconds:.1} s"))),
        ("CPU given to other machines", measured.stolen_cpu_seconds.map(|seconds| format!("{seconds:.1} s"))),
        ("redis-benchmark", benchmark),
    ];
    html! { h3 { (one_line(part.place())) } (list(&entries)) }
}

fn written(measured: &Measured) -> Option<String> {
    let rate = measured.write_rate?;
    let count = |count: Option<u64>| count.map_or_else(|| figure::NOTHING.to_owned(), figure::count);
    let (written, failed) = (count(measured.written), count(measured.writes_failed));
    Some(format!("{} rows/s: {written} acknowledged, {failed} perhaps", figure::count(rate)))
}

fn outages(measured: &Measured) -> Option<String> {
    let told = measured.outages.iter().map(|outage| {
        let OutageTold { from_seconds, recovery_seconds, failed } = outage;
        format!("{} from second {from_seconds:.1}, the last {recovery_seconds:.3} s later", figure::count(*failed))
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| told.join("; "))
}

/// The command line, quoted where a shell needs it.
fn command(part: &Part) -> String {
    let quoted = |word: &String| {
        let is_plain = !word.is_empty()
            && word.chars().all(|character| character.is_ascii_alphanumeric() || "-_=+.,:/@%".contains(character));
        if is_plain { word.clone() } else { format!("'{}'", word.replace('\'', r"'\''")) }
    };
    let words: Vec<String> = part.program.arguments.iter().map(quoted).collect();
    format!("skewwatch {}", words.join(" "))
}
