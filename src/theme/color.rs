//! How many colours there are, and the nearest one to what a theme asks for.

use ratatui::style::Color;

/// What a terminal can show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ColorDepth {
    /// No colour; bold, reverse and the like stay.
    None,
    /// The sixteen colours of the terminal's own scheme.
    Ansi16,
    /// The xterm palette.
    Ansi256,
    /// 24 bit.
    True,
}

impl ColorDepth {
    /// The name on the command line and in the config.
    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Ansi16 => "16",
            Self::Ansi256 => "256",
            Self::True => "truecolor",
        }
    }

    /// The colour to show for `color`; `None` where there are no colours.
    pub fn nearest(self, color: Color) -> Option<Color> {
        match (self, color) {
            (Self::None, _) => None,
            (Self::Ansi256, Color::Rgb(r, g, b)) => Some(Color::Indexed(nearest_256([r, g, b]))),
            (Self::Ansi16, Color::Rgb(r, g, b)) => Some(nearest_16([r, g, b])),
            (Self::Ansi16, Color::Indexed(index)) => Some(match NAMED.get(usize::from(index)) {
                Some(named) => *named,
                None => nearest_16(rgb_of_256(index)),
            }),
            (_, color) => Some(color),
        }
    }
}

/// How many colours the user wants: `--color` and `color` in the config.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
pub enum ColorChoice {
    /// What the terminal can show.
    #[default]
    #[serde(rename = "auto")]
    Auto,
    /// 24 bit.
    #[serde(rename = "truecolor")]
    True,
    /// The xterm palette.
    #[serde(rename = "256")]
    Ansi256,
    /// The terminal's own sixteen.
    #[serde(rename = "16")]
    Ansi16,
    /// No colour.
    #[serde(rename = "none")]
    None,
}

impl ColorChoice {
    /// Every choice, for command lines.
    pub const ALL: [Self; 5] = [Self::Auto, Self::True, Self::Ansi256, Self::Ansi16, Self::None];

    /// The depth it asks for; `None` if that is left to the terminal.
    pub const fn depth(self) -> Option<ColorDepth> {
        match self {
            Self::Auto => None,
            Self::True => Some(ColorDepth::True),
            Self::Ansi256 => Some(ColorDepth::Ansi256),
            Self::Ansi16 => Some(ColorDepth::Ansi16),
            Self::None => Some(ColorDepth::None),
        }
    }

    /// The name on the command line and in the config.
    pub const fn name(self) -> &'static str {
        match self.depth() {
            Some(depth) => depth.name(),
            None => "auto",
        }
    }
}

/// The sixteen colours in the order of their numbers.
pub(super) const NAMED: [Color; 16] = [
    Color::Black,
    Color::Red,
    Color::Green,
    Color::Yellow,
    Color::Blue,
    Color::Magenta,
    Color::Cyan,
    Color::Gray,
    Color::DarkGray,
    Color::LightRed,
    Color::LightGreen,
    Color::LightYellow,
    Color::LightBlue,
    Color::LightMagenta,
    Color::LightCyan,
    Color::White,
];

/// The six steps of the colour cube in the xterm palette.
const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];

fn rgb_of_256(index: u8) -> [u8; 3] {
    match index {
        232.. => [8 + 10 * (index - 232); 3],
        16.. => {
            let cube = usize::from(index - 16);
            [STEPS[cube / 36], STEPS[cube / 6 % 6], STEPS[cube % 6]]
        }
        // The first sixteen are the terminal's own; only their order is known.
        _ => [0; 3],
    }
}

/// The nearest colour of the cube or of the grey ramp; never one of the first sixteen, which
/// look different in every terminal.
fn nearest_256(rgb: [u8; 3]) -> u8 {
    (16..=255).min_by_key(|index| distance(rgb, rgb_of_256(*index))).unwrap_or(16)
}

/// Squared distance, weighted as the eye weighs red, green and blue.
fn distance(left: [u8; 3], right: [u8; 3]) -> u32 {
    let square = |channel: usize| u32::from(left[channel].abs_diff(right[channel])).pow(2);
    2 * square(0) + 4 * square(1) + 3 * square(2)
}

/// By hue, not by distance: terminals choose their own sixteen, and a pastel blue has to stay a blue.
fn nearest_16([r, g, b]: [u8; 3]) -> Color {
    let high = r.max(g).max(b);
    let low = r.min(g).min(b);
    let spread = i32::from(high - low);
    // Less than a fifth of the brightness: a grey.
    if spread * 5 < i32::from(high) || high < 32 {
        return match high {
            0..48 => Color::Black,
            48..144 => Color::DarkGray,
            144..224 => Color::Gray,
            _ => Color::White,
        };
    }
    let (r, g, b) = (i32::from(r), i32::from(g), i32::from(b));
    let degrees = if i32::from(high) == r {
        60 * (g - b) / spread
    } else if i32::from(high) == g {
        120 + 60 * (b - r) / spread
    } else {
        240 + 60 * (r - g) / spread
    };
    let bright = high > 160;
    let pick = |dark: Color, light: Color| if bright { light } else { dark };
    match degrees.rem_euclid(360) {
        // The greens of Gruvbox and Solarized lean to yellow; no yellow of theirs leans to green.
        25..57 => pick(Color::Yellow, Color::LightYellow),
        57..160 => pick(Color::Green, Color::LightGreen),
        160..200 => pick(Color::Cyan, Color::LightCyan),
        200..260 => pick(Color::Blue, Color::LightBlue),
        260..335 => pick(Color::Magenta, Color::LightMagenta),
        _ => pick(Color::Red, Color::LightRed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_palette_maps_to_itself() {
        for index in 16..=255 {
            let [r, g, b] = rgb_of_256(index);
            let found = nearest_256([r, g, b]);
            assert_eq!(rgb_of_256(found), [r, g, b], "{index} became {found}");
        }
    }

    #[test]
    fn true_colour_becomes_the_nearest_of_256() {
        let cases = [([255, 0, 0], 196), ([0, 0, 0], 16), ([122, 162, 247], 111), ([128, 128, 128], 244)];
        for ([r, g, b], index) in cases {
            assert_eq!(ColorDepth::Ansi256.nearest(Color::Rgb(r, g, b)), Some(Color::Indexed(index)), "{r},{g},{b}");
        }
    }

    #[test]
    fn pastels_keep_their_hue_in_sixteen_colours() {
        let cases = [
            ((122, 162, 247), Color::LightBlue),
            ((158, 206, 106), Color::LightGreen),
            ((247, 118, 142), Color::LightRed),
            ((224, 175, 104), Color::LightYellow),
            ((187, 154, 247), Color::LightMagenta),
            ((184, 187, 38), Color::LightGreen),
            ((133, 153, 0), Color::Green),
            ((240, 228, 66), Color::LightYellow),
            ((125, 207, 255), Color::LightBlue),
            ((0, 110, 20), Color::Green),
            ((200, 200, 210), Color::Gray),
            ((10, 10, 12), Color::Black),
        ];
        for ((r, g, b), named) in cases {
            let found = ColorDepth::Ansi16.nearest(Color::Rgb(r, g, b));
            assert_eq!(found, Some(named), "{r},{g},{b}");
        }
    }

    #[test]
    fn what_a_terminal_can_show_is_left_alone() {
        let rgb = Color::Rgb(1, 2, 3);
        assert_eq!(ColorDepth::True.nearest(rgb), Some(rgb));
        assert_eq!(ColorDepth::Ansi256.nearest(Color::Red), Some(Color::Red));
        assert_eq!(ColorDepth::Ansi16.nearest(Color::Indexed(9)), Some(Color::LightRed));
        assert_eq!(ColorDepth::Ansi16.nearest(Color::Reset), Some(Color::Reset));
        assert_eq!(ColorDepth::None.nearest(Color::Red), None);
    }
}
