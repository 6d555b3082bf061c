//! A real browser for tests: Debian's chromium without a screen, steered over a pipe (Chrome DevTools Protocol).
//!
//! It is killed by its own process id when it is dropped.

use std::fs::{File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

/// How a page is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// Width of the window, in pixels.
    pub width: u32,
    /// `light` or `dark`.
    pub scheme: &'static str,
}

/// A running browser with one page.
pub struct Browser {
    child: Child,
    orders: File,
    answers: BufReader<File>,
    session: Option<String>,
    number: u64,
    events: Vec<Value>,
    #[expect(dead_code, reason = "holds the profile as long as the browser runs")]
    folder: TempDir,
}

impl Browser {
    /// A browser with an empty page.
    pub fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pipes = ["orders", "answers"].map(|name| folder.path().join(name));
        assert!(Command::new("mkfifo").args(&pipes).status().unwrap().success());
        // The browser reads from descriptor 3 and writes to 4.
        let script = "exec chromium --headless=new --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run \
                      --disable-background-networking --disable-component-update --disable-sync --hide-scrollbars \
                      --remote-debugging-pipe --user-data-dir=\"$0/profile\" 3<\"$0/orders\" 4>\"$0/answers\"";
        let child = Command::new("bash")
            .args(["-c", script])
            .arg(folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("bash runs chromium, which comes with the package of that name");
        let [orders, answers] = pipes;
        let orders = OpenOptions::new().write(true).open(orders).unwrap();
        let answers = BufReader::new(File::open(answers).unwrap());
        let (session, number, events) = (None, 0, Vec::new());
        let mut browser = Self { child, orders, answers, session, number, events, folder };
        let target = browser.order("Target.createTarget", &json!({ "url": "about:blank" }));
        let attached =
            browser.order("Target.attachToTarget", &json!({ "targetId": target["targetId"], "flatten": true }));
        browser.session = Some(attached["sessionId"].as_str().unwrap().to_owned());
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.order(&format!("{domain}.enable"), &json!({}));
        }
        browser
    }

    /// Gives an order and waits for its answer.
    fn order(&mut self, method: &str, parameters: &Value) -> Value {
        self.number += 1;
        let mut order = json!({ "id": self.number, "method": method, "params": parameters });
        if let Some(session) = &self.session {
            order["sessionId"] = json!(session);
        }
        write!(self.orders, "{order}\0").unwrap();
        self.orders.flush().unwrap();
        loop {
            let message = self.message();
            if message["id"] == json!(self.number) {
                assert!(message.get("error").is_none(), "{method}: {message}");
                return message["result"].clone();
            }
            self.events.push(message);
        }
    }

    fn message(&mut self) -> Value {
        let mut bytes = Vec::new();
        self.answers.read_until(0, &mut bytes).unwrap();
        assert_eq!(bytes.pop(), Some(0), "chromium is gone; it comes with the Debian package of that name");
        serde_json::from_slice(&bytes).unwrap()
    }

    /// Opens an address, without scripts, and waits until all is loaded.
    pub fn open(&mut self, address: &str, look: Look) {
        let metrics = json!({ "width": look.width, "height": 900, "deviceScaleFactor": 1, "mobile": look.width < 500 });
        self.order("Emulation.setDeviceMetricsOverride", &metrics);
        let scheme = json!({ "features": [{ "name": "prefers-color-scheme", "value": look.scheme }] });
        self.order("Emulation.setEmulatedMedia", &scheme);
        self.order("Emulation.setScriptExecutionDisabled", &json!({ "value": true }));
        self.events.clear();
        self.order("Page.navigate", &json!({ "url": address }));
        while !self.events.iter().any(|event| event["method"] == "Page.loadEventFired") {
            let event = self.message();
            self.events.push(event);
        }
    }

    /// What an expression gives on the page.
    pub fn ask(&mut self, expression: &str) -> Value {
        let answer = self.order("Runtime.evaluate", &json!({ "expression": expression, "returnByValue": true }));
        assert!(answer.get("exceptionDetails").is_none(), "{answer}");
        answer["result"]["value"].clone()
    }

    /// Addresses that the page asked for.
    pub fn requests(&self) -> Vec<String> {
        let asked = self.events.iter().filter(|event| event["method"] == "Network.requestWillBeSent");
        asked.map(|event| event["params"]["request"]["url"].as_str().unwrap().to_owned()).collect()
    }

    /// What the browser complained of.
    pub fn complaints(&self) -> Vec<String> {
        let kinds = ["Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled"];
        let told = self.events.iter().filter(|event| kinds.iter().any(|kind| event["method"] == *kind));
        told.map(|event| event["params"].to_string()).collect()
    }

    /// Writes the whole page as a picture.
    pub fn picture(&mut self, path: &Path) {
        let shot = self.order("Page.captureScreenshot", &json!({ "captureBeyondViewport": true }));
        std::fs::write(path, BASE64_STANDARD.decode(shot["data"].as_str().unwrap()).unwrap()).unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Fails only if it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
