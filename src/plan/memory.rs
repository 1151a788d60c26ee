//! How much memory a training takes.

use super::{Node, Origin, Plan, Work};

/// Bytes of a 32-bit number.
const NUMBER: u64 = 4;

impl Plan {
    /// Bytes that `node` takes at least: while it trains, its parameters with gradient, optimizer state and the
    /// copy that is chosen, those of the networks that train beside it, those of its teachers where these are in the plan and what these say where that is looked up,
    /// what its loss trains and keeps beside them, what each node of the network gives for a batch and the scores of that, and the images of the
    /// data set; or while it is pruned, where that is more, its parameters, what the importance holds at once, and the
    /// images. Saturates, so that what no machine has is still a number.
    pub fn memory(&self, node: &Node) -> u64 {
        let training = node.training();
        let copies = 3 + training.optimizer.state_names().len() as u64;
        let teachers = node.teachers().iter().filter_map(|teacher| self.nodes.get(teacher));
        let teachers = teachers.fold(0, |sum: u64, node| sum.saturating_add(node.origin.cost.parameters));
        let passes = self.kept_outputs(node).map_or(0, |kept| kept.passes());
        let said = self.training_images(node).saturating_mul(node.origin.graph.classes() as u64);
        let said = said.saturating_mul(passes);
        let teachers = teachers.saturating_add(said.saturating_mul(node.teachers().len() as u64));
        let parameters = node.origin.cost.parameters.saturating_mul(copies);
        let parameters = parameters.saturating_add(teachers).saturating_add(self.beside(node, copies - 1));
        // A peer is not evaluated, so that there is no copy of it to choose.
        let peers = node.peers().iter().map(|peer| peer.cost.parameters.saturating_mul(copies - 1));
        let parameters = peers.fold(parameters, u64::saturating_add);
        let of_peers = node.peers().iter().map(|peer| outputs(peer));
        let outputs = of_peers.fold(outputs(&node.origin), u64::saturating_add);
        let scores = training.loss.scores(self.training_images(node));
        let outputs = outputs.saturating_add(scores).saturating_mul(training.batch as u64);
        let shape = node.data.source.shape();
        let pixels = shape.image.iter().product::<usize>() as u64;
        let data = pixels.saturating_mul((shape.train + shape.test) as u64);
        let training = parameters.saturating_add(outputs).saturating_mul(NUMBER);
        let pruning = node.origin.cost.parameters.saturating_mul(NUMBER).saturating_add(scoring(node));
        training.max(pruning).saturating_add(data)
    }

    /// Numbers in the arrays that the loss of `node` trains, of which there are so many copies, and keeps.
    fn beside(&self, node: &Node, copies: u64) -> u64 {
        let connected = self.connected(node);
        let pairs = connected.iter().flat_map(|connected| &connected.pairs);
        pairs.fold(0, |sum: u64, pair| {
            let [trained, kept] = pair.numbers();
            sum.saturating_add(trained.saturating_mul(copies)).saturating_add(kept)
        })
    }
}

/// Bytes that the importance of a round holds at once, where these are more than a few a weight.
fn scoring(node: &Node) -> u64 {
    let Work::Round(round) = &node.work else { return 0 };
    let importance = &round.pruning.importance;
    let layers = node.origin.cost.layers.iter().filter(|layer| round.pruning.layers.contains(&layer.name));
    layers.fold(0, |sum: u64, layer| sum.saturating_add(importance.memory(layer.weights)))
}

/// Numbers that the nodes of a network give for one image.
fn outputs(origin: &Origin) -> u64 {
    let of = |shape: &Vec<usize>| shape.iter().fold(1, |size: u64, &side| size.saturating_mul(side as u64));
    origin.graph.nodes().iter().fold(0, |sum: u64, node| sum.saturating_add(of(&node.shape)))
}

#[cfg(test)]
mod tests {
    use crate::plan::testing::planned;

    // By hand: weights of 640 and 100, of which a block of 50 has an inverse of 50 · 50 numbers of 8 bytes, and 16
    // gradients: 13 blocks, of which the last has 40 weights, and 2.
    #[test]
    fn the_inverse_fisher_blocks_of_optimal_brain_surgeon_count() {
        let text = r#"
            title = "A case"
            data.source.synthetic = { train = 1000, test = 200 }
            [stage.dense.train]
            model.mlp = { hidden = [10] }
            epochs = 1
            batch = 20
            [stage.sparse.prune]
            from = "dense"
            importance = "optimal-brain-surgeon"
            target.sparsity = 0.5
        "#;
        let plan = planned(text);
        let blocks = 12 * 50 * 50 + 40 * 40 + 2 * 50 * 50;
        assert_eq!(plan.memory(&plan.nodes[1]), 8 * blocks + 4 * 16 * 740 + 4 * 760 + 1_200 * 64);
    }

    /// The memory of the one training of a network with one hidden layer on images of 64 pixels.
    fn memory(hidden: u64, batch: u64) -> u64 {
        let text = format!(
            r#"
            title = "A case"
            data.source.synthetic = {{ train = 1000, test = 200 }}
            [stage.dense.train]
            model.mlp = {{ hidden = [{hidden}] }}
            epochs = 1
            batch = {batch}
            optimizer.sgd = {{ lr = 0.1, momentum = 0.9 }}
            "#
        );
        let plan = planned(&text);
        plan.memory(&plan.nodes[0])
    }

    // By hand: beside the student's parameters, which fit four times, and those of its teacher, both 760, an embedding of 4
    // numbers of the 10 that are tapped in each network, 88 numbers three times (gradient, momentum); 900 images that
    // are remembered with 4 numbers twice, and two constants; each of 20 images has a score with each of the 900.
    #[test]
    fn what_a_loss_remembers_counts() {
        let memory = |teacher: &str, own: &str| {
            let text = format!(
                r#"
                title = "A case"
                data.source.synthetic = {{ train = 1000, test = 200 }}
                [stage.big.train]
                model.mlp = {{ hidden = [10] }}
                epochs = 1
                [stage.bigger.train]
                model.mlp = {{ hidden = [20] }}
                epochs = 1
                [stage.small.train]
                model.mlp = {{ hidden = [10] }}
                epochs = 1
                batch = 20
                optimizer.sgd = {{ lr = 0.1, momentum = 0.9 }}
                teacher = {teacher}
                loss = {{ logits = 1.0, contrastive = {{ taps = {{ fc1 = "fc1" }}, dimensions = 4{own} }} }}
                "#
            );
            let plan = planned(&text);
            let student = plan.nodes.values().find(|node| &*node.stage == "small").unwrap();
            plan.memory(student)
        };
        let expected = |teachers: u64, tapped: u64| {
            let beside = 3 * (4 * 10 + 4 + 4 * tapped + 4) + 2 * 900 * 4 + 2;
            4 * (4 * 760 + teachers + beside + 20 * (64 + 64 + 10 + 10 + 10 + 900)) + 1_200 * 64
        };
        assert_eq!(memory("\"big\"", ""), expected(760, 10));
        // Of two teachers the one that the term names: 64·20 + 20 + 20·10 + 10 = 1,510 parameters.
        let both = "[\"big\", \"bigger\"]";
        assert_eq!(memory(both, ", teacher = \"bigger\""), expected(760 + 1_510, 20));
        assert_eq!(memory(both, ", teacher = \"big\""), expected(760 + 1_510, 10));
    }

    // 760 parameters of the teacher, and 10 numbers for each of the 900 images that train.
    #[test]
    fn teachers_and_what_they_say_count() {
        let memory = |loss: &str| {
            let text = format!(
                r#"
                title = "A case"
                data.source.synthetic = {{ train = 1000, test = 200 }}
                [stage.teacher.train]
                model.mlp = {{ hidden = [10] }}
                epochs = 1
                [stage.student.train]
                model.mlp = {{ hidden = [10] }}
                epochs = 9
                teacher = "teacher"
                loss = {loss}
                "#
            );
            let plan = planned(&text);
            plan.memory(&plan.nodes[1])
        };
        let alone = memory("{ cross-entropy = 1.0 }");
        assert_eq!(memory("{ logits = 1.0 }") - alone, 4 * (760 + 900 * 10));
        assert_eq!(memory("{ features.taps = { fc1 = \"fc1\" } }") - alone, 4 * 760);
    }

    // A peer has its parameters three times (gradient, momentum) and what its nodes give: 64·20 + 20 + 20·10 + 10 = 1,510
    // parameters, and 64 pixels, flat 64, 20 hidden before and after the activation, 10 logits.
    #[test]
    fn peers_count() {
        let memory = |peers: &str| {
            let text = format!(
                r#"
                title = "A case"
                data.source.synthetic = {{ train = 1000, test = 200 }}
                [stage.student.train]
                model.mlp = {{ hidden = [10] }}
                epochs = 1
                batch = 20
                optimizer.sgd = {{ lr = 0.1, momentum = 0.9 }}
                peers = {peers}
                loss.logits = 1.0
                "#
            );
            let plan = planned(&text);
            plan.memory(&plan.nodes[0])
        };
        let own = 3 * 760 + 20 * (64 + 64 + 10 + 10 + 10);
        let other = 3 * 1_510 + 20 * (64 + 64 + 20 + 20 + 10);
        assert_eq!(memory("2") - memory("1"), 4 * own);
        assert_eq!(memory("[{ mlp = { hidden = [20] } }]") - memory("1"), 4 * (other - own));
        assert_eq!(memory("1"), super::NUMBER * (760 + 2 * own) + 1_200 * 64);
    }

    // By hand: 64·10 + 10 + 10·10 + 10 = 760 parameters, four times (gradient, momentum, the chosen copy); for
    // each of 20 images 64 pixels, flat 64, 10 hidden before and after the activation, 10 logits; 1,200 images
    // of 64 bytes.
    #[test]
    fn parameters_activations_and_data_add_up() {
        assert_eq!(memory(10, 20), 4 * (4 * 760 + 20 * (64 + 64 + 10 + 10 + 10)) + 1_200 * 64);
    }
}
