use crate::app::tests::dataset::{Shop, item};
use crate::homework::{Record, Status};
use crate::taxonomy::{ItemVerdict, Op};
use crate::ui::tests::screen;

const ANSWER: &str = "The answer has **three** parts.

1. Write Snell's law: $n_1 \\sin\\theta_1 = n_2 \\sin\\theta_2$.
2. Solve for the angle:

$$\\theta_2 = \\arcsin\\left(\\frac{n_1}{n_2} \\sin\\theta_1\\right)$$

3. Put the numbers in:

```python
import math
print(math.degrees(math.asin(1.0 / 1.52 * math.sin(math.radians(30)))))
```

| medium | index |
|---|---|
| air | 1.00 |
| glass | 1.52 |

> Keep the sign\u{202e} in mind.
";

/// A shop with items of several kinds, some of them judged.
fn shop() -> Shop {
    let mut shop = Shop::with(|desk| {
        let question = "Light falls from air onto **glass** at $30^\\circ$. Under which angle does it go on?";
        let mut records: Vec<Record> = vec![item(desk, 1, question, ANSWER)];
        for number in 2..=12 {
            let what = ["prism", "grating", "lens", "mirror", "fibre", "laser", "drop", "film", "slit", "eye", "star"];
            let about = what[number as usize - 2];
            let question = format!("What does the {about} do to white {about}light, and how does the {about} do it?");
            records.push(item(desk, number, &question, "Because the index depends on the wavelength."));
        }
        records[3].status = Status::Failed;
        records[3].question = "".into();
        records[5].question = records[4].question.clone();
        records[6].question = "量子力学入門 \u{200b}とは何ですか".into();
        records
    });
    let on = vec![item(&shop.desk, 2, "", "").judged(&shop.desk.model.snapshot).unwrap()];
    shop.desk
        .bench
        .run("bo", Op::Judge { on, verdict: ItemVerdict::Unclear, note: Some("which prism?".into()) })
        .unwrap();
    shop.desk.publish();
    shop.press("j 1 a");
    shop.press("g g");
    shop
}

#[test]
fn items_and_one_of_them_at_three_sizes() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        insta::assert_snapshot!(format!("dataset_{width}x{height}"), screen(&mut shop().desk, width, height));
    }
}

#[test]
fn an_item_that_is_read_has_the_whole_of_a_small_screen() {
    let mut shop = shop();
    shop.press("enter");
    insta::assert_snapshot!(screen(&mut shop.desk, 80, 24));
}

#[test]
fn a_judged_item_says_who_said_what_and_how_its_subject_fares() {
    let mut shop = shop();
    shop.press("j");
    insta::assert_snapshot!(screen(&mut shop.desk, 120, 24));
}

#[test]
fn the_sample_the_facets_and_the_search_are_told() {
    let mut shop = shop();
    shop.press("s");
    let shown = screen(&mut shop.desk, 120, 24);
    assert!(shown.contains("sample · 2 of 10 judged · seed 1"), "{shown}");
    shop.press("esc F");
    insta::assert_snapshot!("dataset_facets", screen(&mut shop.desk, 80, 24));
    shop.type_text("standing duplicate");
    shop.press("enter esc");
    let shown = screen(&mut shop.desk, 120, 24);
    assert!(shown.contains("standing: duplicate") && shown.contains("1 of 12 items"), "{shown}");
    shop.press("esc /");
    shop.type_text("wavelength");
    let shown = screen(&mut shop.desk, 120, 24);
    assert!(shown.contains("/wavelength") && shown.contains("11 matches"), "{shown}");
}

#[test]
fn nothing_yet_and_no_room_are_survived() {
    let mut empty = Shop::numbered(0);
    assert!(screen(&mut empty.desk, 80, 24).contains("Nothing was generated yet."));
    let mut shop = shop();
    for width in (40..130).step_by(9) {
        for height in [10, 12, 17, 25] {
            screen(&mut shop.desk, width, height);
        }
    }
}

#[test]
fn charts_at_three_sizes() {
    for (width, height) in [(80, 24), (120, 40), (200, 60)] {
        let mut shop = shop();
        shop.press("v");
        insta::assert_snapshot!(format!("charts_{width}x{height}"), screen(&mut shop.desk, width, height));
    }
}

#[test]
fn charts_scroll_to_their_end() {
    let mut shop = shop();
    shop.press("v");
    screen(&mut shop.desk, 80, 24);
    shop.press("G");
    insta::assert_snapshot!(screen(&mut shop.desk, 80, 24));
}
