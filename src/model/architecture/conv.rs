//! Conv-2, Conv-4 and Conv-6.

use crate::model::{Builder, Conv2d, Graph, GraphError, Op};

/// `blocks` times two 3×3 convolutions and 2×2 max pooling, with 64, 128, 256 maps; then 256 and 256
/// units.
pub(super) fn graph(blocks: usize, input: [usize; 3], classes: usize) -> Result<Graph, GraphError> {
    let mut builder = Builder::new(input, classes);
    let mut last = Builder::INPUT;
    for block in 0..blocks {
        for number in [2 * block + 1, 2 * block + 2] {
            let conv = Op::Conv2d(Conv2d { bias: true, ..Conv2d::three(64 << block) });
            last = builder.add(&format!("conv{number}"), conv, &[last])?;
            last = builder.add(&format!("relu{number}"), Op::Relu, &[last])?;
        }
        let pool = Op::MaxPool { kernel: 2, stride: 2 };
        last = builder.add(&format!("pool{}", block + 1), pool, &[last])?;
    }
    last = builder.add("flatten", Op::Flatten, &[last])?;
    for number in [1, 2] {
        last = builder.add(&format!("fc{number}"), Op::Linear { output: 256, bias: true }, &[last])?;
        last = builder.add(&format!("relu{}", 2 * blocks + number), Op::Relu, &[last])?;
    }
    let logits = builder.add("fc3", Op::Linear { output: classes, bias: true }, &[last])?;
    builder.finish(logits)
}
