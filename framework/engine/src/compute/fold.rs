//! Folding partials in a fixed binary tree over their positions, whatever order work was done in.
//!
//! Works like a binary counter: two neighbours of the same size become one. At most `log2(n) + 1` partials are kept, and
//! rounding errors grow with `log n` instead of `n`.

use crate::algorithm::Partial;
use trainyard_format::Result;

/// `b` comes behind `a`.
pub type Merge<'a> = &'a dyn Fn(&mut Partial, Partial) -> Result<()>;

#[derive(Default)]
pub struct Fold {
    /// (leaves below, partial), sizes strictly decreasing
    stack: Vec<(u64, Partial)>,
}

impl Fold {
    /// Adds the next leaf.
    ///
    /// # Errors
    /// What the step cannot do.
    pub fn push(&mut self, leaf: Partial, merge: Merge<'_>) -> Result<()> {
        let (mut size, mut partial) = (1, leaf);
        while self.stack.last().is_some_and(|(s, _)| *s == size) {
            if let Some((_, mut before)) = self.stack.pop() {
                merge(&mut before, partial)?;
                partial = before;
                size *= 2;
            }
        }
        self.stack.push((size, partial));
        Ok(())
    }

    /// The whole, `None` without leaves.
    ///
    /// # Errors
    /// What the step cannot do.
    pub fn finish(self, merge: Merge<'_>) -> Result<Option<Partial>> {
        let mut rest = self.stack.into_iter().rev().map(|(_, p)| p);
        let Some(mut whole) = rest.next() else { return Ok(None) };
        for mut before in rest {
            merge(&mut before, whole)?;
            whole = before;
        }
        Ok(Some(whole))
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
            Ok(())
        };
        let mut fold = Fold::default();
        for leaf in ["a", "b", "c", "d", "e", "f", "g"] {
            fold.push(Box::new(leaf.to_string()), &merge).unwrap();
        }
        let whole = fold.finish(&merge).unwrap().unwrap().downcast::<String>().unwrap();
        assert_eq!(*whole, "(((ab)(cd))((ef)g))");
    }
}
