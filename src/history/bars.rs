//! Reference and current values of features as bars, and what was made of them: the newest of each day.
//!
//! Twelve bars at most, and one row a feature and day: of 2,000 features some 540 kB a day, kept as long as their hours.

use std::collections::BTreeMap;

use rusqlite::params;

use super::effect::DecisiveEffect;
use super::error::{Fault, HistoryError};
use super::figures::{DriftSubject, Period, RoundRecord};
use super::file::HistoryReader;
use super::names::Names;
use super::pack::{Packer, Unpacker, unpack};
use crate::model::bars::{Bar, Bars};
use crate::model::time::Timestamp;

/// Nanoseconds of a day.
const DAY: i64 = 24 * 3_600 * 1_000_000_000;

/// What served values of a feature were held against, beside them.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptBars {
    /// End of the round that measured it.
    pub measured_at: Timestamp,
    /// Both sides.
    pub bars: Bars,
    /// The check that decided; `None` where none did, or before it was kept.
    pub effect: Option<DecisiveEffect>,
}

impl HistoryReader {
    /// The newest bars of each feature of a view that a round of the period measured. Values that were withheld when they
    /// were recorded have no label of their own.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn drift_bars(&self, view: &str, period: Period) -> Result<BTreeMap<String, KeptBars>, HistoryError> {
        self.read(|connection| {
            let names = Names::load(connection)?;
            let mut newest = BTreeMap::new();
            let Some(number) = names.known_view(view) else { return Ok(newest) };
            let known = names.features(number);
            let mut of_day = connection.prepare(
                "SELECT feature_id, measured_at, bars, effect FROM drift_bars WHERE day = ?1 AND view_id = ?2",
            )?;
            let mut days = connection.prepare("SELECT MAX(day) FROM drift_bars WHERE day <= ?1")?;
            let mut next = day(period.end);
            // Most days lack nothing that the next one has, so that one or two of them are read.
            while let Some(at) = days.query_row([next], |row| row.get::<_, Option<i64>>(0))? {
                if at < day(period.start) || newest.len() == known.len() {
                    break;
                }
                let mut rows = of_day.query(params![at, number])?;
                while let Some(row) = rows.next()? {
                    let measured_at = Timestamp::from_nanos(row.get(1)?);
                    if measured_at < period.start || measured_at >= period.end {
                        continue;
                    }
                    let name = known.get(&row.get(0)?).ok_or_else(|| Fault::damaged("features"))?;
                    let bytes = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
                    let bars = unpack(bytes, read).ok_or_else(|| Fault::damaged("drift_bars"))?;
                    let bytes: Option<Vec<u8>> = row.get(3)?;
                    let effect = bytes
                        .map(|bytes| unpack(&bytes, DecisiveEffect::read).ok_or_else(|| Fault::damaged("drift_bars")));
                    let effect = effect.transpose()?;
                    newest.entry((*name).to_owned()).or_insert(KeptBars { measured_at, bars, effect });
                }
                next = at - 1;
            }
            Ok(newest)
        })
    }
}

/// The day of an instant, counted from 1970.
pub(super) const fn day(instant: Timestamp) -> i64 {
    instant.nanos().div_euclid(DAY)
}

/// Keeps the bars of a round in place of those of the same day.
pub(super) fn keep(record: &RoundRecord, view: i64, names: &mut Names<'_>) -> Result<(), Fault> {
    let at = record.round.finished_at;
    let mut statement = names.connection().prepare(
        "INSERT INTO drift_bars (day, view_id, feature_id, measured_at, bars, effect) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET measured_at = excluded.measured_at, bars = excluded.bars, effect = excluded.effect",
    )?;
    for (name, bars) in &record.bars {
        let number = names.feature(view, name)?;
        let packed = packed(&bars.clone().shown(record.disclosure.values));
        let checks = record.drift.get(&(name.clone(), DriftSubject::Served));
        let effect = checks.and_then(DecisiveEffect::of).map(|effect| effect.packed());
        statement.execute(params![day(at), view, number, at.nanos(), packed, effect])?;
    }
    Ok(())
}

fn packed(bars: &Bars) -> Vec<u8> {
    let mut packer = Packer::new();
    packer.count(bars.named() as u64);
    packer.count(bars.bars().len() as u64);
    for bar in bars.bars() {
        packer.text(&bar.label);
        packer.count(bar.reference);
        packer.count(bar.current);
    }
    packer.finish()
}

fn read(unpacker: &mut Unpacker<'_>) -> Option<Bars> {
    let named = usize::try_from(unpacker.count()?).ok()?;
    let mut bars = Vec::new();
    for _ in 0..unpacker.count()? {
        bars.push(Bar { label: unpacker.text()?, reference: unpacker.count()?, current: unpacker.count()? });
    }
    Some(Bars::of_keys(bars, named))
}
