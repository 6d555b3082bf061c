//! Comparing where one side, or both, is a profile.

use super::comparison::{ColumnDrift, Comparison};
use super::numbers::Reading;
use super::profiling::{count_by_group, count_keys, read};
use super::request::{Request, Source};
use crate::model::time::Timestamp;
use crate::stats::categories::Categories;
use crate::stats::drift::{ColumnKind, PairDigest};
use crate::stats::profile::{
    ColumnProfile, KeyProfile, KeySide, NumberProfile, NumberSide, Ruler, categorical_pair, numeric_pair,
};
use crate::stats::rates::RowCounts;
use crate::stats::sample::Cleaned;
use crate::store::snapshot::Table;

/// Bytes of a value that is kept while its column is compared: itself and its place in a sorted copy.
const VALUE: u64 = 16;

/// Compares the columns that both sides have, one at a time, and settles the comparison.
pub(super) async fn compare(
    comparison: &mut Comparison,
    (reference, current): (&Source, &Source),
    request: &Request,
    progress: &(dyn Fn(&str, usize) + Sync),
) {
    let shared = comparison.choose((&reference.columns(), &current.columns()), &request.columns);
    let total = shared.len();
    for (name, kind) in shared {
        progress(&name, total);
        match pair((&name, kind), (reference, current), request).await {
            Ok(pair) => comparison.add(&name, ColumnDrift::new(pair, &request.limits)),
            Err(message) => comparison.add_unreadable(&name, &message),
        }
    }
    comparison.settle();
}

async fn pair(
    (name, kind): (&str, ColumnKind),
    (reference, current): (&Source, &Source),
    request: &Request,
) -> Result<PairDigest, String> {
    if kind == ColumnKind::Categorical {
        let of = async |source| Keys::of(source, (name, request.memory)).await;
        let (ours, theirs) = (of(reference).await?, of(current).await?);
        return Ok(categorical_pair(ours.side(), theirs.side()));
    }
    let times =
        [(reference, request.reference_time), (current, request.current_time)].map(|(source, time)| match source {
            Source::Table(_) => time,
            Source::Profile(profile) => profile.settings.snapshot_time,
        });
    let (kind, times) = match (kind, times) {
        (ColumnKind::Timestamp, [Some(_), Some(_)]) => (ColumnKind::Age, times),
        (ColumnKind::Timestamp, _) => (ColumnKind::Timestamp, [None, None]),
        (kind, _) => (kind, [None, None]),
    };
    let column = NumberColumn { name, kind, memory: request.memory };
    let ours = column.side((reference, current), times[0]).await?;
    let theirs = column.side((current, reference), times[1]).await?;
    Ok(numeric_pair(kind, ours.side(), theirs.side()))
}

/// One side of a column of keys.
enum Keys<'a> {
    Data(Categories),
    Profile(&'a KeyProfile),
}

impl<'a> Keys<'a> {
    async fn of(source: &'a Source, (name, memory): (&str, u64)) -> Result<Self, String> {
        match source {
            Source::Table(table) => {
                let counted = count_keys((table, name), memory).await;
                counted.map(Self::Data).map_err(|error| error.to_string())
            }
            Source::Profile(profile) => match profile.columns.get(name) {
                Some(column) => column.profile.keys().map(Self::Profile).ok_or_else(|| "it holds no keys".to_owned()),
                None => Ok(Self::Data(Categories::of_counts([].into(), profile.rows))),
            },
        }
    }

    const fn side(&self) -> KeySide<'_> {
        match self {
            Self::Data(column) => KeySide::Data(column),
            Self::Profile(profile) => KeySide::Profile(profile),
        }
    }
}

/// One side of a column of numbers, points in time or ages.
enum Numbers<'a> {
    Data(Cleaned),
    Counted(Box<NumberProfile>),
    Profile(&'a NumberProfile),
}

impl Numbers<'_> {
    const fn side(&self) -> NumberSide<'_> {
        match self {
            Self::Data(column) => NumberSide::Data(column),
            Self::Counted(profile) => NumberSide::Profile(profile),
            Self::Profile(profile) => NumberSide::Profile(profile),
        }
    }
}

/// A column of numbers and how it is read.
struct NumberColumn<'a> {
    name: &'a str,
    kind: ColumnKind,
    memory: u64,
}

impl NumberColumn<'_> {
    async fn side<'a>(
        &self,
        (source, other): (&'a Source, &Source),
        time: Option<Timestamp>,
    ) -> Result<Numbers<'a>, String> {
        let profile = match source {
            Source::Table(table) => return self.read(table, other, time).await,
            Source::Profile(profile) => profile,
        };
        match profile.columns.get(self.name).map(|column| &column.profile) {
            Some(ColumnProfile::Age(_)) if self.kind != ColumnKind::Age => {
                let hint = "say when the other side was taken: `--reference-time` and `--current-time` for data, \
                            `--snapshot-time` for a profile";
                Err(format!("the profile holds ages; {hint}"))
            }
            Some(column) => column.numbers().map(Numbers::Profile).ok_or_else(|| "it holds no numbers".to_owned()),
            // The profile names the column as one of nothing but nulls.
            None => {
                let counts = RowCounts { rows: profile.rows, nulls: profile.rows, ..RowCounts::default() };
                Ok(Numbers::Data(Cleaned::of_sorted(Vec::new(), Vec::new(), counts)))
            }
        }
    }

    /// Reads the values, or, where these do not fit, counts them over the ruler of the other side.
    async fn read(&self, table: &Table, other: &Source, time: Option<Timestamp>) -> Result<Numbers<'static>, String> {
        let reading = time.map_or(Reading::Plain, |time| Reading::AgeAt(time.seconds()));
        let place = (table, self.name);
        let ruler = self.ruler(other).filter(|_| table.rows().saturating_mul(VALUE) > self.memory);
        let read = match ruler {
            Some(ruler) => {
                count_by_group(place, reading, ruler).await.map(|profile| Numbers::Counted(Box::new(profile)))
            }
            None => read(place, reading).await.map(Numbers::Data),
        };
        read.map_err(|error| error.to_string())
    }

    fn ruler<'a>(&self, source: &'a Source) -> Option<&'a Ruler> {
        source.profile()?.columns.get(self.name)?.profile.numbers().map(NumberProfile::ruler)
    }
}
