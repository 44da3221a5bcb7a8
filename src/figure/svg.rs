//! Writes SVG: one element a line, its text as text.
use super::font::family;
use super::palette::Color;
use std::fmt::{Display, Formatter, Write};

/// Cells that touch show no seam where pixels belong to one of them.
const RECTANGLES: &str = "rect{shape-rendering:crispEdges}";

/// A drawing that grows element by element.
pub(super) struct Svg {
    size: (u32, u32),
    pixels_per_inch: f64,
    elements: String,
    clips: usize,
}

/// A length on paper, to a hundred-thousandth of an inch: a pixel of the drawing stays a pixel of a PNG.
struct Inches(f64);

impl Display for Inches {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}in", (self.0 * 1e5).round() / 1e5)
    }
}

/// A length or a place, to a hundredth of a pixel.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Pixels(pub f64);

impl Pixels {
    /// In hundredths.
    pub(super) fn rounded(self) -> i64 {
        (self.0 * 100.0).round() as i64
    }
}

impl Display for Pixels {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}", self.rounded() as f64 / 100.0)
    }
}

/// Points as SVG lists them.
pub(super) struct Points<'a>(pub &'a [(f64, f64)]);

impl Display for Points<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        for (index, (x, y)) in self.0.iter().enumerate() {
            let space = if index == 0 { "" } else { " " };
            write!(formatter, "{space}{},{}", Pixels(*x), Pixels(*y))?;
        }
        Ok(())
    }
}

/// A text whose signs of XML are escaped, and whose characters that XML forbids are spaces.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> std::fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '&' => formatter.write_str("&amp;")?,
                '<' => formatter.write_str("&lt;")?,
                '>' => formatter.write_str("&gt;")?,
                '"' => formatter.write_str("&quot;")?,
                '\u{fffe}' | '\u{ffff}' => formatter.write_char(' ')?,
                _ if letter.is_control() => formatter.write_char(' ')?,
                _ => formatter.write_char(letter)?,
            }
        }
        Ok(())
    }
}

impl Svg {
    /// A white page of this size in pixels, of which so many are an inch on paper.
    pub(super) fn page((width, height): (u32, u32), pixels_per_inch: f64) -> Self {
        let mut page = Self { size: (width, height), pixels_per_inch, elements: String::new(), clips: 0 };
        page.element(
            "rect",
            [("x", &0 as &dyn Display), ("y", &0), ("width", &width), ("height", &height), ("fill", &Color::WHITE)],
        );
        page
    }

    /// Begins a group of which only what lies in this area (left, top, width, height) is seen.
    pub(super) fn clip(&mut self, [x, y, width, height]: [f64; 4]) {
        self.clips += 1;
        let (x, y, width, height) = (Pixels(x), Pixels(y), Pixels(width), Pixels(height));
        let clip = self.clips;
        self.add(format_args!(
            "<clipPath id=\"clip{clip}\"><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/></clipPath>\n\
             <g clip-path=\"url(#clip{clip})\">\n"
        ));
    }

    /// Ends the group.
    pub(super) fn end_clip(&mut self) {
        self.elements.push_str("</g>\n");
    }

    /// Adds an element without content.
    pub(super) fn element<'a>(&mut self, name: &str, attributes: impl IntoIterator<Item = (&'a str, &'a dyn Display)>) {
        self.open(name, attributes);
        self.elements.push_str("/>\n");
    }

    /// Adds an element that holds a text.
    pub(super) fn text<'a>(&mut self, text: &str, attributes: impl IntoIterator<Item = (&'a str, &'a dyn Display)>) {
        self.open("text", attributes);
        self.add(format_args!(">{}</text>\n", Escaped(text)));
    }

    fn open<'a>(&mut self, name: &str, attributes: impl IntoIterator<Item = (&'a str, &'a dyn Display)>) {
        self.add(format_args!("<{name}"));
        for (name, value) in attributes {
            self.add(format_args!(" {name}=\"{value}\""));
        }
    }

    fn add(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing into a string fails only if a `Display` does, and none of these does.
        let _ = self.elements.write_fmt(text);
    }

    /// The whole file.
    pub(super) fn finish(self) -> String {
        let (width, height) = self.size;
        let inches = |pixels: u32| Inches(f64::from(pixels) / self.pixels_per_inch);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" \
             viewBox=\"0 0 {width} {height}\" font-family=\"{}\" stroke-linejoin=\"round\" \
             stroke-linecap=\"round\">\n<style>{RECTANGLES}</style>\n{}</svg>\n",
            inches(width),
            inches(height),
            family(),
            self.elements
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_written_to_a_hundredth_and_no_zero_is_negative() {
        let written = |value: f64| Pixels(value).to_string();
        assert_eq!([1.0, 0.125, -2.5, 1600.004].map(written), ["1", "0.13", "-2.5", "1600"]);
        assert_eq!(written(-0.001), "0");
        assert_eq!(Points(&[(0.0, 1.5), (2.25, 3.0)]).to_string(), "0,1.5 2.25,3");
    }

    #[test]
    fn texts_keep_every_letter_that_xml_allows() {
        let mut svg = Svg::page((2, 3), 192.0);
        svg.text("a<b> & \"c\"\u{0}\u{ffff}é", []);
        let svg = svg.finish();
        assert!(svg.contains("<text>a&lt;b&gt; &amp; &quot;c&quot;  é</text>\n"), "{svg}");
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n") && svg.contains("viewBox=\"0 0 2 3\""));
    }
}
