//! What a run came to, for people.

use std::io::{self, Write};
use std::time::Duration;

use crate::bench::block::Faults;
use crate::bench::objective::{Objective, Percentile, Verdict};
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
    let whole = run.whole();
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
        run.faults().all()
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
    beside(out, run, due)?;
    let verdict = run.judge(settings, objective);
    if *objective != Objective::default() {
        writeln!(out, "{verdict}")?;
    }
    Ok(verdict)
}

/// What else is known of the run.
fn beside(out: &mut impl Write, run: &Run, due: u64) -> io::Result<()> {
    let percent = |share: f64| share * 100.0;
    if let (Some(cold), Some(prediction)) = (run.cold().hit_rate(), run.prediction) {
        writeln!(
            out,
            "L1 when cold: {:.2} % hits; replayed {:.2} %, LRU {:.2} %, at most {:.2} %",
            percent(cold),
            percent(prediction.replayed),
            percent(prediction.least_recently_used),
            percent(prediction.most_popular)
        )?;
    }
    if let Some(sending) = run.watched.sending_per_million(due) {
        write!(out, "CPU for a million: {sending:.3} s of the generator")?;
        if let Some(servers) = run.watched.servers_per_million(due) {
            write!(out, ", {servers:.3} s of Redis")?;
        }
        if let Some(starved) = run.watched.starved() {
            write!(out, "; its threads waited for CPU {:.1} % of the time", percent(starved))?;
        }
        writeln!(out)?;
    }
    if let Some(verified) = run.verified {
        writeln!(
            out,
            "before: {} rows looked at in {:.1} s, {} not right, {} incomplete, {} failed",
            verified.rows,
            verified.took.as_secs_f64(),
            verified.faults.all(),
            verified.incomplete,
            verified.failed
        )?;
    }
    if let Some(wrote) = &run.wrote {
        writeln!(out, "meanwhile: {} rows written, {} perhaps", wrote.acknowledged, wrote.failed)?;
        if wrote.left > 0 {
            writeln!(out, "{} rows are left in versions that only this run knows: load them again", wrote.left)?;
        }
    }
    for outage in run.outages.all() {
        let (from, recovery) = (outage.from.as_secs_f64(), outage.recovery());
        writeln!(out, "{} requests failed from {from:.3} s on, the last one {recovery:?} later", outage.failed)?;
    }
    let faults = run.faults();
    if faults.all() > 0 {
        let Faults { wrong, torn, stale, unwritten } = faults;
        writeln!(
            out,
            "not right: {wrong} wrong, {torn} torn, {stale} stale, {unwritten} of versions that nobody wrote"
        )?;
    }
    Ok(())
}

/// A time for people.
pub(super) fn time(time: Option<Duration>) -> String {
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
