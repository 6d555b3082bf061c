//! What a feature server answers with: a column per name, each with values and what is known of them.
//!
//! Feast's own server says `PRESENT` of what it does not have; a null is taken for absent whatever its status, since the
//! benchmark writes none.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Cell;

/// One column.
#[derive(Debug, Deserialize)]
pub(super) struct Column {
    values: Vec<Found>,
    #[serde(default)]
    statuses: Vec<Status>,
}

impl Column {
    /// Entities in it.
    pub(super) const fn len(&self) -> usize {
        self.values.len()
    }

    /// What is known at a position.
    pub(super) fn cell(&self, position: usize) -> Cell {
        let Some(found) = self.values.get(position) else { return Cell::Failed };
        match (self.statuses.get(position).unwrap_or(&Status::Present), found) {
            (Status::Unusable, _) => Cell::Absent,
            (Status::Unknown, _) => Cell::Failed,
            (Status::Present, Found::Number(number)) => Cell::Number(*number),
            (Status::Present, Found::Null) => Cell::Absent,
            (Status::Present, Found::Other) => Cell::Other,
        }
    }
}

/// A value, as far as the benchmark tells values apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Number(i64),
    Null,
    Other,
}

/// What the server says of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Present,
    /// There is none, or it is too old.
    Unusable,
    /// Nothing that Feast says: the server could not tell.
    Unknown,
}

impl<'de> Deserialize<'de> for Status {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let status = Cow::<'de, str>::deserialize(deserializer)?;
        Ok(match status.as_ref() {
            "PRESENT" => Self::Present,
            "NOT_FOUND" | "NULL_VALUE" | "OUTSIDE_MAX_AGE" => Self::Unusable,
            _ => Self::Unknown,
        })
    }
}

impl<'de> Deserialize<'de> for Found {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FoundVisitor)
    }
}

struct FoundVisitor;

impl<'de> Visitor<'de> for FoundVisitor {
    type Value = Found;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_i64<E>(self, number: i64) -> Result<Found, E> {
        Ok(Found::Number(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Found, E> {
        Ok(i64::try_from(number).map_or(Found::Other, Found::Number))
    }

    /// JSON as protocol buffers define it writes whole numbers of 64 bits as texts.
    fn visit_str<E>(self, text: &str) -> Result<Found, E> {
        Ok(text.parse().map_or(Found::Other, Found::Number))
    }

    fn visit_unit<E>(self) -> Result<Found, E> {
        Ok(Found::Null)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Found, E> {
        Ok(Found::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Found, E> {
        Ok(Found::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Found, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Found::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Found, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Found::Other)
    }
}
