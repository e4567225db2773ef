//! Slurm's compressed node lists: `node[1-4,7]` is `node1 node2 node3 node4 node7`.
//!
//! Leading zeros count (`n[08-10]` is `n08 n09 n10`), several brackets multiply (`r[1-2]n[1-2]`, rightmost fastest), commas
//! outside brackets separate. The expansion is bounded, since nine characters can stand for a billion names.

use crate::Error;

/// The most names that [`expand_nodes`] makes; Slurm itself knows at most 65,536 nodes.
pub const MAX_NODES: usize = 1 << 17;

/// The most bytes of names altogether.
const MAX_BYTES: usize = 16 << 20;

/// Writes a compressed node list out, in its order.
///
/// ```
/// let nodes = slurm_cli_wrapper::expand_nodes("node[1-2,7],login1").unwrap();
/// assert_eq!(nodes, ["node1", "node2", "node7", "login1"]);
/// ```
///
/// # Errors
/// If brackets do not match, a range is not one, or the list stands for more than [`MAX_NODES`] names.
pub fn expand_nodes(list: &str) -> Result<Vec<String>, Error> {
    let refuse = |why: &str| {
        Error::Request(format!("`{}` is not a node list: {why}", list.chars().take(200).collect::<String>()))
    };
    let list = list.trim();
    let mut names = Vec::new();
    if list.is_empty() || list == "(null)" || list == "None assigned" {
        return Ok(names);
    }
    let mut bytes = 0;
    for item in split_outside_brackets(list).ok_or_else(|| refuse("brackets do not match"))? {
        if item.is_empty() {
            return Err(refuse("an empty name"));
        }
        let expanded = expand_item(item).map_err(&refuse)?;
        bytes += expanded.iter().map(String::len).sum::<usize>();
        if names.len() + expanded.len() > MAX_NODES || bytes > MAX_BYTES {
            return Err(refuse("too many names"));
        }
        names.extend(expanded);
    }
    Ok(names)
}

fn split_outside_brackets(list: &str) -> Option<Vec<&str>> {
    let (mut items, mut start, mut inside) = (Vec::new(), 0, false);
    for (index, byte) in list.bytes().enumerate() {
        match byte {
            b'[' if inside => return None,
            b'[' => inside = true,
            b']' if !inside => return None,
            b']' => inside = false,
            b',' if !inside => {
                items.push(list.get(start..index)?);
                start = index + 1;
            }
            _ => {}
        }
    }
    items.push(list.get(start..)?);
    (!inside).then_some(items)
}

fn expand_item(mut item: &str) -> Result<Vec<String>, &'static str> {
    let mut names = vec![String::new()];
    while let Some((literal, rest)) = item.split_once('[') {
        let (ranges, rest) = rest.split_once(']').ok_or("brackets do not match")?;
        let mut numbers = Vec::new();
        for range in ranges.split(',') {
            expand_range(range, &mut numbers)?;
        }
        let count =
            names.len().checked_mul(numbers.len()).filter(|&count| count <= MAX_NODES).ok_or("too many names")?;
        let longest = names.last().map_or(0, String::len) + literal.len() + numbers.last().map_or(0, String::len);
        if count.saturating_mul(longest) > MAX_BYTES {
            return Err("too many names");
        }
        let mut product = Vec::with_capacity(count);
        for name in &names {
            product.extend(numbers.iter().map(|number| format!("{name}{literal}{number}")));
        }
        names = product;
        item = rest;
    }
    if names.len().saturating_mul(item.len()) > MAX_BYTES {
        return Err("too many names");
    }
    for name in &mut names {
        name.push_str(item);
    }
    Ok(names)
}

fn expand_range(range: &str, numbers: &mut Vec<String>) -> Result<(), &'static str> {
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    // Longer numbers do not occur; the bound also keeps the zero padding small.
    let is_number = |text: &str| (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(first) || !is_number(last) {
        return Err("a range is not of the form `1-4`");
    }
    let (Ok(from), Ok(to)) = (first.parse::<usize>(), last.parse::<usize>()) else {
        return Err("a range is not of the form `1-4`");
    };
    if from > to {
        return Err("a range runs backwards");
    }
    if to - from >= MAX_NODES || numbers.len() + (to - from) >= MAX_NODES {
        return Err("too many names");
    }
    let width = first.len();
    numbers.extend((from..=to).map(|number| format!("{number:0width$}")));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn expanded(list: &str) -> String {
        expand_nodes(list).unwrap().join(" ")
    }

    #[test]
    fn lists_of_every_kind() {
        assert_eq!(expanded("node[1-4,7]"), "node1 node2 node3 node4 node7");
        assert_eq!(expanded("n[08-10]"), "n08 n09 n10");
        assert_eq!(expanded("r[1-2]n[1-2]-ib"), "r1n1-ib r1n2-ib r2n1-ib r2n2-ib");
        assert_eq!(expanded("max-exfl[001,003-004],login"), "max-exfl001 max-exfl003 max-exfl004 login");
        assert_eq!(expanded("(null)"), "");
        assert_eq!(expanded(""), "");
    }

    #[test]
    fn malformed_lists_are_refused() {
        for list in
            ["n[1", "n1]", "n[[1]]", "n[]", "n[1-]", "n[a]", "n[2-1]", "a,,b", ",", "n[1,]", "n[-1]", "n[1-2-3]"]
        {
            assert!(expand_nodes(list).is_err(), "{list}");
        }
    }

    #[test]
    fn expansion_is_bounded() {
        for list in [
            "n[1-999999999]",
            "n[1-9999]m[1-9999]",
            "n[0-99][0-99][0-99][0-99]",
            &format!("{}[1-99999]", "x".repeat(1000)),
            &format!("n[1-99999]{}", "x".repeat(1000)),
        ] {
            assert!(expand_nodes(list).unwrap_err().to_string().ends_with("too many names"));
        }
        let many = ["n[1-131071]"; 3].join(",");
        assert!(expand_nodes(&many).is_err());
        assert_eq!(expand_nodes("n[1-131072]").unwrap().len(), MAX_NODES);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(list in "\\PC{0,30}|[a-b0-9,\\[\\]-]{0,30}") {
            let _ = expand_nodes(&list);
        }

        #[test]
        fn a_written_out_list_is_itself(names in proptest::collection::vec("[a-z]{1,5}[0-9]{0,3}", 1..20)) {
            prop_assert_eq!(expand_nodes(&names.join(",")).unwrap(), names);
        }
    }
}
