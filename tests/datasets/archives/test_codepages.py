"""The letters of names: sets of class names as people pack them, each in the code pages
that its language was written in."""

import pytest

from tltools.datasets.archives import codepages

WESTERN, CYRILLIC = ("cp437", "cp850", "cp1252"), ("cp866", "cp1251", "koi8_u")
CENTRAL = ("cp852", "cp1250")
SETS = [
    (WESTERN, "Äpfel Bären Käfer Vögel Füchse"), (WESTERN, "Möwe Hund Katze"),
    (WESTERN, "gut beschädigt zerstört"), (WESTERN, "Straße Fußgänger Gebäude"),
    (WESTERN, "éléphant chèvre forêt garçon"), (WESTERN, "león araña delfín pingüino"),
    (WESTERN, "plátano limón sandía piña"), (WESTERN, "città caffè perché"),
    (WESTERN, "älg björn räv får Åska"), (("cp850", "cp1252"), "avião caminhão ônibus"),
    (("cp850", "cp1252"), "bjørn får æble Ørn"), (CENTRAL, "żółw gęś łoś źrebię mysz"),
    (CENTRAL, "kočka pes kůň želva motýl"), (("cp857", "cp1254"), "kırmızı yeşil sarı"),
    (("cp857", "cp1254"), "ağaç kuş balık çiçek"), (CYRILLIC, "кошки собаки птицы"),
    (CYRILLIC, "Яблоко Груша Слива"), (("cp866", "cp1251"), "ПРИРОДА ЖИВОТНЫЕ МАШИНЫ"),
    (CYRILLIC, "дефект норма"), (("cp737", "cp1253"), "γάτα σκύλος πουλί"),
    (("cp862", "cp1255"), "חתול כלב ציפור"), (("cp1256",), "قطة كلب طائر"),
    (("cp874",), "แมว สุนัข นก"), (("gb18030",), "猫 狗 鸟"), (("gb18030",), "苹果 香蕉 橙子 西瓜"),
    (("gb18030",), "汽车 卡车 摩托车"), (("gb18030",), "裂纹 凹坑 氧化"),
    (("gb18030",), "石头 剪刀 布"), (("gb18030",), "新建文件夹 图片"),
    (("big5hkscs",), "貓 狗 鳥"), (("big5hkscs",), "蘋果 香蕉 鳳梨"),
    (("big5hkscs",), "塑膠瓶 鋁罐 紙盒"), (("cp932",), "猫 犬 鳥"), (("cp932",), "ねこ いぬ とり"),
    (("cp932",), "グー チョキ パー"), (("cp932",), "表 裏"),
    (("cp932", "euc_jp"), "桜の花 紅葉 富士山"),
    (("cp949",), "고양이 강아지 새"), (("cp949",), "가위 바위 보"), (("cp949",), "나비 벌 개미"),
    (("utf-8",), "猫 Äpfel кошки"),
]
PACKED = [(page, names.split()) for pages, names in SETS for page in pages]


@pytest.mark.parametrize(("page", "names"), PACKED, ids=lambda value: str(value)[:24])
def test_names_are_read_as_they_were_written(page, names):
    raw = [f"{name}/{number}.jpg".encode(page) for name in names for number in range(3)]
    read = {codepages.decoded(item, codepages.guess(raw)[0]).split("/")[0] for item in raw}
    assert read == set(names)


def test_a_wrong_guess_has_the_right_one_beside_it():
    """"fűz" in cp1250 has the very bytes of "fûz" in cp1252, the more frequent page."""
    raw = ["fűz/1.jpg".encode("cp1250")]
    pages = codepages.guess(raw)
    assert "fűz/1.jpg" in {codepages.decoded(raw[0], page) for page in pages}
    assert 1 < len(pages) <= codepages.MOST


def test_pages_that_read_alike_are_named_once():
    raw = ["Bären".encode("cp437")]
    read = [codepages.decoded(raw[0], page) for page in codepages.guess(raw)]
    assert len(set(read)) == len(read)
    assert read[0] == "Bären"


def test_plain_names_need_no_guess():
    assert codepages.guess([b"cats/1.jpg", b"dogs/2.jpg", b""]) == []


def test_many_names_are_judged_as_few():
    raw = [f"кошки/{number}-я.jpg".encode("cp866") for number in range(10_000)]
    assert codepages.guess(raw)[0] == "cp866"


def test_bytes_that_are_no_letters_keep_names_different():
    assert codepages.decoded(b"caf\xe9\xff", "utf-8") == "caféÿ"
    assert codepages.decoded(b"a\xff", "cp932") != codepages.decoded(b"a\xfe", "cp932")


@pytest.mark.parametrize("page", codepages.LABELS)
def test_every_page_is_known_to_python_and_can_win(page):
    assert "a".encode(page).decode(page) == "a"
    if page != "utf-8":
        assert codepages._page(page)[0]("\u2588") >= 13  # a block is no letter anywhere
