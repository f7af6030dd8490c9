import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { describe, expect, it } from "vitest";

import { EvaluationView } from "@/features/jobs/evaluation-view.tsx";
import type { Evaluation } from "@/lib/api-types.ts";
import { renderApp } from "@/testing/render-app.tsx";
import {
  hiddenWordsEvaluation,
  languageEvaluation,
  preferenceEvaluation,
  questionEvaluation,
  rankingEvaluation,
  singleAnswerEvaluation,
  writingEvaluation,
} from "@/testing/written-evaluation-fixtures.ts";

async function show(evaluation: Evaluation): Promise<void> {
  renderApp(<EvaluationView evaluation={evaluation}>{null}</EvaluationView>);
  await screen.findByRole("region", { name: "Did it help?" });
}

const section = (name: string) => screen.getByRole("region", { name });
/** The outer items: an example may hold a list of its own. */
const examples = (name: string) => [...screen.getByRole("list", { name }).children] as HTMLElement[];
const text = (element: Element | undefined) => element?.textContent ?? "";
const column = (example: HTMLElement | undefined, name: string) => within(example ?? document.body).getByRole("group", { name });

const ALL = {
  questionEvaluation,
  rankingEvaluation,
  languageEvaluation,
  hiddenWordsEvaluation,
  writingEvaluation,
  preferenceEvaluation,
  singleAnswerEvaluation,
};

describe("every kind", () => {
  it.each(Object.entries(ALL))("%s shows what was written as text, and no list of mistakes that repeats or belies it", async (_, evaluation) => {
    await show(evaluation);
    // The fixtures hold an image with a handler and bold text, as a customer's data may.
    expect(document.querySelector("img")).toBeNull();
    expect([...document.querySelectorAll("b")].some((bold) => ["bold", "2015", "always", "never"].includes(bold.textContent))).toBe(false);
    expect(screen.queryByRole("region", { name: "Mistakes" })).toBeNull();
    expect(document.body.textContent).not.toMatch(/\b(answers|ranking|language|hidden|hardest|writing|preference|examples)\.[a-z_]+/);
  });

  it.each(Object.entries(ALL))("%s says so when there are no examples", async (_, evaluation) => {
    const empty = { ...evaluation.details, examples: [], ...("hardest" in evaluation.details && { hardest: [] }) };
    await show({ ...evaluation, details: empty });
    expect(document.body.textContent).toMatch(/No (question|query|text|row|held-out text) was/);
    expect(document.querySelector("mark, ins, del")).toBeNull();
  });
});

describe("contenders", () => {
  it("are called what they are where the most frequent is no label", async () => {
    await show(questionEvaluation);
    expect(text(section("Did it help?"))).toContain("than with the best alternative, always answering that there is no answer.");
    expect(text(section("Against the alternatives"))).toContain("Always “no answer”18.0%");
  });

  it("count words where words are hidden", async () => {
    await show(hiddenWordsEvaluation);
    expect(text(section("Against the alternatives"))).toContain("Word frequencies6.60");
  });
});

describe("questions", () => {
  it("gives the figures of both kinds of questions", async () => {
    await show(questionEvaluation);
    expect(text(section("Kinds of questions"))).toContain("Questions with an answer200F1 on these70.2%Questions without an answer44Rightly refused36.4%");
  });

  it("has no figure for a kind of question that does not occur", async () => {
    const details = { ...questionEvaluation.details, num_unanswerable: 0, unanswerable_accuracy: null };
    await show({ ...questionEvaluation, details });
    expect(text(section("Kinds of questions"))).toContain("Rightly refused–");
  });

  it("marks answers in their text, and names what was expected", async () => {
    await show(questionEvaluation);
    const [wrong, unanswerable, refused, partly, right] = examples("Answers in the text");
    expect(text(wrong)).toContain("after 1850 (answered wrongly), concentrating chiefly in North and West Africa (expected), as");
    expect(text(wrong)).toContain("Expected “North and West Africa”answered “1850” (87%)wrongrow 49");
    expect(text(unanswerable)).toContain("Expected no answeranswered “<b>bold</b>”");
    expect(text(refused)).toContain("Expected “The seller” / “the seller”answered no answer");
    expect(text(partly)).toContain("domestic  (expected)social reforms (answered rightly)");
    expect(text(partly)).toContain("partly right (F1 80%)");
    expect(text(right)).toContain("two years (answered rightly). Two");
  });

  it("says when the answer stands elsewhere than in the excerpt", async () => {
    const [first] = questionEvaluation.details.examples;
    if (!first) throw new Error("The fixture has no example.");
    await show({ ...questionEvaluation, details: { ...questionEvaluation.details, examples: [{ ...first, predicted: "Paris" }] } });
    expect(text(examples("Answers in the text")[0])).toContain("answered “Paris” (87%) (elsewhere in the text)");
  });

  it("leaves out the right ones when asked to, with the keyboard as well", async () => {
    await show(questionEvaluation);
    expect(examples("Answers in the text")).toHaveLength(5);
    await userEvent.click(screen.getByRole("radio", { name: "Not quite right" }));
    expect(examples("Answers in the text")).toHaveLength(4);
    screen.getByRole("radio", { name: "Not quite right" }).focus();
    await userEvent.keyboard("{ArrowLeft}");
    expect(examples("Answers in the text")).toHaveLength(5);
  });

  it("offers no choice where all are wrong", async () => {
    const wrong = questionEvaluation.details.examples.filter(({ f1 }) => f1 === 0);
    await show({ ...questionEvaluation, details: { ...questionEvaluation.details, examples: wrong } });
    expect(screen.queryByRole("radio", { name: "Not quite right" })).toBeNull();
  });
});

describe("words that spoke for an answer", () => {
  const marked = (example: HTMLElement | undefined) => [...(example?.querySelectorAll<HTMLElement>("mark[data-side]") ?? [])].map((mark) => [mark.textContent, mark.title]);

  it("are marked in a question and its text, on demand", async () => {
    const [mistake] = questionEvaluation.mistakes;
    if (!mistake) throw new Error("the fixture has a mistake");
    const words = [
      { part: "text" as const, start: 10, end: 16, weight: 0.4 },
      { part: "text_b" as const, start: 0, end: 5, weight: -0.1 },
    ];
    await show({ ...questionEvaluation, mistakes: [{ ...mistake, text_b: "after 1850", words }] });
    const [first, second] = examples("Answers in the text");
    await userEvent.click(within(first ?? document.body).getByText("Words that spoke for the answer"));
    expect(marked(first)).toEqual([
      ["France", "Spoke for the answer: 40 percentage points"],
      ["after", "Spoke against the answer: 10 percentage points"],
    ]);
    expect(text(first)).toContain("Words of the passage stay");
    expect(text(second)).not.toContain("Words that spoke");
  });

  it("are marked in a query and its first candidate, which is not listed as a pair", async () => {
    const [mistake] = rankingEvaluation.mistakes;
    if (!mistake) throw new Error("the fixture has a mistake");
    const words = [{ part: "text_b" as const, start: 0, end: 8, weight: 1.25 }];
    await show({ ...rankingEvaluation, mistakes: [{ ...mistake, text_b: mistake.predicted, words }] });
    const [first, second] = examples("Query by query");
    expect(marked(first)).toEqual([["Besieged", "Spoke for the answer: 1.25"]]);
    expect(text(first)).toContain("of the candidate that comes first");
    expect(text(second)).not.toContain("Words that spoke");
    expect(screen.queryByRole("region", { name: "Mistakes" })).toBeNull();
  });
});

describe("ranking", () => {
  it("draws how often the right one has each place, and reads it out", async () => {
    await show(rankingEvaluation);
    expect(text(section("Where the right candidate comes"))).toContain(
      "The right candidate comes first for 41% of the queries, and among the first 10 for 86%.",
    );
    const columns = examples("Where the right candidate comes");
    expect(columns).toHaveLength(11);
    expect(text(columns[0])).toContain("Place 1: 45 queries (41%)");
    expect(text(columns[8])).toContain("Place 9: 1 query (1%)");
    expect(text(columns[10])).toContain("After place 10: 15 queries (14%)");
  });

  it("shows the candidates in order, and the right one even where it comes late", async () => {
    await show(rankingEvaluation);
    const [late, second] = examples("Query by query");
    const candidates = (example: HTMLElement | undefined) => within(example ?? document.body).getAllByRole("listitem").map(text);
    expect(candidates(late).at(-1)).toBe("61.5Chinatown (1974) | Crime, Film-Noirright");
    expect(text(late)).toContain("Right candidate at place 61.5");
    expect(candidates(second)).toEqual(["1Jaws (1975) | Action, Horror0.00812", "2Carrie (1976) | Drama, Horrorright0.00788"]);
  });

  it("has nothing to draw where no query has right and wrong candidates, but lists wrong pairs", async () => {
    const pair = { row: 1, text: "smoke", text_b: "fire", label: "right", predicted: "wrong", confidence: null, words: [] };
    await show({ ...rankingEvaluation, mistakes: [pair], details: { ...rankingEvaluation.details, num_queries: 0, num_candidates: 0, examples: [] } });
    expect(text(section("Where the right candidate comes"))).toContain("there is no order to judge");
    expect(text(section("Mistakes"))).toContain("smokefireShould be togetheranswered apart");
  });
});

describe("language", () => {
  it("puts both continuations beside the real one", async () => {
    await show(languageEvaluation);
    const [first] = examples("How texts go on");
    expect(text(column(first, "Really"))).toContain("20 Squadron is a support squadron");
    expect(text(column(first, "Your tuned model"))).toContain("20 Squadron was formed");
    expect(text(column(first, "Base model, untuned"))).toContain("(nothing)");
  });

  it("lists the hardest texts with both losses", async () => {
    await show(languageEvaluation);
    expect(text(section("Hardest texts"))).toContain("379,314 tokens");
    expect(text(examples("Hardest texts")[0])).toContain("Your tuned model 3.12Base model, untuned 5.47row 23");
  });

  it("lists those with the words that one looks for, out of all", async () => {
    const [one] = languageEvaluation.details.hardest;
    if (!one) throw new Error("The fixture has no hardest text.");
    const hardest = Array.from({ length: 12 }, (_, row) => ({ ...one, row, text: row === 9 ? "A Rare word in the ninth" : `Text ${row}` }));
    await show({ ...languageEvaluation, details: { ...languageEvaluation.details, hardest } });
    const found = within(section("Hardest texts"));
    await userEvent.type(found.getByRole("textbox", { name: "Search these texts" }), "ninth rare");
    expect(found.getByRole("status").textContent).toBe("1 of 12");
    expect(examples("Hardest texts").map(text)).toEqual([expect.stringContaining("A Rare word in the ninth")]);
    await userEvent.clear(found.getByRole("textbox", { name: "Search these texts" }));
    expect(examples("Hardest texts")).toHaveLength(5);
  });

  it("leaves out line after empty line", async () => {
    const [example] = languageEvaluation.details.examples;
    if (!example) throw new Error("The fixture has no example.");
    const gaps = { ...example, tuned: "ga \n \n \n \n \n \n \nlong" };
    await show({ ...languageEvaluation, details: { ...languageEvaluation.details, examples: [gaps] } });
    expect(text(column(examples("How texts go on")[0], "Your tuned model"))).toBe("Your tuned modelga \n\nlong");
  });

  it("folds a long text until the keyboard asks for it", async () => {
    await show(languageEvaluation);
    const [hardest] = examples("Hardest texts");
    const toggle = within(hardest ?? document.body).getByRole("button", { name: "Show the whole text" });
    const body = document.getElementById(toggle.getAttribute("aria-controls") ?? "");
    expect(body?.hasAttribute("data-folded")).toBe(true);
    toggle.focus();
    await userEvent.keyboard("{Enter}");
    expect(toggle.getAttribute("aria-expanded")).toBe("true");
    expect(toggle.textContent).toBe("Show less");
    expect(body?.hasAttribute("data-folded")).toBe(false);
  });
});

describe("hidden words", () => {
  it("shows each hidden word in its place, with what the model thought where it was wrong", async () => {
    await show(hiddenWordsEvaluation);
    const [first] = examples("Hidden words");
    expect(text(first?.querySelector("div") ?? undefined).replace(/\s+/g, " ")).toBe(
      "the squadron was disbanded (found) in march 1946 but reactivatedformed (not found) as a support squadron in (found) april <b>2015</b>.",
    );
    expect(text(first?.querySelector("summary") ?? undefined)).toBe("2 of 3 found: what each model thought");
  });

  it("gives what each model saw and thought, and how likely the right one was to it", async () => {
    await show(hiddenWordsEvaluation);
    const [first, second] = examples("Hidden words");
    const rows = (example: HTMLElement | undefined) => [...(example?.querySelectorAll("tbody tr") ?? [])].map(text);
    expect(rows(first)).toEqual([
      "disbandeda blankdisbanded71.4%formed5.2%",
      "activatedbananaformed21.0%built0.3%",
      "inthe word itselfin99.1%in94.0%",
    ]);
    // White space is a piece as well.
    expect(rows(second)).toEqual(["␣a blank␣0.0%␣0.0%"]);
  });
});

describe("writing", () => {
  const marks = (element: HTMLElement, tag: string) => [...element.querySelectorAll(tag)].map(text);

  it("marks the words that two texts do not share", async () => {
    await show(writingEvaluation);
    const [first, , chinese] = examples("Written texts");
    expect(marks(column(first, "Wanted"), "del")).toEqual(["the"]);
    expect(marks(column(first, "Your tuned model"), "ins")).toEqual(["have", "this"]);
    expect(text(column(first, "Your tuned model"))).toContain("88% of words shared");
    expect(marks(column(chinese, "Your tuned model"), "ins")).toEqual(["二"]);
    expect(marks(column(chinese, "Wanted"), "del")).toEqual(["一"]);
  });

  it("marks nothing where two texts have little in common", async () => {
    await show(writingEvaluation);
    const base = column(examples("Written texts")[0], "Base model, untuned");
    expect(marks(base, "ins")).toEqual([]);
    expect(text(base)).toContain("Remy was so happy");
  });

  it.each([
    ["loss", "In the order of: Loss, from high to low."],
    ["chrf", "In the order of: chrF, from low to high."],
  ])("says that the texts are the hardest in %s", async (name, words) => {
    await show({ ...writingEvaluation, details: { ...writingEvaluation.details, examples_by: name } });
    expect(text(section("Written texts"))).toContain(words);
  });

  it("says of a result of before in no order what it shows in none", async () => {
    await show({ ...writingEvaluation, details: { ...writingEvaluation.details, examples_by: null } });
    expect(text(section("Written texts"))).not.toContain("hardest");
  });

  it("says how well turns are told apart beside what guessing gets, and what always one tone would get", async () => {
    await show(writingEvaluation);
    const said = text(section("The conversation"));
    expect(said).toContain("likelier than 4 answers of other rows in 80.6% of the conversations, the base model in 48.4%; guessing gets 20%.");
    expect(said).toContain("That is more than chance explains.");
    expect(said).toContain("in 61.3% of the rows, the base model's in 51.6%; always taking the commonest of the three gets 54.8%.");
  });

  it("says nothing of a conversation where there is none", async () => {
    await show({ ...writingEvaluation, details: { ...writingEvaluation.details, next_turn: null, commonest_tone: null, no_tone: null } });
    expect(screen.queryByRole("region", { name: "The conversation" })).toBeNull();
  });

  it("says that the tone of other languages than English is not measured", async () => {
    await show({ ...writingEvaluation, details: { ...writingEvaluation.details, next_turn: null, commonest_tone: null, no_tone: "language" } });
    expect(text(section("The conversation"))).toContain("is not measured");
  });

  it("offers the figures about meaning by their names", async () => {
    await show(writingEvaluation);
    for (const name of ["Answer similarity (cosine)", "Answer selection by meaning", "Next-turn accuracy", "Agreement in tone"]) {
      expect(section("Against the alternatives").textContent).toContain(name);
    }
  });

  it("leaves the base model out where it cannot write", async () => {
    const details = { ...writingEvaluation.details, examples: writingEvaluation.details.examples.map((example) => ({ ...example, base: "" })) };
    await show({ ...writingEvaluation, details });
    expect(screen.queryByRole("group", { name: "Base model, untuned" })).toBeNull();
  });

  it("shows more on demand", async () => {
    await show(writingEvaluation);
    expect(examples("Written texts")).toHaveLength(3);
    await userEvent.click(screen.getByRole("button", { name: "Show all 4" }));
    expect(examples("Written texts")).toHaveLength(4);
  });
});

describe("preferences", () => {
  it("puts chosen, rejected and new answers side by side, with the margin in words", async () => {
    await show(preferenceEvaluation);
    const [against, withIt, neither] = examples("Preferences");
    expect(text(column(against, "Chosen"))).toContain("A book is like a friend");
    expect(text(column(against, "Rejected"))).toContain("One day, a little bird");
    expect(text(column(against, "Your model writes"))).toContain("A book tells a story.");
    expect(text(column(against, "Base model writes"))).toContain("What is that?");
    expect(text(against)).toContain("Reward margin -0.384prefers the rejected answerrow 11");
    expect(text(withIt)).toContain("Reward margin 1.21prefers the chosen answer");
    expect(text(neither)).toContain("Reward margin 0prefers neither");
    expect(text(section("Preferences"))).toContain("Rewards by DPO with β = 0.1.");
  });

  it("says of single answers whether they became likelier, and whether that is as it should be", async () => {
    await show(singleAnswerEvaluation);
    const [desirable, undesirable] = examples("Preferences");
    expect(text(desirable)).toContain("Reward -1.5finds the desirable answer less likely than before");
    expect(desirable?.querySelector("[data-against]")).not.toBeNull();
    expect(within(desirable ?? document.body).queryByRole("group", { name: "Rejected" })).toBeNull();
    expect(text(undesirable)).toContain("Reward -3finds the undesirable answer less likely than before");
    expect(undesirable?.querySelector("[data-against]")).toBeNull();
  });
});
