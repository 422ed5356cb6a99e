//! The four elementary changes of the tree, each with its inverse. Whatever anybody decides
//! comes down to a list of these; the same list drives memory, disk, undo and recovery.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::id::NodeId;
use super::node::Node;
use super::syllabus::Syllabus;
use super::tree::{Place, Tree};

/// One elementary change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// A node that was not there.
    Create {
        /// Where it goes.
        place: Place,
        /// The whole node.
        node: Box<Node>,
    },
    /// Some keys of a node.
    Patch {
        /// Which node.
        node: NodeId,
        /// Key, value before, value after; JSON null where there is none.
        set: BTreeMap<String, (Value, Value)>,
    },
    /// A node and all below it to another place.
    Move {
        /// Which node.
        node: NodeId,
        /// Where it was.
        from: Place,
        /// Where it goes.
        to: Place,
    },
    /// The inverse of [`Step::Create`]: only undo does this.
    Remove {
        /// Where it was.
        place: Place,
        /// The whole node as it was created.
        node: Box<Node>,
    },
}

/// How a step stands to a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Its outcome is there already.
    Done,
    /// What it expects is there.
    Possible,
    /// Neither; why, as the end of a sentence that starts with what was tried.
    Conflict(String),
}

impl Step {
    /// The step that turns `before` into `after` (same id), or `None` where nothing differs.
    #[must_use]
    pub fn patch(before: &Node, after: &Node) -> Option<Step> {
        let (old, new) = (as_map(before), as_map(after));
        let keys = old.keys().chain(new.keys());
        let changed = keys.filter(|key| old.get(*key) != new.get(*key)).map(|key| {
            let value = |map: &serde_json::Map<String, Value>| map.get(key).cloned().unwrap_or(Value::Null);
            (key.clone(), (value(&old), value(&new)))
        });
        let set: BTreeMap<_, _> = changed.collect();
        (!set.is_empty()).then_some(Step::Patch { node: before.id, set })
    }

    /// What a change of `opened` into `written` starts from now that the node is `now`: where both
    /// changed a key it starts from what it is now, and those keys are named.
    #[must_use]
    pub fn onto(opened: &Node, written: &Node, now: &Node) -> (Node, Vec<(String, Value)>) {
        let [opened_map, written, now] = [opened, written, now].map(as_map);
        let value = |map: &serde_json::Map<String, Value>, key: &str| map.get(key).cloned().unwrap_or(Value::Null);
        let keys = opened_map.keys().chain(written.keys()).chain(now.keys());
        let is_contested = |key: &&String| {
            let was = value(&opened_map, key);
            was != value(&written, key) && was != value(&now, key)
        };
        let contested: BTreeMap<String, (Value, Value)> =
            keys.filter(is_contested).map(|key| (key.clone(), (value(&opened_map, key), value(&now, key)))).collect();
        let base = patched(opened, &contested).unwrap_or_else(|_| opened.clone());
        (base, contested.into_iter().map(|(key, (_, theirs))| (key, theirs)).collect())
    }

    /// The node it is about.
    #[must_use]
    pub fn node(&self) -> NodeId {
        match self {
            Step::Create { node, .. } | Step::Remove { node, .. } => node.id,
            Step::Patch { node, .. } | Step::Move { node, .. } => *node,
        }
    }

    /// The step that takes this one back.
    #[must_use]
    pub fn inverse(self) -> Step {
        match self {
            Step::Create { place, node } => Step::Remove { place, node },
            Step::Remove { place, node } => Step::Create { place, node },
            Step::Move { node, from, to } => Step::Move { node, from: to, to: from },
            Step::Patch { node, set } => {
                let set = set.into_iter().map(|(key, (before, after))| (key, (after, before)));
                Step::Patch { node, set: set.collect() }
            }
        }
    }

    /// Whether the step can be applied to `tree`, or is already.
    #[must_use]
    pub fn standing(&self, tree: &Tree) -> Standing {
        match self {
            Step::Create { place, node } => match tree.entry(node.id) {
                Some(entry) if *entry.node != **node => {
                    Standing::Conflict(format!("{} is there with other content", tree.path(node.id)))
                }
                Some(entry) if entry.place != *place => {
                    Standing::Conflict(format!("it is there already, as {}", tree.path(node.id)))
                }
                Some(_) => Standing::Done,
                None => free(tree, place),
            },
            Step::Remove { place, node } => match tree.entry(node.id) {
                None => Standing::Done,
                Some(entry) if *entry.node != **node => {
                    Standing::Conflict(format!("{} was changed since", tree.path(node.id)))
                }
                Some(entry) if entry.place != *place => {
                    Standing::Conflict(format!("{} was moved since", tree.path(node.id)))
                }
                Some(_) if !tree.children(Some(node.id)).is_empty() => Standing::Conflict(format!(
                    "{} nodes below {} were accepted since; undo those first",
                    tree.children(Some(node.id)).len(),
                    tree.path(node.id)
                )),
                Some(_) => Standing::Possible,
            },
            Step::Move { node, from, to } => match tree.entry(*node) {
                None => Standing::Conflict(format!("{node} is not in the tree")),
                Some(entry) if entry.place == *to => Standing::Done,
                Some(entry) if entry.place != *from => {
                    Standing::Conflict(format!("{} was moved by somebody else", tree.path(*node)))
                }
                Some(_) if to.parent.is_some_and(|parent| tree.is_within(parent, *node)) => {
                    Standing::Conflict("a node cannot hang below itself".to_owned())
                }
                Some(_) => free(tree, to),
            },
            Step::Patch { node, set } => match tree.node(*node) {
                None => Standing::Conflict(format!("{node} is not in the tree")),
                Some(found) if !found.syllabus.as_ref().is_none_or(Syllabus::is_readable) => {
                    Standing::Conflict(unreadable(&tree.path(*node)))
                }
                Some(found) => patch_standing(&as_map(found), set, &tree.path(*node)),
            },
        }
    }

    /// Applies the step. Call it only where [`Step::standing`] says `Possible`.
    ///
    /// # Errors
    /// The patched node would not be a node (a hand-written log); says why.
    pub fn apply(&self, tree: &mut Tree) -> Result<(), String> {
        match self {
            Step::Create { place, node } => tree.put(place.clone(), Arc::new((**node).clone())),
            Step::Remove { node, .. } => {
                tree.take(node.id);
            }
            Step::Move { node, to, .. } => {
                if let Some(found) = tree.node(*node).cloned() {
                    tree.put(to.clone(), found);
                }
            }
            Step::Patch { node, set } => {
                let Some(entry) = tree.entry(*node) else {
                    return Err(format!("{node} is not in the tree"));
                };
                let patched = patched(&entry.node, set)?;
                let place = entry.place.clone();
                tree.put(place, Arc::new(patched));
            }
        }
        Ok(())
    }
}

/// Applies to `tree`, one after the other, those of `steps` whose outcome is not there yet, and
/// returns them.
///
/// # Errors
/// One of them is in conflict with the tree: why, as in [`Standing::Conflict`]. The tree is
/// then half changed.
pub fn outstanding(steps: Vec<Step>, tree: &mut Tree) -> Result<Vec<Step>, String> {
    let mut left = Vec::with_capacity(steps.len());
    for step in steps {
        match step.standing(tree) {
            Standing::Done => {}
            Standing::Possible => {
                step.apply(tree)?;
                left.push(step);
            }
            Standing::Conflict(why) => return Err(why),
        }
    }
    Ok(left)
}

fn as_map(node: &Node) -> serde_json::Map<String, Value> {
    match serde_json::to_value(node) {
        Ok(Value::Object(map)) => map,
        _ => serde_json::Map::new(),
    }
}

/// What keeps a syllabus that cannot be unfolded from being changed: what nobody can read would be written as empty.
pub(super) fn unreadable(path: &str) -> String {
    format!("the syllabus of {path} cannot be read from the index; delete .provost/index and open the directory again")
}

/// Puts the keys of a node to what they are afterwards; the others keep their order.
pub(super) fn set_keys(map: &mut serde_json::Map<String, Value>, set: &BTreeMap<String, (Value, Value)>) {
    for (key, (_, after)) in set {
        if after.is_null() {
            map.shift_remove(key);
        } else {
            map.insert(key.clone(), after.clone());
        }
    }
}

fn patched(node: &Node, set: &BTreeMap<String, (Value, Value)>) -> Result<Node, String> {
    let mut map = as_map(node);
    set_keys(&mut map, set);
    serde_json::from_value(Value::Object(map)).map_err(|error| format!("the change does not make a node: {error}"))
}

fn patch_standing(
    now: &serde_json::Map<String, Value>,
    set: &BTreeMap<String, (Value, Value)>,
    path: &str,
) -> Standing {
    let value = |key: &String| now.get(key).unwrap_or(&Value::Null);
    if set.iter().all(|(key, (_, after))| value(key) == after) {
        return Standing::Done;
    }
    match set.iter().find(|(key, (before, _))| value(key) != before) {
        None => Standing::Possible,
        Some((key, _)) => Standing::Conflict(format!("the {key} of {path} was changed since")),
    }
}

fn free(tree: &Tree, place: &Place) -> Standing {
    if let Some(parent) = place.parent
        && tree.entry(parent).is_none()
    {
        return Standing::Conflict(format!("its parent {parent} is not in the tree"));
    }
    match tree.child_by_slug(place.parent, &place.slug) {
        Some(holder) => Standing::Conflict(format!("{} has that file name", tree.path(holder))),
        None => Standing::Possible,
    }
}

#[cfg(test)]
mod tests {
    use super::super::node::{Facts, Kind};
    use super::super::syllabus::sample;
    use super::*;

    fn field(name: &str) -> (Step, NodeId) {
        let id = NodeId::derive(None, Kind::Field, name, 0);
        let node = Box::new(Node::new(id, Kind::Field, Facts::named(name)));
        (Step::Create { place: Place { parent: None, slug: name.to_lowercase() }, node }, id)
    }

    #[test]
    fn every_step_is_taken_back_by_its_inverse() {
        let mut tree = Tree::default();
        let (create, id) = field("Arts");
        assert_eq!(create.standing(&tree), Standing::Possible);
        create.apply(&mut tree).unwrap();
        assert_eq!(create.standing(&tree), Standing::Done);

        let before = tree.node(id).unwrap().clone();
        let mut after = (*before).clone();
        after.facts.name = "Fine Arts".into();
        after.syllabus = Some(sample(2, 2));
        let patch = Step::patch(&before, &after).unwrap();
        patch.apply(&mut tree).unwrap();
        assert_eq!(**tree.node(id).unwrap(), after);
        assert!(matches!(create.clone().inverse().standing(&tree), Standing::Conflict(_)), "edited since");

        let back = patch.inverse();
        assert_eq!(back.standing(&tree), Standing::Possible);
        back.apply(&mut tree).unwrap();
        assert_eq!(tree.node(id), Some(&before));
        create.inverse().apply(&mut tree).unwrap();
        assert!(tree.is_empty());
    }

    #[test]
    fn an_edit_elsewhere_in_the_node_does_not_stop_an_undo() {
        let mut tree = Tree::default();
        let (create, id) = field("Arts");
        create.apply(&mut tree).unwrap();
        let before = tree.node(id).unwrap().clone();
        let renamed = Node { facts: Facts::named("Fine Arts"), ..(*before).clone() };
        let rename = Step::patch(&before, &renamed).unwrap();
        rename.apply(&mut tree).unwrap();
        let noted = Node { notes: Some("by hand".into()), ..renamed };
        tree.put(Place { parent: None, slug: "arts".into() }, Arc::new(noted));
        assert_eq!(rename.clone().inverse().standing(&tree), Standing::Possible);
        rename.inverse().apply(&mut tree).unwrap();
        assert_eq!(tree.node(id).unwrap().facts.name.raw(), "Arts");
        assert!(tree.node(id).unwrap().notes.is_some());
    }

    #[test]
    fn a_node_does_not_hang_below_itself_nor_on_another_file() {
        let mut tree = Tree::default();
        let (arts, arts_id) = field("Arts");
        let (law, law_id) = field("Law");
        arts.apply(&mut tree).unwrap();
        law.apply(&mut tree).unwrap();
        let from = Place { parent: None, slug: "arts".into() };
        let below = Place { parent: Some(arts_id), slug: "arts".into() };
        let onto = Place { parent: None, slug: "law".into() };
        for to in [below, onto] {
            let step = Step::Move { node: arts_id, from: from.clone(), to };
            assert!(matches!(step.standing(&tree), Standing::Conflict(_)));
        }
        let to = Place { parent: Some(law_id), slug: "arts".into() };
        assert_eq!(Step::Move { node: arts_id, from, to }.standing(&tree), Standing::Possible);
    }
}
