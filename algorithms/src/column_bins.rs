//! Frames put together by the value of a column, as several steps take it: `{column: delay, bins: [0, 1, 2]}`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use trainyard_engine::algorithm::{Context, Lack, Problem};

/// Frames by the value of a column; one that is in no bin, or has no value, is left out.
#[derive(Clone, Debug, Deserialize, JsonSchema, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnBins {
    /// name of the column: `delay`
    pub column: String,
    /// edges, ascending: a bin holds its lower edge and not its upper
    #[schemars(length(min = 2, max = 100_001))]
    pub bins: Vec<f64>,
}

impl ColumnBins {
    /// Number of the column, and the edges. The parameter is `group-by`.
    ///
    /// # Errors
    /// Edges that do not ascend, a column that no step makes.
    pub fn configured(self, context: &Context) -> Result<(usize, Vec<f64>), Problem> {
        let ColumnBins { column, bins } = self;
        let ascending = bins.len() > 1 && bins.windows(2).all(|pair| pair[0] < pair[1]);
        if !ascending || bins.iter().any(|edge| !edge.is_finite()) {
            let what = "the edges of the bins are not two or more finite numbers in ascending order";
            return Err(Problem::new(&["group-by", "bins"], what));
        }
        match context.column(&column) {
            Some(number) => Ok((number, bins)),
            None => {
                let problem = Problem::new(&["group-by", "column"], format!("no column named `{column}`"))
                    .with_hint("an earlier step has to make it, `attach` for example");
                Err(Problem { lacks: Some(Lack::Column(column)), ..problem })
            }
        }
    }
}
