"""What leads somewhere or names a thing by a code: URLs, mail, handles, paths, versions, hashes, phone numbers, keys.

Imports the claims of a text.
"""

import re

from pipelines.text.elements.claims import Claims
from pipelines.text.elements.element import Kind

# Scripts without spaces, and their punctuation, in which a sentence goes on right behind an address.
WIDE = "\u2013\u2014\u2026\u3000-\u30ff\u3400-\u9fff\uac00-\ud7af\uff00-\uffef\u0e00-\u0e7f"
SCHEMES = (
    "https?|ftps?|sftp|ssh|git|svn|file|mailto|tel|sms|magnet|data|wss?|urn|doi|geo|irc|ldap|s3|gs|redis"
    "|postgres(?:ql)?|sqlite|jdbc|amqp"
)
URL = re.compile(
    rf"(?<![\w])(?:(?:{SCHEMES})(?:\+\w+)?:(?://)?|www\.)(?P<body>(?:[^\s<>\"'`“”«»(){{}}\[\]|\\^{WIDE}]"
    rf"|\([^\s()<>]{{0,200}}\)|\{{[\w.]{{1,60}}\}}){{2,2000}})",
    re.IGNORECASE,
)
DOMAINS = (
    "com|org|net|edu|gov|io|dev|app|info|eu|uk|pt|br|de|fr|es|it|nl|ch|at|be|pl|se|no|fi|dk|ie|us|ca|au|jp|cn|int|me|co"
    "|tv|ai"
)
DOMAIN = re.compile(
    rf"(?<![\w@.-])(?:[A-Za-z0-9](?:[A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?\.){{1,5}}(?:{DOMAINS})(?::\d{{2,5}})?(?:/[^\s<>\"'`()]{{0,500}})?(?![\w@-])"
)
MAIL = re.compile(
    r"(?<![A-Za-z0-9_.+@-])(?:mailto:)?[A-Za-z0-9_.+%'\u00c0-\u024f-]{1,64}@(?:[A-Za-z0-9\u00c0-\u024f-]{1,63}\.){1,8}"
    r"[A-Za-z]{2,24}(?![A-Za-z0-9_-])"
)
FEDERATED = re.compile(r"(?<![\w@/.])@[\w.-]{1,60}@[\w.-]{1,80}\w")
HANDLE = re.compile(r"(?<![\w@/.])@[A-Za-z_][\w.-]{0,60}\w(?:@[\w.-]{1,80}\w)?|(?<![\w@/.])@[A-Za-z]\b")
HASHTAG = re.compile(r"(?<![\w&#/])#(?:[^\W\d_][\w-]{0,80}|\d{1,7}(?![\w.,]*\d))\b")
WINDOWS = re.compile(
    r"(?<![\w\\])(?:[A-Za-z]:\\|\\\\)[^\s<>\"|?*:()]{1,300}|(?<![\w\\])%[A-Za-z]{2,30}%\\[^\s<>\"|?*:()]{0,300}"
)
UNIX = re.compile(
    r"(?<![\w/.<])(?:~|\.{1,2})?/(?:[\w.@+~-]{1,80}/){1,20}[\w.@+*~-]{0,80}|(?<![\w/.<])(?:~"
    r"|\.{1,2})/[\w.@+*~-]{1,80}|(?<![\w/.<\d])/[A-Za-z][\w.@+-]{1,80}(?![\w/])"
)
RELATIVE = re.compile(
    r"(?<![\w/.-])(?:[\w.-]{1,60}/){1,10}[\w.-]{1,60}\.[A-Za-z][A-Za-z0-9]{0,7}(?![\w/])"
    r"|(?<![\w/.-])(?:[a-z][\w.-]{1,60}/){1,10}(?![\w])"
)
EXTENSIONS = (
    "txt md rst pdf docx? xlsx? pptx? odt ods csv tsv jsonl? xml ya?ml toml ini cfg conf log html? css jsx? tsx? "
    "py rb go rs java kt c h cpp hpp cs php sh bat ps1 sql db sqlite zip tar gz bz2 xz 7z rar exe msi dmg deb rpm "
    "iso png jpe?g gif svg webp bmp tiff? mp3 mp4 wav mov avi mkv srt vtt epub lock env ipynb parquet safetensors "
    "onnx gguf whl jar war apk ics vcf eml tex bib bak tmp"
)
FILE = re.compile(rf"(?<![\w/\\@-])\.?[\w-][\w.@+-]{{0,80}}\.(?:{'|'.join(EXTENSIONS.split())})(?![\w/-]|\.\w)")
DOTFILE = re.compile(r"(?<![\w/.\\])\.(?:[a-z][\w-]{2,30})(?:/[\w.-]+)*(?![\w])")
VERSION = re.compile(
    r"(?<![\w.,-])(?!\d{1,3}(?:\.\d{3})+(?![\w.]))(?:[vV]\d+(?:\.\d+)*|\d+\.\d+\.\d+(?:\.\d+)*"
    r"|\d+\.\d+(?:\.\d+)*(?:a|b|rc|alpha|beta|dev|post|[-+](?:rc|alpha|beta|dev"
    r"|SNAPSHOT))[\w.+-]*)(?:[-+][A-Za-z0-9.]+)?(?![\w]|[.,]\d)"
)
HASH = re.compile(
    r"(?<!\w)(?:[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}|(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}|0x[0-9A-Fa-f]{2,64}|(?:sha\d+|md5)[:=-][0-9A-Fa-f]{6,128}"
    r"|(?=[0-9a-f]*\d)(?=\d*[a-f])[0-9a-f]{7,128}|(?=[0-9A-F]*\d)(?=\d*[A-F])[0-9A-F]{8,128}"
    r"|[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}|(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}"
    r"|#[0-9A-Fa-f]{6}(?:[0-9A-Fa-f]{2})?)(?!\w)"
)
NETWORK = re.compile(
    r"(?<![\w.:])(?!\d{1,3}(?:\.000)+)(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2}|:\d{1,5})?(?![\w.]\d)"
    r"|(?<![\w:])(?:[0-9A-Fa-f]{1,4}:){3,7}[0-9A-Fa-f]{1,4}(?![\w:])|(?<![\w.])localhost(?::\d{2,5})?(?:/\S{0,200})?"
)
BANK = re.compile(r"(?<![\w])[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?(?!\w)")
BOOK = re.compile(
    r"(?<!\w)(?:ISBN|ISSN|DOI|NIF|NIPC|CPF|CNPJ|VAT|EAN|IBAN|BIC|SKU|RG|IMEI"
    r"|VIN)(?:-1[03])?:?\s*(?P<it>[\dA-Z][\dA-Z ./-]{5,30}[\dXA-Z])(?!\w)"
)
ISBN = re.compile(r"(?<![\w-])97[89][- ]\d{1,5}[- ]\d{1,7}[- ]\d{1,7}[- ][\dX](?![\w-])")
DOI = re.compile(r"(?<![\w.])10\.\d{4,9}/[^\s\"<>()]{1,200}[^\s\"<>().,;:]")
NAMED = re.compile(
    r"(?<![\w.\\/@#-])(?:[A-Za-z_]\w{0,60}(?:(?:::|->|\.)[A-Za-z_]\w{0,60}){0,6}\(\)"
    r"|[A-Za-z]{1,40}(?:_[A-Za-z0-9]{1,40}){1,8}|_[A-Za-z]\w{1,40}|--[a-z][\w-]{1,40}(?:=\S{1,80})?"
    r"|[a-z]{2,20}[A-Z][A-Za-z0-9]{1,40}|[A-Za-z]\w{0,40}::\w{1,40})(?![\w])"
)
LONG = re.compile(
    r"(?<![\w/+=.-])(?=[\w+/=.-]{0,80}\d)(?=[\w+/=.-]{0,80}[A-Z])(?=[\w+/=.-]{0,80}[a-z])[A-Za-z0-9+/=_-][A-Za-z0-9+/=_.-]{18,4000}"
    r"[A-Za-z0-9+/=_-]|(?<!\w)\w{40,}"
)
DOTTED = re.compile(r"(?<![\w.@-])[A-Za-z_]\w{1,40}(?:\.[A-Za-z_]\w{1,40}){2,8}(?![\w@-]|\.\w)")
INTERNATIONAL = re.compile(r"(?<![\w.,/+-])\+\d[\d .()/-]{5,24}\d(?![\w]|[.,/-]\d)")
PHONE = re.compile(
    r"(?<![\w.,/+-])(?:\(\d{1,5}\)[ ]?\d{2,5}(?:[ .-]\d{2,5}){1,3}|0\d{2,5}[ -]\d{2,4}[ -]?\d{2,5}"
    r"|\d{3}[.-]\d{3}[.-]\d{4}"
    r"|\d{3}-\d{4}|\d{2,3} \d{3} \d{2,3} \d{2,3}|[29]\d{2} \d{3} \d{3}|1-\d{3}-\d{3}-\d{4})(?!\w|[.,/-]\d)"
)
KEYS = re.compile(
    r"(?<![\w+])(?:Ctrl|Control|Alt|Option|Shift|Cmd|Command|Win|Meta|Super|Fn|AltGr|Strg|⌘|⌥|⇧"
    r"|⌃)(?:\s?[+-]\s?(?:[A-Za-z0-9]{1,10}|[^\w\s]))+|(?<![\w+])[⌘⌥⇧⌃]+[A-Za-z0-9]?(?!\w)"
)


def find_addresses(claims: Claims) -> None:
    """Claim everything of this kind, the longest kinds first."""
    text = claims.text
    if "@" in text:
        claims.holes(HANDLE, Kind.HANDLE)
    if "." in text:
        claims.holes(DOTTED, Kind.IDENTIFIER)
        claims.holes(DOMAIN, Kind.ADDRESS)
    if "/" in text:
        claims.holes(DOI, Kind.IDENTIFIER)
        claims.holes(UNIX, Kind.PATH)
        claims.holes(RELATIVE, Kind.PATH)
    claims.holes(BOOK, Kind.IDENTIFIER)
    claims.holes(ISBN, Kind.IDENTIFIER)
    claims.holes(BANK, Kind.IDENTIFIER)
    claims.holes(NETWORK, Kind.ADDRESS)
    claims.holes(INTERNATIONAL, Kind.PHONE)
    claims.holes(PHONE, Kind.PHONE)
    if "." in text:
        claims.holes(FILE, Kind.PATH)
        claims.holes(DOTFILE, Kind.PATH)
        claims.holes(VERSION, Kind.IDENTIFIER)
    claims.holes(HASH, Kind.IDENTIFIER)
    if "#" in text:
        claims.holes(HASHTAG, Kind.HANDLE)
    claims.holes(KEYS, Kind.IDENTIFIER)
    claims.holes(LONG, Kind.IDENTIFIER)
    claims.holes(NAMED, Kind.IDENTIFIER)


def find_urls(claims: Claims) -> None:
    """Claim mail addresses, paths with a drive, and URLs without the punctuation of the sentence that they stand in."""
    if "@" in claims.text:
        claims.holes(FEDERATED, Kind.HANDLE)
        claims.holes(MAIL, Kind.ADDRESS)
    if "\\" in claims.text:
        claims.holes(WINDOWS, Kind.PATH)
    if ":" not in claims.text and "www." not in claims.text.lower():
        return
    claims.holes(URL, Kind.ADDRESS)
