//! Tiny ImageNet (Le & Yang, 2015): 64 × 64 JPEG images of 200 classes, in the folders that the archive
//! `tiny-imagenet-200.zip` unpacks to.
//!
//! | set | images | classes |
//! |---|---|---|
//! | training | `train/<class>/images/*.JPEG` | the folder |
//! | test | `val/images/*.JPEG` | second column of `val/val_annotations.txt`, which names the images in the first |
//!
//! A class counts as it stands in `wnids.txt`, from 0. The labels of the published test set are secret, so the
//! validation set stands for it. Training samples come in rounds: the first image of every class, then the second, so
//! that any number of them is balanced.
use super::DataError;
use super::raw::{RawSet, RawSplits, RawValues, set_name};
use super::targets::Targets;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// Tiny ImageNet, as its archive unpacks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TinyImagenetConfig {
    /// The directory that holds `wnids.txt`, `train` and `val`, or a folder `tiny-imagenet-200` with them.
    pub directory: PathBuf,
}

const SIDE: usize = 64;
const PLANE: usize = SIDE * SIDE;
const CHANNELS: usize = 3;
pub(super) const SAMPLE_SHAPE: [usize; 3] = [CHANNELS, SIDE, SIDE];
/// Marker at the end of a JPEG stream; compressed pixels cannot hold it (ITU-T T.81, B.1.1.2).
const END_OF_IMAGE: [u8; 2] = [0xff, 0xd9];
const CLASSES_FILE: &str = "wnids.txt";

/// An image, and its class.
struct Labelled {
    file: PathBuf,
    label: u16,
}

/// Reads both sets, or their first samples where a limit is below what is there.
pub(super) fn read(
    config: &TinyImagenetConfig,
    base_dir: &Path,
    limits: [Option<usize>; 2],
) -> Result<RawSplits, DataError> {
    let directory = base_dir.join(&config.directory);
    let subfolder = directory.join("tiny-imagenet-200");
    let folder = if subfolder.is_dir() { subfolder } else { directory };
    let classes = classes(&folder)?;
    let set = |split: &str, mut images: Vec<Labelled>, limit: Option<usize>| {
        images.truncate(limit.unwrap_or(images.len()));
        let values = RawValues::Bytes(decode_all(&images)?);
        let targets = Targets::Classes(images.iter().map(|image| image.label).collect());
        Ok(RawSet { name: set_name(&folder, split), values, targets, sample_shape: SAMPLE_SHAPE.to_vec() })
    };
    let train = set("train", training_images(&folder, &classes)?, limits[0])?;
    let test = set("test", test_images(&folder, &classes)?, limits[1])?;
    Ok(RawSplits { class_names: classes.clone(), ..RawSplits::of_classes(train, test, classes.len()) })
}

/// Names of the classes, in their order.
fn classes(folder: &Path) -> Result<Vec<String>, DataError> {
    let file = folder.join(CLASSES_FILE);
    let mut classes: Vec<String> = vec![];
    for (line, class) in lines(&file)? {
        if classes.contains(&class) {
            return Err(DataError::Line { file, line, rule: format!("class {class:?} is there already") });
        }
        classes.push(class);
    }
    match classes.len() {
        0 => Err(DataError::Empty { set: file.display().to_string() }),
        _ => Ok(classes),
    }
}

/// Training images in rounds over the classes.
fn training_images(folder: &Path, classes: &[String]) -> Result<Vec<Labelled>, DataError> {
    let mut images: Vec<(usize, Labelled)> = vec![];
    for (label, class) in (0..).zip(classes) {
        let of_class = images_in(&folder.join("train").join(class).join("images"))?;
        images.extend(of_class.into_iter().map(|file| Labelled { file, label }).enumerate());
    }
    // Stable: classes keep their order within a round.
    images.sort_by_key(|&(round, _)| round);
    Ok(images.into_iter().map(|(_, image)| image).collect())
}

/// The images of a folder, by their number.
fn images_in(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let failed = |source| DataError::Read { file: folder.to_owned(), source };
    let mut files = vec![];
    for entry in fs::read_dir(folder).map_err(failed)? {
        let file = entry.map_err(failed)?.path();
        if file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("jpeg")) {
            files.push(file);
        }
    }
    if files.is_empty() {
        return Err(DataError::Empty { set: folder.display().to_string() });
    }
    // n01443537_9.JPEG stands before n01443537_10.JPEG.
    files.sort_by_cached_key(|file| (file.as_os_str().len(), file.clone()));
    Ok(files)
}

/// Test images in the order of their list.
fn test_images(folder: &Path, classes: &[String]) -> Result<Vec<Labelled>, DataError> {
    let numbers: HashMap<&str, u16> = classes.iter().map(String::as_str).zip(0..).collect();
    let file = folder.join("val/val_annotations.txt");
    let images = lines(&file)?.into_iter().map(|(line, text)| {
        let wrong = |rule| DataError::Line { file: file.clone(), line, rule };
        let mut columns = text.split('\t');
        let (Some(image), Some(class)) = (columns.next(), columns.next()) else {
            return Err(wrong(format!("must hold an image and its class, parted by a tab, got {text:?}")));
        };
        let label = numbers.get(class).copied();
        let label = label.ok_or_else(|| wrong(format!("class {class:?} is not in {CLASSES_FILE}")))?;
        Ok(Labelled { file: folder.join("val/images").join(image), label })
    });
    images.collect()
}

/// Lines of a text that are not empty, with their numbers, counted from 1.
fn lines(file: &Path) -> Result<Vec<(usize, String)>, DataError> {
    let text = fs::read_to_string(file).map_err(|source| DataError::Read { file: file.to_owned(), source })?;
    let lines = (1..).zip(text.lines()).map(|(line, text)| (line, text.trim().to_owned()));
    Ok(lines.filter(|(_, text)| !text.is_empty()).collect())
}

/// Pixels of all images, one after the other. Of several errors the first counts.
fn decode_all(images: &[Labelled]) -> Result<Vec<u8>, DataError> {
    let mut pixels = vec![0; images.len() * CHANNELS * PLANE];
    let room = pixels.par_chunks_exact_mut(CHANNELS * PLANE);
    let failed = room.zip(images).find_map_first(|(pixels, image)| decode(&image.file, pixels).err());
    failed.map_or(Ok(pixels), Err)
}

/// Reads an image into (channel, row, column); a grey one becomes three equal channels.
fn decode(file: &Path, pixels: &mut [u8]) -> Result<(), DataError> {
    let bytes = fs::read(file).map_err(|source| DataError::Read { file: file.to_owned(), source })?;
    let wrong = |reason: String| DataError::Image { file: file.to_owned(), reason };
    // The decoder would make up the last pixels of an image that is cut off.
    if !bytes.windows(END_OF_IMAGE.len()).any(|pair| pair == END_OF_IMAGE) {
        return Err(wrong("is cut off".to_owned()));
    }
    let options = DecoderOptions::default().set_strict_mode(true).jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(&bytes), options);
    decoder.decode_headers().map_err(|error| wrong(error.to_string()))?;
    let (columns, rows) = decoder.dimensions().unwrap_or_default();
    if (rows, columns) != (SIDE, SIDE) {
        return Err(wrong(format!("must have {SIDE} x {SIDE} pixels, got {rows} x {columns}")));
    }
    let decoded = decoder.decode().map_err(|error| wrong(error.to_string()))?;
    for (place, colours) in decoded.as_chunks::<CHANNELS>().0.iter().enumerate() {
        for (channel, &colour) in colours.iter().enumerate() {
            pixels[channel * PLANE + place] = colour;
        }
    }
    Ok(())
}
