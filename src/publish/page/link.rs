//! Addresses of the pages.

use super::timeline::Stretch;

/// The path of a view's page.
#[must_use]
pub fn view(name: &str) -> String {
    format!("/views/{}", encoded(name))
}

/// The path of a view's page over a stretch of time.
pub(super) fn view_over(name: &str, stretch: Stretch) -> String {
    format!("{}?span={}", view(name), stretch.name())
}

/// A text as one segment of a path or one value of a query: all bytes but letters, digits and `-._~` as `%XX`.
#[must_use]
pub fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}
