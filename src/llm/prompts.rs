//! The prompts: template files, embedded and overridable, each with a version hash.
//!
//! A template is Markdown with minijinja. A line `[system]` or `[user]` starts a message; without
//! one the whole text is one user message. Values are cleaned before they reach a template. Before
//! it may stand a block of YAML between two lines `---` (see [`super::front`]).

use std::collections::BTreeMap;
use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value};
use serde_json::Value as Json;

use super::context::{Context, Wording};
use super::front::{self, Front};
use super::text::{Datum, datum, datum_line, visible};
use super::{Message, Role};

/// The longest template that is taken.
const MAX_TEMPLATE: usize = 64 << 10;

/// Work one rendering may do; far above any honest template.
const FUEL: u64 = 500_000;

/// One of the prompts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Prompt {
    /// New children for a place in the taxonomy.
    Propose,
    /// A syllabus.
    Syllabus,
    /// One class session of a syllabus again.
    Session,
    /// A homework question.
    Question,
    /// A homework question of another type than open, or grounded in documents.
    QuestionTyped,
    /// Its answer.
    Answer,
    /// A verdict.
    Judge,
    /// Second round: a list of nodes as JSON lines.
    StructureNodes,
    /// Second round: a syllabus as JSON lines.
    StructureSyllabus,
    /// Second round: a class session as a JSON line.
    StructureSession,
}

impl Prompt {
    /// All prompts.
    pub const ALL: [Self; 10] = [
        Self::Propose,
        Self::Syllabus,
        Self::Session,
        Self::Question,
        Self::QuestionTyped,
        Self::Answer,
        Self::Judge,
        Self::StructureNodes,
        Self::StructureSyllabus,
        Self::StructureSession,
    ];

    /// The name, which is the file's name without `.md`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Propose => "propose",
            Self::Syllabus => "syllabus",
            Self::Session => "session",
            Self::Question => "question",
            Self::QuestionTyped => "question_typed",
            Self::Answer => "answer",
            Self::Judge => "judge",
            Self::StructureNodes => "structure_nodes",
            Self::StructureSyllabus => "structure_syllabus",
            Self::StructureSession => "structure_session",
        }
    }

    /// The text of the embedded template.
    #[must_use]
    pub fn embedded(self) -> &'static str {
        match self {
            Self::Propose => include_str!("prompts/propose.md"),
            Self::Syllabus => include_str!("prompts/syllabus.md"),
            Self::Session => include_str!("prompts/session.md"),
            Self::Question => include_str!("prompts/question.md"),
            Self::QuestionTyped => include_str!("prompts/question_typed.md"),
            Self::Answer => include_str!("prompts/answer.md"),
            Self::Judge => include_str!("prompts/judge.md"),
            Self::StructureNodes => include_str!("prompts/structure_nodes.md"),
            Self::StructureSyllabus => include_str!("prompts/structure_syllabus.md"),
            Self::StructureSession => include_str!("prompts/structure_session.md"),
        }
    }
}

/// Why a template was refused or could not be filled in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PromptError(String);

/// A prompt filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rendered {
    /// The conversation to send.
    pub messages: Vec<Message>,
    /// The version of the template.
    pub hash: String,
    /// What it may share with other prompts.
    pub(super) shared: Datum,
}

impl Rendered {
    /// The whole conversation as one text, the way batches keep it.
    #[must_use]
    pub fn text(&self) -> String {
        super::request::conversation(&self.messages)
    }
}

/// The templates of all prompts. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct PromptSet {
    env: Arc<Environment<'static>>,
    sheets: Arc<BTreeMap<Prompt, Sheet>>,
}

/// A compiled template: the roles of its messages, with the names of their parts.
#[derive(Debug)]
struct Sheet {
    parts: Vec<(Role, String)>,
    /// The text between the tags.
    fixed: Vec<String>,
    hash: String,
    front: Front,
}

impl PromptSet {
    /// The embedded prompts.
    ///
    /// # Errors
    /// Never for the prompts that ship, as a test shows.
    pub fn embedded() -> Result<Self, PromptError> {
        Self::with_overrides(&BTreeMap::new())
    }

    /// The embedded prompts, with some replaced: name (as [`Prompt::as_str`]) to template text.
    ///
    /// # Errors
    /// A name that is no prompt; a template that is too long or does not compile, with its line.
    pub fn with_overrides(overrides: &BTreeMap<String, String>) -> Result<Self, PromptError> {
        if let Some(name) = overrides.keys().find(|name| !Prompt::ALL.iter().any(|p| p.as_str() == *name)) {
            let known = Prompt::ALL.map(Prompt::as_str).join(", ");
            return Err(PromptError(format!(
                "There is no prompt named '{}'. The prompts are: {known}.",
                super::text::excerpt(name, 60)
            )));
        }
        let mut env = Environment::new();
        env.set_fuel(Some(FUEL));
        env.set_undefined_behavior(UndefinedBehavior::SemiStrict);
        let blocks = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        env.set_syntax(blocks.map_err(|error| broken("any", &error))?);
        let mut sheets = BTreeMap::new();
        for prompt in Prompt::ALL {
            let text = overrides.get(prompt.as_str()).map_or(prompt.embedded(), String::as_str);
            sheets.insert(prompt, Sheet::compile(&mut env, prompt.as_str(), text)?);
        }
        Ok(Self { env: Arc::new(env), sheets: Arc::new(sheets) })
    }

    /// The version of a template: the beginning of the BLAKE3 hash of its text, in hex.
    #[must_use]
    pub fn hash(&self, prompt: Prompt) -> &str {
        self.sheets.get(&prompt).map_or("", |sheet| &sheet.hash)
    }

    /// The pieces of a template's text that are the same in all its renderings.
    pub fn fixed(&self, prompt: Prompt) -> impl Iterator<Item = &str> {
        self.sheets.get(&prompt).into_iter().flat_map(|sheet| &sheet.fixed).map(String::as_str)
    }

    /// The entries of a named set of strata in a template's front matter.
    ///
    /// # Errors
    /// The template has no such set; says which it has.
    pub fn strata(&self, prompt: Prompt, set: &str) -> Result<&[String], PromptError> {
        let known = self.sheets.get(&prompt).map(|sheet| &sheet.front.strata);
        if let Some(found) = known.and_then(|strata| strata.get(set)) {
            return Ok(found);
        }
        let names: Vec<&str> = known.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let (name, set) = (prompt.as_str(), super::text::excerpt(set, 60));
        Err(PromptError(format!("The prompt '{name}' has no strata named '{set}'. It has: {names}.")))
    }

    /// The strata that a template names for a kind, with the name of their set; none where it is asked about whole.
    #[must_use]
    pub fn strata_for(&self, prompt: Prompt, kind: &str) -> Option<&str> {
        self.sheets.get(&prompt)?.front.strata_by_kind.get(kind).map(String::as_str)
    }

    /// The names of the wordings of a set in a template's front matter, in its order.
    ///
    /// # Errors
    /// The template has no such set; says which it has.
    pub fn wordings(&self, prompt: Prompt, set: &str) -> Result<Vec<&str>, PromptError> {
        let known = self.sheets.get(&prompt).map(|sheet| &sheet.front.wordings);
        if let Some(found) = known.and_then(|sets| sets.get(set)) {
            return Ok(found.iter().map(|wording| wording.name.as_str()).collect());
        }
        let names: Vec<&str> = known.into_iter().flatten().map(|(name, _)| name.as_str()).collect();
        let names = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
        let (name, set) = (prompt.as_str(), super::text::excerpt(set, 60));
        Err(PromptError(format!("The prompt '{name}' has no wordings named '{set}'. It has: {names}.")))
    }

    /// The instruction of one wording, filled in.
    fn worded(&self, prompt: Prompt, wording: &Wording, values: &Value) -> Result<String, PromptError> {
        let Wording { set, name } = wording;
        let at = self.wordings(prompt, set)?.iter().position(|known| known == name).ok_or_else(|| {
            let (set, name) = (super::text::excerpt(set, 60), super::text::excerpt(name, 60));
            PromptError(format!("The wordings '{set}' of the prompt '{}' have none named '{name}'.", prompt.as_str()))
        })?;
        let text = self.env.get_template(&wording_name(prompt.as_str(), set, at));
        let text = text.and_then(|text| text.render(values)).map_err(|error| broken(prompt.as_str(), &error))?;
        Ok(text.trim().to_owned())
    }

    /// Fills in the prompt that `context` belongs to.
    ///
    /// # Errors
    /// A template that names a value it does not have, or works without end.
    pub fn render<C: Context>(&self, context: &C) -> Result<Rendered, PromptError> {
        if let Some(values) = context.values() {
            return self.fill(context.prompt(), &Value::from_object(values), context.shared());
        }
        let bare = C::PROMPT == Prompt::Answer;
        let fields = match serde_json::to_value(context) {
            Ok(Json::Object(fields)) => fields,
            Ok(_) => serde_json::Map::new(),
            Err(error) => return Err(PromptError(format!("The values of a prompt cannot be written down: {error}."))),
        };
        let how: How = if bare { |text| visible(&text).into_owned() } else { |text| datum_line(&text).into_owned() };
        let mut values: BTreeMap<String, Value> = fields.into_iter().map(|field| clean(field, how)).collect();
        if !bare {
            values.insert("data".to_owned(), context.data().into());
        }
        if let Some(wording) = context.wording() {
            let text = self.worded(context.prompt(), wording, &Value::from(values.clone()))?;
            values.insert("wording".to_owned(), text.into());
        }
        self.fill(context.prompt(), &Value::from(values), context.shared())
    }

    /// The second round of structuring. All it is told is the `kind` that was asked for: `subject`,
    /// `syllabus`, ...
    ///
    /// # Errors
    /// An overriding template that names another value.
    pub fn second(&self, prompt: Prompt, kind: &str) -> Result<Rendered, PromptError> {
        self.fill(prompt, &Value::from(Serde(BTreeMap::from([("kind", kind)]))), Datum::default())
    }

    fn fill(&self, prompt: Prompt, values: &Value, shared: Datum) -> Result<Rendered, PromptError> {
        let Some(sheet) = self.sheets.get(&prompt) else {
            return Err(PromptError(format!("The prompt '{}' is missing.", prompt.as_str())));
        };
        let mut messages = Vec::with_capacity(sheet.parts.len());
        for (role, name) in &sheet.parts {
            let content = self
                .env
                .get_template(name)
                .and_then(|part| part.render(values))
                .map_err(|error| broken(prompt.as_str(), &error))?;
            let content = if prompt == Prompt::Answer { content } else { tidy(content, &shared) };
            messages.push(Message { role: *role, content });
        }
        Ok(Rendered { messages, hash: sheet.hash.clone(), shared })
    }
}

impl Sheet {
    fn compile(env: &mut Environment<'static>, name: &str, text: &str) -> Result<Self, PromptError> {
        if text.len() > MAX_TEMPLATE {
            return Err(PromptError(format!("The prompt '{name}' is longer than {MAX_TEMPLATE} bytes. Shorten it.")));
        }
        let (front, begin) = front::read(text)
            .map_err(|why| PromptError(format!("The front matter of the prompt '{name}' cannot be used: {why}")))?;
        let mut parts: Vec<(Role, String)> = Vec::new();
        let mut first_line = "\n".repeat(begin);
        for (number, line) in text.lines().enumerate().skip(begin) {
            let role = match line.trim_end() {
                "[system]" => Some(Role::System),
                "[user]" => Some(Role::User),
                _ => None,
            };
            match role {
                // Empty lines in front keep the line numbers of errors those of the file.
                Some(role) => parts.push((role, "\n".repeat(number + 1))),
                None => {
                    let part = parts.last_mut().map_or(&mut first_line, |(_, part)| part);
                    part.push_str(line);
                    part.push('\n');
                }
            }
        }
        if parts.is_empty() {
            parts.push((Role::User, first_line));
        }
        let fixed = parts.iter().flat_map(|(_, part)| between_tags(part)).collect();
        for (index, (_, part)) in parts.iter_mut().enumerate() {
            let source = std::mem::replace(part, format!("{name}.{index}"));
            env.add_template_owned(part.clone(), source).map_err(|error| broken(name, &error))?;
        }
        for (set, wordings) in &front.wordings {
            for (at, wording) in wordings.iter().enumerate() {
                let added = env.add_template_owned(wording_name(name, set, at), wording.text.clone());
                added.map_err(|error| broken(name, &error))?;
            }
        }
        let hash = blake3::hash(text.as_bytes()).to_hex()[..16].to_owned();
        Ok(Self { parts, fixed, hash, front })
    }
}

/// The text of a template without its tags.
fn between_tags(template: &str) -> Vec<String> {
    let (mut pieces, mut rest) = (Vec::new(), template);
    loop {
        let tags = [("{{", "}}"), ("{%", "%}"), ("{#", "#}")];
        let next = tags.iter().filter_map(|(open, close)| Some((rest.find(open)?, close))).min();
        let Some((at, close)) = next else { break };
        pieces.push(rest[..at].to_owned());
        rest = rest[at..].split_once(close).map_or("", |(_, after)| after);
    }
    pieces.push(rest.to_owned());
    pieces
}

/// What the environment calls a wording.
fn wording_name(prompt: &str, set: &str, at: usize) -> String {
    format!("{prompt}.wording.{set}.{at}")
}

fn broken(name: &str, error: &minijinja::Error) -> PromptError {
    let line = error.line().map(|line| format!(" in line {line}")).unwrap_or_default();
    let detail = super::text::excerpt(error.detail().unwrap_or_default(), 200);
    PromptError(
        format!("The prompt '{name}' cannot be used{line}: {} {detail}", error.kind()).trim_end().to_owned() + ".",
    )
}

/// How a string is made harmless.
type How = fn(String) -> String;

/// A field for a template, every string in it clean. The bare question keeps all that can be seen; other values cannot
/// close a block and stay on one line, except for the syllabus, which is a [`Datum`], and documents: they have
/// many.
fn clean((key, value): (String, Json), how: How) -> (String, Value) {
    let value = match key.as_str() {
        "syllabus" => cleaned(value, |text| text),
        "passage" => cleaned(value, |text| datum(&text)),
        _ => cleaned(value, how),
    };
    (key, value)
}

fn cleaned(value: Json, how: How) -> Value {
    match value {
        Json::String(text) => how(text).into(),
        Json::Array(items) => items.into_iter().map(|item| cleaned(item, how)).collect(),
        Json::Object(fields) => fields.into_iter().map(|field| clean(field, how)).collect::<BTreeMap<_, _>>().into(),
        other => Value::from(Serde(other)),
    }
}

/// Without white space around, and with at most one empty line in a row. The `shared` text may stand in it.
fn tidy(mut text: String, shared: &Datum) -> String {
    text.truncate(text.trim_end().len());
    text.drain(..text.len() - text.trim_start().len());
    if shared.is_tidy_in(&text) { text } else { tidied(&text) }
}

fn tidied(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut empty = 0;
    for line in text.trim().lines() {
        empty = if line.trim().is_empty() { empty + 1 } else { 0 };
        if empty < 2 {
            out.push_str(line);
            out.push('\n');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_kind_is_asked_about_in_the_parts_that_its_template_names() {
        let prompts = PromptSet::embedded().unwrap();
        let strata = ["field", "sub-field", "subject"].map(|kind| prompts.strata_for(Prompt::Propose, kind));
        assert_eq!(strata, [Some("sector"), None, Some("level")]);
        assert_eq!(prompts.strata_for(Prompt::Answer, "subject"), None);
    }

    proptest! {
        #[test]
        fn a_tidy_text_stays_as_it_is(
            before in "([a-z ]{0,3}[\\n\\r\\t \u{a0}\u{85}é]{0,3}){0,8}",
            told in "[\\n \u{a0}\u{85}é]{0,3}[a-z]{0,16}([a-z ]{0,3}[\\n\\t \u{a0}\u{85}é]{0,3}){0,8}",
            after in "([a-z ]{0,3}[\\n\\r\\t \u{a0}\u{85}é]{0,3}){0,8}",
        ) {
            let text = format!("{before}{told}{after}");
            prop_assert_eq!(tidy(text.clone(), &Datum::from(&*told)), tidied(&text));
            prop_assert_eq!(tidy(text.clone(), &Datum::default()), tidied(&text));
        }
    }
}
