//! Folding partials in a fixed binary tree over their positions, whatever order work was done in.
//!
//! Works like a binary counter: two neighbours of the same size become one. At most `log2(n) + 1` partials are kept, and
//! rounding errors grow with `log n` instead of `n`.

use crate::algorithm::Partial;

#[derive(Default)]
pub struct Fold {
    /// (leaves below, partial), sizes strictly decreasing
    stack: Vec<(u64, Partial)>,
}

impl Fold {
    /// Adds the next leaf.
    pub fn push(&mut self, leaf: Partial, merge: &dyn Fn(&mut Partial, Partial)) {
        let (mut size, mut partial) = (1, leaf);
        while self.stack.last().is_some_and(|(s, _)| *s == size) {
            if let Some((_, mut before)) = self.stack.pop() {
                merge(&mut before, partial);
                partial = before;
                size *= 2;
            }
        }
        self.stack.push((size, partial));
    }

    /// The whole, `None` without leaves.
    pub fn finish(self, merge: &dyn Fn(&mut Partial, Partial)) -> Option<Partial> {
        let mut rest = self.stack.into_iter().rev().map(|(_, p)| p);
        let mut whole = rest.next()?;
        for mut before in rest {
            merge(&mut before, whole);
            whole = before;
        }
        Some(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_order_and_shape() {
        let merge = |a: &mut Partial, b: Partial| {
            let b = *b.downcast::<String>().unwrap();
            let a = a.downcast_mut::<String>().unwrap();
            *a = format!("({a}{b})");
        };
        let mut fold = Fold::default();
        for leaf in ["a", "b", "c", "d", "e", "f", "g"] {
            fold.push(Box::new(leaf.to_string()), &merge);
        }
        let whole = fold.finish(&merge).unwrap().downcast::<String>().unwrap();
        assert_eq!(*whole, "(((ab)(cd))((ef)g))");
    }
}
