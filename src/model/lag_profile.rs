//! How far served values lag behind, where rows carry no event timestamp: the share of values that were the offline ones
//! so long ago, lag by lag.
//!
//! Lags are seconds before the instant that they are counted from; a negative lag is one into the future of that instant.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::figure::{percent, span};
use super::measurement::SkewMeasurement;
use super::ratio::Ratio;

/// The lag profile of one feature.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LagProfile {
    /// What the data say.
    pub verdict: LagVerdict,
    /// Why they say nothing; `null` where they do.
    pub uninformative: Option<Uninformative>,
    /// What lags are counted from.
    pub counted_from: LagOrigin,
    /// Cells whose values are known offline over the whole window.
    pub n: u64,
    /// Those of them whose value changed within the window: the others match at every lag or at none.
    pub changed: u64,
    /// The smallest lag that the snapshot can tell; negative where it knows what came after.
    pub from_seconds: f64,
    /// The largest lag looked at.
    pub to_seconds: f64,
    /// Distance between the points.
    pub step_seconds: f64,
    /// The lag at which most values match, and the lag of those that do not where they have one of their own; empty where
    /// the data say nothing.
    pub peaks: Vec<LagPeak>,
    /// Values that match at none of these lags, of those that could; `null` where the data say nothing.
    pub skew: Option<SkewMeasurement>,
    /// Share of the changed cells that match, at lags one step apart.
    pub points: Vec<LagPoint>,
}

/// What a lag profile says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LagVerdict {
    /// The data cannot tell.
    Uninformative,
    /// No lag can be told from none.
    InTime,
    /// Values are those of some time ago.
    Lagging,
    /// Values are those of a later time than that at which they were served.
    Leaking,
    /// Some values have one lag and some another: two versions of a writer, or one that has stopped.
    Mixed,
}

/// Why a lag profile says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Uninformative {
    /// Too few values changed.
    TooFew,
    /// Most values match at the smallest lag that the snapshot can tell; the true one may be smaller.
    Watermark,
    /// No lag stands out.
    Flat,
}

/// What lags are counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LagOrigin {
    /// The reading.
    Read,
    /// The writing, which follows from the time that the row has left to live.
    Write,
}

/// A lag at which values match.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LagPeak {
    /// The lag.
    pub lag_seconds: f64,
    /// The smallest lag that the data cannot tell from it, at 95 %.
    pub lower_seconds: f64,
    /// The largest one.
    pub upper_seconds: f64,
    /// Changed cells that match at it, and at no lag named before.
    pub matched: u64,
    /// The same as a share of the changed cells.
    pub share: Option<Ratio>,
}

/// The share of changed cells that match at one lag.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LagPoint {
    /// The lag.
    pub lag_seconds: f64,
    /// The share.
    pub ratio: Option<Ratio>,
}

impl LagOrigin {
    const fn deed(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "written",
        }
    }
}

impl LagProfile {
    /// What it says, as a clause: "values are those of 37m before they were read (36m 58s to 37m 1s)".
    #[must_use]
    pub fn told(&self) -> String {
        if let Some(reason) = self.uninformative {
            let reason = match reason {
                Uninformative::TooFew => "too few of them changed",
                Uninformative::Watermark => "most are those of the time up to which the snapshot is complete, or newer",
                Uninformative::Flat => "no lag stands out",
            };
            return format!("values do not tell how far they lag behind: {reason}");
        }
        let deed = self.counted_from.deed();
        match (self.verdict, self.peaks.as_slice()) {
            (LagVerdict::Uninformative, _) | (_, []) => "values do not tell how far they lag behind".to_owned(),
            (LagVerdict::InTime, _) => format!("values are those of the time when they were {deed}"),
            (LagVerdict::Lagging | LagVerdict::Leaking | LagVerdict::Mixed, [only]) => {
                format!("values are those of {}", only.told(deed))
            }
            (LagVerdict::Lagging | LagVerdict::Leaking | LagVerdict::Mixed, [first, second, ..]) => format!(
                "values have two lags: {} of those that changed are those of {}, {} those of {}",
                percent(first.share),
                first.told(deed),
                percent(second.share),
                second.told(deed)
            ),
        }
    }
}

impl LagPeak {
    fn told(&self, deed: &str) -> String {
        let side = if self.lag_seconds < 0.0 { "after" } else { "before" };
        let [lag, lower, upper] =
            [self.lag_seconds, self.lower_seconds, self.upper_seconds].map(|lag| span(Some(lag.abs())));
        let (least, most) = if self.lag_seconds < 0.0 { (upper, lower) } else { (lower, upper) };
        format!("{lag} {side} they were {deed} ({least} to {most})")
    }
}
