//! Figures as people read them: counts with separators, shares that never round to none or all, spans in two units.

use crate::model::ratio::Ratio;

/// Stands for a figure that does not exist.
pub const NOTHING: &str = "–";

/// `1,234,567`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A share in percent; `0 %` and `100 %` mean exactly none and all.
#[must_use]
pub fn percent(ratio: Option<Ratio>) -> String {
    ratio.map_or_else(|| NOTHING.to_owned(), |ratio| format!("{} %", bare_percent(ratio.get())))
}

/// The number before the percent sign.
#[must_use]
pub fn bare_percent(share: f64) -> String {
    let percent = share * 100.0;
    if share <= 0.0 {
        "0".to_owned()
    } else if share >= 1.0 {
        "100".to_owned()
    } else if percent < 0.01 {
        "<0.01".to_owned()
    } else if percent < 9.995 {
        format!("{percent:.2}")
    } else if percent < 99.95 {
        format!("{percent:.1}")
    } else {
        ">99.9".to_owned()
    }
}

/// A span in its two largest units, rounded down: `3d 4h`, `5m 7s`, `250ms`.
#[must_use]
pub fn span(seconds: Option<f64>) -> String {
    let Some(seconds) = seconds.filter(|seconds| seconds.is_finite() && *seconds >= 0.0) else {
        return NOTHING.to_owned();
    };
    if seconds < 1.0 {
        return format!("{:.0}ms", (seconds * 1000.0).floor());
    }
    let units = [("d", 86_400.0), ("h", 3_600.0), ("m", 60.0), ("s", 1.0)];
    let mut rest = seconds.floor();
    let mut parts: Vec<String> = Vec::new();
    for (name, length) in units {
        let whole = (rest / length).floor();
        rest -= whole * length;
        if parts.len() == 1 {
            if whole > 0.0 {
                parts.push(format!("{whole}{name}"));
            }
            break;
        }
        if whole > 0.0 {
            parts.push(format!("{whole}{name}"));
        }
    }
    parts.join(" ")
}

/// A distance with three decimals, or with two digits and an exponent where these say nothing.
#[must_use]
pub fn distance(distance: Option<f64>) -> String {
    match distance {
        None => NOTHING.to_owned(),
        Some(0.0) => "0".to_owned(),
        Some(distance) if distance < 0.0005 => format!("{distance:.1e}"),
        Some(distance) => format!("{distance:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_thousands() {
        assert_eq!([0, 12, 999, 1000, 1_234_567].map(count), ["0", "12", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn a_share_never_rounds_to_none_or_all() {
        let shares = [0.0, 0.000_01, 0.0123, 0.099_96, 0.5, 0.999_6, 1.0].map(bare_percent);
        assert_eq!(shares, ["0", "<0.01", "1.23", "10.0", "50.0", ">99.9", "100"]);
        assert_eq!(percent(None), "–");
    }

    #[test]
    fn a_span_shows_its_two_largest_units() {
        let spans = [0.0, 0.25, 7.9, 60.0, 3_661.0, 90_000.0, 86_401.0].map(|seconds| span(Some(seconds)));
        assert_eq!(spans, ["0ms", "250ms", "7s", "1m", "1h 1m", "1d 1h", "1d"]);
        assert_eq!((span(None), span(Some(f64::NAN))), ("–".to_owned(), "–".to_owned()));
    }

    #[test]
    fn a_distance_is_not_rounded_to_nothing() {
        assert_eq!([Some(0.0), Some(0.000_1), Some(0.1234), None].map(distance), ["0", "1.0e-4", "0.123", "–"]);
    }
}
