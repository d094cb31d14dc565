"""The SSRU Marian student as the decoding loop sees it. Imports its model, and decoding for the contract."""

from torch import Tensor

from pipelines.engine.decoding.decoder import Decoder
from pipelines.engine.decoding.search.banned import Banned
from pipelines.engine.ssru.modeling import SsruMarianForConditionalGeneration
from pipelines.engine.ssru.state import DecoderState


class SsruDecoder(Decoder[DecoderState]):
    """Scores all ids; or, when `shortlisted` names ids that must not occur, the other candidates of the shortlist."""

    def __init__(
        self, model: SsruMarianForConditionalGeneration, *, shortlisted: tuple[int, ...] | None = None
    ) -> None:
        self._model, self._without = model, shortlisted

    @property
    def bans_at_start(self) -> bool:  # type: ignore[override]  # it depends on the candidates
        """As of `Decoder`: a shortlist leaves out what is banned."""
        return self._without is not None

    def start(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        beams: int,
        capacity: int,  # noqa: ARG002 -- cells do not grow
        banned: Banned | None = None,
    ) -> DecoderState:
        """As `Decoder.start`."""
        encoded = self._model.encode(input_ids, attention_mask)
        sources = None if self._without is None else input_ids
        return self._model.start(encoded, attention_mask, self._without or (), sources, beams, banned)

    def step(self, tokens: Tensor, state: DecoderState) -> Tensor:
        """As `Decoder.step`."""
        return self._model.step(tokens, state)
