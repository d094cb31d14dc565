"""Language codes as submitters write them, and as multilingual tokenizers want them. Standard library only."""

from collections.abc import Collection

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
NLLB_CODES = dict(pair.split(":") for pair in NLLB_TABLE.split())


def base(code: str) -> str:
    """The language without region or script: "pt" of "pt-BR" and of "pt_XX"."""
    return code.replace("_", "-").split("-")[0].lower()


def tokenizer_code(code: str, known: Collection[str]) -> str | None:
    """Which of a tokenizer's `known` codes means the language `code`; None when none does.

    "pt-BR" is found as "pt_BR", "pt", "pt_XX" (mBART) or "por_Latn" (NLLB), "por-Latn" as "por_Latn".
    """
    for candidate in (code, code.replace("-", "_"), base(code), NLLB_CODES.get(base(code))):
        if candidate in known:
            return candidate
    return min((other for other in known if other.startswith(f"{base(code)}_")), default=None)
