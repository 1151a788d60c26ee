//! The network as data.
//!
//! A [`Graph`] is a small typed graph with named nodes; an architecture is a function that builds one, and
//! a [`Definition`] its written form. [`Weights`] are a graph's parameters on the host, [`Trained`] both
//! together, [`Network`] the same on a device, run by Burn.
//! Shapes, MACs, taps by name and files are each written once here, for every architecture.

pub mod architecture;
mod backward;
mod behind;
mod blocks;
mod builder;
mod channels;
mod cost;
mod definition;
mod forward;
mod graph;
mod initial;
mod loader;
mod network;
mod op;
mod parameter;
mod program;
mod resize;
mod slice;
mod trained;
mod value;
mod weights;

pub use architecture::Model;
pub use backward::Backward;
pub use blocks::Block;
pub use builder::{Builder, GraphError};
pub use channels::{ChannelGroup, Fixed};
pub use cost::{Cost, LayerCost};
pub use definition::{Definition, NamedOp};
pub use forward::{Forward, Mode, Tape};
pub use graph::{Graph, Node, NodeId, Slot, SlotId, weight_name};
pub use initial::{Init, uniform};
pub use loader::{Loader, Prepared, tensors};
pub use network::Network;
pub use op::{Conv2d, Op, OpError, Role};
pub use parameter::Parameter;
pub use program::Program;
pub use slice::Slice;
pub use trained::Trained;
pub use value::Value;
pub use weights::{Array, Weights, WeightsError};
