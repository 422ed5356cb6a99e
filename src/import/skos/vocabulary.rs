//! The IRIs that are read and written.

/// `skos:`
pub const SKOS: &str = "http://www.w3.org/2004/02/skos/core#";
/// `skosxl:`
pub const SKOSXL: &str = "http://www.w3.org/2008/05/skos-xl#";
/// `dcterms:`
pub const DCT: &str = "http://purl.org/dc/terms/";
/// `dc:`
pub const DC: &str = "http://purl.org/dc/elements/1.1/";
/// `rdfs:`
pub const RDFS: &str = "http://www.w3.org/2000/01/rdf-schema#";
/// `rdf:type`
pub const TYPE: &str = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type";
/// `owl:`
pub const OWL: &str = "http://www.w3.org/2002/07/owl#";
/// `xsd:boolean`
pub const BOOLEAN: &str = "http://www.w3.org/2001/XMLSchema#boolean";
/// What SKOS has no word for: `kind` and `level` as types of a notation, `subtopic`, `reason`.
pub const PROVOST: &str = "urn:provost:terms:";
/// Where the IRIs of our nodes start, where nobody says otherwise.
pub const BASE: &str = "urn:provost:";

/// The language tag for a language as people write it in `provost.yaml`: a tag itself, or a name.
#[must_use]
pub fn language_tag(language: &str) -> Option<String> {
    let language = language.trim().to_lowercase();
    if let Some((_, tag)) = LANGUAGES.iter().find(|(names, _)| names.split(' ').any(|name| name == language)) {
        return Some((*tag).to_owned());
    }
    let mut parts = language.split('-');
    let first =
        parts.next().is_some_and(|part| (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_lowercase()));
    let rest = parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    (first && rest).then_some(language)
}

const LANGUAGES: [(&str, &str); 35] = [
    ("english", "en"),
    ("german deutsch", "de"),
    ("french français francais", "fr"),
    ("spanish español espanol castellano", "es"),
    ("italian italiano", "it"),
    ("portuguese português portugues", "pt"),
    ("dutch nederlands", "nl"),
    ("danish dansk", "da"),
    ("swedish svenska", "sv"),
    ("norwegian norsk", "no"),
    ("finnish suomi", "fi"),
    ("estonian eesti", "et"),
    ("latvian latviešu", "lv"),
    ("lithuanian lietuvių", "lt"),
    ("polish polski", "pl"),
    ("czech čeština", "cs"),
    ("slovak slovenčina", "sk"),
    ("slovenian slovenščina", "sl"),
    ("croatian hrvatski", "hr"),
    ("serbian српски", "sr"),
    ("hungarian magyar", "hu"),
    ("romanian română", "ro"),
    ("bulgarian български", "bg"),
    ("greek ελληνικά", "el"),
    ("russian русский", "ru"),
    ("ukrainian українська", "uk"),
    ("turkish türkçe", "tr"),
    ("arabic العربية", "ar"),
    ("hebrew עברית", "he"),
    ("persian farsi فارسی", "fa"),
    ("hindi हिन्दी", "hi"),
    ("chinese 中文", "zh"),
    ("japanese 日本語", "ja"),
    ("korean 한국어", "ko"),
    ("vietnamese tiếng", "vi"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_names_or_tags() {
        for (language, tag) in [("English", Some("en")), ("Deutsch", Some("de")), ("pt-BR", Some("pt-br"))] {
            assert_eq!(language_tag(language).as_deref(), tag, "{language}");
        }
        assert_eq!(language_tag("Old High Klingon"), None);
        assert_eq!(language_tag("x\" ."), None);
    }
}
