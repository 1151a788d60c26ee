//! Divides what shall be left among layers.

/// What one layer may keep: ε · `wish` weights, but never below `least` or above `most`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part {
    pub wish: f64,
    pub least: f64,
    pub most: f64,
}

impl Part {
    /// The level at which it keeps `end`.
    fn bend(&self, end: f64) -> f64 {
        end / self.wish
    }

    fn kept(&self, level: f64) -> f64 {
        (level * self.wish).clamp(self.least, self.most)
    }
}

/// Whole numbers of weights that each of `parts` keeps, `left` together.
///
/// # Errors
/// With what they must keep, where that is more.
pub(super) fn kept(parts: &[Part], left: u64) -> Result<Vec<u64>, u64> {
    let least: f64 = parts.iter().map(|part| part.least).sum();
    if (left as f64) < least {
        return Err(least as u64);
    }
    Ok(whole(&fill(parts, left as f64), left))
}

/// What each of `parts` keeps when they keep `left` together: the level ε is the same for all. `left` lies
/// between what they must keep and what they may.
fn fill(parts: &[Part], left: f64) -> Vec<f64> {
    let kept = |level: f64| parts.iter().map(|part| part.kept(level)).sum::<f64>();
    // Between two neighbours of these the sum of the kept weights is a straight line.
    let bends = parts.iter().filter(|part| part.wish > 0.0);
    let mut bends: Vec<f64> =
        bends.flat_map(|part| [part.least, part.most].map(|end| part.bend(end))).collect();
    bends.sort_by(f64::total_cmp);
    let Some(end) = bends.iter().position(|&level| kept(level) >= left) else {
        return parts.iter().map(|part| part.most).collect();
    };
    let (before, after) = (bends[end.saturating_sub(1)], bends[end]);
    // By the bends themselves: what a part keeps at its own bend may be off in the last digit.
    let is_free = |part: &&Part| part.bend(part.least) <= before && after <= part.bend(part.most);
    let slope: f64 = parts.iter().filter(|part| part.wish > 0.0).filter(is_free).map(|part| part.wish).sum();
    let level = if slope > 0.0 { before + (left - kept(before)) / slope } else { after };
    parts.iter().map(|part| part.kept(level)).collect()
}

/// Whole numbers that add up to `total`, each `shares` rounded down or up: up go those with the largest
/// remainders, the first of equal ones (Hamilton's method). The shares add up to `total`.
pub(super) fn whole(shares: &[f64], total: u64) -> Vec<u64> {
    // What is a whole number but for the last digits is that number.
    let exact = |share: f64| if (share - share.round()).abs() < 1e-6 { share.round() } else { share };
    let shares: Vec<f64> = shares.iter().map(|&share| exact(share)).collect();
    let mut whole: Vec<u64> = shares.iter().map(|share| share.floor() as u64).collect();
    let mut order: Vec<usize> = (0..shares.len()).filter(|&index| shares[index].fract() > 0.0).collect();
    order.sort_by(|&a, &b| shares[b].fract().total_cmp(&shares[a].fract()));
    let missing = total.saturating_sub(whole.iter().sum()) as usize;
    order.into_iter().take(missing).for_each(|index| whole[index] += 1);
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn part(wish: f64, least: f64, most: f64) -> Part {
        Part { wish, least, most }
    }

    /// 16 among wishes of 10, 2 and 4 would be ε = 1; the first may keep no more than 6, so 10 are left for the
    /// others: ε = 10 / 6, of which the last must keep 8, so the second keeps 2.
    #[test]
    fn what_one_may_not_keep_goes_to_the_others() {
        let parts = [part(10.0, 0.0, 6.0), part(2.0, 0.0, 20.0), part(4.0, 8.0, 20.0)];
        assert_eq!(kept(&parts, 16), Ok(vec![6, 2, 8]));
        assert_eq!(kept(&parts, 8), Ok(vec![0, 0, 8]));
        assert_eq!(kept(&parts, 46), Ok(vec![6, 20, 20]));
        assert_eq!(kept(&parts, 7), Err(8));
    }

    #[test]
    fn the_largest_remainders_are_rounded_up() {
        assert_eq!(whole(&[1.5, 2.25, 3.25], 7), [2, 2, 3]);
        // Of equal remainders the first.
        assert_eq!(whole(&[1.5, 2.5, 3.0], 7), [2, 2, 3]);
        assert_eq!(whole(&[0.999_999_999, 2.0], 3), [1, 2]);
    }

    proptest! {
        #[test]
        fn all_is_given_away_and_nobody_gets_too_much_or_too_little(
            parts in prop::collection::vec((0.1..9f64, 0..50u32, 0..50u32), 1..6), share in 0.0..=1.0f64,
        ) {
            let part = |&(wish, least, more): &(f64, u32, u32)| part(wish, least.into(), (least + more).into());
            let parts: Vec<Part> = parts.iter().map(part).collect();
            let sum = |of: fn(&Part) -> f64| parts.iter().map(of).sum::<f64>();
            let (least, most) = (sum(|part| part.least), sum(|part| part.most));
            let left = (least + share * (most - least)).floor();
            let kept = whole(&fill(&parts, left), left as u64);
            prop_assert_eq!(kept.iter().sum::<u64>(), left as u64);
            for (kept, part) in kept.iter().zip(&parts) {
                prop_assert!((part.least..=part.most).contains(&(*kept as f64)));
            }
        }
    }
}
