//! What the error of a connect says: whether it is this machine that has no way.

use std::error::Error;
use std::io::ErrorKind;

use zephyr_core::engine::Reach;

/// How the C libraries say that names cannot be looked up for now (`EAI_AGAIN`): the standard library passes on no
/// more than their words.
const NO_NAMES_FOR_NOW: [&str; 2] = ["Temporary failure in name resolution", "Try again"];

/// What `error` or one of its causes says.
pub(super) fn of(error: &(dyn Error + 'static)) -> Reach {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(io) = error.downcast_ref::<std::io::Error>() {
            match io.kind() {
                ErrorKind::NetworkUnreachable
                | ErrorKind::HostUnreachable
                | ErrorKind::NetworkDown
                | ErrorKind::AddrNotAvailable => return Reach::NoRoute,
                ErrorKind::ConnectionRefused => return Reach::Refused,
                _ => {}
            }
            let words = io.to_string();
            if NO_NAMES_FOR_NOW.iter().any(|end| words.ends_with(end)) {
                return Reach::NoRoute;
            }
        }
        next = error.source();
    }
    Reach::ByClass
}

#[cfg(test)]
mod tests {
    use std::io::Error as IoError;

    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("outer")]
    struct Outer(#[source] IoError);

    #[test]
    fn the_kernels_words_are_found_behind_others() {
        // ENETDOWN, ENETUNREACH, EHOSTUNREACH, EADDRNOTAVAIL; ECONNREFUSED; ETIMEDOUT, ECONNRESET
        for (errno, expected) in [
            (100, Reach::NoRoute),
            (101, Reach::NoRoute),
            (113, Reach::NoRoute),
            (99, Reach::NoRoute),
            (111, Reach::Refused),
            (110, Reach::ByClass),
            (104, Reach::ByClass),
        ] {
            assert_eq!(of(&Outer(IoError::from_raw_os_error(errno))), expected, "errno {errno}");
        }
    }

    #[test]
    fn a_name_that_cannot_be_looked_up_for_now_is_not_one_that_does_not_exist() {
        let lookup = |words: &str| IoError::other(format!("failed to lookup address information: {words}"));
        assert_eq!(of(&lookup("Temporary failure in name resolution")), Reach::NoRoute);
        assert_eq!(of(&lookup("Try again")), Reach::NoRoute);
        assert_eq!(of(&lookup("Name or service not known")), Reach::ByClass);
    }
}
