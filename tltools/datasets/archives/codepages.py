"""Which letters the bytes of file names mean, where nothing says so.

Owns the code pages that archives and old disks are known to use, and the guess between
them: UTF-8 if the bytes are valid, else the page under which all names together are the
most probable. Leaves to `archives` which names need a guess.

Method: naive Bayes over letters (Manning, Raghavan and Schütze, Introduction to
Information Retrieval, 2008, chapter 13). Each page has a table of how many bits a
letter costs in the languages that are written with it; neighbours that do not go
together cost more. Own code, because the libraries look at texts, not at a dozen names:
of 192 small sets of class names in 20 pages `charset-normalizer` 3.5.3 read 81 rightly,
`chardet` 7.7 151, this 187 (short words in capitals are the hardest: 74 of 82).
"""

import math
import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import lru_cache

LetterBits = Callable[[str], float]

LABELS = {
    "utf-8": "Unicode (UTF-8)",
    "cp437": "Western (DOS, 437)", "cp850": "Western (DOS, 850)",
    "cp1252": "Western (Windows, 1252)", "gb18030": "Chinese, simplified (GBK)",
    "big5hkscs": "Chinese, traditional (Big5)", "cp932": "Japanese (Shift JIS)",
    "euc_jp": "Japanese (EUC)", "cp949": "Korean (EUC-KR)",
    "cp866": "Cyrillic (DOS, 866)", "cp1251": "Cyrillic (Windows, 1251)",
    "koi8_u": "Cyrillic (KOI8)", "cp852": "Central European (DOS, 852)",
    "cp1250": "Central European (Windows, 1250)", "cp857": "Turkish (DOS, 857)",
    "cp1254": "Turkish (Windows, 1254)", "cp737": "Greek (DOS, 737)",
    "cp1253": "Greek (Windows, 1253)", "cp862": "Hebrew (DOS, 862)",
    "cp1255": "Hebrew (Windows, 1255)", "cp720": "Arabic (DOS, 720)",
    "cp1256": "Arabic (Windows, 1256)", "cp874": "Thai (874)",
}
"""The known code pages by Python's names, in a person's words."""
MOST = 6
"""How many plausible pages `guess` names."""
_DIGITS = re.compile(rb"[0-9]+")
_JUDGED = 2_000  # different names that are looked at; more do not change the answer

# Bits of a letter: minus the binary logarithm of how often it is met.
_SYMBOL, _RARE, _FRAME, _NEVER = 13.0, 17.5, 18.0, 22.0
_BESIDE_LATIN = 5.0  # a Chinese, Japanese, Korean, Cyrillic ... letter beside a to z
_ACCENTS_TOGETHER = 3.0
_CAPITAL_INSIDE = 8.0  # a capital after a small letter
_CAPITAL = 2.5  # of a capital that does not stand behind another

_WESTERN = ("éäöüáíóñèç", "ãàêåøæßúâôõëîïûù", "òìœýþð")
_CENTRAL = ("áéíóąęłżščřžöőü", "ýěůćńśźúűăâîșțşţ", "ďťňđĺľŕäôëç")
_TURKISH = ("ışçğüö", "âîûİ", "")
_CYRILLIC = ("оеаинтсрвлк", "мдпуяыьгзбчйхіи", "жшюцщэфъёїєґўјљњћђџѓќ")
_GREEK = ("αοιετσνηυρπκλ", "ςμόάίέήγδθχβφύώω", "ξζψϊϋΐΰ")
_HEBREW = ("יולאהרמתבשנ", "כדפקחעםטסןזגצ", "ךףץ")
_ARABIC = ("اليمنرتبود", "سعفقهةحكشجصطخأ", "زضذثغءئؤىإآظپچگک ژیًّ")
_THAI = ("านรอกเงมยลวดทส", "ตะปบคหแจพชขใไโุิีู่้ัา็์ำึื", "ผถฟศณซธษญภฝฉฐฮฆฎฏฒฬฤ")
_SIMPLIFIED = (
    "的一是不了在人有我他这中大来上个国到说们为子和你地出道时年得就那要下以生会自着去之过家学对可她里"
    "后小么心多天而能好都然没日于起还发成事只作当想看文无开手十用主行方又如前所本见经头面公同三已老从"
    "动两长知分正常图片照训练测试验证集数据类别样标签猫狗鸟鱼马牛羊猪鸡鸭鹅兔虎狮象熊鼠蛇龙虫蝶蜂花草"
    "树木叶果苹蕉橙桃梨葡萄西瓜菜豆米麦玉红黄蓝绿白黑灰紫色车船飞机路桥房屋山水河海云雨雪火土石金银铜"
    "铁纸塑料玻璃垃圾回收厨余有害其他新建文件夹复制未命名第春夏秋冬男女童脸眼口耳鼻体病健康好坏良品缺陷"
    "划痕损伤裂合格异物拍摄相册微信截屏幕左右高低东南北向日葵蒲英郁香蔷薇玫瑰菊兰")
_TRADITIONAL = (
    "的一是不了在人有我他這中大來上個國到說們為子和你地出道時年得就那要下以生會自著去之過家學對可她裡"
    "後小麼心多天而能好都然沒日於起還發成事只作當想看文無開手十用主行方又如前所本見經頭面公同三已老從"
    "動兩長知分正常圖片照訓練測試驗證集數據類別樣標籤貓狗鳥魚馬牛羊豬雞鴨鵝兔虎獅象熊鼠蛇龍蟲蝶蜂花草"
    "樹木葉果蘋蕉橙桃梨葡萄西瓜菜豆米麥玉紅黃藍綠白黑灰紫色車船飛機路橋房屋山水河海雲雨雪火土石金銀銅"
    "鐵紙塑膠玻璃垃圾回收廚餘有害其他新增資料夾複製未命名第春夏秋冬男女童臉眼口耳鼻體病健康好壞良品缺陷"
    "刮痕損傷裂合格異物拍攝相簿左右高低東南北鳳芒蝴蜻蜓螞蟻")
_KANJI = (
    "日一人年大十二本中長出三時行見月後前生五間上東四今金九入学高円子外八六下来気小七山話女北午百書先"
    "名川千水半男西電校語土木聞食車何南万毎白天母火右読友左休父雨犬猫鳥魚馬牛豚羊鶏兎虎象熊鼠蛇虫蝶蜂"
    "花草桜梅松葉紅果林桃梨野菜豆米麦赤青黄緑黒灰紫色船飛機道橋家屋海雲雪石鉄紙写真画像新規正常異良不品"
    "合格傷割汚欠陥検査訓練学習評価試験分類種別番号春夏秋冬朝昼夜動物植富士京都府県市町村風景料理")
_HANGUL = (
    "이다는을의에가고하지은로를기도한사리나자어서인대시수해정일아부라들그보주과원전공만상성여제장구스오"
    "개경교국동면무물미민방불비생선소식신실안양영용우운유있적조중진차천체초치타트파표품학합형호화회강거"
    "게격결계관광금길김까꽃나무남내너노녹능단달당더데돼두드또뜻러레려력록료루류르름린마말망매머명모목문"
    "바박반발밤배백버번범법변별병복본북분빛빨산살새색석설세속손송쇠술숲쉬십싸쌀씨악알압애야약얼업연열"
    "염옥온완외요욕월위육음응의잎작잔잠재저점접종죽준줄즈지직질집짝찰참창책청촌최추축출충측층칠카컴코"
    "콩크큰키탈토통퇴판편평포폭표풀풍프피필하향허험현혈협혜홍확환활황후훈흑흰힘고양강아지토끼나비벌개"
    "미사과바나포도딸귤감배추당근돼소말닭오리긁힘량합격폴더사진검")

_LAST = "ςךםןףץ"  # forms that stand at a word's end only


def guess(raw: Iterable[bytes]) -> list[str]:
    """The plausible code pages of these names, the best first, at most `MOST`; of pages
    that read them alike, one. Empty if all names are plain ASCII.

    raw: whole paths or single names, of one source: they are judged together.
    """
    # one of all that differ in numbers only: "Bär 1" to "Bär 999" say no more than one
    odd = {_DIGITS.sub(b"0", part): part for path in raw if not path.isascii()
           for part in path.split(b"/") if not part.isascii()}
    if not odd:
        return []
    joined = b"\n".join(sorted(odd.values())[::-(-len(odd) // _JUDGED)])
    readings: dict[str, tuple[float, str]] = {}
    for encoding in LABELS:
        try:
            text = joined.decode(encoding)
        except UnicodeDecodeError:
            continue
        # bytes that are valid UTF-8 by chance are rare enough to forget
        scored = (-1.0 if encoding == "utf-8" else _bits(text, encoding), encoding)
        readings[text] = min(scored, readings.get(text, scored))
    return [encoding for _, encoding in sorted(readings.values())[:MOST]]


def decoded(raw: bytes, encoding: str) -> str:
    """A name in this code page. Bytes that are no letter in it are read as
    Windows-1252, so that different names stay different."""
    text = raw.decode(encoding, "surrogateescape")
    return "".join(bytes([ord(letter) - 0xDC00]).decode("cp1252", "replace")
                   if "\udc80" <= letter <= "\udcff" else letter for letter in text)


def _bits(text: str, encoding: str) -> float:
    """How improbable the text is as names in the languages of this page."""
    letter_bits, total = _page(encoding)
    for before, letter, after in zip("\n" + text, text, text[1:] + "\n", strict=False):
        # plain letters too: a page may take one for the second half of a character
        total += _ascii(letter) if letter.isascii() else letter_bits(letter)
        total += _neighbours(before, letter, after)
    return total


def _ascii(letter: str) -> float:
    if letter.isalpha():
        return 4.7 if letter.islower() else 6.5
    return 5.0 if letter.isdigit() or letter in "\n -_.()" else 11.0


def _neighbours(before: str, letter: str, after: str) -> float:
    bits = 0.0
    if not letter.isalpha():
        return bits
    if letter.isupper() and before.islower():
        bits += _CAPITAL_INSIDE
    if letter.isascii():
        return bits
    if letter in _LAST and after.isalpha():
        bits += _CAPITAL_INSIDE
    if letter.isupper() and before.isupper():
        bits -= _CAPITAL
    if _is_latin(letter):
        if before.isalpha() and not before.isascii():
            bits += _ACCENTS_TOGETHER
        if not before.isalpha() and not after.isalpha():
            bits += _ACCENTS_TOGETHER  # a word of one letter
        return bits
    for other in (before, after):
        if other.isalpha() and _is_latin(other):
            bits += _BESIDE_LATIN
    return bits


def _is_latin(letter: str) -> bool:
    return letter < "\u0250" or "\u1e00" <= letter <= "\u1eff"


def _alphabet(tiers: tuple[str, str, str]) -> LetterBits:
    """Bits of a letter in an alphabet. tiers: its small letters by how usual they are.
    """
    table: dict[str, float] = {}
    for letters, share in zip(tiers, (0.7, 0.26, 0.04), strict=True):
        table.update({letter: _one_of(len(letters), share) for letter in letters})

    def bits(letter: str) -> float:
        if letter in table:
            return table[letter]
        small = letter.lower()
        return table[small] + _CAPITAL if small in table else _other(letter)

    return bits


def _characters(known: str, codec: str, first: tuple[int, int], shares: tuple[float, float],
                more: LetterBits | None = None) -> LetterBits:
    """Bits of a character in a large set.

    known: those that names are likeliest to hold. codec, first: the national standard
    and the lead bytes of its first level (the usual characters; a second level holds
    the rare ones). shares: of the known and of the rest of the first level. more: for
    what is no such character.
    """
    usual = set(known)
    first_size = (first[1] - first[0] + 1) * 94 - len(usual)
    costs = (_one_of(len(usual), shares[0]), _one_of(first_size, shares[1]))

    def bits(letter: str) -> float:
        if letter in usual:
            return costs[0]
        if letter < "\u3400" or letter >= "\uff00":
            return more(letter) if more else _other(letter)
        try:
            lead = letter.encode(codec)[0]
        except UnicodeEncodeError:
            return _FRAME
        return costs[1] if first[0] <= lead <= first[1] else _RARE

    return bits


def _kana(letter: str) -> float:
    if "\u3041" <= letter <= "\u30fe":
        return _one_of(160, 0.6)
    return _SYMBOL if "\uff66" <= letter <= "\uff9d" else _other(letter)  # half-width


def _korean(known: str) -> LetterBits:
    hangul = _characters(known, "euc_kr", (0xB0, 0xC8), (0.75, 0.24))
    # Korean names are hardly ever written in Chinese characters
    return lambda letter: _FRAME if "\u3400" <= letter <= "\u9fff" else hangul(letter)


def _one_of(letters: int, share: float) -> float:
    """Bits of one of so many letters that make up this share of all."""
    return math.log2(letters / share)


def _other(letter: str) -> float:
    """Bits of what is no letter of the page's languages."""
    category = unicodedata.category(letter)
    if category in ("Cc", "Co", "Cn"):
        return _NEVER
    # frames and blocks of DOS, parts of Chinese characters
    drawn = "\u2500" <= letter <= "\u25ff" or "\u2e80" <= letter <= "\u2fff"
    return _FRAME if drawn or category[0] == "L" else _SYMBOL


@lru_cache
def _page(encoding: str) -> tuple[LetterBits, float]:
    """(bits of a letter, bits of the page itself: how seldom it is met)."""
    alphabets = {
        _WESTERN: {"cp437": 0.0, "cp850": 0.5, "cp1252": 1.0},
        _CENTRAL: {"cp852": 4.0, "cp1250": 4.0},
        _TURKISH: {"cp857": 4.0, "cp1254": 4.0},
        _CYRILLIC: {"cp866": 0.0, "cp1251": 1.0, "koi8_u": 4.0},
        _GREEK: {"cp737": 6.0, "cp1253": 6.0},
        _HEBREW: {"cp862": 6.0, "cp1255": 6.0},
        _ARABIC: {"cp720": 4.0, "cp1256": 3.0},
        _THAI: {"cp874": 3.0},
    }
    for tiers, pages in alphabets.items():
        if encoding in pages:
            return _alphabet(tiers), pages[encoding]
    japanese = _characters(_KANJI, "euc_jp", (0xB0, 0xCF), (0.25, 0.14), _kana)
    return {
        "gb18030": (_characters(_SIMPLIFIED, "gb2312", (0xB0, 0xD7), (0.6, 0.38)), 0.0),
        "big5hkscs": (_characters(_TRADITIONAL, "big5", (0xA4, 0xC6), (0.6, 0.38)), 1.0),
        "cp932": (japanese, 0.0),
        "euc_jp": (japanese, 6.0),
        "cp949": (_korean(_HANGUL), 1.0),
    }[encoding]
