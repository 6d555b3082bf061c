//! What language a port speaks, for an honest message when a connection could not be opened.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::address::Address;

/// A language that may be spoken on a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    /// Redis in plain text.
    Plain,
    /// Redis inside TLS.
    Tls,
}

/// A handshake record with a client hello of no length (RFC 8446, sections 4 and 5.1): a TLS server answers it with an
/// alert, and Redis in plain text waits for the end of a line.
const BROKEN_HELLO: [u8; 9] = [22, 3, 1, 0, 4, 1, 0, 0, 0];
/// First byte of an alert record.
const ALERT: u8 = 21;

/// Whether the port speaks `language`, as far as it says so within `patience`.
pub(super) async fn speaks(language: Language, address: &Address, patience: Duration) -> bool {
    let greeting: &[u8] = match language {
        Language::Plain => b"PING\r\n",
        Language::Tls => &BROKEN_HELLO,
    };
    let answer = tokio::time::timeout(patience, first_byte(address, greeting)).await;
    match (language, answer) {
        (Language::Plain, Ok(Ok(byte))) => matches!(byte, b'+' | b'-'),
        (Language::Tls, Ok(Ok(byte))) => byte == ALERT,
        (Language::Plain | Language::Tls, Ok(Err(_)) | Err(_)) => false,
    }
}

async fn first_byte(address: &Address, greeting: &[u8]) -> std::io::Result<u8> {
    let mut stream = TcpStream::connect((address.host.as_str(), address.port)).await?;
    stream.write_all(greeting).await?;
    stream.read_u8().await
}
