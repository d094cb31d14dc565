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
        "An element of the source – a tag, link, placeholder, piece of code or symbol – found no place in what the"
        " model wrote, so that the source itself stands here.",
        "A model sees a stand-in where an element is; it may drop, double or spell out a stand-in, also when it is"
        " asked again.",
        "Translate the part by hand around its elements. With on_fault=fail the document fails instead.",
    ),
    FlagCode.NUMBER_CHANGED: Explanation(
        "A number of the source is not in the output, or is another one there.",
        "Models read numbers piece by piece; long ones, dates and units are where they slip.",
        "Compare both numbers. Another way of grouping the digits, or a number in words, may be right.",
    ),
    FlagCode.CURRENCY_CHANGED: Explanation(
        "An amount of money has another currency in the output than in the source, or lost or gained one.",
        "Models take the currency that was usual beside such an amount in what they learned from, such as euros in"
        " Portuguese.",
        "Correct the currency by hand; the number beside it is checked on its own.",
    ),
    FlagCode.ADDED_TEXT: Explanation(
        "The output has something here that the source has not: a number, a bracket, a quotation mark.",
        "Of very short, unusual or damaged parts a model may make what it has often seen beside such words.",
        "Take it out if the source does not say it.",
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
        "Nearly all words of this part are those of the source: the model gave it back as it was.",
        "Names, addresses, quotations and words in capitals are often copied, and rightly; whole sentences rarely.",
        "Translate it by hand if it is a sentence; leave it if it is a name.",
    ),
    FlagCode.OTHER_LANGUAGE: Explanation(
        "This part is in another language than the job says.",
        "Documents quote other languages, or were sent with the wrong source language.",
        "If it is the whole document, send it again with its own language; a quotation may stay.",
    ),
    FlagCode.CUT_SHORT: Explanation(
        "A limit of length ended this part before the model was done with it: something at its end is missing.",
        "The part was longer than the model can read or write at once.",
        "Divide the long sentence or line in the source and send the document again.",
    ),
    FlagCode.RUNAWAY: Explanation(
        "The model repeated itself without an end here, also in smaller parts, so that the source itself stands here.",
        "Long rows of like signs, tables without words and damaged text do this to a model.",
        "Translate the part by hand or clean the source. With on_fault=fail the document fails instead.",
    ),
    FlagCode.EMPTY: Explanation(
        "The model wrote nothing here, also for smaller parts, so that the source itself stands here.",
        "A model does this to fragments that it cannot make anything of; one that does it often is unfit or damaged.",
        "Translate the part by hand, or use another model. With on_fault=fail the document fails instead.",
    ),
    FlagCode.PASSTHROUGH: Explanation(
        "This is the source as it was: there is nothing in it that a model could work on.",
        "A part or a document of numbers, signs, code or addresses alone is not language, and is not given to a model.",
        "Usually nothing. If it is language after all, it is in a script or an encoding that was not recognised.",
    ),
}
