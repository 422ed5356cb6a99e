//! stub
use super::data::Data;
use super::pack::Pack;
/// stub
pub fn reply(_: &Pack, data: &Data<'_>, _: u64) -> String {
    format!("Explain {}.", data.list("concepts").join(" and "))
}
