//! Texts that are wrong, and every word that is said about them.
