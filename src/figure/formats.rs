//! The formats of figures: SVG as it was drawn, PNG and PDF made of it.
use super::font::{database, family};
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree};
use std::error::Error;
use std::path::Path;
use svg2pdf::{ConversionOptions, PageOptions};

/// The unit of PDF.
const POINTS_PER_INCH: f32 = 72.0;
/// Pixels of a PNG at most; a larger one would need gigabytes.
const MOST_PIXELS: f64 = 4e8;
const METERS_PER_INCH: f64 = 0.0254;

/// Why a drawing could not be turned into a format.
pub(super) type Failure = Box<dyn Error + Send + Sync>;

/// A format of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Svg,
    Png,
    Pdf,
}

impl Format {
    /// The format that a file's name ends in; `None` if it is none of these.
    pub(super) fn of(file: &Path) -> Option<Self> {
        let extension = file.extension()?.to_str()?;
        let is = |other: &str| extension.eq_ignore_ascii_case(other);
        [(Self::Svg, "svg"), (Self::Png, "png"), (Self::Pdf, "pdf")]
            .into_iter()
            .find_map(|(format, ending)| is(ending).then_some(format))
    }

    /// The bytes of a file that shows what `svg` does; a PNG has so many pixels to the inch.
    pub(super) fn encode(self, svg: &str, density: f64) -> Result<Vec<u8>, Failure> {
        match self {
            Self::Svg => Ok(svg.as_bytes().to_vec()),
            Self::Png => png(&tree(svg, density as f32)?, density),
            Self::Pdf => pdf(&tree(svg, POINTS_PER_INCH)?),
        }
    }
}

/// The drawing, an inch of which is so many of its pixels.
fn tree(svg: &str, dpi: f32) -> Result<Tree, Failure> {
    let options = Options { fontdb: database(), font_family: family(), dpi, ..Options::default() };
    Ok(Tree::from_str(svg, &options)?)
}

/// Pixels of red, green and blue.
fn png(tree: &Tree, density: f64) -> Result<Vec<u8>, Failure> {
    let size = [tree.size().width(), tree.size().height()].map(f32::round);
    if f64::from(size[0]) * f64::from(size[1]) > MOST_PIXELS {
        return Err(format!("{} × {} pixels are too many for a PNG; ask for fewer --dpi", size[0], size[1]).into());
    }
    let [width, height] = size.map(|pixels| pixels as u32);
    let mut page = Pixmap::new(width, height).ok_or("a page without area")?;
    page.fill(Color::WHITE);
    resvg::render(tree, Transform::identity(), &mut page.as_mut());
    let colors: Vec<u8> = page.pixels().iter().flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // Flat colours are smallest as they are.
    encoder.set_filter(png::FilterType::NoFilter);
    encoder.set_compression(png::Compression::Best);
    let per_meter = (density / METERS_PER_INCH).round() as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: per_meter, yppu: per_meter, unit: png::Unit::Meter }));
    encoder.write_header()?.write_image_data(&colors)?;
    Ok(bytes)
}

/// One page of the size that the figure has on paper.
fn pdf(tree: &Tree) -> Result<Vec<u8>, Failure> {
    let page = PageOptions { dpi: POINTS_PER_INCH };
    svg2pdf::to_pdf(tree, ConversionOptions::default(), page).map_err(|failure| failure.to_string().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_extension_tells_the_format() {
        let of = |file: &str| Format::of(Path::new(file));
        assert_eq!([of("a.svg"), of("b/c.PNG"), of("a.b.pdf")], [Format::Svg, Format::Png, Format::Pdf].map(Some));
        assert_eq!([of("a.eps"), of("png"), of(".svg")], [None; 3]);
    }
}
