//! Faults of the model: replies that arrive whole and are not what was asked for.

use serde_json::{Value, json};

use super::bad::{Memory, bad};
use super::faults::Fault;
use super::model::{Content, Finish, Generated, finish};
use super::request::{ChatRequest, Step};
use super::text::{clip, tokens};

/// What a refusal says.
const SORRY: &str = "I'm sorry, but I can't help with that request.";

/// `content` as `fault` spoils it; `None` when the fault does nothing to such content.
#[must_use]
pub fn spoil(fault: Fault, request: &ChatRequest, content: &Content, memory: &Memory, seed: u64) -> Option<Generated> {
    let structured = !matches!(content, Content::Text(_));
    let text = content.render();
    let stopped = |text: String| Generated { text, finish: Finish::Stop, refused: false };
    let cut =
        |part: u64, finish| Generated { text: clip(&text, tokens(&text) / part).to_owned(), finish, refused: false };
    Some(match fault {
        Fault::Empty => stopped(String::new()),
        Fault::Length => cut(2, Finish::Length),
        Fault::Filter => cut(3, Finish::Filter),
        Fault::Refusal => Generated { refused: true, ..stopped(SORRY.to_owned()) },
        Fault::Decline => stopped(SORRY.to_owned()),
        Fault::Echo => stopped(request.last_user().to_owned()),
        Fault::Think => stopped(format!("<think>\nLet me think about what is asked here.\n</think>\n\n{text}")),
        Fault::BadJson if structured => stopped(broken_json(&text)),
        Fault::Fenced if structured => {
            let object = text.trim_matches('`').trim();
            stopped(format!(
                "Sure! Here is the JSON you asked for:\n\n```json\n{object}\n```\n\nLet me know if you need more."
            ))
        }
        Fault::BadItem if structured => {
            let mut spoiled = content.clone();
            if !spoil_item(&mut spoiled) {
                return None;
            }
            finish(request, &spoiled)
        }
        Fault::Harsh if request.step() == Step::Judge => {
            let data = request.data().unwrap_or_default();
            let score = u8::from(!data.block("answer").is_empty());
            match content {
                Content::Text(_) => stopped(format!("Score: {score}\nReason: It is not good enough.")),
                _ => stopped(json!({"reason": "It is not good enough.", "score": score}).to_string()),
            }
        }
        fault => stopped(bad(fault, request, &text, memory, seed)?),
    })
}

/// The text with its first value left out and its end cut, as small models do.
fn broken_json(text: &str) -> String {
    let mut broken = text.replacen("\":", "\" ", 1);
    if let Some(end) = broken.rfind('}') {
        broken.truncate(end);
    }
    broken
}

/// Puts one element of the content's list out of shape.
fn spoil_item(content: &mut Content) -> bool {
    let bad = |item: &Value| {
        // A session or node without its name is the commonest bad element; the rest of it looks right.
        let mut bad = item.clone();
        if let Some(fields) = bad.as_object_mut() {
            fields.remove("name");
            fields.remove("title");
        }
        bad["concepts"] = json!(7);
        bad["subtopics"] = json!(7);
        bad
    };
    let middle = match content {
        Content::Text(_) => None,
        Content::Lines(lines) => {
            let middle = lines.len() / 2;
            lines.get_mut(middle)
        }
        Content::Json(value) => {
            let filled = |list: &&str| value.get(list).and_then(Value::as_array).is_some_and(|list| !list.is_empty());
            let name = ["items", "sessions"].into_iter().find(filled);
            let list = name.and_then(|name| value.get_mut(name)?.as_array_mut());
            list.and_then(|list| {
                let middle = list.len() / 2;
                list.get_mut(middle)
            })
        }
    };
    match middle {
        Some(item) => {
            *item = bad(item);
            true
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items() -> Content {
        Content::Json(json!({"items": [{"name": "a"}, {"name": "b"}, {"name": "c"}]}))
    }

    fn spoiled(fault: Fault, content: &Content) -> Option<Generated> {
        spoil(fault, &ChatRequest::default(), content, &Memory::default(), 1)
    }

    #[test]
    fn one_bad_element_leaves_the_others() {
        let text = spoiled(Fault::BadItem, &items()).unwrap().text;
        let value: Value = serde_json::from_str(&text).unwrap();
        let named: Vec<bool> = value["items"].as_array().unwrap().iter().map(|item| item["name"].is_string()).collect();
        assert_eq!(named, [true, false, true]);
    }

    #[test]
    fn bad_json_does_not_parse() {
        let text = spoiled(Fault::BadJson, &items()).unwrap().text;
        assert!(serde_json::from_str::<Value>(&text).is_err());
    }

    #[test]
    fn prose_has_no_json_to_spoil() {
        let prose = Content::Text("A sentence.".to_owned());
        for fault in [Fault::BadJson, Fault::BadItem, Fault::Fenced] {
            assert_eq!(spoiled(fault, &prose), None);
        }
    }

    #[test]
    fn cut_content_says_so() {
        let cut = spoiled(Fault::Length, &items()).unwrap();
        assert_eq!(cut.finish, Finish::Length);
        assert!(items().render().starts_with(&cut.text));
    }
}
