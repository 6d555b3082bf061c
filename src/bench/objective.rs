//! What a path promises, and whether a run has kept it.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::report::text::time;

/// Most requests without an answer for a promise to be kept: one in ten thousand.
pub const MOST_WITHOUT_ANSWER: f64 = 0.0001;
/// Largest share of its time for which a generator may have no CPU.
const MOST_STARVED: f64 = 0.05;

/// A promise. What is not promised is `None`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Objective {
    /// Share of lookups that L1 answers.
    pub hit_rate: Option<RangeInclusive<f64>>,
    /// Percentiles of the response time, each with its most.
    pub percentiles: Vec<(Percentile, Duration)>,
}

/// As it is written: `hit=0.71..0.75,p99=4.8ms`.
impl fmt::Display for Objective {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hit = self.hit_rate.iter().map(|range| format!("hit={}..{}", range.start(), range.end()));
        let percentiles = self.percentiles.iter().map(|(percentile, most)| format!("{percentile}={most:?}"));
        formatter.write_str(&hit.chain(percentiles).collect::<Vec<_>>().join(","))
    }
}

/// A share of requests, in the way in which it is written: `p50`, `p99.9`.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct Percentile(f64);

impl Percentile {
    /// The percentile of a name such as `p99.9`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let number: f64 = name.strip_prefix('p')?.parse().ok()?;
        (0.0..=100.0).contains(&number).then_some(Self(number))
    }

    /// As a share from 0 to 1.
    #[must_use]
    pub fn share(self) -> f64 {
        self.0 / 100.0
    }
}

impl fmt::Display for Percentile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "p{}", self.0)
    }
}

/// Why a text is no objective.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no objective: {reason}\n  hint: write for example `hit=0.71..0.75,p50=1.2ms,p99=4.8ms`")]
pub struct ObjectiveError {
    text: String,
    reason: String,
}

impl std::str::FromStr for Objective {
    type Err = ObjectiveError;

    fn from_str(text: &str) -> Result<Self, ObjectiveError> {
        let wrong = |reason: String| ObjectiveError { text: text.to_owned(), reason };
        let mut objective = Self::default();
        for clause in text.split(',').map(str::trim) {
            let (name, value) = clause.split_once('=').ok_or_else(|| wrong(format!("`{clause}` has no `=`")))?;
            if name == "hit" {
                if objective.hit_rate.is_some() {
                    return Err(wrong("`hit` is there twice".to_owned()));
                }
                let range = range(value).ok_or_else(|| {
                    wrong(format!("`{value}` is no range of shares from 0 to 1 such as `0.71..0.75`"))
                })?;
                objective.hit_rate = Some(range);
                continue;
            }
            let percentile = Percentile::parse(name)
                .ok_or_else(|| wrong(format!("`{name}` is neither `hit` nor a percentile such as `p99`")))?;
            if objective.percentiles.iter().any(|(known, _)| *known == percentile) {
                return Err(wrong(format!("`{name}` is there twice")));
            }
            let most = duration(value).ok_or_else(|| wrong(format!("`{value}` is no time such as `1.2ms`")))?;
            objective.percentiles.push((percentile, most));
        }
        Ok(objective)
    }
}

fn range(text: &str) -> Option<RangeInclusive<f64>> {
    let (low, high) = text.split_once("..")?;
    let (low, high): (f64, f64) = (low.parse().ok()?, high.parse().ok()?);
    (0.0 <= low && low <= high && high <= 1.0).then_some(low..=high)
}

fn duration(text: &str) -> Option<Duration> {
    let units = [("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1.0)];
    let (number, unit) = units.into_iter().find_map(|(name, unit)| Some((text.strip_suffix(name)?, unit)))?;
    let number: f64 = number.trim().parse().ok()?;
    (number > 0.0).then(|| Duration::try_from_secs_f64(number * unit).ok()).flatten()
}

/// What is known of one percentile after a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Achieved {
    /// Which.
    pub percentile: Percentile,
    /// Response time: from the intended start; `None` when it has none.
    pub response: Option<Duration>,
    /// Its upper limit with 95 % certainty.
    pub limit: Option<Duration>,
    /// Service time: from the actual start.
    pub service: Option<Duration>,
    /// Slip of the 99th percentile: how far actual starts lay behind intended ones.
    pub slip: Duration,
}

/// What a run came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// One entry per promised percentile.
    pub achieved: Vec<Achieved>,
    /// Share of lookups that L1 answered; `None` where there is no L1.
    pub hit_rate: Option<f64>,
    /// Share of the requests due without an answer: failed, timed out, partial or unsent.
    pub without_answer: f64,
    /// Share of the requests due that were never sent; part of those without an answer.
    pub unsent: f64,
    /// Share of the requests due of which the store says that it has not all values; part of those without an answer.
    pub incomplete: f64,
    /// Answers that were not right.
    pub wrong: u64,
    /// Share of the time for which the generator's threads could have run and did not; `None` where that may be the doing of
    /// what is measured.
    pub starved: Option<f64>,
    /// Why the hit rate cannot be right; `None` if it can.
    pub doubt: Option<String>,
    /// Blocks of one second measured.
    pub blocks: usize,
}

impl Evidence {
    /// Whether the generator had too little CPU to tell anything by what was missed.
    fn is_starved(&self) -> bool {
        self.starved.is_some_and(|share| share > MOST_STARVED)
    }
}

/// Whether a promise was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was, with certainty.
    Proven,
    /// It was not, or not with certainty; in which points.
    Missed(Vec<String>),
    /// The run tells nothing of what was to be measured; why.
    Invalid(Vec<String>),
}

impl Verdict {
    /// 0 proven, 1 missed, 2 invalid.
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Proven => 0,
            Self::Missed(_) => 1,
            Self::Invalid(_) => 2,
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Proven => formatter.write_str("PROVEN"),
            Self::Missed(reasons) => write!(formatter, "MISSED: {}", reasons.join("; ")),
            Self::Invalid(reasons) => write!(formatter, "INVALID: {}", reasons.join("; ")),
        }
    }
}

impl Objective {
    /// Holds a run against the promise. A run that keeps it is proven however the generator fared, whose delays count as
    /// response time; one that does not is invalid where the generator is to blame.
    #[must_use]
    pub fn judge(&self, evidence: &Evidence) -> Verdict {
        if evidence.wrong > 0 {
            return Verdict::Missed(vec![format!("{} answers were wrong", evidence.wrong)]);
        }
        if let Some(doubt) = &evidence.doubt {
            return Verdict::Invalid(vec![doubt.clone()]);
        }
        let mut missed = Vec::new();
        let mut to_blame = Vec::new();
        if evidence.without_answer > MOST_WITHOUT_ANSWER {
            missed.push(format!("{:.3} % of the requests had no answer", evidence.without_answer * 100.0));
            if evidence.is_starved() && evidence.incomplete <= MOST_WITHOUT_ANSWER {
                to_blame.push("requests had no answer: the generator had no CPU when it should have sent".to_owned());
            } else if evidence.without_answer - evidence.unsent <= MOST_WITHOUT_ANSWER {
                to_blame.push(format!("{:.3} % of the requests were never sent", evidence.unsent * 100.0));
            }
        }
        if let Some(range) = &self.hit_rate {
            match evidence.hit_rate {
                Some(rate) if range.contains(&rate) => {}
                Some(rate) => missed.push(format!(
                    "L1 hit rate {:.2} %, promised {:.0} to {:.0} %",
                    rate * 100.0,
                    range.start() * 100.0,
                    range.end() * 100.0
                )),
                None => missed.push("there is no L1 whose hit rate could be held against the promise".to_owned()),
            }
        }
        let mut slow = Vec::new();
        for (percentile, most) in &self.percentiles {
            let Some(achieved) = evidence.achieved.iter().find(|achieved| achieved.percentile == *percentile) else {
                missed.push(format!("{percentile} was not measured"));
                continue;
            };
            if let Some(reason) = achieved.against(*most) {
                slow.push((achieved, *most));
                missed.push(reason);
            }
        }
        if missed.is_empty() {
            return Verdict::Proven;
        }
        // What is slow by the generator's own doing tells nothing; what is missed otherwise is missed.
        to_blame.extend(slow.iter().filter_map(|(achieved, most)| achieved.blame(*most, evidence)));
        if to_blame.len() == missed.len() { Verdict::Invalid(to_blame) } else { Verdict::Missed(missed) }
    }
}

impl Objective {
    /// Whether a run keeps the promise by its figures alone, however certain they are: what a short run can tell.
    #[must_use]
    pub fn is_met(&self, evidence: &Evidence) -> bool {
        let achieved = evidence.achieved.iter().map(|achieved| Achieved { limit: achieved.response, ..*achieved });
        let certain = Evidence { achieved: achieved.collect(), ..evidence.clone() };
        self.judge(&certain) == Verdict::Proven
    }
}

impl Achieved {
    /// Why it does not keep to `most`.
    fn against(&self, most: Duration) -> Option<String> {
        let (name, promised) = (self.percentile, time(Some(most)));
        let Some(response) = self.response else {
            return Some(format!("{name} does not exist, too many requests had no answer; promised {promised}"));
        };
        let told = time(Some(response));
        if response > most {
            return Some(format!("{name} {told}, promised {promised}"));
        }
        match self.limit {
            Some(limit) if limit <= most => None,
            Some(limit) => {
                Some(format!("{name} {told} is not certain: up to {}, promised {promised}", time(Some(limit))))
            }
            None => Some(format!("{name} {told} is not certain: the run was too short, promised {promised}")),
        }
    }

    /// Why the generator is to blame for it; `None` if it is not.
    fn blame(&self, most: Duration, evidence: &Evidence) -> Option<String> {
        let name = self.percentile;
        let is_too_short = self.limit.is_none() && self.response.is_some_and(|response| response <= most);
        if evidence.is_starved() && !is_too_short {
            return Some(format!("{name}: the generator had no CPU when it should have sent"));
        }
        let is_served = self.service.is_some_and(|service| service <= most);
        if !is_served {
            return None;
        }
        // What was never sent slipped more than anything that was.
        if evidence.unsent > 0.01 {
            return Some(format!("{name}: served in time, but {:.1} % were never sent", evidence.unsent * 100.0));
        }
        let slipped = self.slip.as_secs_f64() > 0.25 * most.as_secs_f64();
        slipped.then(|| {
            format!("{name}: served in time, but requests were sent up to {} late (p99)", time(Some(self.slip)))
        })
    }
}
