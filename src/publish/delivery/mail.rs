//! A report by mail: the client of one SMTP server.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use lettre::Message;
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};

use super::courier::{Parcel, Sent};
use super::edition::letter;
use super::session::{Server, Taken, Untaken, hand_in};
use super::settings::{HtmlPart, ReportSettings, SmtpSecurity, SmtpSettings};
use crate::model::secret::Secret;
use crate::publish::http::with_sources;
use crate::publish::plain::one_line;
use crate::publish::report::file_name;

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum MailerError {
    /// An address is none.
    #[error("`{address}` is no address of mail")]
    Address {
        /// The address.
        address: String,
    },
    /// The certificates cannot be read.
    #[error("could not read the certificates in `{}`", path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// TLS cannot be had.
    #[error("could not prepare TLS")]
    Tls(#[source] Error),
}

/// The client of one mail server.
#[derive(Clone, Debug)]
pub struct Mailer {
    server: Server,
    from: Mailbox,
}

impl Mailer {
    /// A client; nobody is contacted.
    ///
    /// # Errors
    /// When the sender's address, or the file of certificates, is no good.
    pub fn open(smtp: &SmtpSettings, settings: &ReportSettings) -> Result<Self, MailerError> {
        let from = Self::address(&smtp.from)?;
        let tls = match smtp.security {
            SmtpSecurity::StartTls => Tls::Required(parameters(smtp, settings)?),
            SmtpSecurity::Tls => Tls::Wrapper(parameters(smtp, settings)?),
            SmtpSecurity::Nothing => Tls::None,
        };
        let password =
            |(username, password): &(String, Secret)| Credentials::new(username.clone(), password.reveal().to_owned());
        let server = Server {
            host: smtp.host.clone(),
            port: smtp.port,
            tls,
            credentials: smtp.credentials.as_ref().map(password),
            timeout: settings.timeout,
        };
        Ok(Self { server, from })
    }

    /// An address as a mail has it.
    ///
    /// # Errors
    /// When it is none.
    pub fn address(text: &str) -> Result<Mailbox, MailerError> {
        text.parse().map_err(|_| MailerError::Address { address: text.to_owned() })
    }

    /// Sends one mail to all of `to`. What the server will never take is not sent again; all else is. Recipients that it
    /// will never take anything for keep the mail from nobody else; one whom it wants to be asked for again keeps it from all
    /// until then.
    pub(super) async fn send(&self, (to, html): (&[String], HtmlPart), parcel: &Parcel<'_>) -> Sent {
        let message = match self.message((to, html), parcel) {
            Ok(message) => message,
            Err(cause) => return Sent::Rejected { cause },
        };
        match hand_in(&self.server, &message).await {
            Ok(Taken { refused }) if refused.is_empty() => Sent::Delivered,
            Ok(Taken { refused }) => Sent::Partly { cause: format!("refused for {}", one_line(&refused.join("; "))) },
            Err(Untaken::Final(cause)) => Sent::Rejected { cause: one_line(&cause) },
            Err(Untaken::Broken(error)) => Sent::Failed { cause: causes(&error), retry_after: None },
        }
    }

    fn message(&self, (to, html): (&[String], HtmlPart), parcel: &Parcel<'_>) -> Result<Message, String> {
        let edition = parcel.edition;
        let made = Duration::from_nanos(u64::try_from(edition.made_at.nanos()).unwrap_or(0));
        let mut builder = Message::builder()
            .from(self.from.clone())
            .subject(one_line(&format!("{}: {}", edition.title, edition.headline)))
            .date(SystemTime::UNIX_EPOCH + made)
            .message_id(Some(format!("<{}@{}>", parcel.token, self.from.email.domain())));
        for address in to {
            builder = builder.to(Self::address(address).map_err(|error| error.to_string())?);
        }
        let text = SinglePart::plain(letter(edition));
        let parts = match html {
            HtmlPart::Inlined => {
                MultiPart::alternative().singlepart(text).singlepart(SinglePart::html(edition.html.clone()))
            }
            HtmlPart::Attached => {
                let name = file_name(edition.team.as_deref(), &edition.period, "html");
                let page = Attachment::new(name).body(edition.html.clone(), ContentType::TEXT_HTML);
                MultiPart::mixed().singlepart(text).singlepart(page)
            }
        };
        builder.multipart(parts).map_err(|error| format!("it is no mail: {error}"))
    }
}

fn parameters(smtp: &SmtpSettings, settings: &ReportSettings) -> Result<TlsParameters, MailerError> {
    let mut builder = TlsParameters::builder(smtp.host.clone());
    if let Some(path) = &settings.ca_file {
        let unread = |source| MailerError::Certificates { path: path.clone(), source };
        let bytes = std::fs::read(path).map_err(unread)?;
        builder = builder.add_root_certificate(Certificate::from_pem(&bytes).map_err(MailerError::Tls)?);
    }
    builder.build().map_err(MailerError::Tls)
}

/// The chain of an error.
pub(super) fn causes(error: &Error) -> String {
    if error.is_timeout() {
        return "it did not answer in time".to_owned();
    }
    one_line(&with_sources(error.to_string(), error))
}
