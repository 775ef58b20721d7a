//! What may stand where the reader takes a value from the tree itself.

#![allow(dead_code, reason = "some stand for their schemas alone, and others are read to be refused")]

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

/// A task that must have run before.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NeedSpec {
    /// Its name.
    task: String,
    /// Values for its parameters.
    with: Option<BTreeMap<String, Option<String>>>,
}

/// The containers with a label, or those in a network.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("oneOf" = [{"required": ["label"]}, {"required": ["network"]}]))]
pub(super) struct TargetSpec {
    /// `NAME`, or `NAME=value`.
    pub(super) label: Option<String>,
    /// Its name or id.
    pub(super) network: Option<String>,
}

/// One scalar, or a list of them.
pub(super) struct ScalarOrList;

/// One of these, or a list of them.
pub(super) struct OneOrMore<T>(PhantomData<T>);

/// The one or the other.
pub(super) struct Either<A, B>(PhantomData<(A, B)>);

impl JsonSchema for ScalarOrList {
    fn schema_name() -> Cow<'static, str> {
        "ScalarOrList".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let scalar = json_schema!({"type": ["string", "number", "boolean"]});
        json_schema!({"type": ["string", "number", "boolean", "array"], "items": scalar})
    }
}

impl<T: JsonSchema> JsonSchema for OneOrMore<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("OneOrMore_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<T>();
        json_schema!({"anyOf": [one, {"type": "array", "items": one}]})
    }
}

impl<A: JsonSchema, B: JsonSchema> JsonSchema for Either<A, B> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}_or_{}", A::schema_name(), B::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (one, other) = (generator.subschema_for::<A>(), generator.subschema_for::<B>());
        json_schema!({"anyOf": [one, other]})
    }
}
