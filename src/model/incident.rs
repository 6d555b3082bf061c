//! Findings of several features told as one, and taken apart again.

use super::check::Finding;
use super::figure::bare_percent;

/// Most features that the sentence names beside the first.
const NAMED: usize = 8;

impl Finding {
    /// It as the finding of several features: it leads, `parts` are the others, which its sentence names.
    #[must_use]
    pub fn leading(self, parts: Vec<Self>) -> Self {
        Self { message: format!("{}{}", self.message, also(&parts)), with: parts, ..self }
    }

    /// It and its parts, each for itself, as they were before they were told as one.
    #[must_use]
    pub fn parted(&self) -> Vec<Self> {
        let own = self.message.strip_suffix(&also(&self.with)).unwrap_or(&self.message);
        let leader = Self { message: own.to_owned(), with: Vec::new(), ..self.clone() };
        std::iter::once(leader).chain(self.with.iter().cloned()).collect()
    }
}

/// The clause that names parts; empty where there are none.
fn also(parts: &[Finding]) -> String {
    if parts.is_empty() {
        return String::new();
    }
    let names = parts
        .iter()
        .take(NAMED)
        .filter_map(|part| Some(format!("`{}` ({} %)", part.feature.as_deref()?, bare_percent(part.observed))));
    let mut named = names.collect::<Vec<_>>().join(", ");
    if parts.len() > NAMED {
        named.push_str(&format!(" and {} more", parts.len() - NAMED));
    }
    format!("; the same holds for {named}")
}
