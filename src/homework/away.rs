//! A server that is away from item after item: then asking ends.

use super::handle::Ended;
use super::record::Failed;
use crate::llm::Step;

/// For how many items a server was there, and for how many it was not.
#[derive(Debug, Default)]
pub(super) struct Away {
    /// Items in a row for which it was not.
    row: usize,
    /// Items for which it was.
    there: u64,
    /// What came instead of it the last time.
    last: Option<Failed>,
}

impl Away {
    /// Items so far for which a server was there.
    pub fn there(&self) -> u64 {
        self.there
    }

    /// A server was there for an item.
    pub fn was_there(&mut self) {
        (self.row, self.there) = (0, self.there + 1);
    }

    /// None was; says why asking has to end, if it has to, where so many items are under way at once.
    pub fn was_not(&mut self, failed: &Failed, at_once: usize) -> Option<Ended> {
        self.row += 1;
        self.last = Some(failed.clone());
        (self.row >= most(at_once)).then(|| unreachable(failed, &format!("{} items in a row", self.row)))
    }

    /// How it ended with all items tried, where it is not done: no server was there for any of them.
    pub fn over(&self) -> Option<Ended> {
        let last = self.last.as_ref().filter(|_| self.there == 0)?;
        let items = match self.row {
            1 => "The item that was asked for".to_owned(),
            items => format!("All {items} items that were asked for"),
        };
        Some(unreachable(last, &items))
    }
}

/// How many items in a row are enough: more than are under way at once.
pub(super) fn most(at_once: usize) -> usize {
    2 * at_once.clamp(8, 64)
}

fn unreachable(last: &Failed, items: &str) -> Ended {
    let is_judge = last.step == Step::Judge.as_str();
    let what = if is_judge { "got no verdict because of the judge's server" } else { "failed because of the server" };
    Ended::Unreachable(format!("{items} {what}. The last: {}", last.message.raw()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(ended: Option<Ended>) -> String {
        ended.and_then(|ended| ended.message().map(str::to_owned)).unwrap_or_default()
    }

    #[test]
    fn a_long_row_ends_it_and_so_do_all_of_a_few() {
        let failed =
            |step: &str| Failed { step: step.to_owned(), class: "transport".to_owned(), message: "No.".into() };
        let mut away = Away::default();
        assert_eq!(away.over(), None, "nothing was asked for");
        assert_eq!(away.was_not(&failed("answer"), 8), None);
        assert_eq!(said(away.over()), "The item that was asked for failed because of the server. The last: No.");
        for _ in 2..16 {
            assert_eq!(away.was_not(&failed("judge"), 8), None);
        }
        let all = "All 15 items that were asked for got no verdict because of the judge's server. The last: No.";
        assert_eq!(said(away.over()), all);
        assert!(said(away.was_not(&failed("answer"), 8)).starts_with("16 items in a row failed"));
        away.was_there();
        assert_eq!((away.was_not(&failed("answer"), 8), away.over(), away.there()), (None, None, 1));
    }
}
