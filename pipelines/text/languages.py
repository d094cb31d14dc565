"""Language codes as submitters write them, and as multilingual tokenizers want them. Standard library only."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Self

# ISO 639-1 to the codes of NLLB-200 (FLORES-200 names), for languages with one usual script.
NLLB_TABLE = """
af:afr_Latn am:amh_Ethi ar:arb_Arab as:asm_Beng az:azj_Latn be:bel_Cyrl bg:bul_Cyrl bn:ben_Beng bs:bos_Latn
ca:cat_Latn cs:ces_Latn cy:cym_Latn da:dan_Latn de:deu_Latn el:ell_Grek en:eng_Latn eo:epo_Latn es:spa_Latn
et:est_Latn eu:eus_Latn fa:pes_Arab fi:fin_Latn fo:fao_Latn fr:fra_Latn ga:gle_Latn gd:gla_Latn gl:glg_Latn
gu:guj_Gujr ha:hau_Latn he:heb_Hebr hi:hin_Deva hr:hrv_Latn ht:hat_Latn hu:hun_Latn hy:hye_Armn id:ind_Latn
ig:ibo_Latn is:isl_Latn it:ita_Latn ja:jpn_Jpan jv:jav_Latn ka:kat_Geor kk:kaz_Cyrl km:khm_Khmr kn:kan_Knda
ko:kor_Hang ky:kir_Cyrl lb:ltz_Latn lo:lao_Laoo lt:lit_Latn lv:lvs_Latn mg:plt_Latn mi:mri_Latn mk:mkd_Cyrl
ml:mal_Mlym mn:khk_Cyrl mr:mar_Deva ms:zsm_Latn mt:mlt_Latn my:mya_Mymr nb:nob_Latn ne:npi_Deva nl:nld_Latn
nn:nno_Latn no:nob_Latn oc:oci_Latn pa:pan_Guru pl:pol_Latn ps:pbt_Arab pt:por_Latn ro:ron_Latn ru:rus_Cyrl
sd:snd_Arab si:sin_Sinh sk:slk_Latn sl:slv_Latn so:som_Latn sq:als_Latn sr:srp_Cyrl su:sun_Latn sv:swe_Latn
sw:swh_Latn ta:tam_Taml te:tel_Telu tg:tgk_Cyrl th:tha_Thai tk:tuk_Latn tl:tgl_Latn tr:tur_Latn tt:tat_Cyrl
ug:uig_Arab uk:ukr_Cyrl ur:urd_Arab uz:uzn_Latn vi:vie_Latn xh:xho_Latn yi:ydd_Hebr yo:yor_Latn zh:zho_Hans
zu:zul_Latn
"""
# Other codes of ISO 639-3 and 639-2 that models use for languages with a code of two letters.
LONG_TABLE = """
abk:ab aar:aa aka:ak ara:ar arg:an aym:ay aze:az bak:ba bam:bm bre:br cha:ch che:ce chv:cv cmn:zh cor:kw cos:co div:dv
dzo:dz ewe:ee fas:fa fij:fj fil:tl fry:fy ful:ff grn:gn iii:ii ina:ia ipk:ik iw:he kal:kl kas:ks kik:ki kin:rw kom:kv
kon:kg kur:ku lav:lv lim:li lin:ln lug:lg mah:mh mlg:mg mon:mn msa:ms nav:nv nb:no nep:ne nor:no nya:ny ori:or orm:om
ory:or oss:os pus:ps que:qu roh:rm run:rn sag:sg san:sa sme:se smo:sm sna:sn sot:st sqi:sq srd:sc ssw:ss swa:sw tah:ty
tir:ti ton:to tsn:tn tso:ts twi:tw uzb:uz ven:ve wln:wa wol:wo yid:yi zha:za zho:zh
"""
ROWS = [pair.split(":") for pair in NLLB_TABLE.split()]
SHORT_CODES = {code.split("_")[0]: short for short, code in ROWS} | dict(pair.split(":") for pair in LONG_TABLE.split())
USUAL_SCRIPTS = {SHORT_CODES.get(short, short): code.split("_")[1] for short, code in ROWS}
# "pob" is what OPUS calls Portuguese of Brazil.
ALIASES = {"pob": "pt_BR"}
SCRIPTS_OF_REGIONS = {("zh", "TW"): "Hant", ("zh", "HK"): "Hant", ("zh", "MO"): "Hant"}
NO_REGION = "XX"
# Families of languages, as ISO 639-5 and OPUS name them; no text is in one.
FAMILIES = frozenset(
    """
    aav afa alv art bat bnt ccs cau cel cpf cpp crp dra euq fiu gem gmq gmw grk iir inc ine ira itc map mkh mul nic phi
    poz pqe pqw roa sal sem sit sla taw trk tut urj wen zle zls zlw
    """.split()
)
PLAIN = re.compile(r"[a-z]{2,3}([_-][A-Za-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Language:
    """A code taken apart; `script` is the usual one where the code names none, None where there is none usual."""

    code: str
    script: str | None
    region: str | None

    @classmethod
    @lru_cache(4096)
    def read(cls, code: str) -> Self:
        """Of "pt-BR", "pt_XX" (mBART), "por_Latn" (NLLB), "zh_tw" and the like."""
        first, *rest = ALIASES.get(code, code).replace("_", "-").split("-")
        short = SHORT_CODES.get(first.lower(), first.lower())
        scripts = [part.title() for part in rest if len(part) == 4]
        regions = [part.upper() for part in rest if len(part) in (2, 3) and part.upper() != NO_REGION]
        region = regions[0] if regions else None
        script = scripts[0] if scripts else SCRIPTS_OF_REGIONS.get((short, region or ""), USUAL_SCRIPTS.get(short))
        return cls(short, script, region)

    @property
    def tag(self) -> str:
        """The shortest code without its region: "zh-Hant", but "sr" where its script is the usual one."""
        return self.code if self.script in (None, USUAL_SCRIPTS.get(self.code)) else f"{self.code}-{self.script}"


def base(code: str) -> str:
    """The language without region or script: "pt" of "pt-BR" and of "pt_XX"."""
    return code.replace("_", "-").split("-")[0].lower()


def is_language(code: str) -> bool:
    """Whether `code` may be that of one language, and is not of a family such as "ROMANCE" or "mul"."""
    return PLAIN.fullmatch(code) is not None and code not in FAMILIES


def tokenizer_code(code: str, known: Collection[str]) -> str | None:
    """Which of a tokenizer's `known` codes means the language `code`, in its script; None when none does.

    "pt-BR" is found as "pt_BR", "pt", "pt_XX" (mBART) or "por_Latn" (NLLB), "por-Latn" as "por_Latn"; "zh-Hant" never
    as "zh_CN", "sr-Latn" never as "sr".
    """
    asked = Language.read(code)
    fits = [(_distance(asked, Language.read(other)), other) for other in known if _same(asked, Language.read(other))]
    return min(fits, default=(0, None))[1]


def by_tag(codes: Iterable[str]) -> dict[str, str]:
    """A tokenizer's codes by the codes that people use; the region counts where a language is there several times."""
    found: dict[str, str] = {}
    for code in sorted(filter(is_language, codes), key=lambda code: (Language.read(code).region is not None, code)):
        language = Language.read(code)
        tag = (
            language.tag
            if language.tag not in found or language.region is None
            else f"{language.tag}-{language.region}"
        )
        found.setdefault(tag, code)
    return found


def _same(asked: Language, other: Language) -> bool:
    return asked.code == other.code and (asked.script == other.script or None in (asked.script, other.script))


def _distance(asked: Language, other: Language) -> int:
    return 0 if asked.region == other.region else 1 if other.region is None else 2
