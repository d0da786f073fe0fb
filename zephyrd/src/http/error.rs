//! What is told when something is refused: `{"error":{"type","message"}}`, with a hint where there is one.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{HeaderValue, WWW_AUTHENTICATE};
use serde::Serialize;
use utoipa::ToSchema;
use zephyr_core::engine::Refusal;

use crate::store::StoreError;
use crate::system::text::clean;

/// A refusal.
#[derive(Debug)]
pub(crate) struct Problem {
    status: StatusCode,
    kind: &'static str,
    message: String,
    hint: Option<String>,
    problems: Vec<String>,
}

/// Its shape.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ErrorBody {
    error: ErrorDetail,
}

/// What is wrong.
#[derive(Debug, Serialize, ToSchema)]
struct ErrorDetail {
    /// A word for programs.
    #[serde(rename = "type")]
    kind: &'static str,
    /// A sentence for people.
    message: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
    /// All that is wrong with a config, one entry each.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<String>,
}

impl Problem {
    /// With this status, and this word for programs.
    pub(super) fn of(status: StatusCode, kind: &'static str, message: impl Into<String>) -> Self {
        Self { status, kind, message: message.into(), hint: None, problems: Vec::new() }
    }

    /// 400: it makes no sense.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::of(StatusCode::BAD_REQUEST, "invalid_request", message)
    }

    /// 401: nobody has logged in.
    pub(crate) fn login(message: impl Into<String>) -> Self {
        Self::of(StatusCode::UNAUTHORIZED, "unauthorized", message).hint(
            "log in with the link of `zephyrctl web`, or send the token of `zephyrctl web --token` as `Authorization: Bearer`",
        )
    }

    /// A page of another origin, or another host's name.
    pub(super) fn foreign(status: StatusCode, message: String) -> Self {
        Self::of(status, "forbidden", message)
    }

    /// 500: our own fault.
    pub(super) fn internal() -> Self {
        Self::of(StatusCode::INTERNAL_SERVER_ERROR, "internal", "internal error in the daemon")
    }

    /// 404: there is no such thing.
    pub(crate) fn unknown(message: impl Into<String>) -> Self {
        Self::of(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// 503: not now.
    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self::of(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message)
    }

    /// 503: the daemon is about to stop.
    pub(crate) fn stopping() -> Self {
        Self::unavailable("the daemon is stopping")
    }

    /// 400: the config is wrong, in all these places.
    pub(super) fn config(problems: &[zephyr_core::config::Problem]) -> Self {
        let message = match problems.len() {
            1 => "the config has a problem; nothing was changed".to_owned(),
            n => format!("the config has {n} problems; nothing was changed"),
        };
        let problems = problems.iter().map(|p| clean(&p.to_string())).collect();
        Self { problems, ..Self::of(StatusCode::BAD_REQUEST, "config_invalid", message) }
    }

    /// With what to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What the engine refuses: names that nobody has are 404, the rest 400.
    pub(crate) fn refused(refusal: &Refusal) -> Self {
        let message = clean(&refusal.to_string());
        match refusal {
            Refusal::UnknownName { nearest, .. } | Refusal::UnknownGroup { nearest, .. } => {
                let problem = Self::unknown(message);
                match nearest {
                    Some(near) => problem.hint(format!("did you mean `{}`?", clean(near))),
                    None => problem,
                }
            }
            _ => Self::of(StatusCode::BAD_REQUEST, "refused", message),
        }
    }

    /// Records that cannot be read just now.
    pub(crate) fn unreadable(error: &StoreError) -> Self {
        Self::unavailable(format!("the records cannot be read: {}", clean(&error.to_string())))
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let Self { status, kind, message, hint, problems } = self;
        let detail = ErrorDetail { kind, message, hint, problems };
        let mut response = (status, Json(ErrorBody { error: detail })).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response
                .headers_mut()
                .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"zephyr\""));
        }
        response
    }
}
