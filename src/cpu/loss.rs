//! Losses over [images, classes], each with its gradient in one pass.

use crate::math::{exp, ln};

/// Mean cross-entropy of `logits` [n, k] with their labels, smoothed by `smoothing`: returns its value and
/// writes its `gradient` [n, k]. Sums are taken in double precision, in the order of the images.
pub fn cross_entropy(logits: &[f32], labels: &[i32], smoothing: f64, gradient: &mut [f32]) -> f32 {
    let classes = logits.len() / labels.len();
    let images = labels.len() as f64;
    let rows = logits.chunks_exact(classes).zip(gradient.chunks_exact_mut(classes)).zip(labels);
    let of_image = |((logits, gradient), &label): ((&[f32], &mut [f32]), &i32)| {
        let normalizer = log_sum_exp(logits, 1.0);
        let mut loss = 0.0;
        for (class, (logit, gradient)) in logits.iter().zip(gradient).enumerate() {
            let log = f64::from(*logit) - normalizer;
            let target =
                smoothing / classes as f64 + if class as i32 == label { 1.0 - smoothing } else { 0.0 };
            if target != 0.0 {
                loss -= target * log;
            }
            *gradient = ((exp(log) - target) / images) as f32;
        }
        loss
    };
    (rows.map(of_image).sum::<f64>() / images) as f32
}

/// T² · KL(teacher ‖ student) of logits [n, k] at temperature T, mean over the images: returns its value
/// and writes its `gradient` [n, k] for the student.
pub fn soft_labels(
    student: &[f32],
    teacher: &[f32],
    classes: usize,
    temperature: f64,
    gradient: &mut [f32],
) -> f32 {
    let images = (student.len() / classes) as f64;
    let rows = student.chunks_exact(classes).zip(teacher.chunks_exact(classes));
    let of_image = |((student, teacher), gradient): ((&[f32], &[f32]), &mut [f32])| {
        let (of_student, of_teacher) = (log_sum_exp(student, temperature), log_sum_exp(teacher, temperature));
        let mut loss = 0.0;
        for ((student, teacher), gradient) in student.iter().zip(teacher).zip(gradient) {
            let student = f64::from(*student) / temperature - of_student;
            let teacher = f64::from(*teacher) / temperature - of_teacher;
            let target = exp(teacher);
            if target != 0.0 {
                loss += target * (teacher - student);
            }
            *gradient = ((exp(student) - target) * temperature / images) as f32;
        }
        loss
    };
    let loss: f64 = rows.zip(gradient.chunks_exact_mut(classes)).map(of_image).sum();
    (loss * temperature * temperature / images) as f32
}

/// ln Σ exp(logit / T)
fn log_sum_exp(logits: &[f32], temperature: f64) -> f64 {
    let largest = logits.iter().fold(f32::NEG_INFINITY, |largest, logit| largest.max(*logit));
    let largest = f64::from(largest) / temperature;
    let sum: f64 = logits.iter().map(|logit| exp(f64::from(*logit) / temperature - largest)).sum();
    largest + ln(sum)
}
