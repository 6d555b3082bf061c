//! The offline side: every version that the snapshots hold of the sampled entities.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::column::Column;
use super::entity::EntityKey;
use super::time::{Precision, Timestamp};
use super::value::Value;

/// One file of a snapshot, as it was when it was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotFile {
    /// Full address, such as `s3://bucket/features/dt=2026-06-14/part-0.parquet`.
    pub location: String,
    /// Bytes.
    pub size: u64,
    /// The store's version of the content, where it has one.
    pub etag: Option<String>,
    /// When it was last written.
    pub last_modified: Timestamp,
}

/// What was read and up to which event time it speaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotIdentity {
    /// The files, sorted by location.
    pub files: Vec<SnapshotFile>,
    /// A short hash of locations, sizes, etags and modification times: equal identities hold equal data.
    pub digest: String,
}

/// The versions of the sampled entities in one view's snapshots, up to the round's as-of time.
///
/// Rows lie entity by entity, ascending by (event timestamp, created).
#[derive(Clone, Debug)]
pub struct History {
    /// What was read.
    pub identity: SnapshotIdentity,
    /// W: up to which event time the snapshot is complete; `None` when it holds no visible row.
    pub watermark: Option<Timestamp>,
    /// H: the earliest event timestamp held, over all entities; `None` when it holds no visible row.
    pub horizon: Option<Timestamp>,
    /// Precision of the file's event timestamps.
    pub precision: Precision,
    /// Visible rows in the snapshot, sampled or not.
    pub rows: u64,
    /// For full snapshots: positions of the files of the newest one, which tell deleted entities; else empty.
    pub newest_dump: Vec<u32>,
    entities: HashMap<EntityKey, Range<u32>>,
    event_timestamps: Vec<Timestamp>,
    created: Vec<Option<Timestamp>>,
    files: Vec<u32>,
    columns: Vec<Column>,
}

/// What a [`History`] says of the whole snapshot, beside its rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SnapshotFacts {
    /// See [`History::identity`].
    pub identity: SnapshotIdentity,
    /// See [`History::watermark`].
    pub watermark: Option<Timestamp>,
    /// See [`History::horizon`].
    pub horizon: Option<Timestamp>,
    /// See [`History::precision`].
    pub precision: Precision,
    /// See [`History::rows`].
    pub rows: u64,
    /// See [`History::newest_dump`].
    pub newest_dump: Vec<u32>,
}

/// Every version of some entities, in no order.
#[derive(Clone, Debug, Default)]
pub struct VersionRows {
    /// The entities asked for, each once, whether they have a version or not.
    pub keys: Vec<EntityKey>,
    /// The versions.
    pub rows: Vec<HistoryRow>,
    /// One column per feature, one value per row.
    pub columns: Vec<Column>,
}

impl VersionRows {
    /// Those of the entities that are in `wanted` too.
    #[must_use]
    pub fn only(&self, wanted: &BTreeSet<EntityKey>) -> Self {
        let mut places: Vec<Option<u32>> = Vec::with_capacity(self.keys.len());
        let mut only = Self { columns: vec![Column::new(); self.columns.len()], ..Self::default() };
        for key in &self.keys {
            let kept = wanted.contains(key);
            places.push(kept.then(|| u32::try_from(only.keys.len()).unwrap_or(u32::MAX)));
            only.keys.extend(kept.then(|| key.clone()));
        }
        for (position, row) in self.rows.iter().enumerate() {
            let Some(key) = places.get(row.key as usize).copied().flatten() else { continue };
            only.rows.push(HistoryRow { key, ..row.clone() });
            for (column, all) in only.columns.iter_mut().zip(&self.columns) {
                column.push(all.value(position));
            }
        }
        only
    }

    /// Adds the versions of entities that are not among these yet.
    pub fn append(&mut self, others: Self) {
        let offset = u32::try_from(self.keys.len()).unwrap_or(u32::MAX);
        self.keys.extend(others.keys);
        self.rows.extend(others.rows.into_iter().map(|row| HistoryRow { key: row.key.saturating_add(offset), ..row }));
        for (whole, part) in self.columns.iter_mut().zip(&others.columns) {
            whole.extend((0..part.len()).map(|row| part.value(row)));
        }
    }
}

/// One row to be put into a [`History`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryRow {
    /// Whose row it is: a position in the list of keys.
    pub key: u32,
    /// When its facts were true.
    pub event_timestamp: Timestamp,
    /// When it was written, where the snapshot says so.
    pub created: Option<Timestamp>,
    /// Position of its file in the identity.
    pub file: u32,
}

impl History {
    /// The versions of entities, with what the snapshot as a whole says.
    #[must_use]
    pub fn of(facts: SnapshotFacts, versions: &VersionRows) -> Self {
        Self::new(facts, &versions.keys, &versions.rows, &versions.columns)
    }

    /// Puts rows in order. `columns` holds one column per feature, with one value per row of `rows`, in the same order;
    /// each row names its entity by position in `keys`, which holds every entity once.
    #[must_use]
    pub fn new(facts: SnapshotFacts, keys: &[EntityKey], rows: &[HistoryRow], columns: &[Column]) -> Self {
        let mut order: Vec<u32> = (0..u32::try_from(rows.len()).unwrap_or(u32::MAX)).collect();
        order.sort_by(|&left, &right| {
            let (left, right) = (&rows[left as usize], &rows[right as usize]);
            (left.key, left.event_timestamp, left.created, left.file).cmp(&(
                right.key,
                right.event_timestamp,
                right.created,
                right.file,
            ))
        });
        let columns =
            columns.iter().map(|column| order.iter().map(|&row| column.value(row as usize)).collect()).collect();
        let event_timestamps = order.iter().map(|&row| rows[row as usize].event_timestamp).collect();
        let created = order.iter().map(|&row| rows[row as usize].created).collect();
        let files = order.iter().map(|&row| rows[row as usize].file).collect();
        let mut entities = HashMap::new();
        let mut start = 0;
        for run in order.chunk_by(|&left, &right| rows[left as usize].key == rows[right as usize].key) {
            let end = start + u32::try_from(run.len()).unwrap_or(u32::MAX);
            if let Some(key) = run.first().and_then(|&row| keys.get(rows[row as usize].key as usize)) {
                entities.insert(key.clone(), start..end);
            }
            start = end;
        }
        let SnapshotFacts { identity, watermark, horizon, precision, rows, newest_dump } = facts;
        Self {
            identity,
            watermark,
            horizon,
            precision,
            rows,
            newest_dump,
            entities,
            event_timestamps,
            created,
            files,
            columns,
        }
    }

    /// The same as it was known at `instant`: without what happened later. The watermark becomes at most the newest event
    /// timestamp that is left, `None` where none is.
    #[must_use]
    pub fn until(mut self, instant: Timestamp) -> Self {
        let mut newest = None;
        for range in self.entities.values_mut() {
            let of_entity = &self.event_timestamps[range.start as usize..range.end as usize];
            let left = of_entity.partition_point(|event_timestamp| *event_timestamp <= instant);
            newest = newest.max(left.checked_sub(1).and_then(|last| of_entity.get(last)).copied());
            range.end = range.start + u32::try_from(left).unwrap_or(u32::MAX);
        }
        self.watermark = self.watermark.zip(newest).map(|(watermark, newest)| watermark.min(newest));
        self
    }

    /// What is said of the whole snapshot.
    #[must_use]
    pub fn facts(&self) -> SnapshotFacts {
        SnapshotFacts {
            identity: self.identity.clone(),
            watermark: self.watermark,
            horizon: self.horizon,
            precision: self.precision,
            rows: self.rows,
            newest_dump: self.newest_dump.clone(),
        }
    }

    /// Every version of `keys`, key by key and oldest first, as they came from the snapshot.
    #[must_use]
    pub fn version_rows<'a>(&self, keys: impl Iterator<Item = &'a EntityKey>) -> VersionRows {
        let mut all = VersionRows { columns: vec![Column::new(); self.columns.len()], ..VersionRows::default() };
        for key in keys {
            let place = u32::try_from(all.keys.len()).unwrap_or(u32::MAX);
            all.keys.push(key.clone());
            for version in self.versions(key).iter() {
                all.rows.push(HistoryRow {
                    key: place,
                    event_timestamp: version.event_timestamp(),
                    created: version.created(),
                    file: version.file_position(),
                });
                for (feature, column) in all.columns.iter_mut().enumerate() {
                    column.push(version.value(feature));
                }
            }
        }
        all
    }

    /// The versions of one entity, oldest first; empty when the snapshot has none.
    #[must_use]
    pub fn versions(&self, key: &EntityKey) -> Versions<'_> {
        Versions { history: self, range: self.entities.get(key).cloned().unwrap_or(0..0) }
    }

    /// Entities that have at least one version.
    pub fn entities(&self) -> impl Iterator<Item = &EntityKey> {
        self.entities.keys()
    }

    /// All values of one feature, by its position in the view, in no particular order of time.
    #[must_use]
    pub fn column(&self, feature: usize) -> Option<&Column> {
        self.columns.get(feature)
    }
}

/// The versions of one entity, ascending by (event timestamp, created).
#[derive(Clone, Debug)]
pub struct Versions<'a> {
    history: &'a History,
    range: Range<u32>,
}

impl<'a> Versions<'a> {
    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.range.len()
    }

    /// Whether the entity is unknown offline.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    /// The version at `position`, 0 being the oldest.
    #[must_use]
    pub fn version(&self, position: usize) -> Option<Version<'a>> {
        (position < self.len()).then(|| Version { history: self.history, row: self.range.start as usize + position })
    }

    /// The newest version.
    #[must_use]
    pub fn newest(&self) -> Option<Version<'a>> {
        self.version(self.len().checked_sub(1)?)
    }

    /// Whether any version lies in the newest full snapshot.
    #[must_use]
    pub fn in_newest_dump(&self) -> bool {
        self.iter().any(|version| self.history.newest_dump.contains(&self.history.files[version.row]))
    }

    /// All versions, oldest first.
    #[must_use = "iterators do nothing unless consumed"]
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Version<'a>> + ExactSizeIterator + use<'a> {
        let history = self.history;
        (self.range.start as usize..self.range.end as usize).map(move |row| Version { history, row })
    }
}

/// One row of one entity.
#[derive(Clone, Copy, Debug)]
pub struct Version<'a> {
    history: &'a History,
    row: usize,
}

impl Version<'_> {
    /// When its facts were true.
    #[must_use]
    pub fn event_timestamp(&self) -> Timestamp {
        self.history.event_timestamps[self.row]
    }

    /// When it was written, where the snapshot says so.
    #[must_use]
    pub fn created(&self) -> Option<Timestamp> {
        self.history.created[self.row]
    }

    /// The first instant at which a copier at `read_at` can have seen it: the later of `created` and its file's
    /// modification. A file rewritten after `read_at` (an as-of round over old data) says nothing of that time; then
    /// `created` alone counts, or the event timestamp where there is none.
    #[must_use]
    pub fn available(&self, read_at: Timestamp) -> Timestamp {
        let modified = self.file().map(|file| file.last_modified).filter(|modified| *modified <= read_at);
        self.created().max(modified).unwrap_or(self.event_timestamp())
    }

    /// Position, in the identity, of the file that holds it.
    #[must_use]
    pub fn file_position(&self) -> u32 {
        self.history.files[self.row]
    }

    /// The file that holds it.
    #[must_use]
    pub fn file(&self) -> Option<&SnapshotFile> {
        self.history.identity.files.get(self.history.files[self.row] as usize)
    }

    /// Its value of the feature at `feature` in the view.
    #[must_use]
    pub fn value(&self, feature: usize) -> Value {
        self.history.columns.get(feature).map_or(Value::Null, |column| column.value(self.row))
    }
}
