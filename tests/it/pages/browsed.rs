//! Pages in a real browser: phone and desk, light and dark.
//!
//! With `PICTURES=FOLDER` in the environment the pages are written there as pictures.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;

use skewwatch::publish::page::{Filter, POLICY, overview, view};

use super::texts;
use crate::serve::{EVERY_SECOND, HASTE, PUBLISH, Shop, of_feature};
use crate::support::browser::{Browser, Look};

pub(crate) const LOOKS: [Look; 4] = [
    Look { width: 1280, scheme: "light" },
    Look { width: 1280, scheme: "dark" },
    Look { width: 360, scheme: "light" },
    Look { width: 360, scheme: "dark" },
];

/// Texts whose contrast with what lies behind them is below 4.5 (WCAG 2.2, 1.4.3), as a list.
pub const PALE: &str = r#"(() => {
  const parse = text => { const part = text.match(/[\d.]+/g).map(Number); return part.length < 4 ? [...part, 1] : part; };
  const over = (top, under) => [0, 1, 2].map(i => top[i] * top[3] + under[i] * (1 - top[3])).concat(1);
  const light = rgb => { const [r, g, b] = rgb.map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = element => { const layers = [];
    for (let at = element; at; at = at.parentElement) layers.push(parse(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((under, top) => over(top, under), matchMedia('(prefers-color-scheme: dark)').matches ? [0, 0, 0, 1] : [255, 255, 255, 1]); };
  const pale = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const element = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || element.closest('svg, style') || !element.getClientRects().length) continue;
    const back = behind(element), ink = over(parse(getComputedStyle(element).color), back);
    const [a, b] = [light(ink), light(back)].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    if (contrast < 4.5) pale.push(`${walk.currentNode.data.trim()}: ${contrast.toFixed(2)}`);
  }
  return pale;
})()"#;

/// Elements that reach beyond the window, as a list.
const WIDE: &str = r"(() => {
  const width = document.documentElement.clientWidth;
  const wide = [...document.querySelectorAll('body *')].filter(element => {
    const style = getComputedStyle(element);
    return element.getBoundingClientRect().right > width + 0.5 && style.position !== 'absolute' && !element.closest('svg, .skip, thead');
  });
  return [document.documentElement.scrollWidth > width ? 'the page' : [], wide.map(element => element.outerHTML.slice(0, 200))].flat();
})()";

/// Graphics without a text, heads without a scope, and other things that a reader's ears would miss.
pub const MUTE: &str = r#"(() => {
  const graphics = [...document.querySelectorAll('svg')].filter(svg =>
    svg.getAttribute('aria-hidden') !== 'true' && !(svg.getAttribute('role') === 'img' && svg.getAttribute('aria-label')));
  const heads = [...document.querySelectorAll('th')].filter(head => !head.getAttribute('scope'));
  const nameless = [...document.querySelectorAll('a')].filter(link => !link.textContent.trim());
  const ids = [...document.querySelectorAll('[id]')].map(element => element.id);
  const twice = ids.filter((id, place) => ids.indexOf(id) !== place && !id.startsWith('lines-'));
  return [...graphics, ...heads, ...nameless].map(element => element.outerHTML.slice(0, 200)).concat(twice);
})()"#;

pub(crate) fn looked_at(browser: &mut Browser, (address, name): (&str, &str), look: Look) {
    browser.open(address, look);
    for (what, expression) in [("too wide", WIDE), ("too pale", PALE), ("without words", MUTE)] {
        assert_eq!(browser.ask(expression), serde_json::json!([]), "{what} on {name} at {look:?}");
    }
    assert_eq!(browser.complaints(), Vec::<String>::new(), "{name} at {look:?}");
    for request in browser.requests() {
        assert!(request == address || request.starts_with("data:"), "{name} asks for {request}");
    }
    if let Some(folder) = std::env::var_os("PICTURES") {
        browser.picture(&Path::new(&folder).join(format!("{name}-{}-{}.png", look.width, look.scheme)));
    }
}

/// Serves one page again and again, with this policy.
pub(crate) fn offered(page: String, policy: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    // Ends with the test's process.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let head = format!(
                "HTTP/1.0 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
                 Content-Security-Policy: {policy}\r\n\r\n",
                page.len()
            );
            let _ = stream.write_all(format!("{head}{page}").as_bytes());
        }
    });
    address
}

#[tokio::test]
async fn pages_with_much_to_tell_fit_every_window_and_read_well() {
    let plan = texts::plan().await;
    let pages = [("overview", overview(&texts::all(&plan, Filter::default()))), ("view", view(&texts::rich(&plan)))];
    let mut browser = Browser::start();
    for (name, page) in pages {
        let address = offered(page, POLICY);
        for look in LOOKS {
            looked_at(&mut browser, (&address, name), look);
        }
    }
}

#[test]
fn the_pages_of_the_service_fit_every_window_and_read_well() {
    let shop = Shop::open();
    shop.skew(40);
    shop.configure(&[EVERY_SECOND, PUBLISH, HASTE]);
    let running = shop.serve();
    running.wait_for(&of_feature("finding_state", "skew"), |value| value == Some(2.0));
    let mut browser = Browser::start();
    for (name, path) in
        [("served-overview", "/"), ("served-view", "/views/user_features"), ("served-lost", "/views/nobody")]
    {
        for look in LOOKS {
            let address = format!("http://{}{path}", running.address);
            if name == "served-lost" {
                // The browser notes that the page was not found; all else is looked at.
                browser.open(&address, look);
                assert_eq!(browser.ask(WIDE), serde_json::json!([]), "{name} at {look:?}");
            } else {
                looked_at(&mut browser, (&address, name), look);
            }
        }
    }
}
