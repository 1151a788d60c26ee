//! One of several charts, where what is shown does not fit in one.

/// The `number`th (from 0) of `count` charts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub number: usize,
    pub count: usize,
}

impl Part {
    /// `2 of 3`; nothing where there is one chart.
    pub fn says(self) -> Option<String> {
        (self.count > 1).then(|| format!("{} of {}", self.number + 1, self.count))
    }

    /// Ends its title: ` (2 of 3)`.
    pub fn of(self) -> String {
        self.says().map(|says| format!(" ({says})")).unwrap_or_default()
    }

    /// Ends its name, with `before` before its number: `-2`.
    pub fn suffix(self, before: &str) -> String {
        if self.count > 1 { format!("{before}{}", self.number + 1) } else { String::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_numbered_where_there_are_several() {
        let (one, second) = (Part { number: 0, count: 1 }, Part { number: 1, count: 3 });
        assert_eq!((one.of(), one.suffix("-")), (String::new(), String::new()));
        assert_eq!((second.of().as_str(), second.suffix("-part-").as_str()), (" (2 of 3)", "-part-2"));
    }
}
