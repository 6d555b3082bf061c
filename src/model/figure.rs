//! Figures as people read them: counts with separators, shares that never round to none or all, spans in two units.
//!
//! Tables and sentences alike use these, so that one figure reads the same wherever it stands.

use super::ratio::Ratio;

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

/// A size in its largest decimal unit: `999 bytes`, `269.0 kB`, `1.5 GB`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "four digits are shown")]
pub fn bytes(number: u64) -> String {
    let units = [("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)];
    let size = number as f64;
    match units.into_iter().find(|(_, unit)| size >= *unit) {
        Some((name, unit)) => format!("{:.1} {name}", size / unit),
        None if number == 1 => "1 byte".to_owned(),
        None => format!("{number} bytes"),
    }
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

/// A limit in percent, with the digits that it was given: `0.5 %`, `99 %`, `99.95 %`.
#[must_use]
pub fn limit_percent(share: f64) -> String {
    // The decimal point is shifted in the text: a multiplication by 100 would round 0.07 to 7.000000000000001.
    let digits = format!("{share}");
    let (whole, fraction) = digits.split_once('.').unwrap_or((&digits, ""));
    let (near, far) = if fraction.len() > 2 { fraction.split_at(2) } else { (fraction, "") };
    let shifted = format!("{whole}{near:0<2}");
    let shifted = shifted.trim_start_matches('0');
    let shifted = if shifted.is_empty() { "0" } else { shifted };
    if far.is_empty() { format!("{shifted} %") } else { format!("{shifted}.{far} %") }
}

/// The size of a difference against a value, up to `the value`: `0.44 % of`, `99 times`.
#[must_use]
pub fn relative(size: f64) -> String {
    if size <= 1.0 {
        format!("{} % of", bare_percent(size))
    } else if size < 10.0 {
        format!("{size:.1} times")
    } else if size < 1e6 {
        format!("{size:.0} times")
    } else {
        format!("{size:.0e} times")
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

/// Any value with four digits, or with an exponent where it is very large or small.
#[must_use]
pub fn number(value: f64) -> String {
    let size = value.abs();
    if value == 0.0 {
        return "0".to_owned();
    }
    if !(1e-3..1e9).contains(&size) {
        return format!("{value:.3e}");
    }
    if size >= 1000.0 {
        let whole = format!("{size:.0}");
        let sign = if value < 0.0 { "−" } else { "" };
        return whole.parse().map_or(whole.clone(), |whole| format!("{sign}{}", count(whole)));
    }
    let decimals = if size >= 100.0 {
        1
    } else if size >= 10.0 {
        2
    } else if size >= 1.0 {
        3
    } else {
        4
    };
    let text = format!("{value:.decimals$}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_thousands() {
        assert_eq!([0, 12, 999, 1000, 1_234_567].map(count), ["0", "12", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn a_size_shows_its_largest_unit() {
        let sizes = [0, 1, 999, 1_000, 269_035, 1_500_000_000].map(bytes);
        assert_eq!(sizes, ["0 bytes", "1 byte", "999 bytes", "1.0 kB", "269.0 kB", "1.5 GB"]);
    }

    #[test]
    fn a_share_never_rounds_to_none_or_all() {
        let shares = [0.0, 0.000_01, 0.0123, 0.099_96, 0.5, 0.999_6, 1.0].map(bare_percent);
        assert_eq!(shares, ["0", "<0.01", "1.23", "10.0", "50.0", ">99.9", "100"]);
        assert_eq!(percent(None), "–");
    }

    #[test]
    fn a_limit_shows_the_digits_that_it_was_given() {
        let limits = [0.0, 0.005, 0.07, 0.99, 0.9995, 1.0, 1e-9].map(limit_percent);
        assert_eq!(limits, ["0 %", "0.5 %", "7 %", "99 %", "99.95 %", "100 %", "0.0000001 %"]);
    }

    #[test]
    fn a_difference_larger_than_the_value_is_a_factor() {
        let sizes = [0.004_4, 1.0, 1.5, 99.0, 1234.4, 2e9].map(relative);
        assert_eq!(sizes, ["0.44 % of", "100 % of", "1.5 times", "99 times", "1234 times", "2e9 times"]);
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

    #[test]
    fn a_value_has_four_digits_whatever_its_size() {
        let values = [0.0, 0.5, -1.25, 12.3456, 123.456, 9_999.6, -1_234_567.0, 1e12, 1e-7].map(number);
        assert_eq!(values, ["0", "0.5", "−1.25", "12.35", "123.5", "10,000", "−1,234,567", "1.000e12", "1.000e-7"]);
    }
}
