//! The frame of every page.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::model::figure;
use crate::model::time::{Precision, Timestamp};

/// The colours, of the report of `skewwatch drift` too.
pub const PALETTE: &str = include_str!("palette.css");

/// The style sheet of every page; it stands in the page.
pub const STYLE: &str = concat!(include_str!("palette.css"), include_str!("style.css"));

/// What a browser may do with a page, for the header `Content-Security-Policy`: nothing but this style sheet, told by its
/// SHA-256.
pub const POLICY: &str = "default-src 'none'; style-src 'sha256-tgGrniY71E2fEYr6kv1kdW0aeod2LLe6L7xyflugqX0='; \
    img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/// What stands before the content of a page: title and style sheets, and an empty icon, so that browsers ask for none.
#[must_use]
pub fn head(title: &str, styles: &[&str]) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="generator" content="skewwatch";
            title { (title) }
            link rel="icon" href="data:,";
            style { @for style in styles { (PreEscaped(style)) } }
        }
    }
}

/// A page: its title, a way back (path and words, outermost first), and what it holds.
pub(super) fn document(title: &str, trail: &[(String, &str)], main: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            (head(&format!("{title} – skewwatch"), &[STYLE]))
            body {
                a.skip href="#main" { "Skip to the content" }
                header.top {
                    nav aria-label="Pages" {
                        @if trail.is_empty() {
                            span.brand { "skewwatch" }
                        } @else {
                            @for (path, words) in trail { a.brand href=(path) { (words) } }
                        }
                    }
                }
                main id="main" tabindex="-1" { (main) }
            }
        }
    }
}

/// An instant to the second, readable for people and programs.
pub(super) fn instant(instant: Timestamp) -> Markup {
    html! { time datetime=(instant.floor(Precision::Seconds)) { (clock(instant)) } }
}

/// An instant as `2026-06-15 12:00:00 UTC`.
pub(super) fn clock(instant: Timestamp) -> String {
    let text = instant.floor(Precision::Seconds).to_string();
    text.replace('T', " ").replace('Z', " UTC")
}

/// How long ago an instant was, with the instant itself for who looks closer.
pub(super) fn ago(instant: Timestamp, now: Timestamp) -> Markup {
    html! { time datetime=(instant.floor(Precision::Seconds)) title=(clock(instant)) { (age(instant, now)) } }
}

/// How long ago an instant was, in words.
pub(super) fn age(instant: Timestamp, now: Timestamp) -> String {
    match now.since(instant) {
        Some(age) if age.as_secs() > 0 => format!("{} ago", figure::span(Some(age.as_secs_f64()))),
        Some(_) | None => "just now".to_owned(),
    }
}

/// A number of things: `1 view`, `40 views`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", figure::count(count as u64))
}
