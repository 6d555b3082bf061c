//! What a benchmark came to, for people: response first, hits and misses apart, and the verdict last.

use std::io::{self, Write};

use crate::bench::latency::Latencies;
use crate::bench::objective::{Objective, Percentile, Verdict};
use crate::bench::report::Judged;
use crate::bench::report::text::{margin, share, time};
use crate::model::figure;
use crate::publish::plain::one_line;

/// Percentiles that are always shown.
const SHOWN: [&str; 5] = ["p50", "p90", "p99", "p99.9", "p99.99"];

/// Writes the figures and the verdict.
///
/// # Errors
/// When `out` does not take them.
pub(super) fn write(out: &mut impl Write, judged: &Judged<'_>) -> io::Result<()> {
    let report = judged.report;
    let whole = &judged.whole;
    writeln!(
        out,
        "{} {} a second offered for {} s through {} ({}): {} due, {} answered in whole, {} incomplete, {} failed, {} never sent, {} wrong",
        figure::count(report.offered().rate),
        one_line(&report.conditions.requests),
        report.seconds.len(),
        one_line(&report.conditions.target),
        report.timing(),
        figure::count(whole.due()),
        figure::count(judged.answered()),
        figure::count(whole.incomplete),
        figure::count(whole.failed),
        figure::count(whole.unsent),
        figure::count(report.faults().all())
    )?;
    faults(out, judged)?;
    report.notes().iter().try_for_each(|note| writeln!(out, "note: {}", one_line(note)))?;
    writeln!(out)?;
    times(out, judged)?;
    writeln!(out)?;
    if report.conditions.has_l1() {
        l1(out, judged)?;
    }
    cost(out, judged)?;
    beside(out, judged)?;
    objectives(out, judged)?;
    verdict(out, judged.verdict.as_ref())
}

/// What was wrong with answers; nothing where none was.
fn faults(out: &mut impl Write, judged: &Judged<'_>) -> io::Result<()> {
    let faults = judged.report.faults();
    if faults.all() == 0 {
        return Ok(());
    }
    writeln!(
        out,
        "wrong answers: {} with values that nobody wrote, {} torn, {} older than allowed, {} of versions never written",
        figure::count(faults.wrong),
        figure::count(faults.torn),
        figure::count(faults.stale),
        figure::count(faults.unwritten)
    )
}

fn times(out: &mut impl Write, judged: &Judged<'_>) -> io::Result<()> {
    let whole = &judged.whole;
    write!(out, "{:12}", "")?;
    SHOWN.iter().try_for_each(|name| write!(out, "{name:>12}"))?;
    writeln!(out, "{:>12}{:>16}", "largest", "n")?;
    let mut row = |name: &str, latencies: &Latencies| {
        write!(out, "{name:12}")?;
        for percentile in SHOWN.iter().filter_map(|name| Percentile::parse(name)) {
            write!(out, "{:>12}", time(latencies.quantile(percentile.share())))?;
        }
        writeln!(out, "{:>12}{:>16}", time(latencies.largest()), figure::count(latencies.count()))
    };
    row("response", &whole.response)?;
    if judged.report.conditions.has_l1() {
        row("  hits", &whole.hits)?;
        row("  misses", &whole.misses)?;
    }
    row("service", &whole.service)?;
    row("slip", &whole.slip)?;
    if whole.keys.response.count() > 0 {
        row("key lookups", &whole.keys.response)?;
        row("  hits", &whole.keys.hits)?;
        row("  misses", &whole.keys.misses)?;
    }
    Ok(())
}

fn l1(out: &mut impl Write, judged: &Judged<'_>) -> io::Result<()> {
    let parts = &judged.report.parts;
    let rows: u64 = parts.iter().map(|part| part.l1_rows as u64).sum();
    let bytes: u64 = parts.iter().map(|part| part.l1_bytes).sum();
    write!(out, "L1: {} hits", share(judged.report.hit_rate(&judged.whole)))?;
    for prediction in parts.iter().filter_map(|part| part.measured.prediction).take(1) {
        write!(
            out,
            " ({} by replay; {} by LRU, {} at best)",
            share(Some(prediction.replayed)),
            share(Some(prediction.least_recently_used)),
            share(Some(prediction.most_popular))
        )?;
    }
    for cold in parts.iter().filter_map(|part| part.measured.cold_hit_rate).take(1) {
        write!(out, ", {} in the first seconds", share(Some(cold)))?;
    }
    writeln!(out, ", {} rows, {}", figure::count(rows), figure::bytes(bytes))
}

fn cost(out: &mut impl Write, judged: &Judged<'_>) -> io::Result<()> {
    let parts = &judged.report.parts;
    let checking: f64 = parts.iter().map(|part| part.checking_cpu_seconds).sum();
    let (generator, store) = judged.cpu_per_million();
    let mut told = Vec::new();
    told.extend(generator.map(|seconds| format!("{seconds:.2} s per million lookups, generator and path")));
    told.extend(store.map(|seconds| format!("{seconds:.2} s per million lookups, store")));
    told.push(format!("{checking:.2} s in all for checking answers"));
    let waited = parts.iter().filter_map(|part| part.measured.waited_for_cpu).reduce(f64::max);
    told.extend(waited.map(|waited| format!("threads waited for it {} of their time", share(Some(waited)))));
    writeln!(out, "CPU: {}", told.join("; "))?;
    let benchmark = parts.iter().find_map(|part| part.measured.redis_benchmark);
    if let Some((benchmark, ratio)) = benchmark.zip(judged.against_redis_benchmark()) {
        writeln!(
            out,
            "redis-benchmark: {} commands/s in pipelines of {}; answered here: {} times that",
            figure::number(benchmark.commands_per_second),
            benchmark.pipeline,
            figure::number(ratio)
        )?;
    }
    Ok(())
}

/// What went on before and meanwhile.
fn beside(out: &mut impl Write, judged: &Judged<'_>) -> io::Result<()> {
    for measured in judged.report.parts.iter().map(|part| &part.measured) {
        if let Some(rows) = measured.verified_rows {
            writeln!(out, "before: {} rows looked at", figure::count(rows))?;
        }
        if let Some(written) = measured.written {
            let failed = figure::count(measured.writes_failed.unwrap_or_default());
            writeln!(out, "meanwhile: {} rows written, {failed} perhaps", figure::count(written))?;
        }
        for outage in &measured.outages {
            writeln!(
                out,
                "{} requests failed from second {:.3} on, the last one {:.3} s later",
                figure::count(outage.failed),
                outage.from_seconds,
                outage.recovery_seconds
            )?;
        }
    }
    Ok(())
}

/// Each promise with what was achieved.
fn objectives(out: &mut impl Write, judged: &Judged<'_>) -> io::Result<()> {
    let objective = &judged.report.objective;
    if *objective == Objective::default() {
        return Ok(());
    }
    writeln!(out)?;
    for ((percentile, most), achieved) in objective.percentiles.iter().zip(&judged.evidence.achieved) {
        let name = percentile.to_string();
        write!(out, "{name:8}{:>12}, promised {}", time(achieved.response), time(Some(*most)))?;
        match achieved.limit {
            Some(limit) => {
                let margin = margin(*most, limit);
                writeln!(out, "; with 95 % certainty up to {}, {margin} it", time(Some(limit)))?;
            }
            None => writeln!(out, "; how certain it is cannot be said")?,
        }
    }
    if let Some(range) = &objective.hit_rate {
        let rate = judged.report.hit_rate(&judged.whole);
        let (low, high) = (figure::limit_percent(*range.start()), figure::limit_percent(*range.end()));
        writeln!(out, "{:8}{:>12}, promised {low} to {high}", "hits", share(rate))?;
    }
    Ok(())
}

fn verdict(out: &mut impl Write, verdict: Option<&Verdict>) -> io::Result<()> {
    let (word, reasons): (&str, &[String]) = match verdict {
        None => return Ok(()),
        Some(Verdict::Proven) => ("PROVEN", &[]),
        Some(Verdict::Missed(reasons)) => ("MISSED", reasons),
        Some(Verdict::Invalid(reasons)) => ("INVALID", reasons),
    };
    writeln!(out, "{word}")?;
    reasons.iter().try_for_each(|reason| writeln!(out, "  {}", one_line(reason)))
}
