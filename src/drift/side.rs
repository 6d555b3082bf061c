//! One side of a column of numbers, walked through in sorted pieces.

use super::numbers::Reading;
use crate::stats::ordered;
use crate::store::snapshot::{Chunk, Table};

/// Values that are sorted at a time.
const PIECE: usize = 1 << 16;

/// The numbers of one column of one table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Side<'a> {
    /// The table.
    pub(super) table: &'a Table,
    /// The column.
    pub(super) column: &'a str,
    /// What its numbers stand for.
    pub(super) reading: Reading,
}

/// An end of a stretch of values, and the slot that counts the stretch below it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cell {
    /// The largest value of the stretch; it begins above the cell before.
    pub(super) last: f64,
    /// Where its values go; `None` where they are of no interest.
    pub(super) slot: Option<usize>,
}

impl Side<'_> {
    /// Hands every chunk to `whole`, and its finite values in sorted pieces to `piece`.
    pub(super) fn pieces(self, mut whole: impl FnMut(&Chunk), mut piece: impl FnMut(&[f64])) -> Result<(), String> {
        let mut memory = Vec::with_capacity(PIECE);
        let read = self.table.walk(self.column, |chunk| {
            whole(chunk);
            chunk.numbers(|block| {
                let finite = block.iter().filter(|number| number.is_finite());
                memory.extend(finite.map(|number| self.reading.of(*number)));
                if memory.len() >= PIECE {
                    memory = ordered::sorted(std::mem::take(&mut memory));
                    piece(&memory);
                    memory.clear();
                }
            })
        });
        read.map_err(|error| error.to_string())?;
        piece(&ordered::sorted(memory));
        Ok(())
    }

    /// Hands the values within the cells to `take`, each with its slot.
    pub(super) fn values(self, cells: &[Cell], mut take: impl FnMut(usize, f64)) -> Result<(), String> {
        self.pieces(|_| (), |piece| share_out(piece, cells, &mut take))
    }
}

/// Hands sorted values to the slots of ascending cells.
pub(super) fn share_out(sorted: &[f64], cells: &[Cell], take: &mut impl FnMut(usize, f64)) {
    let mut cells = cells.iter();
    let mut cell = cells.next();
    for value in sorted {
        while let Some(passed) = cell
            && *value > passed.last
        {
            cell = cells.next();
        }
        match cell {
            Some(Cell { slot: Some(slot), .. }) => take(*slot, *value),
            Some(Cell { slot: None, .. }) => {}
            None => return,
        }
    }
}
