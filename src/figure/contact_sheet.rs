//! Small pictures side by side, as PNG.
use super::error::FigureError;
use super::files::Finished;
use std::path::Path;

/// A picture of red, green and blue bytes, row after row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// Its height.
    pub rows: usize,
    /// Its width.
    pub columns: usize,
    /// Three bytes for each pixel.
    pub rgb: Vec<u8>,
}

/// White pixels between pictures.
const GAP: usize = 4;
/// A picture is enlarged by a whole number, so that its shorter side has this many pixels at least.
const SIDE: usize = 56;

/// Writes rows of pictures, all of which are as large as the first.
///
/// # Errors
/// [`FigureError`] if the file is no `.png`, or cannot be written.
pub fn write_contact_sheet(file: &Path, rows: &[Vec<Picture>]) -> Result<(), FigureError> {
    if !file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png")) {
        return Err(FigureError::ContactSheet { file: file.to_owned() });
    }
    let bytes = encode(rows).map_err(|source| FigureError::Draw { file: file.to_owned(), source: source.into() })?;
    Finished::new(file, &bytes)?.keep()
}

fn encode(rows: &[Vec<Picture>]) -> Result<Vec<u8>, png::EncodingError> {
    let (height, width) = rows.iter().flatten().next().map_or((1, 1), |own| (own.rows.max(1), own.columns.max(1)));
    let scale = SIDE.div_ceil(height.min(width));
    let [tile_height, tile_width] = [height, width].map(|side| side * scale + GAP);
    let across = rows.iter().map(Vec::len).max().unwrap_or(0);
    let (page_height, page_width) = (rows.len() * tile_height + GAP, across * tile_width + GAP);
    let mut page = vec![255; 3 * page_height * page_width];
    for (r, row) in rows.iter().enumerate() {
        for (c, picture) in row.iter().enumerate() {
            for y in 0..height * scale {
                for x in 0..width * scale {
                    let from = 3 * (y / scale * width + x / scale);
                    let to = 3 * ((r * tile_height + GAP + y) * page_width + c * tile_width + GAP + x);
                    page[to..to + 3].copy_from_slice(&picture.rgb[from..from + 3]);
                }
            }
        }
    }
    let mut bytes = vec![];
    let mut encoder = png::Encoder::new(&mut bytes, page_width as u32, page_height as u32);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(&page)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_stand_side_by_side_enlarged() {
        let picture = |shade| Picture { rows: 1, columns: 2, rgb: vec![shade, 0, 0, 0, 0, shade] };
        let bytes = encode(&[vec![picture(9), picture(8)], vec![picture(7)]]).unwrap();
        let mut reader = png::Decoder::new(&bytes[..]).read_info().unwrap();
        let mut page = vec![0; reader.output_buffer_size()];
        let info = reader.next_frame(&mut page).unwrap();
        let (height, width) = (2 * (56 + 4) + 4, 2 * (112 + 4) + 4);
        assert_eq!((info.height, info.width), (height, width));
        let pixel = |y: u32, x: u32| page[3 * (y * width + x) as usize..][..3].to_vec();
        assert_eq!([pixel(4, 4), pixel(59, 59), pixel(4, 60)], [[9, 0, 0], [9, 0, 0], [0, 0, 9]]);
        assert_eq!(
            [pixel(0, 0), pixel(4, 116), pixel(4, 120), pixel(64, 4)],
            [[255; 3], [255; 3], [8, 0, 0], [7, 0, 0]]
        );
    }
}
