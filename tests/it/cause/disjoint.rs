//! Several causes for disjoint parts of the entities, and features that share one.

use skewwatch::measure::cause::{PairedCell, Standing, diagnose};
use skewwatch::model::cause::Cause;
use skewwatch::model::value::Value;

use super::corpus::faults::Fault;
use super::corpus::shapes::Shape;
use super::corpus::{Instance, Where};

fn instance(shape: Shape, fault: Fault, severity: f64) -> Instance {
    Instance { shape, fault: Some(fault), place: Where::Entities, severity, seed: 3, entities: 4000 }
}

#[test]
fn two_causes_for_two_parts_of_the_entities_are_both_named() {
    let mut made = instance(Shape::Amount, Fault::Scale(100.0), 0.2).made();
    let shifted: Vec<PairedCell> = (made.cells.consistent.iter().take(400))
        .map(|cell| {
            let Value::Float32(number) = cell.offline else { unreachable!() };
            PairedCell::new(cell.entity, Standing::Mismatch, (cell.offline.clone(), Value::Float32(number + 5.0)))
        })
        .collect();
    made.cells.consistent.drain(..400);
    made.cells.mismatches.extend(shifted);
    made.cells.mismatches.sort_by_key(|cell| cell.entity);
    made.cells.mismatching += 400;
    made.cells.agreeing -= 400;
    let diagnosis = diagnose(&made.cells);
    let named: Vec<(Cause, u64)> = diagnosis.causes.iter().map(|cause| (cause.cause, cause.explained)).collect();
    assert_eq!(named, [(Cause::Scale, diagnosis.examined - 400), (Cause::Shift, 400)]);
}

#[test]
fn features_with_one_cause_and_one_place_are_one_incident() {
    let of = |shape, fault| diagnose(&instance(shape, fault, 0.2).made().cells).incident().unwrap();
    let amount = of(Shape::Amount, Fault::Scale(100.0));
    assert_eq!(amount, of(Shape::Measure, Fault::Scale(100.0)));
    assert_ne!(amount, of(Shape::Measure, Fault::Scale(1000.0)));
    assert_ne!(amount, of(Shape::Count, Fault::Shift(3.0)));
    assert_eq!(of(Shape::Count, Fault::OffByOne), of(Shape::Category, Fault::OffByOne));
}
