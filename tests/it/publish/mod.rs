//! Every form of the report, whole, against committed files; and names that try to break out of each form.

mod forms;
mod hostile;
mod sample;
mod textfile;

use std::path::PathBuf;

pub(crate) use sample::rich;

/// Compares with the committed file `name`; with `BLESS=1` in the environment writes it instead.
fn same_as_file(name: &str, found: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/publish").join(name);
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

/// What a writer writes.
fn text(write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut bytes = Vec::new();
    write(&mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}
