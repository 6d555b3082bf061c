//! One column of one row group, decoded, in the shapes that statistics need.
//!
//! A [`Chunk`] gives its numbers in blocks, its keys with counts, or one code or hash per row. No value is boxed on the
//! way: the columns of a table have a hundred million cells.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::hash::{BuildHasherDefault, Hasher};

use chrono_tz::Tz;
use polars_arrow::array::{Array, BooleanArray, FixedSizeBinaryArray, PrimitiveArray, Utf8ViewArray};
use polars_arrow::bitmap::Bitmap;
use polars_arrow::types::NativeType;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::shape::{Shape, Width};
use super::values::{Unreadable, ValueReader};
use crate::model::value::Value;

/// Values that are handed over at once.
const BLOCK: usize = 1024;

/// Different texts of a row group that are counted before they are handed over.
const MOST_VIEWS: usize = 1 << 16;

const SECONDS_PER_DAY: f64 = 86_400.0;

/// The values of one column in one row group.
#[derive(Debug)]
pub struct Chunk {
    group: usize,
    array: Box<dyn Array>,
    shape: Shape,
}

impl Chunk {
    pub(super) const fn new(group: usize, array: Box<dyn Array>, shape: Shape) -> Self {
        Self { group, array, shape }
    }

    /// Position of the row group among those of the table.
    #[must_use]
    pub const fn group(&self) -> usize {
        self.group
    }

    /// Rows of the row group.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.array.len()
    }

    /// Rows that hold a value.
    #[must_use]
    pub fn present(&self) -> usize {
        if matches!(self.shape, Shape::Null) { 0 } else { self.rows() - self.array.null_count() }
    }

    /// Positions of the rows that hold a value, ascending.
    pub fn present_rows(&self) -> impl Iterator<Item = usize> {
        let validity = self.array.validity();
        let all = if matches!(self.shape, Shape::Null) { 0 } else { self.rows() };
        let some = validity.filter(|_| all > 0).map(Bitmap::true_idx_iter);
        let every = if some.is_none() { 0..all } else { 0..0 };
        some.into_iter().flatten().chain(every)
    }

    /// Hands over the numbers that are there, in their order, in blocks: numbers as doubles, points in time as seconds
    /// since 1970. NaN and infinities are among them.
    ///
    /// # Errors
    /// When the column holds no numbers.
    pub fn numbers(&self, mut take: impl FnMut(&[f64])) -> Result<(), String> {
        let array = self.array.as_ref();
        match &self.shape {
            Shape::Null => Ok(()),
            Shape::Integer(width) => integers(array, *width, take),
            Shape::Float64 => doubles(array, take),
            Shape::Float32 => primitive(array, |number: f32| f64::from(number), take),
            Shape::Float16 => {
                let halves = array.as_any().downcast_ref::<FixedSizeBinaryArray>().ok_or(Unreadable)?;
                let number = |bytes: &[u8]| {
                    let bytes: [u8; 2] = bytes.try_into().map_err(|_| Unreadable)?;
                    Ok::<_, Unreadable>(half::f16::from_le_bytes(bytes).to_f64())
                };
                for row in self.present_rows() {
                    take(&[number(halves.value(row))?]);
                }
                Ok(())
            }
            Shape::Decimal(scale) => {
                let scale = *scale;
                primitive(array, |number: i128| decimal(number, scale), take)
            }
            Shape::Date => primitive(array, |days: i32| f64::from(days) * SECONDS_PER_DAY, take),
            Shape::Instant(precision, _) => {
                let units = real(1_000_000_000 / precision.nanos());
                primitive(array, |number: i64| real(number) / units, take)
            }
            shape @ (Shape::Bool
            | Shape::Text
            | Shape::Bytes
            | Shape::FixedBytes(_)
            | Shape::List(_)
            | Shape::Struct(_)
            | Shape::Other(_)) => Err(format!("values of type {shape} are no numbers")),
        }
    }

    /// Hands over the keys that are there, each with a number of its occurrences; a key may come more than once.
    ///
    /// # Errors
    /// When the column holds neither texts nor booleans.
    pub fn keys(&self, mut take: impl FnMut(&str, u64)) -> Result<(), String> {
        match &self.shape {
            Shape::Null => Ok(()),
            Shape::Bool => {
                let flags = self.array.as_any().downcast_ref::<BooleanArray>().ok_or(Unreadable)?;
                let set = match flags.validity() {
                    Some(validity) => flags.values().num_intersections_with(validity),
                    None => flags.values().set_bits(),
                };
                for (key, count) in [("true", set), ("false", self.present() - set)] {
                    if count > 0 {
                        take(key, count as u64);
                    }
                }
                Ok(())
            }
            Shape::Text => {
                let texts = self.texts()?;
                let mut seen: HashMap<u128, (usize, u64), BuildHasherDefault<ViewHasher>> = HashMap::default();
                let views = texts.views().as_slice();
                for row in self.present_rows() {
                    let Some(view) = views.get(row) else { continue };
                    seen.entry(view.as_u128()).or_insert((row, 0)).1 += 1;
                    if seen.len() >= MOST_VIEWS {
                        seen.drain().for_each(|(_, (row, count))| take(texts.value(row), count));
                    }
                }
                seen.into_values().for_each(|(row, count)| take(texts.value(row), count));
                Ok(())
            }
            shape @ (Shape::Integer(_)
            | Shape::Float16
            | Shape::Float32
            | Shape::Float64
            | Shape::Decimal(_)
            | Shape::Date
            | Shape::Instant(..)
            | Shape::Bytes
            | Shape::FixedBytes(_)
            | Shape::List(_)
            | Shape::Struct(_)
            | Shape::Other(_)) => Err(format!("values of type {shape} are no keys")),
        }
    }

    /// One code per row, which `code` gives for the text of a value; it is asked at least once per different text.
    ///
    /// # Errors
    /// When the column holds lists, structs, bytes or values that are not read.
    pub fn codes(&self, mut code: impl FnMut(&str) -> u32, of_null: u32) -> Result<Vec<u32>, String> {
        match &self.shape {
            Shape::Text => {
                let texts = self.texts()?;
                let mut seen: HashMap<u128, u32, BuildHasherDefault<ViewHasher>> = HashMap::default();
                let mut found = vec![of_null; self.rows()];
                let views = texts.views().as_slice();
                for row in self.present_rows() {
                    let (Some(view), Some(place)) = (views.get(row), found.get_mut(row)) else { continue };
                    *place = *seen.entry(view.as_u128()).or_insert_with(|| code(texts.value(row)));
                    if seen.len() >= MOST_VIEWS {
                        seen.clear();
                    }
                }
                Ok(found)
            }
            Shape::Bool => {
                let flags = self.array.as_any().downcast_ref::<BooleanArray>().ok_or(Unreadable)?;
                let (yes, no) = (code("true"), code("false"));
                Ok(flags.iter().map(|flag| flag.map_or(of_null, |flag| if flag { yes } else { no })).collect())
            }
            Shape::Null
            | Shape::Integer(_)
            | Shape::Float16
            | Shape::Float32
            | Shape::Float64
            | Shape::Decimal(_)
            | Shape::Bytes
            | Shape::FixedBytes(_)
            | Shape::Date
            | Shape::Instant(..)
            | Shape::List(_)
            | Shape::Struct(_)
            | Shape::Other(_) => {
                let mut text = String::new();
                let one = |row| {
                    let value = self.value(row)?;
                    if value.is_null() {
                        return Ok(of_null);
                    }
                    text.clear();
                    // Writing into a text does not fail.
                    let _ = write!(text, "{value}");
                    Ok(code(&text))
                };
                (0..self.rows()).map(one).collect()
            }
        }
    }

    /// Mixes one hash per row into `hashes`: equal values of equal kinds mix in the same way, whatever their width.
    ///
    /// # Errors
    /// When the column holds lists, structs or values that are not read.
    pub fn hash(&self, hashes: &mut [u64]) -> Result<(), String> {
        let texts = if let Shape::Text = self.shape { Some(self.texts()?) } else { None };
        let mut text = String::new();
        for (row, hash) in hashes.iter_mut().enumerate().take(self.rows()) {
            *hash = match texts {
                Some(texts) if !texts.is_null(row) => xxh3_64_with_seed(texts.value(row).as_bytes(), *hash),
                Some(_) => xxh3_64_with_seed(&[], !*hash),
                None => match self.value(row)? {
                    Value::Null => xxh3_64_with_seed(&[], !*hash),
                    value => {
                        text.clear();
                        // Writing into a text does not fail.
                        let _ = write!(text, "{value}");
                        xxh3_64_with_seed(text.as_bytes(), *hash)
                    }
                },
            };
        }
        Ok(())
    }

    fn texts(&self) -> Result<&Utf8ViewArray, Unreadable> {
        self.array.as_any().downcast_ref::<Utf8ViewArray>().ok_or(Unreadable)
    }

    fn value(&self, row: usize) -> Result<Value, String> {
        match &self.shape {
            shape @ (Shape::List(_) | Shape::Struct(_) | Shape::Bytes | Shape::FixedBytes(_)) => {
                Err(format!("values of type {shape} are no labels"))
            }
            shape => ValueReader { array: self.array.as_ref(), shape, zone: Tz::UTC }.natural(row),
        }
    }
}

/// Mixes the two halves of a view; the views of a dictionary differ in few bits.
#[derive(Debug, Default)]
struct ViewHasher(u64);

impl Hasher for ViewHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64_with_seed(bytes, self.0);
    }

    #[expect(clippy::cast_possible_truncation, reason = "the halves are taken apart")]
    fn write_u128(&mut self, view: u128) {
        let product =
            u128::from(view as u64 ^ 0x9E37_79B9_7F4A_7C15) * u128::from((view >> 64) as u64 ^ 0xD6E8_FEB8_6659_FD93);
        self.0 = product as u64 ^ (product >> 64) as u64;
    }
}

fn doubles(array: &dyn Array, take: impl FnMut(&[f64])) -> Result<(), String> {
    let numbers = array.as_any().downcast_ref::<PrimitiveArray<f64>>().ok_or(Unreadable)?;
    if numbers.null_count() > 0 {
        return primitive(array, |number: f64| number, take);
    }
    numbers.values().as_slice().chunks(BLOCK).for_each(take);
    Ok(())
}

fn integers(array: &dyn Array, width: Width, take: impl FnMut(&[f64])) -> Result<(), String> {
    match width {
        Width::I8 => primitive(array, |number: i8| f64::from(number), take),
        Width::I16 => primitive(array, |number: i16| f64::from(number), take),
        Width::I32 => primitive(array, |number: i32| f64::from(number), take),
        Width::I64 => primitive(array, real, take),
        Width::U8 => primitive(array, |number: u8| f64::from(number), take),
        Width::U16 => primitive(array, |number: u16| f64::from(number), take),
        Width::U32 => primitive(array, |number: u32| f64::from(number), take),
        Width::U64 => primitive(array, crate::stats::real, take),
    }
}

fn primitive<T: NativeType>(
    array: &dyn Array,
    number: impl Fn(T) -> f64,
    mut take: impl FnMut(&[f64]),
) -> Result<(), String> {
    let numbers = array.as_any().downcast_ref::<PrimitiveArray<T>>().ok_or(Unreadable)?;
    let values = numbers.values().as_slice();
    let mut block = Vec::with_capacity(BLOCK);
    let Some(validity) = numbers.validity().filter(|validity| validity.unset_bits() > 0) else {
        for part in values.chunks(BLOCK) {
            block.clear();
            block.extend(part.iter().map(|value| number(*value)));
            take(&block);
        }
        return Ok(());
    };
    for row in validity.true_idx_iter() {
        block.extend(values.get(row).map(|value| number(*value)));
        if block.len() == BLOCK {
            take(&block);
            block.clear();
        }
    }
    take(&block);
    Ok(())
}

#[expect(clippy::cast_precision_loss, reason = "figures over values are doubles; integers above 2^53 round to even")]
const fn real(number: i64) -> f64 {
    number as f64
}

/// The double next to a decimal number given by its digits and how many of them stand behind the point.
fn decimal(digits: i128, scale: usize) -> f64 {
    /// Both sides of a division are exact up to here: 10²² is the largest power of ten that is a double.
    const POWERS: [f64; 23] = [
        1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19,
        1e20, 1e21, 1e22,
    ];
    match (i64::try_from(digits), POWERS.get(scale)) {
        (Ok(small), Some(power)) if small.unsigned_abs() < 1 << 53 => real(small) / power,
        // The text of a number with an exponent is always one.
        _ => format!("{digits}e-{scale}").parse().unwrap_or(f64::NAN),
    }
}
