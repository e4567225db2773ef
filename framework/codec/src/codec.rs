//! The codecs a workflow can name, and the filters that they stand for.
//!
//! In a workflow `codec: NAME`, or `codec: {NAME: {level: N}}` for those with a level; in
//! formats that are not for people, the pair of name and level.

use std::fmt;

use serde::{de, ser::SerializeMap, Deserialize, Deserializer, Serialize, Serializer};

use crate::filters::{bitshuffle, deflate, lz4, shuffle, zstandard};
use crate::Filter;

/// A lossless compression of chunks, readable wherever its HDF5 filters are installed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// Chunks as they are.
    None,
    /// Byte shuffle and deflate: readable by every HDF5.
    Deflate {
        /// 0 to 9.
        level: u8,
    },
    /// Bitshuffle and LZ4 in blocks: the fast one.
    BitshuffleLz4,
    /// Bitshuffle and Zstandard in blocks.
    BitshuffleZstd {
        /// 1 to 22.
        level: i32,
    },
    /// LZ4 alone.
    Lz4,
    /// Zstandard alone.
    Zstd {
        /// 1 to 22.
        level: i32,
    },
}

/// Of the same use for all: where a higher level costs more time than it saves room.
const DEFLATE_LEVEL: u8 = 1;
const ZSTD_LEVEL: i32 = 3;

impl Codec {
    /// Every codec, with its default level.
    pub const ALL: [Self; 6] = [
        Self::None,
        Self::Deflate { level: DEFLATE_LEVEL },
        Self::BitshuffleLz4,
        Self::BitshuffleZstd { level: ZSTD_LEVEL },
        Self::Lz4,
        Self::Zstd { level: ZSTD_LEVEL },
    ];

    /// The name in a workflow.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Deflate { .. } => "deflate",
            Self::BitshuffleLz4 => "bitshuffle-lz4",
            Self::BitshuffleZstd { .. } => "bitshuffle-zstd",
            Self::Lz4 => "lz4",
            Self::Zstd { .. } => "zstd",
        }
    }

    /// The pipeline entries for elements of `element_size` bytes, as h5py with hdf5plugin
    /// writes them.
    pub fn filters(&self, element_size: usize) -> Vec<Filter> {
        let size = u32::try_from(element_size).unwrap_or(u32::MAX);
        let filter = |id, values: &[u32], name: &str| Filter {
            id,
            flags: Filter::OPTIONAL,
            values: values.to_vec(),
            name: name.to_owned(),
        };
        // Negative levels are stored as the reference stores them: in two's complement.
        match *self {
            Self::None => vec![],
            Self::Deflate { level } => {
                vec![filter(shuffle::ID, &[size], "shuffle"), filter(deflate::ID, &[level.into()], "deflate")]
            }
            Self::BitshuffleLz4 => {
                vec![filter(bitshuffle::ID, &[0, 4, size, 0, bitshuffle::LZ4], "bitshuffle")]
            }
            Self::BitshuffleZstd { level } => {
                vec![filter(bitshuffle::ID, &[0, 4, size, 0, bitshuffle::ZSTD, level as u32], "bitshuffle")]
            }
            Self::Lz4 => vec![filter(lz4::ID, &[0], "lz4")],
            Self::Zstd { level } => vec![filter(zstandard::ID, &[level as u32], "zstd")],
        }
    }

    /// The codec of that name, with its default level.
    fn named<E: de::Error>(name: &str) -> Result<Self, E> {
        Self::ALL.into_iter().find(|codec| codec.name() == name).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join("`, `");
            E::custom(format!("unknown codec `{name}`\nhint: one of `{names}`"))
        })
    }

    /// This codec at `level`.
    fn at<E: de::Error>(self, level: i64) -> Result<Self, E> {
        let refused = |range: &str| Err(E::custom(format!("level {level} of codec `{self}` is not in {range}")));
        match (self, i32::try_from(level)) {
            (Self::Deflate { .. }, Ok(level @ 0..=9)) => Ok(Self::Deflate { level: level as u8 }),
            (Self::BitshuffleZstd { .. }, Ok(level @ 1..=22)) => Ok(Self::BitshuffleZstd { level }),
            (Self::Zstd { .. }, Ok(level @ 1..=22)) => Ok(Self::Zstd { level }),
            (Self::Deflate { .. }, _) => refused("0 to 9"),
            (Self::BitshuffleZstd { .. } | Self::Zstd { .. }, _) => refused("1 to 22"),
            (Self::None | Self::BitshuffleLz4 | Self::Lz4, _) => Err(E::custom(format!("codec `{self}` has no level"))),
        }
    }

    fn level(self) -> Option<i64> {
        match self {
            Self::Deflate { level } => Some(level.into()),
            Self::BitshuffleZstd { level } | Self::Zstd { level } => Some(level.into()),
            Self::None | Self::BitshuffleLz4 | Self::Lz4 => None,
        }
    }
}

impl fmt::Display for Codec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What stands after the name.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameters {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    level: Option<i64>,
}

impl Serialize for Codec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return (self.name(), self.level()).serialize(serializer);
        }
        if self.level().is_none() {
            return serializer.serialize_str(self.name());
        }
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(self.name(), &Parameters { level: self.level() })?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Codec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            let (name, level) = <(String, Option<i64>)>::deserialize(deserializer)?;
            let codec = Self::named(&name)?;
            return level.map_or(Ok(codec), |level| codec.at(level));
        }

        struct Visitor;

        impl<'de> de::Visitor<'de> for Visitor {
            type Value = Codec;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("the name of a codec, or one name with its parameters")
            }

            fn visit_str<E: de::Error>(self, name: &str) -> Result<Codec, E> {
                Codec::named(name)
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Codec, A::Error> {
                let Some(name) = map.next_key::<String>()? else {
                    return Err(de::Error::invalid_length(0, &self));
                };
                let codec = Codec::named(&name)?;
                let parameters: Parameters = map.next_value()?;
                if map.next_key::<de::IgnoredAny>()?.is_some() {
                    return Err(de::Error::invalid_length(2, &self));
                }
                parameters.level.map_or(Ok(codec), |level| codec.at(level))
            }
        }

        deserializer.deserialize_any(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(json: &str) -> Result<Codec, String> {
        serde_json::from_str(json).map_err(|e| e.to_string())
    }

    #[test]
    fn names_and_levels_come_back() {
        for codec in Codec::ALL {
            assert_eq!(parsed(&format!("\"{codec}\"")), Ok(codec));
            let text = serde_json::to_string(&codec).unwrap_or_default();
            assert_eq!(parsed(&text), Ok(codec), "{text}");
        }
        assert_eq!(parsed(r#"{"deflate": {"level": 4}}"#), Ok(Codec::Deflate { level: 4 }));
        assert_eq!(parsed(r#"{"zstd": {}}"#), Ok(Codec::Zstd { level: ZSTD_LEVEL }));
        assert_eq!(parsed(r#"{"lz4": {}}"#), Ok(Codec::Lz4));
    }

    #[test]
    fn binary_formats_keep_name_and_level() -> Result<(), postcard::Error> {
        for codec in Codec::ALL.into_iter().chain([Codec::Zstd { level: 9 }]) {
            let bytes = postcard::to_stdvec(&codec)?;
            assert_eq!(postcard::from_bytes::<Codec>(&bytes)?, codec);
        }
        Ok(())
    }

    #[test]
    fn mistakes_are_told() {
        for (text, told) in [
            (r#""bitshufle-lz4""#, "unknown codec `bitshufle-lz4`"),
            (r#"{"deflate": {"level": 10}}"#, "level 10 of codec `deflate` is not in 0 to 9"),
            (r#"{"zstd": {"level": -99999999999}}"#, "is not in 1 to 22"),
            (r#"{"lz4": {"level": 1}}"#, "codec `lz4` has no level"),
            (r#"{"zstd": {"lvl": 1}}"#, "unknown field `lvl`"),
            (r#"{}"#, "invalid length 0"),
            (r#"{"lz4": {}, "zstd": {}}"#, "invalid length 2"),
        ] {
            let found = parsed(text).err().unwrap_or_default();
            assert!(found.contains(told), "{text}: {found}");
        }
    }

    #[test]
    fn the_element_size_is_stated() {
        let values =
            Codec::ALL.map(|codec| codec.filters(4).into_iter().map(|filter| filter.values).collect::<Vec<_>>());
        let expected = [
            vec![],
            vec![vec![4], vec![1]],
            vec![vec![0, 4, 4, 0, 2]],
            vec![vec![0, 4, 4, 0, 3, 3]],
            vec![vec![0]],
            vec![vec![3]],
        ];
        assert_eq!(values, expected);
    }
}
