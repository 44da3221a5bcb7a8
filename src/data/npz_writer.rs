//! Both sets as a NumPy archive, for other programs.
use super::{DataError, DataSplits, Dataset};
use npyz::npz::NpzWriter;
use npyz::zip::write::FileOptions;
use npyz::{AutoSerialize, WriterBuilder};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// Writes `x_train`, `y_train`, `x_test` and `y_test`. Raw values that are whole numbers from 0 to 255 are bytes, others 32-bit
/// floating-point numbers; labels are 16-bit integers. The file appears when it is whole.
///
/// # Errors
/// [`DataError::Write`] if it cannot be written.
pub fn write_npz(splits: &DataSplits, path: &Path) -> Result<(), DataError> {
    write(splits, path).map_err(|source| DataError::Write { file: path.to_owned(), source })
}

fn write(splits: &DataSplits, path: &Path) -> io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let temporary = NamedTempFile::new_in(folder)?;
    let mut archive = NpzWriter::new(BufWriter::new(temporary.reopen()?));
    for (set, samples) in [("train", &splits.train), ("test", &splits.test)] {
        let shape: Vec<u64> = std::iter::once(samples.len())
            .chain(samples.sample_shape().iter().copied())
            .map(|length| length as u64)
            .collect();
        let values = raw(samples);
        let inputs = format!("x_{set}");
        if values.iter().all(|&x| x.fract() == 0.0 && (0.0..=255.0).contains(&x)) {
            add(&mut archive, &inputs, &shape, values.iter().map(|&x| x as u8))?;
        } else {
            add(&mut archive, &inputs, &shape, values.into_iter())?;
        }
        add(&mut archive, &format!("y_{set}"), &shape[..1], samples.labels().iter().copied())?;
    }
    archive.zip_writer().finish().map_err(io::Error::from).and_then(|mut file| file.flush())?;
    drop(archive);
    temporary.persist(path).map(drop).map_err(|error| error.error)
}

fn add<T: AutoSerialize>(
    archive: &mut NpzWriter<BufWriter<File>>,
    name: &str,
    shape: &[u64],
    values: impl Iterator<Item = T>,
) -> io::Result<()> {
    let mut writer = archive.array(name, FileOptions::default())?.default_dtype().shape(shape).begin_nd()?;
    writer.extend(values)?;
    writer.finish()
}

/// The values from which the inputs have come.
fn raw(set: &Dataset) -> Vec<f32> {
    let scaling = set.scaling();
    let run = (set.features() / scaling.mean.len()).max(1);
    let of_sample = |index| {
        let inputs = set.sample(index).iter().enumerate();
        // Integers that became numbers from 0 to 1 come back but for their rounding.
        let whole = |x: f64| if scaling.full_scale > 1.0 { x.round() } else { x };
        inputs.map(|(at, &input)| whole(scaling.unmap(at / run, input)) as f32).collect::<Vec<_>>()
    };
    (0..set.len()).flat_map(of_sample).collect()
}
