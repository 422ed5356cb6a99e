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
