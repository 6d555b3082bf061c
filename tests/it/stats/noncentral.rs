//! The noncentral χ² law against mpmath and SciPy, and its inverse against itself.

use std::path::PathBuf;

use proptest::prelude::*;
use serde_json::Value as Json;
use skewwatch::stats::noncentral::{NoncentralChiSquared, noncentrality};

fn fixture(part: &str) -> Vec<Json> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/oracle/noncentral.json");
    let mut whole: Json = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    serde_json::from_value(whole[part].take()).unwrap()
}

fn assert_close(found: f64, case: &Json, tail: &str, relative: f64) {
    let wanted = case[tail].as_f64().unwrap();
    assert!((found - wanted).abs() <= relative * wanted, "{tail} of {case}: {found:e}");
}

fn assert_tails(case: &Json, relative: f64) {
    let figure = |name: &str| case[name].as_f64().unwrap();
    let law = NoncentralChiSquared::new(figure("freedom"), figure("lambda"));
    assert_close(law.cdf(figure("x")), case, "cdf", relative);
    assert_close(law.sf(figure("x")), case, "sf", relative);
}

#[test]
fn both_tails_equal_those_of_ninety_digits() {
    let cases = fixture("mpmath");
    assert_eq!(cases.len(), 360);
    cases.iter().for_each(|case| assert_tails(case, 2e-11));
}

#[test]
fn both_tails_equal_scipy_at_large_noncentralities() {
    let cases = fixture("scipy");
    assert_eq!(cases.len(), 45);
    cases.iter().for_each(|case| assert_tails(case, 1e-8));
}

#[test]
fn nothing_lies_below_zero_and_all_of_it_above() {
    let law = NoncentralChiSquared::new(3.0, 7.0);
    assert_eq!((law.cdf(0.0), law.sf(0.0), law.cdf(-1.0), law.sf(-1.0)), (0.0, 1.0, 0.0, 1.0));
}

#[test]
fn a_figure_that_no_drift_explains_has_noncentrality_zero() {
    assert_eq!(noncentrality(9.0, 9.0, 0.975), 0.0);
    assert_eq!(noncentrality(0.0, 9.0, 0.025), 0.0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_inverse_gives_back_the_noncentrality(
        freedom in 1_u32..300, root in 0.1_f64..300.0, z in -4.0_f64..4.0,
    ) {
        let (freedom, lambda) = (f64::from(freedom), root * root);
        let x = freedom + lambda + z * (2.0 * (freedom + 2.0 * lambda)).sqrt();
        prop_assume!(x > 0.0);
        let law = NoncentralChiSquared::new(freedom, lambda);
        let share = law.cdf(x);
        prop_assume!(share > 1e-9 && share < 1.0 - 1e-9);
        let found = noncentrality(x, freedom, share);
        prop_assert!((found - lambda).abs() <= 1e-6 * (lambda + 1.0), "{found} is not {lambda}");
    }
}
