//! How many items, and the seed, as a line that is typed: `20 each, seed 1`.

use crate::homework::{Amount, PlanRequest};

/// The amount and seed as a line to edit: `20 each, seed 1`.
pub(super) fn request_line(request: &PlanRequest) -> String {
    match request.amount {
        Amount::PerSubject(each) => format!("{each} each, seed {}", request.seed),
        Amount::Count(count) => format!("{count} together, seed {}", request.seed),
    }
}

/// Reads such a line; the seed may be left out.
pub(super) fn read_request_line(text: &str, seed: u64) -> Option<(Amount, u64)> {
    let words: Vec<&str> = text.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let (number, rest) = words.split_first()?;
    let number: u64 = number.replace('_', "").parse().ok().filter(|number| *number > 0)?;
    let (amount, rest) = match rest.split_first() {
        None => (Amount::PerSubject(number), rest),
        Some((word, rest)) if "each".starts_with(word) => (Amount::PerSubject(number), rest),
        Some((word, rest)) if "together".starts_with(word) => (Amount::Count(number), rest),
        Some((word, _)) if *word == "seed" => (Amount::PerSubject(number), rest),
        Some(_) => return None,
    };
    match rest {
        [] => Some((amount, seed)),
        ["seed", seed] => Some((amount, seed.parse().ok()?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_written_the_way_it_is_read() {
        for amount in [Amount::PerSubject(20), Amount::Count(1)] {
            let request = PlanRequest { nodes: vec![], amount, seed: 7, shares: Default::default() };
            assert_eq!(read_request_line(&request_line(&request), 0), Some((amount, 7)));
        }
        assert_eq!(read_request_line("500 t", 3), Some((Amount::Count(500), 3)));
        assert_eq!(read_request_line("1_000", 3), Some((Amount::PerSubject(1_000), 3)));
        assert_eq!(read_request_line("5 seed 9", 3), Some((Amount::PerSubject(5), 9)));
        for text in ["", "0 each", "many", "5 apples", "5 each seed", "-1", "5 each, seed x"] {
            assert_eq!(read_request_line(text, 1), None, "{text}");
        }
    }
}
