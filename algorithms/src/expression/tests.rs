use super::*;
use proptest::prelude::*;

const COLUMNS: [Column; 8] = [
    Column { name: "lit", kind: ColumnKind::Bool, unit: "" },
    Column { name: "dark", kind: ColumnKind::Bool, unit: "" },
    Column { name: "peaks.count", kind: ColumnKind::Number, unit: "" },
    Column { name: "cell", kind: ColumnKind::Number, unit: "" },
    Column { name: "energy", kind: ColumnKind::Number, unit: "uJ" },
    Column { name: "photon-energy", kind: ColumnKind::Number, unit: "keV" },
    Column { name: "distance", kind: ColumnKind::Number, unit: "m" },
    Column { name: "counts", kind: ColumnKind::Number, unit: "photons" },
];

fn parse(text: &str) -> Expression {
    Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The verdict for values given by name.
fn verdict(text: &str, row: &[(&str, f64)]) -> Verdict {
    let value = |name: &str| row.iter().find(|(column, _)| *column == name).map(|(_, value)| *value);
    parse(text).evaluate(&COLUMNS, &value).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

#[test]
fn the_examples_of_the_interface() {
    use Verdict::{Drop, Keep};
    assert_eq!(verdict("lit", &[("lit", 1.0)]), Keep);
    assert_eq!(verdict("lit", &[("lit", 0.0)]), Drop);
    assert_eq!(verdict("peaks.count >= 15", &[("peaks.count", 15.0)]), Keep);
    assert_eq!(verdict("peaks.count >= 15", &[("peaks.count", 14.0)]), Drop);
    assert_eq!(verdict("energy > \"500 uJ\"", &[("energy", 500.0)]), Drop);
    assert_eq!(verdict("energy > \"0.5 mJ\"", &[("energy", 500.1)]), Keep);
    for (cell, expected) in [(3.0, Drop), (4.0, Keep), (60.0, Keep), (61.0, Drop)] {
        assert_eq!(verdict("!dark && cell in 4..=60", &[("dark", 0.0), ("cell", cell)]), expected, "{cell}");
    }
    assert_eq!(verdict("cell in 4..60", &[("cell", 60.0)]), Drop);
    assert_eq!(verdict("cell in 4..60", &[("cell", 59.0)]), Keep);
}

#[test]
fn and_binds_tighter_than_or() {
    let row = |lit, dark, cell| [("lit", lit), ("dark", dark), ("cell", cell)];
    let text = "lit || dark && cell == 3";
    assert_eq!(verdict(text, &row(1.0, 0.0, 0.0)), Verdict::Keep);
    assert_eq!(verdict("(lit || dark) && cell == 3", &row(1.0, 0.0, 0.0)), Verdict::Drop);
    assert_eq!(parse(text).to_string(), "lit || (dark && cell == 3)");
}

#[test]
fn every_relation_and_its_exchange() {
    for (sign, exchanged, truths) in [
        ("<", ">", [true, false, false]),
        ("<=", ">=", [true, true, false]),
        ("==", "==", [false, true, false]),
        ("!=", "!=", [true, false, true]),
        (">=", "<=", [false, true, true]),
        (">", "<", [false, false, true]),
    ] {
        for (value, truth) in [4.0, 5.0, 6.0].into_iter().zip(truths) {
            let expected = if truth { Verdict::Keep } else { Verdict::Drop };
            assert_eq!(verdict(&format!("cell {sign} 5"), &[("cell", value)]), expected, "{value} {sign} 5");
            assert_eq!(verdict(&format!("5 {exchanged} cell"), &[("cell", value)]), expected, "5 {exchanged} {value}");
        }
    }
}

#[test]
fn a_missing_value_never_keeps_a_frame() {
    use Verdict::{Drop, Keep, NoData};
    let missing = [("lit", 1.0), ("cell", 3.0), ("energy", f64::NAN)];
    for (text, expected) in [
        ("dark", NoData),
        ("!dark", NoData),
        ("!!dark", NoData),
        ("energy > 1", NoData),
        ("!(energy > 1)", NoData),
        ("energy != 1", NoData),
        ("peaks.count in 0..9", NoData),
        ("lit && dark", NoData),
        ("!lit && dark", Drop),
        ("dark && !lit", Drop),
        ("lit || dark", Keep),
        ("dark || lit", Keep),
        ("!lit || dark", NoData),
        ("!(lit || dark)", Drop),
        ("dark && cell == 4 || lit", Keep),
        ("(dark || energy < 5) && cell == 4", Drop),
    ] {
        assert_eq!(verdict(text, &missing), expected, "{text}");
    }
    let compiled = parse("cell == 3 && lit").compile(&COLUMNS).unwrap();
    assert_eq!(compiled.columns(), ["cell", "lit"]);
    assert_eq!(compiled.evaluate(&[3.0, 1.0]), Keep);
    assert_eq!(compiled.evaluate(&[3.0]), NoData, "a row too short");
}

#[test]
fn quantities_convert_by_prefix() {
    for (text, energy, expected) in [
        ("energy == \"500 uJ\"", 500.0, Verdict::Keep),
        ("energy == '500 \u{b5}J'", 500.0, Verdict::Keep),
        ("energy == \"500\u{3bc}J\"", 500.0, Verdict::Keep),
        ("energy == \"0.5 mJ\"", 500.0, Verdict::Keep),
        ("energy == \"5e-4 J\"", 500.0, Verdict::Keep),
        ("energy in \"0.1 mJ\"..\"1 mJ\"", 100.0, Verdict::Keep),
        ("energy in \"0.1 mJ\"..\"1 mJ\"", 1000.0, Verdict::Drop),
        ("energy > 499", 500.0, Verdict::Keep),
    ] {
        assert_eq!(verdict(text, &[("energy", energy)]), expected, "{text}");
    }
    assert_eq!(verdict("photon-energy < \"9300 eV\"", &[("photon-energy", 9.2)]), Verdict::Keep);
    assert_eq!(verdict("distance == \"200 mm\"", &[("distance", 0.2)]), Verdict::Keep);
    assert_eq!(verdict("distance == \"20cm\"", &[("distance", 0.2)]), Verdict::Keep);
    assert_eq!(verdict("counts >= \"3 photons\"", &[("counts", 3.0)]), Verdict::Keep);
}

/// What a wrong expression says: `column: message | hint`.
fn complaint(text: &str) -> String {
    let errors = match Expression::parse(text) {
        Err(error) => vec![error],
        Ok(expression) => expression.check(&COLUMNS),
    };
    assert!(!errors.is_empty(), "{text} is accepted");
    let lines = errors.iter().map(|e| format!("{}: {} | {}", e.column, e.message, e.hint.as_deref().unwrap_or("")));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn mistakes_are_placed_and_explained() {
    for (text, expected) in [
        ("", "0: expected a column, a number, `!` or `(`, found the end | "),
        ("lit &&", "6: expected a column, a number, `!` or `(`, found the end | "),
        ("lit and dark", "4: expected `&&`, `||` or the end, found `and` | write `&&`"),
        ("cell = 3", "5: unexpected character '=' | write `==` for equality"),
        ("lit & dark", "4: unexpected character '&' | write `&&`"),
        ("(lit", "4: expected `)`, found the end | "),
        ("lit)", "3: expected `&&`, `||` or the end, found `)` | "),
        ("!cell == 3", "0: `!` before a comparison is ambiguous | write `!(cell == 3)`"),
        ("1 < cell < 5", "9: expected `&&`, `||` or the end, found `<` | a comparison is one column and one number; write two bounds as `cell in 4..=60`"),
        ("1 < 2", "2: `1` and `2` are both numbers | compare a column with a number"),
        ("cell == lit", "8: expected a number or a quantity in quotes, found the column `lit` | a column is compared with a number, not with another column"),
        ("lit == true", "7: expected a number or a quantity in quotes, found the column `true` | a yes-or-no column stands alone: `lit`"),
        ("cell in 4", "9: expected `..` or `..=`, found the end | "),
        ("energy > 500 uJ", "13: expected `&&`, `||` or the end, found `uJ` | a quantity stands in quotes: `\"500 uJ\"`"),
        ("energy > 500uJ", "12: unexpected `uJ` after a number | write a quantity in quotes: `\"500 uJ\"`"),
        ("energy > \"500", "9: a quote is not closed | "),
        ("energy > \"500\"", "9: the quantity `\"500\"` has no unit | write `500`, or add a unit"),
        ("energy > \"uJ\"", "9: `\"uJ\"` is not a quantity | a quantity is a number and a unit: `\"500 uJ\"`"),
        ("cell > 1e999", "7: `1e999` is not a finite number | "),
        ("cell > .5", "7: unexpected character '.' | a number begins with a digit: `0.5`"),
        ("\u{b5}\u{e9} && (", "7: expected a column, a number, `!` or `(`, found the end | "),
        ("peaks.cuont > 3", "0: no column named `peaks.cuont` | did you mean `peaks.count`?"),
        ("zzz", "0: no column named `zzz` | columns are lit, dark, peaks.count, cell, energy, photon-energy, distance, counts"),
        ("cell", "0: `cell` is a number, not yes or no | compare it: `cell > 0`"),
        ("lit > 0", "0: `lit` is yes or no, not a number | write `lit` or `!lit`"),
        ("energy > \"5 keV\"", "9: `energy` is in uJ, to which \"5 keV\" does not convert | "),
        ("energy > \"5 s\"", "9: `energy` is in uJ, to which \"5 s\" does not convert | "),
        ("cell > \"5 s\"", "7: `cell` has no unit, found \"5 s\" | write a bare number"),
        ("cell in 9..3", "8: the range is empty | the smaller number comes first; `a..b` leaves out b"),
        ("cell in 3..3", "8: the range is empty | the smaller number comes first; `a..b` leaves out b"),
        ("lit > 0 && cell", "0: `lit` is yes or no, not a number | write `lit` or `!lit`\n11: `cell` is a number, not yes or no | compare it: `cell > 0`"),
    ] {
        assert_eq!(complaint(text), expected, "{text}");
    }
    let error = Expression::parse("cell = 3").unwrap_err();
    assert_eq!(error.to_string(), "unexpected character '='\nhint: write `==` for equality");
    assert!(parse("lit").check(&[])[0].to_string().contains("no step before this one"));
}

#[test]
fn depth_and_length_are_bounded() {
    for text in ["(".repeat(1_000_000), "!".repeat(1_000_000), "lit && ".repeat(1_000_000)] {
        assert!(Expression::parse(&text).unwrap_err().message.contains("longer than"));
    }
    for text in ["(".repeat(5000), "!".repeat(5000), "!(".repeat(5000)] {
        assert!(Expression::parse(&text).unwrap_err().message.contains("nested deeper"));
    }
    let nested = |depth: usize| format!("{}lit{}", "(".repeat(depth), ")".repeat(depth));
    assert_eq!(parse(&nested(MAX_DEPTH)), parse("lit"));
    assert!(Expression::parse(&nested(MAX_DEPTH + 1)).is_err());
    let long = vec!["lit"; 1400].join(" && ");
    assert_eq!(verdict(&long, &[("lit", 1.0)]), Verdict::Keep);
}

#[test]
fn columns_are_listed_with_their_places() {
    let expression = parse("lit && (peaks.count > 3 || !lit) && 5 < cell");
    assert_eq!(expression.columns(), [("lit", 0), ("peaks.count", 8), ("lit", 28), ("cell", 40)]);
    assert_eq!(expression.compile(&COLUMNS).unwrap().columns(), ["lit", "peaks.count", "cell"]);
}

#[test]
fn the_canonical_text_is_plain() {
    for (text, canonical) in [
        ("(lit)", "lit"),
        ("lit&&(dark&&cell<3)", "lit && dark && cell < 3"),
        ("!(lit)&&!( cell>=1.50 )", "!lit && !(cell >= 1.5)"),
        ("3 <= cell", "cell >= 3"),
        ("cell in -5..=1e3", "cell in -5..=1000"),
        ("energy ≥ ' 5e-7J '", "energy >= \"5e-7 J\""),
        ("a-b.c_d != 1e300", "a-b.c_d != 1e300"),
    ] {
        assert_eq!(parse(text).to_string(), canonical, "{text}");
    }
}

/// Text of random expressions over [`COLUMNS`].
fn any_text() -> impl Strategy<Value = String> {
    let number = prop_oneof![(-9i32..9).prop_map(|n| n.to_string()), (-1e9f64..1e9).prop_map(|n| format!("{n:?}"))];
    let name = prop_oneof![Just("cell"), Just("peaks.count"), Just("energy")];
    let sign = prop_oneof![Just("=="), Just("!="), Just("<"), Just("<="), Just(">"), Just(">=")];
    let leaf = prop_oneof![
        Just("lit".to_string()),
        Just("dark".to_string()),
        (name.clone(), sign, number).prop_map(|(name, sign, number)| format!("{name} {sign} {number}")),
        (name, -9i32..0, 1i32..9).prop_map(|(name, low, high)| format!("{name} in {low}..={high}")),
        (-9i32..9).prop_map(|n| format!("energy < \"{n} nJ\"")),
    ];
    leaf.prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| format!("({})", parts.join(" && "))),
            prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| format!("({})", parts.join(" || "))),
            inner.prop_map(|part| format!("!({part})")),
        ]
    })
}

proptest! {
    #[test]
    fn canonical_text_parses_to_the_same(text in any_text(), values in prop::collection::vec(-9i32..9, 5)) {
        let (first, second) = (parse(&text), parse(&parse(&text).to_string()));
        prop_assert_eq!(first.to_string(), second.to_string());
        let row = |name: &str| COLUMNS.iter().position(|column| column.name == name).map(|i| f64::from(values[i]));
        prop_assert_eq!(first.evaluate(&COLUMNS, &row).unwrap(), second.evaluate(&COLUMNS, &row).unwrap());
    }

    #[test]
    fn a_verdict_other_than_no_data_does_not_depend_on_missing_values(
        text in any_text(),
        values in prop::collection::vec(-9i32..9, 5),
        missing in prop::collection::vec(any::<bool>(), 5),
    ) {
        let compiled = parse(&text).compile(&COLUMNS).unwrap();
        let row = |with_gaps: bool| compiled.evaluate_by_name(&|name| {
            let index = COLUMNS.iter().position(|column| column.name == name)?;
            (!(with_gaps && missing[index])).then(|| f64::from(values[index]))
        });
        prop_assert_ne!(row(false), Verdict::NoData);
        let gaps = row(true);
        prop_assert!(gaps == Verdict::NoData || gaps == row(false));
    }

    #[test]
    fn any_text_parses_or_complains_within_itself(text in "[a-c0-3.&|!()<>= \"'inu-]{0,40}|\\PC{0,30}") {
        if let Err(error) = Expression::parse(&text) {
            prop_assert!(error.column <= text.chars().count());
        }
    }
}
