//! stub
use super::data::Data;
use super::model::Content;
use super::pack::Pack;
use serde_json::json;
/// stub
pub fn reply(_: &Pack, _: &Data<'_>, _: bool, _: u64) -> Content {
    Content::Json(json!({"items": []}))
}
