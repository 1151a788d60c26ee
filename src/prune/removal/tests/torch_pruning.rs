//! Groups and removed channels are Torch-Pruning's; `tests/reference/removal.py` says how these were made.

use super::*;
use crate::model::ChannelGroup;
use crate::model::architecture::Vgg;
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Reference {
    networks: BTreeMap<String, Network>,
}

#[derive(Deserialize)]
struct Network {
    before: Counted,
    after: Counted,
    groups: Vec<Group>,
}

#[derive(Debug, Deserialize, PartialEq)]
struct Counted {
    parameters: u64,
    macs: u64,
}

#[derive(Deserialize)]
struct Group {
    outputs: Vec<String>,
    inputs: Vec<String>,
    kept: Vec<usize>,
}

fn counted(graph: &Graph) -> Counted {
    let cost = Cost::of(graph);
    Counted { parameters: cost.parameters, macs: cost.macs }
}

/// The weight at `place` of layer `slot`, as in the script.
fn number(place: usize, slot: usize) -> f32 {
    let bits = (place as u32).wrapping_mul(2_654_435_761).wrapping_add(slot as u32 * 40_503 + 12_345);
    let bits = (bits ^ bits >> 15).wrapping_mul(2_246_822_519);
    (bits >> 8) as f32 / 8_388_608.0 - 1.0
}

/// Groups that may lose channels, in the order of the script.
fn free(graph: &Graph) -> Vec<(Vec<String>, Vec<String>, ChannelGroup)> {
    let sorted = |nodes: &mut dyn Iterator<Item = NodeId>| {
        let mut names: Vec<_> = nodes.map(|node| graph.nodes()[node].name.clone()).collect();
        names.sort();
        names
    };
    let groups = graph.channel_groups().into_iter().filter(|group| group.fixed.is_none());
    let described = groups.map(|group| {
        let (outputs, inputs) = (group.layers(graph).collect::<Vec<_>>(), group.readers.iter().copied());
        (sorted(&mut outputs.into_iter()), sorted(&mut inputs.collect::<Vec<_>>().into_iter()), group)
    });
    let mut described: Vec<_> = described.collect();
    described.sort_by(|one, other| one.0.cmp(&other.0));
    described
}

/// The share of its weights that each layer loses when half of all channels go: to be asked for.
fn halves(graph: &Graph, expected: &[Group]) -> Request {
    let kept = |name: &str, side: fn(&Group) -> &Vec<String>| {
        let group = expected.iter().find(|group| side(group).iter().any(|layer| layer == name));
        group.map_or(1.0, |_| 0.5)
    };
    let amounts = graph.prunable().into_iter().map(|layer| {
        let left = kept(&layer, |group| &group.outputs) * kept(&layer, |group| &group.inputs);
        (layer, Amount::To(1.0 - left))
    });
    Request::Layers(amounts.collect())
}

fn assert_removed(name: &str, model: &Model) {
    let reference: Reference =
        serde_json::from_str(include_str!("../../../../tests/reference/removal.json")).unwrap();
    let Network { before, after, groups: expected } = &reference.networks[name];
    let network = ones(model.graph([3, 32, 32], 10).unwrap());
    let graph = Arc::clone(network.graph());
    assert_eq!(counted(&graph), *before);
    let groups = free(&graph);
    assert_eq!(groups.len(), expected.len());
    for ((outputs, inputs, _), expected) in groups.iter().zip(expected) {
        assert_eq!((outputs, inputs), (&expected.outputs, &expected.inputs));
    }
    let slots: BTreeMap<String, usize> = graph.prunable().into_iter().zip(0..).collect();
    let pruning = pruning(Granularity::Channel, halves(&graph, expected), &graph);
    let pruned = pruned(&pruning, network, Masks::default(), &Cost::of(&graph), |layer, place| {
        number(place, slots[layer]).abs()
    });
    let pruned = pruned.unwrap();
    for ((outputs, _, group), expected) in groups.iter().zip(expected) {
        let layer = &outputs[0];
        let shape = &graph.slots()[graph.weight_of(layer).unwrap()].shape;
        let rows: Vec<usize> =
            (0..shape.iter().product()).map(|place| place / (shape[1..].iter().product::<usize>())).collect();
        let (_, mut kept) = pruned.slice.values(&weight_name(layer), shape, &rows).unwrap();
        kept.dedup();
        assert_eq!(kept, expected.kept, "{name}, {layer}: of {} channels", group.channels);
    }
    assert_eq!(counted(pruned.network.graph()), *after);
}

#[test]
fn of_resnet_20() {
    assert_removed("resnet-20", &Model::Resnet(Resnet { depth: 20, width: 1 }));
}

#[test]
fn of_resnet_56() {
    assert_removed("resnet-56", &Model::Resnet(Resnet { depth: 56, width: 1 }));
}

#[test]
fn of_vgg_16() {
    assert_removed("vgg-16", &Model::Vgg(Vgg { depth: 16 }));
}
