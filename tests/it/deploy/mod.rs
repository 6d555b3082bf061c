//! The image and the whole picture of `docker-compose.yml`: that its parts fit together, as far as it can be known without
//! pulling images.

mod image;
mod picture;

use std::path::PathBuf;

use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap()
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().map(|list| list.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
}

/// Whether an image is named with a version: a tag that begins with numbers, of which there are at least two.
fn is_pinned(image: &str) -> bool {
    let tag = image.rsplit_once(':').map_or("", |(_, tag)| tag.trim_start_matches('v'));
    let numbers = tag.split('-').next().unwrap_or_default();
    let parts: Vec<&str> = numbers.split('.').collect();
    parts.len() > 1 && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[test]
fn a_pinned_image_names_its_version() {
    let pinned = ["a/b:8.1.3", "a:v0.33.0", "rust:1.95.0-bookworm", "a:4.48"].map(is_pinned);
    let loose = ["a", "a:latest", "a:8", "a:v3", "a:stable-1.2", "host:5000/a"].map(is_pinned);
    assert_eq!((pinned, loose), ([true; 4], [false; 6]));
}
