//! `provost init`.

use std::path::PathBuf;

use clap::Args;

use super::console::Console;
use super::recipe::Recipe;
use crate::error::AppError;
use crate::store::Store;
use crate::taxonomy::Manifest;
use crate::taxonomy::text::reveal_line;

/// Create a new, empty taxonomy directory
#[derive(Debug, Args)]
#[command(after_help = "\
Creates DIR with a provost.yaml (title, language, settings of each step) and an empty tree/. Nothing in DIR is \
overwritten. A .gitignore for runs/ and .provost/ and a .gitattributes that lets git merge logs are added if \
missing.

--recipe glan writes the settings of the paper (arXiv 2402.13064): several wordings and ten runs, two rounds with a \
separate request for JSON lines (in prompts/), the full free text of a syllabus in the question prompt, GPT-4 for \
questions and GPT-3.5-turbo for answers, and three votes for fields, sub-fields and disciplines. \
docs/reproduce-glan.md maps every number. If your endpoint has other models, name them here, in provost.yaml, or \
with --model of each command.

Examples:
  provost init physics --title \"Physics for engineers\"
  provost init glan --recipe glan
  provost init glan --recipe glan --model Qwen/Qwen3-32B --answer-model Qwen/Qwen3-8B
  provost -C physics import topics.csv

Exit codes: 0 done, 1 the system refused, 2 DIR is a taxonomy directory already")]
pub struct Init {
    /// Folder; created if missing
    dir: PathBuf,
    /// Title of the taxonomy [default: the folder's name]
    #[arg(long)]
    title: Option<String>,
    /// Settings preset: better, or glan for those of the paper
    #[arg(long, value_enum, value_name = "NAME", default_value_t = Recipe::Better, hide_possible_values = true)]
    recipe: Recipe,
    /// Model for proposals, syllabi and questions, and for answers unless --answer-model is given
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
    /// Model for answers
    #[arg(long, value_name = "NAME")]
    answer_model: Option<String>,
}

impl Init {
    /// Runs the command.
    ///
    /// # Errors
    /// Something is in the way.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        // "." has a name as well.
        let whole = std::path::absolute(&self.dir).unwrap_or_else(|_| self.dir.clone());
        let name = whole.file_name().map(|name| name.to_string_lossy().into_owned());
        let title = self.title.or(name).filter(|title| !title.trim().is_empty()).unwrap_or_else(|| "Taxonomy".into());
        let manifest = self.recipe.manifest(title.trim(), self.model, self.answer_model);
        Store::init_with(&self.dir, &manifest, self.recipe.prompts())?;
        let dir = self.dir.display().to_string();
        console.out.line(&format!("Made {} (\"{}\").", reveal_line(&dir), reveal_line(&title)))?;
        let there = if dir == "." { String::new() } else { format!(" -C {dir}") };
        console.out.note(&format!("next: `provost{there} propose /` or `provost{there} import FILE`"));
        if let (Recipe::Glan, [Some(asks), Some(answers)]) = (self.recipe, models(&manifest)) {
            let (asks, answers) = (reveal_line(asks), reveal_line(answers));
            let items = manifest.homework.per_subject;
            console.out.note(&format!(
                "note: {asks} asks, {answers} answers, {items} items for each subject as in the paper: `provost plan` says what that costs"
            ));
        }
        Ok(())
    }
}

/// Who asks and who answers, where that is said.
fn models(manifest: &Manifest) -> [Option<&str>; 2] {
    [&manifest.steps.question, &manifest.steps.answer].map(|step| step.model.as_deref())
}
