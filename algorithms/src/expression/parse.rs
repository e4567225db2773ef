//! From tokens to the tree: recursive descent, with its depth counted.

use super::token::{tokens, Token};
use super::tree::{Literal, Name, Node, Relation};
use super::unit::is_unit;
use super::{ExpressionError, MAX_DEPTH};

pub fn parse(text: &str) -> Result<Node, ExpressionError> {
    let tokens = tokens(text)?;
    let mut parser = Parser { tokens: &tokens, next: 0, depth: 0 };
    let node = parser.or()?;
    match parser.peek() {
        Token::End => Ok(node),
        _ => Err(parser.unexpected("`&&`, `||` or the end")),
    }
}

struct Parser<'a> {
    /// Ends with [`Token::End`], which is never passed.
    tokens: &'a [(Token, usize)],
    next: usize,
    depth: usize,
}

/// What a comparison can begin with.
enum Operand {
    Column(Name),
    Literal(Literal),
}

impl<'a> Parser<'a> {
    fn peek(&self) -> &'a Token {
        &self.tokens[self.next].0
    }

    fn column(&self) -> usize {
        self.tokens[self.next].1
    }

    fn advance(&mut self) {
        self.next = (self.next + 1).min(self.tokens.len() - 1);
    }

    fn accept(&mut self, token: &Token) -> bool {
        let found = self.peek() == token;
        if found {
            self.advance();
        }
        found
    }

    fn unexpected(&self, expected: &str) -> ExpressionError {
        let found = self.peek();
        let error = ExpressionError::new(self.column(), format!("expected {expected}, found {found}"));
        let before = self.next.checked_sub(1).and_then(|at| self.tokens.get(at)).map(|(token, _)| token);
        match found {
            Token::Name(unit) if matches!(before, Some(Token::Number(_))) && is_unit(unit) => {
                let Some(Token::Number(number)) = before else { return error };
                error.hint(format!("a quantity stands in quotes: `\"{number} {unit}\"`"))
            }
            Token::Name(name) if name.eq_ignore_ascii_case("and") => error.hint("write `&&`"),
            Token::Name(name) if name.eq_ignore_ascii_case("or") => error.hint("write `||`"),
            Token::Name(name) if name.eq_ignore_ascii_case("not") => error.hint("write `!`"),
            Token::Relation(_) => {
                error.hint("a comparison is one column and one number; write two bounds as `cell in 4..=60`")
            }
            _ => error,
        }
    }

    fn or(&mut self) -> Result<Node, ExpressionError> {
        let mut nodes = vec![self.and()?];
        while self.accept(&Token::Or) {
            nodes.push(self.and()?);
        }
        Ok(flat(nodes, Node::Or, |node| match node {
            Node::Or(inner) => Ok(inner),
            other => Err(other),
        }))
    }

    fn and(&mut self) -> Result<Node, ExpressionError> {
        let mut nodes = vec![self.unary()?];
        while self.accept(&Token::And) {
            nodes.push(self.unary()?);
        }
        Ok(flat(nodes, Node::And, |node| match node {
            Node::And(inner) => Ok(inner),
            other => Err(other),
        }))
    }

    fn unary(&mut self) -> Result<Node, ExpressionError> {
        let column = self.column();
        match self.peek() {
            Token::Not | Token::Open if self.depth == MAX_DEPTH => {
                Err(ExpressionError::new(column, format!("the expression is nested deeper than {MAX_DEPTH} levels")))
            }
            Token::Not => {
                self.advance();
                self.depth += 1;
                let node = self.unary()?;
                self.depth -= 1;
                if let Node::Compare { .. } | Node::In { .. } = node {
                    if self.tokens[self.next - 1].0 != Token::Close {
                        return Err(ExpressionError::new(column, "`!` before a comparison is ambiguous")
                            .hint(format!("write `!({node})`")));
                    }
                }
                Ok(Node::Not(Box::new(node)))
            }
            Token::Open => {
                self.advance();
                self.depth += 1;
                let node = self.or()?;
                self.depth -= 1;
                if !self.accept(&Token::Close) {
                    return Err(self.unexpected("`)`"));
                }
                Ok(node)
            }
            _ => self.comparison(),
        }
    }

    fn comparison(&mut self) -> Result<Node, ExpressionError> {
        let left = self.operand("a column, a number, `!` or `(`")?;
        let operator = self.column();
        match (left, self.peek()) {
            (Operand::Column(column), Token::Relation(relation)) => {
                self.advance();
                let literal = self.literal("a number or a quantity in quotes")?;
                Ok(Node::Compare { column, relation: *relation, literal })
            }
            (Operand::Column(column), Token::In) => {
                self.advance();
                self.range(column)
            }
            (Operand::Column(column), _) => Ok(Node::Column(column)),
            (Operand::Literal(literal), Token::Relation(relation)) => {
                self.advance();
                let relation: Relation = relation.exchanged();
                match self.operand("a column")? {
                    Operand::Column(column) => Ok(Node::Compare { column, relation, literal }),
                    Operand::Literal(other) => {
                        Err(ExpressionError::new(operator, format!("`{literal}` and `{other}` are both numbers"))
                            .hint("compare a column with a number"))
                    }
                }
            }
            (Operand::Literal(_), _) => Err(self.unexpected("a comparison such as `<`")),
        }
    }

    fn range(&mut self, column: Name) -> Result<Node, ExpressionError> {
        let from = self.literal("the beginning of a range")?;
        let inclusive = match self.peek() {
            Token::Until => false,
            Token::Through => true,
            _ => return Err(self.unexpected("`..` or `..=`")),
        };
        self.advance();
        let to = self.literal("the end of the range")?;
        Ok(Node::In { column, from, to, inclusive })
    }

    fn operand(&mut self, expected: &str) -> Result<Operand, ExpressionError> {
        let column = self.column();
        let operand = match self.peek() {
            Token::Name(text) => Operand::Column(Name { text: text.clone(), column }),
            Token::Number(number) => Operand::Literal(Literal { number: *number, unit: None, column }),
            Token::Quantity(number, unit) => {
                Operand::Literal(Literal { number: *number, unit: Some(unit.clone()), column })
            }
            _ => return Err(self.unexpected(expected)),
        };
        self.advance();
        Ok(operand)
    }

    fn literal(&mut self, expected: &str) -> Result<Literal, ExpressionError> {
        let column = self.column();
        match self.operand(expected)? {
            Operand::Literal(literal) => Ok(literal),
            Operand::Column(name) => {
                Err(ExpressionError::new(column, format!("expected {expected}, found the column `{}`", name.text))
                    .hint(match name.text.as_str() {
                        "true" => "a yes-or-no column stands alone: `lit`",
                        "false" => "negate a yes-or-no column with `!`: `!lit`",
                        _ => "a column is compared with a number, not with another column",
                    }))
            }
        }
    }
}

/// One node, or the nodes with those of the same sign opened up.
fn flat(
    mut nodes: Vec<Node>,
    build: impl Fn(Vec<Node>) -> Node,
    open: impl Fn(Node) -> Result<Vec<Node>, Node>,
) -> Node {
    if nodes.len() == 1 {
        return nodes.swap_remove(0);
    }
    build(nodes.into_iter().flat_map(|node| open(node).unwrap_or_else(|other| vec![other])).collect())
}
