"""What each code of a flag means, why it happens and what to do, as /flags and docs/flags.md say it.

Imports the codes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pipelines.text.flags import FlagCode


@dataclass(frozen=True, slots=True)
class Explanation:
    """Three answers about one code, in whole sentences."""

    meaning: str
    cause: str
    remedy: str


EXPLANATIONS: Mapping[FlagCode, Explanation] = {
    FlagCode.ELEMENT_LOST: Explanation(
        "A tag, link, placeholder, piece of code or symbol of the source is missing from the output, stands there more"
        " often, or stands there in another form.",
        "A model sees a stand-in where an element is; it may drop, double or spell out a stand-in.",
        "Put the element back by hand where the output needs it. Markup or a template that must stay whole should not"
        " be used before that.",
    ),
    FlagCode.NUMBER_CHANGED: Explanation(
        "A number of the source is not in the output, is another one there, or the output has a number that the source"
        " has not.",
        "Models read numbers piece by piece, and long ones, dates and units are where they slip.",
        "Compare both numbers. Writing in words what were digits, or in another way of grouping them, may be right.",
    ),
    FlagCode.CURRENCY_CHANGED: Explanation(
        "An amount of money has another currency in the output than in the source.",
        "Models take the currency that was usual beside such an amount in what they learned from, such as euros in"
        " Portuguese.",
        "Correct the currency by hand; the number beside it is checked on its own.",
    ),
    FlagCode.ADDED_TEXT: Explanation(
        "The output has words here that nothing in the source asks for.",
        "Of very short, unusual or damaged parts a model may make a sentence that it has often seen.",
        "Take the words out if the source does not say them.",
    ),
    FlagCode.LENGTH_UNUSUAL: Explanation(
        "This part of the output is much shorter or much longer than such a part usually becomes.",
        "Something was left out or added, or the source is a list, a heading or verse, where lengths differ by nature.",
        "Read both parts side by side; a missing half sentence is the usual find.",
    ),
    FlagCode.REPETITION: Explanation(
        "The output says the same words again and again where the source does not.",
        "A model that is unsure how to go on may fall into a loop; lists and tables of like lines invite it.",
        "Delete the repetitions and look whether what follows them in the source is missing.",
    ),
    FlagCode.UNTRANSLATED: Explanation(
        "This part of the output reads as the source does: the model gave it back as it was.",
        "Names, addresses, quotations and words in capitals are often copied, and rightly; whole sentences rarely.",
        "Translate it by hand if it is a sentence; leave it if it is a name.",
    ),
    FlagCode.OTHER_LANGUAGE: Explanation(
        "This part is in another language than the job says.",
        "Documents quote other languages, or were sent with the wrong source language.",
        "If it is the whole document, send it again with its own language; a quotation may stay.",
    ),
    FlagCode.CUT_SHORT: Explanation(
        "A limit ended this part before the model was done with it: something at its end is missing.",
        "A part was longer than the model can read or write at once, and had no place at which to divide it.",
        "Divide the long sentence or line in the source and send the document again.",
    ),
    FlagCode.RUNAWAY: Explanation(
        "The model repeated itself without end here, so that its output for this part was not used.",
        "Long rows of like signs, tables without words and damaged text do this to a model.",
        "Translate the part by hand or clean the source. With on_fault=fail the document fails instead.",
    ),
    FlagCode.PASSTHROUGH: Explanation(
        "This part of the output is the source itself, put there by us and not by the model.",
        "It could not be processed, or its elements could not be kept, and a part that is there as it was is better"
        " than one that is gone.",
        "Translate the part by hand. With on_fault=fail the document fails instead.",
    ),
}
