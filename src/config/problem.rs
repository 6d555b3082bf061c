//! What is wrong with a configuration, and where.

/// A place in the file; lines and columns (in characters) count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

/// A stretch of the file, up to but without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    /// Where it begins.
    pub start: Place,
    /// Where it ends.
    pub end: Place,
}

impl Span {
    /// The stretch from `start` to `end`.
    #[must_use]
    pub const fn new(start: Place, end: Place) -> Self {
        Self { start, end }
    }

    /// The stretch without length at `at`.
    #[must_use]
    pub const fn point(at: Place) -> Self {
        Self { start: at, end: at }
    }

    /// Whether it has no length.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub span: Span,
    /// What is wrong, as a clause.
    pub message: String,
    /// The next step, where there is one.
    pub hint: Option<String>,
}

impl Problem {
    /// A problem without a hint.
    #[must_use]
    pub fn new(span: Span, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), hint: None }
    }

    /// The same problem with a next step.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// The name among `names` that `wrong` was probably meant to be.
pub(super) fn nearest<'names>(wrong: &str, names: impl IntoIterator<Item = &'names str>) -> Option<&'names str> {
    let wrong = wrong.to_lowercase();
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&wrong, &name.to_lowercase()), name))
        .filter(|(distance, name)| {
            let length = name.chars().count().max(wrong.chars().count());
            *distance <= (length / 3).max(usize::from(length > 1))
        })
        .min()
        .map(|(_, name)| name)
}

/// "did you mean `x`?" where a name is near, else the whole choice.
pub(super) fn suggestion<'names>(wrong: &str, names: impl IntoIterator<Item = &'names str> + Clone) -> Option<String> {
    if let Some(name) = nearest(wrong, names.clone()) {
        return Some(format!("did you mean `{name}`?"));
    }
    let all: Vec<&str> = names.into_iter().collect();
    (!all.is_empty()).then(|| format!("it can be {}", listed(&all)))
}

/// Names as a sentence lists them: the first dozen, in backticks.
pub(super) fn listed(names: &[&str]) -> String {
    const SHOWN: usize = 12;
    let mut text = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        text.push_str(&format!(" and {} more", names.len() - SHOWN));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_named_and_a_far_one_is_not() {
        assert_eq!(nearest("parings", ["pairing", "ttl"]), Some("pairing"));
        assert_eq!(nearest("TTL", ["pairing", "ttl"]), Some("ttl"));
        assert_eq!(nearest("quite_different", ["pairing", "ttl"]), None);
    }
}
