//! Shapes of values: what an entity has over its versions, as a function of a seed.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use skewwatch::model::value::{ScalarKind, Value, ValueKind};

/// Versions per entity: two older ones, the one that should be served, one from after the row's time.
pub const VERSIONS: usize = 4;
/// Position of the version that should be served.
pub const CURRENT: usize = 2;

/// A kind of feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Money in single precision, lognormal.
    Amount,
    /// A measurement in double precision, lognormal.
    Measure,
    /// A small count.
    Count,
    /// Days since a start: one more in each version.
    Age,
    /// A share in single precision, a fifth of them null.
    Score,
    /// Degrees from −20 to 40 in double precision.
    Temperature,
    /// Eight categories with capitals, accents and spaces.
    Category,
    /// Three hundred categories, a few of them common.
    City,
    /// True or false.
    Flag,
    /// An instant in whole seconds.
    Instant,
    /// An identifier up to 2^60.
    Identifier,
}

pub const CATEGORIES: [&str; 8] =
    ["Books", "Électronique", "Home & Garden", " Toys", "Fashion ", "Épicerie", "Sports", "日用品 Daily"];

impl Shape {
    pub fn kind(self) -> ValueKind {
        ValueKind::Scalar(match self {
            Self::Amount | Self::Score => ScalarKind::Float32,
            Self::Measure | Self::Temperature => ScalarKind::Float64,
            Self::Count | Self::Age | Self::Identifier => ScalarKind::Int64,
            Self::Category | Self::City => ScalarKind::String,
            Self::Flag => ScalarKind::Bool,
            Self::Instant => ScalarKind::UnixTimestamp,
        })
    }

    /// Values of every version, oldest first.
    pub fn versions(self, generator: &mut StdRng) -> [Value; VERSIONS] {
        let mut state: Option<Value> = None;
        [(); VERSIONS].map(|()| {
            let next = match &state {
                // A slow feature keeps its value in most versions.
                Some(value) if self.keeps() > generator.random::<f64>() => value.clone(),
                before => self.next(before.as_ref(), generator),
            };
            state = Some(next.clone());
            next
        })
    }

    fn keeps(self) -> f64 {
        match self {
            Self::Amount | Self::Measure | Self::Temperature | Self::Age => 0.0,
            Self::Count | Self::Score | Self::Instant | Self::Identifier => 0.3,
            Self::Category | Self::City | Self::Flag => 0.6,
        }
    }

    fn next(self, before: Option<&Value>, generator: &mut StdRng) -> Value {
        match self {
            Self::Amount => Value::Float32((lognormal(generator, 4.0, 0.8) * 100.0).round() as f32 / 100.0),
            Self::Measure => Value::Float64(lognormal(generator, 2.0, 1.2)),
            Self::Count => Value::Int(lognormal(generator, 2.2, 0.7) as i64),
            Self::Age => match before {
                Some(Value::Int(days)) => Value::Int(days + 1),
                _ => Value::Int(generator.random_range(0..4000)),
            },
            Self::Score if generator.random::<f64>() < 0.2 => Value::Null,
            Self::Score => Value::Float32(generator.random::<f32>()),
            Self::Temperature => Value::Float64(generator.random_range(-20.0..40.0)),
            Self::Category => Value::string(CATEGORIES[zipf(generator, CATEGORIES.len())]),
            Self::City => Value::string(&format!("City {}", zipf(generator, 300))),
            Self::Flag => Value::Bool(generator.random::<f64>() < 0.3),
            Self::Instant => Value::UnixTimestamp(generator.random_range(1_700_000_000..1_790_000_000)),
            Self::Identifier => Value::Int(generator.random_range(1 << 40..1 << 60)),
        }
    }
}

/// A level, the first ones much more often.
fn zipf(generator: &mut StdRng, levels: usize) -> usize {
    let share: f64 = generator.random();
    (((levels as f64 + 1.0).powf(share)) as usize - 1).min(levels - 1)
}

pub fn normal(generator: &mut StdRng) -> f64 {
    let (one, other): (f64, f64) = (generator.random(), generator.random());
    (-2.0 * (1.0 - one).ln()).sqrt() * (std::f64::consts::TAU * other).cos()
}

fn lognormal(generator: &mut StdRng, mean: f64, deviation: f64) -> f64 {
    normal(generator).mul_add(deviation, mean).exp()
}

pub fn seeded(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}
