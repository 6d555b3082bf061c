//! Names and messages made harmless for where they are printed.
//!
//! A feature may be called anything, also with line breaks, terminal control sequences or characters that turn the
//! direction of writing. Such characters are shown as escapes.

use crate::model::check::Failure;
use crate::model::measurement::RoundReport;

/// `text` on one line, with every control character as an escape.
#[must_use]
pub fn one_line(text: &str) -> String {
    shown(text, |_| false)
}

/// `text` with its line breaks, with every other control character as an escape.
#[must_use]
pub fn lines(text: &str) -> String {
    shown(text, |character| character == '\n')
}

fn shown(text: &str, kept: impl Fn(char) -> bool) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        if disturbs(character) && !kept(character) {
            plain.extend(character.escape_default());
        } else {
            plain.push(character);
        }
    }
    plain
}

/// Control characters, marks that turn the direction of writing, and what XML forbids.
fn disturbs(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{fffe}' | '\u{ffff}')
}

/// What became of the view that a failure befell: "could not be sampled", or less where the report has figures of it.
#[must_use]
pub fn outcome(failure: &Failure, report: &RoundReport) -> String {
    let how = match report.views.iter().any(|view| view.feature_view == failure.feature_view) {
        true => "could be {} in part only",
        false => "could not be {}",
    };
    how.replace("{}", failure.stage.past())
}

/// The feature as `view.feature`, or the view alone.
#[must_use]
pub fn subject(feature_view: &str, feature: Option<&str>) -> String {
    match feature {
        Some(feature) => format!("{}.{}", one_line(feature_view), one_line(feature)),
        None => one_line(feature_view),
    }
}

/// Features of a view, or the view alone: `view.feature`, `2 features of view: a, b`.
#[must_use]
pub fn features<'a>(feature_view: &str, features: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = features.into_iter().collect();
    match names.as_slice() {
        [] => one_line(feature_view),
        [only] => subject(feature_view, Some(only)),
        several => {
            let listed: Vec<String> = several.iter().map(|name| one_line(name)).collect();
            format!("{} features of {}: {}", several.len(), one_line(feature_view), listed.join(", "))
        }
    }
}
