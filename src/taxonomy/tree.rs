//! The accepted taxonomy: nodes by id, each at its place. The pure image of the folder `tree/`.

use std::collections::HashMap;
use std::sync::Arc;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::id::NodeId;
use super::node::{Kind, Node};
use super::shards::{Few, Shards};
use super::syllabus::Syllabus;
use super::text::{is_slug, normalise, slugify};
use super::wordings::Sense;

/// Where a node hangs: its parent, and the file name (without `.yaml`) it has there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Place {
    /// `None` at the root.
    pub parent: Option<NodeId>,
    /// Unique among its siblings.
    #[serde(deserialize_with = "file_name")]
    pub slug: String,
}

/// A file name out of a log: somebody else may have written it, and it decides where a file goes.
pub(super) fn file_name<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    let slug = String::deserialize(from)?;
    if slug.is_empty() || is_slug(&slug) {
        return Ok(slug);
    }
    Err(D::Error::custom("a file name holds only a-z, 0-9 and -"))
}

/// A node at its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The content of the node's file.
    pub node: Arc<Node>,
    /// Where the file is.
    pub place: Place,
}

/// All accepted nodes. A clone shares what it does not change.
#[derive(Debug, Clone, Default)]
pub struct Tree {
    entries: Shards<NodeId, Entry>,
    children: Shards<Option<NodeId>, Arc<Vec<NodeId>>>,
    places: Shards<Place, NodeId>,
    /// Nodes by what their names and aliases say.
    by_sense: Shards<Sense, Few<NodeId>>,
    /// How many of each kind are still taught, and how many of those are subjects without a syllabus.
    active: [usize; Kind::ALL.len()],
    bare: usize,
}

impl Tree {
    /// How many nodes there are, deprecated ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether nothing has been accepted yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.len() == 0
    }

    /// The node and its place.
    #[must_use]
    pub fn entry(&self, id: NodeId) -> Option<&Entry> {
        self.entries.get(&id)
    }

    /// The node.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Option<&Arc<Node>> {
        self.entries.get(&id).map(|entry| &entry.node)
    }

    /// The parent's id; `None` for a node at the root and for one that is not there.
    #[must_use]
    pub fn parent(&self, id: NodeId) -> Option<NodeId> {
        self.entries.get(&id)?.place.parent
    }

    /// The children of a node (`None`: of the root), by name.
    #[must_use]
    pub fn children(&self, parent: Option<NodeId>) -> &[NodeId] {
        self.children.get(&parent).map_or(&[], |children| children.as_slice())
    }

    /// Every node, in no particular order.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.values()
    }

    /// The node and all nodes below it, parents first, siblings by name. `None`: everything.
    #[must_use]
    pub fn subtree(&self, root: Option<NodeId>) -> Vec<NodeId> {
        let mut found: Vec<NodeId> = Vec::new();
        let mut open: Vec<NodeId> = match root {
            Some(id) if self.entries.contains_key(&id) => vec![id],
            Some(_) => vec![],
            None => self.children(None).iter().rev().copied().collect(),
        };
        while let Some(id) = open.pop() {
            found.push(id);
            open.extend(self.children(Some(id)).iter().rev());
        }
        found
    }

    /// The chain of ids from the root down to `id`, both ends included; empty where it is not.
    #[must_use]
    pub fn lineage(&self, id: NodeId) -> Vec<NodeId> {
        let mut chain = Vec::new();
        let mut at = Some(id);
        while let Some(entry) = at.and_then(|id| self.entries.get(&id)) {
            chain.push(entry.node.id);
            at = entry.place.parent;
            if chain.len() > self.entries.len() {
                break;
            }
        }
        chain.reverse();
        chain
    }

    /// The slugs from the root down: `natural-sciences/physics/optics`.
    #[must_use]
    pub fn path(&self, id: NodeId) -> String {
        let slugs: Vec<&str> =
            self.lineage(id).iter().filter_map(|id| Some(self.entries.get(id)?.place.slug.as_str())).collect();
        slugs.join("/")
    }

    /// The names from the root down.
    #[must_use]
    pub fn names(&self, id: NodeId) -> Vec<String> {
        let lineage = self.lineage(id);
        lineage.iter().filter_map(|id| Some(self.node(*id)?.facts.name.raw().to_owned())).collect()
    }

    /// The node at a path of slugs.
    #[must_use]
    pub fn at_path(&self, path: &str) -> Option<NodeId> {
        let mut at = None;
        for slug in path.trim_matches('/').split('/') {
            at = Some(self.child_by_slug(at, slug)?);
        }
        at
    }

    /// The child of `parent` whose file is `slug`.
    #[must_use]
    pub fn child_by_slug(&self, parent: Option<NodeId>, slug: &str) -> Option<NodeId> {
        self.places.get(&Place { parent, slug: slug.to_owned() }).copied()
    }

    /// The child of `parent` with this name.
    #[must_use]
    pub fn child_by_name(&self, parent: Option<NodeId>, name: &str) -> Option<NodeId> {
        let wanted = normalise(name);
        let children = self.children(parent);
        let at = children.partition_point(|id| self.name_key(*id) < wanted);
        children.get(at).copied().filter(|id| self.name_key(*id) == wanted)
    }

    /// What siblings are sorted by, before their id.
    fn name_key(&self, id: NodeId) -> String {
        self.node(id).map(|node| normalise(node.facts.name.raw())).unwrap_or_default()
    }

    /// A slug for `id` named `name` under `parent`: from the name; where a sibling has that, or
    /// the name has no ASCII letter, from the id.
    #[must_use]
    pub fn free_slug(&self, parent: Option<NodeId>, id: NodeId, name: &str) -> String {
        let digits = id.digits();
        let free = |slug: &String| self.child_by_slug(parent, slug).is_none_or(|holder| holder == id);
        match slugify(name) {
            Some(slug) => {
                let longer = [4, digits.len()].map(|count| format!("{slug}-{}", &digits[..count]));
                let last = longer[1].clone();
                std::iter::once(slug).chain(longer).find(free).unwrap_or(last)
            }
            None => format!("{}-{digits}", id.kind().tag()),
        }
    }

    /// Whether `id` is `above` or hangs somewhere below it.
    #[must_use]
    pub fn is_within(&self, id: NodeId, above: NodeId) -> bool {
        self.lineage(id).contains(&above)
    }

    /// Whether the node and all its ancestors are still taught.
    #[must_use]
    pub fn is_active(&self, id: NodeId) -> bool {
        let lineage = self.lineage(id);
        !lineage.is_empty() && lineage.iter().all(|id| self.node(*id).is_some_and(|node| node.is_active()))
    }

    /// The nodes that are not as in `before`, came, moved or went. Cheap where this is a later
    /// state of it.
    pub fn changed_since<'a>(&'a self, before: &'a Self) -> impl Iterator<Item = NodeId> + 'a {
        let same = |now: &Entry, old: &Entry| Arc::ptr_eq(&now.node, &old.node) && now.place == old.place;
        self.entries.changed(&before.entries, same).copied()
    }

    /// How many nodes of each kind, deprecated ones left out.
    #[must_use]
    pub fn counts(&self) -> HashMap<Kind, usize> {
        let counts = Kind::ALL.into_iter().map(|kind| (kind, self.active[kind as usize]));
        counts.filter(|(_, count)| *count > 0).collect()
    }

    /// How many subjects are taught without a syllabus. What is deprecated above them does not count here.
    #[must_use]
    pub fn bare(&self) -> usize {
        self.bare
    }

    fn count(&mut self, node: &Node, up: bool) {
        let step = |number: &mut usize| *number = if up { *number + 1 } else { *number - 1 };
        if node.is_active() {
            step(&mut self.active[node.kind as usize]);
            if node.kind == Kind::Subject && node.syllabus.is_none() {
                step(&mut self.bare);
            }
        }
    }

    /// Puts a node at a place, or replaces it and moves it there.
    pub fn put(&mut self, place: Place, node: Arc<Node>) {
        let id = node.id;
        if let Some(old) = self.entries.get(&id).cloned() {
            self.unlink(&old);
        }
        for sense in senses(&node) {
            self.by_sense.entry(sense).push(id);
        }
        self.count(&node, true);
        let parent = place.parent;
        self.places.insert(place.clone(), id);
        self.entries.insert(id, Entry { node, place });
        let key = (self.name_key(id), id);
        let at = self.children(parent).partition_point(|sibling| (self.name_key(*sibling), *sibling) < key);
        Arc::make_mut(self.children.entry(parent)).insert(at, id);
    }

    /// Gives a node another syllabus. Costs less than to put it again: its names and its place stay.
    pub(super) fn set_syllabus(&mut self, id: NodeId, syllabus: Syllabus) {
        let Some(old) = self.node(id).cloned() else { return };
        let node = Arc::new(Node { syllabus: Some(syllabus), ..(*old).clone() });
        self.count(&old, false);
        self.count(&node, true);
        if let Some(entry) = self.entries.get_mut(&id) {
            entry.node = node;
        }
    }

    /// A tree of nodes that are all different, parents first. Costs less than to put them one by one.
    #[must_use]
    pub fn of(nodes: Vec<(Place, Arc<Node>)>) -> Self {
        let mut tree = Self::default();
        let mut families: HashMap<Option<NodeId>, Vec<(String, NodeId)>> = HashMap::new();
        for (place, node) in nodes {
            let id = node.id;
            for sense in senses(&node) {
                tree.by_sense.entry(sense).push(id);
            }
            tree.count(&node, true);
            families.entry(place.parent).or_default().push((normalise(node.facts.name.raw()), id));
            tree.places.insert(place.clone(), id);
            tree.entries.insert(id, Entry { node, place });
        }
        for (parent, mut family) in families {
            family.sort_unstable();
            tree.children.insert(parent, Arc::new(family.into_iter().map(|(_, id)| id).collect()));
        }
        tree
    }

    /// Takes a node out. Its children stay, unreachable until they are taken out as well.
    pub fn take(&mut self, id: NodeId) -> Option<Entry> {
        let entry = self.entries.get(&id)?.clone();
        self.unlink(&entry);
        self.entries.remove(&id)
    }

    fn unlink(&mut self, entry: &Entry) {
        let id = entry.node.id;
        self.count(&entry.node, false);
        if self.places.get(&entry.place) == Some(&id) {
            self.places.remove(&entry.place);
        }
        if let Some(siblings) = self.children.get_mut(&entry.place.parent) {
            Arc::make_mut(siblings).retain(|sibling| *sibling != id);
        }
        for sense in senses(&entry.node) {
            if let Some(namesakes) = self.by_sense.get_mut(&sense) {
                namesakes.retain(|namesake| *namesake != id);
            }
        }
    }

    /// The nodes with a name or an alias that says this, wherever they hang.
    pub(super) fn saying(&self, sense: Sense) -> &[NodeId] {
        self.by_sense.get(&sense).map_or(&[], Few::as_slice)
    }
}

/// What the names of a node say, each once.
pub(super) fn senses(node: &Node) -> Vec<Sense> {
    let names = node.facts.names();
    let mut senses: Vec<Sense> = Vec::with_capacity(1);
    for sense in names.map(|name| Sense::of(node.kind, name.raw())) {
        if !senses.contains(&sense) {
            senses.push(sense);
        }
    }
    senses
}

#[cfg(test)]
mod tests {
    use super::super::node::Facts;
    use super::super::syllabus::sample;
    use super::*;

    fn add(tree: &mut Tree, parent: Option<NodeId>, kind: Kind, name: &str) -> NodeId {
        let id = NodeId::derive(parent, kind, name, 0);
        let slug = tree.free_slug(parent, id, name);
        tree.put(Place { parent, slug }, Arc::new(Node::new(id, kind, Facts::named(name))));
        id
    }

    #[test]
    fn paths_and_places_agree() {
        let mut tree = Tree::default();
        let field = add(&mut tree, None, Kind::Field, "Natural Sciences");
        let physics = add(&mut tree, Some(field), Kind::Discipline, "Physics");
        let optics = add(&mut tree, Some(physics), Kind::Subject, "Optics");
        let acoustics = add(&mut tree, Some(physics), Kind::Subject, "acoustics");
        assert_eq!(tree.path(optics), "natural-sciences/physics/optics");
        assert_eq!(tree.at_path("natural-sciences/physics/optics"), Some(optics));
        assert_eq!(tree.at_path("natural-sciences/chemistry"), None);
        assert_eq!(tree.children(Some(physics)), [acoustics, optics]);
        assert_eq!(tree.subtree(None), [field, physics, acoustics, optics]);
        assert!(tree.is_within(optics, field) && !tree.is_within(field, optics));
        assert_eq!(tree.lineage(optics), [field, physics, optics]);
        let gone = NodeId::derive(None, Kind::Field, "Gone", 0);
        assert!(tree.subtree(Some(gone)).is_empty() && tree.lineage(gone).is_empty() && tree.path(gone).is_empty());
        assert_eq!(tree.subtree(Some(physics)), [physics, acoustics, optics]);
    }

    #[test]
    fn a_tree_made_at_once_is_the_one_made_by_and_by() {
        let mut tree = Tree::default();
        let field = add(&mut tree, None, Kind::Field, "Natural Sciences");
        let physics = add(&mut tree, Some(field), Kind::Discipline, "Physics");
        for name in ["Optics", "acoustics", "Ελληνική optics", "Zoo", "Mechanics"] {
            add(&mut tree, Some(physics), Kind::Subject, name);
        }
        let entry = |id: &NodeId| tree.entry(*id).map(|entry| (entry.place.clone(), entry.node.clone())).unwrap();
        let all = Tree::of(tree.subtree(None).iter().map(entry).collect());
        assert_eq!((all.subtree(None), all.counts(), all.bare()), (tree.subtree(None), tree.counts(), 5));
        assert_eq!(all.at_path("natural-sciences/physics/zoo"), tree.at_path("natural-sciences/physics/zoo"));
        assert_eq!(all.changed_since(&tree).count(), 0);
        let sense = senses(tree.node(physics).unwrap())[0];
        assert_eq!(all.saying(sense), tree.saying(sense));
    }

    #[test]
    fn another_syllabus_is_as_if_the_node_were_put_again() {
        let mut tree = Tree::default();
        let subject = add(&mut tree, None, Kind::Subject, "Optics");
        let mut put = tree.clone();
        for syllabus in [sample(2, 2), Syllabus::default(), sample(1, 3)] {
            tree.set_syllabus(subject, syllabus.clone());
            let entry = put.entry(subject).unwrap().clone();
            put.put(entry.place, Arc::new(Node { syllabus: Some(syllabus), ..(*entry.node).clone() }));
            assert_eq!(tree.entry(subject), put.entry(subject));
            assert_eq!((tree.bare(), tree.counts(), tree.bare()), (put.bare(), put.counts(), 0));
        }
        tree.set_syllabus(NodeId::derive(None, Kind::Subject, "Acoustics", 0), sample(1, 1));
        assert_eq!(tree.len(), 1);
    }

    #[test]
    fn a_moved_node_leaves_its_old_place() {
        let mut tree = Tree::default();
        let field = add(&mut tree, None, Kind::Field, "F");
        let a = add(&mut tree, Some(field), Kind::Discipline, "A");
        let b = add(&mut tree, Some(field), Kind::Discipline, "B");
        let subject = add(&mut tree, Some(a), Kind::Subject, "S");
        let node = tree.node(subject).unwrap().clone();
        tree.put(Place { parent: Some(b), slug: "s".into() }, node);
        assert!(tree.children(Some(a)).is_empty());
        assert_eq!(tree.path(subject), "f/b/s");
        assert_eq!(tree.len(), 4);
    }

    #[test]
    fn names_that_make_the_same_slug_stay_apart() {
        let mut tree = Tree::default();
        let plain = add(&mut tree, None, Kind::Field, "C");
        let plus = add(&mut tree, None, Kind::Field, "C ++ ©x".trim_end_matches("©x"));
        assert_eq!(plain, plus, "the same name by its letters is the same key");
        let other = add(&mut tree, None, Kind::Field, "Ç");
        let slug = &tree.entry(other).unwrap().place.slug;
        assert!(slug.starts_with("c-") && slug.len() == 6, "{slug}");
        let arabic = add(&mut tree, None, Kind::Field, "البصريات");
        assert_eq!(tree.entry(arabic).unwrap().place.slug, format!("fld-{}", arabic.digits()));
    }
}
