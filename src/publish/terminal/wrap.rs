//! Lines that fit.

/// `text` in lines of at most `room` characters, broken between words; a longer word stands alone.
///
/// A percent sign stays with its number.
#[must_use]
pub fn wrapped(text: &str, room: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut begun = String::new();
    let mut words = text.split(' ').peekable();
    while let Some(word) = words.next() {
        let mut word = word.to_owned();
        while let Some(sign) = words.next_if(|next| next.starts_with('%')) {
            word.push(' ');
            word.push_str(sign);
        }
        if !begun.is_empty() && begun.chars().count() + 1 + word.chars().count() > room {
            lines.push(std::mem::take(&mut begun));
        }
        if !begun.is_empty() {
            begun.push(' ');
        }
        begun.push_str(&word);
    }
    lines.push(begun);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_between_words_and_never_before_a_percent_sign() {
        assert_eq!(wrapped("2.92 % to 4.83 %), by", 12), ["2.92 % to", "4.83 %), by"]);
        assert_eq!(wrapped("a_word_too_long for it", 6), ["a_word_too_long", "for it"]);
        assert_eq!(wrapped("one line", usize::MAX), ["one line"]);
        assert_eq!(wrapped("", 5), [""]);
    }
}
