//! stub
use super::pack::Pack;
/// stub
pub fn reply(_: &Pack, _: &str, _: u64) -> String {
    "An answer.".to_owned()
}
