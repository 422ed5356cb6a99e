//! Questions as models write them: what passes, and what is found in those that do not.

use super::*;

#[test]
fn questions_that_look_odd_and_are_good_pass() {
    let mut wrong = Vec::new();
    for text in [
        // Words of handing in and of files, used for something else.
        "The bid submitted by the lowest of four contractors was 12 % below the estimate of 1.2 million euros. What was it?",
        "A company must submit a report to the environment agency every year. Explain which emissions it has to state and why.",
        "Users upload a file of 3 GB to a server over a line of 10 MB/s. How long does that take, and what does compression change?",
        "Explain why a DOCX file can be opened as a ZIP archive, and name two of the parts in it.",
        "Write a program that reads numbers from input.txt, one a line, and prints their mean. Use no library.",
        "Write a Python function that takes the name of a CSV file such as data.csv and returns its header using the csv module.",
        "Which command counts the lines of access.log that contain the word error?",
        "A lawyer hands in a claim one day late. Which remedies are there?",
        "To whom may an employee submit a grievance, and within what time?",
        "Describe how a mail server handles a message with an attachment of 40 MB.",
        // Figures that are none, or that are there.
        "Find the area of the region of the graph above the x-axis for f(x) = 4 - x^2.",
        "Describe the image below the lens axis that a diverging lens forms of an arrow, and give its size.",
        "Let G be the following graph: V = {1, 2, 3, 4}, E = {12, 23, 34, 41}. Is it bipartite?",
        "Given the table below, compute the mean.\n\n| x | y |\n|---|---|\n| 1 | 2 |\n| 3 | 5 |",
        "The circuit shown below is a divider. What is the output voltage?\n\n```\n5V --[1k]--+--[2k]-- GND\n           out\n```",
        "Unemployment figures rose by 3 % in 2009. Name two causes.",
        "How does one tie a figure 8 knot, and what is it used for in climbing?",
        "Using the provided data, fit a line.\n\nx: 1 2 3\ny: 2 4 7\nweights: 1 1 2",
        "Draw a phase diagram of water in words: name the axes, the lines and what holds at each of them.",
        "A block of 2 kg hangs on a spring. The attached mass oscillates with a period of 0.9 s. Find the spring constant.",
        // The lesson as a subject.
        "Design a syllabus for a first course on bread baking that has ten class sessions, and justify the order.",
        "In this session of the Diet of 1848, which laws were passed that ended serfdom in Hungary?",
        "A teacher uses a textbook from 1990. Name three risks, and how a course can guard against each.",
        "In the session key exchange of TLS 1.3, which messages are encrypted?",
        // Tokens, prompts and models as subjects.
        "A language model accepts at most 8192 tokens. How can a document of 50,000 tokens be summarised with it?",
        "A parser must emit less than 512 tokens a millisecond. Which data structure keeps the look-ahead cheap?",
        "Explain the difference between a system prompt and a user prompt, and one attack on each.",
        // Openings that resemble chatter.
        "Here is a problem that tests understanding rather than memory in optics. Find the Brewster angle of glass with n = 1.5.",
        "Of course a heavier body falls faster in air. Explain under which conditions this claim holds.",
        "Consider the following situation: a lamp of 60 W burns for 5 hours. What does it cost at 0.30 euros per kWh?",
        // Ends without a full stop.
        "Explain:\n(a) why the sky is blue;\n(b) why sunsets are red",
        "Let X be compact and Y Hausdorff. Prove that every continuous bijection f: X -> Y satisfies f(A) = B",
        "Compare these with respect to cost, time and risk:\n- a fixed price contract for the whole building\n- a cost plus contract with a cap on the fee of the builder\n- a design and build contract with one firm that answers for both",
        "What does this print, and why?\n```python\nprint([1] * 3 is [1] * 3)\n```",
        "What does this print, and why?\n~~~\n```\nfence in a fence\n```\n~~~",
        "Show that\n$$\n\\int_0^1 x^2 dx = \\frac{1}{3}\n$$",
        "Solve \\[ x^2 - 5x + 6 = 0 \\]",
        // Other languages: the language is not checked here, the rest is.
        "为什么天空是蓝色的，而日落是红色的？请用瑞利散射解释，并说明波长的作用。",
        "レンズの焦点距離が10センチメートルのとき、物体が15センチメートル前にあると、像はどこにできますか。",
        "하늘은 왜 낮에는 파랗고 해 질 녘에는 붉은지 산란의 원리를 들어 설명하시오.",
        "لماذا تبدو السماء زرقاء في النهار وحمراء عند الغروب؟ اشرح دور طول الموجة في ذلك.",
        "מדוע השמיים כחולים ביום ואדומים בשקיעה? הסבירו את תפקידו של אורך הגל.",
        "Warum ist der Himmel am Tag blau und am Abend rot? Erklären Sie die Rolle der Wellenlänge.",
    ] {
        let found = any_language().question(text);
        wrong.extend((!found.is_empty()).then_some((text, found)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn questions_that_are_not_self_contained_are_found() {
    let mut wrong = Vec::new();
    for text in [
        "Solve the three exercises and submit a PDF.",
        "Analyse the case. Submit your report as a PDF of no more than five pages.",
        "Train a classifier on the data and submit a zip file with your code and a README.",
        "Write a Jupyter notebook that explores the data, and submit the notebook together with the slides.",
        "Prepare an essay of 2000 words on the causes of the war. Please submit it as a Word document by Friday.",
        "Implement the algorithm, push it to a repository and submit the link.",
        "You should submit your solution through the portal.",
        "Draw the organic molecules by hand and upload a photo.",
        "Hand in the drawing as a file together with a list of parts.",
        "Your submission should be a single PDF that contains all steps.",
        "The report must be submitted in PDF format and contain your own graphs.",
        "Deliverables:\n- the source code\n- a report of five pages",
        "Compile your answers into a ZIP file and email it to the teaching assistant.",
        "Using classification_data.csv, train a decision tree and report its accuracy.",
        "Load the file `train_data.csv` and compute the correlation of age and income.",
        "You are given two files, sales.xlsx and returns.xlsx. Find the month with the highest rate of returns.",
        "Using the provided dataset, estimate the effect of education on income.",
        "Use the provided template to plan the project.",
        "Download the dataset from the website and plot the distribution of heights.",
        "Using the attached file, compute the mean.",
        "Read the attached article and summarise its argument in five sentences.",
        "Find the current in the circuit shown in the\nfigure.",
        "What is the current in the circuit shown below?",
        "For the triangle in Figure 3, find the angle at B.",
        "Explain what the graph above shows about demand.",
        "Name the organs that are labelled in the following diagram.",
        "Look at the following image and describe its composition.",
        "Refer to the diagram and name the forces on the beam.",
        "According to Table 2, which country has the lowest rate?",
        "Which of the values in the table below is an outlier?",
        "As discussed in class, derive the lens equation.",
        "Apply the method covered in the lecture to a beam of 3 m.",
        "Which of the key ideas in this session is the most useful in practice?",
        "Using the definitions in the syllabus, distinguish the two concepts.",
        "Do exercise 4 on page 33 of your textbook.",
        "Using the result of the previous question, find the energy.",
        "Compare your result with those of your classmates and discuss the differences.",
        "Based on the assigned readings, discuss the causes of inflation.",
    ] {
        wrong.extend((of_question(text) != ["not_self_contained"]).then(|| (text, of_question(text))));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn words_of_the_prompt_are_found() {
    let mut wrong = Vec::new();
    for text in [
        "다음 반응의 메커니즘을 설명하시오. 답은 less than 512 tokens 이어야 하며 생성물의 구조를 포함해야 합니다.",
        "다음 반응의 메커니즘을 512 토큰 미만으로 설명하시오. 생성물의 구조를 포함해야 합니다.",
        "Explain the mechanism of the aldol reaction. Keep the question and the answer under 512 tokens.",
        "Explain the aldol reaction and answer in less than 300 tokens.",
        "有機化学の宿題の問題を作成してください。アルドール反応の機構を説明しなさい。",
        "Write one challenging homework question about the aldol reaction. What is its mechanism?",
        "Please create a homework problem that combines Snell's law with total reflection.",
        "As an education expert, I would ask how the aldol reaction proceeds and which product forms.",
        "What is the mechanism of the aldol reaction? Output only the question.",
        "What is the mechanism of the aldol reaction? Do not include the answer.",
        "What is the Brewster angle of glass? <|im_end|>",
        "[INST] What is the Brewster angle of glass? [/INST]",
        "Explain how light bends at a surface. write one homework  question that somebody can answer who sees nothing but the question.",
    ] {
        wrong.extend((of_question(text).first() != Some(&"prompt_leak")).then(|| (text, of_question(text))));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn words_to_whoever_asked_are_found() {
    let mut wrong = Vec::new();
    for text in [
        "Sure! What is the Brewster angle of glass with n = 1.5?",
        "Certainly! Here is a homework question:\n\nWhat is the Brewster angle of glass with n = 1.5?",
        "Here is a challenging question about optics:\n\nWhat is the Brewster angle of glass with n = 1.5?",
        "**Here's a homework question for you:**\n\nWhat is the Brewster angle of glass with n = 1.5?",
        "Homework Question: What is the Brewster angle of glass with n = 1.5?",
        "What is the Brewster angle of glass with n = 1.5?\n\nLet me know if you would like a harder one.",
        "好的，布儒斯特角是什么？请用折射率为一点五的玻璃计算，并说明偏振的方向。",
    ] {
        let found = codes(&any_language().question(text));
        wrong.extend((found != ["chatter"]).then_some((text, found)));
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn questions_that_decline_or_stop_are_found() {
    let mut wrong = Vec::new();
    for (text, code) in [
        ("I'm sorry, but I can't create a question about explosives.", "refusal"),
        ("I apologize, but I am unable to write this question.", "refusal"),
        ("Es tut mir leid, aber ich kann dazu keine Frage stellen.", "refusal"),
        ("抱歉，我无法提供这个问题。", "refusal"),
        (
            "A lens of focal length 10 cm stands in air. An object is placed 15 cm in front of it and the student then measures",
            "cut",
        ),
        ("Consider a market with two firms. Each chooses a quantity, and the price follows from the", "cut"),
        ("What does this print?\n```python\nfor i in range(3):\n    print(i", "cut"),
        ("Show that \\begin{align} a &= b", "cut"),
        ("请解释下列现象。一个物体放在透镜前方十五厘米处，透镜的焦距为十厘米，那么学生测量到的像的位置和大小", "cut"),
        (
            "Do the following:\n1. Name the parts of a lathe and what each is for.\n2. Describe how the speed is chosen.\n3. Explain how a thread is cut when the lead screw has",
            "cut",
        ),
    ] {
        wrong.extend(
            (codes(&any_language().question(text)) != [code]).then(|| (text, codes(&any_language().question(text)))),
        );
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
