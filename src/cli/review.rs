//! `provost review`: the curator, or with `--plain` one proposal at a time as lines of text, decided by the same keys.

use std::io::BufRead as _;

use clap::Args;

use super::console::Console;
use super::global::ModelArgs;
use super::proposals::{WantedKind, select};
use super::review_card as card;
use super::table::count;
use super::{curator, locate};
use crate::error::AppError;
use crate::input::{Action, Context, Key, Keymap, Resolved, Resolver};
use crate::store::Store;
use crate::taxonomy::event::{Edit, Reason};
use crate::taxonomy::id::{NodeId, ProposalId};
use crate::taxonomy::node::Facts;
use crate::taxonomy::op::Op;
use crate::taxonomy::proposal::{Body, Proposal};
use crate::taxonomy::queue::{Facets, Order, Survey, Value};
use crate::taxonomy::similarity::{Catalogue, Neighbour};
use crate::taxonomy::snapshot::Snapshot;
use crate::taxonomy::text::{Untrusted, reveal_line};

/// Review proposals one after the other
#[derive(Debug, Args)]
#[command(after_help = "\
Without --plain this opens the curator. With --plain nothing is drawn: provost prints a proposal in a few lines and \
reads a line with the same key that the screen uses, followed by Enter. This suits screen readers, dumb terminals \
and pipes. ? lists the keys, Enter alone prints the proposal again, q or the end of the input quits. Each decision \
is on disk before the next proposal is printed. Your own keymap applies here too. A syllabus can only be accepted or \
rejected as a whole here.

Examples:
  provost review --plain
  provost review --plain --under natural-sciences --kind subject --order risk
  printf 'a\\na\\n5\\nq\\n' | provost review --plain

Exit codes: 0 done, 2 no such node, or another instance decides here")]
pub struct Review {
    /// Use lines of text instead of a screen
    #[arg(long)]
    plain: bool,
    /// Only proposals below this node
    #[arg(long, value_name = "NODE", requires = "plain")]
    under: Option<String>,
    /// Only this kind: field, sub-field, discipline, subject or syllabus
    #[arg(long, value_name = "KIND", value_delimiter = ',', requires = "plain")]
    kind: Vec<WantedKind>,
    /// Order of the list
    #[arg(long, value_name = "ORDER", default_value = "tree", value_parser = ["tree", "risk", "emptiest"])]
    order: String,
    #[command(flatten)]
    model: ModelArgs,
}

impl Review {
    /// Whether it draws nothing.
    pub fn is_plain(&self) -> bool {
        self.plain
    }

    /// Runs the command.
    ///
    /// # Errors
    /// There is no such directory or node, or another instance writes.
    pub fn run(self, console: &mut Console<'_>) -> Result<(), AppError> {
        if !self.plain {
            return curator::open(console, None, Some(&self.model));
        }
        let (config, _) = console.config(None)?;
        let keymap = config.keys()?;
        let store = console.write()?;
        let queue = self.queue(&store.snapshot())?;
        let catalogue = Catalogue::of(&store.snapshot());
        let (done, near) = (Vec::new(), Vec::new());
        let mut session = Session { store, keymap, queue, at: 0, done, said: None, catalogue, near };
        session.run(console)
    }

    /// What there is to decide, in its order.
    fn queue(&self, snapshot: &Snapshot) -> Result<Vec<ProposalId>, AppError> {
        let mut values: Vec<Value> = self.kind.iter().map(|kind| Value::Kind(kind.0)).collect();
        if let Some(text) = &self.under {
            values.extend(locate::place(snapshot, text)?.map(Value::Under));
        }
        let facets: Facets = values.into_iter().collect();
        let order = Order::by_name(&self.order, 1).unwrap_or_default();
        let mut survey = Survey::new(snapshot);
        if order == Order::Risk {
            survey.look(snapshot);
        }
        let seats = select(snapshot, &survey, &facets, Some(order));
        Ok(seats.into_iter().map(|seat| seat.proposal.id).collect())
    }
}

/// One sitting.
struct Session {
    store: Store,
    keymap: Keymap,
    queue: Vec<ProposalId>,
    /// The place in the queue.
    at: usize,
    /// What was decided here and not taken back, oldest first.
    done: Vec<ProposalId>,
    /// What was said last, so that it is not said again after each key.
    said: Option<ProposalId>,
    catalogue: Catalogue,
    /// The neighbours that were said with it.
    near: Vec<Neighbour>,
}

/// What comes after a key.
enum Then {
    Stay,
    /// The decision was made.
    Next,
    Leave,
}

impl Session {
    fn run(&mut self, console: &mut Console<'_>) -> Result<(), AppError> {
        let open = count(self.left(), "proposal", "proposals");
        console.out.line(&format!("{open} to decide. ? lists the keys, q leaves."))?;
        while let Some(id) = self.current() {
            if self.said != Some(id) {
                self.say(console, id)?;
            }
            let Some(line) = ask(console, "> ")? else { break };
            if line.is_empty() {
                self.said = None;
                continue;
            }
            let then = match self.action(&line) {
                Some(action) => self.act(console, id, action),
                None => {
                    console.out.line(&format!("\"{}\" is no key here; ? lists the keys.", reveal_line(&line)))?;
                    Ok(Then::Stay)
                }
            };
            match then {
                Ok(Then::Stay) => {}
                Ok(Then::Next) => {
                    self.done.push(id);
                    self.at += 1;
                }
                Ok(Then::Leave) => break,
                // What is refused stays where it is, with the reason.
                Err(error) if is_refusal(&error) => console.out.line(&format!("Not done: {}", error.message))?,
                Err(error) => return Err(error),
            }
        }
        let left = match self.left() {
            0 => "Nothing is left to decide here.".to_owned(),
            left => format!("{left} left."),
        };
        console.out.line(&format!("{} decided. {left}", self.done.len()))
    }

    /// How many are still to be decided.
    fn left(&self) -> usize {
        let snapshot = self.store.snapshot();
        self.queue.iter().filter(|id| self.waits(&snapshot, **id)).count()
    }

    fn waits(&self, snapshot: &Snapshot, id: ProposalId) -> bool {
        // With a quorum it stays open after one's own vote.
        snapshot.record.proposal(id).is_some_and(|proposal| snapshot.is_open(proposal)) && !self.done.contains(&id)
    }

    /// The proposal at the place in the queue, or the next one after it that waits, from the beginning again at the end.
    fn current(&mut self) -> Option<ProposalId> {
        let snapshot = self.store.snapshot();
        let from = self.at.min(self.queue.len());
        let places = (from..self.queue.len()).chain(0..from);
        let at = places.into_iter().find(|at| self.waits(&snapshot, self.queue[*at]))?;
        self.at = at;
        Some(self.queue[at])
    }

    fn say(&mut self, console: &mut Console<'_>, id: ProposalId) -> Result<(), AppError> {
        let snapshot = self.store.snapshot();
        if let Some(proposal) = snapshot.record.proposal(id) {
            console.out.line("")?;
            console.out.line(&format!("{} of {}", self.at + 1, self.queue.len()))?;
            self.catalogue.refresh(&snapshot, None);
            self.near = card::neighbours(&self.catalogue, proposal);
            card::print(console.out, &snapshot, proposal, &self.near)?;
        }
        self.said = Some(id);
        Ok(())
    }

    /// What a line of keys means on the screen of decisions.
    fn action(&self, line: &str) -> Option<Action> {
        let one_by_one = || line.chars().filter(|c| !c.is_whitespace()).map(Key::char).collect();
        let keys: Vec<Key> = Key::parse_sequence(line).unwrap_or_else(|_| one_by_one());
        let mut resolver = Resolver::default();
        let mut found = None;
        for key in keys {
            found = match resolver.feed(&self.keymap, Context::Curate, key) {
                Resolved::Action(action) if found.is_none() => Some(action),
                Resolved::Prefix(_) if found.is_none() => None,
                _ => return None,
            };
        }
        found
    }

    fn act(&mut self, console: &mut Console<'_>, id: ProposalId, action: Action) -> Result<Then, AppError> {
        let snapshot = self.store.snapshot();
        let Some(proposal) = snapshot.record.proposal(id) else { return Ok(Then::Stay) };
        let on = vec![id];
        let op = match action {
            Action::Accept => Op::Accept { on, edit: None, under: None },
            Action::Edit => match edited(console, proposal)? {
                Some(edit) => Op::Accept { on, edit: Some(edit), under: None },
                None => return Ok(Then::Stay),
            },
            Action::Place => match asked_node(console, &snapshot, "Under which node? ")? {
                Some(under) => Op::Accept { on, edit: None, under: Some(under) },
                None => return Ok(Then::Stay),
            },
            Action::MergeInto(number) => match self.near.get(usize::from(number).wrapping_sub(1)) {
                Some(near) => Op::Alias { on, into: near.node },
                None => {
                    console.out.line(&format!("There is no neighbour {number}."))?;
                    return Ok(Then::Stay);
                }
            },
            Action::MergeByName => match asked_node(console, &snapshot, "Into which node? ")?.flatten() {
                Some(into) => Op::Alias { on, into },
                None => return Ok(Then::Stay),
            },
            Action::Defer => Op::Defer { on },
            Action::Flag => Op::Flag { on, note: None },
            Action::FlagWithWords => match ask(console, "For whom, and why? ")?.filter(|words| !words.is_empty()) {
                Some(words) => Op::Flag { on, note: Some(Untrusted::from(words)) },
                None => return Ok(Then::Stay),
            },
            Action::Undo => return self.take_back(console, Op::Undo(None)),
            Action::Redo => return self.take_back(console, Op::Redo(None)),
            Action::NextPending | Action::Down => {
                self.at += 1;
                return Ok(Then::Stay);
            }
            Action::PreviousPending | Action::Up => {
                self.back();
                return Ok(Then::Stay);
            }
            Action::Why => {
                card::why(console.out, &self.store, &snapshot, proposal)?;
                return Ok(Then::Stay);
            }
            Action::Help => {
                card::keys(console.out, &self.keymap, is_for_lines)?;
                return Ok(Then::Stay);
            }
            Action::Quit | Action::Cancel => return Ok(Then::Leave),
            other => match reason_of(other) {
                Some(Reason::Other) => match ask(console, "Why? ")?.filter(|words| !words.is_empty()) {
                    Some(words) => {
                        Op::Reject { on, reason: Reason::Other, note: Some(Untrusted::from(words)), of: None }
                    }
                    None => return Ok(Then::Stay),
                },
                Some(reason) => Op::Reject { on, reason, note: None, of: None },
                None => {
                    let text = format!("\"{}\" needs the screen; ? lists what can be done here.", other.title());
                    console.out.line(&text)?;
                    return Ok(Then::Stay);
                }
            },
        };
        let receipt = self.store.submit(op)?;
        console.out.line(&capital(&receipt.summary))?;
        Ok(Then::Next)
    }

    fn take_back(&mut self, console: &mut Console<'_>, op: Op) -> Result<Then, AppError> {
        let is_undo = matches!(op, Op::Undo(_));
        let receipt = self.store.submit(op)?;
        console.out.line(&capital(&receipt.summary))?;
        if is_undo && let Some(last) = self.done.pop() {
            self.at = self.queue.iter().position(|id| *id == last).unwrap_or(self.at);
        }
        Ok(Then::Stay)
    }

    /// To the one before that waits.
    fn back(&mut self) {
        let snapshot = self.store.snapshot();
        let before = (0..self.at).rev().find(|at| self.waits(&snapshot, self.queue[*at]));
        self.at = before.unwrap_or(self.at);
    }
}

/// Says what is wanted and reads a line; `None` at the end of the input.
fn ask(console: &mut Console<'_>, what: &str) -> Result<Option<String>, AppError> {
    console.out.text(what)?;
    console.out.flush()?;
    let mut line = Vec::new();
    let read = std::io::stdin().lock().read_until(b'\n', &mut line);
    let read = read.map_err(|error| AppError::usage(format!("Stdin cannot be read: {error}.")))?;
    // Whoever pipes keys in does not type the line end that a terminal shows.
    if !std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        console.out.line("")?;
    }
    Ok((read > 0).then(|| String::from_utf8_lossy(&line).trim().to_owned()))
}

fn asked_node(console: &mut Console<'_>, snapshot: &Snapshot, what: &str) -> Result<Option<Option<NodeId>>, AppError> {
    match ask(console, what)?.filter(|text| !text.is_empty()) {
        Some(text) => locate::place(snapshot, &text).map(Some),
        None => Ok(None),
    }
}

/// The facts of a node as typed; what is left empty stays. `None` for a syllabus, and where nothing was changed.
fn edited(console: &mut Console<'_>, proposal: &Proposal) -> Result<Option<Edit>, AppError> {
    let Body::Node { facts, .. } = &proposal.body else {
        let text = format!("A syllabus is edited in a file: provost show {} --yaml, then decide --edit.", proposal.id);
        console.out.line(&text)?;
        return Ok(None);
    };
    console.out.line("Enter alone keeps what is there.")?;
    let mut new: Facts = facts.clone();
    let mut field = |name: &str, now: Option<&Untrusted>| -> Result<Option<Untrusted>, AppError> {
        let now = now.map(|text| text.line().into_owned()).unwrap_or_default();
        let typed = ask(console, &format!("{name} [{now}]: "))?.filter(|text| !text.is_empty());
        Ok(typed.map(Untrusted::from))
    };
    if let Some(name) = field("name", Some(&facts.name))? {
        new.name = name;
    }
    new.level = field("level", facts.level.as_ref())?.or(new.level);
    new.scope = field("scope", facts.scope.as_ref())?.or(new.scope);
    if new == *facts {
        console.out.line("Nothing was changed, so nothing is decided.")?;
        return Ok(None);
    }
    Ok(Some(Edit::Facts(Box::new(new))))
}

/// What can be done without a screen.
fn is_for_lines(action: Action) -> bool {
    matches!(
        action,
        Action::Accept
            | Action::Edit
            | Action::Place
            | Action::MergeInto(_)
            | Action::MergeByName
            | Action::Defer
            | Action::Flag
            | Action::FlagWithWords
            | Action::Undo
            | Action::Redo
            | Action::NextPending
            | Action::PreviousPending
            | Action::Why
            | Action::Help
            | Action::Quit
    ) || reason_of(action).is_some()
}

/// The reason that a key rejects with.
fn reason_of(action: Action) -> Option<Reason> {
    match action.name().strip_prefix("reject-")? {
        "own-words" => Some(Reason::Other),
        "syllabus" => None,
        code => code.replace('-', "_").parse().ok(),
    }
}

fn is_refusal(error: &AppError) -> bool {
    matches!(error.kind, crate::error::Kind::Usage | crate::error::Kind::Findings)
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect::<String>() + ".").unwrap_or_default()
}
