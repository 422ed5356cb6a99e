//! Text that goes round in circles: the way in which sampling goes wrong.

use std::cell::LazyCell;
use std::collections::HashSet;

use foldhash::fast::RandomState;

use super::text::Text;

/// The longest run of words that may come again and again, in words.
const LONGEST: usize = 40;
/// Words from which the share of new word groups says something.
const MANY_WORDS: usize = 150;

/// What is repeated without end, as a sentence; `None` where nothing is.
pub(super) fn repetition(text: &Text<'_>) -> Option<String> {
    if let Some(sign) = run_of_one_sign(text.raw) {
        return Some(format!("\"{sign}\" is repeated over and over."));
    }
    let numbers = text.spoken();
    if let Some(period) = circle(text, numbers) {
        return Some(format!("\"{}\" comes again and again.", period.get(..8).unwrap_or(&period).join(" ")));
    }
    if let Some(line) = repeated_line(text.prose()) {
        return Some(format!("The line \"{line}\" comes again and again."));
    }
    let groups = numbers.windows(4);
    let count = groups.len();
    if numbers.len() >= MANY_WORDS {
        let distinct: HashSet<_, RandomState> = groups.collect();
        if distinct.len() * 3 < count {
            return Some("Two thirds of it say again what it said already.".to_owned());
        }
    }
    None
}

/// A letter or digit that stands sixty times in a row.
fn run_of_one_sign(text: &str) -> Option<char> {
    // Of ASCII it would hold one of these places and its neighbour twenty bytes on.
    let bytes = text.as_bytes();
    let may_run = |at: usize| bytes.get(at + 20).is_some_and(|byte| *byte == bytes[at]);
    if text.is_ascii() && !(0..bytes.len()).step_by(30).any(may_run) {
        return None;
    }
    let (mut last, mut count) = ('\0', 0);
    for c in text.chars() {
        count = if c == last { count + 1 } else { 1 };
        last = c;
        if count >= 60 && c.is_alphabetic() {
            return Some(c);
        }
    }
    None
}

/// A group of words that follows itself many times; numbers are compared in the place of words.
fn circle(text: &Text<'_>, numbers: &[u64]) -> Option<Vec<String>> {
    let words = LazyCell::new(|| {
        let lower = text.lower_of(text.prose());
        lower.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect::<Vec<_>>()
    });
    // Rows of numbers are data, not a circle.
    let has_letters = |group: &&[String]| group.iter().any(|word| word.chars().any(char::is_alphabetic));
    let found = (1..=LONGEST.min(numbers.len() / 4)).find_map(|period| {
        let mut ends = ends_of_circles(numbers, period);
        ends.find_map(|end| words.get(end + 1 - period..=end).filter(has_letters))
    });
    found.map(<[String]>::to_vec)
}

/// The places at which a group of so many words has been said again often enough for the first time, one for each circle.
fn ends_of_circles(numbers: &[u64], period: usize) -> impl Iterator<Item = usize> {
    let times = match period {
        1 => 10,
        2 => 7,
        3..=5 => 5,
        _ => 4,
    };
    let again = period * (times - 1);
    let same = move |at: &usize| numbers[*at] == numbers[*at - period];
    // So many places in a row hold one of these, and nearly all texts have nothing there.
    let probes = (period + again - 1..numbers.len()).step_by(again).filter(same);
    let mut past = 0;
    probes.filter_map(move |probe| {
        if probe < past {
            return None;
        }
        let first = (period..probe).rev().take_while(same).last().unwrap_or(probe);
        let last = (probe + 1..numbers.len()).take_while(same).last().unwrap_or(probe);
        past = last + 1;
        let end = first + again - 1;
        (end <= last).then_some(end)
    })
}

/// A line of some length that makes up a third of the lines and comes at least five times.
fn repeated_line(prose: &str) -> Option<&str> {
    // Four ends of lines stand between five.
    memchr::memchr_iter(b'\n', prose.as_bytes()).nth(3)?;
    let lines: Vec<&str> = prose.lines().map(str::trim).filter(|line| line.len() >= 12).collect();
    if lines.len() < 5 {
        return None;
    }
    let mut sorted = lines.clone();
    sorted.sort_unstable();
    let groups = sorted.chunk_by(|a, b| a == b);
    groups.filter(|group| group.len() >= 5 && group.len() * 3 >= lines.len()).map(|group| group[0]).next()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn circles_end_where_counting_from_the_start_says(
            parts in prop::collection::vec((prop::collection::vec(0_u64..3, 1..8), 1_usize..12), 0..5),
            period in 1_usize..8,
        ) {
            let numbers: Vec<u64> = parts.iter().flat_map(|(group, times)| group.repeat(*times)).collect();
            let again = period * [0, 9, 6, 4, 4, 4, 3, 3][period];
            let mut same = 0;
            let mut counted = Vec::new();
            for at in period..numbers.len() {
                same = if numbers[at] == numbers[at - period] { same + 1 } else { 0 };
                counted.extend((same == again).then_some(at));
            }
            prop_assert_eq!(ends_of_circles(&numbers, period).collect::<Vec<_>>(), counted);
        }
    }

    #[test]
    fn a_row_of_data_without_end_is_one_circle() {
        for period in 1..=LONGEST {
            assert_eq!(ends_of_circles(&[7; 20_000], period).count(), 1);
        }
    }

    #[test]
    fn circles_are_found() {
        let paragraph = "The image is real and inverted, and it lies behind the lens at thirty centimetres. ";
        for text in [
            "the answer is the answer is the answer is the answer is the answer is the answer is".to_owned(),
            "Therefore, we have, we have, we have, we have, we have, we have, we have, we have".to_owned(),
            "no ".repeat(12),
            "a".repeat(80),
            paragraph.repeat(5),
            "1. Draw the axis.\n2. Mark the focus of it.\n".to_owned() + &"Next, look at the rays.\n".repeat(6),
        ] {
            assert!(repetition(&Text::new(&text)).is_some(), "{text}");
        }
    }

    #[test]
    fn refrains_tables_code_and_sequences_are_no_circles() {
        for text in [
            "Buffalo buffalo Buffalo buffalo buffalo buffalo Buffalo buffalo.".to_owned(),
            "| 0 | 0 | 0 |\n".repeat(20),
            format!("```\n{}```\nWhat does it print?", "print(0)\n".repeat(20)),
            "The sequence 0 1 0 1 0 1 0 1 0 1 0 1 0 1 0 1 has period two. Why?".to_owned(),
            "-".repeat(100),
            "Step 1: True.\nStep 2: True.\nStep 3: True.\nStep 4: True.".to_owned(),
            "The mass is $m$, the mass is $M$, the charge is $q$, the charge is $Q$. Find the ratio.".to_owned(),
        ] {
            assert_eq!(repetition(&Text::new(&text)), None, "{text}");
        }
    }
}
