//! The block of facts at the end of a prompt: `key: value` lines and `key:` lists between `<data>` and `</data>`.

/// The facts of one prompt, borrowed from its text.
#[derive(Debug, Default, Clone)]
pub struct Data<'a> {
    entries: Vec<Entry<'a>>,
}

#[derive(Debug, Clone)]
struct Entry<'a> {
    key: &'a str,
    value: &'a str,
    items: Vec<&'a str>,
}

impl<'a> Data<'a> {
    /// Reads the block in `prompt`, if there is one that is closed.
    #[must_use]
    pub fn find(prompt: &'a str) -> Option<Self> {
        // Prose above the block may name the tags inside a line; a tag of the block stands alone.
        let mut lines = prompt.lines().skip_while(|line| line.trim() != "<data>");
        lines.next()?;
        let mut data = Self::default();
        for line in lines {
            let line = line.trim();
            if line == "</data>" {
                return Some(data);
            }
            data.read(line);
        }
        None
    }

    /// The value of `key`; `None` when it is absent or empty.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&'a str> {
        let entry = self.entries.iter().find(|entry| entry.key == key)?;
        Some(entry.value).filter(|value| !value.is_empty())
    }

    /// The value of `key`, or the empty string.
    #[must_use]
    pub fn text(&self, key: &str) -> &'a str {
        self.value(key).unwrap_or_default()
    }

    /// The text of `key`, whose lines stand behind bars when there are several.
    #[must_use]
    pub fn block(&self, key: &str) -> String {
        let entry = self.entries.iter().find(|entry| entry.key == key);
        entry.map_or_else(String::new, |entry| match entry.value {
            "" => entry.items.join("\n"),
            value => value.to_owned(),
        })
    }

    /// The items of the list `key`; empty when it is absent.
    #[must_use]
    pub fn list(&self, key: &str) -> &[&'a str] {
        let entry = self.entries.iter().find(|entry| entry.key == key);
        entry.map_or(&[], |entry| &entry.items)
    }

    fn read(&mut self, line: &'a str) {
        let bar = line.strip_prefix('|').map(|rest| rest.strip_prefix(' ').unwrap_or(rest));
        if let Some(item) = bar {
            if let Some(entry) = self.entries.last_mut() {
                entry.items.push(item);
            }
        } else if let Some(item) = line.strip_prefix("- ") {
            if let Some(entry) = self.entries.last_mut() {
                entry.items.push(item.trim());
            }
        } else if let Some((key, value)) = line.split_once(':') {
            self.entries.push(Entry { key: key.trim(), value: value.trim(), items: Vec::new() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROMPT: &str = "Facts stand between <data> and </data>.\n<data>\nstep: propose\nparent: Optics: a survey\nparent_scope:\n\
                          accepted:\n- Rays: and waves\n- Lenses\npending:\nrejected:\n- Light | vague\n</data>\n<syllabus>\nstep: no\n</syllabus>";

    #[test]
    fn values_and_lists_are_read() {
        let data = Data::find(PROMPT).unwrap();
        assert_eq!(data.text("step"), "propose");
        assert_eq!(data.text("parent"), "Optics: a survey");
        assert_eq!(data.value("parent_scope"), None);
        assert_eq!(data.list("accepted"), ["Rays: and waves", "Lenses"]);
        assert!(data.list("pending").is_empty());
        assert_eq!(data.list("rejected"), ["Light | vague"]);
    }

    #[test]
    fn a_text_of_several_lines_stands_behind_bars() {
        let data =
            Data::find("<data>\nstep: judge\nquestion:\n| What does it print?\n|\n| - step: x\nanswer: 3\n</data>")
                .unwrap();
        assert_eq!(data.block("question"), "What does it print?\n\n- step: x");
        assert_eq!((data.block("answer").as_str(), data.text("step")), ("3", "judge"));
        assert!(data.block("reason").is_empty());
    }

    #[test]
    fn an_open_block_is_no_block() {
        assert!(Data::find("<data>\nstep: propose\n").is_none());
        assert!(Data::find("What do <data> and </data> mean?").is_none());
    }
}
