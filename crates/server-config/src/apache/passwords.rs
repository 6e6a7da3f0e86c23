//! The hashes that `htpasswd` writes (`apr_password_validate()` in APR-util).

use base64::Engine as _;
use md5::{Digest as _, Md5};
use sha1::Sha1;

/// Whether a password belongs to an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Password {
    Right,
    Wrong,
    /// A kind of hash that is not read here: bcrypt, crypt(3).
    Unread,
}

pub(super) fn check(password: &str, entry: &str) -> Password {
    let is_right = if let Some(hash) = entry.strip_prefix("{SHA}") {
        base64::engine::general_purpose::STANDARD.encode(Sha1::digest(password.as_bytes())) == hash
    } else if let Some(rest) = entry.strip_prefix("$apr1$") {
        let Some((salt, hash)) = rest.split_once('$') else { return Password::Wrong };
        apr1(password.as_bytes(), &salt.as_bytes()[..salt.len().min(8)]) == hash
    } else {
        return Password::Unread;
    };
    if is_right { Password::Right } else { Password::Wrong }
}

/// `apr_md5_encode()`: the MD5 scheme of FreeBSD's crypt with another magic, 1000 rounds.
fn apr1(password: &[u8], salt: &[u8]) -> String {
    let inner = Md5::new().chain_update(password).chain_update(salt).chain_update(password).finalize();
    let mut context = Md5::new().chain_update(password).chain_update(b"$apr1$").chain_update(salt);
    for chunk in password.chunks(16) {
        context.update(&inner[..chunk.len()]);
    }
    let mut length = password.len();
    while length > 0 {
        context.update(if length & 1 == 1 { &[0] } else { &password[..1] });
        length >>= 1;
    }
    let mut hash = context.finalize();
    for round in 0..1000 {
        let mut context = Md5::new();
        context.update(if round & 1 == 1 { password } else { &hash[..] });
        if round % 3 != 0 {
            context.update(salt);
        }
        if round % 7 != 0 {
            context.update(password);
        }
        context.update(if round & 1 == 1 { &hash[..] } else { password });
        hash = context.finalize();
    }
    encode(hash.as_slice())
}

fn encode(hash: &[u8]) -> String {
    const LETTERS: &[u8] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let mut out = String::new();
    let mut put = |value: u32, count: usize| {
        (0..count).for_each(|at| out.push(LETTERS[(value >> (6 * at)) as usize & 63] as char));
    };
    for [a, b, c] in [[0, 6, 12], [1, 7, 13], [2, 8, 14], [3, 9, 15], [4, 10, 5]] {
        put(u32::from(hash[a]) << 16 | u32::from(hash[b]) << 8 | u32::from(hash[c]), 4);
    }
    put(u32::from(hash[11]), 2);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_htpasswd_are_read() {
        // `openssl passwd -apr1 -salt abcdefgh secret`, `htpasswd -s`.
        assert_eq!(check("secret", "$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/"), Password::Right);
        assert_eq!(check("wrong", "$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/"), Password::Wrong);
        assert_eq!(check("secret", "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="), Password::Right);
        assert_eq!(check("secret", "$2y$05$abc"), Password::Unread);
    }
}
