//! A mail server for tests (`tests/fixtures/deliver/smtp.py`, on aiosmtpd), which keeps what it takes.

use std::path::Path;
use std::process::Command;

use serde::Deserialize;
use tempfile::TempDir;

use super::process::Process;

/// A mail that was taken.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Mail {
    /// Who it is from, by its envelope.
    pub from: String,
    /// Who is to have it, by its envelope.
    pub to: Vec<String>,
    /// Head and body.
    pub data: String,
    /// Whether it came through TLS.
    pub encrypted: bool,
}

impl Mail {
    /// A header; the first line of it.
    pub fn header(&self, name: &str) -> Option<String> {
        let head = self.data.lines().take_while(|line| !line.is_empty());
        head.filter_map(|line| line.strip_prefix(&format!("{name}: "))).map(str::to_owned).next()
    }
}

/// A running mail server.
pub struct SmtpServer {
    /// Where it listens.
    pub port: u16,
    #[expect(dead_code, reason = "killed when it is dropped")]
    process: Process,
    folder: TempDir,
}

impl SmtpServer {
    /// One that takes everything, in the clear.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// One with these arguments of the script.
    pub fn with(arguments: &[&str]) -> Self {
        let python = std::env::var("SKEWWATCH_PYTHON")
            .expect("SKEWWATCH_PYTHON names a python with aiosmtpd: `make test` sets it");
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("behaviour"), "take").unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/deliver/smtp.py");
        let mut command = Command::new(python);
        command.arg(script).arg(folder.path()).args(arguments);
        let mut process = Process::start(command, folder.path().join("log"));
        assert!(process.becomes_ready(|| folder.path().join("port").exists()), "{}", process.tail());
        let port = std::fs::read_to_string(folder.path().join("port")).unwrap().parse().unwrap();
        Self { port, process, folder }
    }

    /// Does so from now on, as the script says.
    pub fn behave(&self, behaviour: &str) {
        let draft = self.folder.path().join("behaviour.draft");
        std::fs::write(&draft, behaviour).unwrap();
        std::fs::rename(draft, self.folder.path().join("behaviour")).unwrap();
    }

    /// The mails that it took.
    pub fn mails(&self) -> Vec<Mail> {
        let text = std::fs::read_to_string(self.folder.path().join("mails")).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// How many it holds without an answer, or has held.
    pub fn held(&self) -> usize {
        std::fs::read_to_string(self.folder.path().join("held")).unwrap_or_default().lines().count()
    }

    /// Keys of `publish.reports` that send to this address through it, in the clear.
    pub fn section(&self, to: &str) -> String {
        format!(
            "    smtp: {{ host: localhost, port: {}, tls: none, from: skew@shop.example }}\n    notify: [{{ email: [{to}] }}]\n",
            self.port
        )
    }

    /// How many it did not take.
    pub fn refused(&self) -> usize {
        std::fs::read_to_string(self.folder.path().join("refused")).unwrap_or_default().lines().count()
    }
}
