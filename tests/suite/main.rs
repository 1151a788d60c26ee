//! All integration tests, in one program.

mod allocation;
mod borders;
mod chained_stages;
mod charts;
mod circles;
mod command_line;
mod conformance;
mod distillation;
mod durability;
mod experiments;
mod fronts_and_layers;
mod language;
mod latency;
mod masking;
mod output;
mod plan;
mod quickstart;
mod reading;
mod removal;
mod report;
mod same_numbers;
mod search;
mod support;
mod teachers;
mod training;
mod units;
