"""Prompts with documents in them to texts, on a resident decoder-only model. Imports the engine, chat and prompts."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.engine.causal.engine import Engine
from pipelines.engine.causal.prompt import Completion, Completions, Prompt
from pipelines.errors import InputError, ModelError, PipelineError, empty_output
from pipelines.models.profile.profile import Profile
from pipelines.models.tokenizer.chat import Chat, Message
from pipelines.models.tokenizer.tokens import Tokens
from pipelines.tasks.base import Input, Outcome, Pipeline, Runtime
from pipelines.tasks.generation.parameters import COLUMNS, GenerationParameters
from pipelines.tasks.progress import Progress
from pipelines.text import prompts
from pipelines.text.segment import LONE_SURROGATE

UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
"""What a model may write and no database takes."""
MOST_CHARACTERS_PER_TOKEN = 32
"""A text of more for each token of the window has no room, whatever a tokenizer, which costs memory, makes of it."""
USUAL_PENALTIES = (0.01, 100.0)
SEED_BYTES = 7
"""Of a hash, which make the seed of one document: a number that JSON and the engine can both hold."""


@dataclass(slots=True)
class Draft:
    """One document on its way: what the model is asked, then what it wrote; or why there is nothing."""

    asked: Prompt | None = None
    written: Completions | None = None
    error: PipelineError | None = None


class GenerationPipeline(Pipeline[list[Draft], list[Draft]]):
    """Texts by GPT-2, Llama, Mistral, Qwen, Gemma, Phi and the like; with a chat template, answers to the prompt."""

    def __init__(
        self, tokenizer: Any, profile: Profile, engine: Engine, runtime: Runtime, *, chat: Chat | None
    ) -> None:
        self.runtime = runtime
        self.budget = engine.budget
        self._tokenizer = tokenizer
        self._engine = engine
        self._chat = chat
        self._vocabulary = profile.vocabulary
        self._window = profile.window_tokens
        self._usual_penalty = _usual_penalty(profile)

    def prepare(self, inputs: Sequence[Input]) -> list[Draft]:
        """Prompts and their token ids."""
        tokens = Tokens(self._tokenizer, self._vocabulary)
        parsed: dict[str, prompts.Prompt] = {}
        return [self._prepared(item, tokens, parsed) for item in inputs]

    def infer(
        self, prepared: list[Draft], should_stop: Callable[[], bool], progress: Progress | None = None
    ) -> list[Draft]:
        """Write on from all prompts together."""
        asked = [(place, draft.asked) for place, draft in enumerate(prepared) if draft.asked is not None]
        rows = [prompt for _, prompt in asked]
        sizes = [len(prompt.ids) + prompt.count * prompt.most_new for prompt in rows]
        done = (progress or Progress(len(prepared))).expect([place for place, _ in asked], sizes)
        for (place, _), written in zip(asked, self._engine.run(rows, should_stop, done), strict=True):
            prepared[place].written = written
        return prepared

    def render(self, inferred: list[Draft]) -> list[Outcome]:
        """{"texts"}; "truncated_texts" counts those that ended because they may have no more tokens."""
        return [self._rendered(draft) for draft in inferred]

    def _prepared(self, item: Input, tokens: Tokens, parsed: dict[str, prompts.Prompt]) -> Draft:
        draft = Draft()
        try:
            draft.asked = self._asked(item, tokens, parsed)
        except PipelineError as error:
            draft.error = error
        except prompts.PromptError as error:
            draft.error = InputError("column_missing", error.message)
        except Exception as error:  # one document's fault must not reach its neighbours
            draft.error = PipelineError("tokenizer_failure", f"The tokenizer raised {type(error).__name__}.")
        return draft

    def _asked(self, item: Input, tokens: Tokens, parsed: dict[str, prompts.Prompt]) -> Prompt:
        wanted = item.parameters
        if not isinstance(wanted, GenerationParameters):
            raise InputError("wrong_task", "Generation needs the parameters of a generation.")
        text = LONE_SURROGATE.sub("\ufffd", item.text)
        if not text.strip():
            raise InputError("empty_document", "The document holds nothing but white space.")
        if wanted.prompt not in parsed:
            parsed[wanted.prompt] = prompts.Prompt.parse(wanted.prompt, COLUMNS)
        said = parsed[wanted.prompt].render({"text": text, "language": item.language})
        penalty = wanted.repetition_penalty
        return Prompt(
            tuple(self._ids(said, wanted.system, tokens)),
            wanted.max_new_tokens,
            temperature=wanted.chance(),
            top_k=wanted.top_k,
            top_p=wanted.top_p,
            repetition_penalty=self._usual_penalty if penalty is None else penalty,
            count=wanted.n,
            seed=seed_of(wanted.seed, said),
            stops=tuple(wanted.stop),
        )

    def _ids(self, prompt: str, system: str, tokens: Tokens) -> list[int]:
        length = len(prompt) + len(system)
        if length > MOST_CHARACTERS_PER_TOKEN * self._window:
            message = (
                f"The prompt has {length} characters, and the model has room for {self._window} tokens. Shorten it."
            )
            raise InputError("prompt_too_long", message)
        if self._chat is None:
            if system:
                raise InputError("no_chat", "The model continues texts and is told nothing first; leave out system.")
            return tokens.encode([prompt])[0]
        if system and not self._chat.takes_system:
            raise InputError("no_system", "The model's template has no place for system; say it in the prompt.")
        told = [Message("system", system)] if system else []
        return self._chat.ids([*told, Message("user", prompt)])

    def _rendered(self, draft: Draft) -> Outcome:
        if draft.error or draft.written is None or isinstance(draft.written, PipelineError):
            return Outcome(error=draft.error or (draft.written if isinstance(draft.written, PipelineError) else None))
        texts = [self._text(one) for one in draft.written]
        if not any(texts):
            return Outcome(error=empty_output())
        truncated = sum(one.truncated for one in draft.written)
        return Outcome({"texts": texts} | ({"truncated_texts": truncated} if truncated else {}))

    def _text(self, written: Completion) -> str:
        text = written.text
        if text is None:
            text = str(self._tokenizer.decode(written.ids, skip_special_tokens=True))
        return UNSTORABLE.sub("\ufffd", text).strip()


def _usual_penalty(profile: Profile) -> float:
    """That of the checkpoint's files. Raises ModelError("bad_config") for one that no text can be written with."""
    said = profile.generation.get("repetition_penalty", 1.0)
    if not isinstance(said, int | float) or not USUAL_PENALTIES[0] <= said <= USUAL_PENALTIES[1]:
        raise ModelError(
            "bad_config", "The repetition_penalty of its generation settings is no number from 0.01 to 100."
        )
    return float(said)


def seed_of(seed: int, prompt: str) -> int:
    """The seed of one document: of its job's and its prompt, so that it draws the same wherever it runs."""
    digest = hashlib.sha256(f"{seed}\0{prompt}".encode()).digest()
    return int.from_bytes(digest[:SEED_BYTES])
