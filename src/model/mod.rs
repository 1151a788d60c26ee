//! The network as data.
//!
//! A [`Graph`] is a small typed graph with named nodes; an architecture is a function that builds one, and
//! a [`Definition`] its written form. [`Weights`] are a graph's parameters on the host, [`Trained`] both
//! together, [`Network`] the same on a device, run by Burn.
//! Shapes, MACs, taps by name and files are each written once here, for every architecture.

pub mod architecture;
mod back;
mod builder;
mod cost;
mod definition;
mod graph;
mod initial;
mod network;
mod op;
mod pass;
mod program;
mod resize;
mod trained;
mod weights;

pub use architecture::Model;
pub use builder::{Builder, GraphError};
pub use cost::{Cost, LayerCost};
pub use definition::{Definition, NamedOp};
pub use graph::{Graph, Node, NodeId, Slot, SlotId, weight_name};
pub use network::{Network, Tape, array_tensor, tensor_array, tensors};
pub use op::{Conv2d, Op, OpError, Role};
pub use pass::{Forward, Mode};
pub use trained::Trained;
pub use weights::{Array, Weights, WeightsError};
