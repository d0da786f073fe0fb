//! What is asked about groups and priorities: checked on the way in, and refused with what to do instead.

use std::time::Duration;

use tonic::{Code, Status};
use zephyr_core::engine::Refusal;
use zephyr_proto::v1::{ErrorDetail, ErrorReason};

use super::refuse::{invalid, reason, refuse};
use super::steering::optional;
use crate::system::text::clean;

/// The longest pause that ends by itself.
const YEAR: Duration = Duration::from_secs(366 * 24 * 60 * 60);
/// The largest number that the config knows.
const MOST: u32 = 1_000_000;

/// The name of a group, which must be there.
pub(super) fn named(group: &str) -> Result<String, Status> {
    optional(group).ok_or_else(|| invalid("no group was given", "`zephyrctl group list` shows the names"))
}

/// How long a pause is to last.
pub(super) fn lasting(ms: u64) -> Result<Duration, Status> {
    let lasts = Duration::from_millis(ms);
    if (Duration::from_secs(1)..=YEAR).contains(&lasts) {
        return Ok(lasts);
    }
    Err(invalid("a pause lasts from a second to a year", "without a time it lasts until it is resumed"))
}

/// A priority number.
pub(super) fn priority(number: u32) -> Result<u32, Status> {
    if number <= MOST {
        return Ok(number);
    }
    Err(invalid("a priority is a number from 0 to 1000000", "lower is preferred"))
}

/// A refusal that is about groups or priorities.
pub(super) fn refused(refusal: &Refusal) -> Status {
    let told = |why: ErrorReason, subject: &str, hint: String| {
        let detail = ErrorDetail { subject: clean(subject), hint, ..reason(why) };
        let code = if why == ErrorReason::UnknownName { Code::NotFound } else { Code::FailedPrecondition };
        refuse(code, refusal.to_string(), detail)
    };
    match refusal {
        Refusal::UnknownGroup { name, nearest } => {
            let hint = match nearest {
                Some(nearest) => format!("did you mean `{}`?", clean(nearest)),
                None => "`zephyrctl group list` shows the names".to_owned(),
            };
            told(ErrorReason::UnknownName, name, hint)
        }
        Refusal::Disabled { group } => {
            let hint = "set `enabled = true` on it and on one of its endpoints, then `zephyrctl reload`";
            told(ErrorReason::Disabled, group, hint.to_owned())
        }
        Refusal::Paused { group, .. } => {
            let name = clean(group);
            let hint = format!("`zephyrctl group resume {name}` ends that, `--force` does both");
            told(ErrorReason::Paused, group, hint)
        }
        Refusal::Cooling { group, .. } => {
            let hint = "the first of its endpoints that answers ends that; `--force` tries it at once";
            told(ErrorReason::Cooling, group, hint.to_owned())
        }
        Refusal::NoHealthyEndpoint { group, .. } => {
            let hint = format!("`zephyrctl show {}` tells more", clean(group));
            told(ErrorReason::NoHealthyEndpoint, group, hint)
        }
        Refusal::AlreadyActive { group } => told(ErrorReason::AlreadyActive, group, String::new()),
        Refusal::NotOverridden { name } => told(ErrorReason::NotOverridden, name, String::new()),
        _ => told(ErrorReason::Unspecified, "", String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::refuse::detail_of;
    use super::*;

    #[test]
    fn a_cooling_group_is_refused_with_the_time_left() {
        let left = Duration::from_millis(540_001);
        let status = refused(&Refusal::Cooling { group: "main".into(), left });
        assert_eq!(status.message(), "group `main` cools down for another 10 min");
        assert_eq!(status.code(), Code::FailedPrecondition);
        let detail = detail_of(&status);
        assert_eq!((detail.reason(), detail.subject.as_str()), (ErrorReason::Cooling, "main"));
        assert!(detail.hint.contains("--force"), "{}", detail.hint);
    }

    #[test]
    fn the_group_of_an_endpoint_is_meant_where_its_name_is_given() {
        let status = refused(&Refusal::UnknownGroup { name: "a".into(), nearest: Some("main".into()) });
        assert_eq!((status.code(), status.message()), (Code::NotFound, "no group is named `a`"));
        assert_eq!(detail_of(&status).hint, "did you mean `main`?");
    }

    #[test]
    fn times_and_numbers_beyond_reason_are_refused() {
        assert!(lasting(999).is_err() && lasting(u64::MAX).is_err() && priority(1_000_001).is_err());
        assert_eq!(lasting(1_800_000).unwrap(), Duration::from_secs(1_800));
        assert_eq!(priority(0).unwrap(), 0);
    }
}
