use std::sync::Arc;
use std::time::Duration;

use super::super::tests::{run, screen};
use crate::app::fixture::Desk;
use crate::app::{Msg, News};
use crate::homework::{
    Branch, Ended, Endpoint, FailureCount, Finished, Health, ItemFailed, Limits, Phase, Progress, Used,
};
use crate::llm::Usage;
use crate::taxonomy::{Kind, NodeId};

fn ms(ms: u64) -> Option<Duration> {
    Some(Duration::from_millis(ms))
}

fn endpoints(set_aside: Option<Duration>) -> Vec<Endpoint> {
    let endpoint = |origin: &str, health| Endpoint {
        steps: vec!["question", "answer"],
        profile: "cluster".into(),
        health: Health { origin: origin.into(), ..health },
    };
    let well = Health {
        in_flight: 12,
        limit: 16,
        requests: 1_204,
        refused: 14,
        p50: ms(310),
        p95: ms(1_450),
        ..Health::default()
    };
    let other = match set_aside {
        Some(_) => Health { limit: 8, requests: 77, failed: 9, p50: ms(320), p95: ms(700), set_aside, ..well.clone() },
        None => Health { in_flight: 4, refused: 0, requests: 980, p50: ms(290), p95: ms(640), ..well.clone() },
    };
    vec![endpoint("http://10.0.0.7:8000", well), endpoint("http://10.0.0.8:8000", other)]
}

/// A run with all there is to show; `change` makes it another.
fn with(change: impl FnOnce(&mut Progress)) -> Desk {
    let mut desk = run();
    let mut progress = (*desk.model.homework.run.as_ref().unwrap().progress).clone();
    progress.endpoints = endpoints(None);
    progress.limits = Limits { usd: Some(5.0), ..Limits::default() };
    progress.used = Some(Used { usd: Some(1.23), tokens: 613_445, items: 474 });
    let node = |name: &str| NodeId::derive(None, Kind::Field, name, 0);
    let names =
        ["Natural Sciences", "Physics", "Chemistry", "Humanities", "History", "Linguistics", "Crafts", "Weaving"];
    let branches = names.iter().enumerate().map(|(at, name)| Branch {
        node: node(name),
        depth: u8::from(!matches!(at, 0 | 3 | 6)),
        name: (*name).into(),
        total: 155 * (1 + (at as u64 % 3)),
        done: 40 + 30 * at as u64 % 130,
        failed: (at as u64) % 2,
    });
    progress.branches = Arc::new(branches.collect());
    let item = |number: u32, subject: &str, question: &str, unfit| {
        Arc::new(Finished {
            item: format!("{number:032x}").parse().unwrap(),
            path: vec!["Natural Sciences".into(), "Physics".into(), subject.into()],
            question: question.into(),
            answer: "Sketch the situation first. Then write down what is given and what is asked for, choose the law that links them, and solve for the unknown.\n\nThe result is 0.6 m; check it against the limit of a thin lens.".into(),
            unfit,
        })
    };
    let echo =
        item(7, "Acoustics", "A string of 65 cm is tuned to 440 Hz. How fast do waves travel on it?", Some("echo"));
    progress.newest = vec![
        item(9, "Optics", "A lens of 5 dioptres forms an image at 30 cm. Where is the object?", None),
        item(8, "Mechanics", "A block slides down a plane of 30 degrees. Find the coefficient of friction.", None),
        Arc::clone(&echo),
        item(6, "Thermodynamics", "How much work does an ideal gas do when it expands at constant temperature?", None),
    ];
    progress.failures = vec![
        FailureCount {
            class: "cut",
            count: 12,
            example: "The reply was cut off at the token limit. Allow more tokens.".into(),
            sample: None,
        },
        FailureCount {
            class: "echo",
            count: 3,
            example: "The answer repeats the question.".into(),
            sample: Some(echo),
        },
    ];
    change(&mut progress);
    desk.send(Msg::Homework(News::Progress(Arc::new(progress))));
    let failed = |number: u32, class| ItemFailed {
        item: format!("{number:032x}").parse().unwrap(),
        class,
        message: "The answer repeats the question.".into(),
    };
    desk.send(Msg::Homework(News::Failed(vec![failed(7, "echo"), failed(5, "echo")])));
    desk
}

fn ended(ended: Ended, change: impl FnOnce(&mut Progress)) -> Desk {
    let mut desk = with(|progress| {
        progress.phase = Phase::Ended;
        progress.running = 0;
        progress.eta = None;
        change(progress);
    });
    let progress = desk.model.homework.run.as_ref().unwrap().progress.clone();
    let dir = "/data/t/runs/20261121T101500Z-0a1b2c3d".into();
    desk.send(Msg::Homework(News::Ended { ended, progress, dir }));
    // Without the message on top.
    desk.press("j k");
    desk
}

macro_rules! states {
    ($($name:ident: $desk:expr;)+) => { $(
        #[test]
        fn $name() {
            for (width, height) in [(80, 24), (120, 40), (200, 60)] {
                let shown = screen(&mut $desk, width, height);
                insta::assert_snapshot!(format!("{}_{width}x{height}", stringify!($name)), shown);
            }
        }
    )+ };
}

states! {
    running: with(|_| {});
    paused: with(|progress| progress.phase = Phase::Paused);
    stopping: with(|progress| {
        progress.phase = Phase::Stopping;
        progress.running = 5;
    });
    ended_well: ended(Ended::Done, |progress| {
        (progress.done, progress.failed, progress.left) = (1_240, 0, 0);
        progress.failures.clear();
    });
    at_the_cap: with(|progress| {
        progress.used = Some(Used { usd: Some(4.97), tokens: 2_612_300, items: 1_100 });
        progress.limits.tokens = Some(3_000_000);
        progress.capped = Some("The cap of $5.00 is reached.".into());
    });
    budget_used_up: ended(
        Ended::Budget("The cap of $5.00 is reached: the run has taken $4.99, and the next item is expected to take $0.0105.".into()),
        |progress| progress.used = Some(Used { usd: Some(4.99), tokens: 2_612_300, items: 1_100 }),
    );
    server_down: with(|progress| progress.endpoints = endpoints(Some(Duration::from_secs(12))));
    price_unknown: with(|progress| {
        (progress.cost_usd, progress.limits, progress.used) = (None, Limits::default(), None);
        progress.estimated = Usage { prompt_tokens: 11_000, completion_tokens: 1_345, ..Usage::default() };
        progress.held = Some(Duration::from_secs(7));
    });
    newest: { let mut desk = with(|_| {}); desk.press("] j"); desk };
    failures: { let mut desk = with(|_| {}); desk.press("] ] j"); desk };
    server_away_and_no_judge: ended(
        Ended::Unreachable("32 items in a row failed because of the server. The last: Endpoint 'cluster': It is away.".into()),
        |progress| (progress.away, progress.unjudged) = (progress.failed - 1, 12),
    );
    server_waited_for: with(|progress| {
        progress.endpoints = endpoints(Some(Duration::from_secs(12)));
        progress.endpoints[0].health.set_aside = Some(Duration::from_secs(3));
        progress.waits = Some(Duration::from_secs(283));
    });
    server_refuses: {
        let mut desk = with(|progress| {
            progress.endpoints = endpoints(Some(Duration::from_secs(12)));
            progress.endpoints[1].health.denial = Some("The server answered 404: The model `m` does not exist.".into());
        });
        desk.press("] ] ] j");
        desk
    };
    servers: {
        let mut desk = with(|progress| progress.endpoints = endpoints(Some(Duration::from_secs(12))));
        desk.press("] ] ] j");
        desk
    };
}

#[test]
fn an_item_opened_whole_and_the_run_seen_from_another_screen() {
    let mut desk = with(|_| {});
    desk.press("] enter");
    insta::assert_snapshot!("item_80x24", screen(&mut desk, 80, 24));
    let mut desk = with(|_| {});
    desk.press("g c");
    for (width, height) in [(80, 24), (60, 16)] {
        let shown = screen(&mut desk, width, height);
        assert!(shown.contains("run 38 % $0.21"), "{shown}");
    }
}

#[test]
fn hostile_texts_stay_text_everywhere() {
    let evil = "\u{1b}]0;x\u{7} \u{202e}evil";
    let mut desk = with(|progress| {
        progress.endpoints[0].health.origin = evil.into();
        progress.failures[0].example = evil.into();
        let item = Finished {
            item: "0".repeat(32).parse().unwrap(),
            path: vec![evil.into()],
            question: evil.into(),
            answer: evil.into(),
            unfit: None,
        };
        progress.newest.insert(0, Arc::new(item));
        progress.branches = Arc::new(vec![Branch { name: evil.into(), ..progress.branches[0].clone() }]);
    });
    for _ in 0..4 {
        for (width, height) in [(80, 24), (200, 60)] {
            let shown = screen(&mut desk, width, height);
            let hidden = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
            assert!(!shown.contains(hidden), "{shown:?}");
        }
        desk.press("]");
    }
}

#[test]
fn a_hundred_branches_scroll() {
    let mut desk = with(|progress| {
        let many =
            (0..126).map(|at| Branch { name: format!("Discipline {at}").into(), ..progress.branches[0].clone() });
        progress.branches = Arc::new(many.collect());
    });
    desk.press("G");
    assert!(screen(&mut desk, 80, 24).contains("Discipline 125"));
}
