//! The kinds of events, and which of them somebody wants.

use super::super::Problem;
use crate::system::text::clean;

/// What an event tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Kind {
    /// How the daemon is.
    Status,
    /// Endpoints.
    Endpoint,
    /// Groups.
    Group,
    /// Requests that run.
    Connection,
    /// Lines of the log.
    Log,
    /// A chart.
    Chart,
    /// Requests that wait.
    Suspended,
    /// Requests that are over.
    Request,
}

impl Kind {
    /// All of them, each at its place.
    pub(super) const ALL: [Self; 8] = [
        Self::Status,
        Self::Endpoint,
        Self::Group,
        Self::Connection,
        Self::Log,
        Self::Chart,
        Self::Suspended,
        Self::Request,
    ];

    /// Its name in `event:` and in the filter.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Status => "status",
            Self::Endpoint => "endpoint",
            Self::Group => "group",
            Self::Connection => "connection",
            Self::Log => "log",
            Self::Chart => "chart",
            Self::Suspended => "suspended",
            Self::Request => "request",
        }
    }
}

/// A set of kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Kinds(u8);

impl Kinds {
    /// Every kind.
    pub(super) const ALL: Self = Self(u8::MAX);

    /// These and no others.
    pub(super) fn of(kinds: &[Kind]) -> Self {
        Self(kinds.iter().fold(0, |set, kind| set | 1 << *kind as u8))
    }

    /// `kind` is among them.
    pub(super) fn has(self, kind: Kind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }

    /// One of `others` is among them.
    pub(super) fn has_any(self, others: Self) -> bool {
        self.0 & others.0 != 0
    }

    /// What a filter names: names with commas between them; all where it names none.
    ///
    /// # Errors
    /// It names what there is not.
    pub(super) fn named(filter: Option<&str>) -> Result<Self, Problem> {
        let mut set = 0;
        let named = filter.into_iter().flat_map(|filter| filter.split(',')).map(str::trim);
        for name in named.filter(|name| !name.is_empty()) {
            match Kind::ALL.into_iter().find(|kind| kind.name() == name) {
                Some(kind) => set |= 1 << kind as u8,
                None => {
                    let names = Kind::ALL.map(|kind| format!("`{}`", kind.name())).join(", ");
                    let name: String = name.chars().take(40).collect();
                    return Err(Problem::invalid(format!(
                        "`events` names no kind of event: `{}`",
                        clean(&name)
                    ))
                    .hint(format!("there are {names}")));
                }
            }
        }
        Ok(if set == 0 { Self::ALL } else { Self(set) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_names_kinds_and_nothing_else() {
        assert_eq!(Kinds::named(None).unwrap(), Kinds::ALL);
        assert_eq!(Kinds::named(Some("")).unwrap(), Kinds::ALL);
        let some = Kinds::named(Some("log, request,log")).unwrap();
        assert_eq!(some, Kinds::of(&[Kind::Log, Kind::Request]));
        assert!(some.has(Kind::Request) && !some.has(Kind::Status));
        assert!(some.has_any(Kinds::ALL) && !some.has_any(Kinds::of(&[Kind::Status])));
        assert!(Kinds::named(Some("log,logs")).is_err());
        for (place, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, place);
        }
    }
}
