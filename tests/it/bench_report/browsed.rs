//! The page in a real browser: phone and desk, light and dark.
//!
//! With `PICTURES=FOLDER` in the environment the pages are written there as pictures.

use std::path::Path;

use serde_json::json;
use skewwatch::bench::report::{Judged, page};

use super::forms::together;
use super::sample::troubled;
use crate::pages::browsed::{MUTE, PALE};
use crate::support::browser::{Browser, Look};

const LOOKS: [Look; 4] = [
    Look { width: 1280, scheme: "light" },
    Look { width: 1280, scheme: "dark" },
    Look { width: 360, scheme: "light" },
    Look { width: 360, scheme: "dark" },
];

/// Elements that reach beyond the window, unless they can be scrolled to; as a list.
const WIDE: &str = r"(() => {
  const width = document.documentElement.clientWidth;
  const wide = [...document.querySelectorAll('body *')].filter(element =>
    element.getBoundingClientRect().right > width + 0.5 && !element.closest('svg') && !element.parentElement.closest('.scroll'));
  return [document.documentElement.scrollWidth > width ? 'the page' : [], wide.map(element => element.outerHTML.slice(0, 200))].flat();
})()";

/// Labels of graphics that lie on each other, as a list.
const CROWDED: &str = r"(() => {
  const crowded = [];
  for (const axis of document.querySelectorAll('.left, .below')) {
    const labels = [...axis.children].map(label => label.getBoundingClientRect()).filter(box => box.width > 0);
    labels.forEach((one, place) => labels.slice(place + 1).forEach(other => {
      const apart = one.right <= other.left || other.right <= one.left || one.bottom <= other.top || other.bottom <= one.top;
      if (!apart) crowded.push(axis.textContent);
    }));
  }
  return crowded;
})()";

/// Lines of graphics that draw nothing or leave their frame, as a list.
const EMPTY: &str = r"(() => [...document.querySelectorAll('svg.plot')].flatMap(svg => {
  const frame = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('path')].filter(path => {
    const box = path.getBoundingClientRect();
    return !path.getAttribute('d') || box.left < frame.left - 2 || box.right > frame.right + 2 || box.top < frame.top - 2 || box.bottom > frame.bottom + 2;
  }).map(path => path.outerHTML.slice(0, 200));
}))()";

#[test]
fn the_page_fits_phone_and_desk_in_light_and_dark() {
    let folder = tempfile::tempdir().unwrap();
    let mut browser = Browser::start();
    for (name, report) in [("proven", together()), ("missed", troubled())] {
        let path = folder.path().join(format!("{name}.html"));
        std::fs::write(&path, page::page(&Judged::new(&report))).unwrap();
        let address = format!("file://{}", path.display());
        for look in LOOKS {
            browser.open(&address, look);
            for (what, expression) in [
                ("too wide", WIDE),
                ("too pale", PALE),
                ("without a text", MUTE),
                ("crowded", CROWDED),
                ("empty", EMPTY),
            ] {
                assert_eq!(browser.ask(expression), json!([]), "{what}: {name} at {look:?}");
            }
            assert_eq!(browser.complaints(), Vec::<String>::new(), "{name} at {look:?}");
            // Nothing but itself, and the icon that it brings.
            assert!(browser.requests().iter().all(|asked| *asked == address || asked.starts_with("data:")), "{name}");
            if let Some(pictures) = std::env::var_os("PICTURES") {
                browser.picture(&Path::new(&pictures).join(format!("bench-{name}-{}-{}.png", look.width, look.scheme)));
            }
        }
    }
}
