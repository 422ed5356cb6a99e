//! Files in which git left conflict markers. Both sides of one are whole files, so a node is shown
//! as on our side, keeps its children, and is not changed before a person has chosen.

use super::format;
use crate::taxonomy::id::NodeId;
use crate::taxonomy::node::{Facts, Node};
use crate::taxonomy::snapshot::Problem;

/// The two files that one with markers holds.
#[derive(Debug, PartialEq, Eq)]
pub struct Sides {
    /// Where the first marker is, from 1.
    pub line: u64,
    /// What `git checkout --ours` would leave.
    pub ours: String,
    /// What `git checkout --theirs` would leave.
    pub theirs: String,
}

/// Whether a line is one that git puts around the sides of a conflict.
#[must_use]
pub fn is_marker(line: &[u8]) -> bool {
    let line = line.trim_ascii_end();
    let tagged = [b"<<<<<<<", b">>>>>>>", b"|||||||"]
        .iter()
        .any(|tag| line.strip_prefix(tag.as_slice()).is_some_and(|rest| rest.first().is_none_or(|next| *next == b' ')));
    tagged || line == b"======="
}

/// The sides of a text; `None` where it has no markers.
#[must_use]
pub fn sides(text: &str) -> Option<Sides> {
    #[derive(Clone, Copy, PartialEq)]
    enum At {
        Both,
        Ours,
        Base,
        Theirs,
    }
    let edge = |line: &str| is_marker(line.as_bytes()) && !line.starts_with(['=', '|']);
    let first = text.lines().position(edge)?;
    let (mut ours, mut theirs) = (String::new(), String::new());
    let mut at = At::Both;
    for line in text.split_inclusive('\n') {
        let marker = is_marker(line.as_bytes());
        at = match line.as_bytes().first() {
            Some(b'<') if marker => At::Ours,
            Some(b'>') if marker => At::Both,
            Some(b'|') if marker && at == At::Ours => At::Base,
            Some(b'=') if marker && matches!(at, At::Ours | At::Base) => At::Theirs,
            _ => {
                if matches!(at, At::Both | At::Ours) {
                    ours.push_str(line);
                }
                if matches!(at, At::Both | At::Theirs) {
                    theirs.push_str(line);
                }
                at
            }
        };
    }
    Some(Sides { line: first as u64 + 1, ours, theirs })
}

/// What to do about a file in conflict.
#[must_use]
pub fn problem(path: &str, line: u64) -> Problem {
    let message = format!(
        "Git conflict: choose one side and save the file, without the marker lines; `git checkout --ours {path}` keeps yours, `--theirs` the other."
    );
    Problem { path: path.to_owned(), line: Some(line), message }
}

/// The node of a file in conflict, as it is shown meanwhile. `None` where there are no markers, or
/// nothing tells which node it is.
#[must_use]
pub fn node(text: &str, path: &str) -> Option<(Node, Problem)> {
    let Sides { line, ours, theirs } = sides(text)?;
    let problem = problem(path, line);
    let (mine, other) = (format::parse_node(&ours, path), format::parse_node(&theirs, path));
    if let (Ok(mine), Ok(other)) = (&mine, &other)
        && mine.id != other.id
    {
        let message = format!(
            "Git conflict: two nodes, {} and {}, have this file name; keep one here, save the other as a file of its own.",
            mine.id, other.id
        );
        return Some((mine.clone(), Problem { message, ..problem }));
    }
    let node = mine.or(other).ok().or_else(|| by_its_id(&ours, path)).or_else(|| by_its_id(&theirs, path))?;
    Some((node, problem))
}

/// A node of which no more than the id can be read.
fn by_its_id(text: &str, path: &str) -> Option<Node> {
    let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)).map(str::trim);
    let id: NodeId = value("id:")?.parse().ok()?;
    let file = path.rsplit('/').next().unwrap_or(path).trim_end_matches(".yaml");
    let name = value("name:").filter(|name| !name.is_empty()).unwrap_or(file);
    Some(Node::new(id, id.kind(), Facts::named(name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "id: sub_7h2kq0m9xa\n\nkind: subject\n\nname: Optics\n\n<<<<<<< HEAD\nlevel: \"200\"\n=======\nlevel: \"300\"\n>>>>>>> bo\n\nnotes: n\n";

    #[test]
    fn both_sides_are_whole_files() {
        let sides = sides(FILE).unwrap();
        assert_eq!(sides.line, 7);
        assert_eq!(sides.ours, FILE.replace("<<<<<<< HEAD\n", "").replace("=======\nlevel: \"300\"\n>>>>>>> bo\n", ""));
        assert!(sides.theirs.contains("300") && !sides.theirs.contains("200"));
        let with_base = FILE.replace("=======", "||||||| 1234\nlevel: \"100\"\n=======");
        assert_eq!(super::sides(&with_base), Some(sides));
        assert_eq!(super::sides("a: |\n  <<<<<<< no\n  =======\n"), None);
    }

    #[test]
    fn a_node_in_conflict_is_shown_as_on_our_side() {
        let (node, problem) = node(FILE, "tree/optics.yaml").unwrap();
        assert_eq!(node.facts.level.unwrap().raw(), "200");
        assert_eq!(problem.line, Some(7));
        assert!(problem.message.contains("git checkout --ours tree/optics.yaml"), "{problem}");
    }

    #[test]
    fn two_nodes_of_one_file_name_are_told_apart() {
        let file =
            "<<<<<<< HEAD\nid: sub_7h2kq0m9xa\n=======\nid: sub_7h2kq0m9xb\n>>>>>>> bo\n\nkind: subject\n\nname: C\n";
        let (node, problem) = node(file, "tree/c.yaml").unwrap();
        assert_eq!(node.id.to_string(), "sub_7h2kq0m9xa");
        assert!(problem.message.contains("two nodes, sub_7h2kq0m9xa and sub_7h2kq0m9xb"), "{problem}");
    }

    #[test]
    fn where_neither_side_is_a_node_the_id_is_enough() {
        let torn = "id: sub_7h2kq0m9xa\n\n<<<<<<< HEAD\nname: [\n=======\nname: {\n>>>>>>> bo\n";
        let (found, _) = node(torn, "tree/light/optics.yaml").unwrap();
        assert_eq!(found.id.to_string(), "sub_7h2kq0m9xa");
        assert!(node("<<<<<<< HEAD\nname: a\n", "tree/a.yaml").is_none());
        assert!(node("id: sub_7h2kq0m9xa\n", "tree/a.yaml").is_none());
    }
}
