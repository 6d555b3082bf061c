//! A Rust file as it is, and with everything but its code blanked.

use std::path::Path;

/// One file.
pub(super) struct Source {
    /// Path from the root of the repository, with `/`.
    pub(super) path: String,
    /// The file as it is.
    pub(super) text: String,
    /// The same lines and columns; comments and the insides of texts are blanks.
    pub(super) code: String,
    /// As `code`, with test modules blanked too.
    pub(super) shipped: String,
}

pub(super) fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

impl Source {
    pub(super) fn read(root: &Path, path: &Path) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let path = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        Self::new(path, text)
    }

    pub(super) fn new(path: String, text: String) -> Self {
        let code = without_prose(&text);
        let shipped = if path.ends_with("/tests.rs") { String::new() } else { without_tests(&code) };
        Self { path, text, code, shipped }
    }

    /// Line of the byte at `place`, from 1.
    pub(super) fn line(&self, place: usize) -> usize {
        self.text.bytes().take(place).filter(|byte| *byte == b'\n').count() + 1
    }
}

/// Blanks comments and the insides of texts; keeps every byte's place.
fn without_prose(text: &str) -> String {
    let mut left = text;
    let mut code = String::with_capacity(text.len());
    let mut before = ' ';
    while let Some(first) = left.chars().next() {
        let prose = if is_word(before) { quoted(left) } else { raw(left).or_else(|| quoted(left)) };
        let length = prose.or_else(|| comment(left)).or_else(|| character(left));
        let taken = length.unwrap_or(first.len_utf8());
        let (piece, rest) = left.split_at(taken);
        match length {
            Some(_) => code.extend(piece.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' })),
            None => code.push(first),
        }
        before = piece.chars().next_back().unwrap_or(' ');
        left = rest;
    }
    code
}

/// Length of the comment that begins here.
fn comment(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    text.starts_with("/*").then_some(())?;
    let mut depth = 0_usize;
    let mut place = 0;
    while place < text.len() {
        if text.as_bytes()[place..].starts_with(b"/*") {
            depth += 1;
            place += 2;
        } else if text.as_bytes()[place..].starts_with(b"*/") {
            depth -= 1;
            place += 2;
            if depth == 0 {
                return Some(place);
            }
        } else {
            place += 1;
        }
    }
    Some(text.len())
}

/// Length of the text in quotation marks that begins here.
fn quoted(text: &str) -> Option<usize> {
    let mut escaped = false;
    let mut characters = text.char_indices();
    (characters.next()?.1 == '"').then_some(())?;
    for (place, character) in characters {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(place + 1),
            _ => {}
        }
    }
    Some(text.len())
}

/// Length of the raw text (`r"…"`, `br#"…"#`) that begins here.
fn raw(text: &str) -> Option<usize> {
    let prefix = ["r", "br", "cr"]
        .into_iter()
        .find(|prefix| text.strip_prefix(prefix).is_some_and(|rest| rest.trim_start_matches('#').starts_with('"')))?;
    let hashes = text[prefix.len()..].bytes().take_while(|byte| *byte == b'#').count();
    let start = prefix.len() + hashes + 1;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(text[start..].find(&end).map_or(text.len(), |place| start + place + end.len()))
}

/// Length of the character in apostrophes that begins here; a lifetime is none.
fn character(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('\'')?;
    if inside.starts_with('\\') {
        return inside[2..].find('\'').map(|place| place + 4);
    }
    let first = inside.chars().next()?;
    inside[first.len_utf8()..].starts_with('\'').then(|| first.len_utf8() + 2)
}

/// Blanks what follows each `#[cfg(test)]`: a block in braces, or up to a semicolon.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut shipped = String::with_capacity(code.len());
    let mut left = code;
    while let Some(start) = left.find(MARK) {
        let length = item(&left[start + MARK.len()..]) + MARK.len();
        shipped.push_str(&left[..start]);
        shipped.extend(left[start..start + length].bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
        left = &left[start + length..];
    }
    shipped.push_str(left);
    shipped
}

fn item(code: &str) -> usize {
    let mut depth = 0_usize;
    for (place, byte) in code.bytes().enumerate() {
        match byte {
            b';' if depth == 0 => return place + 1,
            b'{' => depth += 1,
            b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return place + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

#[test]
fn prose_is_blanked_and_code_is_kept() {
    let text =
        "a(\"b // \\\" c\"); // d\n/* e /* f */ g */ h('\\'', 'i', '\\u{6a}'); fn j<'k>(l: &'k str) r#\"m\" \"n\"# o\n";
    let code = without_prose(text);
    assert_eq!(code.split_whitespace().collect::<Vec<_>>().join(" "), "a( ); h( , , ); fn j<'k>(l: &'k str) o");
    assert_eq!(code.len(), text.len());
    assert_eq!(code.find('h'), text.find("h("));
}

#[test]
fn test_modules_are_not_shipped() {
    let source = Source::new(
        "src/a.rs".to_owned(),
        "fn a() {}\n#[cfg(test)]\nmod tests {\n    fn b() { if c {} }\n}\nfn d() {}\n#[cfg(test)]\nmod e;\nfn f() {}\n"
            .to_owned(),
    );
    let words: Vec<&str> = source.shipped.split_whitespace().collect();
    assert_eq!(words.join(" "), "fn a() {} fn d() {} fn f() {}");
    assert_eq!(source.line(source.shipped.find("fn f").unwrap()), 9);
}
