//! The figures of every pair of columns of the oracle.

use serde_json::Value as Json;

use super::{drift, fixtures, json, stderr};
use crate::stats::oracle::{cases, folder, leaves, walk};

fn close(found: &Json, expected: &Json, what: &str) {
    let (found, expected) = (found.as_f64().unwrap(), expected.as_f64().unwrap());
    let allowed = (1e-9 * expected.abs()).max(1e-12);
    assert!((found - expected).abs() <= allowed, "{what}: {found:e} is not {expected:e}");
}

#[test]
fn distances_equal_the_oracle_for_every_pair_of_files() {
    let folder = fixtures().join("oracle");
    let expected: Json = serde_json::from_slice(&std::fs::read(folder.join("expected.json")).unwrap()).unwrap();
    let mut seen = 0;
    for (name, case) in expected["cases"].as_object().unwrap() {
        let files = ["ref", "cur"].map(|side| format!("{name}.{side}.parquet"));
        if !folder.join(&files[0]).exists() {
            // A million rows a side: too large to keep beside the code.
            assert_eq!(name, "huge_1m_f32_tiny_shift");
            continue;
        }
        let (document, _) = json(&folder, &files.each_ref().map(String::as_str));
        let column = &document["columns"]["x"];
        assert_eq!(column["kind"], case["kind"], "{name}");
        for (side, key) in [("reference", "ref"), ("current", "cur")] {
            assert_eq!(column["rows"][side], case[key]["rows"], "{name}: rows");
            assert_eq!(column["n"][side], case[key]["valid"], "{name}: n");
            close(&column["rates"]["null"][side], &case["null_rate"][key], &format!("{name}: null rate"));
        }
        if case.get("undefined").is_some() {
            assert_eq!(column["psi"]["distance"], Json::Null, "{name}");
        } else if case["kind"] == "categorical" {
            close(&column["psi"]["distance"], &case["discrete"]["psi_eps1e4"], &format!("{name}: psi"));
            close(&column["psi"]["noise_floor"], &case["discrete"]["psi_h0_q95"], &format!("{name}: psi noise"));
            assert_eq!(column["ks"], Json::Null, "{name}");
        } else {
            close(&column["psi"]["distance"], &case["psi_auto"], &format!("{name}: psi"));
            close(&column["ks"]["distance"], &case["ks"]["statistic"], &format!("{name}: ks"));
            close(&column["ks"]["noise_floor"], &case["ks"]["effect_crit_5pct"], &format!("{name}: ks noise"));
        }
        seen += 1;
    }
    assert_eq!(seen, 52);
}

#[test]
fn the_form_of_the_oracle_has_every_figure_of_every_case() {
    let mut mistakes = Vec::new();
    let (mut seen, mut visited, mut there) = (0, 0, 0);
    for (name, case) in cases() {
        let files = ["ref", "cur"].map(|side| format!("{name}.{side}.parquet"));
        let output = drift(&folder(), &[&files[0], &files[1], "--format", "oracle"]);
        let found: Json = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
            panic!("{name}: {error}: {}", stderr(&output));
        });
        let found = &found["columns"]["x"];
        visited += walk((found, &case), &mut vec![&name], &mut mistakes);
        there += leaves(&case);
        seen += 1;
    }
    assert_eq!(mistakes, Vec::<String>::new(), "{} differences", mistakes.len());
    assert_eq!((seen, visited), (52, there));
}

/// What the oracle's names promise, where they promise something.
#[test]
fn pairs_of_one_distribution_are_stable_and_known_changes_are_not() {
    let folder = fixtures().join("oracle");
    let verdict = |name: &str| {
        let files = ["ref", "cur"].map(|side| format!("{name}.{side}.parquet"));
        let (document, code) = json(&folder, &files.each_ref().map(String::as_str));
        (document["columns"]["x"]["verdict"].as_str().unwrap().to_owned(), code)
    };
    for name in ["gauss_same", "lognormal_same", "zero_infl_same", "const_same", "cat10_same", "cat_const_same"] {
        assert_eq!(verdict(name), ("stable".to_owned(), 0), "{name}");
    }
    for name in ["gauss_shift", "const_diff", "cat_disjoint", "null_rate_jump", "all_null_cur", "bool_nulls_one_sided"]
    {
        assert_eq!(verdict(name), ("drifted".to_owned(), 1), "{name}");
    }
    for name in ["tiny_1_1", "tiny_5_1000", "timestamps_same"] {
        assert_eq!(verdict(name), ("unknown".to_owned(), 2), "{name}: nothing was judged");
    }
}
