//! LeNet-5.

use crate::model::{Builder, Convolution, Graph, ShapeError};

/// Convolutions of 5×5 with 6 and 16 maps, the first padded by 2, each with 2×2 max pooling; then 120 and
/// 84 units. Images of at least 12×12.
pub(super) fn graph(input: [usize; 3], classes: usize) -> Result<Graph, ShapeError> {
    let mut builder = Builder::new(input, classes);
    let mut last = builder.input();
    for (index, (output, padding)) in [(6, 2), (16, 0)].into_iter().enumerate() {
        let number = index + 1;
        let conv = Convolution { output, kernel: 5, stride: 1, padding, bias: true };
        last = builder.conv2d(last, &format!("conv{number}"), conv)?;
        last = builder.relu(last, &format!("relu{number}"));
        last = builder.max_pool(last, &format!("pool{number}"), 2)?;
    }
    last = builder.flatten(last, "flatten");
    for (number, width) in [(1, 120), (2, 84)] {
        last = builder.linear(last, &format!("fc{number}"), width);
        last = builder.relu(last, &format!("relu{}", number + 2));
    }
    builder.linear(last, "fc3", classes);
    Ok(builder.finish())
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
