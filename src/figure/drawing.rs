//! Any figure: drawn once as SVG, and saved in the formats that are asked for.
use super::canvas::Canvas;
use super::error::FigureError;
use super::files::Finished;
use super::formats::Format;
use super::run::RunFigure;
use super::sheet::Sheet;
use super::{page, sheet_page};
use std::path::Path;

/// Any figure.
#[derive(Debug, Clone, PartialEq)]
pub enum Figure {
    /// The page of a run.
    Run(RunFigure),
    /// A sheet of panels.
    Sheet(Sheet),
}

impl Figure {
    /// Size of the page in pixels.
    pub fn size(&self) -> (u32, u32) {
        match self {
            Self::Run(run) => page::size(run),
            Self::Sheet(sheet) => sheet_page::size(sheet),
        }
    }

    /// The figure as the text of an SVG file.
    ///
    /// # Errors
    /// [`FigureError`] if lengths do not match.
    pub fn svg(&self) -> Result<String, FigureError> {
        let mut canvas = Canvas::new(self.size());
        match self {
            Self::Run(run) => {
                run.check()?;
                page::draw(&mut canvas, run);
            }
            Self::Sheet(sheet) => sheet_page::draw(&mut canvas, sheet),
        }
        Ok(canvas.finish())
    }

    /// Draws into files: SVG, PNG or PDF by their extension, with the same picture in each. Existing files are
    /// replaced, all when all are whole.
    ///
    /// # Errors
    /// [`FigureError`] if lengths do not match, an extension is another one, or a file cannot be written.
    pub fn save(&self, files: &[&Path]) -> Result<(), FigureError> {
        let format = |file: &Path| Format::of(file).ok_or_else(|| FigureError::Extension { file: file.to_owned() });
        let formats = files.iter().map(|file| format(file)).collect::<Result<Vec<_>, _>>()?;
        let svg = self.svg()?;
        let finish = |(file, format): (&&Path, Format)| {
            let bytes = format.encode(&svg).map_err(|source| FigureError::Draw { file: file.to_path_buf(), source })?;
            Finished::new(file, &bytes)
        };
        let finished = files.iter().zip(formats).map(finish).collect::<Result<Vec<_>, _>>()?;
        finished.into_iter().try_for_each(Finished::keep)
    }
}

/// Size of the page of a run in pixels, width and height: 1600 × 1000 with up to four state panels, higher with more.
pub fn page_size(figure: &RunFigure) -> (u32, u32) {
    page::size(figure)
}

/// Draws a run into an SVG file and a PNG file, as [`Figure::save`] does.
///
/// # Errors
/// [`FigureError`] if the lengths in `figure` do not match or a file cannot be written.
pub fn draw(figure: &RunFigure, svg: &Path, png: &Path) -> Result<(), FigureError> {
    Figure::Run(figure.clone()).save(&[svg, png])
}
