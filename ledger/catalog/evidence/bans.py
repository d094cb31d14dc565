"""Sentences by which somebody rules uses out, in the languages of most model cards. Imports references and symbols.

They decide nothing: a card whose prose holds one no longer settles which licence holds.
"""

import re
import unicodedata

from ledger.catalog.evidence.texts.page.references import resolved
from ledger.catalog.evidence.texts.symbols import readable

PHRASES = (
    r"\bby[\s/-]{0,3}n[cd]\b|\bnc[\s-]{0,2}(?:sa|nd)\b",
    r"\b(?:licen[sc]ed?|released|available|distributed|published|weights|model)\b[^.]{0,60}\b(?:a?gpl|rail)\b",
    r"\b(?:for[\s-]profit|non[\s-]?profit|not[\s-]for[\s-]profit)\s+(?:us\w{1,3}|purposes?|entities|organi[sz]ations?)",
    r"\bcommercial\s+(?:us\w{1,3}|licen[sc]\w{1,4}|purposes?)\b[^.]{0,40}(?:contact|reach out|mail|write|n't|not\b|@)",
    r"n't\b[^.]{0,60}commercial",
    r"\b(?:may|must|can|shall)\s*not\b[^.]{0,60}\b(?:business|compan|product|sell|sale|revenue|money)",
    r"\b(?:solely|exclusively|strictly|purely)\W{1,3}(?:\w{1,24}\W{1,3}){0,5}(?:research|academic|educational|personal|scientific)",
    r"\b(?:research|academic|educational|personal|scientific)\W{1,3}(?:\w{1,24}\W{1,3}){0,3}(?:solely|exclusively)",
    r"comercial[^.]{0,20}no\s+(?:\w{1,12}\s+)?permit|commercial[^.]{0,20}non\s+autoris",
    r"kommerziell[^.]{0,60}(?:zustimmung|genehmigung|erlaubnis|bedarf)",
    r"仅用于|僅用於|仅供|僅供|商业[^。]{0,10}(?:联系|聯繫)|商用[^。]{0,12}ご遠慮|상업[^.]{0,16}금(?:합|함|지)|μη\s+εμπορικ",
    r"εμπορικ[^.]{0,30}απαγορ|מסחרי",
    r"ไม่[^.]{0,30}(?:การค้า|พาณิชย์)|تجاری[^.]{0,30}(?:ممنوع|مجاز نیست)",
    r"kereskedelmi[^.]{0,40}(?:tilos|nem)|comercial[ăe][^.]{0,30}(?:interzis|nu este)",
    r"non[\s-]?commercial",
    r"\bcommercial[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,4}(?:not|never|no|prohibited|forbidden|disallowed|excluded)\b",
    r"\b(?:not|never|no|nor|cannot|can't|without)[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,6}commercial",
    r"\b(?:prohibit|forbid|disallow|exclud|ban)\w{0,12}[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,8}commercial",
    r"\bcommercial[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,3}(?:requires?|needs?)[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,4}(?:licen[sc]e|permission|agreement|consent|contact)",
    r"\b(?:research|academic|educational|personal|evaluation|scientific)[^\w.;!?]{1,4}(?:(?:and|or|use|uses|usage|purposes?|\w{1,24})[^\w.;!?]{1,4}){0,3}only\b",
    r"\bonly[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,4}(?:research|academic|educational|personal|scientific)\b",
    r"\b(?:limited|restricted)\s+to[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,3}(?:research|academic|educational|personal|scientific)",
    r"禁止.{0,12}商[业業用]|[不勿].{0,6}(?:用于|用於|作|做|进行|進行)?.{0,4}商[业業用]|非商[业業用]|[仅僅只][限供能可用].{0,12}(?:研究|学术|學術|非|个人|個人|教育)",
    r"商[业業用].{0,12}(?:禁止|[严嚴]禁|不得|不可|不允许|不允許|需.{0,6}(?:授权|授權|许可|許可))",
    r"商用.{0,10}(?:禁|不可|できません|ならない|認め)|非営利|営利.{0,14}(?:禁|不可|できません)|研究.{0,8}(?:のみ|に限)|商業.{0,14}(?:禁|不可|できません)",
    r"상업.{0,16}(?:금지|불가|없|않|안\s)|비상업|비영리|영리.{0,12}(?:금지|불가)|(?:연구|학술).{0,12}(?:만|한정|한하)",
    r"некоммерч|коммерч\w{0,12}[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,5}(?:запрещ|не\s)",
    r"(?:запрещ|не\s+(?:допуск|разреш))\w{0,12}[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,5}коммерч",
    r"(?:только|исключительно)[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,4}(?:исслед|научн|личн|образоват)",
    r"некомерц|комерц\w{0,12}[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,5}(?:заборон|не\s)",
    r"(?:заборон|не\s+дозвол)\w{0,12}[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,5}комерц",
    r"(?:nicht|un)[\s-]?kommerziell",
    r"kommerziel\w{0,12}[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,6}(?:verboten|untersagt|nicht|ausgeschlossen|unzulässig)",
    r"(?:verbiet|verbot|untersag|kein|nicht)\w{0,12}[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,6}kommerziel",
    r"(?:nur|ausschließlich|lediglich)[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,4}(?:forschung|wissenschaft|privat)",
    r"commercia\w{0,12}[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,6}(?:interdit|prohib|exclu|pas\b)",
    r"(?:interdi|prohib|pas\b)\w{0,12}[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,6}commercia",
    r"(?:uniquement|seulement|exclusivement|réservée?)[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,5}recherche",
    r"recherche[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,3}(?:uniquement|seulement)",
    r"\bn(?:o|ão|ao|on)[\s-]+(?:\w{1,24}[^\w.;!?]{1,4}){0,4}com?merc[ii]a",
    r"com?mercia\w{0,12}[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,6}(?:prohib|proib|vietat|vedad|no\s+(?:est|se)|não|non\s+(?:è|sono))",
    r"(?:prohib|proib|vietat|ved[ae])\w{0,12}[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,6}com?mercia",
    r"\b(?:solo|sólo|solamente|somente|só|apenas|soltanto|únicamente|exclusivamente|esclusivamente)[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,5}(?:investigaci|pesquisa|ricerca|académ|acadêm)",
    r"niekomerc|komerc\w{0,12}[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,5}(?:zabron|zakaz|nie\b)",
    r"(?:zabron|zakaz|nie\b)\w{0,12}[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,5}komerc",
    r"niet[\s-]?commercie|commercie\w{0,12}[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,5}(?:verboden|niet)",
    r"(?:يمنع|ممنوع|يحظر|محظور|غير|لا\s).{0,30}تجاري|تجاري.{0,30}(?:ممنوع|محظور|غير)",
    r"(?:गैर|अ)[\s-]?(?:व्यावसायिक|वाणिज्यिक)|(?:व्यावसायिक|वाणिज्यिक).{0,40}(?:निषिद्ध|वर्जित|नहीं|मना)",
    r"ticari[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,5}(?:yasak|değil|edilemez|kullanılamaz)",
    r"phi\s+thương\s+mại|(?:cấm|không).{0,20}thương\s+mại",
    r"(?:tidak|dilarang|non)[^\w.;!?]{1,4}(?:\w{1,24}[^\w.;!?]{1,4}){0,4}komersial|icke[\s-]?kommersiel",
    r"ikke[\s-]?kommersiel|ei[\s-]kaupalli|nekomer[čc]",
)
BANS = re.compile("|".join(f"(?:{phrase})" for phrase in PHRASES), re.IGNORECASE)
BENIGN = re.compile(
    r"\b(?:no|without(?:\s+any)?)\s+(?:further\s+)?(?:restrictions?|limits?|limitations?)(?:\s+(?:on|for|of|in|to))?(?:\s+(?:any|its))?(?:\s+commercial)?"
    r"|\bnot\s+(?:only|just)\b|\bcommercial(?:ly)?\s+(?:apis?|models?|systems?|services?|llms?|available)\b"
    r"|academic\s+benchmarks?"
    r"|不需要授权|无需授权|commercial\s+and\s+non[\s-]?profit",
    re.IGNORECASE,
)
"""What sounds like a ban and is none."""
TAG = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
HIDDEN = re.compile(r"[*_`~\\]")
DASH = re.compile(r"[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
SPACE = re.compile(r"\s+")
ALIKE = str.maketrans("аеорсухіѕјԁԛԝοανιΑΒΕΗΙΚΜΝΟΡΤΧАВЕКМНОРСТХ", "aeopcyxisjdqwoaviABEHIKMNOPTXABEKMHOPCTX")
"""Letters of other scripts that look like Latin ones."""
MIXED = re.compile(r"[a-zA-Z]")
CONTEXT = 40
LONGEST = 200_000


def found(prose: str) -> str | None:
    """The first place of `prose` where somebody seems to rule uses out, None where nobody does.

    What is longer than anybody reads is one.
    """
    plain = _plain(prose) if len(prose) <= LONGEST else prose
    if len(plain) > LONGEST:  # one sign may stand for many
        return f"{len(plain):,} characters of prose"
    plain = BENIGN.sub(" ", plain)
    alike = " ".join(word.translate(ALIKE) if MIXED.search(word) else word for word in plain.split(" "))
    for text in dict.fromkeys((plain, alike)):
        said = BANS.search(text)
        if said is not None:
            return text[max(0, said.start() - CONTEXT) : said.end() + CONTEXT].strip()
    return None


def _plain(prose: str) -> str:
    """Without markup and what cannot be seen, with one kind of dash and of space."""
    text = readable(TAG.sub("", resolved(prose))).replace("’", "'")
    text = "".join(sign for sign in text if unicodedata.category(sign) != "Cf" and not "\ufe00" <= sign <= "\ufe0f")
    return SPACE.sub(" ", DASH.sub("-", HIDDEN.sub("", text)))
