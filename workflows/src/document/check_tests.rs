use super::*;
use crate::document::{parse, Origin};
use proptest::prelude::*;
use schemars::JsonSchema;
use serde::{de::DeserializeOwned, Deserialize};
use std::collections::BTreeMap;

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Config {
    /// unit of the radial axis
    unit: Unit,
    #[serde(default)]
    #[schemars(range(min = 1, max = 10000))]
    bins: Option<u16>,
    #[serde(default)]
    range: Option<[f64; 2]>,
    #[serde(default)]
    #[schemars(extend("format" = "length"))]
    distance: Option<String>,
    #[serde(default)]
    #[schemars(inner(range(min = 0.0)))]
    rings: Vec<(f64, f64)>,
    #[serde(default)]
    codec: Codec,
    #[serde(default)]
    group: Option<Group>,
    #[serde(default)]
    solid_angle: bool,
    #[serde(default)]
    below: Option<f32>,
    #[serde(default)]
    names: BTreeMap<String, i8>,
    #[serde(default)]
    source: Option<Source>,
    #[serde(default)]
    next: Option<Box<Config>>,
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
enum Unit {
    #[serde(rename = "q_nm^-1")]
    Q,
    #[serde(rename = "2th_deg")]
    Degrees,
    #[serde(rename = "no")]
    No,
}

/// Externally tagged, some variants documented.
#[derive(Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
enum Codec {
    #[default]
    Same,
    /// as it is
    None,
    BitshuffleZstd {
        #[schemars(range(min = 1, max = 22))]
        level: i32,
    },
    Deflate(Deflate),
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Deflate {
    level: u8,
}

/// Internally tagged.
#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(tag = "method", rename_all = "kebab-case", deny_unknown_fields)]
enum Group {
    LitPixels { threshold: f64 },
    Peaks { count: u32 },
}

#[derive(Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Source {
    Name(String),
    Names(Vec<String>),
    Number { proposal: u32 },
}

fn checked<T: JsonSchema>(text: &str) -> Result<Value, Vec<Problem>> {
    let node = parse(text.as_bytes(), Origin::File).unwrap();
    let schema = schemars::schema_for!(T).to_value();
    check(&node, &schema, &Site::new("`step`", Span::point(Origin::File, 1, 1)))
}

fn good<T: JsonSchema + DeserializeOwned>(text: &str) -> T {
    let value = checked::<T>(text).unwrap_or_else(|problems| panic!("{text}: {problems:?}"));
    serde_json::from_value(value).unwrap()
}

/// `column: what | hint` of every problem.
fn told(text: &str) -> Vec<String> {
    let told =
        |p: Problem| format!("{}: {}{}", p.span.column, p.what, p.hint.map(|h| format!(" | {h}")).unwrap_or_default());
    checked::<Config>(text).expect_err("must be refused").into_iter().map(told).collect()
}

#[test]
fn values_reach_serde_as_written() {
    let config: Config = good(
        "{unit: no, bins: 0x10, range: [0, 5e-1], distance: 0.2 m, rings: [[0, 1.5]], codec: {bitshuffle-zstd: {level: 3}}, \
         group: {method: peaks, count: 15}, solid-angle: true, below: -.5, names: {a: -3}, source: 5}",
    );
    assert_eq!(config.unit, Unit::No);
    assert_eq!((config.bins, config.range, config.rings), (Some(16), Some([0.0, 0.5]), vec![(0.0, 1.5)]));
    assert_eq!(config.codec, Codec::BitshuffleZstd { level: 3 });
    assert_eq!(config.group, Some(Group::Peaks { count: 15 }));
    assert_eq!((config.solid_angle, config.below), (true, Some(-0.5)));
    assert_eq!(config.source, Some(Source::Name("5".into())));
    for (text, codec) in
        [("none", Codec::None), ("same", Codec::Same), ("{deflate: {level: 6}}", Codec::Deflate(Deflate { level: 6 }))]
    {
        assert_eq!(good::<Config>(&format!("{{unit: no, codec: {text}}}")).codec, codec);
    }
    assert_eq!(good::<Config>("{unit: no, bins: ~}").bins, None);
    let numbered = good::<Config>("{unit: no, source: {proposal: 2345}}").source;
    assert_eq!(numbered, Some(Source::Number { proposal: 2345 }));
    assert_eq!(good::<Config>("{unit: no, next: {unit: 2th_deg}}").next.unwrap().unit, Unit::Degrees);
}

#[test]
fn keys() {
    assert_eq!(told("{}"), ["1: `step` lacks the key `unit` | `unit`: unit of the radial axis"]);
    let unknown = told("{unit: no, solid_angle: true, codec: {deflate: {lvl: 1}}}");
    assert!(
        unknown[0].starts_with("12: unknown key `solid_angle` of `step` | did you mean `solid-angle`? known keys: ")
    );
    assert_eq!(unknown[1], "49: unknown key `lvl` of `deflate` | did you mean `level`? known keys: level");
    assert_eq!(unknown.len(), 2, "a key that was misspelt is not missing too: {unknown:?}");
    assert_eq!(told("{unit: no, codec: {deflate: {}}}"), ["20: `deflate` lacks the key `level`"]);
}

#[test]
fn words_and_alternatives() {
    assert_eq!(
        told("unit: q_nm")[0],
        "7: `unit` cannot be `q_nm` | did you mean `q_nm^-1`? known values: q_nm^-1, 2th_deg, no"
    );
    assert_eq!(told("unit:")[0], "1: `unit` has no value | known values: q_nm^-1, 2th_deg, no");
    assert_eq!(told("unit: [no]")[0], "7: `unit` must be `q_nm^-1`, `2th_deg`, `no`, not a list");
    let codec = |text: &str| told(&format!("{{unit: no, codec: {text}}}")).swap_remove(0);
    assert_eq!(
        codec("non"),
        "19: `codec` cannot be `non` | did you mean `none`? known values: same, none, bitshuffle-zstd, deflate"
    );
    assert_eq!(codec("deflate"), "19: `deflate` needs parameters here | write `{deflate: ...}`");
    assert_eq!(codec("{zst: {level: 1}}"), "20: unknown key `zst` of `codec` | known keys: bitshuffle-zstd, deflate");
    assert_eq!(codec("{bitshuffle-zstd: {level: 23}}"), "45: `level` must be at least 1 and at most 22, not 23");
    assert_eq!(codec("[none]"), "19: `codec` must be `same`, `none` or a map, not a list");
    let group = |text: &str| told(&format!("{{unit: no, group: {text}}}"));
    assert_eq!(group("{method: peaks, threshold: 1}").len(), 2);
    assert_eq!(group("{method: peaks, threshold: 1}")[1], "12: `group` lacks the key `count`");
    assert_eq!(
        group("{method: peak, count: 1}"),
        ["28: `method` cannot be `peak` | did you mean `peaks`? known values: peaks"]
    );
}

#[test]
fn numbers() {
    let bins = |text: &str| told(&format!("{{unit: no, bins: {text}}}")).join("; ");
    assert_eq!(bins("0"), "18: `bins` must be at least 1 and at most 10000, not 0");
    assert_eq!(bins("70000"), "18: `bins` must be at least 1 and at most 10000, not 70000");
    assert_eq!(bins("many"), "18: `bins` must be a whole number, not the text `many`");
    assert_eq!(bins("\"5\""), "18: `bins` must be a whole number, not the text `5` | leave out the quotes");
    assert_eq!(bins("5.0"), "18: `bins` must be a whole number, not the number `5.0` | write `5`");
    assert_eq!(bins("{a: 1}"), "18: `bins` must be a whole number, not a map");
    assert_eq!(told("{unit: no, below: .nan}"), ["19: `below` must be a finite number, not the number `.nan`"]);
    assert_eq!(told("{unit: no, names: {a: 128}}"), ["23: `a` must be at least -128 and at most 127, not 128"]);
    assert_eq!(
        told("{unit: no, solid-angle: no}"),
        ["25: `solid-angle` must be `true` or `false`, not the text `no` | write `false`"]
    );
    let digits = "9".repeat(200);
    assert!(told(&format!("{{unit: no, bins: {digits}}}"))[0].contains("a whole number"));
}

#[test]
fn lists_and_quantities() {
    assert_eq!(told("{unit: no, range: [1]}"), ["19: `range` must have 2 items, not 1"]);
    assert_eq!(told("{unit: no, range: 5}"), ["19: `range` must be a list, not the number `5` | write `[5]`"]);
    assert_eq!(
        told("{unit: no, rings: [[0, 1], [2, x]]}"),
        ["32: item 2 of `rings` must be a number, not the text `x`"]
    );
    assert_eq!(told("{unit: no, rings: [[0, 1, 2]]}"), ["20: item 1 of `rings` must have 2 items, not 3"]);
    assert_eq!(
        told("{unit: no, distance: 0.2 s}"),
        ["22: wrong unit: `0.2 s` is a time, expected a length such as `0.2 m`"]
    );
    assert_eq!(told("{unit: no, distance: 0.2}"), ["22: `0.2` has no unit, expected a length such as `0.2 m`"]);
}

/// A schema whose alternatives refer to themselves has exponentially many ways through a deep document.
#[test]
fn entangled_schemas_come_to_an_end() {
    let schema: Value = serde_json::json!({
        "$ref": "#/$defs/T",
        "$defs": {"T": {"anyOf": [
            {"type": "object", "properties": {"a": {"$ref": "#/$defs/T"}, "b": {"type": "integer"}}},
            {"type": "object", "properties": {"a": {"$ref": "#/$defs/T"}, "b": {"type": "boolean"}}},
            {"$ref": "#/$defs/T"},
        ]}}
    });
    let text = format!("{}x{}", "{b: x, a: ".repeat(60), "}".repeat(60));
    let node = parse(text.as_bytes(), Origin::File).unwrap();
    let started = std::time::Instant::now();
    assert!(check(&node, &schema, &Site::new("it", Span::default())).is_err());
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}

fn yaml_value() -> impl Strategy<Value = String> {
    let leaf = proptest::sample::select(vec![
        "1",
        "0",
        "-1",
        "1.5",
        "300",
        "true",
        "no",
        "~",
        "text",
        "\"5\"",
        "0.2 m",
        "q_nm^-1",
        "none",
        "same",
        "peaks",
        "[1, 2]",
        "[[0, 1]]",
        "{}",
        "{deflate: {level: 1}}",
        "{method: peaks, count: 1}",
        "{proposal: 7}",
        "[a, b]",
        "{a: 1}",
        "{bitshuffle-zstd: {level: 3}}",
        "{deflate: {level: 1}, none: 1}",
        "1e400",
        "99999999999999999999",
    ]);
    leaf.prop_map(str::to_string)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    /// What the check lets pass, serde takes: no problem is left to be told without its place.
    #[test]
    fn what_passes_is_taken(entries in proptest::collection::btree_map(
        proptest::sample::select(vec!["bins", "range", "distance", "rings", "codec", "group", "solid-angle", "below", "names", "source"]),
        yaml_value(), 0..3))
    {
        let body: Vec<String> = entries.iter().map(|(key, value)| format!("{key}: {value}")).collect();
        let text = format!("{{unit: no, {}}}", body.join(", "));
        if let Ok(value) = checked::<Config>(&text) {
            let taken: Result<Config, _> = serde_json::from_value(value);
            prop_assert!(taken.is_ok(), "{text}: {:?}", taken);
        }
    }
}
