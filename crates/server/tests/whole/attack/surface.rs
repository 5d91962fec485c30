//! The attack surface: every operation, with the parameters of its query and the fields of its body.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::{
    support::{Call, Server},
    sweep::{Valid, valid_requests},
};

/// The maximum depth to which bodies are examined.
const DEEPEST: usize = 4;

/// An operation.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) valid: Valid,
    /// The names of its query parameters.
    pub(super) parameters: Vec<String>,
    /// Every object of its body, the body itself first: the pointer, and the known field names.
    pub(super) objects: Vec<(String, BTreeSet<String>)>,
    /// Every text of its body, by pointer.
    pub(super) texts: Vec<String>,
}

impl Door {
    /// Its body with another value at this place.
    pub(super) fn body_with(&self, pointer: &str, value: Value) -> Value {
        let mut body = self.valid.body.clone().unwrap_or_else(|| Value::Object(Map::new()));
        put(&mut body, pointer, value);
        body
    }

    /// Its request with this body.
    pub(super) fn call_with(&self, body: &Value) -> Call {
        self.valid.call_to(self.valid.asking(&[])).json(body)
    }

    /// Its request with these raw bytes as the body.
    pub(super) fn call_with_bytes(&self, body: Vec<u8>) -> Call {
        let call = self.valid.call_to(self.valid.asking(&[]));
        call.header("content-type", "application/json").bytes(body)
    }
}

/// Every operation of the document.
pub(super) async fn surface(server: &'static Server) -> Vec<Door> {
    let document = server.nobody().get("//openapi.json").await.expect(200).json();
    let mut doors = Vec::new();
    for valid in valid_requests(server).await {
        let path = format!("/api/v1{}", valid.pattern);
        let operation = &document["paths"][path.as_str()][valid.method.to_lowercase().as_str()];
        let parameters = operation["parameters"].as_array().into_iter().flatten();
        let parameters = parameters.filter(|parameter| parameter["in"] == "query");
        let parameters = parameters.filter_map(|parameter| parameter["name"].as_str().map(str::to_owned));
        let mut door =
            Door { parameters: parameters.collect(), objects: Vec::new(), texts: Vec::new(), valid };
        let body = &operation["requestBody"]["content"]["application/json"]["schema"];
        if body.is_object() {
            door.look_into(&document, body, String::new(), 0);
            assert!(!door.objects.is_empty(), "{}: no object in its body", door.valid.operation);
        }
        doors.push(door);
    }
    assert!(doors.iter().map(|door| door.parameters.len()).sum::<usize>() > 300, "parameters were found");
    assert!(doors.iter().map(|door| door.texts.len()).sum::<usize>() > 100, "texts were found");
    doors
}

impl Door {
    fn look_into(&mut self, document: &Value, schema: &Value, pointer: String, depth: usize) {
        assert!(depth <= DEEPEST, "{}: {pointer} lies too deep", self.valid.operation);
        if let Some(name) = schema["$ref"].as_str() {
            let target = document.pointer(name.trim_start_matches('#')).expect("a reference leads somewhere");
            self.look_into(document, target, pointer, depth);
            return;
        }
        for choice in ["oneOf", "anyOf", "allOf"] {
            for schema in schema[choice].as_array().into_iter().flatten() {
                self.look_into(document, schema, pointer.clone(), depth);
            }
        }
        if let Some(properties) = schema["properties"].as_object() {
            self.objects.push((pointer.clone(), properties.keys().cloned().collect()));
            for (name, property) in properties {
                self.look_into(document, property, format!("{pointer}/{name}"), depth + 1);
            }
        } else if schema["items"].is_object() {
            self.look_into(document, &schema["items"], format!("{pointer}/0"), depth + 1);
        } else if is_text(&schema["type"]) {
            self.texts.push(pointer);
        }
    }
}

fn is_text(kind: &Value) -> bool {
    kind == "string" || kind.as_array().is_some_and(|kinds| kinds.iter().any(|kind| kind == "string"))
}

/// Puts a value at a place, creating the objects and lists on the way. A list is filled from its beginning.
fn put(body: &mut Value, pointer: &str, value: Value) {
    let mut place = body;
    for token in pointer.split('/').skip(1) {
        place = if token == "0" {
            if place.as_array().is_none_or(Vec::is_empty) {
                *place = Value::Array(vec![Value::Null]);
            }
            &mut place[0]
        } else {
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            &mut place[token]
        };
    }
    *place = value;
}
