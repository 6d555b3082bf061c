//! SHA-256, and HMAC with it (RFC 2104), by the library that encrypts connections.

use rustls::SupportedCipherSuite;
use rustls::crypto::aws_lc_rs::cipher_suite::TLS13_AES_128_GCM_SHA256;

/// Bytes that the hash works on at once.
const BLOCK: usize = 64;

/// The SHA-256 digest of all of `parts`, one after the other.
pub(super) fn sha256(parts: &[&[u8]]) -> Vec<u8> {
    let common = match &TLS13_AES_128_GCM_SHA256 {
        SupportedCipherSuite::Tls12(suite) => &suite.common,
        SupportedCipherSuite::Tls13(suite) => &suite.common,
    };
    let mut context = common.hash_provider.start();
    parts.iter().for_each(|part| context.update(part));
    context.finish().as_ref().to_vec()
}

/// HMAC-SHA-256 of `message` under a key of at most one block.
pub(super) fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let padded = |pad: u8| {
        let mut block = [pad; BLOCK];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    sha256(&[&padded(0x5c), &sha256(&[&padded(0x36), message])])
}

/// In hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_fips_180() {
        assert_eq!(hex(&sha256(&[b"a", b"bc"])), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn the_code_is_that_of_rfc_4231() {
        let case_1 = "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7";
        assert_eq!(hex(&hmac(&[0x0b; 20], b"Hi There")), case_1);
        let case_2 = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(hex(&hmac(b"Jefe", b"what do ya want for nothing?")), case_2);
    }
}
