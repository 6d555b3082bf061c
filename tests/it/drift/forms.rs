//! Whole outputs of every form against committed files.

use std::path::PathBuf;

use skewwatch::cli::drift::report::Report;
use skewwatch::cli::drift::table::{Canvas, Charset};
use skewwatch::cli::drift::{html, json, markdown, table};
use skewwatch::drift::Comparison;

use super::sample;

/// Compares with the committed file `name`; with `BLESS=1` in the environment writes it instead.
pub(super) fn same_as_file(name: &str, found: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/drift").join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        expected == found,
        "{} differs; if the new text is right, run the test again with BLESS=1. Now:\n{found}",
        path.display()
    );
}

/// What a writer writes about a comparison.
fn text(comparison: &Comparison, write: impl Fn(&Report<'_>, &mut Vec<u8>) -> std::io::Result<()>) -> String {
    let by = sample::by();
    let mut bytes = Vec::new();
    write(&Report { comparison, by: &by }, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn plain(comparison: &Comparison, width: Option<u16>, charset: Charset) -> String {
    let styled = text(comparison, |report, out| table::write(report, Canvas { width, charset }, out));
    anstream::adapter::strip_str(&styled).to_string()
}

fn nothing() -> Comparison {
    Comparison::new("a.parquet", "b.parquet")
}

#[test]
fn the_terminal_shows_figures_then_what_drifted_then_what_is_not_known() {
    same_as_file("table.txt", &plain(&sample::comparison(), None, Charset::Unicode));
    same_as_file("table_ascii.txt", &plain(&sample::comparison(), None, Charset::Ascii));
    same_as_file("empty.txt", &plain(&nothing(), None, Charset::Unicode));
}

#[test]
fn tables_fit_narrow_terminals() {
    for width in [120, 100, 80, 60] {
        let narrow = plain(&sample::comparison(), Some(width), Charset::Unicode);
        same_as_file(&format!("table_{width}_columns.txt"), &narrow);
    }
}

#[test]
fn the_json_has_every_field_and_null_for_what_does_not_exist() {
    for (name, comparison) in [("all.json", sample::comparison()), ("empty.json", nothing())] {
        let found = text(&comparison, json::write);
        serde_json::from_str::<serde_json::Value>(&found).expect("it is JSON");
        same_as_file(name, &found);
    }
}

#[test]
fn markdown_folds_away_what_did_not_drift() {
    same_as_file("all.md", &text(&sample::comparison(), markdown::write));
    same_as_file("empty.md", &text(&nothing(), markdown::write));
}

#[test]
fn the_page_is_one_file_without_scripts() {
    let page = text(&sample::comparison(), html::write);
    for absent in ["<script", "<link", "<img", "@import", "url(", "onerror=alert(1)>"] {
        assert!(!page.contains(absent), "{absent}");
    }
    same_as_file("all.html", &page);
    same_as_file("empty.html", &text(&nothing(), html::write));
}

/// What would end a table cell, open a tag, a link or a mention in Markdown.
#[test]
fn no_name_breaks_out_of_markdown() {
    let found = text(&sample::comparison(), markdown::write);
    let escaped = markdown::escaped(sample::HOSTILE);
    assert_eq!(
        escaped,
        "a\\|b\\\\n&lt;img src=x onerror=alert(1)&gt; \\`c\\` \\[d\\](https&#58;//e.example) &#64;team &#35;1 \
         \\\\u{202e}\\*f\\* &amp; \"g\""
    );
    let rows: Vec<&str> = found.lines().filter(|line| line.starts_with('|')).collect();
    for row in rows {
        assert_eq!(row.replace("\\|", "").matches('|').count(), 9, "{row}");
    }
    assert!(!found.contains("<img") && !found.contains("@team"), "{found}");
}

#[test]
fn bars_need_a_locale_that_can_show_them() {
    let charset = |variables: &[(&str, &str)]| {
        Charset::of_environment(|name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    };
    for unicode in [&[][..], &[("LANG", "C.UTF-8")], &[("LC_ALL", ""), ("LANG", "de_DE.utf8")]] {
        assert_eq!(charset(unicode), Charset::Unicode, "{unicode:?}");
    }
    for ascii in
        [&[("LANG", "C")][..], &[("LC_ALL", "POSIX"), ("LANG", "C.UTF-8")], &[("LC_CTYPE", "de_DE.ISO-8859-1")]]
    {
        assert_eq!(charset(ascii), Charset::Ascii, "{ascii:?}");
    }
}
