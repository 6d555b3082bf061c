//! Where a Redis node listens.

use std::fmt;

/// Port of a server where an address names none.
pub(super) const SERVER_PORT: u16 = 6379;
/// Port of a sentinel where an address names none.
pub(super) const SENTINEL_PORT: u16 = 26_379;

/// Host and port of a node; prints as `host:port`, an IPv6 host in brackets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Address {
    pub(super) host: String,
    pub(super) port: u16,
}

impl Address {
    /// Reads `host`, `host:port` or `[v6]:port`; `None` if the port is no port or the host is empty.
    pub(super) fn parse(text: &str, default_port: u16) -> Option<Self> {
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => rest.split_once(']')?,
            None if text.matches(':').count() > 1 => (text, ""),
            None => text.find(':').map_or((text, ""), |colon| text.split_at(colon)),
        };
        let port = match port.strip_prefix(':') {
            Some(digits) => digits.parse().ok()?,
            None if port.is_empty() => default_port,
            None => return None,
        };
        (!host.is_empty()).then(|| Self { host: host.to_owned(), port })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(formatter, "[{}]:{}", self.host, self.port)
        } else {
            write!(formatter, "{}:{}", self.host, self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_with_or_without_port_and_with_ipv6() {
        let printed = |text: &str| Address::parse(text, SERVER_PORT).map(|address| address.to_string());
        assert_eq!(printed("cache").as_deref(), Some("cache:6379"));
        assert_eq!(printed("10.0.4.7:7000").as_deref(), Some("10.0.4.7:7000"));
        assert_eq!(printed("[::1]:7000").as_deref(), Some("[::1]:7000"));
        assert_eq!(printed("::1").as_deref(), Some("[::1]:6379"));
        assert_eq!(printed("cache:port"), None);
        assert_eq!(printed(":6379"), None);
    }
}
