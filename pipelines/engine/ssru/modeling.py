"""The SSRU Marian student in plain torch: a transformer encoder and a recurrent decoder. Imports its layers.

Architecture: Kim et al. 2019, "From Research to Production and Back: Ludicrously Fast Neural Machine Translation";
post-norm blocks and sines-then-cosines positions as Marian has them. Shapes: B rows, S source tokens, T target tokens,
D = d_model, V = vocabulary. Attention masks [B, S] are 1 where a token counts.
"""

import math
from collections.abc import Iterator
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812 -- torch's own name for it
from torch import Tensor, nn
from transformers import GenerationMixin, PreTrainedModel
from transformers import initialization as init
from transformers.modeling_outputs import BaseModelOutput, Seq2SeqLMOutput

from pipelines.engine.decoding.attention import added
from pipelines.engine.decoding.search.banned import Banned
from pipelines.engine.ssru.configuration import SsruMarianConfig
from pipelines.engine.ssru.layers import DecoderLayer, EncoderLayer, Ssru, sinusoids
from pipelines.engine.ssru.shortlist import Shortlist, candidates
from pipelines.engine.ssru.state import DecoderState


class SsruMarianForConditionalGeneration(PreTrainedModel, GenerationMixin):  # type: ignore[misc]  # untyped here
    """Encoder, decoder and one embedding that serves as source, target and output layer."""

    config_class = SsruMarianConfig
    base_model_prefix = "model"
    main_input_name = "input_ids"
    _supports_sdpa = True
    _no_split_modules = ("EncoderLayer", "DecoderLayer")

    def __init__(self, config: SsruMarianConfig) -> None:
        super().__init__(config)
        self.shared = nn.Embedding(config.vocab_size, config.d_model)
        self.encoder_layers = nn.ModuleList(EncoderLayer(config) for _ in range(config.encoder_layers))
        self.decoder_layers = nn.ModuleList(DecoderLayer(config) for _ in range(config.decoder_layers))
        self.output_bias = nn.Parameter(torch.zeros(config.vocab_size))
        self.shortlist = None
        if config.shortlist_entries:
            self.shortlist = Shortlist(config.vocab_size, config.shortlist_entries, config.shortlist_common)
        self.post_init()

    def _init_weights(self, module: nn.Module) -> None:
        super()._init_weights(module)
        if isinstance(module, Ssru):
            init.zeros_(module.forget_bias)
        elif isinstance(module, SsruMarianForConditionalGeneration):
            init.zeros_(module.output_bias)
        elif isinstance(module, Shortlist):
            init.zeros_(module.offsets)
            init.zeros_(module.ids)

    def get_input_embeddings(self) -> nn.Embedding:
        """The one embedding."""
        return self.shared

    def _embed(self, ids: Tensor) -> Tensor:
        return self.shared(ids) * math.sqrt(self.config.d_model)  # type: ignore[no-any-return]  # modules return Any

    def encode(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Encoder states [B, S, D] of `input_ids` [B, S]."""
        states = self._embed(input_ids)
        states = states + sinusoids(0, input_ids.shape[1], self.config.d_model, states)
        mask = added(attention_mask, states)
        for layer in self.encoder_layers:
            states = layer(states, mask)
        return states

    def start(
        self,
        encoded: Tensor,
        attention_mask: Tensor,
        suppressed: tuple[int, ...] = (),
        input_ids: Tensor | None = None,
        beams: int = 1,
        banned: Banned | None = None,
    ) -> DecoderState:
        """The state before the first token, with cross-attention keys and values computed once; `beams` slots a row.

        With `input_ids` the candidates are those of the shortlist, where the model has one; `suppressed` ids never are,
        and what is `banned` for a row is none of the row's.
        """
        ids: Tensor | None = None
        weight: Tensor = self.shared.weight
        bias: Tensor = self.output_bias
        if suppressed:
            bias = bias.index_fill(0, torch.tensor(suppressed, device=bias.device), -math.inf)
        if self.shortlist is not None and input_ids is not None:
            allowed = self.shortlist(input_ids, attention_mask)
            if banned is not None:
                allowed &= ~banned.mask(allowed.shape[1])
            ids, weight, bias = candidates(allowed, weight, bias)
            bias = bias.repeat_interleave(beams, dim=0)
        return DecoderState(
            [encoded.new_zeros(encoded.shape[0] * beams, encoded.shape[2]) for _ in self.decoder_layers],
            [layer.context.memory(encoded) for layer in self._decoder()],
            added(attention_mask, encoded),
            weight,
            bias,
            ids,
        )

    def step(self, tokens: Tensor, state: DecoderState) -> Tensor:
        """Logits [N, K] after one more token a slot (`tokens` [N]); advances `state` in place.

        Decoding begins with a zero embedding, whatever the first tokens say.
        """
        embedded = self._embed(tokens[:, None]) if state.position else torch.zeros_like(state.cells[0])[:, None]
        return state.logits(self._decode(embedded, state)[:, 0])

    def attended(self, input_ids: Tensor, attention_mask: Tensor, decoder_input_ids: Tensor) -> Tensor:
        """What the first head of the last decoder layer attends to at each step, [B, T, S], not normalised.

        `decoder_input_ids` [B, T] begin with any id, for which a zero embedding stands.
        """
        state = self.start(self.encode(input_ids, attention_mask), attention_mask)
        states = F.pad(self._embed(decoder_input_ids[:, 1:]), (0, 0, 1, 0))
        states = states + sinusoids(0, states.shape[1], self.config.d_model, states)
        *inner, last = self._decoder()
        for index, layer in enumerate(inner):
            states, _ = layer(states, state.cells[index], state.memories[index], state.mask)
        states, _ = last.rnn(states, state.cells[-1])
        return last.context.weights(states, state.memories[-1], state.mask)

    def _decoder(self) -> Iterator[DecoderLayer]:
        return (layer for layer in self.decoder_layers if isinstance(layer, DecoderLayer))

    def _decode(self, embedded: Tensor, state: DecoderState) -> Tensor:
        states = embedded + sinusoids(state.position, embedded.shape[1], self.config.d_model, embedded)
        for index, layer in enumerate(self.decoder_layers):
            states, state.cells[index] = layer(states, state.cells[index], state.memories[index], state.mask)
        state.position += embedded.shape[1]
        return states

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        decoder_input_ids: Tensor | None = None,
        labels: Tensor | None = None,
        encoder_outputs: BaseModelOutput | None = None,
        **_: Any,
    ) -> Seq2SeqLMOutput:
        """Teacher forcing: logits [B, T, V], and the mean cross-entropy where `labels` are given (-100 is ignored).

        The first decoder input is a zero embedding whatever `decoder_input_ids[:, 0]` says; labels are shifted here.
        """
        if encoder_outputs is not None:
            encoded = encoder_outputs[0]
        elif input_ids is not None:
            mask = torch.ones_like(input_ids) if attention_mask is None else attention_mask
            encoded = self.encode(input_ids, mask)
        else:
            raise ValueError("Give input_ids or encoder_outputs.")
        mask = attention_mask if attention_mask is not None else encoded.new_ones(encoded.shape[:2])
        if labels is not None:
            decoder_input_ids = F.pad(labels.clamp(min=0)[:, :-1], (1, 0))
        if decoder_input_ids is None:
            raise ValueError("Give labels or decoder_input_ids.")
        embedded = F.pad(self._embed(decoder_input_ids[:, 1:]), (0, 0, 1, 0))
        states = self._decode(embedded, self.start(encoded, mask))
        logits = F.linear(states, self.shared.weight, self.output_bias)
        loss = None if labels is None else F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=-100)
        return Seq2SeqLMOutput(loss=loss, logits=logits, encoder_last_hidden_state=encoded)

    def get_encoder(self, modality: str | None = None) -> nn.Module:  # noqa: ARG002 -- transformers passes it
        """The encoder as `generate` of transformers calls it."""
        return _EncoderView(self)

    def prepare_inputs_for_generation(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        encoder_outputs: BaseModelOutput | None = None,
        **_: Any,
    ) -> dict[str, Any]:
        """For `generate` of transformers, which runs this model without a cache."""
        return {
            "decoder_input_ids": input_ids,
            "attention_mask": attention_mask,
            "encoder_outputs": encoder_outputs,
        }


class _EncoderView(nn.Module):
    """`encode` with the signature of an encoder module."""

    def __init__(self, model: SsruMarianForConditionalGeneration) -> None:
        super().__init__()
        self._encode = model.encode
        self.main_input_name = "input_ids"

    def forward(self, input_ids: Tensor, attention_mask: Tensor, **_: Any) -> BaseModelOutput:
        return BaseModelOutput(last_hidden_state=self._encode(input_ids, attention_mask))
