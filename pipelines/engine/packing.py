"""Cut segments of all documents of a batch into micro-batches by a token budget. Imports the standard library only."""

from collections.abc import Sequence

# A micro-batch of at least so many rows is closed rather than padded by more than this share. With fewer, the fixed
# cost of each decoding step outweighs what padding costs.
FEWEST_ROWS = 16
MOST_PADDING = 0.05


def pack(lengths: Sequence[int], token_budget: int, max_rows: int) -> list[list[int]]:
    """Micro-batches as lists of indices into `lengths` (tokens per segment), longest first.

    Rows of one micro-batch have similar lengths, so that rows x longest, the tokens computed with padding, stays
    within `token_budget`; a single segment longer than the budget goes alone. Longest first shows a memory limit at
    the start of a batch rather than at its end. The same lengths always give the same micro-batches.
    """
    order = sorted(range(len(lengths)), key=lambda index: (-lengths[index], index))
    batches: list[list[int]] = []
    tokens = 0
    for index in order:
        current = batches[-1] if batches else None
        if current is None or _is_full(
            len(current), lengths[current[0]], tokens + lengths[index], token_budget, max_rows
        ):
            batches.append([index])
            tokens = lengths[index]
        else:
            current.append(index)
            tokens += lengths[index]
    return batches


def _is_full(rows: int, longest: int, tokens: int, token_budget: int, max_rows: int) -> bool:
    """Whether a micro-batch of `rows` takes no further one, with which it would hold `tokens` without padding."""
    computed = (rows + 1) * longest
    padded = rows >= FEWEST_ROWS and computed - tokens > MOST_PADDING * computed
    return rows >= max_rows or computed > token_budget or padded


def padding_share(lengths: Sequence[int], batches: Sequence[Sequence[int]]) -> float:
    """The share of computed tokens that are padding, 0 to 1."""
    computed = sum(len(batch) * max(lengths[index] for index in batch) for batch in batches)
    return 1 - sum(lengths) / computed if computed else 0.0
