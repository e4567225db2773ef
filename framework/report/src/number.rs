//! Numbers as `report.json` has them: seven figures, and `null` where there is no value.

use serde::Serializer;

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
}

pub mod one {
    use super::*;

    pub fn serialize<S: Serializer>(value: &f64, serializer: S) -> Result<S::Ok, S::Error> {
        match value.is_finite() {
            true => serializer.serialize_f64(rounded(*value)),
            false => serializer.serialize_none(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seven_figures_and_nothing_for_no_value() {
        #[derive(serde::Serialize)]
        struct Both(#[serde(with = "list")] Vec<f64>, #[serde(with = "one")] f64);
        let text =
            serde_json::to_string(&Both(vec![1.0 / 3.0, f64::NAN, 12_345_678_901.0, 0.0], f64::INFINITY)).unwrap();
        assert_eq!(text, "[[0.3333333,null,12345680000.0,0.0],null]");
    }
}
