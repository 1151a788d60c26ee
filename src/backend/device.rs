//! What computes on this machine, by its name.

use super::BackendKind;
use crate::panics::caught;
use std::fs;
use std::path::Path;
use std::process::Command;

impl BackendKind {
    /// The name of what computes here: of the graphics card, or of the processor.
    pub fn device(self) -> String {
        match self {
            Self::Flex | Self::Ndarray => processor(),
            Self::Cuda => nvidia_card().unwrap_or_else(|| "an NVIDIA GPU".to_owned()),
            // Without a driver asking for it panics, and results are read without one too.
            Self::Wgpu => match caught(|| self.adapter()) {
                Ok(Some(adapter)) => adapter.name,
                Ok(None) | Err(_) => "a GPU".to_owned(),
            },
        }
    }
}

/// `AMD EPYC 9V74 80-Core Processor`, or the architecture where the system names none.
fn processor() -> String {
    let linux = || value(&fs::read_to_string("/proc/cpuinfo").ok()?, "model name");
    let apple = || {
        let asked = Command::new("sysctl").args(["-n", "machdep.cpu.brand_string"]).output().ok()?;
        Some(String::from_utf8_lossy(&asked.stdout).trim().to_owned()).filter(|name| !name.is_empty())
    };
    linux().or_else(apple).unwrap_or_else(|| std::env::consts::ARCH.to_owned())
}

/// The first card that NVIDIA's driver on Linux lists.
fn nvidia_card() -> Option<String> {
    let cards = fs::read_dir(Path::new("/proc/driver/nvidia/gpus")).ok()?;
    let mut files: Vec<_> = cards.filter_map(|card| Some(card.ok()?.path().join("information"))).collect();
    files.sort();
    files.iter().find_map(|file| value(&fs::read_to_string(file).ok()?, "Model"))
}

/// The value behind `key` in lines of `key : value`.
fn value(text: &str, key: &str) -> Option<String> {
    let lines = text.lines().filter_map(|line| line.split_once(':'));
    let mut values = lines.filter(|(name, _)| name.trim() == key).map(|(_, value)| value.trim());
    values.find(|value| !value.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    // The beginning of /proc/cpuinfo on x86, and of an NVIDIA driver's file.
    #[test]
    fn a_device_is_named_as_the_system_names_it() {
        let cpuinfo =
            "processor\t: 0\nvendor_id\t: AuthenticAMD\nmodel name\t: AMD EPYC 7763\nmodel\t\t: 1\n";
        assert_eq!(value(cpuinfo, "model name").as_deref(), Some("AMD EPYC 7763"));
        assert_eq!(value("Model: \t\t NVIDIA H100\nIRQ: 3\n", "Model").as_deref(), Some("NVIDIA H100"));
        assert_eq!(value("BogoMIPS\t: 2000.00\n", "model name"), None);
        assert!(!BackendKind::Flex.device().is_empty());
    }
}
