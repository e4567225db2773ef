use super::*;
use proptest::prelude::*;
use std::time::Instant;

fn refused(bytes: &[u8]) -> Problem {
    parse(bytes, Origin::File).expect_err("must be refused").swap_remove(0)
}

#[test]
fn places_of_keys_and_values() {
    let text = "run: /data/r1\nsteps:\n  - average: {group-by: pulse}\n  - keep: \"lit\"\n  - write-frames:\n";
    let root = parse(text.as_bytes(), Origin::File).unwrap();
    let Content::Sequence(steps) = &root.get("steps").unwrap().content else { panic!("a list") };
    let parameters = steps[0].get("average").unwrap();
    let pulse = parameters.get("group-by").unwrap();
    assert_eq!((pulse.span.line, pulse.span.column, pulse.span.end_column), (3, 25, 30));
    assert_eq!(steps[1].get("keep").unwrap().content, Content::Scalar { text: "lit".into(), plain: false });
    assert!(steps[2].get("write-frames").unwrap().is_null());
    let span = root.deepest(&["steps".into(), "0".into(), "average".into(), "nothing".into()]);
    assert_eq!((span.line, span.column), (3, 14));
}

#[test]
fn all_double_keys_are_told() {
    let problems = parse(b"a: 1\nb: 2\na: 3\nc: {d: 1, d: 2}\n", Origin::File).unwrap_err();
    let told: Vec<(usize, usize)> = problems.iter().map(|p| (p.span.line, p.span.column)).collect();
    assert_eq!(told, [(3, 1), (4, 11)]);
    assert_eq!(problems[0].what, "the key `a` stands twice in this map");
    assert_eq!(refused(b"? [a, b]\n: 1\n").what, "a key must be a word, not a list or a map");
}

#[test]
fn anchors_aliases_tags_and_second_documents_are_refused() {
    assert_eq!(refused(b"a: &x [1, 2]\nb: *x\n").what, "YAML anchors (`&name`) are not used in workflows");
    assert!(refused(b"a: *x\n").what.contains("not YAML"));
    let tag = refused(b"steps:\n  - keep: !dark\n");
    assert_eq!(tag.hint.unwrap(), "quote a value that begins with `!`");
    let mixed = refused(b"steps:\n  - keep: !dark && lit\n");
    assert_eq!(mixed.hint.unwrap(), "quote a value that begins with `!`");
    assert_eq!(refused(b"a: 1\n---\nb: 2\n").what, "a workflow is one YAML document, a second one starts here");
    assert_eq!(refused(b"").what, "the document is empty");
    assert_eq!(refused(b"a:\n\t- 1\n").hint.unwrap(), "indent with spaces, not with tabs");
}

/// Nine levels of nine aliases would unfold to 387 million values; the first anchor ends it.
#[test]
fn an_alias_bomb_is_refused_at_once() {
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..9 {
        let aliases = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    let started = Instant::now();
    assert_eq!(refused(bomb.as_bytes()).span.line, 1);
    assert!(started.elapsed().as_millis() < 100);
}

#[test]
fn deep_and_long_documents_are_refused() {
    let started = Instant::now();
    for deep in ["[".repeat(100_000), "{a: ".repeat(100_000), "- ".repeat(100_000), "? ".repeat(100_000)] {
        assert!(!refused(deep.as_bytes()).what.is_empty());
    }
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse(nested(MAX_DEPTH).as_bytes(), Origin::File).is_ok());
    assert!(refused(nested(MAX_DEPTH + 1).as_bytes()).what.contains("deeper than 64 levels"));
    let many = "- 1\n".repeat(MAX_NODES);
    assert!(refused(many.as_bytes()).what.contains("more than 100000 values"));
    let huge = format!("a: {}\n", "x".repeat(MAX_BYTES - 10));
    assert!(parse(huge.as_bytes(), Origin::File).is_ok());
    assert!(refused(&vec![b'x'; MAX_BYTES + 1]).what.contains("1048577 bytes"));
    let keys: String = (0..40_000).map(|i| format!("k{i}: {i}\n")).collect();
    assert!(parse(keys.as_bytes(), Origin::File).is_ok());
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn bytes_that_are_no_text_are_refused_with_their_place() {
    let nul = refused(b"a: 1\nb: \0\n");
    assert_eq!((nul.span.line, nul.span.column, nul.what.as_str()), (2, 4, "control character U+0000 in the text"));
    let latin1 = refused(b"a: \xe9\n");
    assert_eq!((latin1.span.line, latin1.span.column, latin1.what.as_str()), (1, 4, "byte 0xe9 is not UTF-8 text"));
    assert!(refused(b"\xff\xfea\0:\0").what.contains("0xff"));
    assert!(parse(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", Origin::File).unwrap().get("b").is_some());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn any_bytes_give_a_tree_or_problems(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Err(problems) = parse(&bytes, Origin::File) {
            prop_assert!(!problems.is_empty());
        }
    }

    #[test]
    fn any_yaml_like_text_gives_a_tree_or_problems(text in "[-a:\\[\\]{}?&*!|>'\"%@,# \n\t~.0-9]{0,80}") {
        match parse(text.as_bytes(), Origin::File) {
            Err(problems) => prop_assert!(!problems.is_empty()),
            Ok(root) => prop_assert!(root.span.line >= 1),
        }
    }
}
