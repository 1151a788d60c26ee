//! Numbers as people read them.

/// `1,234,567`
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `42 s`, `5 min`, `3.2 h`, `4.0 d`
pub(crate) fn duration(seconds: f64) -> String {
    match seconds {
        seconds if seconds < 90.0 => format!("{:.0} s", seconds.ceil()),
        seconds if seconds < 5400.0 => format!("{:.0} min", seconds / 60.0),
        seconds if seconds < 172_800.0 => format!("{:.1} h", seconds / 3600.0),
        seconds => format!("{:.1} d", seconds / 86_400.0),
    }
}

/// `512 B`, `1.5 KiB`, `23.4 GiB`
pub(crate) fn bytes(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let (mut size, mut unit) = (bytes as f64 / 1024.0, 0);
    if size < 1.0 {
        return format!("{bytes} B");
    }
    while size >= 1024.0 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(
            [0, 999, 1_000, 266_200, 11_173_962].map(grouped),
            ["0", "999", "1,000", "266,200", "11,173,962"]
        );
    }

    #[test]
    fn durations_read_as_people_say_them() {
        assert_eq!(
            [0.2, 89.0, 300.0, 11_520.0, 345_600.0].map(duration),
            ["1 s", "89 s", "5 min", "3.2 h", "4.0 d"]
        );
    }

    // 1,536 = 1.5 · 1,024; 2⁶⁴ bytes are 16 EiB.
    #[test]
    fn sizes_are_in_powers_of_1024() {
        assert_eq!([512, 1_536, 5 << 30, u64::MAX].map(bytes), ["512 B", "1.5 KiB", "5.0 GiB", "16.0 EiB"]);
    }
}
