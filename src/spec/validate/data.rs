//! Images: whether there are some to train on, and some to validate where that is asked for.

use crate::data::{Data, Shape, Source, held_out};
use crate::format::real;
use crate::spec::check::Mistake;

/// Bytes of made-up images: they are kept in memory.
const MOST_BYTES: u64 = 1 << 32;

pub(super) fn mistake(data: &Data) -> Option<Mistake> {
    let shape = data.source.shape();
    if shape.image.contains(&0) {
        return Some(Mistake::value("data.source", "images have no pixels", Vec::new()));
    }
    size(&data.source, &shape).or_else(|| validation(data, shape.train))
}

fn size(source: &Source, shape: &Shape) -> Option<Mistake> {
    let Source::Synthetic(_) = source else { return None };
    let numbers = [&shape.image[..], &[shape.train + shape.test]].concat();
    let bytes = numbers.iter().fold(1_u64, |bytes, &number| bytes.saturating_mul(number as u64));
    (bytes > MOST_BYTES).then(|| {
        let message = format!("these images take {bytes} bytes; {MOST_BYTES} are the most there can be");
        Mistake::value("data.source", message, vec!["make them smaller or fewer".to_owned()])
    })
}

/// A share of the training images that leaves none to train on, or none to validate.
fn validation(data: &Data, total: usize) -> Option<Mistake> {
    let share = data.validation;
    let held_out = held_out(total, share);
    let (message, help) = if held_out >= total {
        let message = format!("{held_out} of {total} training images validate: none is left to train on");
        (message, "hold out a smaller share, or none: `validation = 0`")
    } else if share > 0.0 && held_out == 0 {
        // Half an image is rounded to one, and one more must be left to train on.
        let needed = (0.5 / share).ceil().max(2.0);
        let needed = if needed.is_finite() { real(needed) } else { "more than 1e308".to_owned() };
        let message = format!(
            "a share of {} takes {needed} training images to hold one out, and there are {total}",
            real(share)
        );
        (message, "hold out a larger share, or none: `validation = 0`")
    } else {
        return None;
    };
    Some(Mistake::value("data.validation", message, vec![help.to_owned()]))
}
