//! stub
use super::data::Data;
use super::model::Content;
use serde_json::json;
/// stub
pub fn reply(_: &Data<'_>, _: bool) -> Content {
    Content::Json(json!({"score": 1, "reason": "ok"}))
}
