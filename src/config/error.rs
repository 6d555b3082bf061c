//! Why there is no plan: the file could not be read, or these are its problems.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::mask;
use super::problem::{Problem, Span};

/// Why a configuration gives no plan.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file could not be read at all.
    #[error("could not read the configuration `{path}`: {cause}", path = path.display())]
    Unread {
        /// The file.
        path: PathBuf,
        /// What went wrong, with a hint where there is one.
        cause: String,
    },
    /// The file has problems; the text lists all of them, each with its line.
    #[error("{listing}")]
    Unsound {
        /// All problems as text, secrets covered.
        listing: String,
        /// The problems, in the order of the file.
        problems: Vec<Problem>,
    },
}

/// The file that problems speak of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'text> {
    /// Its name as the user gave it.
    pub(super) name: &'text str,
    /// Its text.
    pub(super) text: &'text str,
}

impl Source<'_> {
    /// The error that lists `problems`, with `secrets` and the passwords of addresses covered.
    pub(super) fn error(&self, mut problems: Vec<Problem>, mut secrets: Vec<Span>) -> ConfigError {
        problems.sort_by(|one, other| (one.span, &one.message).cmp(&(other.span, &other.message)));
        problems.dedup();
        secrets.extend(mask::in_addresses(self.text));
        let count = problems.len();
        let noun = if count == 1 { "problem" } else { "problems" };
        let mut listing = format!("{} has {count} {noun}", self.name);
        for (place, problem) in problems.iter().enumerate() {
            listing.push_str(if place == 0 { "\n" } else { "\n\n" });
            listing.push_str(&self.block(problem, &secrets));
        }
        ConfigError::Unsound { listing, problems }
    }

    fn block(&self, problem: &Problem, secrets: &[Span]) -> String {
        let at = problem.span.start;
        let line = self.text.lines().nth(at.line - 1).unwrap_or_default();
        let shown = mask::cover(line, at.line, secrets);
        let before = shown.iter().filter(|(_, column)| *column < at.column).count();
        let within = |column: &usize| {
            *column >= at.column && (problem.span.end.line > at.line || *column < problem.span.end.column)
        };
        let length = shown.iter().filter(|(_, column)| within(column)).count().max(1);
        let visible: String = shown.iter().map(|(letter, _)| letter).collect();
        let number = at.line.to_string();
        let gutter = " ".repeat(number.len());
        let mut block = format!("{gutter}--> {}:{}:{}\n{gutter} |\n", self.name, at.line, at.column);
        let visible = visible.trim_end();
        let before = before.min(visible.chars().count());
        // A `String` takes every write.
        let _ = writeln!(block, "{}", format!("{number} | {visible}").trim_end());
        let _ = write!(block, "{gutter} | {}{} {}", " ".repeat(before), "^".repeat(length), problem.message);
        if let Some(hint) = &problem.hint {
            let _ = write!(block, "\n{gutter} = hint: {hint}");
        }
        block
    }
}
