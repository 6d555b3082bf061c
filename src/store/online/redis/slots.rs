//! Hash slots of Redis Cluster.
//!
//! A key's slot is CRC-16/XMODEM of the key, or of its hash tag, modulo 16384, as the Redis Cluster specification says.

use super::address::Address;

/// Slots of a cluster.
pub(super) const SLOTS: u16 = 16_384;

/// Slots that one master serves, with the nodes that hold copies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SlotRange {
    pub(super) first: u16,
    pub(super) last: u16,
    pub(super) master: Address,
    pub(super) replicas: Vec<Address>,
}

/// The slot of `key`.
pub(super) fn slot(key: &[u8]) -> u16 {
    crc16(hash_tag(key).unwrap_or(key)) % SLOTS
}

/// What lies between the first `{` and the next `}`, if that is anything.
fn hash_tag(key: &[u8]) -> Option<&[u8]> {
    let open = key.iter().position(|byte| *byte == b'{')?;
    let inside = key.get(open + 1..)?;
    let close = inside.iter().position(|byte| *byte == b'}')?;
    inside.get(..close).filter(|tag| !tag.is_empty())
}

const CRC_TABLE: [u16; 256] = crc_table();

const fn crc_table() -> [u16; 256] {
    let mut table = [0_u16; 256];
    let mut index: u16 = 0;
    while index < 256 {
        let mut crc = index << 8;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 };
            bit += 1;
        }
        table[index as usize] = crc;
        index += 1;
    }
    table
}

fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        let [high, _] = crc.to_be_bytes();
        (crc << 8) ^ CRC_TABLE[usize::from(high ^ byte)]
    })
}

/// Reads the answer to `CLUSTER SLOTS`; an entry without host means the host that was `asked`.
///
/// `None` if the answer has another shape.
pub(super) fn parse_slots(answer: &redis::Value, asked: &Address) -> Option<Vec<SlotRange>> {
    let redis::Value::Array(entries) = answer else { return None };
    entries.iter().map(|entry| parse_range(entry, asked)).collect()
}

fn parse_range(entry: &redis::Value, asked: &Address) -> Option<SlotRange> {
    let redis::Value::Array(parts) = entry else { return None };
    let [redis::Value::Int(first), redis::Value::Int(last), master, replicas @ ..] = parts.as_slice() else {
        return None;
    };
    let replicas = replicas.iter().map(|node| parse_node(node, asked)).collect::<Option<_>>()?;
    let (first, last) = (u16::try_from(*first).ok()?, u16::try_from(*last).ok()?);
    (first <= last && last < SLOTS).then_some(SlotRange { first, last, master: parse_node(master, asked)?, replicas })
}

fn parse_node(node: &redis::Value, asked: &Address) -> Option<Address> {
    let redis::Value::Array(parts) = node else { return None };
    let [host, redis::Value::Int(port), ..] = parts.as_slice() else { return None };
    // A node that does not know its own host answers nil.
    let host = if let redis::Value::BulkString(bytes) = host { std::str::from_utf8(bytes).ok()? } else { "" };
    let host = if host.is_empty() || host == "?" { &asked.host } else { host };
    Some(Address { host: host.to_owned(), port: u16::try_from(*port).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_those_of_the_specification() {
        // Check value of CRC-16/XMODEM.
        assert_eq!(crc16(b"123456789"), 0x31c3);
        assert_eq!(slot(b"{user1000}.following"), slot(b"user1000"));
        assert_eq!(slot(b"foo{{bar}}zap"), slot(b"{bar"));
        assert_ne!(slot(b"foo{}{bar}"), slot(b"bar"));
        assert_eq!(slot(b"foo{}{bar}"), crc16(b"foo{}{bar}") % SLOTS);
    }
}
