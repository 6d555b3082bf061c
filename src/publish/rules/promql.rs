//! Pieces of PromQL: quoted texts, matchers, durations, and the join that says who answers for a view.

use std::time::Duration;

use super::settings::RuleSettings;

/// Units of durations from long to short, in milliseconds.
const UNITS: [(&str, u128); 5] = [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// Letters beside control characters that YAML takes for the end of a line or for none, or PromQL for broken text.
const UNTAKEN: [char; 6] = ['\u{2028}', '\u{2029}', '\u{feff}', '\u{fffd}', '\u{fffe}', '\u{ffff}'];

/// A duration as Prometheus reads it, such as `1h30m`.
pub(super) fn duration(span: Duration) -> String {
    let mut rest = span.as_millis();
    let mut text = String::new();
    for (name, length) in UNITS {
        if rest >= length {
            text.push_str(&format!("{}{name}", rest / length));
            rest %= length;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// A text in double quotes.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            _ if letter.is_control() || UNTAKEN.contains(&letter) => {
                quoted.push_str(&format!("\\U{:08x}", u32::from(letter)));
            }
            _ => quoted.push(letter),
        }
    }
    quoted.push('"');
    quoted
}

/// The matcher that `label` is one of `names`.
pub(super) fn any_of(label: &str, names: &[&str]) -> String {
    match names {
        [name] => format!("{label}={}", quoted(name)),
        names => format!("{label}=~{}", quoted(&alternatives(names))),
    }
}

/// The matcher that `label` is none of `names`.
pub(super) fn none_of(label: &str, names: &[&str]) -> String {
    match names {
        [name] => format!("{label}!={}", quoted(name)),
        names => format!("{label}!~{}", quoted(&alternatives(names))),
    }
}

/// A regular expression (RE2) for any of `names`, each as it is.
fn alternatives(names: &[&str]) -> String {
    let escaped = |name: &&str| -> String {
        let special = |letter: char| r"\.+*?()|[]{}^$".contains(letter);
        name.chars().flat_map(|letter| special(letter).then_some('\\').into_iter().chain([letter])).collect()
    };
    names.iter().map(escaped).collect::<Vec<_>>().join("|")
}

impl RuleSettings {
    /// The series of family `name` (with its prefix) that `matchers` select, of our job.
    pub(super) fn series(&self, name: &str, matchers: &[&str]) -> String {
        let job = format!("job={}", quoted(&self.job));
        let matchers: Vec<&str> = std::iter::once(job.as_str()).chain(matchers.iter().copied()).collect();
        format!("{name}{{{}}}", matchers.join(","))
    }

    /// `expression`, each series with the team that answers for its view and the store that the view lies in.
    ///
    /// Replicas that disagree for the time of a rollout must not break the join: one team of each view is taken.
    pub(super) fn with_team(&self, expression: &str) -> String {
        let info = self.series("skewwatch_feature_view_info", &[]);
        format!(
            "(\n{}\n)\n* on (job, feature_view) group_left (team, store)\n  topk by (job, feature_view) (\n    1, max by (job, \
             feature_view, team, store) ({info})\n  )",
            indented(expression)
        )
    }
}

/// Every line two columns further to the right.
pub(super) fn indented(text: &str) -> String {
    text.lines().map(|line| format!("  {line}")).collect::<Vec<_>>().join("\n")
}
