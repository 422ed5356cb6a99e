//! The words around the content of questions and answers. What a question asks for in these words, the answer to it
//! recognises and gives.

/// Openings of a question; the gap is the subject.
pub const LEADS: [&str; 24] = [
    "",
    "A problem from {subject}.",
    "This comes up in practice, again and again, in work on {subject}.",
    "You are preparing a worked example for newcomers to {subject}.",
    "Two students of {subject} disagree about the following and ask you to settle it.",
    "While checking a colleague's work in {subject}, you meet this problem.",
    "For a short note on {subject}, work out the following.",
    "Here is a problem that tests understanding rather than memory in {subject}.",
    "An interviewer wants to see how you reason in {subject}.",
    "Imagine that you have to convince a sceptical reader who knows some {subject}.",
    "Work carefully; this problem from {subject} has a tempting wrong answer.",
    "A study group in {subject} is stuck on this problem.",
    "Solve this as you would for a colleague who works in {subject} and has no time for detours.",
    "Before an examination in {subject}, you practise with the following problem.",
    "Treat the following as a small case from {subject}.",
    "A handbook of {subject} needs a solved problem at this place.",
    "Show your mastery of {subject} on this problem.",
    "Someone who has just begun with {subject} asks you for help with this.",
    "The following problem connects theory and use in {subject}.",
    "You are writing a model solution for a collection of problems in {subject}.",
    "A reviewer doubts that this can be answered within {subject}; show that it can.",
    "Take this as a warm-up for harder problems in {subject}.",
    "In {subject}, it pays to be able to do the following without looking anything up.",
    "Consider the following situation, which anybody in {subject} will meet sooner or later.",
];

/// Wishes about the form of the answer, with the sentence that grants each. Gaps: `{name}` and, in the reply, `{fact}`.
pub const FOLLOW_UPS: [(&str, &str); 24] = [
    ("State your assumptions.", ""),
    (
        "State every assumption that your answer depends on.",
        "Assumptions: the data given are taken as exact, nothing outside the description acts on the situation, and the case lies within the range of {name}.",
    ),
    (
        "Close with one sentence for a reader who has forgotten the meaning of {name}.",
        "For a reader who has forgotten it: {fact}",
    ),
    ("Also say in general terms what one learns from {name}.", "In general terms: {fact}"),
    ("Name the principle that you rely on before you use it.", "The principle behind this is {name}. {fact}"),
    (
        "Then say how the result can be checked without repeating the work.",
        "A check that does not repeat the work: compare the result with what holds in general. {fact}",
    ),
    (
        "Finally, point out the mistake that is made most often here.",
        "The mistake made most often is to apply {name} from memory without its conditions. What holds is this: {fact}",
    ),
    ("Explain why the method works and not only how it is carried out.", "Why it works: {fact}"),
    ("Write down every step, and name what each of them rests on.", "Each step rests on {name}. {fact}"),
    (
        "Write the answer so that a colleague from another department can follow it.",
        "For a colleague from another department, the idea in one breath: {fact}",
    ),
    ("Add a remark on the limits of {name}.", "As to limits, one should not claim more than this: {fact}"),
    ("Mention the general rule behind the special case.", "The general rule: {fact}"),
    ("Use no more than two hundred words.", ""),
    ("Keep the reasoning visible; a bare result is not enough.", ""),
    ("Show each step, and give units wherever there are any.", ""),
    (
        "Say which of the given facts you used, and for what.",
        "All the facts given were needed; they enter through {name}. {fact}",
    ),
    ("Mark the place in your answer where you make use of {name}.", "The place is where the following is used: {fact}"),
    ("Suppose the reader doubts {name}; add the sentence that would persuade them.", "For the reader in doubt: {fact}"),
    ("End with what one should remember from this.", "To remember: {fact}"),
    ("Put the key idea into a single sentence at the end.", "The key idea: {fact}"),
    ("Explain the idea to someone who knows the words but not what they mean.", "Behind the words stands this: {fact}"),
    ("Be precise about what is given, what is sought and what is concluded.", ""),
    ("Connect your answer to the definition of {name}.", "The connection to the definition: {fact}"),
    (
        "If more than one way leads to the answer, choose the shortest and say why it is allowed.",
        "The short way is allowed because of {name}. {fact}",
    ),
];

/// Tasks about one concept that its fact answers. Gaps: `{name}` and, in the reply, `{fact}`.
pub const TASKS: [(&str, &str); 12] = [
    ("State in one or two precise sentences the content of {name}.", "{fact}"),
    ("Recall what is known about {name}, with the formula or number if there is one.", "{fact}"),
    ("Explain briefly what is meant by {name}.", "Meant is the following. {fact}"),
    ("A classmate has never heard of {name}; write down what they need to know.", "What they need to know: {fact}"),
    ("Give the essential statement of {name} and say what it is about.", "The essential statement is this. {fact}"),
    ("Write the entry on {name} for a glossary, in at most two sentences.", "{name}: {fact}"),
    (
        "What has to be known about {name} before it can be used here?",
        "Before using {name}, one has to know this: {fact}",
    ),
    ("Summarise the contribution of {name} to the topic.", "Its contribution is this. {fact}"),
    ("Describe {name} so exactly that a wrong use of it could be detected.", "Exactly put: {fact}"),
    ("Set out the substance of {name}, leaving out everything that can be left out.", "The substance is this: {fact}"),
    ("Put the content of {name} into plain words without losing precision.", "In plain words: {fact}"),
    ("Which statement stands behind the words {name}?", "Behind these words stands the following statement. {fact}"),
];

/// Tasks that join the concepts of a question. Gaps: `{names}`; in the reply `{facts}`, `{first}`, `{last}`.
pub const LINKS: [(&str, &str); 14] = [
    (
        "Now bring the parts together: what do {names} have to do with one another?",
        "{facts} They do not compete: {first} answers the first part, {last} the second, and a situation that contains both has to satisfy both statements.",
    ),
    (
        "Explain how {names} fit together, and in which order one would use them.",
        "{facts} One would use {first} first, because it settles the first part, and {last} after it; neither can replace the other.",
    ),
    (
        "Someone claims that {names} are unrelated. Correct this claim with the help of your results.",
        "The claim overlooks what they say. {facts} They are different statements that belong to one body of knowledge, and a case that involves {first} may need {last} before it is finished.",
    ),
    (
        "Use your results to write a short paragraph that mentions {names} and explains how each helps with the others.",
        "{facts} Each adds what the others leave out, so a reader who knows {first} and {last} can treat cases in which they occur together.",
    ),
    (
        "Describe one situation in which {names} are needed at once, and say what each of them settles.",
        "Any case that combines the parts above is such a situation. {facts} In it, {first} settles the first part and {last} the second.",
    ),
    (
        "Which part of the reasoning would fail first if one knew nothing of the others? Answer with reference to {names}.",
        "{facts} Without {first} the first part cannot be done, without {last} the second; as the parts stand, the first gap is noticed first.",
    ),
    (
        "Draw the connection: state what {names} have in common and where they part.",
        "{facts} They share the subject they belong to. They part in what they assert, since {first} and {last} answer different questions about it.",
    ),
    (
        "Say what a person who understands {names} can do that a person who knows only one of them cannot.",
        "{facts} Someone who knows only {first} can do the first part above and must stop at the second; with {last} both are within reach.",
    ),
    (
        "Arrange {names} as steps of one line of thought and give a reason for the arrangement.",
        "{facts} The arrangement follows the parts of the problem: {first} comes first, {last} later, and each step can be checked before the next is taken.",
    ),
    (
        "Compare the roles that {names} play in your solution, in two or three sentences.",
        "{facts} In the solution above, {first} carried the first part and {last} the second.",
    ),
    (
        "Explain to a sceptic why it makes sense to study {names} together.",
        "{facts} Studied together they teach which statement to reach for: {first} in cases like the first part, {last} in cases like the second. Telling such cases apart is a skill of its own.",
    ),
    (
        "Finish with a concept map in words: name {names} and one relation between each neighbouring pair.",
        "In words: {facts} The relation between them is that both are tools of the same subject, used on different questions.",
    ),
    (
        "If you could keep only one of {names}, which would you keep, and what would you lose?",
        "{facts} One would keep the statement that is harder to recover from the rest. Giving up {first} would cost the first part above, giving up {last} the second.",
    ),
    (
        "Turn your partial results into one statement that a reader who needs {names} could use.",
        "As one statement: {facts} Both hold together, each under its own conditions.",
    ),
];

/// Ways to mark the parts of a question; the parts are counted on from the first letter or number.
pub const MARKS: [(&str, &str); 3] = [("(", ") "), ("Part ", ". "), ("", ") ")];

/// Stems of multiple-choice questions; the gap is the concept whose statement is right.
pub const STEMS: [&str; 8] = [
    "Which of the four statements below says what {name} stands for?",
    "Four statements were found on one sheet of notes. Only one of them belongs to {name}. Which is it?",
    "A student has to pick the statement that expresses {name}. Which one should it be?",
    "Which statement would you accept from someone who is asked about {name}?",
    "Only one of these statements could be used to explain {name} to a beginner. Which one?",
    "A glossary lists {name}, but its entry got mixed up with three others. Which statement is the right entry?",
    "In an oral examination the topic is {name}. Which of these statements is to the point?",
    "Which of the following is a statement of {name} and not of something else?",
];

/// Last lines of multiple-choice questions.
pub const LAST_LINES: [&str; 4] = [
    "Name the right option, and say why it is right and why the others are not.",
    "Choose one option and justify the choice; say of each of the others why it is not the one.",
    "State the letter of the right option and give your reasons, also against the other three.",
    "Decide on one option and explain the decision.",
];

/// A worked calculation.
pub struct Solve {
    /// The way.
    pub steps: String,
    /// The number.
    pub result: f64,
    /// Its unit; empty where it has none.
    pub unit: &'static str,
}

/// A calculation that any concept can be the occasion of.
pub struct Calculation {
    /// The question, with the gap `{names}` and one for each number, `{a}` to `{e}`, in this order.
    pub text: &'static str,
    /// Words of it that stand before the first number and nowhere else.
    pub anchor: &'static str,
    /// The least and the largest value of each number.
    pub ranges: &'static [(i64, i64)],
    /// Whether the numbers are whole.
    pub whole: bool,
    /// The way and the result, from the numbers.
    pub solve: fn(&[f64]) -> Solve,
}

/// All of them.
pub const CALCULATIONS: [Calculation; 8] = [
    Calculation {
        text: "A trial that has to do with {names} gives the readings {a}, {b}, {c}, {d} and {e}. Compute their mean, and by how many per cent the largest reading exceeds it. Show the way.",
        anchor: "gives the readings",
        ranges: &[(10, 40), (10, 40), (10, 40), (10, 40), (10, 40)],
        whole: false,
        solve: |n| {
            let (sum, largest) = (n.iter().sum::<f64>(), n.iter().copied().fold(0.0, f64::max));
            let mean = sum / 5.0;
            let steps = format!(
                "The readings add up to {sum:.1}, so their mean is {sum:.1} / 5 = {mean:.2}. The largest reading is {largest:.1}, which exceeds the mean by ({largest:.1} - {mean:.2}) / {mean:.2}."
            );
            Solve { steps, result: (largest / mean - 1.0) * 100.0, unit: "%" }
        },
    },
    Calculation {
        text: "A quantity through which {names} can be followed starts out at {a} units and grows by {b} % each year. How large is it after {c} years? Give the formula that you use.",
        anchor: "starts out at",
        ranges: &[(50, 900), (2, 12), (3, 15)],
        whole: true,
        solve: |n| {
            let [start, rate, years] = [n[0], n[1], n[2]];
            let factor = 1.0 + rate / 100.0;
            let steps = format!(
                "Each year multiplies the quantity by {factor:.2}, so after n years it is {start} x {factor:.2}^n. With n = {years} the factor is {factor:.2}^{years} = {:.4}.",
                factor.powf(years)
            );
            Solve { steps, result: start * factor.powf(years), unit: "units" }
        },
    },
    Calculation {
        text: "For the work with {names} a table lists {a} at {b} and {c} at {d}. Interpolate linearly: which value belongs to {e}?",
        anchor: "a table lists",
        ranges: &[(10, 30), (1, 3), (50, 90), (8, 12), (4, 7)],
        whole: false,
        solve: |n| {
            let slope = (n[2] - n[0]) / (n[3] - n[1]);
            let steps = format!(
                "Between the two entries the value changes by {:.1} over {:.1}, that is by {slope:.3} for each unit. From {} to {} it is {:.1} units.",
                n[2] - n[0],
                n[3] - n[1],
                n[1],
                n[4],
                n[4] - n[1]
            );
            Solve { steps, result: n[0] + slope * (n[4] - n[1]), unit: "" }
        },
    },
    Calculation {
        text: "A course assesses what its students know of {names}: a mark of {a} counts {b} times, and another one of {c} counts {d} times. What is the weighted mean of the two?",
        anchor: "a mark of",
        ranges: &[(40, 95), (2, 9), (40, 95), (2, 9)],
        whole: true,
        solve: |n| {
            let (sum, weight) = (n[0] * n[1] + n[2] * n[3], n[1] + n[3]);
            let steps = format!(
                "The weighted sum is {} x {} + {} x {} = {sum}, and the weights come to {weight}. The mean is {sum} / {weight}.",
                n[0], n[1], n[2], n[3]
            );
            Solve { steps, result: sum / weight, unit: "points" }
        },
    },
    Calculation {
        text: "Two people prepare material on {names}. One of them does {a} pieces an hour, the other one {b}. How many minutes do they need together for {c} pieces?",
        anchor: "One of them does",
        ranges: &[(4, 15), (4, 15), (40, 120)],
        whole: true,
        solve: |n| {
            let together = n[0] + n[1];
            let steps = format!(
                "Together they do {} + {} = {together} pieces an hour, so {} pieces take {} / {together} hours, and an hour has sixty minutes.",
                n[0], n[1], n[2], n[2]
            );
            Solve { steps, result: n[2] / together * 60.0, unit: "minutes" }
        },
    },
    Calculation {
        text: "Somebody uses {names} to predict the outcome of a test. The prediction is {a}, the measured value {b}. Give the relative error of the prediction in per cent of the measured value, with its sign.",
        anchor: "The prediction is",
        ranges: &[(20, 80), (20, 80)],
        whole: false,
        solve: |n| {
            let steps = format!(
                "The error is {} - {} = {:.1}. In relation to the measured value this is {:.1} / {}.",
                n[0],
                n[1],
                n[0] - n[1],
                n[0] - n[1],
                n[1]
            );
            Solve { steps, result: (n[0] / n[1] - 1.0) * 100.0, unit: "%" }
        },
    },
    Calculation {
        text: "What a class remembers of {names} fades in such a way that half of it is gone every {a} days without practice. What percentage is left after {b} days?",
        anchor: "half of it is gone every",
        ranges: &[(5, 30), (10, 90)],
        whole: true,
        solve: |n| {
            let steps = format!(
                "The share that is left after t days is (1/2)^(t / {}). With t = {} the exponent is {:.3}.",
                n[0],
                n[1],
                n[1] / n[0]
            );
            Solve { steps, result: 0.5_f64.powf(n[1] / n[0]) * 100.0, unit: "%" }
        },
    },
    Calculation {
        text: "A workshop teaches {names}. Each participant costs {a} euros, and the room costs {b} euros in all. At a fee of {c} euros, from how many participants on are the costs covered?",
        anchor: "Each participant costs",
        ranges: &[(10, 30), (300, 900), (45, 90)],
        whole: true,
        solve: |n| {
            let steps = format!(
                "Each participant leaves {} - {} = {} euros for the room. That takes {} / {} = {:.2} participants, rounded up to a whole number.",
                n[2],
                n[0],
                n[2] - n[0],
                n[1],
                n[2] - n[0],
                n[1] / (n[2] - n[0])
            );
            Solve { steps, result: (n[1] / (n[2] - n[0])).ceil(), unit: "participants" }
        },
    },
];

/// A programming task that any concept can be the occasion of.
pub struct Code {
    /// The function.
    pub name: &'static str,
    /// What it does, as the end of a sentence.
    pub task: &'static str,
    /// What it returns, as Python writes it.
    pub run: fn(&[i64]) -> String,
    /// The program.
    pub code: &'static str,
    /// How it works and what it costs.
    pub why: &'static str,
}

/// All of them.
pub const CODES: [Code; 6] = [
    Code {
        name: "running_totals",
        task: "that returns the list of the sums up to and including each place; for an empty list it returns an empty list.",
        run: |values| {
            let totals = values.iter().scan(0, |sum, value| {
                *sum += value;
                Some(*sum)
            });
            format!("{:?}", totals.collect::<Vec<i64>>())
        },
        code: "def running_totals(values):\n    totals, total = [], 0\n    for value in values:\n        total += value\n        totals.append(total)\n    return totals",
        why: "One pass keeps the sum so far and notes it at every place. The time grows with the length of the list, and so does the space for the result.",
    },
    Code {
        name: "differences",
        task: "that returns the list of the differences between each value and the one before it; a list of fewer than two values has none.",
        run: |values| format!("{:?}", values.windows(2).map(|pair| pair[1] - pair[0]).collect::<Vec<i64>>()),
        code: "def differences(values):\n    return [after - before for before, after in zip(values, values[1:])]",
        why: "The list is paired with itself, moved on by one place, and each pair is subtracted. That takes one pass; where there are no pairs, nothing comes out.",
    },
    Code {
        name: "count_above_mean",
        task: "that returns how many values are larger than the mean of all; for an empty list it returns 0.",
        run: |values| {
            let sum: i64 = values.iter().sum();
            values.iter().filter(|value| **value * values.len() as i64 > sum).count().to_string()
        },
        code: "def count_above_mean(values):\n    total, length = sum(values), len(values)\n    # value > total / length, without rounding\n    return sum(1 for value in values if value * length > total)",
        why: "Instead of dividing, each value is multiplied by the length and held against the sum, so that nothing is rounded. Two passes suffice, and an empty list gives 0.",
    },
    Code {
        name: "longest_run",
        task: "that returns the length of the longest run of equal neighbours; for an empty list it returns 0.",
        run: |values| {
            let runs = values.chunk_by(|a, b| a == b).map(<[i64]>::len);
            runs.max().unwrap_or(0).to_string()
        },
        code: "def longest_run(values):\n    longest, run, before = 0, 0, object()\n    for value in values:\n        run = run + 1 if value == before else 1\n        longest, before = max(longest, run), value\n    return longest",
        why: "The run that ends at each value is one longer than the run before it if both values are equal, and has length 1 otherwise. One pass keeps the largest of them.",
    },
    Code {
        name: "rotated",
        task: "that returns the list with its first value moved to the end; an empty list stays as it is, and the argument is not changed.",
        run: |values| {
            let mut values = values.to_vec();
            let by = usize::from(!values.is_empty());
            values.rotate_left(by);
            format!("{values:?}")
        },
        code: "def rotated(values):\n    return values[1:] + values[:1]",
        why: "Two slices are joined: everything after the first value, then the first value alone. Slices of an empty list are empty, so that case needs no test.",
    },
    Code {
        name: "distinct_sorted",
        task: "that returns the different values in ascending order, each once; for an empty list it returns an empty list.",
        run: |values| {
            let mut values = values.to_vec();
            values.sort_unstable();
            values.dedup();
            format!("{values:?}")
        },
        code: "def distinct_sorted(values):\n    return sorted(set(values))",
        why: "A set keeps each value once, and sorting puts what is left into order. The sorting decides the cost, which grows as n log n.",
    },
];
