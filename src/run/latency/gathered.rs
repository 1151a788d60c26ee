//! The latencies of a plan's networks, as the store has them.

use super::{Latency, Machine};
use crate::plan::{Key, Plan};
use crate::run::Store;

/// The latencies of a plan's networks, all of one machine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Latencies {
    /// By node; `None` where none was measured on that machine.
    pub by_node: Vec<Option<Latency>>,
    /// `None` where nothing was measured.
    pub machine: Option<Machine>,
    /// What could not be read, each a sentence.
    pub problems: Vec<String>,
}

impl Latencies {
    /// Those in `store`, of this machine where it measured any, else of the one that measured most.
    pub fn of(plan: &Plan, store: &Store) -> Self {
        let mut problems = Vec::new();
        let mut read = |&key: &Key| {
            store.latencies(key).unwrap_or_else(|error| {
                problems.push(format!(
                    "a latency is left out: {error}; `niwaki run --latency` measures it again"
                ));
                Vec::new()
            })
        };
        let found: Vec<_> = plan.nodes.keys().map(&mut read).collect();
        Self { problems, ..Self::among(&found, &Machine::here(plan.backend)) }
    }

    /// Of what was `found` of each node, those of `here` or else of the machine that has most; of equal ones, of the
    /// first.
    fn among(found: &[Vec<(Machine, Latency)>], here: &Machine) -> Self {
        let mut machines: Vec<(&Machine, usize)> = Vec::new();
        for (machine, _) in found.iter().flatten() {
            match machines.iter_mut().find(|(known, _)| *known == machine) {
                Some((_, count)) => *count += 1,
                None => machines.push((machine, 1)),
            }
        }
        let most = machines.iter().rev().max_by_key(|(machine, count)| (*machine == here, *count));
        let machine = most.map(|(machine, _)| (*machine).clone());
        let of_machine = |all: &Vec<(Machine, Latency)>| machine.as_ref()?.measured(all);
        Self { by_node: found.iter().map(of_machine).collect(), machine, problems: Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::BackendKind;
    use crate::run::testing::latency;

    fn machine(device: &str) -> Machine {
        Machine { device: device.to_owned(), ..Machine::here(BackendKind::Flex) }
    }

    #[test]
    fn latencies_of_two_machines_are_never_mixed() {
        let (here, there, far) = (machine("here"), machine("there"), machine("far"));
        let of = |found: &[&[(&Machine, f64)]]| {
            let owned = |all: &&[(&Machine, f64)]| {
                all.iter().map(|&(machine, ms)| (machine.clone(), latency(ms))).collect()
            };
            Latencies::among(&found.iter().map(owned).collect::<Vec<Vec<_>>>(), &here)
        };
        let mixed = of(&[&[(&there, 2.0)], &[(&there, 3.0), (&here, 1.0)]]);
        assert_eq!(mixed.by_node, [None, Some(latency(1.0))]);
        assert_eq!(mixed.machine, Some(here.clone()));
        let others = of(&[&[(&far, 9.0), (&there, 2.0)], &[(&there, 3.0)], &[]]);
        assert_eq!(others.by_node, [Some(latency(2.0)), Some(latency(3.0)), None]);
        assert_eq!(others.machine, Some(there.clone()));
        let none = of(&[&[], &[]]);
        assert_eq!((none.by_node, none.machine), (vec![None; 2], None));
    }
}
