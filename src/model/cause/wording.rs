//! Relations and places as they stand in a sentence that begins with "served". No value of a feature is among the words.

use std::fmt;

use super::{Locus, Narrowing, Recoding, Relation};

impl fmt::Display for Narrowing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Float32 => formatter.write_str("rounded to float32"),
            Self::Float16 => formatter.write_str("rounded to float16"),
            Self::BFloat16 => formatter.write_str("rounded to bfloat16"),
            Self::ThroughFloat64 => formatter.write_str("passed through float64"),
            Self::Wrapped(bits) => write!(formatter, "wrapped to {bits} bits"),
            Self::Truncated => formatter.write_str("cut off at the decimal point"),
            Self::Floor => formatter.write_str("rounded down"),
            Self::Ceiling => formatter.write_str("rounded up"),
            Self::Rounded(0) => formatter.write_str("rounded to whole numbers"),
            Self::Rounded(1) => formatter.write_str("rounded to 1 decimal"),
            Self::Rounded(decimals) => write!(formatter, "rounded to {decimals} decimals"),
            Self::ClampedAbove(_) => formatter.write_str("cut down to an upper limit"),
            Self::ClampedBelow(_) => formatter.write_str("raised to a lower limit"),
            Self::Coarser(unit) => write!(formatter, "divided by {unit} and cut off"),
        }
    }
}

impl fmt::Display for Recoding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lowered => formatter.write_str("in lower case"),
            Self::Uppered => formatter.write_str("in upper case"),
            Self::Trimmed => formatter.write_str("without the spaces at its ends"),
            Self::Composed => formatter.write_str("in Unicode form NFC"),
            Self::Decomposed => formatter.write_str("in Unicode form NFD"),
            Self::Mapped(entries) => write!(formatter, "under other names, one for one ({entries} in the table)"),
        }
    }
}

/// The participle phrase that follows "it is served …".
impl fmt::Display for Relation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        match self {
            Self::Stale { versions, seconds } => {
                match versions {
                    Some(versions) => write!(formatter, "{versions} version{} behind", plural(*versions))?,
                    None => formatter.write_str("several versions behind")?,
                }
                seconds.map_or(Ok(()), |seconds| write!(formatter, " ({:.1} h)", seconds / 3600.0))
            }
            Self::WroteNothing { rounds } => {
                write!(formatter, "as before: the job has written nothing for {rounds} rounds")
            }
            Self::OffByOne { versions: Some(versions) } => {
                write!(formatter, "from {versions} version{} before, under the current timestamp", plural(*versions))
            }
            Self::OffByOne { versions: None } => {
                formatter.write_str("from older versions, under the current timestamp")
            }
            Self::CorrectionLost => formatter.write_str("as it was before a correction"),
            Self::Leaked { versions } => write!(formatter, "from {versions} version{} later", plural(*versions)),
            Self::TimeZone { by } => {
                write!(formatter, "off by {by:+}, as from another time zone or counting from another start")
            }
            Self::Shifted { by } => write!(formatter, "off by {by:+}"),
            Self::Scaled { factor } => write!(formatter, "times {factor}"),
            Self::Affine { slope, offset } => write!(formatter, "times {slope} and {offset:+}"),
            Self::Duplicated { most } => write!(formatter, "counted 2 to {most} times"),
            Self::Narrowed(narrowing) => narrowing.fmt(formatter),
            Self::Filled { .. } => formatter.write_str("as one and the same value where it is null"),
            Self::Collapsed { levels, .. } => write!(formatter, "as one value in place of {levels} values"),
            Self::Recoded(recoding) => recoding.fmt(formatter),
            Self::OtherEntity { places: Some(places) } => write!(formatter, "to the entity {places:+} places away"),
            Self::OtherEntity { places: None } => formatter.write_str("to another entity, and that one's to this"),
            Self::OtherFeature { position } => write!(formatter, "with the values of feature {}", position + 1),
            Self::Expired { age } => write!(formatter, "no longer from an age of {:.1} h", age / 3600.0),
        }
    }
}

impl fmt::Display for Locus {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => formatter.write_str("everywhere"),
            Self::Entities => formatter.write_str("for part of the entities"),
            Self::Shards(shards) => {
                let slots: Vec<String> = shards.iter().map(u32::to_string).collect();
                match slots.as_slice() {
                    [only] => write!(formatter, "by the node of slot {only}"),
                    several => write!(formatter, "by the nodes of slots {}", several.join(", ")),
                }
            }
            Self::Since(start) => write!(formatter, "in rows since {start}"),
            Self::Before(end) => write!(formatter, "in rows before {end}"),
        }
    }
}
