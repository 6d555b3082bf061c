//! Feature values as Feast writes them: `feast.types.Value`.
//!
//! Decoding is strict about the declared type: the bytes of a string are no int64, and the reason says so. Nothing at all
//! and an explicit null are nulls. A null of type UnixTimestamp arrives as `i64::MIN`, because Feast wrote it so; it is
//! handed on as that number, so that the difference to the offline null stays visible.
//!
//! Depth is bounded by prost, which refuses messages nested more than 100 deep.

mod decode;
mod encode;
#[expect(clippy::too_many_arguments, reason = "the functions that prost derives take five")]
mod message;

pub use decode::decode;
pub use encode::encode;
