//! Answers as models write them: what passes, and what is found in those that do not.

use super::*;

const LENS: &str = "A thin lens of focal length 12 cm forms an image of a candle that stands 18 cm in front of it on the optical axis. \
                    Where is the image, and how large is it compared with the candle?";

#[test]
fn answers_that_look_odd_and_are_good_pass() {
    let mut wrong = Vec::new();
    for (question, text) in [
        ("What is 6 times 7?", "42"),
        ("What is 6 times 7?", "x = 42"),
        ("Is 91 prime? Answer yes or no.", "NO"),
        ("Is 91 prime? Answer yes or no.", "No."),
        ("How many real roots has x^2 + 1?", "None."),
        (
            LENS,
            "The lens equation gives 1/b = 1/12 - 1/18 = 1/36. So the image lies 36 cm behind the lens and is enlarged by 36/18 = 2",
        ),
        (LENS, "By the lens equation the image lies behind the lens, at a distance of 36 cm"),
        (
            LENS,
            "For a thin lens of focal length 12 cm and a candle 18 cm in front of it, 1/b = 1/12 - 1/18. The image is 36 cm away and twice as large.",
        ),
        (LENS, "**Result:** 36 cm behind the lens, twice as large"),
        (LENS, "1. Set up the equation.\n2. Insert the values.\n\n| quantity | value |\n|---|---|\n| b | 36 cm |"),
        ("Write a function that doubles.", "```python\ndef double(x):\n    return 2 * x\n```"),
        (
            "Write a function that doubles. Say what it does.",
            "It multiplies by two. Here it is, ready to be used in other code:\n\n```python\ndef double(x):\n    return 2 * x\n```",
        ),
        (
            "Correct this: \"The results was taken by the students in the laboratory and them has been written down by the assistant on the next day\".",
            "\"The results were taken by the students in the laboratory and were written down by the assistant on the next day.\"",
        ),
        (
            "Find the error:\n```python\ndef mean(values):\n    total = 0\n    for value in values:\n        total = value\n    return total / len(values)\n```",
            "The sum is overwritten:\n```python\ndef mean(values):\n    total = 0\n    for value in values:\n        total += value\n    return total / len(values)\n```",
        ),
        // Words of declining, praising and not knowing, used for something else.
        (
            "What is Socratic ignorance?",
            "Socrates held that he did not know, and that to know that one does not know is the beginning of wisdom.",
        ),
        (
            "What should a witness say?",
            "If you do not know the answer, say so: \"I do not know\" is better than a guess.",
        ),
        (
            "How does one begin an inquiry?",
            "A good question to begin with is which facts are not in dispute. The others follow from it.",
        ),
        (
            "What is at stake?",
            "The important question here is who bears the loss. Under the contract it is the seller.",
        ),
        (
            "What did the officer write?",
            "He wrote that he was sorry, but I cannot tell from the text whether he meant it. The tone is formal throughout.",
        ),
        (
            "How does a shop reply to complaints?",
            "A good reply is: \"We are sorry. Please send us the receipt, and let me know if the parcel was open.\" It names what is missing.",
        ),
        ("Which file holds users?", "On Unix it is /etc/passwd; the hashed passwords are in /etc/shadow."),
        (
            "Describe the process of tendering.",
            "Each firm must submit a bid with a file of references by noon. The lowest bid that meets the terms wins.",
        ),
        ("Name three gases.", "- helium\n- neon\n- argon"),
        (
            "Name three duties of a host.",
            "- to greet each guest by name and to show the way to the table\n- to watch the pace of the kitchen and to tell the waiters\n- to take complaints without delay and to pass them on",
        ),
        ("Translate \"Why is the sky blue?\" into German.", "Warum ist der Himmel blau?"),
        ("天空为什么是蓝色的？", "因为瑞利散射与波长的四次方成反比，所以蓝光散射得比红光多。"),
        ("لماذا السماء زرقاء؟", "لأن الضوء الأزرق يتشتت أكثر من الضوء الأحمر في الغلاف الجوي."),
        ("Which poem?", "Shall I compare thee to a summer's day?\nThou art more lovely and more temperate"),
    ] {
        let found = Checker::default().answer(text, question);
        wrong.extend((!found.is_empty()).then_some((text, found)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn answers_that_are_none_are_found() {
    let mut wrong = Vec::new();
    for (text, code) in [
        ("DO NOT KNOW", "do_not_know"),
        ("DO NOT KNOW.", "do_not_know"),
        ("像の位置は三十六センチメートルです。大きさについては DO NOT KNOW です。", "do_not_know"),
        ("I don't know the answer to this question.", "do_not_know"),
        ("I do not have enough information to answer.", "do_not_know"),
        ("我不知道。", "do_not_know"),
        ("Ich weiß es nicht, da mir Angaben fehlen.", "do_not_know"),
        ("I'm sorry, but I can't help with that request.", "refusal"),
        ("I’m sorry, but as an AI I am unable to do homework for you.", "refusal"),
        ("Well. As an AI language model, I have no eyes to see with.", "refusal"),
        ("죄송하지만 이 질문에는 답변할 수 없습니다.", "refusal"),
        ("You haven't provided the figure, so the distance cannot be read off.", "not_self_contained"),
        ("Please upload the file data.csv so that the mean can be computed.", "not_self_contained"),
        ("The steps are clear, but I don't have access to the dataset mentioned in the task.", "not_self_contained"),
    ] {
        let found = codes(&Checker::default().answer(text, LENS));
        wrong.extend((found != [code]).then_some((text, found)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn praise_and_chatter_are_found() {
    let mut wrong = Vec::new();
    for (text, code) in [
        ("Great question! The image lies 36 cm behind the lens.", "praise"),
        ("That's an excellent question about lenses. The image lies 36 cm behind the lens.", "praise"),
        ("What a thoughtful question! The image lies 36 cm behind the lens.", "praise"),
        ("This is a very interesting question, and the answer is 36 cm.", "praise"),
        ("Thank you for your question. The image lies 36 cm behind the lens.", "praise"),
        ("とても良い質問ですね。像は三十六センチメートル後ろにできます。", "praise"),
        ("좋은 질문입니다! 상은 렌즈 뒤 36cm에 생깁니다.", "praise"),
        ("这是一个很好的问题。像在透镜后方三十六厘米处。", "praise"),
        ("Gute Frage! Das Bild liegt 36 cm hinter der Linse.", "praise"),
        ("Sure! The image lies 36 cm behind the lens.", "chatter"),
        ("The image lies 36 cm behind the lens. I hope this helps!", "chatter"),
        ("The image lies 36 cm behind the lens.\n\nLet me know if you'd like to see the steps.", "chatter"),
        ("The image lies 36 cm behind the lens. Would you like me to draw it?", "chatter"),
    ] {
        let found = codes(&Checker::default().answer(text, LENS));
        wrong.extend((found != [code]).then_some((text, found)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn answers_that_stop_or_say_the_question_again_are_found() {
    let mut wrong = Vec::new();
    for (text, code) in [
        (LENS.to_owned(), "echo"),
        (format!("Question: {LENS}"), "echo"),
        (format!("{LENS}\n\nThe image lies 36 cm behind the lens."), "echo"),
        (
            "Let us solve this. A thin lens of focal length 12 cm forms an image of a candle that stands 18 cm in front of it on the optical axis. It is 36 cm away.".to_owned(),
            "echo",
        ),
        ("The lens equation relates the three distances. Inserting the values and solving for the image distance gives a value that".to_owned(), "cut"),
        ("The lens equation relates the three distances. Inserting the values gives a real image which is twice as large and then the".to_owned(), "cut"),
        ("Use this code:\n\n```python\ndef image(f, g):\n    return 1 / (1 / f".to_owned(), "cut"),
        ("1. Write down the lens equation.\n2. Insert the values.\n3. Solve for the distance of the image from the lens and".to_owned(), "cut"),
        ("The result is $$ b = \\frac{1}{".to_owned(), "cut"),
        ("レンズの式を使います。焦点距離は十二センチメートルで、物体の距離は十八センチメートルなので、像の距離は次のように".to_owned(), "cut"),
        ("The answer is that it is that it is that it is that it is that it is that it is that it is.".to_owned(), "repetition"),
        ("Answer with less than 512 tokens. The image lies 36 cm behind the lens.".to_owned(), "prompt_leak"),
        ("The image lies 36 cm behind the lens.<|eot_id|>".to_owned(), "prompt_leak"),
    ] {
        let found = codes(&Checker::default().answer(&text, LENS));
        wrong.extend((found != [code]).then_some((text, found)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn chinese_blocks_that_are_said_again_are_found() {
    let question = "一个焦距为十二厘米的凸透镜，物体位于透镜前方十八厘米处。求像的位置和放大率，并说明像的性质。";
    let again = "题目说一个焦距为十二厘米的凸透镜，物体位于透镜前方十八厘米处。所以像在后方三十六厘米处。";
    assert_eq!(codes(&Checker::default().answer(again, question)), ["echo"]);
    let own = "由透镜公式可得像距为三十六厘米，放大率为二，像是倒立的实像。";
    assert_eq!(codes(&Checker::default().answer(own, question)), Vec::<&str>::new());
}
