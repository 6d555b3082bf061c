//! `${VARIABLE}` in values.

use super::quantity::Complaint;

/// Looks a variable up by its name.
pub(super) type Environment<'a> = &'a (dyn Fn(&str) -> Option<String> + Sync);

/// `text` with each `${NAME}` replaced by the variable's value, `${NAME:-default}` by the default where the variable
/// is unset or empty, and `$${` by a literal `${`.
///
/// # Errors
/// When a variable is not set and has no default, when a name is no name, or when a brace is not closed.
pub(super) fn expand(text: &str, environment: Environment<'_>) -> Result<String, Complaint> {
    let mut result = String::new();
    let mut rest = text;
    while let Some(found) = rest.find("${") {
        if rest[..found].ends_with('$') {
            result.push_str(&rest[..found - 1]);
            result.push_str("${");
            rest = &rest[found + 2..];
            continue;
        }
        result.push_str(&rest[..found]);
        let inside = &rest[found + 2..];
        let Some(end) = inside.find('}') else {
            return Err(Complaint::new("has a `${` without its `}`").hint("a literal `${` is written `$${`"));
        };
        let (name, default) = match inside[..end].split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (&inside[..end], None),
        };
        if !is_name(name) {
            return Err(Complaint::new("has a `${…}` that does not name an environment variable")
                .hint("a literal `${` is written `$${`"));
        }
        let value = match (environment(name), default) {
            (Some(value), Some(_)) if !value.is_empty() => value,
            (Some(_) | None, Some(default)) => default.to_owned(),
            (Some(value), None) => value,
            (None, None) => return Err(unset(name)),
        };
        result.push_str(&value);
        rest = &inside[end + 1..];
    }
    result.push_str(rest);
    Ok(result)
}

/// The complaint about a variable that is not there.
pub(super) fn unset(name: &str) -> Complaint {
    Complaint::new(format!("needs the environment variable `{name}`, which is not set"))
}

/// Whether `name` can name a variable.
pub(super) fn is_name(name: &str) -> bool {
    !name.starts_with(|letter: char| letter.is_ascii_digit())
        && !name.is_empty()
        && name.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_defaults_and_escapes_are_expanded() {
        let environment = |name: &str| match name {
            "HOST" => Some("cache".to_owned()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        let expanded = |text: &str| expand(text, &environment);
        assert_eq!(expanded("${HOST}:${PORT:-6379}").unwrap(), "cache:6379");
        assert_eq!(expanded("${EMPTY:-x}${EMPTY}").unwrap(), "x");
        assert_eq!(expanded("$${HOST} costs 5$").unwrap(), "${HOST} costs 5$");
        assert_eq!(expanded("${PORT}").unwrap_err(), unset("PORT"));
        assert!(expanded("${HOST").is_err() && expanded("${a b}").is_err() && expanded("${}").is_err());
    }
}
