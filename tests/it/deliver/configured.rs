//! `publish.reports` and `schedule.report` of a configuration, and what can be wrong with them.

use std::path::Path;
use std::time::Duration;

use skewwatch::config::{Plan, from_text};
use skewwatch::model::schedule::Schedule;
use skewwatch::model::secret::Secret;
use skewwatch::publish::alertmanager::Access;
use skewwatch::publish::delivery::{
    Audience, HtmlPart, ReportCadence, ReportChannel, ReportSettings, SmtpSecurity, SmtpSettings, Way, WebhookContent,
};

const STORES: &str = "online: { sqlite: { path: online.db }, layout: { feast: { project: shop } } }
feature_views:
  - { name: users, team: risk, join_keys: [id], features: { age: int64 }, snapshot: users/, event_timestamp: ts }
  - { name: visits, team: growth, join_keys: [id], features: { age: int64 }, snapshot: visits/, event_timestamp: ts }
";

fn environment(name: &str) -> Option<String> {
    match name {
        "SLACK_URL" => Some("https://hooks.slack.example/services/hunter2".to_owned()),
        "SECRET" => Some("hunter2".to_owned()),
        _ => None,
    }
}

fn plan(more: &str) -> Result<Plan, String> {
    let text = format!("{STORES}{more}");
    let reading = from_text(&text, Path::new("folder/skewwatch.yaml"), &environment);
    let plan = tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(reading);
    plan.map_err(|error| error.to_string())
}

fn read(more: &str) -> Option<ReportSettings> {
    plan(&format!("publish:\n  history: h.db\n{more}")).unwrap().publish.reports
}

fn channel(name: &str, audience: Audience, way: Way) -> ReportChannel {
    ReportChannel { name: name.to_owned(), audience, way }
}

#[test]
fn a_place_or_a_channel_is_enough() {
    assert_eq!(read(""), None);
    let place = ReportSettings { to: Some("s3://ml-reports/skew/".to_owned()), ..ReportSettings::new() };
    assert_eq!(read("  reports: { to: \"s3://ml-reports/skew/\" }\n"), Some(place));
    let url = Secret::new("https://hooks.slack.example/services/hunter2");
    let slack = ReportSettings {
        channels: vec![channel("slack", Audience::Others, Way::Slack { url })],
        ..ReportSettings::new()
    };
    assert_eq!(read("  reports: { notify: [{ slack_webhook_env: SLACK_URL }] }\n"), Some(slack));
}

#[test]
fn everything_can_be_said() {
    let text = "schedule: { report: \"0 7 * * Mon\", timezone: Europe/Berlin }
publish:
  history: h.db
  reports:
    to: ./reports
    base_url: https://reports.example.com/skew
    period: day
    timeout: 10s
    give_up_after: 12h
    smtp:
      host: smtp.example.com
      port: 2525
      tls: implicit
      username: skewwatch
      password_env: SECRET
      from: Skew <skew@example.com>
    notify:
      - { team: risk, slack_webhook_env: SLACK_URL }
      - { team: \"*\", name: lake, webhook: https://lake.example.com, bearer_token_env: SECRET, headers: { X-Tenant: shop }, content: report }
      - { team: risk, email: [risk@example.com, Bo <bo@example.com>], html: inlined }
      - { email: all@example.com }
";
    let plan = plan(text).unwrap();
    let expected = ReportSettings {
        to: Some("folder/reports".to_owned()),
        base_url: Some("https://reports.example.com/skew".to_owned()),
        cadence: ReportCadence::Day,
        channels: vec![
            channel(
                "slack",
                Audience::Team("risk".to_owned()),
                Way::Slack { url: Secret::new("https://hooks.slack.example/services/hunter2") },
            ),
            channel(
                "lake",
                Audience::Everyone,
                Way::Webhook {
                    url: Secret::new("https://lake.example.com"),
                    access: Access::Bearer(Secret::new("hunter2")),
                    headers: [("X-Tenant".to_owned(), Secret::new("shop"))].into(),
                    content: WebhookContent::Report,
                },
            ),
            channel(
                "email",
                Audience::Team("risk".to_owned()),
                Way::Mail {
                    to: vec!["risk@example.com".to_owned(), "Bo <bo@example.com>".to_owned()],
                    html: HtmlPart::Inlined,
                },
            ),
            channel(
                "email",
                Audience::Others,
                Way::Mail { to: vec!["all@example.com".to_owned()], html: HtmlPart::Attached },
            ),
        ],
        smtp: Some(SmtpSettings {
            host: "smtp.example.com".to_owned(),
            port: 2525,
            security: SmtpSecurity::Tls,
            credentials: Some(("skewwatch".to_owned(), Secret::new("hunter2"))),
            from: "Skew <skew@example.com>".to_owned(),
        }),
        ca_file: None,
        timeout: Duration::from_secs(10),
        give_up_after: Duration::from_secs(12 * 3600),
    };
    assert_eq!(plan.publish.reports, Some(expected));
    let monday = Schedule::parse("0 7 * * Mon", chrono_tz::Europe::Berlin).unwrap();
    assert_eq!(plan.service.schedule.report, Some(monday));
    assert!(!format!("{:?}", plan.publish).contains("hunter2"));
}

/// Holds the problems against a file; with `BLESS=1` in the environment writes it instead.
fn assert_told(name: &str, text: &str) {
    let told = plan(text).unwrap_err();
    assert!(!told.contains("hunter2"), "{told}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/deliver/{name}.txt"));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, format!("{told}\n")).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected.trim_end() == told, "{} should be:\n{told}", path.display());
}

#[test]
fn all_problems_are_told_at_once_and_no_secret() {
    assert_told(
        "problems",
        "publish:
  reports:
    to: s3:/nowhere
    base_url: reports.example.com
    period: month
    timeout: 1h
    give_up_after: 60d
    smtp: { host: \"smtp.example.com:25\", tls: none, username: skewwatch, from: nobody }
    notify:
      - { team: fraud, slack_webhook_env: SLACK_URL }
      - { slack_webhook: hunter2 }
      - { slack_webhook: \"https://hooks.example/hunter2\", webhook: \"https://a.example\" }
      - { name: \"a b\", webhook: \"https://a.example\" }
      - { name: files, webhook: \"https://a.example\" }
      - { email: [risk, bo@example.com] }
      - { email: [] }
      - { webhook: \"https://a.example\", headers: { \"a b\": x } }
      - { webhook: \"https://b.example/hunter2\", content: all }
      - { team: risk }
      - { team: risk, webhook: \"https://u:hunter2@c.example\" }
      - { team: risk, email: a@example.com, subject: x }
    retries: 3
",
    );
}

#[test]
fn what_needs_something_else_says_what() {
    assert_told("nobody", "schedule: { report: \"0 7 * * Mon\" }\npublish: { history: h.db }\n");
    assert_told("nowhere", "publish:\n  history: h.db\n  reports: { base_url: \"https://a.example\" }\n");
    assert_told(
        "repeated",
        "publish:
  history: h.db
  reports:
    tls_ca_file: /nowhere/ca.pem
    smtp: { host: mail.example, tls: none, username: skew, password_env: SECRET, from: skew@example.com }
    notify:
      - { team: risk, webhook: \"https://a.example\" }
      - { team: risk, webhook: \"https://b.example\" }
",
    );
    assert_told("no_server", "publish:\n  history: h.db\n  reports: { notify: [{ email: a@example.com }] }\n");
}
