//! Losses over [images, classes], each with its gradient in one pass.

/// Mean cross-entropy of `logits` [n, k] with their labels, smoothed by `smoothing`: its value, and
/// `slope` [n, k] = its gradient. Sums are taken in double precision, in the images' order.
pub fn cross_entropy(logits: &[f32], labels: &[i32], smoothing: f64, slope: &mut [f32]) -> f32 {
    let classes = logits.len() / labels.len();
    let images = labels.len() as f64;
    let rows = logits.chunks_exact(classes).zip(slope.chunks_exact_mut(classes)).zip(labels);
    let of_image = |((logits, slope), &label): ((&[f32], &mut [f32]), &i32)| {
        let normalizer = log_sum_exp(logits, 1.0);
        let mut loss = 0.0;
        for (class, (logit, slope)) in logits.iter().zip(slope).enumerate() {
            let log = f64::from(*logit) - normalizer;
            let wanted =
                smoothing / classes as f64 + if class as i32 == label { 1.0 - smoothing } else { 0.0 };
            if wanted != 0.0 {
                loss -= wanted * log;
            }
            *slope = ((log.exp() - wanted) / images) as f32;
        }
        loss
    };
    (rows.map(of_image).sum::<f64>() / images) as f32
}

/// T² · KL(teacher ‖ student) of logits [n, k] at temperature T, mean over the images: its value, and
/// `slope` [n, k] = its gradient for the student.
pub fn soft_labels(
    student: &[f32],
    teacher: &[f32],
    classes: usize,
    temperature: f64,
    slope: &mut [f32],
) -> f32 {
    let images = (student.len() / classes) as f64;
    let rows = student.chunks_exact(classes).zip(teacher.chunks_exact(classes));
    let of_image = |((student, teacher), slope): ((&[f32], &[f32]), &mut [f32])| {
        let (of_student, of_teacher) = (log_sum_exp(student, temperature), log_sum_exp(teacher, temperature));
        let mut loss = 0.0;
        for ((student, teacher), slope) in student.iter().zip(teacher).zip(slope) {
            let student = f64::from(*student) / temperature - of_student;
            let teacher = f64::from(*teacher) / temperature - of_teacher;
            let wanted = teacher.exp();
            if wanted != 0.0 {
                loss += wanted * (teacher - student);
            }
            *slope = ((student.exp() - wanted) * temperature / images) as f32;
        }
        loss
    };
    let loss: f64 = rows.zip(slope.chunks_exact_mut(classes)).map(of_image).sum();
    (loss * temperature * temperature / images) as f32
}

/// ln Σ exp(logit / T)
fn log_sum_exp(logits: &[f32], temperature: f64) -> f64 {
    let largest = logits.iter().fold(f32::NEG_INFINITY, |largest, logit| largest.max(*logit));
    let largest = f64::from(largest) / temperature;
    let sum: f64 = logits.iter().map(|logit| (f64::from(*logit) / temperature - largest).exp()).sum();
    largest + sum.ln()
}
