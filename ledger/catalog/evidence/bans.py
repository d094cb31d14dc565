"""Sentences by which somebody rules uses out, in the languages of most model cards. Imports the standard library only.

They decide nothing: a card whose prose holds one no longer settles which licence holds.
"""

import re
import unicodedata

PHRASES = (
    r"non[\s-]?commercial",
    r"\bcommercial[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,4}(?:not|never|no|prohibited|forbidden|disallowed|excluded)\b",
    r"\b(?:not|never|no|nor|cannot|can't|without)[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,6}commercial",
    r"\b(?:prohibit|forbid|disallow|exclud|ban)\w*[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,8}commercial",
    r"\bcommercial[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,3}(?:requires?|needs?)[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,4}(?:licen[sc]e|permission|agreement|consent|contact)",
    r"\b(?:research|academic|educational|personal|evaluation|scientific)[^\w.;:!?]+(?:(?:and|or|use|uses|usage|purposes?|\w+)[^\w.;:!?]+){0,3}only\b",
    r"\bonly[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,4}(?:research|academic|educational|personal|scientific)\b",
    r"\b(?:limited|restricted)\s+to[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,3}(?:research|academic|educational|personal|scientific)",
    r"禁止.{0,12}商[业業用]|[不勿].{0,6}(?:用于|用於|作|做|进行|進行)?.{0,4}商[业業用]|非商[业業用]|[仅僅只][限供能可用].{0,12}(?:研究|学术|學術|非|个人|個人|教育)",
    r"商[业業用].{0,12}(?:禁止|[严嚴]禁|不得|不可|不允许|不允許|需.{0,6}(?:授权|授權|许可|許可))",
    r"商用.{0,10}(?:禁|不可|できません|ならない|認め)|非営利|営利.{0,14}(?:禁|不可|できません)|研究.{0,8}(?:のみ|に限)|商業.{0,14}(?:禁|不可|できません)",
    r"상업.{0,16}(?:금지|불가|없|않|안\s)|비상업|비영리|영리.{0,12}(?:금지|불가)|(?:연구|학술).{0,12}(?:만|한정|한하)",
    r"некоммерч|коммерч\w*[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,5}(?:запрещ|не\s)|(?:запрещ|не\s+(?:допуск|разреш))\w*[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,5}коммерч"
    r"|(?:только|исключительно)[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,4}(?:исслед|научн|личн|образоват)",
    r"некомерц|комерц\w*[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,5}(?:заборон|не\s)|(?:заборон|не\s+дозвол)\w*[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,5}комерц",
    r"(?:nicht|un)[\s-]?kommerziell|kommerziel\w*[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,6}(?:verboten|untersagt|nicht|ausgeschlossen|unzulässig)"
    r"|(?:verbiet|verbot|untersag|kein|nicht)\w*[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,6}kommerziel|(?:nur|ausschließlich|lediglich)[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,4}(?:forschung|wissenschaft|privat)",
    r"commercia\w*[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,6}(?:interdit|prohib|exclu|pas\b)|(?:interdi|prohib|pas\b)\w*[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,6}commercia"
    r"|(?:uniquement|seulement|exclusivement|réservée?)[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,5}recherche|recherche[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,3}(?:uniquement|seulement)",
    r"\bn(?:o|ão|ao|on)[\s-]+(?:\w+[^\w.;:!?]+){0,4}com?merc[ii]a|com?mercia\w*[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,6}(?:prohib|proib|vietat|vedad|no\s+(?:est|se)|não|non\s+(?:è|sono))"
    r"|(?:prohib|proib|vietat|ved[ae])\w*[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,6}com?mercia"
    r"|\b(?:solo|sólo|solamente|somente|só|apenas|soltanto|únicamente|exclusivamente|esclusivamente)[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,5}(?:investigaci|pesquisa|ricerca|académ|acadêm)",
    r"niekomerc|komerc\w*[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,5}(?:zabron|zakaz|nie\b)|(?:zabron|zakaz|nie\b)\w*[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,5}komerc",
    r"niet[\s-]?commercie|commercie\w*[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,5}(?:verboden|niet)",
    r"(?:يمنع|ممنوع|يحظر|محظور|غير|لا\s).{0,30}تجاري|تجاري.{0,30}(?:ممنوع|محظور|غير)",
    r"(?:गैर|अ)[\s-]?(?:व्यावसायिक|वाणिज्यिक)|(?:व्यावसायिक|वाणिज्यिक).{0,40}(?:निषिद्ध|वर्जित|नहीं|मना)",
    r"ticari[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,5}(?:yasak|değil|edilemez|kullanılamaz)|phi\s+thương\s+mại|(?:cấm|không).{0,20}thương\s+mại",
    r"(?:tidak|dilarang|non)[^\w.;:!?]+(?:\w+[^\w.;:!?]+){0,4}komersial|icke[\s-]?kommersiel|ikke[\s-]?kommersiel|ei[\s-]kaupalli|nekomer[čc]",
)
BANS = re.compile("|".join(f"(?:{phrase})" for phrase in PHRASES), re.IGNORECASE)
HIDDEN = re.compile(r"[\u00ad\u200b-\u200f\u2060\ufeff*_`~]")
SPACE = re.compile(r"\s+")
CONTEXT = 40
LONGEST = 200_000


def found(prose: str) -> str | None:
    """The first place of `prose` where somebody seems to rule uses out, None where nobody does."""
    plain = SPACE.sub(" ", HIDDEN.sub("", unicodedata.normalize("NFKC", prose[:LONGEST])))
    said = BANS.search(plain)
    if said is None:
        return None
    return plain[max(0, said.start() - CONTEXT) : said.end() + CONTEXT].strip()
