//! Any figure: drawn once as SVG, and saved in the formats that are asked for.
use super::canvas::Canvas;
use super::error::FigureError;
use super::files::Finished;
use super::font::with_font;
use super::formats::Format;
use super::page;
use super::paper::Paper;
use super::run::RunFigure;
use super::sheet::Sheet;
use super::sheet_page::Page;
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
    /// Size of the drawing in pixels, on the usual paper 192 to the inch.
    pub fn size(&self) -> (u32, u32) {
        match self {
            Self::Run(run) => page::size(run),
            Self::Sheet(sheet) => Page::new(sheet, &Paper::default()).map_or((0, 0), |page| page.size),
        }
    }

    /// The figure as the text of an SVG file, for the usual paper.
    ///
    /// # Errors
    /// [`FigureError`] if lengths do not match.
    pub fn svg(&self) -> Result<String, FigureError> {
        self.svg_on(&Paper::default())
    }

    /// The figure as the text of an SVG file.
    ///
    /// # Errors
    /// [`FigureError`] if lengths do not match, or the figure has no room on the paper.
    pub fn svg_on(&self, paper: &Paper) -> Result<String, FigureError> {
        paper.check()?;
        with_font(paper.font.as_ref(), || match self {
            Self::Run(run) => {
                run.check()?;
                let mut canvas = Canvas::new(page::size(run), Paper::default().pixels_per_inch());
                page::draw(&mut canvas, run);
                Ok(canvas.finish())
            }
            Self::Sheet(sheet) => {
                let page = Page::new(sheet, paper)?;
                let mut canvas = Canvas::new(page.size, paper.pixels_per_inch());
                page.draw(&mut canvas, sheet);
                Ok(canvas.finish())
            }
        })
    }

    /// Draws into files, for the usual paper.
    ///
    /// # Errors
    /// [`FigureError`] if lengths do not match, an extension is another one, or a file cannot be written.
    pub fn save(&self, files: &[&Path]) -> Result<(), FigureError> {
        self.save_on(files, &Paper::default())
    }

    /// Draws into files: SVG, PNG or PDF by their extension, with the same picture in each. Existing files are
    /// replaced, all when all are whole.
    ///
    /// # Errors
    /// [`FigureError`] if lengths do not match, the figure has no room on the paper, an extension is another one, or a
    /// file cannot be written.
    pub fn save_on(&self, files: &[&Path], paper: &Paper) -> Result<(), FigureError> {
        let format = |file: &Path| Format::of(file).ok_or_else(|| FigureError::Extension { file: file.to_owned() });
        let formats = files.iter().map(|file| format(file)).collect::<Result<Vec<_>, _>>()?;
        let svg = self.svg_on(paper)?;
        let finish = |(file, format): (&&Path, Format)| {
            let encode = || format.encode(&svg, paper.density());
            let bytes = with_font(paper.font.as_ref(), encode)
                .map_err(|source| FigureError::Draw { file: file.to_path_buf(), source })?;
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
