//! Whole screens as text, and every size survived.

mod walk;

use std::sync::Arc;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier};

use super::{Drawn, draw};
use crate::app::fixture::{Bench, Desk, acoustics, bench_of_several, node, optics};
use crate::app::tests::evidence::{answer, storied};
use crate::app::tests::homework::planned;
use crate::app::{Level, Msg, News, update};
use crate::homework::{Branch, FailureCount, Finished, Phase, Progress};
use crate::taxonomy::{Op, ProposalId, Reason};
use crate::theme::{ColorDepth, GlyphSet, Glyphs, Theme};

fn paint_with(desk: &mut Desk, width: u16, height: u16, depth: ColorDepth, set: GlyphSet) -> (Buffer, Drawn) {
    let theme = Theme::load("dark", depth, &|_| None).unwrap().theme;
    let area = Rect::new(0, 0, width, height);
    update(&mut desk.model, Msg::Resize(width, height));
    let mut buffer = Buffer::empty(area);
    let mut drawn = Drawn::default();
    // Twice, as the model learns from the first frame what it showed.
    for _ in 0..2 {
        buffer.reset();
        drawn = draw(&desk.model, &theme, Glyphs::of(set), area, &mut buffer);
        update(&mut desk.model, Msg::Shown(drawn.shown.clone()));
    }
    (buffer, drawn)
}

fn paint(desk: &mut Desk, width: u16, height: u16) -> (Buffer, Drawn) {
    paint_with(desk, width, height, ColorDepth::True, GlyphSet::Unicode)
}

fn text(buffer: &Buffer) -> String {
    let mut text = String::new();
    for y in buffer.area.top()..buffer.area.bottom() {
        let mut line = String::new();
        let mut skip = 0;
        for x in buffer.area.left()..buffer.area.right() {
            let symbol = buffer[(x, y)].symbol();
            if skip == 0 {
                line.push_str(symbol);
                skip = super::text::width(symbol).saturating_sub(1);
            } else {
                skip -= 1;
            }
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

pub(super) fn screen(desk: &mut Desk, width: u16, height: u16) -> String {
    text(&paint(desk, width, height).0)
}

fn curate() -> Desk {
    let mut desk = Desk::new();
    desk.press("a ] space");
    desk.press("esc");
    desk
}

/// A few decisions, then the risky subjects only.
fn narrowed() -> Desk {
    let mut desk = Desk::new();
    desk.press("a s F");
    for text in ["kind subject", "finding any", "risk first"] {
        desk.type_text(text);
        desk.press("enter ctrl-u");
    }
    desk.press("esc");
    desk
}

/// The card of a branch.
fn branch() -> Desk {
    let mut desk = Desk::new();
    desk.press("a 6 s");
    desk.focus(crate::app::fixture::node(&["Natural Sciences"]));
    desk
}

const CHEMISTRY: [&str; 2] = ["Natural Sciences", "Chemistry"];

fn on(path: &[&str]) -> Vec<ProposalId> {
    vec![ProposalId::of_node(node(path))]
}

/// Where it takes two: bo is for Chemistry and against Crafts.
fn votes() -> Desk {
    let mut bench = bench_of_several();
    bench.run("bo", Op::Accept { on: on(&CHEMISTRY), edit: None, under: None }).unwrap();
    bench.run("bo", Op::Reject { on: on(&["Crafts"]), reason: Reason::Vague, note: None, of: None }).unwrap();
    let mut desk = Desk::at(bench);
    desk.focus(node(&CHEMISTRY));
    desk
}

/// ... and ana for Crafts.
fn contested() -> Desk {
    let mut desk = votes();
    desk.focus(node(&["Crafts"]));
    desk.press("a");
    desk.focus(node(&["Crafts"]));
    desk
}

/// ana alone has voted.
fn voted() -> Desk {
    let mut desk = Desk::at(bench_of_several());
    desk.focus(node(&CHEMISTRY));
    desk.press("a");
    desk.focus(node(&CHEMISTRY));
    desk
}

/// The figures about curators with long names.
fn statistics() -> Desk {
    let mut bench = bench_of_several();
    for by in ["Anastasia Wilhelmina of Orange", "Bartholomew Featherstonehaugh"] {
        bench.run(by, Op::Accept { on: on(&CHEMISTRY), edit: None, under: None }).unwrap();
        let reason = Reason::Vague;
        bench.run(by, Op::Reject { on: on(&["Crafts"]), reason, note: None, of: None }).unwrap();
    }
    let mut desk = Desk::at(bench);
    desk.press("g i t");
    desk
}

fn syllabus() -> Desk {
    let mut desk = Desk::new();
    desk.focus(acoustics());
    desk.press("g s");
    screen(&mut desk, 80, 24);
    desk.press("a");
    desk
}

fn history() -> Desk {
    let mut desk = Desk::new();
    desk.press("a 6 u g i");
    desk
}

fn plan() -> Desk {
    let mut desk = Desk::new();
    desk.press("g g g h");
    planned(&mut desk);
    desk
}

fn balanced() -> Desk {
    let mut desk = plan();
    desk.press("F F j");
    desk
}

pub(super) fn run() -> Desk {
    let mut desk = plan();
    desk.press("s y");
    desk.send(Msg::Homework(News::Started("20261121T101500Z-0a1b2c3d".parse().unwrap())));
    let branch =
        |node, depth, name: &str, total, done| Branch { node, depth, name: name.into(), total, done, failed: 0 };
    let finished = Finished {
        item: "0".repeat(32).parse().unwrap(),
        path: vec!["Natural Sciences".into(), "Physics".into(), "Optics".into()],
        question: "A lens of 5 dioptres forms an image at 30 cm. Where is the object?".into(),
        answer: "With f = 0.2 m, 1/g = 1/f - 1/b gives g = 0.6 m.".into(),
        unfit: None,
    };
    let progress = Progress {
        phase: Phase::Running,
        total: 1_240,
        done: 471,
        failed: 3,
        running: 16,
        left: 750,
        reused: 20,
        again: 0,
        per_second: 12.34,
        eta: Some(std::time::Duration::from_secs(61)),
        elapsed: std::time::Duration::from_secs(37),
        prompt_tokens: 412_345,
        completion_tokens: 201_100,
        cost_usd: Some(0.21),
        concurrency: 16,
        held: None,
        branches: Arc::new(vec![
            branch(optics(), 0, "Natural Sciences", 1_240, 471),
            branch(optics(), 1, "Physics", 620, 310),
        ]),
        newest: vec![Arc::new(finished)],
        failures: vec![FailureCount { class: "cut", count: 3, example: "The reply was cut off.".into(), sample: None }],
        samples: (0..40).map(|second| second % 13).collect(),
        ..Progress::default()
    };
    desk.send(Msg::Homework(News::Progress(Arc::new(progress))));
    desk
}

/// About to ask below Physics.
fn asking() -> Desk {
    let mut desk = Desk::new();
    desk.focus(crate::app::fixture::node(&["Natural Sciences", "Physics"]));
    desk.press("r");
    desk.type_text("more about waves");
    desk
}

/// What would be sent then, without edits.
fn told() -> Desk {
    let mut desk = asking();
    desk.press("tab e");
    let trim = crate::taxonomy::Trim::of([crate::taxonomy::Part::Edits]);
    let text = "[system]\nYou are an expert.\n\n[user]\nDesign a list of \u{202e}subjects.".to_owned();
    let outcome = Ok(vec![crate::app::Written { title: "subjects, 10 times".into(), text }]);
    let node = Some(crate::app::fixture::node(&["Natural Sciences", "Physics"]));
    let reason = Some("more about waves".to_owned());
    desk.send(Msg::Prompts { node, what: crate::app::What::Children, reason, trim, outcome });
    desk
}

/// Ten runs are under way, some are back; one subject was worded in two ways and is taught elsewhere.
fn several_runs() -> Desk {
    use crate::taxonomy::{AskId, Round};
    let mut desk = asking();
    desk.press("enter");
    let at = ["Natural Sciences", "Physics"];
    for (number, names) in
        [(1, ["Fluid mechanics", "Waves"]), (2, ["Mechanics of fluids", "Plasmas"]), (3, ["Waves", "Heat"])]
    {
        let round = Round { ask: AskId::new(1, 1), number, of: 10, stratum: None, wording: None, without: vec![] };
        let named = names.map(|name| crate::app::fixture::child(&at, name, "")).to_vec();
        desk.bench.propose_in(Some(round), named);
    }
    desk.bench.propose(vec![crate::app::fixture::child(&["Natural Sciences", "Chemistry"], "Fluid mechanics", "")]);
    desk.publish();
    let job = desk.model.jobs[0].id;
    desk.send(Msg::Job { id: job, event: crate::app::JobEvent::Began(10) });
    for arrived in [2, 1, 1] {
        desk.send(Msg::Job { id: job, event: crate::app::JobEvent::Arrived(arrived) });
    }
    desk.focus(crate::app::fixture::node(&["Natural Sciences", "Physics", "Fluid mechanics"]));
    desk
}

/// A reader or a comparison with what it waits for.
fn evidence(keys: &str, then: &str) -> Desk {
    let mut desk = storied();
    let effects = desk.press(keys);
    answer(&mut desk, effects);
    screen(&mut desk, 80, 24);
    let effects = desk.press(then);
    answer(&mut desk, effects);
    desk
}

/// The versions of a revised syllabus.
fn revised() -> Desk {
    let mut desk = Desk::new();
    desk.focus(acoustics());
    desk.press("g s d");
    desk.type_text(" 音\u{202e}");
    desk.press("enter D");
    desk
}

macro_rules! shows {
    ($( $name:ident: $desk:expr, $width:literal x $height:literal; )+) => {$(
        #[test]
        fn $name() {
            let mut desk = $desk;
            insta::assert_snapshot!(stringify!($name), screen(&mut desk, $width, $height));
        }
    )+};
}

shows! {
    curate_80x24: curate(), 80 x 24;
    curate_120x40: curate(), 120 x 40;
    curate_200x60: curate(), 200 x 60;
    curate_narrow_50x20: curate(), 50 x 20;
    curate_smallest_40x10: curate(), 40 x 10;
    narrowed_80x24: narrowed(), 80 x 24;
    narrowed_120x40: narrowed(), 120 x 40;
    facets_80x24: { let mut desk = narrowed(); desk.press("F down"); desk }, 80 x 24;
    branch_80x24: branch(), 80 x 24;
    branch_120x40: branch(), 120 x 40;
    empty_80x24: Desk::at(Bench::empty()), 80 x 24;
    votes_blind_80x24: votes(), 80 x 24;
    votes_own_80x24: voted(), 80 x 24;
    votes_contested_80x24: contested(), 80 x 24;
    votes_contested_facet_80x24: { let mut desk = contested(); desk.press("F"); desk.type_text("contested"); desk }, 80 x 24;
    statistics_80x24: statistics(), 80 x 24;
    syllabus_80x24: syllabus(), 80 x 24;
    syllabus_120x40: syllabus(), 120 x 40;
    history_80x24: history(), 80 x 24;
    history_120x40: history(), 120 x 40;
    why_80x24: evidence("i", "n"), 80 x 24;
    why_120x40: evidence("i", "["), 120 x 40;
    compare_80x24: evidence("D", "["), 80 x 24;
    compare_120x40: evidence("D", "tab [ z"), 120 x 40;
    compare_syllabus_80x24: revised(), 80 x 24;
    compare_syllabus_120x40: revised(), 120 x 40;
    plan_80x24: plan(), 80 x 24;
    balance_80x24: balanced(), 80 x 24;
    balance_120x40: balanced(), 120 x 40;
    run_80x24: run(), 80 x 24;
    run_120x40: run(), 120 x 40;
    asking_80x24: asking(), 80 x 24;
    told_80x24: told(), 80 x 24;
    told_120x40: told(), 120 x 40;
    several_runs_80x24: several_runs(), 80 x 24;
    several_runs_120x40: several_runs(), 120 x 40;
    question_80x24: { let mut desk = Desk::new(); desk.press("space space 6"); desk }, 80 x 24;
    merge_menu_80x24: { let mut desk = Desk::new(); desk.press("] ] m"); desk }, 80 x 24;
    fix_menu_80x24: {
        let mut bench = crate::app::fixture::bench();
        bench.propose(vec![crate::app::fixture::child(&["Natural Sciences", "Physics"], "2. Wa\u{200b}ves", "")]);
        let mut desk = Desk::at(bench);
        desk.focus(crate::app::fixture::node(&["Natural Sciences", "Physics", "2. Wa\u{200b}ves"]));
        desk.press("!");
        desk
    }, 80 x 24;
    form_80x24: { let mut desk = Desk::new(); desk.focus(optics()); desk.press("e tab tab"); desk }, 80 x 24;
    help_80x24: { let mut desk = Desk::new(); desk.press("?"); desk.type_text("undo"); desk }, 80 x 24;
    refusal_80x24: {
        let mut desk = Desk::new();
        desk.press("z R");
        desk.focus(crate::app::fixture::node(&["Natural Sciences", "Chemistry", "Organic chemistry"]));
        desk.press("a");
        desk
    }, 80 x 24;
}

/// Every screen with every overlay that can lie over it.
fn all_desks() -> Vec<Desk> {
    let mut desks = vec![
        Desk::at(Bench::empty()),
        curate(),
        narrowed(),
        branch(),
        contested(),
        statistics(),
        syllabus(),
        history(),
        plan(),
        run(),
        asking(),
        told(),
    ];
    desks.extend([evidence("i", "n"), evidence("D", "[")]);
    for keys in ["g", "m", "?", "F", "e", "p", "9", "i", "/", "space space a", "o", "v j j"] {
        let mut desk = Desk::new();
        desk.press(keys);
        desks.push(desk);
    }
    let mut noisy = Desk::new();
    noisy.send(Msg::Notice { level: Level::Error, text: "量子力学 \u{202e}".repeat(40) });
    noisy.press("z R t t t");
    desks.push(noisy);
    desks
}

#[test]
fn every_size_is_survived() {
    for desk in &mut all_desks() {
        for height in [1, 2, 3, 5, 9, 10, 11, 13, 14, 17, 18, 24, 31, 50] {
            for width in [1, 2, 7, 20, 39, 40, 41, 57, 71, 72, 73, 80, 99, 110, 120] {
                paint(desk, width, height);
            }
        }
    }
}

#[test]
fn all_sizes_of_the_main_screen_are_survived() {
    let mut desk = curate();
    for height in 1..=50 {
        for width in (1..=120).step_by(3) {
            paint(&mut desk, width, height);
        }
    }
}

#[test]
fn the_cursor_row_is_seen_without_any_colour() {
    let mut desk = Desk::new();
    let (buffer, drawn) = paint_with(&mut desk, 80, 24, ColorDepth::None, GlyphSet::Ascii);
    let y = 3 + (desk.model.tree.at - drawn.shown.list.start) as u16;
    let row = &buffer[(10, y)];
    assert!(row.modifier.contains(Modifier::REVERSED), "{row:?}");
    assert_eq!(buffer[(1, y)].symbol(), ">");
    assert!(buffer.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    let text = text(&buffer).replace(|c: char| c as u32 >= 0x2e80 || c == '⟨' || c == '⟩' || c == '·', "");
    assert!(text.is_ascii(), "{text}");
}

#[test]
fn nothing_from_outside_reaches_the_cells_unrevealed() {
    for desk in &mut all_desks() {
        let (buffer, _) = paint(desk, 120, 40);
        for cell in &buffer.content {
            let hidden =
                |c: char| c.is_control() || matches!(c, '\u{200b}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            assert!(!cell.symbol().contains(hidden), "{:?}", cell.symbol());
        }
    }
}

#[test]
fn a_deep_window_is_indented_as_if_all_of_it_were_painted() {
    let mut desk = Desk::new();
    desk.press("z R");
    let whole = screen(&mut desk, 80, 40);
    desk.press("G");
    let part = screen(&mut desk, 80, 18);
    let row = |text: &str, name: &str| text.lines().find(|line| line.contains(name)).unwrap()[..20].to_owned();
    for name in ["Organic chemistry", "Chemistry"] {
        assert_eq!(row(&whole, name), row(&part, name));
    }
}

#[test]
fn no_column_of_the_statistics_is_cut_off_at_80_columns() {
    let mut desk = statistics();
    let shown = screen(&mut desk, 80, 80);
    for section in &crate::taxonomy::stats::sections(&desk.bench.snapshot) {
        let Some(last) = section.columns.last().filter(|_| !section.rows.is_empty()) else { continue };
        let below = shown.split(section.title).nth(1).unwrap_or_else(|| panic!("{}: {shown}", section.title));
        let heading = below.lines().nth(1).unwrap();
        assert!(heading.trim_end_matches('│').trim_end().ends_with(last), "{}: {heading}", section.title);
    }
}

#[test]
fn what_was_on_screen_is_told_to_the_model() {
    let mut desk = Desk::new();
    desk.focus(acoustics());
    desk.press("g s");
    screen(&mut desk, 80, 18);
    let seen = desk.model.syllabus.unseen(&desk.model.snapshot);
    assert!(seen > 0, "ten rows do not fit");
    desk.press("G");
    screen(&mut desk, 80, 18);
    assert_eq!(desk.model.syllabus.unseen(&desk.model.snapshot), 0);
}

#[test]
fn every_key_concept_of_the_focused_session_is_seen_below_the_list() {
    for (width, height) in [(80, 24), (100, 40)] {
        let mut desk = Desk::new();
        desk.focus(acoustics());
        desk.press("g s");
        let shown = screen(&mut desk, width, height);
        let heading = format!("Session {} of", desk.model.syllabus.row + 1);
        let below = shown.split(&heading).nth(1).unwrap();
        let session = desk.model.syllabus.session(&desk.model.snapshot).unwrap();
        for concept in &session.concepts {
            assert!(below.contains(&*concept.line()), "{}: {shown}", concept.line());
        }
        if height == 40 {
            assert!(below.contains("The whole syllabus"), "the spare rows are used: {shown}");
        }
    }
}

#[test]
fn after_a_run_its_place_and_the_command_for_a_dataset_are_shown() {
    let mut desk = run();
    let progress = desk.model.homework.run.as_ref().unwrap().progress.clone();
    let dir = "/data/my taxonomy/runs/20261121T101500Z-0a1b2c3d".into();
    desk.send(Msg::Homework(News::Ended { ended: crate::homework::Ended::Done, progress, dir }));
    let shown = screen(&mut desk, 120, 40);
    assert!(shown.contains("/data/my taxonomy/runs/20261121T101500Z-0a1b2c3d"), "{shown}");
    assert!(shown.contains("provost -C '/data/my taxonomy' export -o homework.jsonl"), "{shown}");
}

#[test]
fn a_broken_file_is_told_for_as_long_as_it_is_broken() {
    let mut desk = Desk::new();
    assert!(!screen(&mut desk, 80, 24).contains("broken"));
    let path = "tree/crafts.yaml".to_owned();
    desk.bench.snapshot.problems.push(crate::taxonomy::Problem { path, line: Some(3), message: "Cut off.".into() });
    desk.publish();
    assert!(screen(&mut desk, 80, 24).contains("1 broken file"));
}

#[test]
fn a_tab_is_never_cut_off_by_large_counts() {
    let mut desk = history();
    desk.model.digest.pending = 44_779;
    (desk.model.digest.deferred, desk.model.digest.flagged) = (12, 3);
    let top = |text: String| text.lines().next().unwrap().to_owned();
    let narrow = top(screen(&mut desk, 80, 24));
    assert!(narrow.contains("[History]") && narrow.ends_with("44779 pending · 12 deferred · 3 flagged"), "{narrow}");
    assert!(!narrow.contains("Curate"), "{narrow}");
    assert!(top(screen(&mut desk, 120, 24)).contains("Curate"));
}

#[test]
fn help_is_the_last_of_the_footer_on_every_screen() {
    for desk in &mut [curate(), syllabus(), history(), plan(), run()] {
        for width in [60, 80, 120, 200] {
            let shown = screen(desk, width, 24);
            let footer = shown.lines().nth(22).unwrap();
            assert!(footer.ends_with("? help"), "{footer}");
        }
    }
}

#[test]
fn a_text_field_shows_the_terminal_where_its_cursor_is() {
    let mut desk = Desk::new();
    desk.press("/");
    desk.type_text("量a");
    let (_, drawn) = paint(&mut desk, 80, 24);
    assert_eq!(drawn.cursor.map(|cursor| (cursor.x, cursor.y)), Some((5, 23)));
    desk.press("left");
    let (_, drawn) = paint(&mut desk, 80, 24);
    assert_eq!(drawn.cursor.map(|cursor| cursor.x), Some(4));
}
