//! Drawings as SVG, PNG and PDF, from plain numbers and labels: the page of a finished run with its learning curves,
//! the angles of its gradients and its dyad states; and sheets of lines, heat maps, maps of kinds and bars.
//!
//! What is drawn:
//!
//! | part | holds |
//! |---|---|
//! | `run`, `sheet` | what a page shows |
//! | `axes`, `ticks` | ranges and marks |
//! | `panel` | frame, axes, labels of lines |
//! | `curves`, `states` | the two kinds of panels of a run |
//! | `page` | the page of a run |
//! | `grid`, `label_row` | small multiples, keys; labels below frames |
//! | `lines`, `cells`, `maps`, `kinds`, `bars` | the kinds of sections |
//! | `paper`, `sheet_page` | size on paper, the page of a sheet |
//! | `drawing` | any figure |
//! | `contact_sheet` | images of a data set, side by side |
//!
//! How it is written: every figure is an SVG, and a PNG or a PDF is made of it with the carried font.
//!
//! | part | holds |
//! |---|---|
//! | `palette` | colours and strokes |
//! | `font`, `text` | fonts, lengths and lines of text |
//! | `canvas` | strokes, dots and text in pixels |
//! | `svg` | elements as text |
//! | `formats` | SVG, and PNG and PDF made of it |
//! | `files` | writing whole files |
mod axes;
mod bars;
mod canvas;
mod cells;
mod contact_sheet;
mod curves;
mod drawing;
mod error;
mod files;
mod font;
mod formats;
mod grid;
mod kinds;
mod label_row;
mod lines;
mod maps;
mod page;
mod palette;
mod panel;
mod paper;
mod run;
mod sheet;
mod sheet_page;
mod states;
mod svg;
mod text;
mod ticks;

pub use contact_sheet::{Picture, write_contact_sheet};
pub use drawing::{Figure, draw, page_size};
pub use error::FigureError;
pub use font::Font;
pub use paper::{Paper, Style};
pub use run::{Curve, RunFigure, StatePanel};
pub use sheet::{
    BarPanel, BarSection, CellAxis, ColorScale, HorizontalAxis, KeyEntry, KindPanel, KindSection, Line, LinePanel,
    LineSection, Look, MOST_KINDS, MapPanel, MapSection, Scaling, Section, Sheet, Spacing, Tone, VerticalAxis, Width,
};
pub use text::superscript;
