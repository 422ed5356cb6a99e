//! Writing HTML in which nothing from outside can become markup.
//!
//! Markup is only taken as `&'static str`, so it comes from this source code. Every other text goes through
//! [`Html::text`] or [`Html::attribute`], which reveal what hides (control, bidirectional and zero-width characters) and
//! escape what HTML and SVG read as markup.

use crate::taxonomy::text::{reveal, reveal_line};

/// A document under construction.
#[derive(Debug, Default)]
pub(super) struct Html(String);

impl Html {
    /// Markup as it is.
    pub fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.0.push_str(markup);
        self
    }

    /// Text of one line.
    pub fn text(&mut self, text: &str) -> &mut Self {
        escape(&mut self.0, &reveal_line(text));
        self
    }

    /// Text whose line breaks stay.
    pub fn lines(&mut self, text: &str) -> &mut Self {
        escape(&mut self.0, &reveal(text));
        self
    }

    /// ` name="value"`, inside a tag.
    pub fn attribute(&mut self, name: &'static str, value: &str) -> &mut Self {
        self.raw(" ").raw(name).raw("=\"").text(value).raw("\"")
    }

    /// A number in an attribute, with at most one digit after the point.
    pub fn number(&mut self, name: &'static str, value: f64) -> &mut Self {
        let value = if value.is_finite() { (value * 10.0).round() / 10.0 } else { 0.0 };
        self.attribute(name, &value.to_string())
    }

    /// `<name>text</name>`, where `open` is the whole opening tag.
    pub fn element(&mut self, open: &'static str, text: &str, close: &'static str) -> &mut Self {
        self.raw(open).text(text).raw(close)
    }

    /// A rectangle of SVG; its tag is left open for attributes and [`Html::end`].
    pub fn rect(&mut self, x: f64, y: f64, width: f64, height: f64) -> &mut Self {
        self.raw("<rect").number("x", x).number("y", y);
        self.number("width", width.max(0.0)).number("height", height.max(0.0))
    }

    /// Closes a tag that has nothing inside.
    pub fn end(&mut self) -> &mut Self {
        self.raw("/>")
    }

    pub fn finish(self) -> String {
        self.0
    }
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_outside_becomes_markup_or_hides() {
        let mut html = Html::default();
        html.raw("<p").attribute("title", "\"><img src=x onerror='a'>\n&").raw(">");
        html.text("</script>\u{202e}a\u{0}").lines("x\n\u{200b}<!--");
        assert_eq!(
            html.finish(),
            "<p title=\"&quot;&gt;&lt;img src=x onerror=&#39;a&#39;&gt; &amp;\">\
             &lt;/script&gt;⟨U+202E⟩a⟨U+0000⟩x\n⟨U+200B⟩&lt;!--"
        );
    }

    #[test]
    fn numbers_are_short_and_finite() {
        let mut html = Html::default();
        html.rect(1.26, f64::NAN, -3.0, 4.0).end();
        assert_eq!(html.finish(), "<rect x=\"1.3\" y=\"0\" width=\"0\" height=\"4\"/>");
    }
}
