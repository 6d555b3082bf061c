//! One conversation with a mail server: the mail for all recipients, of whom it may refuse some.
//!
//! A client that gives up at the first address that is refused would let the one who left keep a report from a whole team.
//! What the server says after it has taken a mail changes nothing: nobody waits for it.

use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Tls};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};

use super::mail::causes;

/// Replies that speak of who asks and not of the mail: a password that is mended later lets it through.
const OF_ACCESS: [u16; 4] = [530, 534, 535, 538];
/// Longest time for a farewell.
const FAREWELL: Duration = Duration::from_secs(5);

/// How a server is reached.
#[derive(Clone, Debug)]
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) tls: Tls,
    pub(super) credentials: Option<Credentials>,
    pub(super) timeout: Duration,
}

/// A server took the mail for these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Taken {
    /// Recipients that it will never take anything for, each with what it said.
    pub(super) refused: Vec<String>,
}

/// Why a server did not take the mail.
#[derive(Debug)]
pub(super) enum Untaken {
    /// It did not answer as it should, or wants to be asked again.
    Broken(Error),
    /// It will never take it.
    Final(String),
}

impl From<Error> for Untaken {
    fn from(error: Error) -> Self {
        Self::Broken(error)
    }
}

/// Whether the same mail will never be taken. What a server says before it knows who is to have the mail speaks of the
/// connection, or of who sends, which is mended on another day.
fn is_final(error: &Error) -> bool {
    error.is_permanent() && error.status().map(u16::from).is_some_and(|code| !OF_ACCESS.contains(&code))
}

/// Hands a mail in.
pub(super) async fn hand_in(server: &Server, message: &Message) -> Result<Taken, Untaken> {
    let mut connection = connect(server).await?;
    let handed = talk(&mut connection, message).await;
    tokio::spawn(async move { tokio::time::timeout(FAREWELL, connection.abort()).await });
    handed
}

async fn connect(server: &Server) -> Result<AsyncSmtpConnection, Error> {
    let hello = ClientId::default();
    let (at_once, then) = match &server.tls {
        Tls::Wrapper(tls) => (Some(tls.clone()), None),
        Tls::Required(tls) | Tls::Opportunistic(tls) => (None, Some(tls.clone())),
        Tls::None => (None, None),
    };
    let address = (server.host.as_str(), server.port);
    let mut connection =
        AsyncSmtpConnection::connect_tokio1(address, Some(server.timeout), &hello, at_once, None).await?;
    if let Some(tls) = then {
        connection.starttls(tls, &hello).await?;
    }
    if let Some(credentials) = &server.credentials {
        connection.auth(DEFAULT_MECHANISMS, credentials).await?;
    }
    Ok(connection)
}

async fn talk(connection: &mut AsyncSmtpConnection, message: &Message) -> Result<Taken, Untaken> {
    let (envelope, content) = (message.envelope(), message.formatted());
    let mut parameters = Vec::new();
    let addresses = || envelope.from().into_iter().chain(envelope.to());
    if let Some(foreign) = addresses().find(|address| !AsRef::<str>::as_ref(*address).is_ascii()) {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            return Err(Untaken::Final(format!("the server takes no address with such letters as `{foreign}` has")));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !content.is_ascii() {
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    connection.command(Mail::new(envelope.from().cloned(), parameters)).await?;
    let mut refused = Vec::new();
    for address in envelope.to() {
        match connection.command(Rcpt::new(address.clone(), Vec::new())).await {
            Ok(_) => {}
            Err(error) if is_final(&error) => refused.push(format!("`{address}`: {}", causes(&error))),
            Err(error) => return Err(error.into()),
        }
    }
    if refused.len() == envelope.to().len() {
        return Err(Untaken::Final(refused.join("; ")));
    }
    let of_mail = |error: Error| {
        if is_final(&error) { Untaken::Final(causes(&error)) } else { Untaken::Broken(error) }
    };
    connection.command(Data).await.map_err(of_mail)?;
    connection.message(&content).await.map_err(of_mail)?;
    Ok(Taken { refused })
}
