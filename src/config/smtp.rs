//! `publish.reports.smtp`: the mail server.

use super::problem::Problem;
use super::quantity::Complaint;
use super::reader::Reader;
use super::reports::mailbox;
use super::section::Section;
use super::tree::Node;
use crate::publish::delivery::{SmtpSecurity, SmtpSettings};

/// Names of this machine, which a password does not leave.
const HERE: [&str; 3] = ["127.0.0.1", "::1", "localhost"];

/// Reads the section.
pub(super) fn read(node: &Node, reader: &mut Reader<'_>) -> Option<SmtpSettings> {
    let mut section = Section::open(node, "`smtp`", reader)?;
    let host = section.required("host", reader).and_then(|node| reader.parsed(node, "the name of a server", host));
    let from = section.required("from", reader).and_then(|node| reader.parsed(node, "an address of mail", mailbox));
    let port = section.optional("port").map(|node| reader.parsed(node, "a port", port));
    let ways = [("starttls", SmtpSecurity::StartTls), ("implicit", SmtpSecurity::Tls), ("none", SmtpSecurity::Nothing)];
    let security = section.optional("tls").map(|node| (node, reader.choice(node, &ways)));
    let username = section.optional("username").map(|node| reader.text(node, "a user"));
    let names = ["password", "password_env", "password_file"];
    let password_at = names.into_iter().find_map(|name| section.entry(name));
    let password = reader.secret(&mut section, names);
    match (&username, password_at) {
        (Some(_), None) => {
            reader.note(Problem::new(
                section.at(),
                "`smtp` has a user and no `password`, `password_env` or `password_file`",
            ));
        }
        (None, Some(entry)) => {
            reader.note(Problem::new(entry.span, format!("`{}` has no effect without `username`", entry.key)));
        }
        (None, None) | (Some(_), Some(_)) => {}
    }
    section.close(reader);
    let (host, from) = (host?, from?);
    if let (Some((node, Some(SmtpSecurity::Nothing))), Some(_)) = (&security, password_at)
        && !HERE.contains(&host.as_str())
    {
        let problem = Problem::new(node.span, "without TLS the password can be read on its way");
        reader.note(problem.hint("`tls: starttls` (the default) or `tls: implicit`"));
    }
    let security = match security {
        Some((_, way)) => way?,
        None => SmtpSecurity::default(),
    };
    let credentials = match (username, password) {
        (Some(username), Some(password)) => Some((username?, password)),
        (None, None) => None,
        // Noted above.
        (Some(_), None) | (None, Some(_)) => return None,
    };
    let port = match port {
        Some(port) => port?,
        None => security.port(),
    };
    Some(SmtpSettings { host, port, security, credentials, from })
}

fn host(text: &str) -> Result<String, Complaint> {
    if text.is_empty() || text.contains(|letter: char| letter.is_whitespace() || "/@".contains(letter)) {
        return Err(Complaint::new("is no name of a server").hint("the port has a key of its own: `port`"));
    }
    Ok(text.to_owned())
}

fn port(text: &str) -> Result<u16, Complaint> {
    text.parse().ok().filter(|port| *port > 0).ok_or_else(|| Complaint::new("is no port from 1 to 65535"))
}
