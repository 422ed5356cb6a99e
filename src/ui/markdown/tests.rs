use proptest::prelude::*;
use ratatui::style::Modifier;

use super::*;
use crate::app::fixture::Desk;
use crate::theme::{ColorDepth, GlyphSet, Glyphs, Theme};

fn with_view<T>(look: impl FnOnce(&View<'_>) -> T) -> T {
    let model = Desk::new().model;
    let theme = Theme::load("dark", ColorDepth::None, &|_| None).unwrap().theme;
    look(&View { model: &model, theme: &theme, glyphs: Glyphs::of(GlyphSet::Unicode) })
}

fn shown(text: &str, columns: usize) -> String {
    with_view(|view| {
        let lines = lines(view, text, columns);
        for line in &lines {
            assert!(line.width() <= columns, "{line:?}");
        }
        lines.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    })
}

const PAGE: &str = r#"# Refraction

Light **bends** at a *boundary*; see `n = c / v` and [Snell](https://example.org/snell).
Second line.

1. Given: $n_1 = 1.0$ and $\theta_1 = 30^\circ$
2. Wanted: $\theta_2$
   - by hand
   - [x] by code

$$n_1 \sin\theta_1 = n_2 \sin\theta_2$$

> A quote that is long enough to be wrapped onto a second line of the screen.

```python
def refract(n1, n2, theta):
    return math.asin(n1 / n2 * math.sin(theta))  # radians, not degrees, whatever they say
```

| medium | index | remark |
|---|---:|---|
| air | 1.00 | so close to a vacuum that nobody minds |
| glass | 1.52 | **crown** |

It costs $5 or $6, <b>not</b> \(x^2\) and \[\frac{a}{b}\]
"#;

#[test]
fn a_page_with_everything_is_readable() {
    insta::assert_snapshot!(shown(PAGE, 60));
    insta::assert_snapshot!("a_narrow_page", shown(PAGE, 28));
}

#[test]
fn emphasis_is_told_without_colour() {
    with_view(|view| {
        let lines = lines(view, "# A\n\n**b** *c* ~~d~~", 40);
        let of = |text: &str| {
            let mut spans = lines.iter().flat_map(|line| &line.spans);
            spans.find(|span| span.content == text).unwrap_or_else(|| panic!("no {text}: {lines:?}")).style.add_modifier
        };
        assert!(of("A").contains(Modifier::BOLD) && of("b").contains(Modifier::BOLD));
        assert!(of("c").contains(Modifier::ITALIC) && of("d").contains(Modifier::CROSSED_OUT));
    });
}

#[test]
fn code_is_never_taken_for_a_formula() {
    let text = "```\nprice = \"\\(x\\)\" # $a$\n```\n\nand `\\(y\\)`";
    assert_eq!(shown(text, 40), "│ price = \"\\(x\\)\" # $a$\n\nand \\(y\\)");
    assert_eq!(shown("between $5 and $10 or $7-$9", 40), "between $5 and $10 or $7-$9");
}

#[test]
fn what_hides_is_revealed_and_html_stays() {
    let hostile = crate::taxonomy::Untrusted::from("<b>x</b> a\u{202e}b\u{1b}[2J **c\u{200b}d**");
    let found = shown(&hostile.reveal(), 80);
    assert_eq!(found, "<b>x</b> a⟨U+202E⟩b⟨U+001B⟩[2J c⟨U+200B⟩d");
}

#[test]
fn a_character_that_is_written_as_its_number_is_revealed_as_well() {
    let text = "a&#x202e;b&#27;[2J [c](https://x.y/&#x200b;z)\n\n    &#27;";
    let found = shown(text, 80);
    assert!(found.starts_with("a⟨U+202E⟩b⟨U+001B⟩[2J c"), "{found}");
    assert!(!found.contains(['\u{202e}', '\u{1b}', '\u{200b}']), "{found:?}");
    assert_eq!(plain("a&#x202e;b &zwj;"), "a⟨U+202E⟩b ⟨U+200D⟩");
}

#[test]
fn a_line_of_a_list_has_no_marks() {
    let text = "## How **fast** is `light` at $30^\\circ$\nin [glass](https://example.org)?";
    assert_eq!(plain(text), "How fast is light at 30° in glass?");
    assert_eq!(plain("It costs $5 or $6 <b>"), "It costs $5 or $6 <b>");
}

#[test]
fn depth_and_length_are_bounded() {
    for text in [">".repeat(2_000), "- ".repeat(2_000), "[".repeat(5_000), "*a ".repeat(5_000), "|".repeat(5_000)] {
        shown(&text, 30);
    }
    let long = "word ".repeat(40_000);
    assert!(shown(&long, 80).ends_with("further bytes are not shown."));
}

proptest! {
    #[test]
    fn nothing_is_wider_than_the_pane_and_no_letter_is_lost(text in r"[a-e \n*_`#>|$\\()\[\]0-9-]{0,80}", columns in 12_usize..60) {
        let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).count();
        let found = shown(&text, columns);
        prop_assert!(letters(&found) >= letters(&text).saturating_sub(text.matches('[').count() * 80), "{}", found);
    }
}
