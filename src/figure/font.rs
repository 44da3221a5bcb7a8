//! The fonts of figures: DejaVu Sans, carried by the program so that a bare machine draws the same letters, or one of
//! the machine's that is asked for.
use super::error::FigureError;
use resvg::usvg::fontdb::{Database, Family, Query, Weight as Boldness};
use rustybuzz::{Face, UnicodeBuffer, shape};
use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

/// The family as written into an SVG file. Verdana, on machines without DejaVu, has the same letter widths.
const CARRIED: &str = "DejaVu Sans, Verdana, sans-serif";
/// Families that a message lists at most.
const MOST_LISTED: usize = 12;

static REGULAR: LazyLock<Face<'static>> = LazyLock::new(|| carried(Weight::Regular));
static BOLD: LazyLock<Face<'static>> = LazyLock::new(|| carried(Weight::Bold));
static DATABASE: LazyLock<Arc<Database>> = LazyLock::new(|| Arc::new(carried_database()));
/// Fonts that were asked for: each is read once, and kept as long as the program runs.
static FOUND: LazyLock<Mutex<HashMap<String, Font>>> = LazyLock::new(Mutex::default);

thread_local! {
    /// The font of the figure that this thread draws; the carried one if none. Every length of a text depends on it.
    static CURRENT: RefCell<Option<Font>> = const { RefCell::new(None) };
}

fn carried(weight: Weight) -> Face<'static> {
    Face::from_slice(weight.bytes(), 0).expect("the font is part of the program")
}

fn carried_database() -> Database {
    let mut database = Database::new();
    for weight in [Weight::Regular, Weight::Bold] {
        database.load_font_data(weight.bytes().to_vec());
    }
    database
}

/// Thickness of the letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    Regular,
    Bold,
}

impl Weight {
    fn bytes(self) -> &'static [u8] {
        match self {
            Self::Regular => dejavu::sans::regular(),
            Self::Bold => dejavu::sans::bold(),
        }
    }

    fn face(self) -> &'static Face<'static> {
        match self {
            Self::Regular => &REGULAR,
            Self::Bold => &BOLD,
        }
    }

    /// Whether the font has a letter.
    #[cfg(test)]
    pub(super) fn has(self, letter: char) -> bool {
        self.face().glyph_index(letter).is_some()
    }
}

/// A font of this machine.
#[derive(Clone)]
pub struct Font {
    family: String,
    /// Regular and bold.
    faces: Arc<[Face<'static>; 2]>,
    /// The font and the carried one, for letters that it has not.
    database: Arc<Database>,
}

impl std::fmt::Debug for Font {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_tuple("Font").field(&self.family).finish()
    }
}

impl PartialEq for Font {
    fn eq(&self, other: &Self) -> bool {
        self.family == other.family
    }
}

impl Font {
    /// The font of this family on this machine, or that of a file (.ttf, .otf).
    ///
    /// # Errors
    /// If there is none; the message lists some that there are.
    pub fn find(name: &str) -> Result<Self, FigureError> {
        let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(font) = found.get(name) {
            return Ok(font.clone());
        }
        let font = Self::read(name)?;
        found.insert(name.to_owned(), font.clone());
        Ok(font)
    }

    fn read(name: &str) -> Result<Self, FigureError> {
        let mut machine = Database::new();
        let file = Path::new(name);
        let is_file =
            file.extension().is_some_and(|end| ["ttf", "otf", "ttc"].iter().any(|own| end.eq_ignore_ascii_case(own)));
        if is_file {
            machine.load_font_file(file).map_err(|source| FigureError::FontFile { file: file.to_owned(), source })?;
        } else {
            machine.load_system_fonts();
        }
        let families = || machine.faces().filter_map(|face| face.families.first().map(|(family, _)| family.clone()));
        let family =
            if is_file { families().next() } else { families().find(|family| family.eq_ignore_ascii_case(name)) };
        let unknown = || {
            let mut known: Vec<String> = families().collect();
            known.sort_by(|a, b| likeness(b, name).total_cmp(&likeness(a, name)).then(a.cmp(b)));
            known.dedup();
            known.truncate(MOST_LISTED);
            let known = if known.is_empty() { "no fonts".to_owned() } else { known.join(", ") };
            FigureError::Font { name: name.to_owned(), known }
        };
        let family = family.ok_or_else(unknown)?;
        let mut database = carried_database();
        let mut face = |weight: Boldness| {
            let query = Query { families: &[Family::Name(&family)], weight, ..Query::default() };
            let data = machine.with_face_data(machine.query(&query)?, |data, index| (data.to_vec(), index))?;
            database.load_font_data(data.0.clone());
            // The face borrows its bytes; fonts that are found stay as long as the program runs.
            Face::from_slice(data.0.leak(), data.1)
        };
        let faces = [face(Boldness::NORMAL), face(Boldness::BOLD)];
        let [Some(regular), Some(bold)] = faces else { return Err(unknown()) };
        Ok(Self { family, faces: Arc::new([regular, bold]), database: Arc::new(database) })
    }

    fn face(&self, weight: Weight) -> &Face<'static> {
        &self.faces[usize::from(weight == Weight::Bold)]
    }

    /// As an SVG file names it, with what a machine without it takes.
    fn list(&self) -> String {
        format!("'{}', {CARRIED}", self.family.replace(['\'', '"', '&', '<', '>'], ""))
    }
}

fn likeness(family: &str, name: &str) -> f64 {
    strsim::jaro_winkler(&family.to_lowercase(), &name.to_lowercase())
}

/// Draws with a font: all texts are as long as they are in it.
pub(super) fn with_font<T>(font: Option<&Font>, draw: impl FnOnce() -> T) -> T {
    struct Before(Option<Font>);
    impl Drop for Before {
        fn drop(&mut self) {
            CURRENT.set(self.0.take());
        }
    }
    let _before = Before(CURRENT.replace(font.cloned()));
    draw()
}

/// Length of a line of text, in the unit of `size`, which is per em: with the kerning that the line is drawn with.
pub(super) fn length(text: &str, size: f64, weight: Weight) -> f64 {
    CURRENT.with_borrow(|font| match font {
        None => shaped(weight.face(), text, size),
        Some(font) => {
            let own = font.face(weight);
            let has = |letter: char| own.glyph_index(letter).is_some();
            let letters: Vec<char> = text.chars().collect();
            let runs = letters.chunk_by(|a, b| has(*a) == has(*b));
            runs.map(|run| {
                let face = if has(run[0]) { own } else { weight.face() };
                shaped(face, &run.iter().collect::<String>(), size)
            })
            .sum()
        }
    })
}

fn shaped(face: &Face<'_>, text: &str, size: f64) -> f64 {
    let mut letters = UnicodeBuffer::new();
    letters.push_str(text);
    let advances = shape(face, &[], letters);
    let units: i32 = advances.glyph_positions().iter().map(|glyph| glyph.x_advance).sum();
    f64::from(units) * size / f64::from(face.units_per_em())
}

/// The family as written into an SVG file.
pub(super) fn family() -> String {
    CURRENT.with_borrow(|font| font.as_ref().map_or_else(|| CARRIED.to_owned(), Font::list))
}

/// The fonts that texts are drawn with.
pub(super) fn database() -> Arc<Database> {
    CURRENT.with_borrow(|font| Arc::clone(font.as_ref().map_or(&DATABASE, |font| &font.database)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_em_is_as_wide_as_the_font_says() {
        // The advance of "0" in DejaVu Sans is 1303 of 2048 units per em.
        let width = length("00", 2048.0, Weight::Regular);
        assert!((width - 2606.0).abs() < 1.0, "{width}");
    }

    #[test]
    fn a_font_from_a_file_changes_lengths_while_it_draws() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mono.ttf");
        std::fs::write(&file, dejavu::sans_mono::regular()).unwrap();
        let font = Font::find(file.to_str().unwrap()).unwrap();
        // In a font of one width an i is as wide as an m.
        let widths = || ["iii", "mmm"].map(|text| length(text, 1000.0, Weight::Regular));
        let [narrow, wide] = with_font(Some(&font), widths);
        assert!((narrow - wide).abs() < 1e-6 && family().starts_with("DejaVu Sans,"));
        assert!(widths()[0] < 0.5 * widths()[1]);
        assert!(with_font(Some(&font), family).starts_with("'DejaVu Sans Mono', DejaVu Sans,"));
        let message = Font::find("No Such Letters").unwrap_err().to_string();
        assert!(message.starts_with("--font No Such Letters: this machine has no such font; it has"), "{message}");
    }
}
