//! Whether the verdicts on drift can be trusted: how often they are wrong where the truth is known.
//!
//! Every column is drawn anew, reference and current side, from distributions whose true effect is known. A part prints a
//! figure a row with the number of draws behind it, the bar that it must meet, and whether it does.
//!
//! Arguments: parts as letters and the share of the repetitions, as in `cargo bench --bench trust -- abf 0.1`; part `g`
//! is (a) with groups of entities, part `p` the table of power.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "made-up numbers are small, and a benchmark prints and may fail loudly"
)]

mod draws;
mod effects;
mod equal;
mod intervals;
mod pool;
mod power;

use comfy_table::{CellAlignment, Table};

/// The sizes that are crossed.
pub const SIZES: [u64; 3] = [50, 1_000, 100_000];

/// Rows of a part, each with its bar.
pub struct Rows {
    table: Table,
    missed: usize,
    repetitions: f64,
}

impl Rows {
    fn new(repetitions: f64) -> Self {
        let mut table = Table::new();
        table.load_preset(comfy_table::presets::NOTHING);
        table.set_header(["what", "draws", "found", "bar", ""]);
        Self { table, missed: 0, repetitions }
    }

    /// How many repetitions to make instead of `full`.
    #[must_use]
    pub fn scaled(&self, full: usize) -> usize {
        ((full as f64 * self.repetitions) as usize).max(1)
    }

    /// A share that must be at most `bar`.
    pub fn at_most(&mut self, what: &str, (hits, draws): (u64, u64), bar: f64) {
        let share = hits as f64 / draws.max(1) as f64;
        self.add(what, (draws, share), (format!("≤ {bar}"), share <= bar));
    }

    /// A share that must be at least `bar`.
    pub fn at_least(&mut self, what: &str, (hits, draws): (u64, u64), bar: f64) {
        let share = hits as f64 / draws.max(1) as f64;
        self.add(what, (draws, share), (format!("≥ {bar}"), share >= bar));
    }

    fn add(&mut self, what: &str, (draws, share): (u64, f64), (bar, met): (String, bool)) {
        self.missed += usize::from(!met);
        let verdict = if met { "met" } else { "MISSED" };
        self.table.add_row([what.to_owned(), draws.to_string(), format!("{share:.5}"), bar, verdict.to_owned()]);
    }

    /// Shares without a bar.
    pub fn tell(&mut self, what: &str, hits: &[u64], draws: u64) {
        let shares: Vec<String> =
            hits.iter().map(|hits| format!("{:.5}", *hits as f64 / draws.max(1) as f64)).collect();
        self.table.add_row([what.to_owned(), draws.to_string(), shares.join("  "), String::new(), String::new()]);
    }

    fn print(mut self, title: &str, seconds: f64) -> usize {
        for column in [1, 2, 3] {
            if let Some(column) = self.table.column_mut(column) {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        println!("\n{title} ({seconds:.0} s)\n{}", self.table);
        self.missed
    }
}

/// A letter, a title with the bar, and what fills the rows.
type Part = (char, &'static str, fn(&mut Rows));

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let repetitions = arguments.iter().find_map(|argument| argument.parse::<f64>().ok()).unwrap_or(1.0);
    let wanted = arguments.iter().find(|argument| argument.parse::<f64>().is_err());
    let parts: [Part; 8] = [
        (
            'a',
            "(a) p_equal of equal distributions: below .05 in at most 6 %, below .001 in at most 0.2 %",
            equal::sizes,
        ),
        ('g', "(a) the same where rows of one entity are alike", equal::entities),
        ('b', "(b) runs of 1,000 columns without drift, thresholds 0: any q < .05 in at most 18 of 200", equal::runs),
        ('c', "(c) the true effect is the threshold: p_value < .025 in at most 4 %", effects::at_threshold),
        ('d', "(d) the true effect is 1.5 × the threshold: stable in at most 4 %", effects::beyond),
        ('e', "(e) no drift and as many values as needed: stable in at least 85 %", power::without_drift),
        ('f', "(f) the interval misses the true index in at most 5 % on each side", intervals::misses),
        ('p', "power: how often a shift is called at limits of .01, .1 and .2 of the index", power::shifts),
    ];
    let mut missed = 0;
    for (letter, title, part) in parts {
        if wanted.is_none_or(|wanted| wanted.contains(letter)) {
            let started = std::time::Instant::now();
            let mut rows = Rows::new(repetitions);
            part(&mut rows);
            missed += rows.print(title, started.elapsed().as_secs_f64());
        }
    }
    println!("\n{missed} bars missed");
}
