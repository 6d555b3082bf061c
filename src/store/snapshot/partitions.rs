//! Files as they were listed, and the parts of a snapshot that hive partitions name by a time.
//!
//! Both are found by listing alone: no byte of a file is read before a [`Listing`] is opened as a [`Table`]. Only dumps
//! side by side in one folder are told apart by the statistics in their footers.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use chrono_tz::Tz;
use futures_util::{StreamExt, TryStreamExt, stream};
use object_store::ObjectMeta;

use super::address::is_parquet_name;
use super::bounds::time_bounds;
use super::chunk::Group;
use super::error::SnapshotError;
use super::files;
use super::footer::ParquetFile;
use super::instants::named;
use super::layout::{Layout, Needs};
use super::objects::{KnownSpans, StoredFile};
use super::table::Table;
use super::watermark::by_overlap;
use super::{SnapshotIdentity, SnapshotStore};
use crate::model::time::Timestamp;
use crate::model::view::{Contains, FeatureView, SnapshotSource};

/// Files of a snapshot as they were listed.
#[derive(Clone, Debug)]
pub struct Listing {
    files: Vec<StoredFile>,
    time: Option<NamedTime>,
}

/// A time that folders are named after, or that the rows of a dump span.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedTime {
    /// When it begins.
    pub start: Timestamp,
    /// When it ends; the start itself where it is an instant.
    pub end: Timestamp,
    /// The folders that name it: `dt=2026-06-14`, or `year=2026/month=06`; or the name of a dump's file.
    pub name: String,
}

impl Listing {
    /// The time that the folders of all its files are named after; `None` where they name none, or several.
    #[must_use]
    pub const fn time(&self) -> Option<&NamedTime> {
        self.time.as_ref()
    }

    /// The one file, where there is one and its name is not that of a Parquet file: it may be the profile of a snapshot.
    #[must_use]
    pub fn other_file(&self) -> Option<&str> {
        match self.files.as_slice() {
            [only] if !is_parquet_name(only.meta.location.as_ref()) => Some(&only.location),
            _ => None,
        }
    }

    /// Who the files are.
    #[must_use]
    pub fn identity(&self) -> SnapshotIdentity {
        files::identity(&self.files)
    }
}

impl SnapshotStore {
    /// Lists the files that an address stands for; `source` tells how the view reads times and reaches its store.
    ///
    /// # Errors
    /// When there is no Parquet file, or the files cannot be listed.
    pub async fn listing(&self, location: &str, source: &SnapshotSource) -> Result<Listing, SnapshotError> {
        let endpoint = source.endpoint.as_deref().filter(|_| location == source.location);
        let listed = files::find(&self.objects, location, endpoint).await?;
        let mut times = listed.iter().map(|file| named_time(file, source.naive_timestamps));
        let first = times.next().flatten();
        let time = first.filter(|first| times.all(|time| time.as_ref().is_some_and(|time| time.is_same(first))));
        Ok(Listing { files: listed, time })
    }

    /// The parts of a view's snapshot that are complete at an instant, oldest first: those whose folders name a time, a dump
    /// once it has begun and a log of changes once it is over. Where no folder names a time, the dumps of a snapshot that
    /// holds every living entity, as far as the statistics in the footers tell them apart.
    ///
    /// # Errors
    /// When there is no Parquet file, the files cannot be listed, or a footer that is needed cannot be read.
    pub async fn parts(&self, view: &FeatureView, now: Timestamp) -> Result<Vec<Listing>, SnapshotError> {
        let source = &view.source;
        let listed = files::find(&self.objects, &source.location, source.endpoint.as_deref()).await?;
        let mut named: BTreeMap<(Timestamp, Timestamp), (NamedTime, Vec<StoredFile>)> = BTreeMap::new();
        for file in &listed {
            let Some(time) = named_time(file, source.naive_timestamps) else { continue };
            named.entry((time.start, time.end)).or_insert_with(|| (time, Vec::new())).1.push(file.clone());
        }
        if named.is_empty() && source.contains == Contains::Full {
            return self.dumps((view, now), listed).await;
        }
        let is_complete = |time: &NamedTime| match source.contains {
            Contains::Full => time.start <= now,
            Contains::Changes => time.end <= now,
        };
        let parts = named.into_values().filter(|(time, _)| is_complete(time));
        Ok(parts.map(|(time, files)| Listing { files, time: Some(time) }).collect())
    }

    /// Files whose event timestamps overlap are parts of one dump; dumps with a row after `now` are not yet complete.
    async fn dumps(
        &self,
        (view, now): (&FeatureView, Timestamp),
        listed: Vec<StoredFile>,
    ) -> Result<Vec<Listing>, SnapshotError> {
        let known = self.spans((view, now), &listed).await?;
        let mut spans = Vec::with_capacity(listed.len());
        for file in listed {
            match known.get(&file.location).and_then(|(_, span)| *span) {
                None => return Ok(Vec::new()),
                Some(span) => spans.extend(span.map(|span| ((file, span), span))),
            }
        }
        let dumps = by_overlap(spans).into_iter().rev();
        Ok(dumps.filter_map(dump).filter(|dump| dump.time.as_ref().is_some_and(|time| time.end <= now)).collect())
    }

    /// Earliest and latest event timestamp of each file; footers are read only of files that were not known yet.
    async fn spans(
        &self,
        (view, now): (&FeatureView, Timestamp),
        listed: &[StoredFile],
    ) -> Result<KnownSpans, SnapshotError> {
        let needs = Needs::of(view, now);
        let remembered = || self.objects.spans.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = remembered().get(&view.name).cloned().unwrap_or_default();
        // They are listed in order.
        let listed_as = |location: &String| listed.binary_search_by(|file| file.location.cmp(location)).ok();
        let is_listed = |location: &String, meta: &ObjectMeta| {
            listed_as(location).and_then(|place| listed.get(place)).is_some_and(|file| file.meta == *meta)
        };
        known.retain(|location, (meta, _)| is_listed(location, meta));
        let new: Vec<StoredFile> = listed.iter().filter(|file| !known.contains_key(&file.location)).cloned().collect();
        for file in self.footers(&new).await? {
            let layout = Layout::find(&file, &needs)?;
            let groups = (0..file.metadata.row_groups.len()).map(|group| Group { file: &file, group });
            let bounds = groups.map(|group| time_bounds(group, &layout.event_timestamp, needs.zone()));
            let span = bounds
                .collect::<Option<Vec<_>>>()
                .map(|bounds| bounds.into_iter().reduce(|one, other| (one.0.min(other.0), one.1.max(other.1))));
            known.insert(file.stored.location.clone(), (file.stored.meta.clone(), span));
        }
        remembered().insert(view.name.clone(), known.clone());
        Ok(known)
    }

    pub(super) async fn footers(&self, listed: &[StoredFile]) -> Result<Vec<ParquetFile>, SnapshotError> {
        let footers = stream::iter(listed.to_vec())
            .map(|file| ParquetFile::open(&self.objects, file))
            .buffered(self.settings().concurrency.max(1));
        footers.try_collect().await
    }

    /// Opens listed files as plain columns.
    ///
    /// # Errors
    /// When a file cannot be read or has changed since it was listed, or the files' columns differ.
    pub async fn listed(&self, listing: &Listing) -> Result<Table, SnapshotError> {
        Table::new(Arc::clone(&self.objects), self.footers(&listing.files).await?, listing.identity())
    }
}

/// A dump is called after its first file, and its time is that of its newest row.
fn dump(files: Vec<(StoredFile, (Timestamp, Timestamp))>) -> Option<Listing> {
    let start = files.iter().map(|(_, (earliest, _))| *earliest).min()?;
    let end = files.iter().map(|(_, (_, latest))| *latest).max()?;
    let mut files: Vec<StoredFile> = files.into_iter().map(|(file, _)| file).collect();
    files.sort_by(|one, other| one.location.cmp(&other.location));
    let first = files.first()?.meta.location.filename().unwrap_or_default().to_owned();
    let name = if files.len() == 1 { first } else { format!("{first} and {} more", files.len() - 1) };
    Some(Listing { files, time: Some(NamedTime { start, end, name }) })
}

impl NamedTime {
    /// Whether both are one stretch of time, however it is written.
    fn is_same(&self, other: &Self) -> bool {
        (self.start, self.end) == (other.start, other.end)
    }
}

/// The time that the folders of a file name: the latest day, hour or instant that one of them holds, else year, month, day
/// and hour by themselves.
fn named_time(file: &StoredFile, zone: Tz) -> Option<NamedTime> {
    of_folders(&files::partitions(&file.location), zone)
}

fn of_folders(folders: &BTreeMap<String, Option<String>>, zone: Tz) -> Option<NamedTime> {
    let whole = folders.iter().filter_map(|(key, value)| {
        let value = value.as_deref()?;
        let (start, end) = named(value, zone)?;
        Some(NamedTime { start, end, name: format!("{key}={value}") })
    });
    whole.max().or_else(|| calendar(folders, zone))
}

fn calendar(folders: &BTreeMap<String, Option<String>>, zone: Tz) -> Option<NamedTime> {
    let mut found: Vec<(&str, u32)> = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for key in ["year", "month", "day", "hour"] {
        let Some(text) = folders.get(key).and_then(Option::as_deref) else { break };
        found.push((key, text.parse().ok()?));
        names.push(format!("{key}={text}"));
    }
    let start_of = |year: u32, month: u32| Some(named(&format!("{year:04}-{month:02}-01"), zone)?.0);
    let stretch = match *found.as_slice() {
        [(_, year)] => (start_of(year, 1)?, start_of(year.saturating_add(1), 1)?),
        [(_, year), (_, month)] => {
            let next = if month == 12 { start_of(year.saturating_add(1), 1)? } else { start_of(year, month + 1)? };
            (start_of(year, month)?, next)
        }
        [(_, year), (_, month), (_, day)] => named(&format!("{year:04}-{month:02}-{day:02}"), zone)?,
        [(_, year), (_, month), (_, day), (_, hour)] => {
            named(&format!("{year:04}-{month:02}-{day:02}T{hour:02}"), zone)?
        }
        _ => return None,
    };
    let (start, end) = stretch;
    Some(NamedTime { start, end, name: names.join("/") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str) -> Option<(String, String, String)> {
        let NamedTime { start, end, name } = of_folders(&files::partitions(path), Tz::UTC)?;
        Some((name, start.to_string(), end.to_string()))
    }

    fn stretch(name: &str, start: &str, end: &str) -> Option<(String, String, String)> {
        Some((name.to_owned(), start.to_owned(), end.to_owned()))
    }

    #[test]
    fn folders_name_days_hours_months_and_years() {
        let day = stretch("dt=2026-06-14", "2026-06-14T00:00:00Z", "2026-06-15T00:00:00Z");
        assert_eq!(of("s3://b/users/country=de/dt=2026-06-14/a.parquet"), day);
        let hour = stretch("year=2026/month=06/day=14/hour=5", "2026-06-14T05:00:00Z", "2026-06-14T06:00:00Z");
        assert_eq!(of("/users/year=2026/month=06/day=14/hour=5/a.parquet"), hour);
        let month = stretch("year=2026/month=12", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z");
        assert_eq!(of("/users/year=2026/month=12/a.parquet"), month);
        let year = stretch("year=2026", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        assert_eq!(of("/users/year=2026/a.parquet"), year);
    }

    #[test]
    fn folders_without_a_time_name_none() {
        for path in ["/users/a.parquet", "/users/country=de/a.parquet", "/users/month=06/a.parquet", "/dt=/a.parquet"] {
            assert_eq!(of(path), None, "{path}");
        }
    }
}
