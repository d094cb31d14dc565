"""What a member of a .zip is called: UTF-8, said or not, else the code page of DOS. Standard library only."""

import struct
import zipfile
import zlib

SAYS_UTF_8 = 0x800
UNICODE_PATH = 0x7075
"""Info-ZIP's extra field with the name in UTF-8 (APPNOTE 6.3.10, 4.6.9)."""

PATH_HEADER = struct.Struct("<BL")


def name_of(info: zipfile.ZipInfo) -> str:
    """The name that whoever packed the member saw.

    Python decodes a name without the flag as cp437. Many programs write UTF-8 without it, and hardly any other bytes
    are UTF-8 by chance.
    """
    name = info.orig_filename
    if info.flag_bits & SAYS_UTF_8 or name.isascii():
        return name
    raw = name.encode("cp437")
    try:
        return (_unicode_path(info.extra, raw) or raw).decode()
    except UnicodeDecodeError:
        return name


def _unicode_path(extra: bytes, raw: bytes) -> bytes | None:
    """The name in the extra field, None where there is none or where it belongs to another name than `raw`."""
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        body, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == UNICODE_PATH and len(body) > PATH_HEADER.size:
            version, checksum = PATH_HEADER.unpack_from(body)
            if version == 1 and checksum == zlib.crc32(raw):
                return body[PATH_HEADER.size :]
    return None
