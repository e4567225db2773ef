//! Numbers as `report.json` has them: seven figures, and `null` where there is no value.

use serde::{Deserialize, Deserializer, Serializer};

/// Seven significant figures: more than a picture shows, and half as long.
pub fn rounded(value: f64) -> f64 {
    if !value.is_finite() || value == 0.0 {
        return value;
    }
    format!("{value:.6e}").parse().unwrap_or(value)
}

pub mod list {
    use super::*;

    pub fn serialize<S: Serializer>(values: &[f64], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(values.iter().map(|value| value.is_finite().then(|| rounded(*value))))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<f64>, D::Error> {
        let values = Vec::<Option<f64>>::deserialize(deserializer)?;
        Ok(values.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect())
    }
}

pub mod one {
    use super::*;

    pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        match value.is_finite() {
            true => serializer.serialize_f64(rounded(*value)),
            false => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
        Ok(Option::<f64>::deserialize(deserializer)?.unwrap_or(f64::NAN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_figures_and_nothing_for_no_value() {
        #[derive(serde::Serialize, Deserialize)]
        struct Both(#[serde(with = "list")] Vec<f64>, #[serde(with = "one")] f64);
        let text =
            serde_json::to_string(&Both(vec![1.0 / 3.0, f64::NAN, 12_345_678_901.0, 0.0], f64::INFINITY)).unwrap();
        assert_eq!(text, "[[0.3333333,null,12345680000.0,0.0],null]");
        let back: Both = serde_json::from_str(&text).unwrap();
        assert!(back.0[1].is_nan() && back.1.is_nan() && back.0[0] == 0.3333333);
    }
}
