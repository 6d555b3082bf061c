//! The table: how often each cause is named rightly, by severity.

use std::fmt;

use skewwatch::measure::cause::diagnose;

use super::judge::{Judgement, judge};
use super::{Instance, Where, cases, expiry};

/// How much of the corpus is run.
#[derive(Clone, Debug)]
pub struct Extent<'a> {
    pub seeds: std::ops::Range<u64>,
    pub severities: &'a [f64],
    pub entities: usize,
}

/// Right and counted instances of one cause.
#[derive(Clone, Debug, Default)]
pub struct Row {
    pub name: String,
    /// Per severity.
    pub counts: Vec<(usize, usize)>,
    /// Instances with fewer than thirty changed cells.
    pub too_few: usize,
    /// Right by another member of the class.
    pub in_class: usize,
    pub wrong: Vec<String>,
}

impl Row {
    /// Share that was right; `None` where nothing counted.
    pub fn share(&self) -> Option<f64> {
        let (right, all) = self.counts.iter().fold((0, 0), |sum, counts| (sum.0 + counts.0, sum.1 + counts.1));
        (all > 0).then(|| right as f64 / all as f64)
    }
}

pub struct Table {
    pub severities: Vec<f64>,
    pub causes: Vec<Row>,
    pub clean: Row,
    pub outside: Row,
}

impl Table {
    pub fn macro_average(&self) -> f64 {
        let shares: Vec<f64> = self.causes.iter().filter_map(Row::share).collect();
        shares.iter().sum::<f64>() / shares.len() as f64
    }
}

pub fn run(extent: &Extent<'_>) -> Table {
    let row =
        |name: &str| Row { name: name.to_owned(), counts: vec![(0, 0); extent.severities.len()], ..Row::default() };
    let mut table = Table {
        severities: extent.severities.to_vec(),
        causes: cases::causes(0).iter().map(|(name, _)| row(name)).collect(),
        clean: row("clean data"),
        outside: row("outside every class"),
    };
    let mut aged = row("ttl expiry");
    for seed in extent.seeds.clone() {
        expiry::count(&mut aged, (seed, extent));
        let mut parts: Vec<_> = cases::causes(seed).into_iter().map(|(_, cases)| cases).collect();
        parts.push(cases::outside());
        for (part, cases) in parts.into_iter().enumerate() {
            let row = table.causes.get_mut(part).unwrap_or(&mut table.outside);
            for (place, severity) in extent.severities.iter().enumerate() {
                for (fault, shape, hit) in &cases {
                    let instance = Instance {
                        shape: *shape,
                        fault: Some(*fault),
                        place: *hit,
                        severity: *severity,
                        seed,
                        entities: extent.entities,
                    };
                    count(row, place, &instance);
                }
            }
        }
        for shape in cases::CLEAN {
            let instance =
                Instance { shape, fault: None, place: Where::Entities, severity: 0.0, seed, entities: extent.entities };
            let made = instance.made();
            let diagnosis = diagnose(&made.cells);
            table.clean.counts[0].1 += 1;
            if diagnosis.causes.is_empty() && diagnosis.mismatches == 0 {
                table.clean.counts[0].0 += 1;
            }
        }
    }
    table.causes.push(aged);
    table
}

fn count(row: &mut Row, place: usize, instance: &Instance) {
    let made = instance.made();
    let judged = judge(instance, &made, &diagnose(&made.cells));
    match judged {
        Judgement::TooFew => row.too_few += 1,
        Judgement::Right | Judgement::RightInClass => {
            row.in_class += usize::from(judged == Judgement::RightInClass);
            row.counts[place].0 += 1;
            row.counts[place].1 += 1;
        }
        Judgement::Wrong(how) => {
            row.counts[place].1 += 1;
            row.wrong.push(how);
        }
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:<20}", "cause")?;
        for severity in &self.severities {
            write!(formatter, " {:>13}", format!("{} %", severity * 100.0))?;
        }
        writeln!(formatter, " {:>8} {:>9} {:>8}", "right", "in class", "too few")?;
        for row in self.causes.iter().chain([&self.outside, &self.clean]) {
            write!(formatter, "{:<20}", row.name)?;
            for (right, all) in &row.counts {
                write!(formatter, " {:>13}", format!("{right}/{all}"))?;
            }
            let share = row.share().map_or("–".to_owned(), |share| format!("{:.1} %", share * 100.0));
            writeln!(formatter, " {share:>8} {:>9} {:>8}", row.in_class, row.too_few)?;
        }
        writeln!(formatter, "macro average {:.2} %", self.macro_average() * 100.0)
    }
}
