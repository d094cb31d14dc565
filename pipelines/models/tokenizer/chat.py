"""A conversation as the ids that a model was trained on, by its own template. Imports sandbox, templates and agreement.

The template never sees what a document says. It is rendered once for each form of a conversation (roles, and white
space around the texts, which many templates take off) with stand-ins in the places of the texts, and the texts are
joined in afterwards: they cannot steer it, and it costs a document nothing. A control word in a text stays text: after
encoding, the control ids and their places must be those of the template alone, else the text is encoded without any.
Where a template marks turns by plain words, as the first Mistral's does ("[/INST]"), a text may hold them too: to the
tokenizer they are the same.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from pipelines.errors import ModelError, PipelineError
from pipelines.models.tokenizer.agreement import check_ids
from pipelines.models.tokenizer.meter import CostlyError
from pipelines.models.tokenizer.sandbox import RefusedError, Sandboxed
from pipelines.models.tokenizer.templates import bad, chat_template

Role = Literal["system", "user", "assistant"]

STAND_IN = re.compile("\ue000([0-9]+)\ue001")
"""Signs for private use, that no template writes and none of its filters changes."""
LEADS = ("\n", "a", ".")
KEPT_FORMS = 64
MOST_AROUND = 64
SHOWN_CHARACTERS = 120
ODD = "Say \"tea\" & <b>'it'</b>:\n\n  \ttwo {{ x }} {% y %} {0} %s \\n \\ ÉTÉ é 日本 🙂"
"""What a template must leave as it is."""


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Control:
    """A control word in a text: its id, its first character, and the stretch that encoding takes with it."""

    id: int
    word: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Form:
    """What a template makes of every conversation of one form.

    `literals` is the text around the messages' texts, one more than there are `places`, which are numbers of messages;
    `controls` are the control words in each literal.
    """

    literals: tuple[str, ...]
    places: tuple[int, ...]
    controls: tuple[tuple[Control, ...], ...]


Key = tuple[tuple[Role, str, bool, str], ...]
"""Of each message its role, the white space before its text, whether there is text, and the white space after it."""


def has_template(directory: Path) -> bool:
    """Whether a checkpoint has a template for conversations. Raises ModelError("bad_chat_template")."""
    return chat_template(directory) is not None


class Chat:
    """The chat template of a checkpoint with its tokenizer; `vocabulary` is how many ids the model knows.

    `takes_system` tells whether a conversation may begin with a message of the system.

    Raises ModelError: "no_chat_template", or "bad_chat_template" where it is none, where it does not render a question
    within bounds, and where it does more with a text than put it in its place.
    """

    def __init__(self, tokenizer: Any, directory: Path, vocabulary: int) -> None:
        source = chat_template(directory)
        if source is None:
            raise ModelError("no_chat_template", "The model has no chat template: it continues texts, it answers none.")
        if not getattr(tokenizer, "is_fast", False):
            raise bad("Its tokenizer does not tell where in a text its tokens lie; tokenizer.json is missing.")
        self._tokenizer, self._vocabulary = tokenizer, vocabulary
        self._words = {name: str(word) for name, word in tokenizer.special_tokens_map.items()}
        self._controls = _controls(tokenizer, source)
        self._goes_on = self._continues()
        self._form = lru_cache(KEPT_FORMS)(self._rendered)
        try:
            self._template = Sandboxed(source)
        except Exception as error:  # the template is anyone's, and so is what it raises
            raise bad(f"It is none that is rendered here ({_shown(error)}).") from error
        self._try_out()
        self.takes_system = self._tries([Message("system", ODD), Message("user", ODD)])

    def ids(self, messages: Sequence[Message]) -> list[int]:
        """Ids of the conversation and of the beginning of the assistant's turn.

        They equal those of `tokenizer.apply_chat_template(…, add_generation_prompt=True)` where no text holds a control
        word. Raises PipelineError: "chat_refused" where the template has no place for such a conversation,
        "control_word" where a tokenizer makes a control id of plain text, "token_out_of_range".
        """
        messages = [replace(message, content=_shortened(message.content)) for message in messages]
        try:
            form = self._form(_key(messages))
        except RefusedError as error:
            roles = ", ".join(message.role for message in messages)
            raise PipelineError("chat_refused", f"The model's chat template refuses turns of {roles}.") from error
        except ModelError as error:
            raise PipelineError("chat_refused", error.message) from error
        ids = self._encoded(form, [message.content.strip() for message in messages])
        check_ids([ids], self._vocabulary)
        return ids

    def _try_out(self) -> None:
        try:
            self._check([Message("user", ODD)])
            self._check([Message("user", f" \n{ODD}\n\n ")])
        except RefusedError as error:
            raise bad("It refuses a question.") from error

    def _continues(self) -> bool:
        """Whether what follows a control word goes on with the text: some tokenizers begin it with a sign of a word."""
        word = self._tokenizer.convert_ids_to_tokens(min(self._controls)) if self._controls else ""
        return self._raw(f"{word}a")[0] != self._raw(word)[0] + self._raw("a")[0]

    def _tries(self, messages: Sequence[Message]) -> bool:
        try:
            self._check(messages)
        except (ModelError, RefusedError):
            return False
        return True

    def _check(self, messages: Sequence[Message]) -> None:
        """Raise ModelError where the template changes a text, RefusedError where it refuses."""
        form = self._form(_key(messages))
        if self._render(messages) != _joined(form, [message.content.strip() for message in messages]):
            raise bad("It changes the texts that it is given, and not only the white space around them.")

    def _render(self, messages: Sequence[Message]) -> str:
        """What the template makes of `messages`, with what transformers tells it beside them."""
        said = [{"role": message.role, "content": message.content} for message in messages]
        told = {"messages": said, "tools": None, "documents": None, "add_generation_prompt": True}
        try:
            made = self._template.render(self._words | told)
            made.encode()  # half a character, which JSON can name, would stop the tokenizer
        except RefusedError:
            raise
        except CostlyError as error:
            raise bad("It does, or writes, far more than any prompt needs.") from error
        except Exception as error:  # as above
            raise bad(f"It fails on a conversation ({_shown(error)}).") from error
        return made

    def _rendered(self, key: Key) -> Form:
        """The form of conversations with `key`. Raises RefusedError and ModelError("bad_chat_template")."""
        stood_in = [
            Message(role, f"{before}\ue000{number}\ue001{after}" if text else before)
            for number, (role, before, text, after) in enumerate(key)
        ]
        parts = STAND_IN.split(self._render(stood_in))
        literals, places = tuple(parts[::2]), tuple(map(int, parts[1::2]))
        if sorted(places) != [number for number, (_, _, text, _) in enumerate(key) if text]:
            raise bad("It leaves out a text of the conversation, or repeats one.")
        return Form(literals, places, tuple(tuple(self._raw(literal)[1]) for literal in literals))

    def _encoded(self, form: Form, texts: Sequence[str]) -> list[int]:
        ids, found = self._raw(_joined(form, texts))
        own = [(control.id, control.word) for control in _own(form, texts)]
        return ids if [(control.id, control.word) for control in found] == own else self._piecewise(form, texts)

    def _piecewise(self, form: Form, texts: Sequence[str]) -> list[int]:
        """Ids with the template's own control words, and of all between them as of plain text."""
        whole, controls = _joined(form, texts), list(_own(form, texts))
        ends = [0, *(end for control in controls for end in (control.start, control.end)), len(whole)]
        ids: list[int] = []
        for number, (start, end) in enumerate(pairwise(ends)):
            if number % 2:
                ids.append(controls[number // 2].id)
            elif end > start:
                ids += self._plain(whole[start:end], goes_on=self._goes_on and start > 0)
        return ids

    def _plain(self, text: str, *, goes_on: bool) -> list[int]:
        """Ids of `text` without a control id: a control word that is not special for the tokenizer is cut in two."""
        ids: list[int] = []
        waiting = [text]
        while waiting:
            piece = waiting.pop()
            made, found = self._encode(piece, goes_on=goes_on or bool(ids))
            if not found:
                ids += made
                continue
            cuts = [0, *(control.word + 1 for control in found), len(piece)]
            pieces = [piece[start:end] for start, end in pairwise(cuts) if end > start]
            if len(pieces) == 1:
                raise PipelineError("control_word", "The tokenizer makes a control id of plain text of this document.")
            waiting += pieces[::-1]
        return ids

    def _encode(self, text: str, *, goes_on: bool) -> tuple[list[int], list[Control]]:
        """Ids of plain text, and the control words that come out of it for all that.

        What goes on with a text is encoded after a sign, whose ids are taken off again.
        """
        for lead in LEADS if goes_on else ():
            ids, found = self._raw(lead + text, special=False, cut=len(lead))
            alone, _ = self._raw(lead, special=False)
            if ids[: len(alone)] == alone:
                return ids[len(alone) :], found
        return self._raw(text, special=False)

    def _raw(self, text: str, *, special: bool = True, cut: int = 0) -> tuple[list[int], list[Control]]:
        """Ids of `text`, and the control words in it, with their places after its first `cut` characters.

        Where `special` is false, only words that are not special for the tokenizer itself become control ids.
        """
        encoded = self._tokenizer(
            text, add_special_tokens=False, split_special_tokens=not special, return_offsets_mapping=True, verbose=False
        )
        found = [
            Control(id_, end - len(text[start:end].lstrip()) - cut, start - cut, end - cut)
            for id_, (start, end) in zip(encoded["input_ids"], encoded["offset_mapping"], strict=True)
            if id_ in self._controls
        ]
        return encoded["input_ids"], found


def _shown(error: Exception) -> str:
    """What went wrong in a template: of its own words and the stand-ins only, since it sees no others."""
    return ascii(f"{type(error).__name__}: {error}"[:SHOWN_CHARACTERS])


def _controls(tokenizer: Any, source: str) -> frozenset[int]:
    """Ids of words that steer the model: special ones, and those that the template writes, white space apart."""
    added = tokenizer.added_tokens_decoder.items()
    written = {id_ for id_, token in added if token.special or (token.content in source and token.content.strip())}
    return frozenset(written | set(tokenizer.all_special_ids))


def _key(messages: Sequence[Message]) -> Key:
    return tuple(_around(message) for message in messages)


def _around(message: Message) -> tuple[Role, str, bool, str]:
    text = message.content
    inner = text.strip()
    start = len(text) - len(text.lstrip())
    return message.role, text[:start], bool(inner), text[start + len(inner) :]


def _shortened(text: str) -> str:
    """The text with no more white space around it than any author means."""
    inner = text.strip()
    start = len(text) - len(text.lstrip())
    return text[max(0, start - MOST_AROUND) : start] + inner + text[start + len(inner) :][:MOST_AROUND]


def _joined(form: Form, texts: Sequence[str]) -> str:
    between = [texts[place] for place in form.places]
    return form.literals[0] + "".join(text + literal for text, literal in zip(between, form.literals[1:], strict=True))


def _own(form: Form, texts: Sequence[str]) -> Iterator[Control]:
    """The template's own control words, where they lie in the conversation of `texts`."""
    at = 0
    lengths = [len(texts[place]) for place in form.places] + [0]
    for literal, controls, length in zip(form.literals, form.controls, lengths, strict=True):
        for control in controls:
            yield Control(control.id, control.word + at, control.start + at, control.end + at)
        at += len(literal) + length
