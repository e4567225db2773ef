//! The seal of a manifest: a checksum of all that it says, in its last line, so that what was changed or taken out later shows.
//! How it is laid out does not matter. It keeps nobody from sealing anew: what can be known from the run itself is not believed
//! for a seal.

use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_128;

const KEY: &str = "seal";

/// The text of a JSON object with its seal.
///
/// # Errors
/// It is none.
pub fn seal(text: &str) -> serde_json::Result<String> {
    let whole: Map<String, Value> = serde_json::from_str(text)?;
    let body = text.trim_end().strip_suffix('}').unwrap_or(text).trim_end();
    Ok(format!("{body},\n  \"{KEY}\": \"{}\"\n}}\n", of(&whole)))
}

/// Whether the seal of a manifest is that of all else in it; `None`: it has none.
pub fn is_sealed(whole: &Value) -> Option<bool> {
    let whole = whole.as_object()?;
    Some(whole.get(KEY)?.as_str() == Some(of(whole).as_str()))
}

fn of(whole: &Map<String, Value>) -> String {
    let rest = whole.iter().filter(|(key, _)| *key != KEY).map(|(key, value)| (key.clone(), value.clone()));
    format!("{:032x}", xxh3_128(Value::Object(rest.collect()).to_string().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_change_shows_and_another_layout_does_not() {
        let text = seal("{\n  \"kept\": 3,\n  \"worst\": 0.1,\n  \"warnings\": [\n    \"none\"\n  ]\n}\n").unwrap();
        let told = |text: &[u8]| is_sealed(&serde_json::from_slice(text).ok()?);
        assert_eq!(told(text.as_bytes()), Some(true));
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(told(value.to_string().as_bytes()), Some(true));
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] ^= 1;
            assert_ne!(told(&changed), Some(true), "byte {at}");
        }
        assert_eq!((told(b"{}"), told(b"{\"seal\": 3}"), told(b"[]")), (None, Some(false), None));
    }
}
