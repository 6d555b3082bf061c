//! Percentile text and the page, whole, against committed files.

use std::path::PathBuf;

use skewwatch::bench::latency::Latencies;
use skewwatch::bench::report::merge::{Promises, merge};
use skewwatch::bench::report::{Judged, Report, hgrm, page};

use super::sample::{run, troubled};

/// Compares with the committed file `name`; with `BLESS=1` in the environment writes it instead.
pub fn same_as_file(name: &str, found: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/bench_report").join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == found,
        "{} differs; if the new text is right, run the test again with BLESS=1. Now:\n{found}",
        path.display()
    );
}

/// Two processes that ran together.
pub fn together() -> Report {
    let reports = [run(1, 0, 31), run(2, 0, 31)];
    merge(["one", "two"].map(str::to_owned).into_iter().zip(reports).collect(), Promises::MustAgree).unwrap()
}

#[test]
fn the_page_says_all_of_a_run_that_kept_its_promise_and_of_one_that_did_not() {
    same_as_file("proven.html", &page::page(&Judged::new(&together())));
    same_as_file("missed.html", &page::page(&Judged::new(&troubled())));
}

#[test]
fn names_from_outside_are_escaped_on_the_page() {
    let mut report = run(1, 0, 3);
    let hostile = "<script>alert(1)</script>\u{202e}";
    report.conditions.target = hostile.to_owned();
    report.parts[0].machine.host = Some(hostile.to_owned());
    report.parts[0].program.arguments = vec![hostile.to_owned()];
    let text = page::page(&Judged::new(&report));
    assert!(!text.contains("<script>") && !text.contains('\u{202e}'), "{text}");
}

#[test]
fn a_page_of_nothing_is_a_page() {
    let mut report = run(1, 0, 0);
    report.seconds.clear();
    assert!(page::page(&Judged::new(&report)).contains("No request was due."));
}

/// The columns of the lines with figures.
fn columns(text: &str) -> Vec<Vec<f64>> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.contains("Value"));
    lines
        .filter(|line| !line.is_empty())
        .map(|line| line.split_whitespace().map(|word| word.parse().unwrap()).collect())
        .collect()
}

#[test]
fn percentile_text_adds_up_to_all_requests() {
    let whole = together().whole();
    let text = hgrm::text(&whole.response);
    same_as_file("response.hgrm", &text);
    let columns = columns(&text);
    assert!(
        columns.windows(2).all(|pair| pair[0][0] <= pair[1][0] && pair[0][1] <= pair[1][1] && pair[0][2] <= pair[1][2])
    );
    let last = columns.last().unwrap();
    assert_eq!((last[1], last[2] as u64, last.len()), (1.0, whole.due(), 3));
    for line in columns.iter().filter(|line| line.len() == 4) {
        let quantile = whole.response.quantile(line[1]).unwrap().as_secs_f64() * 1e3;
        assert!((quantile - line[0]).abs() < 1e-6, "{line:?} against {quantile}");
        assert!((line[3] - 1.0 / (1.0 - line[1])).abs() < 0.01 * line[3], "{line:?}");
    }
}

#[test]
fn percentile_text_ends_where_requests_without_answer_begin() {
    let whole = troubled().whole();
    let text = hgrm::text(&whole.response);
    assert!(text.ends_with("# 60 of 31000 requests had no answer; they took longer than any other\n"), "{text}");
    let columns = columns(&text);
    assert!(columns.iter().all(|line| line.len() == 4 && line[1] < 1.0 - 60.0 / 31_000.0), "{text}");
}

#[test]
fn percentile_text_of_nothing_has_no_lines() {
    assert_eq!(columns(&hgrm::text(&Latencies::new())), Vec::<Vec<f64>>::new());
}
