"""What the models reach through the API, on data that lies beside the checkout where it is present."""

from pathlib import Path

import pytest
from sacrebleu import corpus_bleu

from tests.acceptance.conftest import Stack

EVALUATION = Path(__file__).parent.parent.parent.parent / "shared" / "eval"


# In float32 46.93 and 45.96; where a worker chooses bfloat16 its rounding costs up to 0.07.
@pytest.mark.parametrize(("source", "target", "least"), [("en", "pt", 46.85), ("pt", "en", 45.85)])
def test_flores_through_the_api_reaches_the_known_bleu(source: str, target: str, least: float, stack: Stack):
    if not (EVALUATION / "flores-dev.en").exists():
        pytest.skip("../shared/eval/flores-dev is not beside this checkout")
    texts = {
        lang: (EVALUATION / f"flores-dev.{lang}").read_text(encoding="utf-8").splitlines() for lang in ("en", "pt")
    }
    documents = [{"custom_id": f"{i:04d}", "text": text} for i, text in enumerate(texts[source])]
    job = stack.submit("translation", documents, parameters={"from": source, "to": target})
    lines = stack.lines(stack.wait(job, limit_seconds=900))
    assert [line["custom_id"] for line in lines] == [document["custom_id"] for document in documents]
    score = corpus_bleu([line["output"]["text"] for line in lines], [texts[target]]).score
    print(f"SacreBLEU {source}→{target}: {score:.2f}")
    assert score >= least
    assert sum(bool(line["flags"]) for line in lines) <= 0.02 * len(lines)
