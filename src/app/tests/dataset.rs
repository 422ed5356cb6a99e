use std::sync::Arc;

use super::*;
use crate::homework::dataset::{Needle, Reader};
use crate::homework::figures::figures;
use crate::homework::fixture::write;
use crate::homework::record::{DrawnConcept, DrawnSession};
use crate::homework::{Dataset, ItemId, Record, Selection, Status};
use crate::input::Action;
use crate::taxonomy::{Change, ItemVerdict, Op, SessionId};

/// A directory of runs beside a desk; answers what the runtime answers.
pub(crate) struct Shop {
    pub desk: Desk,
    runs: tempfile::TempDir,
    answered: usize,
}

/// An item about Optics: its number also says which session it draws on.
pub(crate) fn item(desk: &Desk, number: u128, question: &str, answer: &str) -> Record {
    let subject = fixture::optics();
    let snapshot = &desk.model.snapshot;
    let syllabus = snapshot.tree.node(subject).unwrap().syllabus.as_ref().unwrap();
    let session = syllabus.sessions[(number % 3) as usize].clone();
    Record {
        nodes: snapshot.tree.lineage(subject),
        path: snapshot.names(subject),
        syllabus: syllabus.hash(),
        sessions: vec![DrawnSession { id: session.id.clone(), title: session.title }],
        concepts: vec![DrawnConcept { session: session.id, concept: "Snell's law".into() }],
        question: question.into(),
        answer: answer.into(),
        ..crate::homework::record::sample(number << 96 | number, Status::Ok)
    }
}

impl Shop {
    /// On the Dataset screen with so many items.
    pub fn with(records: impl FnOnce(&Desk) -> Vec<Record>) -> Self {
        let mut shop = Self { desk: Desk::new(), runs: tempfile::tempdir().unwrap(), answered: 0 };
        let records = records(&shop.desk);
        shop.generate("a", &records);
        shop.press("g d");
        shop
    }

    pub fn numbered(count: u128) -> Self {
        Self::with(|desk| {
            let one = |n| item(desk, n, &format!("Question {n} about light?"), &format!("Answer number {n}."));
            (1..=count).map(one).collect()
        })
    }

    pub fn generate(&mut self, run: &str, records: &[Record]) {
        write(self.runs.path(), run, records);
    }

    pub fn press(&mut self, keys: &str) {
        for key in keys.split(' ') {
            self.desk.press(key);
            self.answer();
        }
    }

    pub fn type_text(&mut self, text: &str) {
        self.desk.type_text(text);
        self.answer();
    }

    /// Does what the runtime does, until nothing is asked for.
    pub fn answer(&mut self) {
        while let Some(effect) = self.desk.effects.get(self.answered).cloned() {
            self.answered += 1;
            if let Some(news) = self.reply(effect) {
                self.desk.send(Msg::Dataset(news));
            }
        }
    }

    fn reply(&self, effect: Effect) -> Option<DatasetNews> {
        let snapshot = &self.desk.bench.snapshot;
        let read = || Dataset::read(snapshot, self.runs.path(), &Selection::default()).unwrap();
        let record = |item| {
            let dataset = read();
            Reader::default().record(&dataset, dataset.entry(item).unwrap()).unwrap()
        };
        Some(match effect {
            Effect::ReadDataset => {
                let dataset = Arc::new(read());
                let order = Arc::new((0..dataset.entries().len() as u32).collect());
                DatasetNews::Read(Ok(Shelf { dataset, order }))
            }
            Effect::MakeCharts => {
                let made = figures(snapshot, &read(), self.runs.path()).map(|figures| Arc::new(figures.charts()));
                DatasetNews::Charts(made.map_err(|error| error.to_string()))
            }
            Effect::ReadHeads(items) => {
                let head = |item: ItemId| (item, Head { line: record(item).question.line().into_owned() });
                DatasetNews::Heads(items.into_iter().map(head).collect())
            }
            Effect::ReadItem(item) => DatasetNews::Item(item, Ok(Box::new(record(item)))),
            Effect::SearchItems { search, text } => {
                let (dataset, needle) = (read(), Needle::new(&text));
                let matches = |at: &u32| {
                    let record = record(dataset.entries()[*at as usize].item);
                    needle.is_in(&[record.question.raw(), record.answer.raw()])
                };
                let hits = (0..dataset.entries().len() as u32).filter(matches).collect();
                DatasetNews::Found { search, hits, is_done: true }
            }
            _ => return None,
        })
    }

    fn focused(&self) -> u128 {
        let item = self.desk.model.dataset.focused().expect("an item is focused").item;
        u128::from_str_radix(&item.to_string(), 16).unwrap() >> 96
    }

    fn shown(&self) -> Vec<u128> {
        let screen = &self.desk.model.dataset;
        let entries = (0..screen.rows.len()).filter_map(|row| screen.entry(row));
        entries.map(|entry| u128::from_str_radix(&entry.item.to_string(), 16).unwrap() >> 96).collect()
    }

    fn own(&self, number: u128) -> Option<ItemVerdict> {
        let entry = self.desk.model.dataset.dataset().unwrap().entries()[number as usize - 1].item;
        self.desk.model.dataset.own(entry)
    }
}

#[test]
fn the_screen_asks_for_what_it_shows_and_for_nothing_twice() {
    let mut shop = Shop::numbered(100);
    let asked = |shop: &Shop, wanted: fn(&Effect) -> bool| shop.desk.effects.iter().filter(|e| wanted(e)).count();
    assert_eq!(asked(&shop, |e| matches!(e, Effect::ReadDataset)), 1);
    assert_eq!(shop.focused(), 1);
    let heads = asked(&shop, |e| matches!(e, Effect::ReadHeads(_)));
    let items = asked(&shop, |e| matches!(e, Effect::ReadItem(_)));
    shop.press("j k j k");
    assert_eq!(asked(&shop, |e| matches!(e, Effect::ReadItem(_))), items + 1, "two were read, j reads one ahead");
    assert_eq!(asked(&shop, |e| matches!(e, Effect::ReadHeads(_))), heads);
    shop.press("G");
    assert_eq!(shop.focused(), 100);
    assert!(
        matches!(shop.desk.model.dataset.record(), Some(Ok(record)) if record.answer.raw() == "Answer number 100.")
    );
}

#[test]
fn one_key_is_one_verdict_and_goes_on_to_the_next_without() {
    let mut shop = Shop::numbered(6);
    shop.press("a 1 2 3");
    assert_eq!(shop.focused(), 5);
    let said = [1, 2, 3, 4, 5].map(|number| shop.own(number));
    use ItemVerdict::{Good, NotSelfContained, Unclear, Wrong};
    assert_eq!(said, [Some(Good), Some(Wrong), Some(Unclear), Some(NotSelfContained), None]);
    let Some(Op::Judge { on, .. }) = shop.desk.ops().pop() else { panic!() };
    assert_eq!((on[0].subject, on[0].sessions.len()), (fixture::optics(), 1));
    shop.press("u");
    assert_eq!((shop.focused(), shop.own(4)), (4, None), "the cursor goes to what was taken back");
    shop.press("U");
    assert_eq!(shop.own(4), Some(NotSelfContained));
    shop.press("g g a");
    assert_eq!(shop.desk.message(), "You called it good already.");
    shop.press("g g 1");
    assert_eq!((shop.own(1), shop.focused()), (Some(Wrong), 5), "a verdict may be changed");
    shop.press("[");
    assert_eq!(shop.desk.message(), "Everything above has your verdict.");
}

#[test]
fn words_go_with_a_verdict() {
    let mut shop = Shop::numbered(2);
    shop.press("9");
    shop.type_text("unclear: which of the two?");
    shop.press("enter");
    let event = shop.desk.bench.snapshot.record.events().last().unwrap().clone();
    let Change::Judge { verdict, note, .. } = &event.change else { panic!("{event:?}") };
    assert_eq!((*verdict, note.as_ref().unwrap().raw()), (ItemVerdict::Unclear, "which of the two?"));
    assert_eq!(shop.focused(), 2);
}

#[test]
fn a_sample_is_gone_through_and_left_again() {
    let mut shop = Shop::numbered(40);
    shop.press("e ctrl-u");
    shop.type_text("5 by subject, seed 3");
    shop.press("enter");
    let sample = shop.shown();
    assert_eq!(sample.len(), 5);
    assert_ne!(sample, [1, 2, 3, 4, 5]);
    shop.press("a 1");
    assert_eq!(shop.shown(), sample, "a refused item stays in the sample");
    assert_eq!(shop.focused(), sample[2]);
    shop.press("s");
    assert_eq!((shop.shown().len(), shop.focused()), (40, sample[2]), "the item stays where one was");
    shop.press("s");
    assert_eq!((shop.shown(), shop.focused()), (sample.clone(), sample[2]), "and goes on with what is not judged");
    shop.press("a a a");
    assert!(shop.desk.message().contains("last of the sample"), "{}", shop.desk.message());
    shop.press("esc");
    shop.press("esc");
    assert_eq!(shop.shown().len(), 40);
}

#[test]
fn words_are_searched_for_while_they_are_typed_and_esc_brings_everything_back() {
    let mut shop = Shop::numbered(30);
    shop.press("j j j /");
    shop.type_text("number 7");
    assert_eq!(shop.shown(), [7, 17, 27].into_iter().filter(|n| n % 10 == 7).collect::<Vec<_>>());
    assert_eq!(shop.desk.model.dataset.found(), "3 matches");
    shop.press("enter n");
    assert_eq!(shop.focused(), 17);
    shop.press("a");
    assert_eq!((shop.own(17), shop.focused()), (Some(ItemVerdict::Good), 27));
    shop.press("esc");
    assert_eq!((shop.shown().len(), shop.focused()), (30, 27));
    shop.press("g g /");
    shop.type_text("xyzzy");
    assert_eq!((shop.shown().len(), shop.desk.model.dataset.found().as_str()), (0, "no match"));
    shop.press("esc");
    assert_eq!((shop.shown().len(), shop.focused()), (30, 1));
    let searches: Vec<u64> = shop
        .desk
        .effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::SearchItems { search, .. } => Some(*search),
            _ => None,
        })
        .collect();
    assert!(searches.windows(2).all(|pair| pair[0] < pair[1]));
    shop.desk.send(Msg::Dataset(DatasetNews::Found { search: searches[0], hits: vec![1], is_done: true }));
    assert_eq!(shop.shown().len(), 30, "what an old search finds is nobody's");
}

#[test]
fn facets_narrow_and_follow_verdicts() {
    let mut shop = Shop::with(|desk| {
        let mut records: Vec<Record> = (1..=6)
            .map(|n| item(desk, n, &format!("{} is what?", "abcdefg".repeat(n as usize)), "An answer."))
            .collect();
        records[2].status = Status::Failed;
        records[3].question = records[0].question.clone();
        records[4].strategy = 2;
        records
    });
    let choose = |shop: &mut Shop, text: &str| {
        shop.press("F");
        shop.type_text(text);
        shop.press("enter esc");
    };
    choose(&mut shop, "standing duplicate");
    assert_eq!(shop.shown(), [4]);
    choose(&mut shop, "standing failed");
    assert_eq!(shop.shown(), [3, 4], "of one facet any");
    shop.press("esc");
    choose(&mut shop, "strategy 2 sessions");
    assert_eq!(shop.shown(), [5]);
    shop.press("esc");
    assert_eq!(shop.shown().len(), 6);
    choose(&mut shop, "not judged");
    shop.press("g g a");
    assert_eq!((shop.shown(), shop.focused()), (vec![2, 3, 4, 5, 6], 2));
    choose(&mut shop, "branch optics");
    assert_eq!(shop.shown(), [2, 3, 4, 5, 6]);
}

#[test]
fn what_did_not_come_out_whole_is_not_judged() {
    let mut shop = Shop::with(|desk| vec![Record { status: Status::Failed, ..item(desk, 1, "", "") }]);
    shop.press("1");
    assert!(shop.desk.message().contains("is incomplete"));
    assert!(shop.desk.ops().is_empty());
}

#[test]
fn new_items_of_a_run_come_in_and_the_cursor_stays_on_its_item() {
    let mut shop = Shop::numbered(9);
    shop.press("G");
    let extra: Vec<Record> = [20, 21].map(|n| item(&shop.desk, n, "Another?", "Yes.")).into();
    shop.generate("b", &extra);
    let low =
        Record { item: "00000000000000000000000000000001".parse().unwrap(), ..item(&shop.desk, 0, "First?", "Yes.") };
    shop.generate("b", &[low]);
    shop.desk.model.now += 60_000;
    let top = shop.desk.model.shown.list.start;
    // The end of a run, as the Homework screen hears of it.
    crate::app::dataset::run_ended(&mut shop.desk.model);
    shop.desk.send(Msg::Tick(shop.desk.model.now));
    shop.answer();
    assert_eq!((shop.shown().len(), shop.focused()), (12, 9));
    assert_eq!(shop.desk.model.shown.list.start, top + 1, "and in its line of the screen");
}

#[test]
fn what_others_said_is_hidden_and_a_refused_one_looks_like_any_other() {
    let mut shop = Shop::numbered(3);
    let on = vec![item(&shop.desk, 1, "", "").judged(&shop.desk.model.snapshot).unwrap()];
    shop.desk.bench.run("bo", Op::Judge { on, verdict: ItemVerdict::Wrong, note: None }).unwrap();
    shop.desk.publish();
    shop.press("g c g d");
    let standing = |shop: &Shop| {
        let model = &shop.desk.model;
        let entry = &model.dataset.dataset().unwrap().entries()[0];
        model.dataset.standing(&model.snapshot, entry, "ana").code()
    };
    assert_eq!(standing(&shop), "kept");
    shop.press("g g 2");
    assert_eq!(standing(&shop), "refused");
}

#[test]
fn the_syllabus_opens_at_the_session_at_fault() {
    let mut shop = Shop::numbered(9);
    // 2, 5 and 8 draw on the third session.
    for number in 1..=9 {
        shop.press(if number % 3 == 2 { "1" } else { "a" });
    }
    shop.press("g g g s");
    let model = &shop.desk.model;
    assert_eq!(
        (model.screen, model.syllabus.subject, model.syllabus.row),
        (Screen::Syllabus, Some(fixture::optics()), 2)
    );
    let found = model.syllabus.findings.iter().find(|finding| finding.code == "bad-homework");
    let found = found.unwrap_or_else(|| panic!("{:?}", model.syllabus.findings));
    assert_eq!(found.message, "3 of 3 judged items that draw on it are wrong.");
    assert_eq!(model.syllabus.content(&model.snapshot).unwrap().sessions[2].id, SessionId::numbered(3));
}

#[test]
fn where_it_comes_from_and_how_good_branches_are_is_told() {
    let mut shop = Shop::numbered(2);
    shop.press("i");
    let Some(Overlay::Message(message)) = shop.desk.model.overlays.last() else { panic!() };
    assert!(message.lines.iter().any(|line| line.starts_with("session: s02")), "{:?}", message.lines);
    shop.press("esc t");
    assert_eq!(shop.desk.message(), "Nothing was judged yet.");
    shop.press("a t");
    let Some(Overlay::Statistics(shown)) = shop.desk.model.overlays.last() else { panic!() };
    let names: Vec<String> = shown.sections[0].rows.iter().map(|row| row[0].show()).collect();
    assert_eq!(names, ["everything", "Natural Sciences", "  Physics", "    Optics"]);
}

#[test]
fn a_directory_without_homework_says_what_to_do() {
    let mut shop = Shop::numbered(0);
    for action in [Action::JudgeGood, Action::Sample, Action::Facets, Action::Why] {
        let why = enabled(&shop.desk.model, action).unwrap_err().0;
        assert!(why.contains("Homework screen"), "{why}");
    }
    shop.desk.send(Msg::Dataset(DatasetNews::Read(Err("held-out.jsonl: line 1".into()))));
    assert!(shop.desk.model.dataset.error.is_some());
}

#[test]
fn charts_are_made_once_hide_the_items_and_give_them_back() {
    let mut shop = Shop::numbered(30);
    let asked = |shop: &Shop| shop.desk.effects.iter().filter(|effect| **effect == Effect::MakeCharts).count();
    assert_eq!(asked(&shop), 0, "nobody looked yet");
    shop.press("j v");
    let charts = &shop.desk.model.dataset.charts;
    assert!(charts.is_on && !charts.is_making() && matches!(&charts.made, Some(Ok(made)) if made.len() > 5));
    shop.desk.model.shown.detail_overflow = 40;
    shop.press("j j");
    assert_eq!((shop.desk.model.dataset.charts.scroll, shop.focused()), (2, 2), "movement is theirs");
    shop.press("a");
    assert_eq!(shop.own(2), None, "an item that is not seen is not judged");
    shop.press("v v");
    assert_eq!(asked(&shop), 1, "of the same items they are made once");
    shop.press("esc esc");
    assert!(!shop.desk.model.dataset.charts.is_on, "the message first, then the charts");
    shop.press("a v");
    shop.generate("b", &[item(&shop.desk, 99, "New?", "Yes.")]);
    shop.press("g c g d");
    assert_eq!(asked(&shop), 2, "other items, other charts");
}

#[test]
fn a_leap_to_the_end_asks_for_what_is_there_and_not_for_all_between() {
    let mut shop = Shop::numbered(400);
    shop.desk.send(Msg::Shown(Shown { list: 0..20, height: 20, ..Shown::default() }));
    shop.answer();
    let before = shop.desk.effects.len();
    shop.press("G");
    let heads = shop.desk.effects[before..].iter().filter_map(|effect| match effect {
        Effect::ReadHeads(items) => Some(items.len()),
        _ => None,
    });
    let heads: Vec<usize> = heads.collect();
    assert!(heads.len() == 1 && heads[0] <= 60, "{heads:?}");
    let last = shop.desk.model.dataset.focused().unwrap().item;
    assert!(shop.desk.model.dataset.head(last).is_some());
}

#[test]
fn words_are_for_the_item_that_was_asked_about() {
    let mut shop = Shop::numbered(6);
    shop.press("9");
    shop.type_text("the units are off");
    // Items arrive meanwhile, and the rows are others.
    let next = shop.desk.model.dataset.entry(1).unwrap().item;
    shop.desk.model.dataset.cursor = Some(next);
    shop.desk.model.dataset.at = 1;
    shop.press("enter");
    assert_eq!((shop.own(1), shop.own(2), shop.focused()), (Some(ItemVerdict::Wrong), None, 2));
}
