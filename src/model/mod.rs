//! The network as data.
//!
//! A [`Graph`] is a small typed graph with named nodes; an architecture is a function that builds one.
//! [`Weights`] are a graph's parameters on the host, [`Network`] the same on a device, run by Burn.
//! Shapes, MACs, taps by name and files are each written once here, for every architecture.

pub mod architecture;
mod back;
mod builder;
mod cost;
mod graph;
mod initial;
mod network;
mod pass;
mod program;
mod weights;

pub use architecture::Model;
pub use builder::{Builder, Convolution, ShapeError};
pub use cost::{Cost, LayerCost};
pub use graph::{Graph, Node, NodeId, Op, Role, Slot};
pub use network::{Network, Tape, array_tensor, tensor_array, tensors};
pub use pass::{Forward, Mode};
pub use weights::{Array, Weights, WeightsError};
