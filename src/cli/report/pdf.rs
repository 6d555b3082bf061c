//! A page on paper, by a browser without a screen.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use anyhow::Context as _;

/// Names under which the browser is found.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/// Time between two looks at whether it is done.
const LOOK: Duration = Duration::from_millis(100);
/// Longest time that it may take.
const DEADLINE: Duration = Duration::from_secs(120);

/// Prints a page into `out`.
///
/// # Errors
/// When there is no chromium, or it does not print.
pub(super) async fn print(page: &str, out: &Path) -> anyhow::Result<()> {
    let out = std::path::absolute(out).with_context(|| format!("could not find `{}`", out.display()))?;
    let mut folder = out.clone().into_os_string();
    folder.push(".partial");
    let folder = Path::new(&folder);
    let written = fs::create_dir_all(folder).and_then(|()| fs::write(folder.join("report.html"), page));
    written.with_context(|| format!("could not write beside `{}`", out.display()))?;
    let printed = run(folder).await;
    let moved = match printed {
        Ok(()) => {
            fs::rename(folder.join("report.pdf"), &out).with_context(|| format!("could not write `{}`", out.display()))
        }
        Err(error) => Err(error),
    };
    let removed = fs::remove_dir_all(folder).with_context(|| format!("could not remove `{}`", folder.display()));
    moved.and(removed)
}

async fn run(folder: &Path) -> anyhow::Result<()> {
    let address = format!("file://{}", folder.join("report.html").display());
    for browser in BROWSERS {
        let mut command = Command::new(browser);
        command
            .args([
                "--headless=new",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--no-pdf-header-footer",
            ])
            .arg(format!("--user-data-dir={}", folder.join("profile").display()))
            .arg(format!("--print-to-pdf={}", folder.join("report.pdf").display()));
        if is_root() {
            // Chromium's sandbox refuses to run as root. The page has no script and loads nothing.
            command.arg("--no-sandbox");
        }
        command.arg(&address).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let child = match command.spawn() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            child => child.with_context(|| format!("could not run `{browser}`"))?,
        };
        let status = ended(child).await.with_context(|| format!("`{browser}` did not print"))?;
        anyhow::ensure!(
            status.success() && folder.join("report.pdf").exists(),
            "`{browser}` did not print the report: {status}"
        );
        return Ok(());
    }
    anyhow::bail!(
        "no chromium is here to print with\n  hint: install `chromium`, or print the HTML form from any browser"
    )
}

/// Waits for a process, and ends it when it takes too long.
async fn ended(mut child: Child) -> anyhow::Result<ExitStatus> {
    let done = async {
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok::<_, io::Error>(status);
            }
            tokio::time::sleep(LOOK).await;
        }
    };
    if let Ok(status) = tokio::time::timeout(DEADLINE, done).await {
        return Ok(status?);
    }
    child.kill()?;
    child.wait()?;
    anyhow::bail!("it took longer than {} s", DEADLINE.as_secs())
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}
