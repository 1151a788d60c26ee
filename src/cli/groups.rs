//! `niwaki plan --explain-groups FILE`: which layers lose channels together, and why.

use crate::model::{ChannelGroup, Fixed, Graph, NodeId, Op};
use crate::output;
use crate::plan::{Origin, Plan, label};
use crate::prune::{Granularity, Pruning};

/// Columns of a terminal.
const WIDTH: usize = 100;

/// Prints the groups of every stage that prunes channels, once for each network and choice of layers.
pub(super) fn show(plan: &Plan) {
    let mut shown: Vec<(&str, &Origin, &[String])> = Vec::new();
    for node in plan.nodes.values() {
        let Some(round) = node.pruned() else { continue };
        let Pruning { granularity, layers, limits, .. } = &*round.pruning;
        let stage = (&*node.stage, &*node.origin, &**layers);
        let is_known = shown
            .iter()
            .any(|known| (known.0, known.2) == (stage.0, stage.2) && known.1.model == stage.1.model);
        if *granularity != Granularity::Channel || is_known {
            continue;
        }
        if !shown.is_empty() {
            output::print("");
        }
        shown.push(stage);
        let model = label(&serde_json::to_value(&node.origin.model).expect("a model is plain data"));
        output::print(format!("stage {} prunes channels of {model}", node.stage));
        for group in node.origin.graph.channel_groups() {
            let fewest = limits.fewest(group.channels);
            output::print(format!("\n{}", described(&node.origin.graph, &group, layers, fewest)));
        }
    }
    if shown.is_empty() {
        output::print("no stage prunes channels: none has `granularity = \"channel\"`");
    }
}

/// One group: how many channels, which layers lose and take them, and what ties them together.
fn described(graph: &Graph, group: &ChannelGroup, layers: &[String], fewest: usize) -> String {
    let names = |nodes: &mut dyn Iterator<Item = NodeId>| -> Vec<&str> {
        nodes.map(|node| &*graph.nodes()[node].name).collect()
    };
    let given = names(&mut group.layers(graph));
    let can_shrink = group.can_shrink(graph, |layer| layers.iter().any(|pruned| pruned == layer));
    let fate = match group.fixed {
        Some(Fixed::Images) => "all stay: those of the images".to_owned(),
        Some(Fixed::Logits) => "all stay: the logits".to_owned(),
        None if can_shrink => format!("{fewest} or more stay"),
        None => "all stay: the stage does not prune all layers that give them".to_owned(),
    };
    let mut lines = vec![format!("  channels {}; {fate}", group.channels)];
    lines.extend(row("given by", &given));
    lines.extend(row("taken by", &names(&mut group.readers.iter().copied())));
    for reason in reasons(graph, group) {
        lines.extend(row("because", &[&reason]));
    }
    lines.join("\n")
}

/// What makes channels of several layers go together, or one channel several outputs.
fn reasons(graph: &Graph, group: &ChannelGroup) -> Vec<String> {
    let reason = |&id: &NodeId| {
        let node = &graph.nodes()[id];
        let (name, width) = (&node.name, group.width(graph, id));
        let input = node.inputs.first().map_or("", |&input| &*graph.nodes()[input].name);
        match node.op {
            Op::Add => {
                let other = &graph.nodes()[node.inputs[1]].name;
                Some(format!("`{name}` adds those of `{input}` and `{other}`"))
            }
            Op::Conv2d(conv) if conv.groups > 1 => {
                Some(format!("`{name}` takes those of `{input}` in {} groups", conv.groups))
            }
            Op::Flatten if width > 1 => Some(format!("`{name}` makes {width} features of each")),
            Op::Input | Op::Conv2d(_) | Op::Linear { .. } | Op::BatchNorm | Op::Relu => None,
            Op::MaxPool { .. } | Op::GlobalAvgPool | Op::Flatten => None,
        }
    };
    group.nodes.iter().filter_map(reason).collect()
}

/// A title and a list behind it, on as many lines as it takes; none where the list is empty.
fn row(title: &str, items: &[&str]) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for (index, item) in items.iter().enumerate() {
        let comma = if index + 1 < items.len() { "," } else { "" };
        if !line.is_empty() && line.len() + item.len() + 20 > WIDTH {
            lines.push(std::mem::take(&mut line));
        }
        let space = if line.is_empty() { "" } else { " " };
        line = format!("{line}{space}{item}{comma}");
    }
    lines.extend((!line.is_empty()).then_some(line));
    let titles = std::iter::once(title).chain(std::iter::repeat(""));
    titles.zip(lines).map(|(title, line)| format!("        {title:<10}{line}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Model;
    use crate::model::architecture::Resnet;

    fn text(model: &Model, input: [usize; 3], index: usize) -> String {
        let graph = model.graph(input, 10).unwrap();
        described(&graph, &graph.channel_groups()[index], &graph.prunable(), 1)
    }

    #[test]
    fn a_group_says_what_ties_it_together() {
        let resnet = Model::Resnet(Resnet { depth: 14, width: 1 });
        let expected = "  channels 16; 1 or more stay
        given by  conv1, layer1.0.conv2, layer1.1.conv2
        taken by  layer1.0.conv1, layer1.1.conv1, layer2.0.conv1, layer2.0.downsample.0
        because   `layer1.0.add` adds those of `layer1.0.bn2` and `relu`
        because   `layer1.1.add` adds those of `layer1.1.bn2` and `layer1.0.relu2`";
        assert_eq!(text(&resnet, [3, 8, 8], 1), expected);
        let expected = "  channels 16; 1 or more stay
        given by  conv2
        taken by  fc1
        because   `flatten` makes 25 features of each";
        assert_eq!(text(&Model::Lenet5, [1, 28, 28], 2), expected);
    }

    #[test]
    fn images_and_logits_stay() {
        let images = text(&Model::Lenet5, [1, 28, 28], 0);
        assert_eq!(images, "  channels 1; all stay: those of the images\n        taken by  conv1");
        let logits = text(&Model::Lenet5, [1, 28, 28], 5);
        assert_eq!(logits, "  channels 10; all stay: the logits\n        given by  fc3");
    }

    #[test]
    fn long_lists_are_broken() {
        let layers = ["layer1.0.conv1"; 9];
        let rows = row("given by", &layers);
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().all(|row| row.len() <= WIDTH && row[18..].starts_with("layer1")), "{rows:?}");
    }
}
