//! Average pooling.
use super::error::MapError;
use super::shape::Shape;
use super::window::{Padding, Sides, Window};
use crate::linalg::{MatrixView, with_scratch};
use crate::parameter::Size;

/// The mean of every channel over windows of an image. It has no synapses: the wires of a window are joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AveragePool {
    input: Shape,
    window: Window,
}

impl AveragePool {
    /// Over windows of `input` at a distance of `stride`; rests at the border are dropped.
    ///
    /// # Errors
    /// [`MapError::Window`].
    pub fn new(input: Shape, kernel: Sides<Size>, stride: Sides<Size>) -> Result<Self, MapError> {
        let one = Sides::Both(Size::constant(1));
        Ok(Self { input, window: Window::new(input, kernel, stride, one, Padding::default())? })
    }

    /// Over the whole image.
    pub fn global(input: Shape) -> Self {
        let whole = [input.rows, input.columns];
        let window =
            Window { input: whole, output: [1, 1], kernel: whole, stride: [1, 1], dilation: [1, 1], padding: [0, 0] };
        Self { input, window }
    }

    /// Shape of what is pooled.
    pub fn input(&self) -> Shape {
        self.input
    }

    /// Shape of what it makes.
    pub fn output(&self) -> Shape {
        Shape { channels: self.input.channels, rows: self.window.output[0], columns: self.window.output[1] }
    }

    /// The window.
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// Calls `visit(output place, input place)` for every wire of a channel.
    fn wires(&self, mut visit: impl FnMut(usize, usize)) {
        let Window { input, output, kernel, stride, .. } = self.window;
        for place in 0..output[0] * output[1] {
            let (row, column) = (place / output[1] * stride[0], place % output[1] * stride[1]);
            for (r, c) in (0..kernel[0]).flat_map(|r| (0..kernel[1]).map(move |c| (r, c))) {
                visit(place, (row + r) * input[1] + column + c);
            }
        }
    }

    fn pool(&self, pooled: &mut [f32], image: &[f32]) {
        let (channels, share) = (self.input.channels, 1.0 / self.window.taps() as f32);
        pooled.fill(0.0);
        self.wires(|to, from| {
            let from = &image[from * channels..][..channels];
            pooled[to * channels..][..channels].iter_mut().zip(from).for_each(|(y, x)| *y += x);
        });
        pooled.iter_mut().for_each(|y| *y *= share);
    }

    /// The adjoint of the pooling, of one image.
    pub(super) fn spread(&self, image: &mut [f32], pooled: &[f32]) {
        let (channels, share) = (self.input.channels, 1.0 / self.window.taps() as f32);
        image.fill(0.0);
        self.wires(|from, to| {
            let from = &pooled[from * channels..][..channels];
            image[to * channels..][..channels].iter_mut().zip(from).for_each(|(x, y)| *x += share * y);
        });
    }

    /// Pools every sample of `x` and lends the result.
    pub(super) fn pooled<R>(&self, x: MatrixView, work: impl FnOnce(MatrixView) -> R) -> R {
        let (units, samples) = (self.output().units(), x.ncols());
        with_scratch(units * samples, |pooled| {
            for (pooled, x) in pooled.chunks_exact_mut(units).zip(x.column_iter()) {
                self.pool(pooled, x.data.into_slice());
            }
            work(MatrixView::from_slice(pooled, units, samples))
        })
    }
}
