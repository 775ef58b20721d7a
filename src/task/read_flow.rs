//! From a node of a YAML file to what stands around the steps of a task: what it needs, its matrix, its targets.

use super::model::{Call, Target};
use super::read::{Fault, Reader, is_name, items};
use super::schema::TaskSpec;
use super::shape;
use super::shapes::{NeedSpec, TargetSpec};
use super::text::Text;
use crate::config::{self, Node, Value};

/// Combinations of a matrix.
const MOST: usize = 1000;

impl Reader<'_> {
    pub(super) fn needs(&self, task: &Node) -> Result<Vec<Call>, Fault> {
        let Some(node) = task.get("needs") else { return Ok(Vec::new()) };
        let one = |node: &Node| match &node.value {
            Value::Map(_) => {
                self.known::<NeedSpec>("needs", node)?;
                self.call(node)
            }
            _ => Ok(Call { task: self.callee(self.word("needs", node)?), with: Vec::new() }),
        };
        match &node.value {
            Value::List(list) => list.iter().map(one).collect(),
            _ => Ok(vec![one(node)?]),
        }
    }

    pub(super) fn matrix(&self, spec: &TaskSpec, task: &Node) -> Result<Vec<(String, Vec<Text>)>, Fault> {
        let Some(node) = task.get("matrix") else { return Ok(Vec::new()) };
        let (Value::Map(entries), Some(_)) = (&node.value, &spec.matrix) else {
            let hint = shape::example("matrix");
            return Err(self.fault("a matrix is a map of names with lists of values", node, hint.as_deref()));
        };
        let mut matrix = Vec::with_capacity(entries.len());
        let mut size = 1_usize;
        for (key, values) in entries {
            let texts: Vec<Text> =
                items(node, &key.name).iter().filter_map(|value| Text::new(value, self.file)).collect();
            if texts.is_empty() || !is_name(&key.name, false) {
                let hint = "a name, and a list of values: `os: [alpine, debian]`";
                return Err(self.fault(&format!("`{}` of the matrix cannot be used", key.name), values, Some(hint)));
            }
            size = size.saturating_mul(texts.len());
            matrix.push((key.name.clone(), texts));
        }
        if size > MOST || matrix.is_empty() {
            return Err(self.fault(&format!("a matrix has from 1 to {MOST} combinations"), node, None));
        }
        Ok(matrix)
    }

    pub(super) fn targets(&self, node: &Node) -> Result<Vec<Target>, Fault> {
        let Some(node) = node.get("targets") else { return Ok(Vec::new()) };
        let one = |node: &Node| {
            if !matches!(node.value, Value::Map(_)) {
                let word = self.word("targets", node)?;
                let is_declared = word.value.starts_with("containers.");
                return Ok(if is_declared { Target::Declared(word) } else { Target::Name(word) });
            }
            let spec: TargetSpec = self.known("targets", node)?;
            match (spec.label, spec.network) {
                (Some(_), None) => Ok(Target::Label(self.scalar(node, "label")?)),
                (None, Some(_)) => Ok(Target::Network(self.scalar(node, "network")?)),
                _ => Err(self.fault("a target has either a `label` or a `network`", node, None)),
            }
        };
        match &node.value {
            Value::List(list) if list.is_empty() => Err(self.fault("`targets` names no container", node, None)),
            Value::List(list) => list.iter().map(one).collect(),
            _ => Ok(vec![one(node)?]),
        }
    }

    fn word(&self, key: &str, node: &Node) -> Result<Text, Fault> {
        let text = Text::new(node, self.file).filter(|text| !text.value.trim().is_empty());
        let hint = shape::example(key);
        text.ok_or_else(|| {
            self.fault(&format!("`{key}`: expected a name, found {}", node.kind()), node, hint.as_deref())
        })
    }

    fn known<T: serde::de::DeserializeOwned>(&self, key: &str, node: &Node) -> Result<T, Fault> {
        config::read(node).map_err(|fault| self.misread(&format!("`{key}`: "), &fault))
    }
}
