//! The table of the corpus of faults: how often each cause is named rightly. And what a diagnosis costs.
//!
//! `cargo bench --bench causes` runs all of the corpus: every cause, four severities, 20 seeds, 20,000 entities. With a
//! number, `cargo bench --bench causes -- 3`, that many seeds, with two those from the first up to before the second; with
//! `--wrong` it prints what was said instead, too. `cargo bench --bench causes -- --cost` diagnoses 50 features of 100,000
//! mismatches each and prints the processor time: of all cells given at once, and of as many as a round looks at.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program that prints a table of chosen numbers"
)]

#[path = "../tests/it/cause/corpus/mod.rs"]
mod corpus;

use std::hint::black_box;
use std::time::Duration;

use corpus::cases::{Case, causes};
use corpus::table::{Extent, run};
use corpus::{Instance, Where};
use skewwatch::measure::cause::{FeatureCells, diagnose};

/// Features whose mismatches are diagnosed for the cost.
const FEATURES: usize = 50;
/// Entities of each; all are hit.
const ENTITIES: usize = 100_000;
/// Cells of either kind that a round looks at.
const LOOKED_AT: usize = 2000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.iter().any(|argument| argument == "--cost") {
        return cost();
    }
    let numbers: Vec<u64> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let seeds = match numbers.as_slice() {
        [] => 0..20,
        [until] => 0..*until,
        [from, until, ..] => *from..*until,
    };
    let table = run(&Extent { seeds, severities: &[0.005, 0.05, 0.5, 1.0], entities: 20_000 });
    println!("{table}");
    if arguments.iter().any(|argument| argument == "--wrong") {
        for row in table.causes.iter().chain([&table.outside]) {
            for wrong in &row.wrong {
                println!("{}: {wrong}", row.name);
            }
        }
    }
}

/// Prints what diagnosing takes, the dearest features first.
fn cost() {
    let cases: Vec<(&str, Case)> =
        causes(0).into_iter().flat_map(|(name, cases)| cases.into_iter().map(move |case| (name, case))).collect();
    let (mut whole, mut looked_at, mut mismatches) = (Duration::ZERO, Duration::ZERO, 0);
    let mut features = Vec::with_capacity(FEATURES);
    for place in 0..FEATURES {
        let (name, (fault, shape, _)) = cases[place * cases.len() / FEATURES];
        let instance =
            Instance { shape, fault: Some(fault), place: Where::Entities, severity: 1.0, seed: 0, entities: ENTITIES };
        let mut cells = instance.made().cells;
        mismatches += cells.mismatches.len();
        let took = processor_time(&cells);
        whole += took;
        features.push((took, format!("{name}: {fault:?} of {shape:?}")));
        for part in [&mut cells.mismatches, &mut cells.consistent] {
            let step = part.len().div_ceil(LOOKED_AT).max(1);
            *part = part.iter().step_by(step).cloned().collect();
        }
        looked_at += processor_time(&cells);
    }
    features.sort_by_key(|(took, _)| std::cmp::Reverse(*took));
    for (took, feature) in features.iter().take(10) {
        println!("{:>8.1} ms  {feature}", took.as_secs_f64() * 1000.0);
    }
    println!("{FEATURES} features, {mismatches} mismatches in all");
    println!("all cells given:             {:.2} s of processor time", whole.as_secs_f64());
    println!("as many as a round looks at: {:.2} s", looked_at.as_secs_f64());
}

fn processor_time(cells: &FeatureCells) -> Duration {
    let before = on_cpu();
    black_box(diagnose(black_box(cells)));
    on_cpu() - before
}

/// Time that this process's first thread, which does all of it, has been running (proc_pid_schedstat).
fn on_cpu() -> Duration {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap();
    Duration::from_nanos(text.split_whitespace().next().unwrap().parse().unwrap())
}
