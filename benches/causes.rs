//! The table of the corpus of faults: how often each cause is named rightly.
//!
//! `cargo bench --bench causes` runs all of it: every cause, four severities, 20 seeds, 20,000 entities. With a number,
//! `cargo bench --bench causes -- 3`, that many seeds; with `--wrong` it prints what was said instead, too.

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

use corpus::table::{Extent, run};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let seeds = arguments.iter().find_map(|argument| argument.parse().ok()).unwrap_or(20);
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
