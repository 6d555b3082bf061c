//! Many values of one feature, held compactly.
//!
//! A snapshot's history may hold tens of millions of cells, and a [`Value`] each would take three to ten times the
//! memory of the numbers themselves. A [`Column`] keeps values of one type side by side and falls back to whole values
//! only where types mix or nest.

use super::value::Value;

/// Values in order, appended once and read by position.
#[derive(Clone, Debug, Default)]
pub struct Column {
    cells: Cells,
    present: Vec<bool>,
}

#[derive(Clone, Debug, Default)]
enum Cells {
    #[default]
    NothingYet,
    Bool(Vec<bool>),
    Int(Vec<i64>),
    Float32(Vec<f32>),
    Float64(Vec<f64>),
    UnixTimestamp(Vec<i64>),
    String(Texts),
    Mixed(Vec<Value>),
}

#[derive(Clone, Debug, Default)]
struct Texts {
    ends: Vec<usize>,
    bytes: String,
}

impl Texts {
    fn push(&mut self, text: &str) {
        self.bytes.push_str(text);
        self.ends.push(self.bytes.len());
    }

    fn text(&self, position: usize) -> Option<&str> {
        let end = *self.ends.get(position)?;
        let start = if position == 0 { 0 } else { *self.ends.get(position - 1)? };
        self.bytes.get(start..end)
    }
}

impl Column {
    /// A column without values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// How many values it holds, nulls included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.present.len()
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.present.is_empty()
    }

    /// The value at `position`; [`Value::Null`] also past the end.
    #[must_use]
    pub fn value(&self, position: usize) -> Value {
        if !self.present.get(position).copied().unwrap_or(false) {
            return Value::Null;
        }
        let found = match &self.cells {
            Cells::NothingYet => None,
            Cells::Bool(values) => values.get(position).copied().map(Value::Bool),
            Cells::Int(values) => values.get(position).copied().map(Value::Int),
            Cells::Float32(values) => values.get(position).copied().map(Value::Float32),
            Cells::Float64(values) => values.get(position).copied().map(Value::Float64),
            Cells::UnixTimestamp(values) => values.get(position).copied().map(Value::UnixTimestamp),
            Cells::String(texts) => texts.text(position).map(Value::string),
            Cells::Mixed(values) => values.get(position).cloned(),
        };
        found.unwrap_or(Value::Null)
    }

    /// Appends a value.
    pub fn push(&mut self, value: Value) {
        if matches!(self.cells, Cells::NothingYet) && !value.is_null() {
            self.cells = Cells::fitting(&value, self.present.len());
        }
        let present = !value.is_null();
        match (&mut self.cells, value) {
            (Cells::NothingYet, _) => {}
            (cells, Value::Null) => cells.push_filler(),
            (Cells::Bool(values), Value::Bool(flag)) => values.push(flag),
            (Cells::Int(values), Value::Int(number)) => values.push(number),
            (Cells::Float32(values), Value::Float32(number)) => values.push(number),
            (Cells::Float64(values), Value::Float64(number)) => values.push(number),
            (Cells::UnixTimestamp(values), Value::UnixTimestamp(seconds)) => values.push(seconds),
            (Cells::String(texts), Value::String(text)) => texts.push(&text),
            (Cells::Mixed(values), value) => values.push(value),
            (_, value) => {
                let mut values: Vec<Value> = (0..self.present.len()).map(|position| self.value(position)).collect();
                values.push(value);
                self.cells = Cells::Mixed(values);
            }
        }
        self.present.push(present);
    }
}

impl Extend<Value> for Column {
    fn extend<I: IntoIterator<Item = Value>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.push(value));
    }
}

impl FromIterator<Value> for Column {
    fn from_iter<I: IntoIterator<Item = Value>>(values: I) -> Self {
        let mut column = Self::new();
        column.extend(values);
        column
    }
}

impl Cells {
    /// Storage for values like `value`, with `nulls` fillers before the first.
    fn fitting(value: &Value, nulls: usize) -> Self {
        match value {
            Value::Bool(_) => Self::Bool(vec![false; nulls]),
            Value::Int(_) => Self::Int(vec![0; nulls]),
            Value::Float32(_) => Self::Float32(vec![0.0; nulls]),
            Value::Float64(_) => Self::Float64(vec![0.0; nulls]),
            Value::UnixTimestamp(_) => Self::UnixTimestamp(vec![0; nulls]),
            Value::String(_) => Self::String(Texts { ends: vec![0; nulls], bytes: String::new() }),
            Value::Null | Value::UInt(_) | Value::Bytes(_) | Value::UnixNanos(_) | Value::List(_) | Value::Map(_) => {
                Self::Mixed(vec![Value::Null; nulls])
            }
        }
    }

    fn push_filler(&mut self) {
        match self {
            Self::NothingYet => {}
            Self::Bool(values) => values.push(false),
            Self::Int(values) | Self::UnixTimestamp(values) => values.push(0),
            Self::Float32(values) => values.push(0.0),
            Self::Float64(values) => values.push(0.0),
            Self::String(texts) => texts.push(""),
            Self::Mixed(values) => values.push(Value::Null),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_returns_what_was_pushed_whatever_the_mixture() {
        let values = vec![
            Value::Null,
            Value::string("a"),
            Value::string(""),
            Value::Null,
            Value::Int(7),
            Value::List(Box::new([Value::Bool(true)])),
            Value::Null,
        ];
        let column: Column = values.iter().cloned().collect();
        let back: Vec<Value> = (0..column.len()).map(|position| column.value(position)).collect();
        assert_eq!(back, values);
        assert_eq!(column.value(99), Value::Null);
    }
}
