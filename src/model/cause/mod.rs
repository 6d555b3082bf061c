//! Why served values differ: the likely cause of a feature's mismatches, with its parameters.
//!
//! A diagnosis has two answers, which are found apart: the [`Relation`] says what was done to the value, the [`Locus`] to
//! which cells. Where the data cannot tell, that is the answer, with its reason.

mod clause;
mod incident;
mod known;
mod rows;
mod shown;
mod wording;

pub use known::KnownCause;
pub use rows::{MissingRows, RowFaults, RowsBehind, STANDSTILL};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ratio::Ratio;
use super::time::Timestamp;

/// Fewest mismatches from which a cause is told.
pub const LEAST_MISMATCHES: usize = 30;

/// A cause in one word: a closed set, used as a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// An older version under its own, old event timestamp.
    StalePipeline,
    /// The same, and the newest online event timestamp did not move over several rounds.
    WroteNothing,
    /// The version before under the current event timestamp: a window off by one, a lost boundary.
    OffByOne,
    /// An earlier writing of the very version.
    CorrectionLost,
    /// The value of a version from after the row's time.
    FutureLeakage,
    /// A constant of whole quarters of an hour, or of one day or unit.
    TimeZone,
    /// Another constant added.
    Shift,
    /// A constant factor.
    Scale,
    /// A constant factor and a constant added.
    Affine,
    /// Counted two or three times.
    Duplication,
    /// A narrower type, or digits cut off.
    Narrowing,
    /// One value in place of null.
    DefaultFill,
    /// Several values became one.
    OutOfVocabulary,
    /// Other letters, spaces or codes for the same category.
    Encoding,
    /// The value of another entity.
    SwappedEntities,
    /// The value of another feature.
    SwappedFeatures,
    /// Rows are missing from a certain age.
    TtlExpiry,
}

impl Cause {
    /// The name used in reports and as a label.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::StalePipeline => "stale_pipeline",
            Self::WroteNothing => "wrote_nothing",
            Self::OffByOne => "off_by_one",
            Self::CorrectionLost => "correction_lost",
            Self::FutureLeakage => "future_leakage",
            Self::TimeZone => "time_zone",
            Self::Shift => "shift",
            Self::Scale => "scale",
            Self::Affine => "affine",
            Self::Duplication => "duplication",
            Self::Narrowing => "narrowing",
            Self::DefaultFill => "default_fill",
            Self::OutOfVocabulary => "out_of_vocabulary",
            Self::Encoding => "encoding",
            Self::SwappedEntities => "swapped_entities",
            Self::SwappedFeatures => "swapped_features",
            Self::TtlExpiry => "ttl_expiry",
        }
    }

    /// Whether the rows are old and say so: lag, and no skew.
    #[must_use]
    pub const fn is_lag(self) -> bool {
        match self {
            Self::StalePipeline | Self::WroteNothing => true,
            Self::OffByOne
            | Self::CorrectionLost
            | Self::FutureLeakage
            | Self::TimeZone
            | Self::Shift
            | Self::Scale
            | Self::Affine
            | Self::Duplication
            | Self::Narrowing
            | Self::DefaultFill
            | Self::OutOfVocabulary
            | Self::Encoding
            | Self::SwappedEntities
            | Self::SwappedFeatures
            | Self::TtlExpiry => false,
        }
    }
}

/// How digits or range were lost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Narrowing {
    /// Through a single-precision float.
    Float32,
    /// Through a half-precision float.
    Float16,
    /// Through a bfloat16.
    BFloat16,
    /// An integer through a double-precision float.
    ThroughFloat64,
    /// The lower bits of an integer, with sign: 8, 16 or 32.
    Wrapped(u32),
    /// Cut off towards zero.
    Truncated,
    /// Rounded down.
    Floor,
    /// Rounded up.
    Ceiling,
    /// Rounded to this many decimals.
    Rounded(i32),
    /// No value above this one, which is served in place of them; `None` where values are withheld.
    ClampedAbove(Option<f64>),
    /// No value below this one, likewise.
    ClampedBelow(Option<f64>),
    /// Divided by this unit and cut off, as milliseconds to seconds.
    Coarser(f64),
}

/// How the text of a category was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recoding {
    /// Lower case.
    Lowered,
    /// Upper case.
    Uppered,
    /// Without spaces at its ends.
    Trimmed,
    /// In Unicode form NFC.
    Composed,
    /// In Unicode form NFD.
    Decomposed,
    /// One value for one value, by a table of this many entries.
    Mapped(usize),
}

/// What was done to the value, with its parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// An older version under its own, old event timestamp.
    Stale {
        /// How many versions behind; `None` where that differs.
        versions: Option<usize>,
        /// Median of the event time behind, in seconds.
        seconds: Option<f64>,
    },
    /// As `Stale`, and nothing was written for this many rounds.
    WroteNothing {
        /// Rounds over which the newest online event timestamp stood still.
        rounds: u32,
    },
    /// An older version under the current timestamp.
    OffByOne {
        /// How many versions behind; `None` where that differs.
        versions: Option<usize>,
    },
    /// An earlier writing of the version.
    CorrectionLost,
    /// A version from after the row's time.
    Leaked {
        /// How many versions ahead.
        versions: usize,
    },
    /// A constant of time, or of one unit.
    TimeZone {
        /// Online minus offline, in the feature's unit.
        by: f64,
    },
    /// A constant.
    Shifted {
        /// Online minus offline.
        by: f64,
    },
    /// A factor.
    Scaled {
        /// Online ÷ offline.
        factor: f64,
    },
    /// A factor and a constant.
    Affine {
        /// Of online over offline.
        slope: f64,
        /// Online where offline is 0.
        offset: f64,
    },
    /// Multiples.
    Duplicated {
        /// The largest multiple.
        most: u32,
    },
    /// A narrower value.
    Narrowed(Narrowing),
    /// One value for null.
    Filled {
        /// The value; `None` where values are withheld.
        with: Option<String>,
    },
    /// One value for several.
    Collapsed {
        /// The value; `None` where values are withheld.
        to: Option<String>,
        /// How many became it.
        levels: usize,
    },
    /// Another text.
    Recoded(Recoding),
    /// Another entity's value.
    OtherEntity {
        /// How many places away in the order of keys; `None` where two changed places.
        places: Option<i64>,
    },
    /// Another feature's value.
    OtherFeature {
        /// Position of that feature in the view.
        position: usize,
    },
    /// Nothing from a certain age.
    Expired {
        /// The age, in seconds.
        age: f64,
    },
}

impl Relation {
    /// The cause in one word.
    #[must_use]
    pub const fn cause(&self) -> Cause {
        match self {
            Self::Stale { .. } => Cause::StalePipeline,
            Self::WroteNothing { .. } => Cause::WroteNothing,
            Self::OffByOne { .. } => Cause::OffByOne,
            Self::CorrectionLost => Cause::CorrectionLost,
            Self::Leaked { .. } => Cause::FutureLeakage,
            Self::TimeZone { .. } => Cause::TimeZone,
            Self::Shifted { .. } => Cause::Shift,
            Self::Scaled { .. } => Cause::Scale,
            Self::Affine { .. } => Cause::Affine,
            Self::Duplicated { .. } => Cause::Duplication,
            Self::Narrowed(_) => Cause::Narrowing,
            Self::Filled { .. } => Cause::DefaultFill,
            Self::Collapsed { .. } => Cause::OutOfVocabulary,
            Self::Recoded(_) => Cause::Encoding,
            Self::OtherEntity { .. } => Cause::SwappedEntities,
            Self::OtherFeature { .. } => Cause::SwappedFeatures,
            Self::Expired { .. } => Cause::TtlExpiry,
        }
    }
}

/// Which cells were hit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Locus {
    /// All that the relation would change.
    All,
    /// Some entities, without a pattern.
    Entities,
    /// These nodes, each named by the first slot that it serves; ascending.
    Shards(Vec<u32>),
    /// Rows from this event timestamp on.
    Since(Timestamp),
    /// Rows up to before this event timestamp.
    Before(Timestamp),
}

/// A cause that holds for part of the mismatches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Attribution {
    /// The cause in one word.
    pub cause: Cause,
    /// What was done to the value.
    pub relation: Relation,
    /// To which cells.
    pub locus: Locus,
    /// Mismatches that it explains and none before it did.
    pub explained: u64,
    /// The same as a share of all mismatches looked at.
    pub share: Option<Ratio>,
    /// Share of the mismatches not explained before that it explains, chance discounted; at most 1.
    pub score: f64,
    /// By how much its score exceeds that of the best cause that says something else.
    pub margin: f64,
    /// Consistent cells that it would change.
    pub would_break: u64,
    /// Mismatches ÷ (mismatches + would break): the share of the cells in its reach that it hit.
    pub severity: f64,
    /// Other causes that explain the same cells as well.
    pub also_explains: Vec<Cause>,
    /// Positions of some of the entities explained, in the sample.
    pub evidence: Vec<usize>,
}

/// Why no cause is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unknown {
    /// There are mismatches, and too few to tell.
    TooFew,
    /// None of the known causes fits.
    NothingFits,
}

/// What is to be said of a feature's mismatches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Diagnosis {
    /// Mismatches of the feature.
    pub mismatches: u64,
    /// How many of them were looked at; the counts of the causes refer to these.
    pub examined: u64,
    /// How many of these are outdated, by their own timestamp, and not skewed.
    pub outdated: u64,
    /// Consistent cells looked at beside them.
    pub consistent: u64,
    /// Causes for disjoint parts of the mismatches, the largest first.
    pub causes: Vec<Attribution>,
    /// Why none is named; `None` where one is, or there is no mismatch.
    pub unknown: Option<Unknown>,
    /// Which cells the mismatches without a cause are; `None` where there is no pattern or they are few.
    pub unexplained_locus: Option<Locus>,
}

impl Diagnosis {
    /// The cause that explains most, and its share of the mismatches looked at.
    #[must_use]
    pub fn top(&self) -> Option<&Attribution> {
        self.causes.first()
    }

    /// The causes of the cells that are skewed, the one that explains most first.
    pub fn of_skew(&self) -> impl Iterator<Item = &Attribution> {
        let is_of_skew = |cause: &&Attribution| self.outdated == 0 || !cause.cause.is_lag();
        self.causes.iter().filter(is_of_skew)
    }

    /// How many of the mismatches looked at are skewed.
    #[must_use]
    pub const fn skewed(&self) -> u64 {
        self.examined.saturating_sub(self.outdated)
    }
}
