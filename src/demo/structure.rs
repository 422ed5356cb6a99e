//! stub
use super::model::Content;
/// stub
pub fn reply(_: &str) -> Content {
    Content::Lines(vec![])
}
