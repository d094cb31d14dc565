"""Cut segments of all documents of a batch into micro-batches by a token budget. Imports the standard library only."""

from collections.abc import Sequence


def pack(lengths: Sequence[int], token_budget: int, max_rows: int) -> list[list[int]]:
    """Micro-batches as lists of indices into `lengths` (tokens per segment), longest first.

    Rows of one micro-batch have similar lengths, so that rows x longest, the tokens computed with padding, stays
    within `token_budget`; a single segment longer than the budget goes alone. Longest first shows a memory limit at
    the start of a batch rather than at its end. The same lengths always give the same micro-batches.
    """
    order = sorted(range(len(lengths)), key=lambda index: (-lengths[index], index))
    batches: list[list[int]] = []
    for index in order:
        current = batches[-1] if batches else None
        if current is None or len(current) >= max_rows or (len(current) + 1) * lengths[current[0]] > token_budget:
            batches.append([index])
        else:
            current.append(index)
    return batches


def padding_share(lengths: Sequence[int], batches: Sequence[Sequence[int]]) -> float:
    """The share of computed tokens that are padding, 0 to 1."""
    computed = sum(len(batch) * max(lengths[index] for index in batch) for batch in batches)
    return 1 - sum(lengths) / computed if computed else 0.0
