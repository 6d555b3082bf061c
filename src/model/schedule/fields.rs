//! The fields of a cron expression, as users of cron write them.
//!
//! Numbers, names, ranges, lists and steps become sets of numbers. What cron implementations read in different ways, or
//! silently read otherwise than it looks (`5/10`, `*/90`, `fri-mon`), is refused with the text that says what is meant.

use super::ScheduleError;

/// A field's name, its numbers, and names for some of them.
struct Kind {
    name: &'static str,
    least: u32,
    most: u32,
    names: &'static [&'static str],
    /// Number of the first name.
    first: u32,
}

const SECOND: Kind = Kind { name: "second", least: 0, most: 59, names: &[], first: 0 };
const MINUTE: Kind = Kind { name: "minute", least: 0, most: 59, names: &[], first: 0 };
const HOUR: Kind = Kind { name: "hour", least: 0, most: 23, names: &[], first: 0 };
const DAY: Kind = Kind { name: "day of month", least: 1, most: 31, names: &[], first: 1 };
const MONTH: Kind = Kind {
    name: "month",
    least: 1,
    most: 12,
    names: &[
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ],
    first: 1,
};
const WEEKDAY: Kind = Kind {
    name: "day of week",
    least: 0,
    most: 7,
    names: &["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"],
    first: 0,
};

/// Abbreviations of whole expressions.
const NICKNAMES: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// The numbers of one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// Bit n stands for the number n.
    set: u64,
    /// Whether the field begins with `*`, which leaves it to the others.
    pub(super) is_open: bool,
}

impl Field {
    const fn only(number: u32) -> Self {
        Self { set: 1 << number, is_open: false }
    }

    /// Whether the number is among them.
    pub(super) const fn has(&self, number: u32) -> bool {
        self.set & (1 << number) != 0
    }

    /// The numbers from low to high.
    pub(super) fn numbers(&self) -> impl Iterator<Item = u32> + '_ {
        (0..64).filter(|number| self.has(*number))
    }
}

/// All fields of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) second: Field,
    pub(super) minute: Field,
    pub(super) hour: Field,
    pub(super) day: Field,
    pub(super) month: Field,
    /// 0 is Sunday; 7 does not occur.
    pub(super) weekday: Field,
}

impl Fields {
    /// Reads five fields, or six of which the first is the second.
    pub(super) fn parse(text: &str) -> Result<Self, ScheduleError> {
        let complain = |clause: &str| ScheduleError::new(text, clause);
        let whole = text.trim();
        let spelled = if whole.starts_with('@') {
            let found = NICKNAMES.iter().find(|(nickname, _)| nickname.eq_ignore_ascii_case(whole));
            let (_, spelled) = found.ok_or_else(|| {
                let known = NICKNAMES.map(|(nickname, _)| nickname).join(", ");
                complain("is no abbreviation of a cron expression").hint(format!("there are {known}"))
            })?;
            spelled
        } else {
            whole
        };
        let parts: Vec<&str> = spelled.split_whitespace().collect();
        let (second, minute, hour, day, month, weekday) = match parts.as_slice() {
            [minute, hour, day, month, weekday] => (None, minute, hour, day, month, weekday),
            [second, minute, hour, day, month, weekday] => (Some(second), minute, hour, day, month, weekday),
            others => {
                let form = "write minute, hour, day of month, month, day of week; a second may stand before them";
                let count = others.len();
                let noun = if count == 1 { "field" } else { "fields" };
                return Err(complain(&format!("has {count} {noun}, and a cron expression has 5 or 6")).hint(form));
            }
        };
        let read = |kind: &Kind, part: &str| field(kind, part).map_err(|fault| fault.of(text, kind));
        let mut weekday = read(&WEEKDAY, weekday)?;
        weekday.set = (weekday.set | (weekday.set >> 7)) & 0x7f;
        Ok(Self {
            second: second.map_or(Ok(Field::only(0)), |part| read(&SECOND, part))?,
            minute: read(&MINUTE, minute)?,
            hour: read(&HOUR, hour)?,
            day: read(&DAY, day)?,
            month: read(&MONTH, month)?,
            weekday,
        })
    }
}

/// What is wrong with a field, as a clause after its name.
struct Fault {
    clause: String,
    hint: Option<String>,
}

impl Fault {
    fn new(clause: impl Into<String>) -> Self {
        Self { clause: clause.into(), hint: None }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    fn of(self, text: &str, kind: &Kind) -> ScheduleError {
        let error = ScheduleError::new(text, format!("has a wrong {}: {}", kind.name, self.clause));
        match self.hint {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

fn field(kind: &Kind, text: &str) -> Result<Field, Fault> {
    let mut set = 0;
    for part in text.split(',') {
        for number in numbers(kind, part)? {
            set |= 1_u64 << number;
        }
    }
    Ok(Field { set, is_open: text.starts_with('*') })
}

/// The numbers of one part between commas.
fn numbers(kind: &Kind, part: &str) -> Result<impl Iterator<Item = u32> + use<>, Fault> {
    let (range, step) = match part.split_once('/') {
        Some((range, step)) => (range, Some(step)),
        None => (part, None),
    };
    let (least, most) = match range.split_once('-') {
        _ if range == "*" => (kind.least, if kind.name == WEEKDAY.name { 6 } else { kind.most }),
        Some((first, last)) => bounds(kind, part, (first, last))?,
        None if step.is_some() => {
            let number = number(kind, range)?;
            let hint = format!("write `{number}-{}/{}`", kind.most, step.unwrap_or_default());
            return Err(Fault::new(format!("`{part}` steps from a single number")).hint(hint));
        }
        None => {
            let number = number(kind, range)?;
            (number, number)
        }
    };
    let step = step.map_or(Ok(1), |step| width(kind, part, step))?;
    Ok((least..=most).step_by(step))
}

fn bounds(kind: &Kind, part: &str, (first, last): (&str, &str)) -> Result<(u32, u32), Fault> {
    let (least, mut most) = (number(kind, first)?, number(kind, last)?);
    // A week may end on Sunday: `sat-sun`.
    if kind.name == WEEKDAY.name && most == 0 && least > 0 {
        most = 7;
    }
    if least > most {
        let (bottom, top) = (kind.least, if kind.name == WEEKDAY.name { 6 } else { kind.most });
        let hint = format!("write `{least}-{top},{bottom}-{most}`");
        return Err(Fault::new(format!("`{part}` ends before it begins")).hint(hint));
    }
    Ok((least, most))
}

fn width(kind: &Kind, part: &str, step: &str) -> Result<usize, Fault> {
    let width: usize = digits(step).ok_or_else(|| Fault::new(format!("the step of `{part}` is no number")))?;
    if width == 0 {
        return Err(Fault::new(format!("the step of `{part}` is 0")));
    }
    if width > kind.most as usize {
        let fault = Fault::new(format!("the step of `{part}` is longer than the field, which ends at {}", kind.most));
        let larger = match kind.name {
            "second" => Some("minutes"),
            "minute" => Some("hours"),
            "hour" => Some("days"),
            _ => None,
        };
        return Err(match larger {
            Some(larger) => fault.hint(format!("steps do not reach beyond their field: step through {larger} instead")),
            None => fault,
        });
    }
    Ok(width)
}

fn number(kind: &Kind, text: &str) -> Result<u32, Fault> {
    let (least, most) = (kind.least, kind.most);
    if let Some(number) = digits::<u32>(text) {
        let outside = || Fault::new(format!("`{text}` lies outside {least} to {most}"));
        return if (least..=most).contains(&number) { Ok(number) } else { Err(outside()) };
    }
    let wanted = text.to_lowercase();
    let named = (kind.first..).zip(kind.names).find(|(_, name)| **name == wanted || name.get(..3) == Some(&wanted));
    named.map(|(number, _)| number).ok_or_else(|| {
        let fault = Fault::new(match kind.names.first().and_then(|name| name.get(..3)) {
            Some(name) => format!("`{text}` is neither a number from {least} to {most} nor a name such as `{name}`"),
            None => format!("`{text}` is not a number from {least} to {most}"),
        });
        match text {
            "?" => fault.hint("write `*`"),
            "" => fault.hint("write the numbers of a list without spaces: `1,15`"),
            _ => fault,
        }
    })
}

fn digits<T: std::str::FromStr>(text: &str) -> Option<T> {
    if text.is_empty() || !text.bytes().all(|letter| letter.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}
