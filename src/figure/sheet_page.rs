//! The page of a sheet: title, notes, sections below each other.
use super::canvas::{Anchor, Canvas, Lettering, Rect};
use super::error::FigureError;
use super::grid::Room;
use super::palette::INK;
use super::panel::NOTE;
use super::paper::Paper;
use super::sheet::{Section, Sheet};
use super::text::{BODY, Weight, wrapped};
use super::{bars, kinds, lines, maps};

/// Empty border of the page, pixels.
const BORDER: f64 = 16.0;
/// Size of the title, pixels per em.
const TITLE: f64 = 24.0;
/// Distances of base lines, pixels.
const TITLE_ROW: f64 = 31.0;
const NOTE_ROW: f64 = 26.0;
/// Space between sections, pixels.
const BETWEEN: f64 = 14.0;
/// How far frames can be stretched: lower ones have no room for labels, higher ones are not meant.
const STRETCH: [f64; 2] = [0.3, 20.0];

struct Head {
    title: Vec<String>,
    subtitle: Vec<String>,
}

impl Head {
    fn new(sheet: &Sheet, width: f64) -> Self {
        Self {
            title: wrapped(&sheet.title, TITLE, Weight::Bold, width),
            subtitle: wrapped(&sheet.subtitle, BODY, Weight::Regular, width),
        }
    }

    fn height(&self) -> f64 {
        let rows = TITLE_ROW * self.title.len() as f64 + NOTE_ROW * self.subtitle.len() as f64;
        BORDER + if rows == 0.0 { 0.0 } else { rows + 12.0 }
    }
}

fn section_height(section: &Section, room: Room) -> f64 {
    match section {
        Section::Lines(section) => lines::height(section, room),
        Section::Maps(section) => maps::height(section, room),
        Section::Kinds(section) => kinds::height(section, room),
        Section::Bars(section) => bars::height(section, room),
    }
}

/// Height of the page in pixels.
fn height(sheet: &Sheet, room: Room) -> f64 {
    let sections: f64 = sheet.sections.iter().map(|section| section_height(section, room) + BETWEEN).sum();
    (Head::new(sheet, room.width).height() + sections + 4.0).ceil()
}

/// A page that is laid out: its size in pixels, and what sections are laid out in.
pub(super) struct Page {
    pub size: (u32, u32),
    room: Room,
}

impl Page {
    /// Lays out a sheet; frames are stretched to the height that is asked for.
    pub(super) fn new(sheet: &Sheet, paper: &Paper) -> Result<Self, FigureError> {
        let pixels = paper.pixels(sheet.width);
        let room = |stretch: f64| Room { width: f64::from(pixels) - 2.0 * BORDER, stretch };
        let Some(inches) = paper.height else {
            return Ok(Self { size: (pixels, height(sheet, room(1.0)) as u32), room: room(1.0) });
        };
        let wanted = (inches * paper.pixels_per_inch()).round();
        let [mut low, mut high] = STRETCH;
        let least = height(sheet, room(low));
        if least > wanted {
            let least = least / paper.pixels_per_inch();
            return Err(FigureError::TooLow { height: inches, least });
        }
        // The height grows with the stretch, though not everywhere in proportion.
        for _ in 0..30 {
            let middle = low.midpoint(high);
            if height(sheet, room(middle)) <= wanted { low = middle } else { high = middle }
        }
        Ok(Self { size: (pixels, wanted as u32), room: room(low) })
    }

    /// Draws the whole page.
    pub(super) fn draw(&self, canvas: &mut Canvas, sheet: &Sheet) {
        let Room { width, stretch } = self.room;
        let head = Head::new(sheet, width);
        let mut y = BORDER;
        for line in &head.title {
            canvas.text(line, (BORDER, y + TITLE), Anchor::Start, Lettering::new(TITLE, Weight::Bold, INK));
            y += TITLE_ROW;
        }
        for line in &head.subtitle {
            canvas.text(line, (BORDER, y + BODY), Anchor::Start, NOTE);
            y += NOTE_ROW;
        }
        let mut top = head.height();
        for section in &sheet.sections {
            let bottom = top + section_height(section, self.room);
            let area = Rect { left: BORDER, right: BORDER + width, top, bottom };
            match section {
                Section::Lines(section) => lines::draw(canvas, area, section, stretch),
                Section::Maps(section) => maps::draw(canvas, area, section, stretch),
                Section::Kinds(section) => kinds::draw(canvas, area, section, stretch),
                Section::Bars(section) => bars::draw(canvas, area, section, stretch),
            }
            top = bottom + BETWEEN;
        }
    }
}
