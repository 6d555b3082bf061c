//! Causes are named rightly: a part of the corpus of faults here, all of it by `cargo bench --bench causes`.

mod corpus;
mod disjoint;
mod golden;
mod incidents;
mod small;
mod standstill;

use corpus::table::{Extent, run};

#[test]
fn a_part_of_the_corpus_is_named_rightly() {
    let table = run(&Extent { seeds: 0..1, severities: &[0.05, 1.0], entities: 3000 });
    assert!(table.macro_average() >= 0.95, "{table}");
    for row in table.causes.iter().chain([&table.outside]) {
        assert!(row.share().is_some_and(|share| share >= 0.9), "{table}\n{:#?}", row.wrong);
    }
    assert_eq!(table.clean.share(), Some(1.0));
}
