//! Axes that cannot be told apart: two that set the same place.

use super::read::{Group, WrittenAxis, variant};
use crate::spec::check::Mistake;
use crate::spec::diagnostics::as_toml;
use crate::spec::merge::are_alternatives;
use crate::spec::schema_node::SchemaNode;
use serde_json::Value;

/// Every pair of axes of which one undoes what the other sets. Both are then no longer sound.
pub(super) fn conflicts(groups: &mut [Group]) -> Vec<Mistake> {
    let mut axes: Vec<&mut WrittenAxis> = groups.iter_mut().flat_map(|group| &mut group.axes).collect();
    let mut mistakes = Vec::new();
    let mut broken = Vec::new();
    for later in 0..axes.len() {
        for earlier in 0..later {
            let (one, other) = (&*axes[earlier], &*axes[later]);
            if one.path != other.path && one.is_sound() && other.is_sound() {
                let found = conflict(one, other);
                if !found.is_empty() {
                    broken.extend([earlier, later]);
                    mistakes.extend(found);
                }
            }
        }
    }
    broken.into_iter().for_each(|axis| axes[axis].is_broken = true);
    mistakes
}

fn conflict(one: &WrittenAxis, other: &WrittenAxis) -> Vec<Mistake> {
    let shared = one.path.iter().zip(&other.path).take_while(|(one, other)| one == other).count();
    match (one.path.get(shared), other.path.get(shared)) {
        (Some(first), Some(second)) => {
            let node = one.path[..shared].iter().try_fold(SchemaNode::root(), |node, key| node.child(key));
            let is_enum = node.expect("the axis is sound").is_enum();
            let message = if is_enum || are_alternatives(first, second) {
                format!("`{second}` and, in another axis, `{first}`: only one of the two can hold")
            } else {
                return Vec::new();
            };
            let help = is_enum.then(|| {
                format!("make `{}` the axis, with tables as its values", one.path[..shared].join("."))
            });
            vec![Mistake::key(&other.course.written, message, help.into_iter().collect())]
        }
        (None, _) => hidden(one, other),
        (_, None) => hidden(other, one),
    }
}

/// Values of `outer` in which there is nothing for `inner` to set, because they are another variant.
fn hidden(outer: &WrittenAxis, inner: &WrittenAxis) -> Vec<Mistake> {
    let node = outer.node.expect("the axis is sound");
    let rest = &inner.path[outer.path.len()..];
    let values = outer.axis.values.iter().enumerate().filter(|(_, value)| !leads(node, value, rest));
    let mistake = |(index, value): (usize, &Value)| {
        let message = format!("the axis `{}` has nothing to set in {}", inner.axis.key, as_toml(value));
        let help = format!("write the values of `{}` into those of `{}`", inner.axis.key, outer.axis.key);
        Mistake::value(&outer.course.place(index), message, vec![help])
    };
    values.map(mistake).collect()
}

/// Whether every variant on the way along `path` is the one that `value` chooses.
fn leads(node: SchemaNode<'static>, value: &Value, path: &[String]) -> bool {
    let Some((key, rest)) = path.split_first() else { return true };
    if node.is_enum() && variant(value) != Some(key) {
        return false;
    }
    match (node.child(key), value.get(key)) {
        (Some(node), Some(value)) => leads(node, value, rest),
        (_, _) => true,
    }
}
