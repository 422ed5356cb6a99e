use std::collections::BTreeMap;

use super::*;
use crate::hashing::mix;

/// Numbers that are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, most: u64) -> u64 {
        self.0 += 1;
        mix(self.0) % most
    }
}

fn id(number: u64) -> ItemId {
    ItemId::from_bits(u128::from(number))
}

/// What is a duplicate of what, with the Jaccard index in hundredths.
fn found(threshold: f64, texts: &[(u64, &str)]) -> BTreeMap<u64, (u64, u32)> {
    let number = |id: ItemId| id.to_string().trim_start_matches('0').parse::<u64>().unwrap_or(0);
    let mut similar = Similar::new(threshold);
    texts.iter().for_each(|(item, text)| similar.add(id(*item), text));
    let found = similar.finish();
    found.into_iter().map(|(item, d)| (number(item), (number(d.of), (d.jaccard * 100.0).round() as u32))).collect()
}

fn jaccard_of(one: &str, other: &str) -> f64 {
    let (one, other) = (features(&words(one)), features(&words(other)));
    jaccard(&one, &other, 0.0).unwrap_or(0.0)
}

const LENS: &str = "A thin lens of focal length 12 cm forms an image of a candle that stands 18 cm in front of it. Find where the \
                    image lies, say whether it is upright, and compute the magnification. Then explain in two sentences what \
                    happens to the image when the upper half of the lens is covered with black paper.";

#[test]
fn the_same_text_in_other_punctuation_case_and_white_space_is_an_exact_copy() {
    let shouted = LENS.to_uppercase().replace(". ", ".\n\n").replace(',', " —");
    let copies = found(1.0, &[(7, LENS), (3, &shouted), (9, "Another question, about mirrors?")]);
    assert_eq!(copies, BTreeMap::from([(7, (3, 100))]), "the lowest id stays");
}

#[test]
fn what_calculates_is_not_punctuation() {
    for (one, other) in [
        ("Compute 3 + 4.", "Compute 3 - 4."),
        ("Compute 3.5 times 2.", "Compute 35 times 2."),
        ("Is a < b?", "Is a > b?"),
        ("Solve x = -2y.", "Solve x = 2y."),
        ("Simplify 6/3.", "Simplify 6^3."),
    ] {
        assert!(found(1.0, &[(1, one), (2, other)]).is_empty(), "{one} {other}");
    }
    assert_eq!(
        found(1.0, &[(1, "A well-known state-of-the-art law"), (2, "a well known State of the Art law.")]).len(),
        1
    );
}

#[test]
fn near_copies_are_found() {
    let list = "Discuss for each of these materials whether it conducts:\n- copper at room temperature\n- dry wood from a pine\n- \
                molten table salt\n- distilled water in a clean glass\n- graphite along its layers";
    let reordered = "Discuss for each of these materials whether it conducts:\n- graphite along its layers\n- molten table salt\n- \
                     distilled water in a clean glass\n- copper at room temperature\n- dry wood from a pine";
    let chinese = "一个焦距为十二厘米的凸透镜，物体位于透镜前方十八厘米处。求像的位置和放大率，并说明像的性质以及遮住透镜上半部分后像的变化。";
    let arabic = "عدسة رقيقة بعدها البؤري اثنا عشر سنتيمترا تكون صورة لشمعة تقف أمامها على بعد ثمانية عشر سنتيمترا فأين تقع الصورة وما \
                  تكبيرها وماذا يحدث لها عندما يغطى النصف العلوي من العدسة بورق أسود";
    for (what, one, other) in [
        ("one word changed", LENS.to_owned(), LENS.replace("candle", "lamp")),
        (
            "three words changed",
            LENS.to_owned(),
            LENS.replace("candle", "lamp").replace("paper", "tape").replace("Find", "Work out"),
        ),
        ("other numbers in a long text", LENS.to_owned(), LENS.replace("12 cm", "15 cm").replace("18 cm", "40 cm")),
        ("a preface", LENS.to_owned(), format!("Please answer the following question with care. {LENS}")),
        ("a list in another order", list.to_owned(), reordered.to_owned()),
        ("one sign changed", chinese.to_owned(), chinese.replace("凸", "凹")),
        ("one word changed, from right to left", arabic.to_owned(), arabic.replace("لشمعة", "لمصباح")),
    ] {
        let copies = found(NEAR, &[(1, &one), (2, &other)]);
        assert_eq!(copies.get(&2).map(|copy| copy.0), Some(1), "{what}: {:.2}", jaccard_of(&one, &other));
        assert!(copies[&2].1 < 100, "{what}");
    }
}

#[test]
fn questions_of_one_kind_are_not_near_copies() {
    for (what, one, other) in [
        (
            "a short calculation with other numbers",
            "Compute 17 times 23 without a calculator.",
            "Compute 48 times 52 without a calculator.",
        ),
        ("one word is the question", "What is the capital of France?", "What is the capital of Spain?"),
        (
            "the same task about something else",
            "Explain briefly what is meant by Fermat's principle, and give an example from daily life.",
            "Explain briefly what is meant by Brewster's angle, and give an example from daily life.",
        ),
        (
            "one template, two draws",
            "A study group in optics is stuck on this problem. (a) Find the Brewster angle of glass. (b) Explain how Brewster's \
             angle and polarisation fit together.",
            "A study group in optics is stuck on this problem. (a) Find the critical angle of water. (b) Explain how total \
             reflection and fibres fit together.",
        ),
    ] {
        assert!(found(NEAR, &[(1, one), (2, other)]).is_empty(), "{what}: {:.2}", jaccard_of(one, other));
    }
}

#[test]
fn a_chain_of_small_changes_does_not_pull_in_what_has_little_in_common() {
    let word = |n: usize| format!("word{n}");
    let text = |from: usize| (from..from + 60).map(word).collect::<Vec<_>>().join(" ");
    // Each is near to its neighbours and to no other.
    let texts: Vec<String> = (0..5).map(|step| text(step * 5)).collect();
    let items: Vec<(u64, &str)> = texts.iter().enumerate().map(|(at, text)| (at as u64 + 1, text.as_str())).collect();
    let copies = found(NEAR, &items);
    assert_eq!(copies.keys().copied().collect::<Vec<_>>(), [2, 4]);
    assert_eq!((copies[&2].0, copies[&4].0), (1, 3), "every dropped item is near to one that stays");
}

#[test]
fn a_copy_of_a_near_copy_is_a_duplicate_of_what_stays() {
    let lamp = LENS.replace("candle", "lamp");
    let copies = found(NEAR, &[(1, LENS), (2, &lamp), (3, &lamp)]);
    assert_eq!((copies[&2].0, copies[&3].0), (1, 1));
    assert_eq!(found(1.0, &[(1, LENS), (2, &lamp), (3, &lamp)]), BTreeMap::from([(3, (2, 100))]));
}

#[test]
fn empty_and_strange_texts_are_compared_as_they_are() {
    assert_eq!(found(NEAR, &[(1, ""), (2, "???"), (3, "???"), (4, "!")]), BTreeMap::from([(3, (2, 100))]));
    assert!(Similar::new(f64::NAN).finish().is_empty());
    assert!(found(0.0, &[(1, "one two three"), (2, "four five six")]).is_empty());
}

/// `count` texts, a third of them copies of others with up to `most` per cent of their words changed.
fn texts(count: u64, most: u64) -> Vec<(ItemId, String)> {
    let mut random = Random(0);
    let mut texts: Vec<Vec<u64>> = Vec::new();
    for at in 0..count {
        let copy = at > 0 && random.below(3) == 0;
        let mut text = if copy {
            texts[random.below(at) as usize].clone()
        } else {
            // Few common words and many rare ones, as in language.
            let length = 20 + random.below(100);
            (0..length)
                .map(|_| {
                    let most = 1 << (4 + random.below(12));
                    random.below(most)
                })
                .collect()
        };
        if copy {
            for _ in 0..random.below(most + 1) * text.len() as u64 / 100 {
                let at = random.below(text.len() as u64) as usize;
                text[at] = 100_000 + random.below(100_000);
            }
        }
        texts.push(text);
    }
    let text = |words: &Vec<u64>| words.iter().map(|word| format!("w{word}")).collect::<Vec<_>>().join(" ");
    // Ids in no order of their making.
    texts
        .iter()
        .enumerate()
        .map(|(at, words)| (ItemId::from_bits((at as u128 * 7_919) % 100_003), text(words)))
        .collect()
}

#[test]
fn the_order_of_the_items_plays_no_role() {
    let mut texts = texts(600, 10);
    let run = |texts: &[(ItemId, String)]| {
        let mut similar = Similar::new(NEAR);
        texts.iter().for_each(|(item, text)| similar.add(*item, text));
        let mut found: Vec<_> =
            similar.finish().into_iter().map(|(item, d)| (item, d.of, d.jaccard.to_bits())).collect();
        found.sort_unstable();
        found
    };
    let first = run(&texts);
    assert!(first.len() > 100);
    texts.reverse();
    assert_eq!(run(&texts), first);
    texts.sort_by_key(|(item, _)| *item);
    assert_eq!(run(&texts), first);
}

/// Of the pairs that are near copies by an exact count, the share that a band brings together.
#[test]
fn the_index_finds_nearly_all_that_comparing_every_pair_finds() {
    let texts = texts(1_800, 20);
    let sets: Vec<Vec<u32>> = texts.iter().map(|(_, text)| features(&words(text))).collect();
    let sets: Vec<&[u32]> = sets.iter().map(Vec::as_slice).collect();
    let each = (0..sets.len()).flat_map(|a| (0..a).map(move |b| (a, b)));
    let near: Vec<_> = each.filter_map(|(a, b)| Some((a, b, jaccard(sets[a], sets[b], LOWEST)?))).collect();
    for (threshold, floor) in [(NEAR, 0.999), (HIGH, 0.995), (0.6, 0.999), (LOWEST, 0.995)] {
        let buckets = Buckets::new(&sets, threshold);
        let share = |a, b| buckets.of(a).any(|bucket| buckets.of(b).any(|other| other == bucket));
        let pairs: Vec<_> = near.iter().filter(|(_, _, jaccard)| *jaccard >= threshold).collect();
        let hit = pairs.iter().filter(|(a, b, _)| share(*a, *b)).count();
        let recall = hit as f64 / pairs.len() as f64;
        println!("threshold {threshold}: {hit} of {} pairs share a band, recall {recall:.5}", pairs.len());
        assert!(pairs.len() > 200 && recall >= floor, "{threshold}: {hit} of {}", pairs.len());
    }
}

/// Questions of one template crowd its buckets; a copy among them is still brought together with its original, by what is their own.
#[test]
fn copies_are_found_in_a_crowd_of_one_template() {
    let mut random = Random(1);
    let template = |own: &str| {
        format!(
            "An engineer keeps a long list of measured cases and looks at {own}. Derive how the \
                                        outcome changes when the input is doubled, and explain what your derivation assumes."
        )
    };
    let mut similar = Similar::new(NEAR);
    let texts: Vec<String> = (0..1_500)
        .map(|_| template(&(0..14).map(|_| format!("w{} ", random.below(5_000))).collect::<String>()))
        .collect();
    for (at, text) in (0..).zip(&texts) {
        similar.add(id(at), text);
        if at % 10 == 0 {
            similar.add(id(at + 10_000), &text.replace("long", "short"));
        }
    }
    let sets = similar.items.iter().map(|item| &similar.features[item.from..item.to]);
    let buckets = Buckets::new(&sets.collect::<Vec<_>>(), NEAR);
    let mut sizes = vec![0; buckets.count];
    (0..similar.items.len()).for_each(|at| buckets.of(at).for_each(|bucket| sizes[bucket] += 1));
    assert!(sizes.iter().any(|size| *size > 10 * CROWD), "it is a crowd");
    let found = similar.finish();
    let copies =
        (0..1_500).step_by(10).filter(|at| found.get(&id(at + 10_000)).is_some_and(|d| d.of == id(*at))).count();
    assert!(copies >= 149, "{copies} of 150");
    assert!(found.len() <= 152, "{} near copies, and 150 of them are some", found.len());
}
