//! LeNet-5.

use crate::model::{Builder, Conv2d, Graph, GraphError, Op};

/// Convolutions of 5×5 with 6 and 16 maps, the first padded by 2, each with 2×2 max pooling; then 120 and
/// 84 units. Images of at least 12×12.
pub(super) fn graph(input: [usize; 3], classes: usize) -> Result<Graph, GraphError> {
    let mut builder = Builder::new(input, classes);
    let mut last = Builder::INPUT;
    for (index, (output, padding)) in [(6, 2), (16, 0)].into_iter().enumerate() {
        let number = index + 1;
        let conv = Conv2d { output, kernel: 5, stride: 1, padding, groups: 1, bias: true };
        last = builder.add(&format!("conv{number}"), Op::Conv2d(conv), &[last])?;
        last = builder.add(&format!("relu{number}"), Op::Relu, &[last])?;
        last = builder.add(&format!("pool{number}"), Op::MaxPool { kernel: 2, stride: 2 }, &[last])?;
    }
    last = builder.add("flatten", Op::Flatten, &[last])?;
    for (number, output) in [(1, 120), (2, 84)] {
        last = builder.add(&format!("fc{number}"), Op::Linear { output, bias: true }, &[last])?;
        last = builder.add(&format!("relu{}", number + 2), Op::Relu, &[last])?;
    }
    let logits = builder.add("fc3", Op::Linear { output: classes, bias: true }, &[last])?;
    builder.finish(logits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_8_by_8_are_too_small() {
        let error = graph([1, 8, 8], 10).unwrap_err().to_string();
        assert_eq!(
            error,
            "images of 1×8×8 are too small: at `conv2` they are 4 pixels wide or high, and its window is 5"
        );
    }
}
