//! Rows of a family, borrowed from what they tell of.

use super::family::Family;

/// One series: the values of its labels, and its value.
#[derive(Debug)]
pub(in crate::publish) struct Row<'a> {
    pub(in crate::publish) labels: Vec<&'a str>,
    pub(in crate::publish) value: f64,
}

/// Families with their rows.
pub(in crate::publish) type Families<'a> = Vec<(&'static Family, Vec<Row<'a>>)>;

/// A row; `None` for a figure that does not exist.
pub(in crate::publish) fn row<'a, const N: usize>(
    labels: [&'a str; N],
    value: impl Into<Option<f64>>,
) -> Option<Row<'a>> {
    let value = value.into().filter(|value| value.is_finite())?;
    Some(Row { labels: labels.into(), value })
}

/// A count as a value.
#[expect(clippy::cast_precision_loss, reason = "counts stay far below 2^53")]
pub(in crate::publish) const fn real(count: u64) -> f64 {
    count as f64
}
