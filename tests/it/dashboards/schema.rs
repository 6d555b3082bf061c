//! Grafana's own types take the dashboards, and would not take others.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{boards, folder};

/// What belongs to the check beside the dashboards.
const FILES: [&str; 3] = ["package.json", "tsconfig.json", "dashboard.ts"];

fn tools() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tools/grafana")
}

/// A folder in which dashboards stand as constants of the type that Grafana gives them.
struct Check {
    folder: tempfile::TempDir,
}

impl Check {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in FILES {
            std::fs::copy(tools().join(name), folder.path().join(name)).unwrap();
        }
        let modules = tools().join("node_modules");
        assert!(modules.join("@grafana/schema").is_dir(), "tools/setup.sh brings Grafana's types; run it");
        std::os::unix::fs::symlink(modules, folder.path().join("node_modules")).unwrap();
        Self { folder }
    }

    fn add(&self, name: &str, json: &str) {
        let text = format!(
            "import type {{ HouseDashboard }} from './dashboard';\nexport const it: HouseDashboard = {json};\n"
        );
        std::fs::write(self.folder.path().join(format!("{name}.ts")), text).unwrap();
    }

    /// What the compiler complains about, a line each.
    fn complaints(&self) -> Vec<String> {
        let node = std::env::var("SKEWWATCH_NODE").unwrap_or_else(|_| "node".to_owned());
        let compiler = Path::new("node_modules/typescript/bin/tsc");
        let output = Command::new(&node)
            .arg(compiler)
            .args(["--project", ".", "--noEmit", "--strict", "--preserveSymlinks"])
            .current_dir(self.folder.path())
            .output()
            .unwrap_or_else(|error| panic!("`{node}` comes with tools/setup.sh: {error}"));
        let told = String::from_utf8(output.stdout).unwrap();
        let complaints: Vec<String> =
            told.lines().filter(|line| line.contains("error TS")).map(str::to_owned).collect();
        assert_eq!(output.status.success(), complaints.is_empty(), "{told}{}", String::from_utf8_lossy(&output.stderr));
        complaints
    }
}

#[test]
fn grafanas_types_take_every_dashboard() {
    let check = Check::new();
    for board in boards() {
        check.add(board.name, &std::fs::read_to_string(folder().join(format!("{}.json", board.name))).unwrap());
    }
    assert_eq!(check.complaints(), [""; 0]);
}

/// One wrong word at a time, in a dashboard of its own each: all are found.
#[test]
fn grafanas_types_refuse_what_grafana_does_not_know() {
    let check = Check::new();
    let overview = std::fs::read_to_string(folder().join("overview.json")).unwrap();
    let wrong = [
        ("\"value_and_name\"", "\"value_and_nme\""),
        ("\"palette-classic\"", "\"palette\""),
        ("\"showHeader\": true", "\"header\": true"),
        ("\"schemaVersion\": 42", "\"schemaVersion\": \"42\""),
        ("\"drawStyle\": \"line\"", "\"drawStyle\": \"lines\""),
        ("\"refresh\": 2", "\"refresh\": 7"),
        ("\"cellHeight\": \"sm\"", "\"cellHeight\": \"tiny\""),
        ("\"expr\"", "\"expression\""),
        ("\"type\": \"state-timeline\"", "\"type\": \"states\""),
        ("\"gridPos\"", "\"place\""),
        ("\"timezone\"", "\"zone\""),
    ];
    for (place, (right, wrong)) in wrong.iter().enumerate() {
        assert!(overview.contains(right), "{right}");
        check.add(&format!("wrong{place}"), &overview.replacen(right, wrong, 1));
    }
    let complaints = check.complaints();
    let unnoticed: Vec<_> = (0..wrong.len())
        .filter(|place| !complaints.iter().any(|line| line.starts_with(&format!("wrong{place}.ts("))))
        .map(|place| wrong[place])
        .collect();
    assert_eq!(unnoticed, [("", ""); 0]);
}
