//! Filters of elements of one size for elements of another: shuffles count bytes, the others do not care.

use crate::filters::{bitshuffle, shuffle};
use crate::Filter;

/// The same filters for elements of `element_size` bytes.
pub fn refit(filters: &[Filter], element_size: usize) -> Vec<Filter> {
    let size = u32::try_from(element_size).unwrap_or(u32::MAX);
    let one = |filter: &Filter| {
        let mut filter = filter.clone();
        match filter.id {
            shuffle::ID => filter.values = vec![size],
            bitshuffle::ID => {
                if let Some(value) = filter.values.get_mut(2) {
                    *value = size;
                }
            }
            _ => {}
        }
        filter
    };
    filters.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Codec;

    #[test]
    fn filters_are_those_of_the_codec_for_the_other_size() {
        for codec in Codec::ALL {
            assert_eq!(refit(&codec.filters(4), 1), codec.filters(1), "{codec}");
        }
    }
}
