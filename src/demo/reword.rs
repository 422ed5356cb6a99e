//! Other wordings of a name, as another run of a model would have them: `Mechanics of Fluids` for
//! `Fluid Mechanics`, `Sponges and Cakes` for `Cakes and Sponges`. The words stay the same.

use super::text::capitalised;

/// Last words that take what stands before them after an "of".
const HEADS: [&str; 6] = ["Theory", "Mechanics", "Physics", "Safety", "Chemistry", "Design"];

/// Endings of adjectives: they cannot stand alone.
const ADJECTIVES: [&str; 10] = ["al", "ic", "ive", "ar", "ous", "ed", "ary", "ing", "an", "ern"];

/// Names that no rule turns round well.
const SAME: [(&str, &str); 13] = [
    ("Animal Physiology", "Physiology of Animals"),
    ("Cell Biology", "Biology of the Cell"),
    ("Community Ecology", "Ecology of Communities"),
    ("Elementary Number Theory", "Elementary Theory of Numbers"),
    ("Geometric and Physical Optics", "Physical and Geometric Optics"),
    ("Nuclear and Particle Physics", "Particle and Nuclear Physics"),
    ("Plant Physiology", "Physiology of Plants"),
    ("Population Ecology", "Ecology of Populations"),
    ("Propositional and Predicate Logic", "Predicate and Propositional Logic"),
    ("Single-Variable Calculus", "Calculus of a Single Variable"),
    ("Solid State Physics", "Physics of the Solid State"),
    ("Thermodynamics and Statistical Mechanics", "Statistical Mechanics and Thermodynamics"),
    ("Time Series Analysis", "Analysis of Time Series"),
];

/// Another wording of a subject's name; `None` where there is no natural one.
#[must_use]
pub fn reworded(name: &str) -> Option<String> {
    if let Some((_, other)) = SAME.iter().find(|(known, _)| *known == name) {
        return Some((*other).to_owned());
    }
    if name.contains([',', ':', '(']) {
        return None;
    }
    if let Some((first, second)) = name.split_once(" and ") {
        let words = |text: &str| text.split(' ').count();
        let whole = !is_adjective(first) && words(first) >= words(second) && !second.contains(" and ");
        return whole.then(|| format!("{} and {first}", capitalised(second)));
    }
    let (before, head) = name.split_once(' ')?;
    let fits = HEADS.contains(&head) && !is_adjective(before) && before != head;
    fits.then(|| format!("{head} of {}", plural(before)))
}

fn is_adjective(text: &str) -> bool {
    let last = text.rsplit(' ').next().unwrap_or(text);
    ADJECTIVES.iter().any(|ending| last.ends_with(ending)) || matches!(last, "Modern" | "Quantum" | "Advanced")
}

fn plural(word: &str) -> String {
    let countable = word.len() <= 6 && !word.ends_with(['y', 's', 'h', 'x']) && !matches!(word, "Food" | "Water");
    if countable { format!("{word}s") } else { word.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_turned_round_only_where_that_reads_well() {
        for (name, other) in [
            ("Fluid Mechanics", Some("Mechanics of Fluids")),
            ("Probability Theory", Some("Theory of Probability")),
            ("Set Theory", Some("Theory of Sets")),
            ("Food Safety", Some("Safety of Food")),
            ("Cakes and Sponges", Some("Sponges and Cakes")),
            ("Organic Chemistry", None),
            ("Quantum Mechanics", None),
            ("Propositional and Predicate Logic", Some("Predicate and Propositional Logic")),
            ("Coastal and Marine Biology", None),
            ("Floor and Wall Framing", None),
            ("Stocks, Soups and Sauces", None),
            ("Optics", None),
        ] {
            assert_eq!(reworded(name).as_deref(), other, "{name}");
        }
    }
}
