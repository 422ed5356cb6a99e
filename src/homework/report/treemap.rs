//! Where the cells of a treemap go: squarified (Bruls, Huizing and van Wijk 2000), so that areas can be compared and names fit.

/// A rectangle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Rect {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

impl Rect {
    fn area(self) -> f64 {
        self.width * self.height
    }

    /// The same with its edges moved in.
    pub fn inset(self, left: f64, top: f64, right: f64, bottom: f64) -> Self {
        Self {
            x: self.x + left,
            y: self.y + top,
            width: (self.width - left - right).max(0.0),
            height: (self.height - top - bottom).max(0.0),
        }
    }
}

/// Divides `into` among `weights`, in proportion: one rectangle each, in their order. A weight that is not above 0 gets none of it.
pub(super) fn squarify(weights: &[f64], into: Rect) -> Vec<Rect> {
    let mut placed = vec![Rect { width: 0.0, height: 0.0, ..into }; weights.len()];
    let mut order: Vec<usize> = (0..weights.len()).filter(|at| weights[*at] > 0.0).collect();
    // Stable: equal weights stay in their order.
    order.sort_by(|a, b| weights[*b].total_cmp(&weights[*a]));
    let all: f64 = order.iter().map(|at| weights[*at]).sum();
    if all <= 0.0 || into.area() <= 0.0 {
        return placed;
    }
    let scale = into.area() / all;
    let mut free = into;
    let mut rest = order.as_slice();
    while !rest.is_empty() {
        let side = free.width.min(free.height);
        let mut taken = 1;
        let mut area = weights[rest[0]] * scale;
        let mut worst = worst_ratio(weights[rest[0]] * scale, weights[rest[0]] * scale, area, side);
        while let Some(next) = rest.get(taken) {
            let more = weights[*next] * scale;
            let ratio = worst_ratio(weights[rest[0]] * scale, more, area + more, side);
            if ratio > worst {
                break;
            }
            (worst, area, taken) = (ratio, area + more, taken + 1);
        }
        let (row, after) = rest.split_at(taken);
        rest = after;
        free = lay(row.iter().map(|at| (*at, weights[*at] * scale)), area, free, &mut placed);
    }
    placed
}

/// How far the worst rectangle of a row is from a square: its longer side over its shorter.
fn worst_ratio(largest: f64, smallest: f64, area: f64, side: f64) -> f64 {
    let (side, area) = (side * side, area * area);
    (side * largest / area).max(area / (side * smallest))
}

/// Lays a row along the shorter side; what is left of the space.
fn lay(row: impl Iterator<Item = (usize, f64)>, area: f64, free: Rect, placed: &mut [Rect]) -> Rect {
    let is_column = free.width >= free.height;
    let depth = area / if is_column { free.height } else { free.width };
    let mut along = 0.0;
    for (at, size) in row {
        let length = size / depth;
        placed[at] = if is_column {
            Rect { x: free.x, y: free.y + along, width: depth, height: length }
        } else {
            Rect { x: free.x + along, y: free.y, width: length, height: depth }
        };
        along += length;
    }
    if is_column { free.inset(depth, 0.0, 0.0, 0.0) } else { free.inset(0.0, depth, 0.0, 0.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPACE: Rect = Rect { x: 0.0, y: 0.0, width: 6.0, height: 4.0 };

    #[test]
    fn the_example_of_the_paper() {
        let found = squarify(&[6.0, 6.0, 4.0, 3.0, 2.0, 2.0, 1.0], SPACE);
        let corner = |at: usize| (found[at].x, found[at].y, found[at].width, found[at].height);
        assert_eq!(corner(0), (0.0, 0.0, 3.0, 2.0));
        assert_eq!(corner(1), (0.0, 2.0, 3.0, 2.0));
        let third = corner(2);
        assert!((third.0 - 3.0).abs() < 1e-9 && (third.2 - 12.0 / 7.0).abs() < 1e-9, "{third:?}");
    }

    #[test]
    fn areas_are_in_proportion_nothing_overlaps_and_nothing_sticks_out() {
        let weights: Vec<f64> = (0..120).map(|at| f64::from((at * 37) % 50)).collect();
        let space = Rect { x: 10.0, y: 20.0, width: 640.0, height: 480.0 };
        let found = squarify(&weights, space);
        let scale = space.area() / weights.iter().sum::<f64>();
        for (rect, weight) in found.iter().zip(&weights) {
            assert!((rect.area() - weight * scale).abs() < 1e-6);
            if *weight > 0.0 {
                assert!(rect.x >= 9.999 && rect.y >= 19.999);
                assert!(rect.x + rect.width <= 650.001 && rect.y + rect.height <= 500.001);
            }
        }
        let overlap = |a: &Rect, b: &Rect| {
            let across = (a.x + a.width).min(b.x + b.width) - a.x.max(b.x);
            let down = (a.y + a.height).min(b.y + b.height) - a.y.max(b.y);
            across > 1e-6 && down > 1e-6
        };
        let some: Vec<&Rect> = found.iter().filter(|rect| rect.area() > 0.0).collect();
        for (at, one) in some.iter().enumerate() {
            assert!(some[at + 1..].iter().all(|other| !overlap(one, other)));
        }
        assert!(some.iter().all(|rect| rect.width / rect.height < 8.0 && rect.height / rect.width < 8.0));
    }

    #[test]
    fn nothing_to_divide_is_nothing() {
        assert!(squarify(&[], SPACE).is_empty());
        assert_eq!(squarify(&[0.0, -1.0, f64::NAN], SPACE).iter().map(|rect| rect.area()).sum::<f64>(), 0.0);
        let flat = Rect { width: 0.0, ..SPACE };
        assert!(squarify(&[1.0, 2.0], flat).iter().all(|rect| rect.area().is_finite()));
    }
}
