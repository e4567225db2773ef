//! JSON values of all versions of Slurm's data parsers, each read by what it means rather than by its shape.
//!
//! | value | 22.05 (0.0.38) | 23.11, 24.05 (0.0.40, 0.0.41) |
//! |---|---|---|
//! | a number that may be missing | `5`, `null` | `{"set": true, "infinite": false, "number": 5}` |
//! | a state | `"RUNNING"` | `["RUNNING", "COMPLETING"]` |
//! | an exit code | `768` (wait status) or `{"status": "ERROR", "return_code": 3}` | `{"return_code": {"set": ...}, "signal": {"id": {"set": ...}}}` |
//!
//! A value of a shape that is not known is no value, never an error: the rest of the record is still of use.

use crate::{Error, ExitCode, JobState, UnixTime};
use serde::de::DeserializeOwned;
use serde::Deserialize;
use serde_json::Value;

/// A number, where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    Absent,
    Infinite,
    Finite(u64),
}

/// Slurm's marks within plain numbers, 32 and 64 bits wide.
const NO_VALUE: [u64; 2] = [0xffff_fffe, 0xffff_ffff_ffff_fffe];
const INFINITE: [u64; 2] = [0xffff_ffff, 0xffff_ffff_ffff_ffff];

impl Number {
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Number(number) => match number.as_u64() {
                Some(number) if NO_VALUE.contains(&number) => Self::Absent,
                Some(number) if INFINITE.contains(&number) => Self::Infinite,
                Some(number) => Self::Finite(number),
                // 23.02 prints some counts as decimals. The cast saturates; negative numbers mean nothing here.
                None => match number.as_f64() {
                    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                    Some(number) if number.is_finite() && number >= 0.0 => Self::Finite(number as u64),
                    _ => Self::Absent,
                },
            },
            Value::String(text) => text.trim().parse().map_or(Self::Absent, Self::Finite),
            Value::Object(map) => {
                let flag = |name: &str| map.get(name).and_then(Value::as_bool);
                if flag("infinite") == Some(true) {
                    Self::Infinite
                } else if flag("set") == Some(false) {
                    Self::Absent
                } else {
                    match map.get("number") {
                        Some(number @ Value::Number(_)) => Self::of(number),
                        _ => Self::Absent,
                    }
                }
            }
            _ => Self::Absent,
        }
    }

    pub(super) fn finite(self) -> Option<u64> {
        match self {
            Self::Finite(number) => Some(number),
            Self::Absent | Self::Infinite => None,
        }
    }
}

pub(super) fn number(value: &Value) -> Option<u64> {
    Number::of(value).finite()
}

pub(super) fn count(value: &Value) -> Option<u32> {
    number(value).and_then(|number| u32::try_from(number).ok())
}

/// A point in time; 0 stands for "not yet".
pub(super) fn time(value: &Value) -> Option<UnixTime> {
    number(value).filter(|&seconds| seconds > 0).map(UnixTime)
}

/// A text; numbers count as their digits.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => super::field::text(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// Free text: what a user wrote.
pub(super) fn free_text(value: &Value) -> Option<String> {
    value.as_str().and_then(super::field::free_text)
}

/// A list of words, or one word.
pub(super) fn words(value: &Value) -> Vec<&str> {
    match value {
        Value::String(word) => vec![word],
        Value::Array(words) => words.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

pub(super) fn state(value: &Value) -> JobState {
    JobState::from_list(&words(value))
}

pub(super) fn exit_code(value: &Value) -> Option<ExitCode> {
    match value {
        Value::Number(_) => count(value).map(ExitCode::from_wait_status),
        Value::Object(map) => {
            let code = map.get("return_code").and_then(count);
            let signal =
                map.get("signal").and_then(|signal| signal.get("id").or(signal.get("signal_id"))).and_then(count);
            (code.is_some() || signal.is_some())
                .then(|| ExitCode { code: code.unwrap_or(0), signal: signal.unwrap_or(0) })
        }
        _ => None,
    }
}

/// The part of a document that every command's has.
#[derive(Deserialize)]
struct Problems {
    #[serde(default)]
    errors: Value,
}

/// Reads a document. Some commands report a failure within it and exit with 0; that becomes the error it is.
pub(super) fn document<D: DeserializeOwned>(program: &'static str, what: &str, text: &str) -> Result<D, Error> {
    // Site plug-ins may print lines ahead of the document.
    let start = text.find('{').unwrap_or(0);
    let text = text.get(start..).unwrap_or_default();
    let unparsable = |error: serde_json::Error| Error::unparsable(program, format!("{what} ({error})"), text);
    let problems: Problems = serde_json::from_str(text).map_err(unparsable)?;
    let messages: Vec<String> = problems
        .errors
        .as_array()
        .map_or(Vec::new(), |errors| errors.iter().take(8).filter_map(text_of_error).collect());
    if !messages.is_empty() {
        let stderr = messages.join("; ").chars().take(4096).collect();
        return Err(Error::CommandFailed { program, status: Some(0), stderr });
    }
    serde_json::from_str(text).map_err(unparsable)
}

fn text_of_error(error: &Value) -> Option<String> {
    let part = |name: &str| error.get(name).and_then(Value::as_str).filter(|part| !part.is_empty());
    match (part("error"), part("description")) {
        (Some(error), Some(description)) => Some(format!("{error} ({description})")),
        (Some(only), None) | (None, Some(only)) => Some(only.to_owned()),
        (None, None) => error.as_str().map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_of_every_shape() {
        for (value, expected) in [
            (json!(5), Number::Finite(5)),
            (json!(5.0), Number::Finite(5)),
            (json!("5"), Number::Finite(5)),
            (json!({"set": true, "infinite": false, "number": 5}), Number::Finite(5)),
            (json!({"set": false, "infinite": false, "number": 0}), Number::Absent),
            (json!({"set": false, "infinite": true, "number": 0}), Number::Infinite),
            (json!({"number": {"number": {"number": 1}}}), Number::Absent),
            (json!(4_294_967_294_u32), Number::Absent),
            (json!(u64::MAX), Number::Infinite),
            (json!(-3), Number::Absent),
            (json!(null), Number::Absent),
            (json!([1]), Number::Absent),
            (json!(1e300), Number::Finite(u64::MAX)),
        ] {
            assert_eq!(Number::of(&value), expected, "{value}");
        }
    }

    #[test]
    fn exit_codes_of_every_shape() {
        let failed = Some(ExitCode { code: 3, signal: 0 });
        assert_eq!(exit_code(&json!(768)), failed);
        assert_eq!(exit_code(&json!({"status": "ERROR", "return_code": 3})), failed);
        assert_eq!(
            exit_code(
                &json!({"status": ["SIGNALED"], "return_code": {"set": false, "infinite": false, "number": 0}, "signal": {"id": {"set": true, "infinite": false, "number": 9}, "name": "KILL"}})
            ),
            Some(ExitCode { code: 0, signal: 9 })
        );
        assert_eq!(
            exit_code(&json!({"status": "SIGNALED", "return_code": 0, "signal": {"signal_id": 9, "name": "KILL"}})),
            Some(ExitCode { code: 0, signal: 9 })
        );
        assert_eq!(exit_code(&json!({})), None);
        assert_eq!(exit_code(&json!("3:0")), None);
    }

    #[test]
    fn errors_within_a_document_are_errors() {
        let text = r#"{"errors": [{"error": "Invalid job id specified", "error_number": 2017}], "jobs": []}"#;
        let error = document::<Value>("squeue", "jobs", text).unwrap_err();
        assert_eq!(error.failure(), Some(crate::Failure::NoSuchJob));
        assert!(document::<Value>("squeue", "jobs", "site notice\n{\"errors\": []}").is_ok());
        let deep = "[".repeat(100_000);
        assert!(document::<Value>("squeue", "jobs", &format!("{{\"errors\": {deep}")).is_err());
    }
}
