"""《世界人权宣言》第 1–30 条的三十七种文本：逐条平行，量语言税用。

条号相同的互为译文；序言不收，因为阿姆哈拉语没有。来源、许可、校验和见 labs/data/SOURCES.md，
由 scripts/prepare_udhr.py 写成。文字一个不改，NFC 与 NFD 照原样；要规范化由调用者做。
汉语各方言是用汉字写下的读本，字的选法出自译者；各语言的译者与年代不同，“平行”只到条。
蒙古语是西里尔字母，哈萨克语也是；中国境内通行的传统蒙古文、阿拉伯字母哈萨克文，这份数据里没有整篇的。
正文：docs/03-harms-bias/lab-token-tax.py。
"""

import json
import lzma
from functools import cache
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "data/udhr-world.json.xz"
ARTICLES = 30
LANGUAGES = {
    "eng": "英语",
    "cmn_hans": "中文（简体）",
    "cmn_hant": "中文（繁体）",
    "yue": "粤语",
    "wuu": "吴语",
    "nan": "闽南语",
    "hak": "客家话",
    "gan": "赣语",
    "jpn": "日语",
    "kor": "朝鲜语",
    "bod": "藏语",
    "uig_arab": "维吾尔语",
    "kaz": "哈萨克语",
    "khk": "蒙古语",
    "iii": "彝语",
    "ccx": "壮语",
    "vie": "越南语",
    "tha": "泰语",
    "lao": "老挝语",
    "khm": "高棉语",
    "mya": "缅甸语",
    "ind": "印尼语",
    "hin": "印地语",
    "ben": "孟加拉语",
    "tam": "泰米尔语",
    "tel": "泰卢固语",
    "urd": "乌尔都语",
    "arb": "阿拉伯语",
    "tur": "土耳其语",
    "rus": "俄语",
    "deu_1996": "德语",
    "fra": "法语",
    "spa": "西班牙语",
    "ell_monotonic": "希腊语",
    "amh": "阿姆哈拉语",
    "swh": "斯瓦希里语",
    "yor": "约鲁巴语",
}


def articles(language: str) -> list[str]:
    """一种语言的三十条，每条第一行是小标题；没有这种语言，抛出 ValueError。"""
    if language not in LANGUAGES:
        raise ValueError(f"language 应为 {'、'.join(LANGUAGES)} 之一，得到 {language!r}。")
    return list(_load()[language])


@cache
def _load() -> dict[str, list[str]]:
    return json.loads(lzma.decompress(FILE.read_bytes()))
