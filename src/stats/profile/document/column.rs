//! One column of the document.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::stats::moments::Moments;
use crate::stats::profile::cardinality::Cardinality;
use crate::stats::profile::column::ColumnProfile;
use crate::stats::profile::key_sample::KeySample;
use crate::stats::profile::keys::{KeyProfile, Tail};
use crate::stats::profile::numbers::{NumberProfile, Valid};
use crate::stats::profile::ruler::Ruler;
use crate::stats::profile::table::{ColumnType, ProfiledColumn};
use crate::stats::rates::RowCounts;

#[derive(Deserialize, Serialize)]
pub(super) struct ColumnDocument {
    r#type: ColumnType,
    #[serde(flatten)]
    profile: ProfileDocument,
}

#[derive(Deserialize, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum ProfileDocument {
    Numeric(NumberDocument),
    Timestamp(NumberDocument),
    Age(NumberDocument),
    Categorical(KeyDocument),
}

#[derive(Deserialize, Serialize)]
struct NumberDocument {
    rows: u64,
    nulls: u64,
    nans: u64,
    pos_inf: u64,
    neg_inf: u64,
    valid: Option<ValidDocument>,
    deciles: Vec<f64>,
    edges: Vec<f64>,
    counts: Vec<u64>,
    levels: Option<Vec<(f64, u64)>>,
    distinct: Option<DistinctDocument>,
}

#[derive(Deserialize, Serialize)]
struct ValidDocument {
    /// For whoever reads the document; it follows from the moments.
    mean: Option<f64>,
    /// As the mean.
    std_pop: Option<f64>,
    moments: Moments,
    min: f64,
    max: f64,
    at_min: u64,
    at_max: u64,
    zeros: u64,
    quantiles: Option<[f64; 9]>,
}

#[derive(Deserialize, Serialize)]
struct DistinctDocument {
    exact: Option<u64>,
    hyperloglog: String,
}

#[derive(Deserialize, Serialize)]
struct KeyDocument {
    nulls: u64,
    keys: BTreeMap<Box<str>, u64>,
    rest: Option<TailDocument>,
}

#[derive(Deserialize, Serialize)]
struct TailDocument {
    rows: u64,
    once: Option<u64>,
    distinct: DistinctDocument,
    /// Hashes are written in hexadecimal digits: many programs read numbers of JSON as doubles.
    sample: BTreeMap<String, u64>,
}

impl ColumnDocument {
    pub(super) fn of(column: &ProfiledColumn) -> Self {
        let profile = match &column.profile {
            ColumnProfile::Numeric(numbers) => ProfileDocument::Numeric(NumberDocument::of(numbers)),
            ColumnProfile::Timestamp(numbers) => ProfileDocument::Timestamp(NumberDocument::of(numbers)),
            ColumnProfile::Age(numbers) => ProfileDocument::Age(NumberDocument::of(numbers)),
            ColumnProfile::Categorical(keys) => ProfileDocument::Categorical(KeyDocument::of(keys)),
        };
        Self { r#type: column.column_type, profile }
    }

    /// The column of a table of `rows` rows, or what is wrong with it.
    pub(super) fn profiled(self, rows: u64) -> Result<ProfiledColumn, &'static str> {
        let profile = match (self.profile, self.r#type) {
            (ProfileDocument::Numeric(numbers), ColumnType::Integer | ColumnType::Float) => {
                ColumnProfile::Numeric(numbers.profile(rows)?)
            }
            (ProfileDocument::Timestamp(numbers), ColumnType::Timestamp) => {
                ColumnProfile::Timestamp(numbers.profile(rows)?)
            }
            (ProfileDocument::Age(numbers), ColumnType::Timestamp) => ColumnProfile::Age(numbers.profile(rows)?),
            (ProfileDocument::Categorical(keys), ColumnType::Boolean | ColumnType::Text) => {
                ColumnProfile::Categorical(keys.profile(rows)?)
            }
            (
                ProfileDocument::Numeric(_)
                | ProfileDocument::Timestamp(_)
                | ProfileDocument::Age(_)
                | ProfileDocument::Categorical(_),
                _,
            ) => return Err("its kind does not fit its type"),
        };
        Ok(ProfiledColumn { column_type: self.r#type, profile })
    }
}

impl DistinctDocument {
    fn of(cardinality: &Cardinality) -> Self {
        Self { exact: cardinality.exact(), hyperloglog: cardinality.registers() }
    }

    fn cardinality(&self) -> Result<Cardinality, &'static str> {
        Cardinality::read(self.exact, &self.hyperloglog).ok_or("its number of different values is no sketch")
    }
}

/// Larger counts are not whole as doubles.
const MOST_ROWS: u64 = 1 << 53;

/// The sum, or what is wrong.
fn sum(counts: impl IntoIterator<Item = u64>) -> Result<u64, &'static str> {
    let sum = counts.into_iter().try_fold(0_u64, u64::checked_add);
    sum.filter(|sum| *sum <= MOST_ROWS).ok_or("its counts are too large")
}

impl NumberDocument {
    fn of(profile: &NumberProfile) -> Self {
        let RowCounts { rows, nulls, nans, pos_inf, neg_inf } = profile.counts;
        Self {
            rows,
            nulls,
            nans,
            pos_inf,
            neg_inf,
            valid: profile.valid.map(|valid| ValidDocument {
                mean: valid.moments.mean(),
                std_pop: valid.moments.std_pop(),
                moments: valid.moments,
                min: valid.min,
                max: valid.max,
                at_min: valid.at_min,
                at_max: valid.at_max,
                zeros: valid.zeros,
                quantiles: valid.quantiles,
            }),
            deciles: profile.ruler.deciles().to_vec(),
            edges: profile.ruler.edges().to_vec(),
            counts: profile.bins.clone(),
            levels: profile.levels.clone(),
            distinct: profile.cardinality.as_ref().map(DistinctDocument::of),
        }
    }

    fn profile(self, rows: u64) -> Result<NumberProfile, &'static str> {
        let invalid = sum([self.nulls, self.nans, self.pos_inf, self.neg_inf])?;
        let n = rows
            .checked_sub(invalid)
            .filter(|_| self.rows == rows && rows <= MOST_ROWS)
            .ok_or("its rows do not add up")?;
        let ruler = Ruler::new(self.edges, self.deciles).ok_or("its edges do not ascend")?;
        if self.counts.len() != ruler.edges().len() + 1 || sum(self.counts.iter().copied())? != n {
            return Err("the counts of its bins do not add up");
        }
        if let Some(levels) = &self.levels {
            let ascend = levels.windows(2).all(|pair| matches!(pair, [(low, _), (high, _)] if low < high));
            if !ascend || sum(levels.iter().map(|(_, count)| *count))? != n {
                return Err("the counts of its values do not add up");
            }
        }
        let cardinality = self.distinct.map(|distinct| distinct.cardinality()).transpose()?;
        let valid = self.valid.map(|valid| valid.valid(n)).transpose()?;
        if valid.is_some() != (n > 0) || (self.levels.is_none() && cardinality.is_none() && n > 0) {
            return Err("what its values are is missing");
        }
        let counts =
            RowCounts { rows, nulls: self.nulls, nans: self.nans, pos_inf: self.pos_inf, neg_inf: self.neg_inf };
        let profile = NumberProfile { counts, ruler, bins: self.counts, levels: self.levels, cardinality, valid };
        if profile.is_consistent() { Ok(profile) } else { Err("its extremes do not fit its counts") }
    }
}

impl ValidDocument {
    fn valid(self, n: u64) -> Result<Valid, &'static str> {
        let ascends = self.quantiles.is_none_or(|quantiles| quantiles.is_sorted());
        let finite = |figure: Option<f64>| figure.is_some_and(f64::is_finite);
        let moments_fit = self.moments.n() == n && finite(self.moments.mean()) && finite(self.moments.std_pop());
        if self.min > self.max || !moments_fit || !ascends {
            return Err("its figures contradict each other");
        }
        Ok(Valid {
            moments: self.moments,
            min: self.min,
            max: self.max,
            at_min: self.at_min,
            at_max: self.at_max,
            zeros: self.zeros,
            quantiles: self.quantiles,
        })
    }
}

impl KeyDocument {
    fn of(profile: &KeyProfile) -> Self {
        Self {
            nulls: profile.nulls,
            keys: profile.listed.clone(),
            rest: profile.tail.as_ref().map(|tail| TailDocument {
                rows: tail.rows,
                once: tail.once,
                distinct: DistinctDocument::of(&tail.cardinality),
                sample: tail.sample.counts().iter().map(|(hash, count)| (format!("{hash:016x}"), *count)).collect(),
            }),
        }
    }

    fn profile(self, rows: u64) -> Result<KeyProfile, &'static str> {
        let rest = self.rest.as_ref().map_or(0, |rest| rest.rows);
        if sum(self.keys.values().copied().chain([rest, self.nulls]))? != rows {
            return Err("the counts of its keys do not add up");
        }
        let tail = self.rest.map(TailDocument::tail).transpose()?;
        Ok(KeyProfile { nulls: self.nulls, listed: self.keys, tail })
    }
}

impl TailDocument {
    fn tail(self) -> Result<Tail, &'static str> {
        let hashed = |(hash, count): (String, u64)| u64::from_str_radix(&hash, 16).ok().map(|hash| (hash, count));
        let counts: Option<BTreeMap<u64, u64>> = self.sample.into_iter().map(hashed).collect();
        let counts = counts.ok_or("its sample of keys has something else than hashes")?;
        sum(counts.values().copied())?;
        Ok(Tail {
            rows: self.rows,
            cardinality: self.distinct.cardinality()?,
            once: self.once,
            sample: KeySample::from_counts(counts).ok_or("its sample of keys is too large")?,
        })
    }
}
