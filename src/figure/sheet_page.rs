//! The page of a sheet: title, notes, sections below each other.
use super::canvas::{Anchor, Canvas, Lettering, Rect};
use super::palette::INK;
use super::panel::NOTE;
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
/// Lines of the title, and of the notes below it.
const MOST_LINES: [usize; 2] = [2, 7];
/// Space between sections, pixels.
const BETWEEN: f64 = 14.0;

struct Head {
    title: Vec<String>,
    subtitle: Vec<String>,
}

impl Head {
    fn new(sheet: &Sheet) -> Self {
        let width = inner_width(sheet);
        Self {
            title: wrapped(&sheet.title, TITLE, Weight::Bold, width, MOST_LINES[0]),
            subtitle: wrapped(&sheet.subtitle, BODY, Weight::Regular, width, MOST_LINES[1]),
        }
    }

    fn height(&self) -> f64 {
        BORDER + TITLE_ROW * self.title.len() as f64 + NOTE_ROW * self.subtitle.len() as f64 + 12.0
    }
}

fn inner_width(sheet: &Sheet) -> f64 {
    f64::from(sheet.width.pixels()) - 2.0 * BORDER
}

fn section_height(section: &Section, width: f64) -> f64 {
    match section {
        Section::Lines(section) => lines::height(section, width),
        Section::Maps(section) => maps::height(section, width),
        Section::Kinds(section) => kinds::height(section, width),
        Section::Bars(section) => bars::height(section, width),
    }
}

/// Size of the page in pixels.
pub(super) fn size(sheet: &Sheet) -> (u32, u32) {
    let width = inner_width(sheet);
    let sections: f64 = sheet.sections.iter().map(|section| section_height(section, width) + BETWEEN).sum();
    (sheet.width.pixels(), (Head::new(sheet).height() + sections + 4.0).ceil() as u32)
}

/// Draws the whole page.
pub(super) fn draw(canvas: &mut Canvas, sheet: &Sheet) {
    let head = Head::new(sheet);
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
    let width = inner_width(sheet);
    for section in &sheet.sections {
        let bottom = top + section_height(section, width);
        let area = Rect { left: BORDER, right: BORDER + width, top, bottom };
        match section {
            Section::Lines(section) => lines::draw(canvas, area, section),
            Section::Maps(section) => maps::draw(canvas, area, section),
            Section::Kinds(section) => kinds::draw(canvas, area, section),
            Section::Bars(section) => bars::draw(canvas, area, section),
        }
        top = bottom + BETWEEN;
    }
}
