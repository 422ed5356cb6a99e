//! What several modules have to say in the same words: what is wrong with some YAML, and which word was meant.
//! Pure, and like `unseen` for every module.

/// What the YAML library says of a file: where (line and column, from 1), and what, without that place and without a stop.
#[must_use]
pub fn yaml(error: &serde_saphyr::Error) -> (Option<(u64, u64)>, String) {
    let place = error.location().map(|at| (at.line(), at.column())).filter(|(line, _)| *line > 0);
    let said = error.without_snippet().to_string();
    let said = said.lines().next().unwrap_or_default();
    // Said again at the end of the sentence.
    let said = place.and_then(|_| said.rsplit_once(" at line ")).map_or(said, |(said, _)| said);
    (place, said.trim().trim_end_matches('.').to_owned())
}

/// The candidate that was most likely meant by `word`, if one is near enough; capitals make no difference.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&word, &candidate.to_lowercase()), candidate))
        .filter(|(score, _)| *score >= 0.8)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capitals_do_not_hide_what_was_meant() {
        assert_eq!(closest("mykey", ["GPT", "MyKey"]), Some("MyKey"));
        assert_eq!(closest("DARK", ["dark", "light"]), Some("dark"));
        assert_eq!(closest("zebra", ["dark", "light"]), None);
    }

    #[test]
    fn what_the_library_says_names_its_place_once() {
        let error = serde_saphyr::from_str::<Vec<bool>>("- true\n- maybe\n").unwrap_err();
        let (place, said) = yaml(&error);
        assert_eq!(place.map(|(line, _)| line), Some(2));
        assert!(!said.contains("line 2") && !said.ends_with('.') && said.contains("bool"), "{said}");
    }
}
