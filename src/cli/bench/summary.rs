//! What a run came to, for people.

use std::io::{self, Write};
use std::time::Duration;

use crate::bench::block::Block;
use crate::bench::latency::Latencies;
use crate::bench::limit::upper_limits;
use crate::bench::objective::{Achieved, Evidence, Objective, Percentile, Verdict};
use crate::bench::run::{Run, RunSettings};
use crate::stats::real;

/// Percentiles that are always shown.
const SHOWN: [&str; 4] = ["p50", "p99", "p99.9", "p99.99"];

/// Writes the figures and the verdict, and gives the verdict.
pub(super) fn write(
    out: &mut impl Write,
    settings: &RunSettings,
    run: &Run,
    objective: &Objective,
) -> io::Result<Verdict> {
    let mut whole = Block::default();
    run.blocks.iter().for_each(|block| whole.merge(block));
    let due = whole.due();
    let answered = whole.hits.count() + whole.misses.count();
    let (hits, lookups) = whole.hits_of_answered();
    let hit_rate = real(hits) / real(lookups.max(1));
    writeln!(
        out,
        "{due} {} due in {} s, {answered} answered in whole, {} incomplete, {} failed, {} never sent, {} wrong",
        settings.target.requests(settings.batch),
        settings.seconds,
        whole.incomplete,
        whole.failed,
        whole.unsent,
        whole.faults.all()
    )?;
    writeln!(
        out,
        "L1: {:.2} % hits, {} rows, {:.1} MB; checking took {:.2} s of CPU",
        hit_rate * 100.0,
        run.l1_rows,
        real(run.l1_bytes) / 1e6,
        run.checking.as_secs_f64()
    )?;
    let rows = [
        ("response", &whole.response),
        ("service", &whole.service),
        ("hits", &whole.hits),
        ("misses", &whole.misses),
        ("slip", &whole.slip),
        ("keys", &whole.keys.response),
        ("key hits", &whole.keys.hits),
        ("key misses", &whole.keys.misses),
    ];
    let rows = rows.into_iter().filter(|(_, latencies)| latencies.count() > 0);
    write!(out, "{:10}", "")?;
    SHOWN.iter().try_for_each(|name| write!(out, "{name:>12}"))?;
    writeln!(out, "{:>12}", "largest")?;
    for (name, latencies) in rows {
        write!(out, "{name:10}")?;
        for shown in SHOWN.iter().filter_map(|name| Percentile::parse(name)) {
            write!(out, "{:>12}", time(latencies.quantile(shown.share())))?;
        }
        writeln!(out, "{:>12}", time(latencies.largest()))?;
    }
    let evidence = evidence(&whole, run, settings, objective);
    let verdict = objective.judge(&evidence);
    if *objective != Objective::default() {
        writeln!(out, "{verdict}")?;
    }
    Ok(verdict)
}

fn evidence(whole: &Block, run: &Run, settings: &RunSettings, objective: &Objective) -> Evidence {
    let responses: Vec<Latencies> = run.blocks.iter().map(|block| block.response.clone()).collect();
    let shares: Vec<f64> = objective.percentiles.iter().map(|(percentile, _)| percentile.share()).collect();
    let limits = upper_limits(&responses, &shares, settings.seed);
    let achieved = objective.percentiles.iter().zip(limits).map(|((percentile, _), limit)| Achieved {
        percentile: *percentile,
        response: whole.response.quantile(percentile.share()),
        limit,
        service: whole.service.quantile(percentile.share()),
        slip: whole.slip.quantile(0.99).unwrap_or_default(),
    });
    let (hits, lookups) = whole.hits_of_answered();
    Evidence {
        achieved: achieved.collect(),
        hit_rate: (settings.lookup.l1.capacity > 0).then(|| real(hits) / real(lookups.max(1))),
        without_answer: real(whole.response.without_answer()) / real(whole.due().max(1)),
        wrong: whole.faults.all(),
        starved: None,
        blocks: run.blocks.len(),
    }
}

fn time(time: Option<Duration>) -> String {
    let Some(time) = time else { return "–".to_owned() };
    let nanos = time.as_secs_f64() * 1e9;
    if nanos < 1e3 {
        format!("{nanos:.0} ns")
    } else if nanos < 1e6 {
        format!("{:.1} µs", nanos / 1e3)
    } else {
        format!("{:.2} ms", nanos / 1e6)
    }
}
