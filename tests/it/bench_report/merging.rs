//! Merging is as if one run had seen it all; what does not belong together is refused.

use std::time::Duration;

use proptest::prelude::*;
use skewwatch::bench::block::{Block, Ending, Times};
use skewwatch::bench::objective::Verdict;
use skewwatch::bench::report::merge::{Promises, merge};
use skewwatch::bench::report::{Judged, Offered, Report};

use super::sample::{BEGIN, claim, conditions, part, run};

fn named(reports: Vec<Report>) -> Vec<(String, Report)> {
    (b'A'..).map(|letter| format!("{}.json", char::from(letter))).zip(reports).collect()
}

fn merged(reports: Vec<Report>) -> Report {
    merge(named(reports), Promises::MustAgree).unwrap()
}

fn refusal(reports: Vec<Report>) -> String {
    merge(named(reports), Promises::MustAgree).unwrap_err().to_string()
}

fn ending() -> impl Strategy<Value = Ending> {
    prop_oneof![
        70 => Just(Ending::Hit),
        26 => Just(Ending::Miss),
        2 => Just(Ending::Failed),
        1 => Just(Ending::Incomplete),
        1 => Just(Ending::Unsent)
    ]
}

/// Requests: process, second, ending, slip and service.
fn requests() -> impl Strategy<Value = Vec<(usize, usize, Ending, u64, u64)>> {
    prop::collection::vec((0_usize..3, 0_usize..31, ending(), 0_u64..1_000_000, 100_u64..100_000_000), 0..400)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn merged_processes_are_what_one_process_would_have_seen(requests in requests(), order in Just([0, 1, 2]).prop_shuffle()) {
        let mut blocks = vec![vec![Block::default(); 31]; 3];
        let mut all = vec![Block::default(); 31];
        for (process, second, ending, slip, service) in requests {
            let times = Times { due: 0, sent: slip, ended: slip + service };
            blocks[process][second].record(ending, times);
            all[second].record(ending, times);
        }
        let report = |process: usize| Report::of(claim(), conditions(), (part(process as u64 + 1, 0, 31), blocks[process].clone()));
        let whole = merged(order.into_iter().map(report).collect());
        // By whatever way they come together.
        prop_assert_eq!(&merged(vec![merged(vec![report(2), report(0)]), report(1)]), &whole);
        prop_assert_eq!(whole.seconds.values().cloned().collect::<Vec<_>>(), all.clone());
        let mut single = Report::of(claim(), conditions(), (part(1, 0, 31), all));
        prop_assert_eq!(whole.offered(), Offered { rate: 3_000, even: 31, at_once: 3 });
        // What processes know beside their requests is judged with them.
        single.parts.clone_from(&whole.parts);
        let (of_whole, of_single) = (Judged::new(&whole), Judged::new(&single));
        prop_assert_eq!(&of_whole.evidence, &of_single.evidence);
        prop_assert_eq!(&of_whole.verdict, &of_single.verdict);
        prop_assert_eq!(of_whole.answered(), of_single.answered());
    }
}

#[test]
fn rates_of_the_same_time_add_up_and_runs_one_after_the_other_lengthen_the_run() {
    let together = merged(vec![run(1, 0, 31), run(2, 0, 31)]);
    assert_eq!(together.offered(), Offered { rate: 2_000, even: 31, at_once: 2 });
    assert_eq!((together.timing().as_str(), together.whole().due()), ("2 processes at the same time", 62_000));
    assert_eq!(together.notes(), Vec::<String>::new());
    let apart = merged(vec![run(1, 0, 20), run(2, 100, 20)]);
    assert_eq!(apart.offered(), Offered { rate: 1_000, even: 40, at_once: 1 });
    assert_eq!((apart.timing().as_str(), apart.seconds.len()), ("2 runs one after the other", 40));
    let both = merged(vec![run(1, 0, 20), run(2, 0, 20), run(3, 50, 20), run(4, 50, 20)]);
    assert_eq!(both.offered(), Offered { rate: 2_000, even: 40, at_once: 2 });
    assert_eq!(both.timing(), "4 processes, up to 2 at the same time");
}

#[test]
fn processes_that_began_a_second_apart_were_at_the_same_time_and_it_is_said() {
    let whole = merged(vec![run(1, 0, 31), run(2, 1, 31)]);
    assert_eq!(whole.offered(), Offered { rate: 2_000, even: 30, at_once: 2 });
    assert_eq!(whole.notes(), ["in 2 of 32 seconds not all processes were running"]);
}

#[test]
fn runs_that_overlap_in_part_prove_nothing_together() {
    let told = "these runs were neither at the same time nor one after the other at the same rate: 1,000 lookups/s were offered in 40 of 50 seconds, other rates in the rest";
    let mut faster = part(2, 100, 20);
    faster.rate = 3_000;
    assert_eq!(refusal(vec![run(1, 0, 30), run(2, 20, 30)]), told);
    let faster = Report { parts: vec![faster], ..run(2, 100, 20) };
    assert!(refusal(vec![run(1, 0, 20), faster]).starts_with("these runs were neither at the same time"));
}

#[test]
fn seeds_that_are_the_same_are_said() {
    let (one, mut other) = (run(5, 0, 31), run(6, 0, 31));
    other.parts[0].seed = 5;
    let note = "several processes had seed 5: they asked for the same keys in the same order";
    assert_eq!(merged(vec![one, other]).notes(), [note]);
}

#[test]
fn the_same_run_does_not_count_twice() {
    assert_eq!(refusal(vec![run(1, 0, 31), run(1, 0, 31)]), "the same run is in A.json and in B.json");
    let both = merged(vec![run(1, 0, 31), run(2, 0, 31)]);
    assert_eq!(refusal(vec![both, run(2, 0, 31)]), "the same run is in A.json and in B.json");
}

#[test]
fn other_settings_programs_and_promises_are_refused() {
    let mut other = run(2, 0, 31);
    (other.conditions.features, other.conditions.layout) = (10, "hash".to_owned());
    assert_eq!(
        refusal(vec![run(1, 0, 31), other]),
        "A.json and B.json did not run the same: `features` is 5 in the first and 10 in the other, `layout` is \"feast\" in the \
         first and \"hash\" in the other"
    );
    let mut other = run(2, 0, 31);
    other.parts[0].program.revision = Some("def5678".to_owned());
    assert_eq!(
        refusal(vec![run(1, 0, 31), other]),
        "A.json was made by skewwatch 0.1.0 (abc1234) and B.json by skewwatch 0.1.0 (def5678)"
    );
    let mut other = run(2, 0, 31);
    other.objective = "p99=10ms".parse().unwrap();
    assert_eq!(
        refusal(vec![run(1, 0, 31), other.clone()]),
        "A.json and B.json promise different things: `hit=0.71..0.75,p50=1.2ms,p99=4.8ms` and `p99=10ms`\n  hint: say with \
         `--slo` what all of them are held against"
    );
    assert!(merge(named(vec![run(1, 0, 31), other]), Promises::AreReplaced).is_ok());
    assert_eq!(refusal(Vec::new()), "there is no report to put together");
}

#[test]
fn a_process_alone_has_what_it_has() {
    let alone = merged(vec![run(1, 0, 31)]);
    assert_eq!(alone, run(1, 0, 31));
    let judged = Judged::new(&alone);
    assert_eq!(judged.verdict, Some(Verdict::Proven));
    assert!(judged.evidence.achieved.iter().all(|achieved| achieved.limit < Some(Duration::from_millis(5))));
    assert_eq!(alone.seconds.keys().next(), Some(&BEGIN));
}

#[test]
fn what_was_wrong_before_the_measured_seconds_counts_as_well() {
    let mut report = run(1, 0, 31);
    report.parts[0].measured.faults_before.torn = 1;
    assert_eq!(Judged::new(&report).verdict, Some(Verdict::Missed(vec!["1 answers were wrong".to_owned()])));
}

#[test]
fn without_a_promise_there_is_a_verdict_on_wrong_answers_only() {
    let mut report = Report { objective: "p99=1s".parse().unwrap(), ..run(1, 0, 31) };
    report.objective.percentiles.clear();
    assert_eq!(Judged::new(&report).verdict, None);
    report.parts[0].measured.faults_before.wrong = 2;
    assert_eq!(Judged::new(&report).verdict, Some(Verdict::Missed(vec!["2 answers were wrong".to_owned()])));
}
