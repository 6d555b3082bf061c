//! Figures as a person reads them.

/// A share as a percentage with as many digits as it needs: `0.5 %`, `99 %`, `0.02 %`.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let digits = match percent.abs() {
        size if size == 0.0 || size >= 99.95 => 0,
        size if size >= 10.0 => 1,
        size if size >= 0.1 => 2,
        _ => 4,
    };
    let text = format!("{percent:.digits$}");
    let trimmed = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{trimmed} %")
}

/// A count with its thousands set apart: `2,040`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A span of seconds in its two largest units: `3 h 10 min`, `42 s`, `6 d 2 h`.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "negative spans and fractions are cut off")]
pub(super) fn span(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    let (days, hours, minutes) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60);
    let pair = |large: (u64, &str), small: (u64, &str)| match small.0 {
        0 => format!("{} {}", large.0, large.1),
        part => format!("{} {} {part} {}", large.0, large.1, small.1),
    };
    match (days, hours, minutes) {
        (0, 0, 0) if seconds < 10.0 => format!("{:.3} s", seconds.max(0.0)).replace(".000", ""),
        (0, 0, 0) => format!("{whole} s"),
        (0, 0, _) => pair((minutes, "min"), (whole % 60, "s")),
        (0, _, _) => pair((hours, "h"), (minutes, "min")),
        (_, _, _) => pair((days, "d"), (hours, "h")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_read_as_percentages_without_idle_digits() {
        let read = [0.0, 0.005, 0.99, 0.123_456, 1.0, 0.000_02, 0.2].map(percent);
        assert_eq!(read, ["0 %", "0.5 %", "99 %", "12.3 %", "100 %", "0.002 %", "20 %"]);
    }

    #[test]
    fn counts_read_in_groups_of_three() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn spans_read_in_their_two_largest_units() {
        let read = [0.0, 0.25, 42.0, 90.0, 11_400.0, 86_400.0, 527_000.0].map(span);
        assert_eq!(read, ["0 s", "0.250 s", "42 s", "1 min 30 s", "3 h 10 min", "1 d", "6 d 2 h"]);
    }
}
