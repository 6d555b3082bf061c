//! What language a port speaks, for an honest message when a connection could not be opened.

use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::address::Address;

/// What a port answered to a `PING` in plain text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Speech {
    /// An answer of Redis.
    Redis,
    /// A TLS alert.
    Tls,
    /// Nothing, or something else.
    Unknown,
}

/// First byte of a TLS alert record (RFC 8446, section 5.1).
const TLS_ALERT: u8 = 21;

/// Says `PING` and listens for one answer.
pub(super) async fn listen(address: &Address, patience: Duration) -> Speech {
    match tokio::time::timeout(patience, first_byte(address)).await {
        Ok(Ok(b'+' | b'-')) => Speech::Redis,
        Ok(Ok(TLS_ALERT)) => Speech::Tls,
        Ok(Ok(_) | Err(_)) | Err(_) => Speech::Unknown,
    }
}

async fn first_byte(address: &Address) -> std::io::Result<u8> {
    let mut stream = TcpStream::connect((address.host.as_str(), address.port)).await?;
    stream.write_all(b"PING\r\n").await?;
    stream.read_u8().await
}
