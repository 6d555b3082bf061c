//! Which parts of a file must not be shown.
//!
//! A message shows the line it speaks of, so the values of secret keys are covered before any line is printed: by their
//! place in the tree, and where the file is no YAML at all, by the look of its lines. Passwords inside addresses are
//! covered wherever they stand.

use super::problem::{Place, Span};
use super::tree::{Content, Node};

/// What stands in for a secret.
pub(super) const MASK: &str = "****";

/// Whether the value of a key of this name is a secret. Names of variables and files that hold one are not.
pub(super) fn is_secret(key: &str) -> bool {
    let key = key.to_lowercase();
    !key.ends_with("_env")
        && !key.ends_with("_file")
        && ["pass", "pwd", "secret", "token", "credential", "webhook"].iter().any(|word| key.contains(word))
}

/// `text` with the password of every address in it covered.
pub(super) fn addresses(text: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((start, end)) = password(rest) {
        shown.push_str(&rest[..start]);
        shown.push_str(MASK);
        rest = &rest[end..];
    }
    shown + rest
}

/// Byte range of the password in the first address of `text` that has one.
fn password(text: &str) -> Option<(usize, usize)> {
    let mut from = 0;
    while let Some(found) = text[from..].find("://") {
        let start = from + found + 3;
        let rest = &text[start..];
        let stop = rest.find(char::is_whitespace).unwrap_or(rest.len());
        if let Some(at) = rest[..stop].rfind('@')
            && let Some(colon) = rest[..at].find(':')
        {
            return Some((start + colon + 1, start + at));
        }
        from = start;
    }
    None
}

/// The values of secret keys in the tree.
pub(super) fn in_tree(node: &Node) -> Vec<Span> {
    let mut spans = Vec::new();
    walk(node, Reach::Below, &mut spans);
    spans
}

#[derive(Clone, Copy)]
enum Reach {
    /// The node itself is not secret; what is below may be.
    Below,
    /// All of it is secret.
    Whole,
}

fn walk(node: &Node, reach: Reach, spans: &mut Vec<Span>) {
    match &node.content {
        Content::Nothing => {}
        Content::Scalar(_) => {
            if matches!(reach, Reach::Whole) {
                spans.push(node.span);
            }
        }
        Content::List(items) => items.iter().for_each(|item| walk(item, reach, spans)),
        Content::Mapping(entries) => {
            for entry in entries {
                let inside = if is_secret(&entry.key) { Reach::Whole } else { reach };
                walk(&entry.value, inside, spans);
            }
        }
    }
}

/// The scalars in a node, to cover all of it.
pub(super) fn whole(node: &Node) -> Vec<Span> {
    let mut spans = Vec::new();
    walk(node, Reach::Whole, &mut spans);
    spans
}

/// What looks like the value of a secret key in text that is no YAML: the rest of its line, and lines indented deeper.
pub(super) fn in_text(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut inside: Option<usize> = None;
    for (number, line) in text.lines().enumerate() {
        let indent = line.chars().take_while(|letter| letter.is_whitespace()).count();
        let length = line.chars().count();
        let cover = |from: usize| {
            let place = |column| Place { line: number + 1, column };
            Span::new(place(from + 1), place(length + 1))
        };
        if inside.is_some_and(|outer| indent > outer || indent == length) {
            spans.push(cover(indent));
            continue;
        }
        inside = None;
        if let Some(after) = after_secret_key(line) {
            inside = Some(indent);
            spans.push(cover(line[..after].chars().count()));
        }
    }
    spans
}

/// Byte offset behind the colon of the first secret key on the line.
fn after_secret_key(line: &str) -> Option<usize> {
    line.match_indices(':').find_map(|(colon, _)| {
        let before = line[..colon].trim_end_matches(['"', '\'', ' ']);
        let key = before.rsplit(|letter: char| !letter.is_alphanumeric() && letter != '_').next()?;
        is_secret(key).then_some(colon + 1)
    })
}

/// A line as it may be shown, each character with the column it stands for.
pub(super) fn cover(line: &str, number: usize, spans: &[Span]) -> Vec<(char, usize)> {
    let inside = |span: &Span, column: usize| {
        let at = Place { line: number, column };
        span.start <= at && at < span.end
    };
    let letters = || line.chars().zip(1_usize..);
    // A block of text ends in the indentation of what follows, which is nothing to hide.
    let hides = |span: &&Span| letters().any(|(letter, column)| !letter.is_whitespace() && inside(span, column));
    let spans: Vec<&Span> = spans.iter().filter(hides).collect();
    let mut shown: Vec<(char, usize)> = Vec::new();
    let mut covered = false;
    for (letter, column) in letters() {
        let secret = spans.iter().any(|span| inside(span, column));
        match (secret, covered) {
            (true, true) => {}
            (true, false) => shown.extend(MASK.chars().map(|star| (star, column))),
            (false, _) if letter == '\t' => shown.push((' ', column)),
            (false, _) if letter.is_control() => shown.push((char::REPLACEMENT_CHARACTER, column)),
            (false, _) => shown.push((letter, column)),
        }
        covered = secret;
    }
    shown
}

/// The passwords of addresses on each line.
pub(super) fn in_addresses(text: &str) -> Vec<Span> {
    let mut spans = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let mut from = 0;
        while let Some((start, end)) = password(&line[from..]) {
            let column = |byte: usize| line[..byte].chars().count() + 1;
            let place = |byte: usize| Place { line: number + 1, column: column(byte) };
            spans.push(Span::new(place(from + start), place(from + end)));
            from += end;
        }
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_of_an_address_is_covered_and_its_user_is_not() {
        assert_eq!(addresses("redis://u:p@h:1, redis://:q@h"), "redis://u:****@h:1, redis://:****@h");
        assert_eq!(addresses("redis://h:6379 at@noon"), "redis://h:6379 at@noon");
    }

    #[test]
    fn broken_text_shows_no_value_of_a_secret_key() {
        let text = "a: 1\n  password: >\n    hunter\n    two\n  b: { secret_key: x\n  c: 3";
        let lines: Vec<String> = text
            .lines()
            .enumerate()
            .map(|(number, line)| {
                cover(line, number + 1, &in_text(text)).into_iter().map(|(letter, _)| letter).collect()
            })
            .collect();
        assert_eq!(lines, ["a: 1", "  password:****", "    ****", "    ****", "  b: { secret_key:****", "  c: 3"]);
    }
}
