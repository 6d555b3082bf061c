//! Durations, sizes, shares and numbers as people write them.
//!
//! What does not fit is answered by a [`Complaint`]: a clause that goes on after the text complained about.

use std::time::Duration;

use crate::model::ratio::Ratio;

/// Why a text is not what was expected: "`1.5` lies outside 0 to 1" without its first word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The clause that follows the text.
    pub clause: String,
    /// The next step, where there is one.
    pub hint: Option<String>,
}

impl Complaint {
    /// A complaint without a hint.
    #[must_use]
    pub fn new(clause: impl Into<String>) -> Self {
        Self { clause: clause.into(), hint: None }
    }

    /// The same with a next step.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// Units of durations from long to short, in milliseconds.
const UNITS: [(&str, u64); 6] =
    [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];
/// A century: longer durations are slips.
const LONGEST: Duration = Duration::from_secs(36_525 * 86_400);

/// The duration of a text such as `90s`, `15m`, `1h30m`, `7d` or `0`; units (w, d, h, m, s, ms) from long to short.
///
/// # Errors
/// When the text is no such duration, is negative, or is longer than a century.
pub fn duration(text: &str) -> Result<Duration, Complaint> {
    const FORM: &str = "is not a duration such as `90s`, `15m`, `1h30m` or `7d`";
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    if text.strip_prefix('-').is_some_and(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit())) {
        return Err(Complaint::new("is a negative duration"));
    }
    if !text.is_empty() && text.bytes().all(|letter| letter.is_ascii_digit()) {
        return Err(Complaint::new("has no unit").hint(format!("write `{text}s`, `{text}m`, `{text}h` or `{text}d`")));
    }
    let mut total = 0_u64;
    let mut allowed = UNITS.as_slice();
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let unit = rest[digits..].bytes().take_while(u8::is_ascii_alphabetic).count();
        if digits == 0 || unit == 0 {
            let complaint = Complaint::new(FORM);
            let fraction = rest[digits..].starts_with('.');
            return Err(if fraction { complaint.hint("whole numbers only: `1h30m` for `1.5h`") } else { complaint });
        }
        let name = &rest[digits..digits + unit];
        let Some(place) = allowed.iter().position(|(known, _)| *known == name) else {
            return Err(Complaint::new(FORM).hint("units are w, d, h, m, s and ms, from long to short"));
        };
        let number: Option<u64> = rest[..digits].parse().ok();
        let sum =
            number.and_then(|number| number.checked_mul(allowed[place].1)).and_then(|part| total.checked_add(part));
        total = sum.ok_or_else(|| Complaint::new("is longer than a hundred years"))?;
        allowed = &allowed[place + 1..];
        rest = &rest[digits + unit..];
    }
    let total = Duration::from_millis(total);
    match (text.is_empty(), total > LONGEST) {
        (true, _) => Err(Complaint::new(FORM)),
        (false, true) => Err(Complaint::new("is longer than a hundred years")),
        (false, false) => Ok(total),
    }
}

/// As [`duration`], but for nothing.
///
/// # Errors
/// When the text is no such duration, or is `0`.
pub(super) fn positive_duration(text: &str) -> Result<Duration, Complaint> {
    let span = duration(text)?;
    if span.is_zero() { Err(Complaint::new("must be longer than nothing")) } else { Ok(span) }
}

/// A duration as [`duration`] reads it, in days at the longest; below a millisecond it is cut.
#[must_use]
pub fn duration_text(span: Duration) -> String {
    let mut rest = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    let mut text = String::new();
    for (name, length) in &UNITS[1..] {
        let count = rest / length;
        if count > 0 {
            text.push_str(&format!("{count}{name}"));
            rest %= length;
        }
    }
    if text.is_empty() { "0".to_owned() } else { text }
}

/// The share of a text such as `0.5%` or `0.005`.
///
/// # Errors
/// When the text is no plain decimal number or lies outside 0 to 1 (0% to 100%).
pub fn share(text: &str) -> Result<Ratio, Complaint> {
    const FORM: &str = "is not a share such as `0.5%` or `0.005`";
    let (digits, power) = match text.strip_suffix('%') {
        Some(digits) => (digits.trim_end(), "e-2"),
        None => (text, "e0"),
    };
    let unsigned = digits.strip_prefix('-').unwrap_or(digits);
    let plain = unsigned.starts_with(|letter: char| letter.is_ascii_digit())
        && unsigned.bytes().all(|letter| letter.is_ascii_digit() || letter == b'.');
    // Shifting the decimal point in the text rounds once, where a division by 100 would round twice.
    let number: Option<f64> = if plain { format!("{digits}{power}").parse().ok() } else { None };
    let number = number.ok_or_else(|| Complaint::new(FORM))?;
    Ratio::new(number).ok_or_else(|| {
        let complaint = Complaint::new("lies outside 0 to 1 (0% to 100%)");
        let meant_percent = power == "e0" && number > 1.0 && number <= 100.0;
        if meant_percent { complaint.hint(format!("in percent it is `{digits}%`")) } else { complaint }
    })
}

/// A number from 0 up, with fraction or exponent where needed.
///
/// # Errors
/// When the text is no such number.
pub fn amount(text: &str) -> Result<f64, Complaint> {
    let numeric = text.bytes().all(|letter| letter.is_ascii_digit() || b".eE+-".contains(&letter));
    let number: Option<f64> = if numeric { text.parse().ok().filter(|number: &f64| number.is_finite()) } else { None };
    match number {
        None => Err(Complaint::new("is not a number such as `0.2` or `1e-6`")),
        Some(number) if number < 0.0 => Err(Complaint::new("is negative")),
        Some(number) => Ok(number),
    }
}

/// A whole number from `least` up.
///
/// # Errors
/// When the text is no such number, or one too large for `T`.
pub fn whole<T: TryFrom<u64>>(text: &str, least: u64) -> Result<T, Complaint> {
    if text.is_empty() || !text.bytes().all(|letter| letter.is_ascii_digit()) {
        return Err(Complaint::new(format!("is not a whole number from {least} up")));
    }
    let number: u64 = text.parse().map_err(|_| Complaint::new("is too large"))?;
    if number < least {
        return Err(Complaint::new(format!("is less than {least}")));
    }
    T::try_from(number).map_err(|_| Complaint::new("is too large"))
}

/// Units of sizes, in bytes.
const SIZES: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1000),
    ("B", 1),
];

/// The number of bytes of a text such as `512MB`, `2 GB` or `64MiB`; upper and lower case mean the same.
///
/// # Errors
/// When the text is no whole number with a unit, or the size is 0 or too large to count.
pub fn bytes(text: &str) -> Result<u64, Complaint> {
    const FORM: &str = "is not a size such as `512MB`, `2GB` or `64MiB`";
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    if digits == 0 {
        return Err(Complaint::new(FORM));
    }
    let unit = unit.trim_start();
    if unit.is_empty() {
        return Err(Complaint::new("has no unit").hint(format!("write `{number}MB` or `{number}GB`")));
    }
    let Some((_, size)) = SIZES.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit)) else {
        let complaint = Complaint::new(FORM);
        let fraction = unit.starts_with('.');
        return Err(if fraction { complaint.hint("whole numbers only: `1500MB` for `1.5GB`") } else { complaint });
    };
    let total = number.parse::<u64>().ok().and_then(|number| number.checked_mul(*size));
    match total.ok_or_else(|| Complaint::new("is too large"))? {
        0 => Err(Complaint::new("is nothing")),
        total => Ok(total),
    }
}
