//! Writes many mutants into one copy of the sources, each behind a number, so that one build can try all of them.
//!
//! Takes a list as `cargo mutants --list --json` prints it (each with a `number`) on standard input and the folder of
//! the copy; prints, one a line, the numbers of those that cannot be told this way. Whole lines are added nowhere but where
//! a mutant is.

use std::collections::BTreeMap;
use std::path::Path;

use proc_macro2::{LineColumn, Span};
use serde::Deserialize;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

#[derive(Deserialize)]
struct Mutant {
    number: u32,
    file: String,
    genre: String,
    replacement: String,
    span: Range,
}

#[derive(Deserialize, Clone, Copy)]
struct Range {
    start: Place,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
struct Place {
    line: usize,
    column: usize,
}

impl From<LineColumn> for Place {
    fn from(at: LineColumn) -> Self {
        Self { line: at.line, column: at.column + 1 }
    }
}

/// What is to be written in place of some bytes.
struct Edit {
    from: usize,
    to: usize,
    text: String,
}

struct Finder<'a> {
    source: &'a str,
    lines: Vec<usize>,
    mutants: Vec<&'a Mutant>,
    edits: Vec<(u32, Edit)>,
}

fn has_let(expr: &syn::Expr) -> bool {
    struct Looks(bool);
    impl<'ast> Visit<'ast> for Looks {
        fn visit_expr_let(&mut self, _: &'ast syn::ExprLet) {
            self.0 = true;
        }
    }
    let mut looks = Looks(false);
    looks.visit_expr(expr);
    looks.0
}

impl Finder<'_> {
    fn offset(&self, at: LineColumn) -> usize {
        let start = self.lines[at.line - 1];
        let line = &self.source[start..];
        start + line.char_indices().nth(at.column).map_or(line.len(), |(at, _)| at)
    }

    fn bytes(&self, span: Span) -> (usize, usize) {
        (self.offset(span.start()), self.offset(span.end()))
    }

    fn text(&self, span: Span) -> &str {
        let (from, to) = self.bytes(span);
        &self.source[from..to]
    }

    /// The mutants of these genres that begin at a place.
    fn at(&self, genre: &str, start: LineColumn) -> Vec<(u32, String)> {
        let start = Place::from(start);
        let same = |mutant: &&&Mutant| mutant.genre == genre && mutant.span.start == start;
        self.mutants.iter().filter(same).map(|mutant| (mutant.number, mutant.replacement.clone())).collect()
    }

    fn replace(&mut self, number: u32, span: Span, changed: &str, plain: &str) {
        let (from, to) = self.bytes(span);
        let text = format!("(if crate::mutant({number}) {{ {changed} }} else {{ {plain} }}/*{number}*/)");
        self.edits.push((number, Edit { from, to, text }));
    }

    fn body(&mut self, block: &syn::Block) {
        // cargo-mutants says where the statements begin, not the brace.
        let Some(first) = block.stmts.first() else { return };
        for (number, value) in self.at("FnValue", first.span().start()) {
            let at = self.offset(block.brace_token.span.open().end());
            let text = format!(" if crate::mutant({number}) {{ return {value}; }}/*{number}*/ ");
            self.edits.push((number, Edit { from: at, to: at, text }));
        }
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.body(&item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.body(&item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast syn::TraitItemFn) {
        if let Some(block) = &item.default {
            self.body(block);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_expr_binary(&mut self, expr: &'ast syn::ExprBinary) {
        for (number, op) in self.at("BinaryOperator", expr.op.span().start()) {
            if has_let(&expr.left) || has_let(&expr.right) {
                continue;
            }
            let (left, right) = (self.text(expr.left.span()), self.text(expr.right.span()));
            // What is assigned to stays a place.
            let with = |op: &str| {
                if op.ends_with('=') && !matches!(op, "==" | "!=" | "<=" | ">=") {
                    format!("{left} {op} ({right})")
                } else {
                    format!("({left}) {op} ({right})")
                }
            };
            let (changed, plain) = (with(&op), with(self.text(expr.op.span())));
            self.replace(number, expr.span(), &changed, &plain);
        }
        visit::visit_expr_binary(self, expr);
    }

    fn visit_expr_unary(&mut self, expr: &'ast syn::ExprUnary) {
        for (number, _) in self.at("UnaryOperator", expr.op.span().start()) {
            let (inner, whole) = (self.text(expr.expr.span()).to_owned(), self.text(expr.span()).to_owned());
            self.replace(number, expr.span(), &inner, &whole);
        }
        visit::visit_expr_unary(self, expr);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        if let Some((_, guard)) = &arm.guard {
            for (number, value) in self.at("MatchArmGuard", guard.span().start()) {
                if !has_let(guard) {
                    let plain = self.text(guard.span()).to_owned();
                    self.replace(number, guard.span(), &value, &plain);
                }
            }
        }
        for (number, _) in self.at("MatchArm", arm.span().start()) {
            match &arm.guard {
                Some((_, guard)) if has_let(guard) => {}
                Some((_, guard)) => {
                    let plain = self.text(guard.span()).to_owned();
                    self.replace(number, guard.span(), "false", &plain);
                }
                None => {
                    let (_, at) = self.bytes(arm.pat.span());
                    let text = format!(" if !crate::mutant({number})/*{number}*/ ");
                    self.edits.push((number, Edit { from: at, to: at, text }));
                }
            }
        }
        visit::visit_arm(self, arm);
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = std::env::args().nth(1).ok_or("which folder?")?;
    let mutants: Vec<Mutant> = serde_json::from_reader(std::io::stdin())?;
    let mut files: BTreeMap<&str, Vec<&Mutant>> = BTreeMap::new();
    for mutant in &mutants {
        files.entry(&mutant.file).or_default().push(mutant);
    }
    for (file, mutants) in files {
        let path = Path::new(&root).join(file);
        let source = std::fs::read_to_string(&path)?;
        let lines = std::iter::once(0).chain(source.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let numbers: Vec<u32> = mutants.iter().map(|mutant| mutant.number).collect();
        let mut finder = Finder { source: &source, lines, mutants, edits: Vec::new() };
        finder.visit_file(&syn::parse_file(&source)?);
        let mut edits = finder.edits;
        // From the end, so that places before stay what they are. What lies within another is left out.
        edits.sort_by_key(|(_, edit)| std::cmp::Reverse((edit.from, edit.to)));
        let mut text = source.clone();
        let mut before = usize::MAX;
        let mut written = Vec::new();
        for (number, edit) in edits {
            if edit.to <= before {
                text.replace_range(edit.from..edit.to, &edit.text);
                before = edit.from;
                written.push(number);
            }
        }
        std::fs::write(&path, text)?;
        for number in numbers.into_iter().filter(|number| !written.contains(number)) {
            println!("{number}");
        }
    }
    Ok(())
}
