//! Charts, drawn as SVG that stands in the page: no script, no file, and no style that the page's policy forbids.
//!
//! The colours are those of the light scheme; the style sheet finds each by its value and gives it the dark one's.

use plotters::coord::ranged1d::SegmentValue;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

/// Why a chart could not be drawn.
#[derive(Debug, thiserror::Error)]
#[error("a chart cannot be drawn")]
pub(super) struct DrawError(#[source] Box<dyn std::error::Error + Send + Sync>);

impl<E: std::error::Error + Send + Sync + 'static> From<DrawingAreaErrorKind<E>> for DrawError {
    fn from(error: DrawingAreaErrorKind<E>) -> Self {
        Self(error.into())
    }
}

const TEXT: RGBColor = RGBColor(0x56, 0x5d, 0x72);
const LINE: RGBColor = RGBColor(0xdf, 0xe2, 0xec);
const PALE: RGBColor = RGBColor(0xb9, 0xc2, 0xf6);
const FULL: RGBColor = RGBColor(0x3b, 0x4f, 0xd8);

/// Narrow enough to be read on a phone, where it is shown in this size; elsewhere it grows.
const WIDTH: u32 = 340;
const FONT: (&str, i32) = ("sans-serif", 16);

/// One bar: what it is called, all of it, and the part of it that is filled.
pub(super) struct Bar {
    pub(super) name: String,
    pub(super) whole: u64,
    pub(super) part: u64,
}

/// Draws upright bars, one after the other, over an axis with some of their names.
pub(super) fn upright(title_id: &str, bars: &[Bar]) -> Result<String, DrawError> {
    let (count, highest) = extent(bars);
    let mut svg = String::new();
    let root = SVGBackend::with_string(&mut svg, (WIDTH, 220)).into_drawing_area();
    let mut chart = ChartBuilder::on(&root)
        .margin(8)
        .margin_right(12)
        .x_label_area_size(24)
        .y_label_area_size(8 + 8 * u32::try_from(figures(highest).len()).unwrap_or(1))
        .build_cartesian_2d((0..count - 1).into_segmented(), 0..highest)?;
    let name = |place: &SegmentValue<u32>| match place {
        SegmentValue::CenterOf(place) | SegmentValue::Exact(place) => usize::try_from(*place)
            .ok()
            .and_then(|place| bars.get(place))
            .map_or_else(String::new, |bar| bar.name.clone()),
        SegmentValue::Last => String::new(),
    };
    chart
        .configure_mesh()
        .disable_x_mesh()
        .bold_line_style(LINE)
        .light_line_style(TRANSPARENT)
        .axis_style(LINE)
        .label_style(FONT.into_font().color(&TEXT))
        .x_labels(4)
        .y_labels(4)
        .x_label_formatter(&name)
        .y_label_formatter(&|count| figures(*count))
        .draw()?;
    let gap = if bars.len() > 16 { 1 } else { 4 };
    for (colour, height) in [
        (PALE, (|bar| bar.whole) as fn(&Bar) -> u64),
        (FULL, |bar| bar.part),
    ] {
        chart.draw_series((0..count).zip(bars).map(|(place, bar)| {
            let corners = [
                (SegmentValue::Exact(place), 0),
                (SegmentValue::Exact(place + 1), height(bar)),
            ];
            let mut shape = Rectangle::new(corners, colour.filled());
            shape.set_margin(0, 0, gap, gap);
            shape
        }))?;
    }
    root.present()?;
    drop((chart, root));
    Ok(inlined(&svg, title_id))
}

/// Draws lying bars, one below the other, each with its name and its count.
pub(super) fn lying(title_id: &str, bars: &[Bar]) -> Result<String, DrawError> {
    const ROW: i32 = 52;
    let (count, highest) = extent(bars);
    let mut svg = String::new();
    let width = i32::try_from(WIDTH).unwrap_or(i32::MAX);
    let root =
        SVGBackend::with_string(&mut svg, (WIDTH, count * ROW.unsigned_abs())).into_drawing_area();
    let left = FONT.into_font().color(&TEXT);
    let right = left.pos(Pos::new(HPos::Right, VPos::Top));
    let mut top = 0;
    for bar in bars {
        root.draw(&Text::new(bar.name.clone(), (0, top + 6), left.clone()))?;
        root.draw(&Text::new(
            figures(bar.whole),
            (width, top + 6),
            right.clone(),
        ))?;
        let long = i128::from(width) * i128::from(bar.whole) / i128::from(highest);
        let corners = |long: i32| [(0, top + 26), (long, top + 42)];
        root.draw(&Rectangle::new(corners(width), LINE.filled()))?;
        let long = i32::try_from(long).unwrap_or(width);
        root.draw(&Rectangle::new(corners(long), FULL.filled()))?;
        top += ROW;
    }
    root.present()?;
    drop(root);
    Ok(inlined(&svg, title_id))
}

/// Returns how many bars there are, and the longest; at least one, so that there is something to divide by.
fn extent(bars: &[Bar]) -> (u32, u64) {
    let count = u32::try_from(bars.len()).unwrap_or(u32::MAX);
    let highest = bars.iter().map(|bar| bar.whole).max().unwrap_or_default();
    (count.max(1), highest.max(1))
}

/// Makes a file's SVG one that stands in a page: named by the page's own title, and as wide as its place.
fn inlined(svg: &str, title_id: &str) -> String {
    let (head, rest) = svg.split_once('>').unwrap_or_default();
    let view_box = head.split("viewBox=\"").nth(1).unwrap_or_default();
    let view_box = view_box.split('"').next().unwrap_or_default();
    format!(
        r#"<svg class="chart" viewBox="{view_box}" role="img" aria-labelledby="{title_id}">{rest}"#
    )
}

/// Writes a count with its thousands apart.
pub(super) fn figures(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: &str = include_str!("../../static/otp.css");

    fn bars(counts: &[u64]) -> Vec<Bar> {
        let bar = |count: &u64| Bar {
            name: "<name>".to_owned(),
            whole: *count,
            part: *count / 2,
        };
        counts.iter().map(bar).collect()
    }

    fn drawn(counts: &[u64]) -> [String; 2] {
        [upright("a", &bars(counts)), lying("b", &bars(counts))].map(|svg| svg.expect("a chart"))
    }

    #[test]
    fn every_extent_can_be_drawn() {
        for counts in [
            &[][..],
            &[0],
            &[1, 0, 2],
            &[u64::MAX, 1],
            &[7; 31],
            &[1_000_000; 366],
        ] {
            for svg in drawn(counts) {
                assert!(
                    svg.starts_with("<svg class=\"chart\" viewBox=\"0 0 340 "),
                    "{svg}"
                );
                assert!(svg.trim_end().ends_with("</svg>"), "{svg}");
                assert!(!svg.contains("<name>"), "{svg}");
            }
        }
    }

    #[test]
    fn a_chart_holds_nothing_that_the_policy_of_the_page_forbids() {
        for svg in drawn(&[3, 14, 15]) {
            for forbidden in ["style=", "<style", "<script", "href", "url(", "onload"] {
                assert!(!svg.contains(forbidden), "{forbidden} {svg}");
            }
        }
    }

    #[test]
    fn the_style_sheet_knows_every_colour_of_a_chart() {
        let mut count = 0;
        for svg in drawn(&[3, 14, 15]) {
            for attribute in ["fill", "stroke"] {
                for rest in svg.split(&format!(" {attribute}=\"")).skip(1) {
                    let colour = rest.split('"').next().expect("a colour");
                    let rule = format!(".chart [{attribute}=\"{colour}\"]");
                    assert!(colour == "none" || STYLE.contains(&rule), "{rule}");
                    count += 1;
                }
            }
        }
        assert!(count > 20, "{count}");
    }

    #[test]
    fn counts_have_their_thousands_apart() {
        for (count, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(figures(count), text);
        }
    }
}
