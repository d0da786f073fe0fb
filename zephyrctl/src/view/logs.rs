//! Lines of the daemon's log.

use serde::{Serialize, Serializer};
use zephyr_proto::v1;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub(crate) struct LogLine {
    /// Its number since the start of the daemon, from 0; what comes from the journal is counted as it comes.
    pub(crate) number: u64,
    pub(crate) unix_ms: i64,
    /// `error warn info debug trace`.
    pub(crate) level: String,
    /// The module that wrote it.
    pub(crate) target: String,
    pub(crate) message: String,
    /// What belongs to it, in order.
    #[serde(serialize_with = "as_map")]
    pub(crate) fields: Vec<(String, String)>,
}

/// One message of a followed log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "value", rename_all = "kebab-case")]
pub(crate) enum LogFollowed {
    Line(LogLine),
    /// So many were passed over, because they came faster than they were read.
    Lagged {
        missed: u64,
    },
}

impl LogFollowed {
    /// `None` for a kind of message that this version does not know.
    pub(crate) fn of(message: v1::FollowLogResponse) -> Option<Self> {
        use v1::follow_log_response::What as Wire;
        Some(match message.what? {
            Wire::Line(line) => Self::Line(line.into()),
            Wire::Lagged(lagged) => Self::Lagged { missed: lagged.missed },
        })
    }
}

impl From<v1::LogLine> for LogLine {
    fn from(l: v1::LogLine) -> Self {
        Self {
            number: l.number,
            unix_ms: l.unix_ms,
            level: l.level,
            target: l.target,
            message: l.message,
            fields: l.fields.into_iter().map(|f| (f.name, f.value)).collect(),
        }
    }
}

fn as_map<S: Serializer>(fields: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(fields.iter().map(|(name, value)| (name, value)))
}
