//! The kinds of fault that the demo can put into its online store.

use std::collections::BTreeSet;

use serde::Serialize;

/// One kind of fault, each as it happens in real life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Window timers were left out: windows move on with the next event only.
    StaleWindow,
    /// The mean order value is in cents.
    Unit,
    /// The row was evicted.
    LostRow,
    /// The row was last written three days ago.
    OldRow,
    /// The category is spelt in lower case.
    LowerCase,
    /// A null fraud score was written as zero.
    NullAsZero,
    /// The account's first day counts as day one.
    OffByOneDay,
    /// The row of a deleted account is still served.
    Orphan,
    /// The bytes of the order count are no value.
    GarbageBytes,
}

impl Fault {
    /// Every kind.
    pub const ALL: [Self; 9] = [
        Self::StaleWindow,
        Self::Unit,
        Self::LostRow,
        Self::OldRow,
        Self::LowerCase,
        Self::NullAsZero,
        Self::OffByOneDay,
        Self::Orphan,
        Self::GarbageBytes,
    ];

    /// The name used on the command line and in `faults.json`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::StaleWindow => "stale_window",
            Self::Unit => "unit",
            Self::LostRow => "lost_row",
            Self::OldRow => "old_row",
            Self::LowerCase => "lower_case",
            Self::NullAsZero => "null_as_zero",
            Self::OffByOneDay => "off_by_one_day",
            Self::Orphan => "orphan",
            Self::GarbageBytes => "garbage_bytes",
        }
    }

    /// What went wrong, as a clause.
    #[must_use]
    pub const fn story(self) -> &'static str {
        match self {
            Self::StaleWindow => "window timers were left out, so windows move on with the next event only",
            Self::Unit => "the stream writes the mean order value in cents, the batch in euros",
            Self::LostRow => "rows were evicted from the online store",
            Self::OldRow => "rows were last written three days ago",
            Self::LowerCase => "the stream spells categories in lower case",
            Self::NullAsZero => "the stream writes a fraud score of 0 where there is none",
            Self::OffByOneDay => "the stream counts the first day of an account as day one",
            Self::Orphan => "rows of deleted accounts are still served",
            Self::GarbageBytes => "the bytes of the order count are no value",
        }
    }

    /// The fault called `name`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|fault| fault.name() == name)
    }
}

/// Which faults to put in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultChoice(BTreeSet<Fault>);

impl FaultChoice {
    /// No fault at all: a shop whose two computations agree.
    #[must_use]
    pub const fn none() -> Self {
        Self(BTreeSet::new())
    }

    /// Every kind of fault.
    #[must_use]
    pub fn every() -> Self {
        Self(Fault::ALL.into())
    }

    /// Reads `none`, `default` (every kind) or names separated by commas.
    ///
    /// # Errors
    /// A sentence that names the unknown fault and lists the known ones.
    pub fn parse(text: &str) -> Result<Self, String> {
        match text {
            "none" => Ok(Self::none()),
            "default" => Ok(Self::every()),
            names => names
                .split(',')
                .map(|name| {
                    Fault::parse(name.trim()).ok_or_else(|| {
                        let known: Vec<&str> = Fault::ALL.iter().map(|fault| fault.name()).collect();
                        format!("there is no fault `{}`; there are none, default, {}", name.trim(), known.join(", "))
                    })
                })
                .collect::<Result<_, _>>()
                .map(Self),
        }
    }

    /// Those of them that are wanted.
    #[must_use]
    pub fn only(&self, is_wanted: impl Fn(Fault) -> bool) -> Self {
        Self(self.0.iter().copied().filter(|fault| is_wanted(*fault)).collect())
    }

    /// Whether `fault` is to be put in.
    #[must_use]
    pub fn contains(&self, fault: Fault) -> bool {
        self.0.contains(&fault)
    }
}
