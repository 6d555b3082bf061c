//! Reference against current values as a small table of text, for forms that draw nothing.

use super::examples::{BarOfPeriod, BarsOfPeriod};
use crate::model::figure;

/// Most rows.
const ROWS: usize = 6;
/// Characters of the longest bar.
const WIDTH: u32 = 12;
/// Blocks of one to seven eighths of a character.
const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// One row: the label, and each side as a bar with its share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Pair {
    pub(super) label: String,
    pub(super) reference: String,
    pub(super) current: String,
}

/// The pairs that moved most, in the order of the bars.
pub(super) fn pairs(bars: &BarsOfPeriod) -> Vec<Pair> {
    let moved = |place: &usize| bars.bars.get(*place).map_or(0.0, |bar| (bar.current - bar.reference).abs());
    let mut places: Vec<usize> = (0..bars.bars.len()).collect();
    places.sort_by(|left, right| moved(right).total_cmp(&moved(left)));
    places.truncate(ROWS);
    places.sort_unstable();
    let told: Vec<&BarOfPeriod> = places.into_iter().filter_map(|place| bars.bars.get(place)).collect();
    let top = told.iter().fold(f64::MIN_POSITIVE, |top, bar| top.max(bar.reference).max(bar.current));
    let side = |share: f64| {
        let blocks = blocks(share / top * f64::from(WIDTH));
        let space = if blocks.is_empty() { "" } else { " " };
        format!("{blocks}{space}{} %", figure::bare_percent(share))
    };
    let pair = |bar: &BarOfPeriod| Pair {
        label: bar.label.clone(),
        reference: side(bar.reference),
        current: side(bar.current),
    };
    told.into_iter().map(pair).collect()
}

/// A bar of so many characters; what is there is seen.
fn blocks(length: f64) -> String {
    let eighths = (1..=WIDTH * 8).take_while(|number| f64::from(*number) <= length * 8.0).count();
    let eighths = if length > 0.0 { eighths.max(1) } else { eighths };
    let rest = (eighths % 8).checked_sub(1).and_then(|place| EIGHTHS.get(place));
    "█".repeat(eighths / 8).chars().chain(rest.copied()).collect()
}
