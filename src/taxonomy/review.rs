//! Reviewing a syllabus session by session: which sessions a curator has accepted, and what one
//! version says that another does not.

use std::collections::{BTreeMap, BTreeSet};

use super::event::Change;
use super::id::{ProposalId, hash_bits};
use super::op::{Refusal, Verdict, find, undecided};
use super::proposal::Body;
use super::snapshot::Snapshot;
use super::syllabus::{Outline, Session, SessionId, Syllabus};
use super::text::Untrusted;

impl Session {
    /// Content hash: 16 hexadecimal digits that change with title, description and key concepts.
    #[must_use]
    pub fn hash(&self) -> String {
        let text = serde_json::to_string(&(&self.title, &self.description, &self.concepts)).unwrap_or_default();
        format!("{:016x}", hash_bits("provost 2026 session v1", &[&text], 64))
    }
}

/// What accepting sessions of a pending syllabus comes down to: a note in the log, bound to what
/// the sessions say.
pub(super) fn review(snapshot: &Snapshot, on: ProposalId, sessions: &[SessionId]) -> Result<Verdict, Refusal> {
    let proposal = find(snapshot, on)?;
    undecided(snapshot, proposal)?;
    let Body::Syllabus { syllabus, .. } = &proposal.body else {
        return Err(Refusal::new("Only the sessions of a syllabus are accepted one by one."));
    };
    let row = |id: &SessionId| match syllabus.session(id) {
        Some((_, session)) => Ok((id.clone(), session.hash())),
        None => Err(Refusal::new(format!("There is no session {} in it.", Untrusted::from(id.0.as_str()).line()))
            .hint("it was removed; look at the syllabus again")),
    };
    let sessions = sessions.iter().map(row).collect::<Result<BTreeMap<_, _>, _>>()?;
    if sessions.is_empty() {
        return Err(Refusal::new("No session is named."));
    }
    Ok(super::op::plain(Change::Review { on, sessions }))
}

/// The sessions of a pending syllabus that `by` has accepted and nobody changed since, and those that
/// the accepted syllabus of the subject has word for word.
#[must_use]
pub fn accepted_sessions(snapshot: &Snapshot, on: ProposalId, by: &str) -> BTreeSet<SessionId> {
    let record = &snapshot.record;
    let Some(Body::Syllabus { subject, syllabus }) = record.proposal(on).map(|proposal| &proposal.body) else {
        return BTreeSet::new();
    };
    let reviews = record.events_on(on).filter(|event| event.by == by).filter_map(|event| match &event.change {
        Change::Review { sessions, .. } => Some(sessions),
        _ => None,
    });
    let seen: BTreeSet<(&SessionId, &String)> = reviews.flatten().collect();
    let in_tree = snapshot.tree.node(*subject).and_then(|node| node.syllabus.as_ref());
    let holds = |session: &&Session| {
        seen.contains(&(&session.id, &session.hash()))
            || in_tree.and_then(|now| now.session(&session.id)).is_some_and(|(_, now)| now == *session)
    };
    syllabus.sessions.iter().filter(holds).map(|session| session.id.clone()).collect()
}

/// What one version of a syllabus says otherwise than an earlier one, about one session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which session; `None` is the introduction and the objectives.
    pub session: Option<SessionId>,
    /// Its number (from 1) in the later version, in the earlier one where it was removed.
    pub number: usize,
    /// What is different, as in `removed "Lenses"`. Made visible.
    pub what: Vec<String>,
}

/// What `to` says otherwise than `from`, session by session.
#[must_use]
pub fn differences(from: &Syllabus, to: &Syllabus) -> Vec<Difference> {
    let mut found = Vec::new();
    let moved = moved(from, to);
    for (row, session) in to.sessions.iter().enumerate() {
        let mut what = match from.session(&session.id) {
            None => vec![format!("added the session {}", quoted(&session.title))],
            Some((_, before)) => session_differences(before, session),
        };
        if let Some((id, was)) = &moved
            && *id == session.id
        {
            what.push(format!("moved from {}", was + 1));
        }
        if !what.is_empty() {
            found.push(Difference { session: Some(session.id.clone()), number: row + 1, what });
        }
    }
    for (row, session) in from.sessions.iter().enumerate() {
        if to.session(&session.id).is_none() {
            let what = vec![format!("removed the session {}", quoted(&session.title))];
            found.push(Difference { session: Some(session.id.clone()), number: row + 1, what });
        }
    }
    if (&from.introduction, &from.objectives) != (&to.introduction, &to.objectives) {
        found.push(Difference { session: None, number: 0, what: vec!["rewrote the introduction".to_owned()] });
    }
    found
}

/// What both made of `base`, session by session; where both changed the same session, `mine` and
/// its title among the others returned.
#[must_use]
pub fn merged(base: &Syllabus, mine: &Syllabus, theirs: &Syllabus) -> (Syllabus, Vec<Untrusted>) {
    let ids = |syllabus: &Syllabus| syllabus.sessions.iter().map(|session| session.id.clone()).collect::<Vec<_>>();
    let (first, second) = if ids(mine) == ids(base) { (theirs, mine) } else { (mine, theirs) };
    let mut order = ids(first);
    for (at, id) in ids(second).into_iter().enumerate() {
        if !order.contains(&id) {
            let before = at.checked_sub(1).and_then(|at| second.sessions.get(at)).map(|session| &session.id);
            let place = before.and_then(|before| order.iter().position(|id| id == before));
            order.insert(place.map_or(0, |place| place + 1), id);
        }
    }
    let mut both = Vec::new();
    let mut sessions = Vec::new();
    for id in order {
        let of = |syllabus: &Syllabus| syllabus.session(&id).map(|(_, session)| session.clone());
        let (was, one, other) = (of(base), of(mine), of(theirs));
        if was != one && was != other && one != other {
            both.extend(one.as_ref().or(other.as_ref()).map(|session| session.title.clone()));
        }
        sessions.extend(if one == was { other } else { one });
    }
    let head =
        if (&mine.introduction, &mine.objectives) == (&base.introduction, &base.objectives) { theirs } else { mine };
    let (introduction, objectives) = (head.introduction.clone(), head.objectives.clone());
    (Outline { introduction, objectives, sessions }.into(), both)
}

fn quoted(text: &Untrusted) -> String {
    format!("\"{}\"", text.line())
}

fn session_differences(before: &Session, after: &Session) -> Vec<String> {
    let mut what = Vec::new();
    if before.title != after.title {
        what.push(format!("{} became {}", quoted(&before.title), quoted(&after.title)));
    }
    if before.description != after.description {
        what.push("rewrote the description".to_owned());
    }
    let gone = lacking(&before.concepts, &after.concepts);
    let new = lacking(&after.concepts, &before.concepts);
    let rest = match (&gone[..], &new[..]) {
        ([(at, old)], [(place, fresh)]) if at == place => {
            what.push(format!("{} became {}", quoted(old), quoted(fresh)));
            return what;
        }
        ([], []) if before.concepts != after.concepts => Some("reordered the concepts".to_owned()),
        _ => None,
    };
    what.extend(gone.iter().map(|(_, concept)| format!("removed {}", quoted(concept))));
    what.extend(new.iter().map(|(_, concept)| format!("added {}", quoted(concept))));
    what.extend(rest);
    what
}

/// The concepts of one list that another does not have, each with its place.
fn lacking<'a>(these: &'a [Untrusted], those: &[Untrusted]) -> Vec<(usize, &'a Untrusted)> {
    let mut left: Vec<&Untrusted> = those.iter().collect();
    let mut found = Vec::new();
    for (at, concept) in these.iter().enumerate() {
        match left.iter().position(|other| *other == concept) {
            Some(same) => drop(left.swap_remove(same)),
            None => found.push((at, concept)),
        }
    }
    found
}

/// The one session that has another place among those that both have, and where it was.
fn moved(from: &Syllabus, to: &Syllabus) -> Option<(SessionId, usize)> {
    let ids = |these: &Syllabus, those: &Syllabus| -> Vec<SessionId> {
        let both = these.sessions.iter().filter(|session| those.session(&session.id).is_some());
        both.map(|session| session.id.clone()).collect()
    };
    let (before, after) = (ids(from, to), ids(to, from));
    if before == after {
        return None;
    }
    let without = |ids: &[SessionId], id: &SessionId| -> Vec<SessionId> {
        ids.iter().filter(|other| *other != id).cloned().collect()
    };
    let alone = |id: &&SessionId| without(&before, id) == without(&after, id);
    // Of two that changed places either may be meant; the one that was later is.
    let id = before.iter().rev().find(alone).or(before.first())?;
    Some((id.clone(), from.session(id)?.0))
}

#[cfg(test)]
mod tests {
    use super::super::syllabus::sample;
    use super::*;

    fn said(from: &Syllabus, to: &Syllabus) -> Vec<(usize, String)> {
        differences(from, to).into_iter().map(|found| (found.number, found.what.join("; "))).collect()
    }

    #[test]
    fn each_change_is_said_where_it_is() {
        let from = sample(4, 3);
        assert_eq!(said(&from, &from), []);
        let mut to = from.clone();
        to.sessions[0].concepts.remove(1);
        to.sessions[1].concepts[2] = "Lens".into();
        to.sessions[2].title = "Waves".into();
        to.sessions.remove(3);
        to.introduction = "Other.".into();
        let expected = [
            (1, "removed \"concept 1.2\""),
            (2, "\"concept 2.3\" became \"Lens\""),
            (3, "\"Session 3\" became \"Waves\""),
            (4, "removed the session \"Session 4\""),
            (0, "rewrote the introduction"),
        ];
        assert_eq!(said(&from, &to), expected.map(|(number, what)| (number, what.to_owned())));
    }

    #[test]
    fn a_session_that_moved_is_the_only_one_named() {
        let from = sample(5, 3);
        let mut to = from.clone();
        let session = to.sessions.remove(4);
        to.sessions.insert(1, session);
        assert_eq!(said(&from, &to), [(2, "moved from 5".to_owned())]);
        to.sessions[0].concepts.push("New".into());
        assert_eq!(said(&from, &to).len(), 2);
    }

    #[test]
    fn changes_of_two_to_different_sessions_both_hold() {
        let base = sample(4, 3);
        let (mut mine, mut theirs) = (base.clone(), base.clone());
        mine.sessions[0].title = "Mine".into();
        mine.sessions.swap(1, 2);
        theirs.sessions[3].title = "Theirs".into();
        theirs.sessions.push(Session { id: SessionId("s09".into()), ..sample(1, 1).sessions.remove(0) });
        let (both, clash) = merged(&base, &mine, &theirs);
        let titles: Vec<_> = both.sessions.iter().map(|session| session.title.raw()).collect();
        assert_eq!(titles, ["Mine", "Session 3", "Session 2", "Theirs", "Session 1"]);
        assert_eq!(clash, []);
        theirs.sessions[0].title = "Theirs too".into();
        theirs.sessions.remove(1);
        let (both, clash) = merged(&base, &mine, &theirs);
        assert_eq!((both.sessions.len(), both.sessions[0].title.raw()), (4, "Mine"));
        assert_eq!(clash, [Untrusted::from("Mine")]);
        assert_eq!(merged(&base, &base, &theirs).0, theirs);
        assert_eq!(merged(&base, &mine, &base).0, mine);
    }

    #[test]
    fn a_session_hash_follows_what_it_says_and_not_its_id() {
        let session = sample(1, 3).sessions.remove(0);
        let other = Session { id: SessionId("s99".into()), ..session.clone() };
        assert_eq!(session.hash(), other.hash());
        assert_ne!(session.hash(), Session { title: "Other".into(), ..session.clone() }.hash());
        assert_eq!(session.hash().len(), 16);
    }
}
