//! Reports by mail, with a real mail server.

use std::time::Duration;

use skewwatch::model::secret::Secret;
use skewwatch::publish::delivery::{HtmlPart, ReportSettings, Sent, SmtpSecurity, SmtpSettings, Way};

use super::courier::{edition, send, settings};
use crate::support::redis::{Certificates, free_port};
use crate::support::smtp::SmtpServer;

fn mail(html: HtmlPart) -> Way {
    Way::Mail { to: vec!["risk@shop.example".to_owned(), "Bo <bo@shop.example>".to_owned()], html }
}

fn through(port: u16, security: SmtpSecurity) -> ReportSettings {
    ReportSettings {
        smtp: Some(SmtpSettings {
            host: "localhost".to_owned(),
            port,
            security,
            credentials: None,
            from: "skewwatch <skew@shop.example>".to_owned(),
        }),
        ..settings()
    }
}

/// The same with a user and this password.
fn known(mut settings: ReportSettings, password: &str) -> ReportSettings {
    let smtp = settings.smtp.as_mut().unwrap();
    smtp.credentials = Some(("skewwatch".to_owned(), Secret::new(password)));
    settings
}

fn cause(sent: Sent) -> String {
    match sent {
        Sent::Failed { cause, retry_after: None } => cause,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_mail_has_the_headline_and_the_page() {
    let server = SmtpServer::start();
    let settings = through(server.port, SmtpSecurity::Nothing);
    let edition = edition(Some("https://reports.example.com"));
    assert_eq!(send(mail(HtmlPart::Attached), &settings, &edition), Sent::Delivered);
    assert_eq!(send(mail(HtmlPart::Inlined), &settings, &edition), Sent::Delivered);
    let [attached, inlined] = &server.mails()[..] else { panic!("two mails") };
    for mail in [attached, inlined] {
        assert_eq!(mail.from, "skew@shop.example");
        assert_eq!(mail.to, ["risk@shop.example", "bo@shop.example"]);
        assert_eq!(mail.header("Message-ID").as_deref(), Some("<a1b2c3@shop.example>"));
        assert_eq!(mail.header("Subject").as_deref(), Some("Skew report 2026-W47 of team risk: 1 could not be judged"));
        assert_eq!(mail.header("Date").as_deref(), Some("Sun, 15 Jun 2025 15:06:40 +0000"));
        assert!(mail.data.contains("1 could not be judged.\r\n"), "{}", mail.data);
        assert!(mail.data.contains("The whole report: https://reports.example.com/skew-risk-2026-W47.html"));
    }
    let kind = |mail: &crate::support::smtp::Mail| mail.header("Content-Type").unwrap();
    assert!(kind(attached).starts_with("multipart/mixed") && kind(inlined).starts_with("multipart/alternative"));
    assert!(attached.data.contains("Content-Disposition: attachment; filename=\"skew-risk-2026-W47.html\""));
    assert!(!inlined.data.contains("Content-Disposition"));
    for mail in [attached, inlined] {
        assert!(mail.data.lines().all(|line| line.len() < 998), "a line is longer than a mail may have");
        assert!(mail.data.is_ascii());
    }
}

#[test]
fn a_password_goes_through_tls_only_where_the_server_is_trusted() {
    let certificates = Certificates::make();
    let [certificate, key] = certificates.of_server().map(|path| path.display().to_string());
    for (way, security) in [("starttls", SmtpSecurity::StartTls), ("implicit", SmtpSecurity::Tls)] {
        let server = SmtpServer::with(&[
            "--security",
            way,
            "--certificate",
            &certificate,
            "--key",
            &key,
            "--password",
            "hunter2",
        ]);
        let strange = known(through(server.port, security), "hunter2");
        let told = cause(send(mail(HtmlPart::Attached), &strange, &edition(None)));
        assert!(told.to_lowercase().contains("certificate"), "{told}");
        let trusted = ReportSettings { ca_file: Some(certificates.authority()), ..strange };
        assert_eq!(send(mail(HtmlPart::Attached), &trusted, &edition(None)), Sent::Delivered);
        assert!(server.mails().iter().all(|mail| mail.encrypted));
        // It may be mended in time: it is tried again.
        let told = cause(send(mail(HtmlPart::Attached), &known(trusted, "wrong"), &edition(None)));
        assert!(told.contains("535") && !told.contains("wrong"), "{told}");
        assert_eq!(server.mails().len(), 1);
    }
}

#[test]
fn a_server_without_tls_gets_nothing_where_tls_is_asked_for() {
    let server = SmtpServer::start();
    for security in [SmtpSecurity::StartTls, SmtpSecurity::Tls] {
        let settings = ReportSettings { timeout: Duration::from_secs(2), ..through(server.port, security) };
        cause(send(mail(HtmlPart::Attached), &settings, &edition(None)));
    }
    assert_eq!((server.mails(), server.refused()), (Vec::new(), 0));
}

#[test]
fn what_the_server_says_decides_whether_it_is_tried_again() {
    let server = SmtpServer::start();
    let settings = ReportSettings { timeout: Duration::from_secs(1), ..through(server.port, SmtpSecurity::Nothing) };
    let sent = |behaviour: &str| {
        server.behave(behaviour);
        send(mail(HtmlPart::Attached), &settings, &edition(None))
    };
    assert!(cause(sent("451 come back later")).contains("come back later"));
    assert!(cause(sent("hang")).contains("in time"));
    for refusal in ["552 too large", "554 no reports here"] {
        let Sent::Rejected { cause } = sent(refusal) else { panic!("{refusal}") };
        assert!(cause.contains(&refusal[4..]), "{cause}");
    }
    assert_eq!(server.mails(), []);
    assert_eq!(sent("take"), Sent::Delivered);
    let nobody = through(free_port(), SmtpSecurity::Nothing);
    assert!(cause(send(mail(HtmlPart::Attached), &nobody, &edition(None))).contains("refused"));
}

#[test]
fn one_mailbox_that_is_gone_keeps_the_mail_from_nobody_else() {
    let server = SmtpServer::start();
    let settings = through(server.port, SmtpSecurity::Nothing);
    server.behave("unknown bo");
    let expected = "refused for `bo@shop.example`: permanent error (550): 5.1.1 no such mailbox";
    assert_eq!(send(mail(HtmlPart::Attached), &settings, &edition(None)), Sent::Partly { cause: expected.to_owned() });
    assert_eq!(server.mails()[0].to, ["risk@shop.example"]);
    // All stand in it, as in every mail to a team.
    assert_eq!(server.mails()[0].header("To").as_deref(), Some("risk@shop.example, Bo <bo@shop.example>"));
    let nobody = Way::Mail { to: vec!["bo@shop.example".to_owned()], html: HtmlPart::Attached };
    let Sent::Rejected { cause: told } = send(nobody, &settings, &edition(None)) else { panic!("it was taken") };
    assert!(told.contains("no such mailbox"), "{told}");
    // Who is to be asked for later would have it twice or never, if others had it now.
    server.behave("busy bo");
    assert!(cause(send(mail(HtmlPart::Attached), &settings, &edition(None))).contains("later"));
    assert_eq!(server.mails().len(), 1);
}

#[test]
fn a_server_that_takes_nobody_in_is_asked_again() {
    // As one does that has the address of this machine on a list.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        std::io::Write::write_all(&mut stream, b"554 go away\r\n").unwrap();
    });
    let told = cause(send(mail(HtmlPart::Attached), &through(port, SmtpSecurity::Nothing), &edition(None)));
    server.join().unwrap();
    assert_eq!(told, "permanent error (554): go away");
}

#[test]
fn a_server_that_takes_a_mail_and_says_no_farewell_has_it_once() {
    let server = SmtpServer::start();
    let settings = ReportSettings { timeout: Duration::from_secs(10), ..through(server.port, SmtpSecurity::Nothing) };
    server.behave("linger");
    assert_eq!(send(mail(HtmlPart::Attached), &settings, &edition(None)), Sent::Delivered);
    assert_eq!(server.mails().len(), 1);
}
