//! Key patterns such as `feat:{entity}:{feature}`.

use std::fmt::Write as _;

use crate::model::entity::{EntityKey, JoinKey};
use crate::model::view::FeatureView;

/// How the keys of a plain layout are made up: literal text and placeholders.
///
/// `{entity}` stands for all join-key values joined by `,`; `{JOIN_KEY}` for one of them; `{view}` for the online name of
/// the view; `{feature}` for the name of the feature. `{{` and `}}` are literal braces. A join key called `entity`,
/// `view` or `feature` can be reached through `{entity}` only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPattern {
    parts: Vec<Part>,
}

/// One piece of a pattern; `{entity}` is taken apart into its join keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Literal(String),
    JoinKey(usize),
    View,
    Feature,
}

/// Why a text is no key pattern.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// A name in braces that stands for nothing.
    #[error("`{{{name}}}` in the key pattern `{pattern}` stands for nothing: it may be {known}")]
    UnknownPlaceholder {
        /// The pattern.
        pattern: String,
        /// The name.
        name: String,
        /// The names that would stand for something.
        known: String,
    },
    /// A brace without its partner.
    #[error("the key pattern `{pattern}` has a brace without its partner: a literal brace is doubled")]
    LoneBrace {
        /// The pattern.
        pattern: String,
    },
    /// Keys that would not tell entities apart.
    #[error("the key pattern `{pattern}` does not say where the entity is: put in {missing}")]
    NoEntity {
        /// The pattern.
        pattern: String,
        /// The placeholders that are missing.
        missing: String,
    },
    /// Placeholders with nothing between them.
    #[error("`{{{first}}}` and `{{{second}}}` touch in the key pattern `{pattern}`: put text between them")]
    Touching {
        /// The pattern.
        pattern: String,
        /// The placeholder on the left.
        first: String,
        /// The placeholder on the right.
        second: String,
    },
    /// Features whose keys could be another entity's.
    #[error(
        "the feature `{feature}` holds the `{separator}` that the key pattern `{pattern}` puts beside it: \
         keys of two entities could be one"
    )]
    Ambiguous {
        /// The pattern.
        pattern: String,
        /// The feature.
        feature: String,
        /// The text beside the feature.
        separator: String,
    },
    /// A timestamp per feature.
    #[error("the timestamp key pattern `{pattern}` names `{{feature}}`: a row has one event timestamp")]
    FeatureInTimestamp {
        /// The pattern.
        pattern: String,
    },
}

impl KeyPattern {
    /// Reads a pattern for a view with these join keys.
    ///
    /// # Errors
    /// When a placeholder is unknown, a brace has no partner, a join key has no place, or two placeholders touch, so that
    /// nobody could tell where one ends.
    pub fn parse(pattern: &str, join_keys: &[JoinKey]) -> Result<Self, PatternError> {
        let mut parts = Vec::new();
        let mut last_name: Option<String> = None;
        for token in tokens(pattern)? {
            let name = match token {
                Token::Literal(text) => {
                    last_name = None;
                    push_literal(&mut parts, &text);
                    continue;
                }
                Token::Name(name) => name,
            };
            // The name of the view is known beforehand, so it separates like a literal.
            if name == "view" {
                last_name = None;
                parts.push(Part::View);
                continue;
            }
            if let Some(first) = last_name {
                return Err(PatternError::Touching { pattern: pattern.to_owned(), first, second: name });
            }
            match name.as_str() {
                "feature" => parts.push(Part::Feature),
                "entity" => {
                    for place in 0..join_keys.len() {
                        if place > 0 {
                            push_literal(&mut parts, ",");
                        }
                        parts.push(Part::JoinKey(place));
                    }
                }
                other => match join_keys.iter().position(|join_key| join_key.name == other) {
                    Some(place) => parts.push(Part::JoinKey(place)),
                    None => return Err(unknown(pattern, name, join_keys)),
                },
            }
            last_name = Some(name);
        }
        let parsed = Self { parts };
        parsed.check_entity(pattern, join_keys)?;
        Ok(parsed)
    }

    fn check_entity(&self, pattern: &str, join_keys: &[JoinKey]) -> Result<(), PatternError> {
        let places = || (0..join_keys.len()).map(|place| self.parts.contains(&Part::JoinKey(place)));
        if places().all(|present| present) {
            return Ok(());
        }
        let missing = if places().any(|present| present) {
            let missing = join_keys.iter().zip(places()).filter(|(_, present)| !present);
            missing.map(|(join_key, _)| format!("`{{{}}}`", join_key.name)).collect::<Vec<_>>().join(", ")
        } else {
            "`{entity}`".to_owned()
        };
        Err(PatternError::NoEntity { pattern: pattern.to_owned(), missing })
    }

    /// Whether there is a key per feature; otherwise a key names a hash with a field per feature.
    #[must_use]
    pub fn names_feature(&self) -> bool {
        self.parts.contains(&Part::Feature)
    }

    /// The key of `entity` in `view`; `feature` fills `{feature}` where the pattern has one.
    #[must_use]
    pub fn render(&self, view: &FeatureView, entity: &EntityKey, feature: &str) -> Vec<u8> {
        let mut key = String::with_capacity(48);
        for part in &self.parts {
            match part {
                Part::Literal(text) => key.push_str(text),
                Part::View => key.push_str(&view.online_name),
                Part::Feature => key.push_str(feature),
                Part::JoinKey(place) => {
                    if let Some(value) = entity.values().get(*place) {
                        // Writing to a string does not fail.
                        let _ = write!(key, "{value}");
                    }
                }
            }
        }
        key.into_bytes()
    }

    /// The text beside the place of the feature that `feature` holds, so that nobody could tell where it begins or ends.
    pub(super) fn confused_by(&self, feature: &str) -> Option<&str> {
        self.parts.windows(2).find_map(|pair| match pair {
            [Part::Literal(text), Part::Feature] | [Part::Feature, Part::Literal(text)] if feature.contains(text) => {
                Some(text.as_str())
            }
            _ => None,
        })
    }

    /// Whether a value of `entity` holds the text that parts it from another, so that two entities could have one key.
    pub(super) fn is_ambiguous(&self, entity: &EntityKey) -> bool {
        self.parts.windows(3).any(|three| {
            let [Part::JoinKey(_), Part::Literal(text), Part::JoinKey(_)] = three else { return false };
            entity.values().iter().any(|value| value.to_string().contains(text))
        })
    }

    pub(super) fn parts(&self) -> &[Part] {
        &self.parts
    }
}

enum Token {
    Literal(String),
    Name(String),
}

fn tokens(pattern: &str) -> Result<Vec<Token>, PatternError> {
    let lone = || PatternError::LoneBrace { pattern: pattern.to_owned() };
    let mut tokens = Vec::new();
    let mut literal = String::new();
    let mut rest = pattern;
    while let Some(place) = rest.find(['{', '}']) {
        let (before, at) = rest.split_at(place);
        literal.push_str(before);
        if let Some(after) = at.strip_prefix("{{") {
            literal.push('{');
            rest = after;
        } else if let Some(after) = at.strip_prefix("}}") {
            literal.push('}');
            rest = after;
        } else {
            let (name, after) = at.strip_prefix('{').and_then(|inside| inside.split_once('}')).ok_or_else(lone)?;
            if name.contains('{') {
                return Err(lone());
            }
            if !literal.is_empty() {
                tokens.push(Token::Literal(std::mem::take(&mut literal)));
            }
            tokens.push(Token::Name(name.to_owned()));
            rest = after;
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        tokens.push(Token::Literal(literal));
    }
    Ok(tokens)
}

fn push_literal(parts: &mut Vec<Part>, text: &str) {
    if let Some(Part::Literal(before)) = parts.last_mut() {
        before.push_str(text);
    } else {
        parts.push(Part::Literal(text.to_owned()));
    }
}

fn unknown(pattern: &str, name: String, join_keys: &[JoinKey]) -> PatternError {
    let names = ["entity", "view", "feature"].into_iter().chain(join_keys.iter().map(|key| key.name.as_str()));
    let known = names.map(|name| format!("`{{{name}}}`")).collect::<Vec<_>>().join(", ");
    PatternError::UnknownPlaceholder { pattern: pattern.to_owned(), name, known }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::entity::KeyKind;

    fn message(pattern: &str) -> String {
        let key = |name: &str| JoinKey { name: name.to_owned(), kind: KeyKind::String };
        KeyPattern::parse(pattern, &[key("user"), key("shop")]).unwrap_err().to_string()
    }

    #[test]
    fn each_fault_of_a_pattern_has_its_message() {
        assert_eq!(
            message("f:{entity}:{featur}"),
            "`{featur}` in the key pattern `f:{entity}:{featur}` stands for nothing: \
             it may be `{entity}`, `{view}`, `{feature}`, `{user}`, `{shop}`"
        );
        assert_eq!(
            message("f:{entity"),
            "the key pattern `f:{entity` has a brace without its partner: a literal brace is doubled"
        );
        assert_eq!(
            message("f:{entity}}:{feature}"),
            "the key pattern `f:{entity}}:{feature}` has a brace without its partner: a literal brace is doubled"
        );
        assert_eq!(
            message("f:{feature}"),
            "the key pattern `f:{feature}` does not say where the entity is: put in `{entity}`"
        );
        assert_eq!(
            message("f:{user}:{feature}"),
            "the key pattern `f:{user}:{feature}` does not say where the entity is: put in `{shop}`"
        );
        assert_eq!(
            message("f:{entity}{feature}"),
            "`{entity}` and `{feature}` touch in the key pattern `f:{entity}{feature}`: put text between them"
        );
    }
}
