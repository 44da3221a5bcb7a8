//! The formats of figures: SVG as it was drawn, PNG and PDF made of it.
use super::font::{FAMILY, database};
use resvg::tiny_skia::{Color, Pixmap, Transform};
use resvg::usvg::{Options, Tree};
use std::error::Error;
use std::path::Path;
use svg2pdf::{ConversionOptions, PageOptions};

/// Pixels to the inch on paper.
const DENSITY: f64 = 192.0;
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

    /// The bytes of a file that shows what `svg` does.
    pub(super) fn encode(self, svg: &str) -> Result<Vec<u8>, Failure> {
        match self {
            Self::Svg => Ok(svg.as_bytes().to_vec()),
            Self::Png => png(&tree(svg)?),
            Self::Pdf => pdf(&tree(svg)?),
        }
    }
}

fn tree(svg: &str) -> Result<Tree, Failure> {
    let options = Options { fontdb: database(), font_family: FAMILY.to_owned(), ..Options::default() };
    Ok(Tree::from_str(svg, &options)?)
}

/// Pixels of red, green and blue, one for each of the page.
fn png(tree: &Tree) -> Result<Vec<u8>, Failure> {
    let size = tree.size().to_int_size();
    let mut page = Pixmap::new(size.width(), size.height()).ok_or("a page without area")?;
    page.fill(Color::WHITE);
    resvg::render(tree, Transform::identity(), &mut page.as_mut());
    let colors: Vec<u8> = page.pixels().iter().flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, size.width(), size.height());
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    // Flat colours are smallest as they are.
    encoder.set_filter(png::FilterType::NoFilter);
    encoder.set_compression(png::Compression::Best);
    let per_meter = (DENSITY / METERS_PER_INCH).round() as u32;
    encoder.set_pixel_dims(Some(png::PixelDimensions { xppu: per_meter, yppu: per_meter, unit: png::Unit::Meter }));
    encoder.write_header()?.write_image_data(&colors)?;
    Ok(bytes)
}

/// One page of the size that the figure has on paper.
fn pdf(tree: &Tree) -> Result<Vec<u8>, Failure> {
    let page = PageOptions { dpi: DENSITY as f32 };
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
