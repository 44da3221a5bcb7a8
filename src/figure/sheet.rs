//! What a sheet of panels shows: plain numbers and labels.

/// A figure of one or more sections of panels, read from top to bottom.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sheet {
    /// Name of what is shown.
    pub title: String,
    /// What was measured, averaged, chosen and left out.
    pub subtitle: String,
    /// Width on paper.
    pub width: Width,
    /// The sections.
    pub sections: Vec<Section>,
}

/// Width that suits a sheet; [`super::Paper`] says how much that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Width {
    /// A column of a journal.
    #[default]
    Column,
    /// A page of a journal.
    Page,
}

/// Panels of one kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Section {
    /// Lines, points or steps over a common horizontal axis.
    Lines(LineSection),
    /// Heat maps with a common scale of colours.
    Maps(MapSection),
    /// Maps whose cells are of one of a few kinds.
    Kinds(KindSection),
    /// Horizontal bars.
    Bars(BarSection),
}

/// Panels of lines that share a key.
#[derive(Debug, Clone, PartialEq)]
pub struct LineSection {
    /// Heading; may be empty.
    pub title: String,
    /// Horizontal axis.
    pub x: HorizontalAxis,
    /// Vertical axis.
    pub y: VerticalAxis,
    /// What the lines of any panel are. An entry without label is not explained.
    pub key: Vec<KeyEntry>,
    /// Panels.
    pub panels: Vec<LinePanel>,
}

/// The horizontal axis of lines.
#[derive(Debug, Clone, PartialEq)]
pub struct HorizontalAxis {
    /// Name with unit.
    pub name: String,
    /// Where values stand.
    pub spacing: Spacing,
    /// Ends that are given.
    pub range: [Option<f64>; 2],
}

impl HorizontalAxis {
    /// An axis that holds all values.
    pub fn new(name: String, spacing: Spacing) -> Self {
        Self { name, spacing, range: [None; 2] }
    }
}

/// Where the values of a horizontal axis stand.
#[derive(Debug, Clone, PartialEq)]
pub enum Spacing {
    /// In proportion.
    Linear,
    /// In proportion; only whole numbers are marked.
    Whole,
    /// In proportion to their logarithms.
    Logarithmic,
    /// In proportion to their logarithms, but for a linear part around zero.
    Symlog,
    /// Value k, from 0, stands at the k-th of these labels, which are equally far apart.
    Labels(Vec<String>),
}

/// The vertical axis of lines.
#[derive(Debug, Clone, PartialEq)]
pub struct VerticalAxis {
    /// Name with unit.
    pub name: String,
    /// Margins do not reach beyond these values.
    pub limits: [f64; 2],
    /// Distances along it.
    pub scaling: Scaling,
    /// Whether all panels have the same range.
    pub shared: bool,
    /// Ends that are given.
    pub range: [Option<f64>; 2],
}

impl VerticalAxis {
    /// A linear axis that all panels share.
    pub fn new(name: String, limits: [f64; 2]) -> Self {
        Self { name, limits, scaling: Scaling::Linear, shared: true, range: [None; 2] }
    }
}

/// Distances along a vertical axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Scaling {
    /// Linear.
    #[default]
    Linear,
    /// Logarithmic if all values are positive and span more than a decade, else linear.
    Spanning,
    /// Logarithmic; values that are not positive have no place.
    Logarithmic,
    /// Logarithmic, but for a linear part around zero.
    Symlog,
}

/// A kind of line and how it is drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct KeyEntry {
    /// What it is.
    pub label: String,
    /// Its colour.
    pub tone: Tone,
    /// Its form.
    pub look: Look,
}

/// Colour of a line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tone {
    /// One of a number of series.
    Nth(usize),
    /// The shade of a quantity, 0 to 1: for lines whose labels are numbers in order.
    Along(f64),
    /// The compartment s⁺.
    Plus,
    /// The compartment s⁻.
    Minus,
    /// Their mean.
    Mean,
    /// Their difference.
    Difference,
    /// Less weight than all others.
    Muted,
}

/// Form of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// A line, its spread as a band.
    Band,
    /// A line with a dot at every value, its spread as error bars.
    Bars,
    /// Dots without a line, spread as error bars.
    Points,
    /// Level steps, filled down to the axis: `x` holds the edges, one more than `y` has values.
    Steps,
    /// As steps, but only their outline.
    Outline,
}

/// A panel of lines.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LinePanel {
    /// Heading; may be empty.
    pub title: String,
    /// The lines; later ones cover earlier ones.
    pub lines: Vec<Line>,
    /// Values of the horizontal axis that a vertical rule marks.
    pub rules: Vec<f64>,
    /// Values of the vertical axis that a dashed level line marks.
    pub levels: Vec<f64>,
}

/// A line.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Line {
    /// Entry of the section's key.
    pub entry: usize,
    /// Places.
    pub x: Vec<f64>,
    /// Values; what is not finite, or beyond ±1e100, is a gap.
    pub y: Vec<f64>,
    /// Lower and upper end of the spread at every place; empty if there is none.
    pub spread: Vec<[f64; 2]>,
}

/// Heat maps with a common scale of colours.
#[derive(Debug, Clone, PartialEq)]
pub struct MapSection {
    /// Heading; may be empty.
    pub title: String,
    /// Columns.
    pub x: CellAxis,
    /// Rows, from the bottom up.
    pub y: CellAxis,
    /// Name of the quantity with its unit.
    pub quantity: String,
    /// Colours.
    pub colors: ColorScale,
    /// Explains the contours; may be empty.
    pub contour: String,
    /// Maps.
    pub panels: Vec<MapPanel>,
}

/// The scale of colours of heat maps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColorScale {
    /// From the smallest to the largest value.
    Sequential,
    /// The same by logarithms, if values are positive and span more than a decade.
    Logarithmic,
    /// On either side of zero, white at zero.
    Diverging,
}

/// Rows or columns of cells.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CellAxis {
    /// Name with unit.
    pub name: String,
    /// A label for every row or column.
    pub labels: Vec<String>,
}

/// A heat map.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MapPanel {
    /// Heading; may be empty.
    pub title: String,
    /// Values `[row][column]`, the lowest row first; not a number where there is none.
    pub values: Vec<Vec<f64>>,
    /// Written into the cells if all have room; `[row][column]` or empty.
    pub texts: Vec<Vec<String>>,
    /// Lines over the cells: (column, row) with whole numbers at the centres of cells.
    pub contours: Vec<Vec<(f64, f64)>>,
    /// Columns before which a vertical rule stands.
    pub rules: Vec<usize>,
}

/// Most kinds of cells that can be told apart.
pub const MOST_KINDS: usize = 6;

/// Maps whose cells are of one of a few kinds.
#[derive(Debug, Clone, PartialEq)]
pub struct KindSection {
    /// Heading; may be empty.
    pub title: String,
    /// Columns.
    pub x: CellAxis,
    /// Rows, from the bottom up.
    pub y: CellAxis,
    /// Names of the kinds, at most [`MOST_KINDS`]; the first is that of empty cells, the others are ever darker.
    pub kinds: Vec<String>,
    /// Explains the contours; may be empty.
    pub contour: String,
    /// Maps.
    pub panels: Vec<KindPanel>,
}

/// A map of kinds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct KindPanel {
    /// Heading; may be empty.
    pub title: String,
    /// For every cell `[row][column]` how many of its members are of each kind.
    pub counts: Vec<Vec<Vec<usize>>>,
    /// Written into the cells that have room; `[row][column]` or empty.
    pub texts: Vec<Vec<String>>,
    /// As in [`MapPanel::contours`].
    pub contours: Vec<Vec<(f64, f64)>>,
}

/// Panels of horizontal bars with the same categories.
#[derive(Debug, Clone, PartialEq)]
pub struct BarSection {
    /// Heading; may be empty.
    pub title: String,
    /// Names of the bars, from the top.
    pub categories: Vec<String>,
    /// Panels.
    pub panels: Vec<BarPanel>,
}

/// A panel of bars.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BarPanel {
    /// Name of the quantity with its unit.
    pub quantity: String,
    /// Length of every bar; not a number where there is none.
    pub values: Vec<f64>,
    /// Ends of the spread of every bar; empty if there is none.
    pub spread: Vec<[f64; 2]>,
    /// Written after every bar.
    pub texts: Vec<String>,
}
