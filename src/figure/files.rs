//! Writes a page as SVG and PNG files that appear only whole.
use super::backend::{PageBackend, UNITS};
use super::canvas::Canvas;
use super::{Figure, FigureError, page, sheet_page};
use plotters::drawing::{DrawingAreaErrorKind, IntoDrawingArea};
use plotters::prelude::{BitMapBackend, DrawingBackend, SVGBackend, WHITE};
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// A whole file under a temporary name, deleted unless kept.
pub(super) struct Finished {
    temporary: NamedTempFile,
    file: PathBuf,
}

impl Finished {
    fn new(file: &Path, suffix: &str) -> Result<Self, FigureError> {
        let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".dyad-figure-").suffix(suffix);
        // Temporary files are closed to others, figures are not.
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let temporary = builder.tempfile_in(folder).map_err(|source| write_error(file, source))?;
        Ok(Self { temporary, file: file.to_owned() })
    }

    /// Gives the file its name.
    pub(super) fn keep(self) -> Result<(), FigureError> {
        let file = self.file;
        self.temporary.persist(&file).map(drop).map_err(|failure| write_error(&file, failure.error))
    }
}

fn write_error(file: &Path, source: std::io::Error) -> FigureError {
    FigureError::Write { file: file.to_owned(), source }
}

fn draw_error<E: std::error::Error + Send + Sync + 'static>(
    file: &Path,
) -> impl Fn(DrawingAreaErrorKind<E>) -> FigureError {
    |source| FigureError::Draw { file: file.to_owned(), source: source.into() }
}

/// Draws the page on a backend whose size is in device units.
fn draw_on<B: PageBackend>(backend: B, figure: &Figure, file: &Path) -> Result<(), FigureError>
where
    B::ErrorType: 'static,
{
    let area = backend.into_drawing_area();
    area.fill(&WHITE).map_err(draw_error(file))?;
    let canvas = Canvas(&area);
    match figure {
        Figure::Run(run) => page::draw(&canvas, run),
        Figure::Sheet(sheet) => sheet_page::draw(&canvas, sheet),
    }
    .map_err(draw_error(file))?;
    area.present().map_err(draw_error(file))
}

/// Writes the page as SVG.
pub(super) fn write_svg(figure: &Figure, file: &Path) -> Result<Finished, FigureError> {
    let (width, height) = figure.size();
    let (wide, high) = (width * UNITS, height * UNITS);
    let mut drawing = String::new();
    draw_on(SVGBackend::with_string(&mut drawing, (wide, high)), figure, file)?;
    // plotters' first tag makes a device unit a pixel.
    let body = drawing.split_once('>').map_or("", |(_, body)| body);
    let head = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {wide} {high}\" \
         stroke-linejoin=\"round\" stroke-linecap=\"round\">"
    );
    let mut finished = Finished::new(file, ".svg")?;
    let written = [&head, body].iter().try_for_each(|part| finished.temporary.write_all(part.as_bytes()));
    written.and_then(|()| finished.temporary.flush()).map_err(|source| write_error(file, source))?;
    Ok(finished)
}

/// Writes the page as PNG.
pub(super) fn write_png(figure: &Figure, file: &Path) -> Result<Finished, FigureError> {
    let (width, height) = figure.size();
    let (wide, high) = (width * UNITS, height * UNITS);
    let mut samples = vec![0; wide as usize * high as usize * CHANNELS];
    draw_on(BitMapBackend::with_buffer(&mut samples, (wide, high)), figure, file)?;
    let pixels = means(&samples, wide as usize);
    let finished = Finished::new(file, ".png")?;
    let path = finished.temporary.path().to_owned();
    let mut image = BitMapBackend::new(&path, (width, height));
    let whole = image.blit_bitmap((0, 0), (width, height), &pixels).and_then(|()| image.present());
    whole.map_err(|source| FigureError::Draw { file: file.to_owned(), source: source.into() })?;
    Ok(finished)
}

/// Red, green, blue.
const CHANNELS: usize = 3;

/// Means over squares of [`UNITS`] × [`UNITS`] samples.
fn means(samples: &[u8], wide: usize) -> Vec<u8> {
    const SIDE: usize = UNITS as usize;
    let mut pixels = Vec::with_capacity(samples.len() / (SIDE * SIDE));
    for band in samples.chunks_exact(SIDE * wide * CHANNELS) {
        for column in 0..wide / SIDE {
            for channel in 0..CHANNELS {
                let sample = |k: usize| band[((k / SIDE) * wide + column * SIDE + k % SIDE) * CHANNELS + channel];
                let sum: u32 = (0..SIDE * SIDE).map(|k| u32::from(sample(k))).sum();
                pixels.push((sum as f32 / (SIDE * SIDE) as f32).round() as u8);
            }
        }
    }
    pixels
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pixel_is_the_mean_of_its_own_samples_per_channel() {
        // Two pixels wide, one high: the left one half red by samples, the right one blue throughout.
        let wide = 2 * UNITS as usize;
        let mut samples = vec![0; wide * UNITS as usize * CHANNELS];
        for row in 0..UNITS as usize {
            samples[row * wide * CHANNELS] = 90;
            for column in UNITS as usize..wide {
                samples[(row * wide + column) * CHANNELS + 2] = 200;
            }
        }
        assert_eq!(means(&samples, wide), [30, 0, 0, 0, 0, 200]);
    }
}
