//! In which form item k of a subject is asked: its type of question and its language.
//!
//! The form of item k follows from the subject's key and k alone, by two sequences that spread evenly:
//! after any number of items each type and each language has its share, to a few items, and types
//! are mixed with languages. A change of the weights changes the form of as few items as possible; all
//! others keep their ids.

use std::collections::BTreeMap;

use super::random::Stream;
use crate::taxonomy::QuestionType;
use crate::taxonomy::mix::Mix;

/// The form of one item.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Form {
    /// The type of its question.
    pub question_type: QuestionType,
    /// Position of its language in [`super::Plan::languages`]; 0 is that of the taxonomy.
    pub language: u16,
}

/// The forms that a subject's items are asked in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forms {
    types: Vec<(QuestionType, u32)>,
    languages: Vec<(u16, u32)>,
}

/// Steps of the two sequences: the inverse of the plastic number and its square, as fractions of 2^64
/// (the additive recurrence R2, which fills the unit square evenly).
const STEPS: [u64; 2] = [0xc13f_a9a9_02a6_328f, 0x91e1_0da5_c79e_7b1c];

impl Forms {
    /// The forms of these mixes; without a type of any weight only open questions, without a language
    /// that of the taxonomy. `languages` holds all languages of the plan, that of the taxonomy first.
    pub(super) fn new(types: &Mix<QuestionType>, mix: &Mix<String>, languages: &mut Vec<String>) -> Self {
        let mut types: Vec<_> = types.iter().map(|(one, weight)| (*one, *weight)).filter(|(_, w)| *w > 0).collect();
        if types.is_empty() {
            types.push((QuestionType::Open, 1));
        }
        let mut found = BTreeMap::new();
        for (name, weight) in mix.iter().filter(|(_, weight)| **weight > 0) {
            let at = languages.iter().position(|known| known == name).unwrap_or_else(|| {
                languages.push(name.clone());
                languages.len() - 1
            });
            *found.entry(u16::try_from(at).unwrap_or(u16::MAX)).or_insert(0_u32) += *weight;
        }
        let mut languages: Vec<_> = found.into_iter().collect();
        if languages.is_empty() {
            languages.push((0, 1));
        }
        Self { types, languages }
    }

    /// Whether there is nothing to choose: open questions in the language of the taxonomy.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        matches!((self.types.as_slice(), self.languages.as_slice()), ([(QuestionType::Open, _)], [(0, _)]))
    }

    /// Every form there is.
    pub(super) fn all(&self) -> impl Iterator<Item = Form> + '_ {
        let with =
            |question_type| self.languages.iter().map(move |(language, _)| Form { question_type, language: *language });
        self.types.iter().flat_map(move |(question_type, _)| with(*question_type))
    }

    /// Where the sequences of a subject begin.
    pub(super) fn start(key: &[u8; 32]) -> [u64; 2] {
        let mut stream = Stream::new("provost 2026 forms v1", &[key]);
        [stream.next(), stream.next()]
    }

    /// The form of item `k`.
    pub(super) fn form(&self, start: [u64; 2], k: u64) -> Form {
        let at = |which: usize| start[which].wrapping_add(k.wrapping_mul(STEPS[which]));
        Form { question_type: pick(&self.types, at(0)), language: pick(&self.languages, at(1)) }
    }
}

/// What stands at a place between 0 and 2^64 when all that is there has its share of the way.
fn pick<T: Copy + Default>(of: &[(T, u32)], place: u64) -> T {
    let all: u128 = of.iter().map(|(_, weight)| u128::from(*weight)).sum();
    let mut left = (u128::from(place) * all) >> 64;
    for (one, weight) in of {
        match left.checked_sub(u128::from(*weight)) {
            Some(rest) => left = rest,
            None => return *one,
        }
    }
    T::default()
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn forms(types: &[(QuestionType, u32)], languages: &[(&str, u32)]) -> (Forms, Vec<String>) {
        let mut all = vec!["English".to_owned()];
        let mix = languages.iter().map(|(name, weight)| ((*name).to_owned(), *weight)).collect();
        (Forms::new(&types.iter().copied().collect(), &mix, &mut all), all)
    }

    const MIXED: [(QuestionType, u32); 4] = [
        (QuestionType::Open, 6),
        (QuestionType::MultipleChoice, 2),
        (QuestionType::Calculation, 1),
        (QuestionType::Coding, 1),
    ];

    proptest! {
        #[test]
        fn every_share_is_kept_after_any_number(key: [u8; 32], upto in 10_u64..400) {
            let (forms, _) = forms(&MIXED, &[("English", 3), ("German", 1)]);
            let start = Forms::start(&key);
            let mut counts: HashMap<QuestionType, f64> = HashMap::new();
            let mut german = 0.0;
            for k in 0..upto {
                let form = forms.form(start, k);
                *counts.entry(form.question_type).or_default() += 1.0;
                german += f64::from(form.language);
            }
            for (one, weight) in MIXED {
                let wished = upto as f64 * f64::from(weight) / 10.0;
                let made = counts.get(&one).copied().unwrap_or_default();
                prop_assert!((made - wished).abs() <= 5.0, "{one}: {made} of {upto}, wished {wished}");
            }
            prop_assert!((german - upto as f64 / 4.0).abs() <= 5.0, "{german} of {upto}");
        }
    }

    #[test]
    fn types_are_mixed_with_languages() {
        let (forms, _) = forms(&[(QuestionType::Open, 1), (QuestionType::Coding, 1)], &[("English", 1), ("German", 1)]);
        let start = Forms::start(&[7; 32]);
        let mut counts: HashMap<Form, u32> = HashMap::new();
        (0..400).for_each(|k| *counts.entry(forms.form(start, k)).or_default() += 1);
        assert!(counts.len() == 4 && counts.values().all(|count| (85..=115).contains(count)), "{counts:?}");
    }

    #[test]
    fn another_weight_changes_the_form_of_few_items() {
        let (plain, _) = forms(&[], &[]);
        assert!(plain.is_plain());
        let (before, _) = forms(&[(QuestionType::Open, 8), (QuestionType::Coding, 2)], &[]);
        let (after, _) = forms(&[(QuestionType::Open, 7), (QuestionType::Coding, 3)], &[]);
        let start = Forms::start(&[9; 32]);
        let changed = (0..1_000).filter(|k| before.form(start, *k) != after.form(start, *k)).count();
        assert!((90..=110).contains(&changed), "a tenth: {changed}");
    }

    #[test]
    fn the_language_of_the_taxonomy_is_not_listed_twice() {
        let (forms, all) = forms(&[], &[("English", 1), ("German", 1), ("Latin", 0)]);
        assert_eq!((all, forms.languages.len()), (vec!["English".to_owned(), "German".to_owned()], 2));
    }
}
