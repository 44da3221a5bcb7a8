//! Skeletons of the ten digits: strokes through control points, before any jitter.
//!
//! Coordinates: x to the right, y down; a digit is 2 high (−1 … 1) and about 1.1 wide, centred on the origin.

/// How a stroke runs through its control points.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Path {
    /// Straight pieces from point to point.
    Straight,
    /// A Catmull–Rom spline through all points.
    Smooth,
    /// A closed Catmull–Rom spline; the first point is not repeated.
    Loop,
}

/// One movement of the pen.
#[derive(Debug)]
pub(super) struct Stroke {
    pub(super) path: Path,
    pub(super) points: &'static [[f32; 2]],
}

/// One way to write a digit.
pub(super) type Glyph = &'static [Stroke];

/// The ways to write a digit; a sample takes one of them with equal chance.
pub(super) fn styles(digit: u16) -> &'static [Glyph] {
    match digit {
        0 => ZERO,
        1 => ONE,
        2 => TWO,
        3 => THREE,
        4 => FOUR,
        5 => FIVE,
        6 => SIX,
        7 => SEVEN,
        8 => EIGHT,
        _ => NINE,
    }
}

const fn straight(points: &'static [[f32; 2]]) -> Stroke {
    Stroke { path: Path::Straight, points }
}

const fn smooth(points: &'static [[f32; 2]]) -> Stroke {
    Stroke { path: Path::Smooth, points }
}

const fn closed(points: &'static [[f32; 2]]) -> Stroke {
    Stroke { path: Path::Loop, points }
}

const ZERO: &[Glyph] = &[&[closed(&[
    [0.0, -1.0],
    [0.42, -0.7],
    [0.55, 0.0],
    [0.42, 0.7],
    [0.0, 1.0],
    [-0.42, 0.7],
    [-0.55, 0.0],
    [-0.42, -0.7],
])]];

const ONE: &[Glyph] = &[
    &[straight(&[[0.0, -1.0], [0.0, 1.0]])],
    &[straight(&[[-0.38, -0.55], [0.02, -1.0], [0.02, 1.0]])],
    &[straight(&[[-0.32, -0.6], [0.0, -1.0], [0.0, 1.0]]), straight(&[[-0.38, 1.0], [0.38, 1.0]])],
];

const TWO: &[Glyph] = &[
    &[
        smooth(&[[-0.5, -0.55], [-0.3, -0.92], [0.1, -1.0], [0.48, -0.7], [0.4, -0.2], [0.0, 0.35], [-0.5, 1.0]]),
        straight(&[[-0.5, 1.0], [0.55, 1.0]]),
    ],
    &[smooth(&[
        [-0.5, -0.6],
        [-0.2, -0.97],
        [0.25, -0.95],
        [0.45, -0.55],
        [0.2, 0.1],
        [-0.25, 0.75],
        [-0.5, 0.85],
        [-0.35, 0.6],
        [0.0, 0.85],
        [0.55, 0.95],
    ])],
];

const THREE: &[Glyph] = &[
    &[
        smooth(&[[-0.5, -0.7], [-0.15, -1.0], [0.35, -0.85], [0.42, -0.45], [-0.05, -0.08]]),
        smooth(&[[-0.05, -0.08], [0.45, 0.15], [0.5, 0.6], [0.1, 1.0], [-0.5, 0.75]]),
    ],
    &[
        straight(&[[-0.5, -1.0], [0.45, -1.0], [-0.08, -0.18]]),
        smooth(&[[-0.08, -0.18], [0.4, 0.05], [0.5, 0.55], [0.1, 1.0], [-0.5, 0.78]]),
    ],
];

const FOUR: &[Glyph] = &[
    &[straight(&[[-0.3, -1.0], [-0.5, 0.2], [0.55, 0.2]]), straight(&[[0.3, -0.6], [0.25, 1.0]])],
    &[straight(&[[0.3, 1.0], [0.3, -1.0], [-0.55, 0.35], [0.6, 0.35]])],
];

const FIVE: &[Glyph] = &[&[
    straight(&[[0.5, -1.0], [-0.35, -1.0], [-0.42, -0.15]]),
    smooth(&[[-0.42, -0.15], [0.1, -0.3], [0.5, 0.1], [0.45, 0.65], [0.0, 1.0], [-0.5, 0.8]]),
]];

const SIX: &[Glyph] = &[&[smooth(&[
    [0.4, -0.95],
    [-0.1, -0.7],
    [-0.45, 0.0],
    [-0.45, 0.6],
    [0.0, 1.0],
    [0.45, 0.65],
    [0.38, 0.15],
    [-0.05, 0.0],
    [-0.42, 0.4],
])]];

const SEVEN: &[Glyph] = &[
    &[straight(&[[-0.5, -1.0], [0.5, -1.0], [-0.1, 1.0]])],
    &[straight(&[[-0.5, -1.0], [0.5, -1.0], [-0.1, 1.0]]), straight(&[[-0.25, 0.02], [0.48, 0.02]])],
];

const EIGHT: &[Glyph] = &[&[closed(&[
    [0.0, -0.05],
    [0.38, -0.35],
    [0.38, -0.78],
    [0.0, -1.0],
    [-0.38, -0.78],
    [-0.38, -0.35],
    [0.0, -0.05],
    [0.47, 0.35],
    [0.45, 0.8],
    [0.0, 1.0],
    [-0.45, 0.8],
    [-0.47, 0.35],
])]];

const NINE: &[Glyph] = &[
    &[
        closed(&[
            [0.42, -0.5],
            [0.28, -0.88],
            [-0.05, -1.0],
            [-0.38, -0.8],
            [-0.45, -0.4],
            [-0.15, -0.05],
            [0.25, -0.15],
        ]),
        straight(&[[0.42, -0.5], [0.32, 1.0]]),
    ],
    &[
        closed(&[
            [0.42, -0.5],
            [0.28, -0.88],
            [-0.05, -1.0],
            [-0.38, -0.8],
            [-0.45, -0.4],
            [-0.15, -0.05],
            [0.25, -0.15],
        ]),
        smooth(&[[0.42, -0.5], [0.42, 0.25], [0.2, 0.85], [-0.35, 1.0]]),
    ],
];
