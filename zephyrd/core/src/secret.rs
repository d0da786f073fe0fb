//! A secret that cannot be printed and is wiped when dropped.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};

/// A credential or token. `Debug` and [`Secret::masked`] never show more than the last four characters.
#[derive(Clone)]
pub struct Secret(SecretString);

impl Secret {
    /// Wraps `value`.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(SecretString::from(value.into()))
    }

    /// The secret itself. Call it only where the value leaves for its own origin or is compared.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }

    /// What a person may see: `…last4` of a long secret, `…` of one under 12 characters.
    #[must_use]
    pub fn masked(&self) -> String {
        let s = self.expose();
        let head = if s.starts_with("sk-") { "sk-" } else { "" };
        match s.char_indices().rev().nth(3) {
            Some((i, _)) if s.len() >= 12 => format!("{head}…{}", &s[i..]),
            _ => "…".to_owned(),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn debug_shows_at_most_the_last_four_characters() {
        assert_eq!(format!("{:?}", Secret::new("sk-ant-REDACTED")), "sk-…CTED");
        assert_eq!(format!("{:?}", Secret::new("short")), "…");
        assert_eq!(format!("{:?}", Secret::new("ключ-ключ-ключ")), "…ключ");
    }
}
