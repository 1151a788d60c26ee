//! Conv-2, Conv-4 and Conv-6.

use crate::model::{Builder, Convolution, Graph, ShapeError};

/// `blocks` times two 3×3 convolutions and 2×2 max pooling, with 64, 128, 256 maps; then 256 and 256
/// units.
pub(super) fn graph(blocks: usize, input: [usize; 3], classes: usize) -> Result<Graph, ShapeError> {
    let mut builder = Builder::new(input, classes);
    let mut last = builder.input();
    for block in 0..blocks {
        for number in [2 * block + 1, 2 * block + 2] {
            let conv = Convolution { bias: true, ..Convolution::three(64 << block) };
            last = builder.conv2d(last, &format!("conv{number}"), conv)?;
            last = builder.relu(last, &format!("relu{number}"));
        }
        last = builder.max_pool(last, &format!("pool{}", block + 1), 2)?;
    }
    last = builder.flatten(last, "flatten");
    for number in [1, 2] {
        last = builder.linear(last, &format!("fc{number}"), 256);
        last = builder.relu(last, &format!("relu{}", 2 * blocks + number));
    }
    builder.linear(last, "fc3", classes);
    Ok(builder.finish())
}
