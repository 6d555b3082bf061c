//! What is kept of a snapshot: the keys that were chosen from it, and the versions of these and of others asked for.

use std::collections::BTreeSet;

use crate::kept::ShelfKind;
use crate::kept::file::Readers;
use crate::kept::pack::{Pack, Unpack};
use crate::model::choice::{KeyChoice, KeyCollector};
use crate::model::column::Column;
use crate::model::entity::EntityKey;
use crate::model::history::{HistoryRow, VersionRows};
use crate::model::time::Precision;
use crate::store::snapshot::{Sight, Whole};

/// Of each view the newest, and the one before: a snapshot may be put back.
pub(super) const HISTORIES: ShelfKind = ShelfKind {
    one: "an offline history",
    many: "offline histories",
    ending: ".history",
    most: 2,
    readers: Readers::Owner,
};

/// What every file of ours begins with.
const NAME: &str = "skewwatch offline history ";

/// The version that is written and read.
const TITLE: &str = "skewwatch offline history 1\n";

/// What is kept of one snapshot.
#[derive(Clone, Debug)]
pub(super) struct Held {
    /// What it says as a whole.
    pub(super) whole: Whole,
    /// The keys chosen from it; `None` where it is no source of keys.
    pub(super) chosen: Option<KeyCollector>,
    /// Versions of all keys that were asked for.
    pub(super) versions: VersionRows,
}

/// What a file turned out to hold.
#[derive(Debug)]
pub(super) enum Found {
    /// What was written.
    Held(Box<Held>),
    /// What another version of the program wrote.
    OtherVersion,
    /// Something else.
    Damaged,
}

impl Held {
    /// Those of `keys` whose versions are neither held nor known not to exist.
    pub(super) fn unknown(&self, keys: &[EntityKey]) -> Vec<EntityKey> {
        let asked: BTreeSet<&EntityKey> = self.versions.keys.iter().collect();
        let is_known =
            |key: &EntityKey| asked.contains(key) || self.chosen.as_ref().is_some_and(|chosen| chosen.answers_for(key));
        keys.iter().filter(|key| !is_known(key)).cloned().collect()
    }

    /// The same with more versions, and without those that neither the choice nor `keys` ask for any longer.
    pub(super) fn extended(mut self, more: VersionRows, keys: &[EntityKey]) -> Self {
        let mut wanted: BTreeSet<EntityKey> = keys.iter().cloned().collect();
        wanted.extend(self.chosen.iter().flat_map(|chosen| chosen.clone().into_keys()));
        self.versions.append(more);
        self.versions = self.versions.only(&wanted);
        self
    }

    /// As bytes.
    pub(super) fn pack(&self) -> Vec<u8> {
        let mut pack = Pack::new(TITLE);
        pack_whole(&self.whole, &mut pack);
        pack.option(self.chosen.as_ref(), |pack, chosen| {
            let KeyChoice { stable_seed, stable, rotating_seed, rotating } = chosen.choice();
            [stable_seed, stable as u64, rotating_seed, rotating as u64]
                .into_iter()
                .for_each(|number| pack.number(number));
            for part in [chosen.stable(), chosen.rotating()] {
                pack.part(&part);
            }
        });
        let VersionRows { keys, rows, columns } = &self.versions;
        pack.keys(keys);
        pack.count(rows.len());
        for (position, row) in rows.iter().enumerate() {
            pack.position(row.key);
            pack.instant(row.event_timestamp);
            pack.option(row.created, Pack::instant);
            pack.position(row.file);
            columns.iter().for_each(|column| pack.value(&column.value(position)));
        }
        pack.finish()
    }

    /// From the bytes of [`Held::pack`], of a view with so many features.
    pub(super) fn unpack(bytes: &[u8], features: usize) -> Found {
        let read = |mut unpack: Unpack<'_>| {
            let held = Self {
                whole: unpack_whole(&mut unpack)?,
                chosen: unpack.option(unpack_chosen)?,
                versions: unpack_versions(&mut unpack, features)?,
            };
            unpack.is_over().then_some(held)
        };
        match Unpack::new(TITLE, bytes).map(read) {
            Some(Some(held)) => Found::Held(Box::new(held)),
            None if Unpack::new(NAME, bytes).is_some() => Found::OtherVersion,
            Some(None) | None => Found::Damaged,
        }
    }
}

fn pack_whole(whole: &Whole, pack: &mut Pack) {
    pack.number(whole.rows);
    pack.option(whole.span, |pack, (earliest, latest)| {
        pack.instant(earliest);
        pack.instant(latest);
    });
    pack.byte(match whole.precision {
        Precision::Seconds => 0,
        Precision::Millis => 1,
        Precision::Micros => 2,
        Precision::Nanos => 3,
    });
    pack.count(whole.newest_dump.len());
    whole.newest_dump.iter().for_each(|file| pack.position(*file));
    pack.instant(whole.sight.from);
    pack.option(whole.sight.until, Pack::instant);
}

fn unpack_whole(unpack: &mut Unpack<'_>) -> Option<Whole> {
    let rows = unpack.number()?;
    let span = unpack.option(|unpack| Some((unpack.instant()?, unpack.instant()?)))?;
    let precision = match unpack.byte()? {
        0 => Precision::Seconds,
        1 => Precision::Millis,
        2 => Precision::Micros,
        3 => Precision::Nanos,
        _ => return None,
    };
    let files = unpack.count()?;
    let newest_dump = (0..files).map(|_| unpack.position()).collect::<Option<Vec<u32>>>()?;
    let sight = Sight { from: unpack.instant()?, until: unpack.option(Unpack::instant)? };
    Some(Whole { rows, span, precision, newest_dump, sight })
}

fn unpack_chosen(unpack: &mut Unpack<'_>) -> Option<KeyCollector> {
    let capacity = |unpack: &mut Unpack<'_>| usize::try_from(unpack.number()?).ok();
    let choice = KeyChoice {
        stable_seed: unpack.number()?,
        stable: capacity(unpack)?,
        rotating_seed: unpack.number()?,
        rotating: capacity(unpack)?,
    };
    Some(KeyCollector::restored(choice, unpack.part()?, unpack.part()?))
}

fn unpack_versions(unpack: &mut Unpack<'_>, features: usize) -> Option<VersionRows> {
    let keys = unpack.keys()?;
    let count = unpack.count()?;
    let mut rows = Vec::with_capacity(count);
    let mut columns = vec![Column::new(); features];
    for _ in 0..count {
        rows.push(HistoryRow {
            key: unpack.position().filter(|key| (*key as usize) < keys.len())?,
            event_timestamp: unpack.instant()?,
            created: unpack.option(Unpack::instant)?,
            file: unpack.position()?,
        });
        for column in &mut columns {
            column.push(unpack.value()?);
        }
    }
    Some(VersionRows { keys, rows, columns })
}
