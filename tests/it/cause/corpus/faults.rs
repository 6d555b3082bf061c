//! Faults: what is done to a value, written apart from the library that is to find it.

use half::{bf16, f16};
use rand::RngExt as _;
use rand::rngs::StdRng;
use skewwatch::model::value::Value;

use super::shapes::{CATEGORIES, CURRENT, Shape, normal};

/// What is injected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    Stale,
    WroteNothing,
    OffByOne,
    CorrectionLost,
    Leakage,
    TimeZone(f64),
    Shift(f64),
    Scale(f64),
    Affine(f64, f64),
    Duplication,
    Float32,
    Float16,
    BFloat16,
    ThroughFloat64,
    Wrap32,
    Truncate,
    RoundTo(i32),
    ClampAbove(f64),
    Fill(&'static str),
    Lower,
    Upper,
    Trim,
    Decompose,
    Rename,
    Collapse,
    SwapNeighbour(i64),
    SwapPairs,
    SwapFeature,
    // outside every class
    Noise(f64),
    StepNoise,
    Redraw,
    Power,
    Logarithm,
    Garble,
    Nulls,
}

/// An entity before and after.
pub struct Subject<'a> {
    pub shape: Shape,
    pub versions: &'a [Value],
    pub superseded: &'a Value,
    pub sibling: &'a Value,
    pub population: &'a [Vec<Value>],
    pub entity: usize,
}

impl Fault {
    /// What is served in place of the current version.
    pub fn served(self, subject: &Subject<'_>, generator: &mut StdRng) -> Value {
        let current = &subject.versions[CURRENT];
        let other =
            |entity: usize| subject.population.get(entity).map_or(current, |versions| &versions[CURRENT]).clone();
        match self {
            Self::Stale | Self::WroteNothing | Self::OffByOne => subject.versions[CURRENT - 1].clone(),
            Self::CorrectionLost => subject.superseded.clone(),
            Self::Leakage => subject.versions[CURRENT + 1].clone(),
            Self::SwapNeighbour(places) => other((subject.entity as i64 + places) as usize),
            Self::SwapPairs => other(subject.entity ^ 1),
            Self::SwapFeature => subject.sibling.clone(),
            Self::Redraw => {
                let entity = generator.random_range(0..subject.population.len());
                other(entity)
            }
            Self::Nulls => Value::Null,
            Self::Fill(text) if current.is_null() => match subject.shape {
                Shape::Score | Shape::Amount => Value::Float32(text.parse().unwrap()),
                Shape::Count => Value::Int(text.parse().unwrap()),
                _ => Value::string(text),
            },
            Self::Fill(_) => current.clone(),
            _ => match current {
                Value::String(text) => Value::string(&self.rewritten(text, generator)),
                Value::Int(number) => self.integer(*number, generator).map_or(Value::Null, Value::Int),
                Value::UnixTimestamp(number) => Value::UnixTimestamp(self.integer(*number, generator).unwrap()),
                Value::Float32(number) => Value::Float32(self.number(f64::from(*number), generator) as f32),
                Value::Float64(number) => Value::Float64(self.number(*number, generator)),
                Value::Bool(flag) => Value::Bool(!flag),
                value => value.clone(),
            },
        }
    }

    fn integer(self, number: i64, generator: &mut StdRng) -> Option<i64> {
        Some(match self {
            Self::ThroughFloat64 => number as f64 as i64,
            Self::Wrap32 => i64::from(number as i32),
            Self::Scale(factor) if factor.fract() == 0.0 => number * factor as i64,
            Self::Scale(factor) => (number as f64 * factor).round() as i64,
            Self::Duplication => number * multiple(generator) as i64,
            Self::StepNoise => number + (normal(generator) * 3.0).round() as i64,
            Self::TimeZone(by) | Self::Shift(by) => number + by as i64,
            _ => self.number(number as f64, generator).round() as i64,
        })
    }

    fn number(self, number: f64, generator: &mut StdRng) -> f64 {
        match self {
            Self::TimeZone(by) | Self::Shift(by) => number + by,
            Self::Scale(factor) => number * factor,
            Self::Affine(slope, offset) => number * slope + offset,
            Self::Duplication => number * multiple(generator),
            Self::Float32 => f64::from(number as f32),
            Self::Float16 => f16::from_f64(number).to_f64(),
            Self::BFloat16 => bf16::from_f64(number).to_f64(),
            Self::Truncate => number.trunc(),
            Self::RoundTo(decimals) => (number * 10_f64.powi(decimals)).round() / 10_f64.powi(decimals),
            Self::ClampAbove(limit) => number.min(limit),
            Self::Noise(deviation) => number * (normal(generator) * deviation).exp(),
            Self::Power => number.abs().powf(1.3),
            Self::Logarithm => number.abs().ln_1p(),
            _ => unreachable!("{self:?} of a number"),
        }
    }

    fn rewritten(self, text: &str, generator: &mut StdRng) -> String {
        match self {
            Self::Lower => text.to_lowercase(),
            Self::Upper => text.to_uppercase(),
            Self::Trim => text.trim().to_owned(),
            Self::Decompose => text.replace('É', "E\u{301}"),
            Self::Rename => format!("cat_{}", CATEGORIES.iter().position(|category| *category == text).unwrap()),
            Self::Collapse => {
                let is_rare = match CATEGORIES.iter().position(|category| *category == text) {
                    Some(place) => place >= 5,
                    None => text.trim_start_matches("City ").parse::<u32>().unwrap() >= 20,
                };
                if is_rare { "<other>".to_owned() } else { text.to_owned() }
            }
            Self::Garble => format!("{text}{}", generator.random::<u32>()),
            _ => unreachable!("{self:?} of a text"),
        }
    }

    /// Whether it belongs to no class of causes.
    pub const fn is_outside(self) -> bool {
        matches!(
            self,
            Self::Noise(_)
                | Self::StepNoise
                | Self::Redraw
                | Self::Power
                | Self::Logarithm
                | Self::Garble
                | Self::Nulls
        )
    }
}

fn multiple(generator: &mut StdRng) -> f64 {
    match generator.random::<f64>() {
        share if share < 0.65 => 2.0,
        share if share < 0.9 => 3.0,
        _ => 4.0,
    }
}
