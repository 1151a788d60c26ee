//! What the results were computed by and on, what that took, and what reviewers ask of it.

use super::markdown::{code, plain};
use crate::format::{bytes, duration, grouped};
use crate::results::costs::Costs;
use crate::results::{Host, Program, Record, TrainedBy};
use std::fmt::Write;

/// The sections on machines, costs and reproducibility; without the first where earlier versions did not record it.
pub(super) fn sections(record: &Record, costs: &Costs) -> String {
    let mut text = String::new();
    if !record.trained_by.is_empty() {
        text.push_str("\n## Machine and cost\n\n");
        let _ = writeln!(text, "{}\n", cost(costs));
        match record.trained_by.as_slice() {
            [one] => text.push_str(&format!("- Trained {}\n", who(one))),
            several => text.extend(several.iter().map(|by| format!("- {}\n", trained(by)))),
        }
        if let (Some(program), Some(host)) = (&record.program, &record.host) {
            let _ = writeln!(text, "\n{}", put_together(program, host));
        }
    }
    text.push_str("\n## Checklist\n\n");
    checklist(record).iter().for_each(|item| text.push_str(&format!("- {item}\n")));
    text
}

/// What all trainings took, and what they would have taken had each trial done all of its own.
fn cost(costs: &Costs) -> String {
    let &Costs { together, trainings, apart, .. } = costs;
    let shared = if apart > together * 1.005 {
        format!("; had each trial done all of its own, they would have taken {}", duration(apart))
    } else {
        String::new()
    };
    let time = duration(together);
    match trainings {
        1 => format!("One training took {time}, evaluations included{shared}."),
        several => format!(
            "{} trainings took {time} together, evaluations included, as if one had been done after the other{shared}.",
            grouped(several)
        ),
    }
}

fn trained(by: &TrainedBy) -> String {
    format!("{} of them, {}, {}", grouped(by.trainings), duration(3_600.0 * by.hours), who(by))
}

/// Who computed trainings.
fn who(by: &TrainedBy) -> String {
    match &by.computed_by {
        Some(by) => {
            let device = by.device.as_deref().unwrap_or("a machine that was not recorded");
            format!(
                "by backend {}, instructions {}, on {}",
                code(&by.backend),
                code(&by.instructions),
                plain(device)
            )
        }
        None => "by an earlier version, which did not record it".to_owned(),
    }
}

fn put_together(program: &Program, host: &Host) -> String {
    let Program { version, commit, rustc, burn, polars } = program;
    let built = [
        commit.as_ref().map(|commit| format!("commit {}", code(commit))),
        rustc.as_deref().map(plain),
        Some(format!("Burn {}", plain(burn))),
        polars.as_ref().map(|version| format!("Polars {}", plain(version))),
    ];
    let built: Vec<String> = built.into_iter().flatten().collect();
    let Host { system, processor, cores, memory, gpu, .. } = host;
    let memory = memory.map_or_else(String::new, |memory| format!(", {} of memory", bytes(memory)));
    let gpu = gpu.as_ref().map_or_else(String::new, |gpu| format!(", {}", plain(gpu)));
    let plural = if *cores == 1 { "" } else { "s" };
    format!(
        "Put together by niwaki {} ({}) on {}: {}, {cores} core{plural}{memory}{gpu}.",
        plain(version),
        built.join(", "),
        plain(system),
        plain(processor)
    )
}

/// What reproducibility checklists ask (NeurIPS: experimental setting, statistical significance, compute, access).
fn checklist(record: &Record) -> Vec<String> {
    let data = record.data.iter().map(|data| match &data.fingerprint {
        Some(fingerprint) => {
            format!("{} (BLAKE3 {})", plain(&data.source), code(&fingerprint[..fingerprint.len().min(16)]))
        }
        None => plain(&data.source),
    });
    let data = data.collect::<Vec<_>>().join(", ");
    let compute = if record.trained_by.is_empty() {
        "not recorded by the version that trained"
    } else {
        "under “Machine and cost”, for the whole experiment"
    };
    vec![
        "**Experimental setting.** Splits, settings and how the network of each training is chosen are under “Protocol”; \
         the file of the experiment has all of them, and settings that it does not say have the defaults of this version."
            .to_owned(),
        "**Statistical significance.** Intervals are 95 % t intervals of the mean over seeds; a seed changes initial \
         weights, the order of the data, augmentation, the validation split and all that is drawn at random. Networks of \
         one seed share what they have in common, so differences are paired by seed. Comparisons of one chart are adjusted \
         by Holm’s method."
            .to_owned(),
        "**Selection.** The test split chooses nothing: no network, setting or seed.".to_owned(),
        format!("**Compute.** Hardware and time are {compute}."),
        format!("**Access.** The command under “Again” gives these numbers from the data {data}."),
    ]
}
