//! The faults of the corpus, under the names of their causes.

use super::Where;
use super::faults::Fault;
use super::shapes::Shape;

/// What is injected, into which shape, where.
pub type Case = (Fault, Shape, Where);

/// Seeds choose parameters, so that no constant is right by having been named.
fn pick<T: Copy>(seed: u64, from: &[T]) -> T {
    from[seed as usize % from.len()]
}

/// Cases of every cause for one seed.
pub fn causes(seed: u64) -> Vec<(&'static str, Vec<Case>)> {
    use Shape::{Age, Amount, Category, City, Count, Flag, Identifier, Instant, Measure, Score, Temperature};
    use Where::{Entities, Shards, Since};
    let over = |fault: Fault, shapes: &[Shape]| -> Vec<Case> {
        shapes.iter().map(|shape| (fault, *shape, Entities)).collect()
    };
    let join = |parts: &[Vec<Case>]| parts.concat();
    let evolving = [Amount, Measure, Count, Age, Score, Category, City, Flag, Instant];
    let hours = pick(seed, &[-8.0, -5.0, 1.0, 2.0, 5.5, 5.75, 9.0, -3.0]) * 3600.0;
    let one = pick(seed, &[1.0, -1.0]);
    let constant = pick(seed, &[2.0, 3.0, 5.0, 10.0, -2.0]);
    let ratio = pick(seed, &[100.0, 1000.0, 0.01, 1.0 / 1.609_344, 2.54, 0.453_592_37, 1.0837]);
    let whole = pick(seed, &[100.0, 1000.0, 10.0, 60.0]);
    vec![
        ("stale pipeline", over(Fault::Stale, &evolving)),
        ("wrote nothing", over(Fault::WroteNothing, &evolving)),
        ("off-by-one window", over(Fault::OffByOne, &evolving)),
        ("correction lost", over(Fault::CorrectionLost, &[Amount, Measure, Count, Category, City, Flag])),
        ("future leakage", over(Fault::Leakage, &[Amount, Measure, Count, Age, Category, City, Flag])),
        ("time zone", join(&[over(Fault::TimeZone(hours), &[Instant]), over(Fault::TimeZone(one), &[Age, Count])])),
        (
            "index shift",
            join(&[
                over(Fault::Shift(constant), &[Count, Age, Identifier]),
                over(Fault::Shift(constant * 1.25), &[Amount, Measure, Temperature]),
            ]),
        ),
        (
            "unit or scale",
            join(&[
                over(Fault::Scale(ratio), &[Amount, Measure, Score, Temperature]),
                over(Fault::Scale(whole), &[Count, Age]),
                over(Fault::Scale(1.0 / 1.609_344), &[Age]),
                over(Fault::Affine(1.8, 32.0), &[Temperature]),
                over(Fault::Affine(1.0 / ratio, constant * 3.5), &[Amount, Measure]),
            ]),
        ),
        (
            "default fill",
            join(&[
                over(Fault::Fill(pick(seed, &["0", "-1"])), &[Score, Amount, Count]),
                over(Fault::Fill("unknown"), &[Category, City]),
            ]),
        ),
        (
            "type narrowing",
            join(&[
                over(Fault::Float32, &[Measure, Temperature]),
                over(Fault::Float16, &[Amount, Measure]),
                over(Fault::BFloat16, &[Amount, Measure, Temperature]),
                over(Fault::ThroughFloat64, &[Identifier]),
                over(Fault::Wrap32, &[Identifier]),
                over(Fault::Truncate, &[Amount, Measure, Temperature]),
                over(Fault::RoundTo(pick(seed, &[0, 1, 2])), &[Measure, Temperature]),
                over(Fault::RoundTo(pick(seed, &[0, 1])), &[Amount]),
                over(Fault::ClampAbove(20.0), &[Temperature, Count, Measure]),
            ]),
        ),
        (
            "category encoding",
            join(&[
                over(Fault::Lower, &[Category, City]),
                over(Fault::Upper, &[Category, City]),
                over(Fault::Trim, &[Category]),
                over(Fault::Decompose, &[Category]),
                over(Fault::Rename, &[Category]),
            ]),
        ),
        ("out of vocabulary", over(Fault::Collapse, &[Category, City])),
        ("duplication", over(Fault::Duplication, &[Amount, Measure, Count])),
        (
            "swapped entities",
            join(&[
                over(Fault::SwapNeighbour(pick(seed, &[1, -1, 2])), &[Amount, Measure, Identifier, Instant]),
                over(Fault::SwapPairs, &[Measure, Identifier, Instant]),
            ]),
        ),
        ("swapped features", over(Fault::SwapFeature, &[Amount, Measure, Count, Category, City])),
        (
            "version or deploy",
            vec![
                (Fault::Scale(ratio), Amount, Since),
                (Fault::Shift(constant), Count, Since),
                (Fault::Lower, Category, Since),
                (Fault::Truncate, Measure, Since),
            ],
        ),
        (
            "shard or replica",
            vec![
                (Fault::OffByOne, Amount, Shards),
                (Fault::OffByOne, Category, Shards),
                (Fault::Scale(ratio), Measure, Shards),
                (Fault::Shift(constant), Age, Shards),
            ],
        ),
    ]
}

/// Faults outside every class.
pub fn outside() -> Vec<Case> {
    use Shape::{Age, Amount, Category, City, Count, Measure, Temperature};
    let over = |fault: Fault, shapes: &[Shape]| -> Vec<Case> {
        shapes.iter().map(|shape| (fault, *shape, Where::Entities)).collect()
    };
    [
        over(Fault::Noise(0.1), &[Amount, Measure, Temperature]),
        over(Fault::StepNoise, &[Age, Count]),
        over(Fault::Redraw, &[Amount, Count, Age, Category, City]),
        over(Fault::Power, &[Amount, Measure]),
        over(Fault::Logarithm, &[Amount, Measure]),
        over(Fault::Garble, &[Category, City]),
        over(Fault::Nulls, &[Amount, Count, Category]),
    ]
    .concat()
}

/// Shapes for data without a fault.
pub const CLEAN: [Shape; 11] = [
    Shape::Amount,
    Shape::Measure,
    Shape::Count,
    Shape::Age,
    Shape::Score,
    Shape::Temperature,
    Shape::Category,
    Shape::City,
    Shape::Flag,
    Shape::Instant,
    Shape::Identifier,
];
