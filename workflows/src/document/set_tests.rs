use super::*;

const TEXT: &str = "run: /data\nmodules: [1, 2]\nsteps:\n  - lit-frames\n  - keep: lit\n  - integrate-azimuthally: {bins: 10}\n  - average: {as: light}\n  - average: {}\n";

fn set(text: &str) -> Result<Node, Problem> {
    let mut root = parse(TEXT.as_bytes(), Origin::File).unwrap();
    apply_set(&mut root, text, 3).map(|()| root).map_err(|mut problems| problems.swap_remove(0))
}

fn text_at(root: &Node, path: &[&str]) -> String {
    let mut node = root;
    for key in path {
        node = match &node.content {
            Content::Sequence(items) => &items[key.parse::<usize>().unwrap()],
            _ => node.get(key).unwrap(),
        };
    }
    match &node.content {
        Content::Scalar { text, .. } => text.clone(),
        _ => panic!("not a scalar"),
    }
}

#[test]
fn steps_by_position_name_and_label() {
    let bins = ["steps", "2", "integrate-azimuthally", "bins"];
    assert_eq!(text_at(&set("steps.2.bins=100").unwrap(), &bins), "100");
    assert_eq!(text_at(&set("steps.2.integrate-azimuthally.bins=100").unwrap(), &bins), "100");
    assert_eq!(text_at(&set("steps.integrate-azimuthally.bins=100").unwrap(), &bins), "100");
    assert_eq!(text_at(&set("steps.light.group-by=cell").unwrap(), &["steps", "3", "average", "group-by"]), "cell");
    assert_eq!(text_at(&set("steps.lit-frames.xgm=A").unwrap(), &["steps", "0", "lit-frames", "xgm"]), "A");
    assert_eq!(text_at(&set("steps.keep=hit").unwrap(), &["steps", "1", "keep"]), "hit");
    assert_eq!(text_at(&set("steps.1=keep").unwrap(), &["steps", "1"]), "keep");
}

#[test]
fn keys_are_replaced_or_made() {
    assert_eq!(text_at(&set("run=/other").unwrap(), &["run"]), "/other");
    assert_eq!(text_at(&set("mask.below=-5").unwrap(), &["mask", "below"]), "-5");
    assert_eq!(text_at(&set("modules.1=7").unwrap(), &["modules", "1"]), "7");
    assert_eq!(text_at(&set("modules=[5, 6]").unwrap(), &["modules", "1"]), "6");
    assert!(set("modules=").unwrap().get("modules").unwrap().is_null());
    let span = set("mask.below=-5").unwrap().get("mask").unwrap().get("below").unwrap().span;
    assert_eq!((span.origin, span.column, span.end_column), (Origin::Set(3), 12, 14));
}

#[test]
fn wrong_paths_are_explained() {
    assert_eq!(set("bins").unwrap_err().what, "`bins` has no `=`");
    assert_eq!(set("a..b=1").unwrap_err().what, "`a..b=1` has an empty key");
    assert_eq!(set("steps.9.bins=1").unwrap_err().what, "there is no step 9");
    let far = set("steps.integrate-azimutally.bins=1").unwrap_err();
    assert!(far.hint.unwrap().starts_with("did you mean `integrate-azimuthally`?"));
    assert_eq!(set("modules.5=1").unwrap_err().what, "`modules` has no item `5`");
    assert_eq!(set("run.proposal=1").unwrap_err().what, "`run` is not a map, it has no key `proposal`");
    let syntax = set("modules=[1").unwrap_err();
    assert!(syntax.what.starts_with("this is not YAML") && syntax.span.column >= 9, "{syntax:?}");
}

#[test]
fn a_name_used_twice_asks_for_the_position() {
    let mut root = parse(b"steps: [average: {}, average: {}]", Origin::File).unwrap();
    let problem = apply_set(&mut root, "steps.average.group-by=cell", 0).unwrap_err().swap_remove(0);
    assert_eq!(problem.what, "the workflow has 2 steps `average`");
    assert_eq!(problem.hint.unwrap(), "call it by position: steps.0, steps.1");
}
