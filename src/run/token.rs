//! The token of an HTTP server: how a request shows it.
//!
//! Programs send `Authorization: Bearer …`. A browser cannot be told to; it asks for a name and a password, and the token is
//! the password. Because it then sends the password along with requests that other pages cause, Basic only reads.

use axum::http::{HeaderMap, HeaderValue, Method, header};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use subtle::ConstantTimeEq as _;

use crate::model::secret::Secret;

/// What a program is told to send, and a browser to ask for.
pub(super) const CHALLENGES: [HeaderValue; 2] = [
    HeaderValue::from_static("Bearer realm=\"skewwatch\""),
    HeaderValue::from_static("Basic realm=\"skewwatch\", charset=\"UTF-8\""),
];

/// Whether a request shows the token.
pub(super) fn shows(token: &Secret, headers: &HeaderMap, method: &Method) -> bool {
    shown(headers, method).is_some_and(|shown| is_same(&shown, token.reveal()))
}

/// The secret that a request shows: by Bearer, or to read as the password of Basic.
fn shown(headers: &HeaderMap, method: &Method) -> Option<Vec<u8>> {
    let (scheme, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().as_bytes().to_vec());
    }
    let is_reading = method == Method::GET || method == Method::HEAD;
    if !is_reading || !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = BASE64_STANDARD.decode(rest.trim()).ok()?;
    let colon = pair.iter().position(|byte| *byte == b':')?;
    pair.get(colon + 1..).map(<[u8]>::to_vec)
}

/// Compares without telling by its time where the first difference lies.
fn is_same(shown: &[u8], token: &str) -> bool {
    shown.ct_eq(token.as_bytes()).into()
}
