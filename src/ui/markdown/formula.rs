//! LaTeX formulas as one line of plain text: `\frac{a+b}{c} \le \sqrt{x}` reads `(a+b)/c ≤ √x`.
//!
//! Nothing is dropped that means something: what has no plain form, and every command that is not
//! known, stays as it was written.

use super::symbols::{double_struck, is_function, subscript, superscript, symbol};

/// Groups within groups that are looked into.
const DEEPEST: usize = 24;
/// A longer formula stays as it is.
const LONGEST: usize = 8_192;

/// A formula without its dollars, readable in a terminal. A line break stands between rows.
pub(super) fn readable(latex: &str) -> String {
    if latex.len() > LONGEST {
        return latex.to_owned();
    }
    let mut reader = Reader { rest: latex.trim(), depth: 0 };
    let mut shown = String::new();
    while !reader.rest.is_empty() {
        reader.sequence(&mut shown);
        // A brace too many.
        if let Some(rest) = reader.rest.strip_prefix('}') {
            shown.push('}');
            reader.rest = rest;
        }
    }
    tidy(&shown)
}

/// Single blanks, none at the ends of lines.
fn tidy(shown: &str) -> String {
    let lines = shown.split('\n').map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Reader<'a> {
    /// Everything up to a closing brace, an end of an environment or the end.
    fn sequence(&mut self, shown: &mut String) {
        while let Some(c) = self.rest.chars().next() {
            if c == '}' || self.rest.starts_with("\\end{") {
                return;
            }
            match c {
                '^' | '_' => {
                    self.skip(c);
                    let script = self.argument();
                    shown.push_str(&scripted(c, &script));
                }
                '~' => {
                    self.skip(c);
                    shown.push(' ');
                }
                _ => {
                    let atom = self.atom();
                    shown.push_str(&atom);
                }
            }
        }
    }

    fn skip(&mut self, c: char) {
        self.rest = &self.rest[c.len_utf8()..];
    }

    /// A character, a group or a command with what belongs to it.
    fn atom(&mut self) -> String {
        match self.rest.chars().next() {
            Some('{') => self.group(),
            Some('\\') => self.command(),
            Some('\'') => {
                self.skip('\'');
                "′".to_owned()
            }
            Some(c) => {
                self.skip(c);
                c.to_string()
            }
            None => String::new(),
        }
    }

    /// What a command or script applies to: a group, else one character or command.
    fn argument(&mut self) -> String {
        self.rest = self.rest.trim_start();
        match self.rest.chars().next() {
            None | Some('}' | '^' | '_' | '&') => String::new(),
            _ => tidy(&self.atom()),
        }
    }

    /// The inside of `{...}`; as it is where groups are too deep or never end.
    fn group(&mut self) -> String {
        let mut shown = String::new();
        let before = self.rest;
        self.skip('{');
        if self.depth >= DEEPEST {
            return "{".to_owned();
        }
        self.depth += 1;
        self.sequence(&mut shown);
        self.depth -= 1;
        match self.rest.strip_prefix('}') {
            Some(rest) => {
                self.rest = rest;
                shown
            }
            None if self.rest.is_empty() => {
                self.rest = "";
                before.to_owned()
            }
            None => format!("{{{shown}"),
        }
    }

    /// The text of `[...]`, where there is one.
    fn option(&mut self) -> Option<&'a str> {
        let inside = self.rest.trim_start().strip_prefix('[')?;
        let end = inside.find(']')?;
        self.rest = &inside[end + 1..];
        Some(&inside[..end])
    }

    fn command(&mut self) -> String {
        self.skip('\\');
        let letters = self.rest.bytes().take_while(u8::is_ascii_alphabetic).count();
        if letters == 0 {
            let Some(c) = self.rest.chars().next() else { return "\\".to_owned() };
            self.skip(c);
            return match c {
                ',' | ';' | ':' | ' ' | '>' => " ".to_owned(),
                '!' => String::new(),
                '\\' => {
                    self.option();
                    "\n".to_owned()
                }
                '|' => "‖".to_owned(),
                '%' | '$' | '#' | '&' | '_' | '{' | '}' => c.to_string(),
                other => format!("\\{other}"),
            };
        }
        let (name, rest) = self.rest.split_at(letters);
        self.rest = rest;
        if let Some(symbol) = symbol(name) {
            return symbol.to_owned();
        }
        if self.depth >= DEEPEST {
            return format!("\\{name}");
        }
        self.depth += 1;
        let shown = self.known(name);
        self.depth -= 1;
        shown
    }

    fn known(&mut self, name: &str) -> String {
        match name {
            "frac" | "dfrac" | "tfrac" | "cfrac" => {
                let (above, below) = (self.argument(), self.argument());
                format!("{}/{}", whole(&above), whole(&below))
            }
            "binom" | "dbinom" | "tbinom" => {
                let (above, below) = (self.argument(), self.argument());
                format!("({above} choose {below})")
            }
            "sqrt" => {
                let degree = self.option().map(|degree| raised(degree).unwrap_or_else(|| format!("({degree})")));
                let under = self.argument();
                format!("{}√{}", degree.unwrap_or_default(), whole(&under))
            }
            "text" | "textrm" | "textbf" | "textit" | "mathrm" | "mathbf" | "mathit" | "mathsf" | "mathtt"
            | "boldsymbol" | "bm" | "mathcal" | "mathfrak" | "mathscr" | "operatorname" | "mbox" | "hbox"
            | "ensuremath" | "boxed" | "mathop" | "mathord" => {
                let inside = self.rest.trim_start().starts_with('{');
                if inside { self.spaced(name) } else { self.argument() }
            }
            "mathbb" => self.argument().chars().map(double_struck).collect(),
            "left" | "right" | "middle" | "big" | "Big" | "bigg" | "Bigg" | "bigl" | "bigr" | "Bigl" | "Bigr"
            | "biggl" | "biggr" => {
                self.rest = self.rest.trim_start().strip_prefix('.').unwrap_or(self.rest);
                String::new()
            }
            "displaystyle" | "textstyle" | "limits" | "nolimits" | "nonumber" | "notag" => String::new(),
            "quad" | "qquad" | "enspace" | "thinspace" => "  ".to_owned(),
            "hat" | "widehat" => self.accented(name, '\u{302}'),
            "bar" => self.accented(name, '\u{304}'),
            "vec" => self.accented(name, '\u{20d7}'),
            "dot" => self.accented(name, '\u{307}'),
            "ddot" => self.accented(name, '\u{308}'),
            "tilde" | "widetilde" => self.accented(name, '\u{303}'),
            "overline" => self.accented(name, '\u{305}'),
            "underline" => self.accented(name, '\u{332}'),
            "begin" => self.environment(),
            _ if is_function(name) => {
                let next = self.rest.trim_start().chars().next();
                let apart = next.is_some_and(|c| c.is_alphanumeric() || c == '\\');
                format!(" {name}{}", if apart { " " } else { "" })
            }
            _ => format!("\\{name}{}", if self.rest.starts_with('{') { self.kept() } else { String::new() }),
        }
    }

    /// Words keep the blanks at their ends, which set them off from symbols.
    fn spaced(&mut self, name: &str) -> String {
        self.rest = self.rest.trim_start();
        let text = self.group();
        let apart = matches!(name, "operatorname" | "mathop");
        if apart { format!(" {text} ") } else { text }
    }

    /// The groups after an unknown command, braces and all.
    fn kept(&mut self) -> String {
        let mut shown = String::new();
        while self.rest.starts_with('{') {
            let inside = self.group();
            if inside.starts_with('{') {
                return shown + &inside;
            }
            shown.push_str(&format!("{{{inside}}}"));
        }
        shown
    }

    fn accented(&mut self, name: &str, mark: char) -> String {
        let under = self.argument();
        let mut chars = under.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) if c.is_alphanumeric() => format!("{c}{mark}"),
            _ => format!("{name}({under})"),
        }
    }

    /// `\begin{...}` has been read up to its name.
    fn environment(&mut self) -> String {
        let Some((name, rest)) = self.rest.strip_prefix('{').and_then(|rest| rest.split_once('}')) else {
            return "\\begin".to_owned();
        };
        self.rest = rest;
        let kind = name.trim_end_matches('*');
        if matches!(kind, "array" | "tabular") && self.rest.starts_with('{') {
            // Which side columns are set to.
            self.rest = self.rest.split_once('}').map_or("", |(_, rest)| rest);
        }
        let mut inside = String::new();
        loop {
            self.sequence(&mut inside);
            match self.rest.strip_prefix('}') {
                Some(rest) => {
                    inside.push('}');
                    self.rest = rest;
                }
                None => break,
            }
        }
        if let Some(rest) = self.rest.strip_prefix("\\end{") {
            self.rest = rest.split_once('}').map_or("", |(_, rest)| rest);
        }
        let rows: Vec<String> = inside.split('\n').map(|row| row.replace('&', " ")).collect();
        let rows: Vec<String> = rows.iter().map(|row| tidy(row)).filter(|row| !row.is_empty()).collect();
        match kind {
            "matrix" | "pmatrix" | "smallmatrix" => format!("({})", rows.join("; ")),
            "bmatrix" | "array" => format!("[{}]", rows.join("; ")),
            "vmatrix" => format!("|{}|", rows.join("; ")),
            "Vmatrix" => format!("‖{}‖", rows.join("; ")),
            "cases" => format!("{{ {}", rows.join("; ")),
            _ => format!("\n{}\n", rows.join("\n")),
        }
    }
}

/// A part that can stand beside a slash or under a root: one name or number, else in brackets.
fn whole(part: &str) -> String {
    let is_plain = part
        .chars()
        .all(|c| c.is_alphanumeric() || matches!(c, '.' | '′' | '√' | '\u{300}'..='\u{36f}' | '\u{20d7}' | '∞'));
    if is_plain || is_bracketed(part) { part.to_owned() } else { format!("({part})") }
}

/// Whether the first bracket closes at the end.
fn is_bracketed(part: &str) -> bool {
    let mut open = 0_usize;
    for (at, c) in part.char_indices() {
        match c {
            '(' => open += 1,
            ')' => open = open.saturating_sub(1),
            _ => {}
        }
        if open == 0 {
            return c == ')' && at + 1 == part.len();
        }
    }
    false
}

fn scripted(sign: char, script: &str) -> String {
    if (sign, script) == ('^', "∘") {
        return "°".to_owned();
    }
    let table = if sign == '^' { raised(script) } else { lowered(script) };
    match table {
        Some(shown) => shown,
        None if matches!(script, "′" | "″") => script.to_owned(),
        None if script.chars().count() <= 1 => format!("{sign}{script}"),
        None => format!("{sign}({script})"),
    }
}

fn raised(script: &str) -> Option<String> {
    let compact = script.chars().filter(|c| !c.is_whitespace());
    compact.map(superscript).collect::<Option<String>>().filter(|shown| !shown.is_empty())
}

fn lowered(script: &str) -> Option<String> {
    let compact = script.chars().filter(|c| !c.is_whitespace());
    compact.map(subscript).collect::<Option<String>>().filter(|shown| !shown.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn formulas_read_as_people_write_them() {
        for (latex, shown) in [
            (r"E = mc^2", "E = mc²"),
            (r"\frac{a+b}{c} \le \sqrt{x^2+y^2}", "(a+b)/c ≤ √(x²+y²)"),
            (r"\int_0^\infty e^{-x^2}\,dx = \frac{\sqrt{\pi}}{2}", "∫₀^∞ e^(-x²) dx = √π/2"),
            (r"\vec{F} = m\vec a", "F\u{20d7} = ma\u{20d7}"),
            (r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}", "(1 2; 3 4)"),
            (r"\text{speed of light} = 3 \times 10^{8}\,\mathrm{m/s}", "speed of light = 3 × 10⁸ m/s"),
            (r"\left( \frac{1}{2} \right)^n", "( 1/2 )ⁿ"),
            (r"\sum_{i=1}^{n} i^2 = \frac{n(n+1)(2n+1)}{6}", "∑ᵢ₌₁ⁿ i² = (n(n+1)(2n+1))/6"),
            (r"n_1 \sin\theta_1 = n_2 \sin \theta_2", "n₁ sin θ₁ = n₂ sin θ₂"),
            (r"\lim_{x \to 0} f(x)", "lim_(x → 0) f(x)"),
            (r"\mathbb{R}^n \ni x \in \{1, 2\}", "ℝⁿ ∋ x ∈ {1, 2}"),
            (r"\sqrt[3]{8} = 2", "³√8 = 2"),
            (r"30^\circ, 90^{\circ}", "30°, 90°"),
            (r"\Delta x \, \Delta p \geq \frac{\hbar}{2}", "Δ x Δ p ≥ ℏ/2"),
            (r"\begin{align*} a &= b \\ c &= d \end{align*}", "a = b\nc = d"),
            (r"f'(x) = \binom{n}{k}", "f′(x) = (n choose k)"),
            (r"50\%\ \text{of}\ \$3", "50% of $3"),
            (r"x_{ij}^{(k)} \overline{AB}", "xᵢⱼ⁽ᵏ⁾ overline(AB)"),
        ] {
            assert_eq!(readable(latex), shown, "{latex}");
        }
    }

    #[test]
    fn what_is_not_known_or_not_whole_stays() {
        for latex in [r"\foo{bar} + 1", r"\alpha_{1", r"{{{", "a}b", r"\frac", r"\begin", r"\\", "^", "_{}", r"\hat{}"]
        {
            let shown = readable(latex);
            let letters = |text: &str| text.chars().filter(|c| c.is_ascii_alphabetic()).collect::<String>();
            if latex.contains("foo") || latex.contains('{') && !latex.contains("alpha") {
                assert!(letters(&shown).contains(&letters(latex).replace("hat", "")), "{latex}: {shown}");
            }
        }
        assert_eq!(readable(r"\foo{bar} + \alpha"), r"\foo{bar} + α");
        assert_eq!(readable("a}b"), "a}b");
        assert_eq!(
            readable(r"\hat{\hat{\hat{x}}}").chars().filter(|c| *c == '\u{302}').count(),
            1,
            "marks do not pile up"
        );
    }

    #[test]
    fn depth_and_length_are_bounded() {
        for open in ["{", r"\frac{1}{", r"\sqrt{", "^{", r"\begin{a}", r"\hat"] {
            let text = open.repeat(1_000);
            assert!(!readable(&text).is_empty());
        }
        let long = "x^2 ".repeat(4_000);
        assert_eq!(readable(&long), long);
    }

    proptest! {
        #[test]
        fn letters_and_digits_are_never_lost(text in "[a-z0-9+ (){}^_]{0,40}") {
            let count = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).count();
            prop_assert!(count(&readable(&text)) >= count(&text), "{}", readable(&text));
        }

        #[test]
        fn nothing_makes_it_fail(text in r"[\\a-z{}^_&$\[\] 0-9]{0,60}") {
            readable(&text);
        }
    }
}
