//! Counts over a column's bins by group of entities: rows of one entity depend on each other.

use std::collections::HashMap;

use super::column::{Column, Tables};
use super::comparison::ColumnDrift;
use super::labels::{ENTITY_GROUPS, Labels};
use crate::stats::drift::{EntityGroups, Labels as BinLabels};

/// Says of a row that it is in no bin.
const NO_BIN: u32 = u32::MAX;

impl Tables {
    /// The counts over the bins of a column that was compared; `None` where it has no bins.
    pub(super) fn entity_groups(
        &self,
        column: &Column,
        (labels, whole): (&Labels, &ColumnDrift),
    ) -> Result<Option<EntityGroups>, String> {
        let Some(distances) = &whole.pair.distances else { return Ok(None) };
        let bins = distances.bins.bins().len();
        let mut groups = [vec![vec![0_u64; bins]; ENTITY_GROUPS], vec![vec![0; bins]; ENTITY_GROUPS]];
        let bin = |number: f64| -> Option<usize> {
            match &distances.labels {
                BinLabels::Edges(edges) => number.is_finite().then(|| edges.partition_point(|edge| *edge < number)),
                BinLabels::Levels(levels) => levels.binary_search_by(|level| level.total_cmp(&(number + 0.0))).ok(),
                BinLabels::Keys(_) => None,
            }
        };
        let keys: Option<HashMap<&str, u32>> = match &distances.labels {
            BinLabels::Keys(keys) => Some(keys.iter().map(AsRef::as_ref).zip(0..).collect()),
            BinLabels::Edges(_) | BinLabels::Levels(_) => None,
        };
        // Keys without a bin of their own are in the bin of the rest, where there is one.
        let elsewhere = distances.rest.and_then(|bin| u32::try_from(bin).ok()).unwrap_or(NO_BIN);
        for (side, ((table, reading), counts)) in self.sides.iter().zip(column.readings).zip(&mut groups).enumerate() {
            let mut count = |group: u8, bin: Option<usize>| {
                let counts = counts.get_mut(usize::from(group)).zip(bin);
                if let Some(count) = counts.and_then(|(counts, bin)| counts.get_mut(bin)) {
                    *count += 1;
                }
            };
            let read = table.walk(&column.name, |chunk| {
                let of_rows = labels.entities(side, chunk.group());
                if let Some(keys) = &keys {
                    let bins = chunk.codes(|text| keys.get(text).copied().unwrap_or(elsewhere), NO_BIN)?;
                    of_rows.iter().zip(bins).for_each(|(group, bin)| count(*group, usize::try_from(bin).ok()));
                    return Ok(());
                }
                let mut present = chunk.present_rows().filter_map(|row| of_rows.get(row).copied());
                chunk.numbers(|block| {
                    for (number, group) in block.iter().zip(present.by_ref()) {
                        count(group, bin(reading.of(*number)));
                    }
                })
            });
            read.map_err(|error| error.to_string())?;
        }
        let [reference, current] = groups;
        Ok(Some(EntityGroups { reference, current }))
    }
}
