//! Too little data, clean data and expiry.

use skewwatch::measure::cause::{Presence, RowPresence, diagnose, expiry};
use skewwatch::model::cause::{Relation, Unknown};

use super::corpus::faults::Fault;
use super::corpus::shapes::Shape;
use super::corpus::{Instance, Where};

fn instance(severity: f64, entities: usize) -> Instance {
    Instance {
        shape: Shape::Amount,
        fault: Some(Fault::Scale(100.0)),
        place: Where::Entities,
        severity,
        seed: 1,
        entities,
    }
}

#[test]
fn fewer_than_thirty_mismatches_are_too_few() {
    let diagnosis = diagnose(&instance(1.0, 29).made().cells);
    assert_eq!((diagnosis.causes.as_slice(), diagnosis.unknown), (&[][..], Some(Unknown::TooFew)));
    assert_eq!(diagnose(&instance(1.0, 30).made().cells).unknown, None);
}

#[test]
fn without_a_mismatch_there_is_no_cause_and_nothing_unknown() {
    let diagnosis = diagnose(&instance(0.0, 1000).made().cells);
    assert_eq!((diagnosis.causes.as_slice(), diagnosis.unknown), (&[][..], None));
}

#[test]
fn the_same_cells_give_the_same_answer() {
    let made = instance(0.3, 1000).made();
    assert_eq!(diagnose(&made.cells), diagnose(&made.cells));
}

fn rows(missing: impl Fn(u32) -> bool) -> Vec<RowPresence> {
    let presence = |hour| if missing(hour) { Presence::Missing } else { Presence::Served };
    (0..200).map(|hour| RowPresence { age: f64::from(hour) * 3600.0, presence: presence(hour) }).collect()
}

#[test]
fn rows_missing_from_an_age_on_have_expired() {
    assert_eq!(expiry(&rows(|hour| hour >= 48)), Some((Relation::Expired { age: 47.5 * 3600.0 }, 152)));
}

#[test]
fn rows_missing_at_any_age_have_not_expired() {
    assert_eq!(expiry(&rows(|hour| hour % 5 == 0)), None);
    assert_eq!(expiry(&rows(|_| true)), None);
    assert_eq!(expiry(&rows(|_| false)), None);
}
