//! Protobuf messages as fields by number, to change one field of a message and leave all others as they are.

use prost::bytes::Buf;
use prost::encoding::{WireType, decode_key, decode_varint, encode_key, encode_varint};

/// A field as it stands on the wire.
#[derive(Clone)]
pub(super) enum Field {
    Varint(u64),
    Fixed(Vec<u8>, WireType),
    Bytes(Vec<u8>),
}

/// A message: its fields in the order in which they stand.
#[derive(Clone)]
pub(super) struct Message(pub(super) Vec<(u32, Field)>);

impl Message {
    pub(super) fn decode(mut rest: &[u8]) -> Self {
        let mut fields = Vec::new();
        while rest.has_remaining() {
            let (number, wire) = decode_key(&mut rest).unwrap();
            let mut take = |length: usize| rest.copy_to_bytes(length).to_vec();
            let field = match wire {
                WireType::Varint => Field::Varint(decode_varint(&mut rest).unwrap()),
                WireType::SixtyFourBit => Field::Fixed(take(8), wire),
                WireType::ThirtyTwoBit => Field::Fixed(take(4), wire),
                WireType::LengthDelimited => {
                    let length = decode_varint(&mut rest).unwrap();
                    Field::Bytes(rest.copy_to_bytes(length as usize).to_vec())
                }
                WireType::StartGroup | WireType::EndGroup => panic!("no message of Feast has groups"),
            };
            fields.push((number, field));
        }
        Self(fields)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for (number, field) in &self.0 {
            match field {
                Field::Varint(value) => {
                    encode_key(*number, WireType::Varint, &mut bytes);
                    encode_varint(*value, &mut bytes);
                }
                Field::Fixed(content, wire) => {
                    encode_key(*number, *wire, &mut bytes);
                    bytes.extend(content);
                }
                Field::Bytes(content) => {
                    encode_key(*number, WireType::LengthDelimited, &mut bytes);
                    encode_varint(content.len() as u64, &mut bytes);
                    bytes.extend(content);
                }
            }
        }
        bytes
    }

    /// Changes every submessage or text under `number`.
    pub(super) fn change(&mut self, number: u32, mut change: impl FnMut(&mut Vec<u8>)) {
        for (found, field) in &mut self.0 {
            if let (true, Field::Bytes(content)) = (*found == number, field) {
                change(content);
            }
        }
    }

    pub(super) fn text(&self, number: u32) -> Option<&[u8]> {
        self.0.iter().find_map(|(found, field)| match field {
            Field::Bytes(content) if *found == number => Some(content.as_slice()),
            Field::Bytes(_) | Field::Varint(_) | Field::Fixed(..) => None,
        })
    }
}
