"""What the names of folders and files tell in a collection of pictures: which belong to
a system, which name a part of the split, a portion of a download or a group.

Owns the vocabulary and its reading. Leaves to `folders` whether the folders
around a name support what it seems to say: a vehicle class may be called `train`.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

Path = tuple[str, ...]

_SYSTEM = {
    "__macosx", "thumbs.db", "desktop.ini", "ehthumbs.db", "ehthumbs_vista.db", "$recycle.bin",
    "#recycle", "@recycle", "@recently-snapshot", "@eadir", "#snapshot", "lost+found",
    "system volume information", "icon\r", "__pycache__", "node_modules", "site-packages"
}
_TRAIN = {"train", "training", "trn", "trainings", "trainval", "entrainement",
          "apprentissage", "entrenamiento", "treino", "treinamento", "addestramento", "traning",
          "treningowy", "treningowe", "egitim", "обучение", "обучающая", "тренировка", "تدريب",
          "التدريب", "pelatihan", "latih", "训练", "訓練", "学習", "훈련", "학습"}
_VALIDATION = {"val", "valid", "validation", "validate", "validating", "validierung", "dev",
               "validacion", "validacao", "convalida", "validatie", "walidacja", "walidacyjne",
               "validering", "dogrulama", "валидация", "تحقق", "التحقق", "validasi", "验证",
               "驗證", "検証", "검증"}
_TEST = {"test", "tests", "testing", "tst", "holdout", "heldout", "prueba", "pruebas", "teste",
         "essai", "testowy", "testowe", "тест", "тестовая", "тестирование", "اختبار",
         "الاختبار", "pengujian", "uji", "测试", "測試", "テスト", "테스트", "시험"}
_EVALUATION = {"eval", "evaluation", "evaluate"}
_UNLABELLED = {"pred", "preds", "predict", "prediction", "predictions", "unlabeled", "unlabelled",
               "unlabel", "nolabel", "nolabels", "unsorted", "unsortiert"}
_NEUTRAL = {"set", "sets", "data", "dataset", "datasets", "image", "images", "img", "imgs",
            "picture", "pictures", "pic", "pics", "photo", "photos", "foto", "fotos", "bild",
            "bilder", "file", "files", "folder", "split", "sample", "samples", "zip", "final",
            "all", "full", "public", "private", "s", "daten", "集", "データ", "用", "数据"}
_GENERIC = _NEUTRAL | {
    "jpg", "jpgs", "jpeg", "jpegs", "png", "pngs", "tif", "tiff", "bmp", "gif", "webp", "heic",
    "avif", "jpegimages", "raw", "rgb", "input", "inputs", "original", "originals", "dcim",
    "pixels", "frames", "crops", "cropped", "resized", "download", "downloads", "material"
}
_SIDE = {"mask", "masks", "annotation", "annotations", "annots", "groundtruth", "gt", "truth",
         "segmentation", "segmentations", "segmented", "trimap", "trimaps", "heatmap", "heatmaps",
         "saliency", "label", "labels", "bbox", "bboxes", "contour", "contours"}
_BESIDE = {"doc", "docs", "documentation", "asset", "assets", "static", "screenshot",
           "screenshots", "figure", "figures", "fig", "figs", "notebook", "notebooks", "result",
           "results", "output", "outputs", "log", "logs", "model", "models", "checkpoint",
           "checkpoints", "weights", "demo", "example", "examples", "template", "templates",
           "src", "code", "script", "scripts", "readme", "meta", "metadata", "preview", "previews",
           "thumbnail", "thumbnails"}
_PORTIONS = {"batch", "batches", "fold", "part", "parts", "pt", "chunk", "shard", "portion",
             "piece", "vol", "volume", "disc", "disk", "archive", "teil", "partie", "parte",
             "segment", *(_NEUTRAL - {"set", "sets", "s", "sample", "samples", "all", "final"}),
             "download"}
_GROUPS = {"patient", "patients", "pat", "subject", "subj", "person", "participant", "case",
           "user", "session", "day", "tag", "date", "week", "month", "year", "site", "place",
           "location", "ort", "hospital", "clinic", "center", "centre", "lab", "farm", "field",
           "plot", "camera", "cam", "video", "clip", "sequence", "seq", "scene", "burst", "slide",
           "specimen", "donor", "device", "run", "flight", "trip", "visit", "room", "school",
           "writer", "volunteer", "individual", "probe", "experiment", "exp", "study", "exam",
           "series"}
_PATIENTS = {"patient", "patients", "pat", "visit", "study", "exam", "series"}
_VIEWS = {"front", "back", "rear", "left", "right", "top", "bottom", "side", "above", "below",
          "indoor", "outdoor", "inside", "outside", "day", "night", "morning", "evening", "noon",
          "sunny", "cloudy", "rainy", "summer", "winter", "spring", "autumn", "fall", "near", "far",
          "close", "bright", "dark", "young", "old", "male", "female", "spoof", "live"}
_DAYS = {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
_CLASS_WORDS = {"class", "classes", "klasse", "classe", "clase", "label", "category", "type",
                "grade", "stage", "level", "cluster", "kategorie", "typ", "kind"}
_VARIANTS = {"color", "colour", "coloured", "colored", "gray", "grey", "grayscale", "greyscale",
             "rgb", "bw", "segmented", "original", "originals", "augmented", "raw", "cropped",
             "resized", "processed", "preprocessed", "enhanced", "clean", "noisy", "denoised"}
_NO_PICTURES = {"readme", "license", "licence", "copying", "notice", "authors", "changelog",
                "changes", "makefile", "version", "install", "contributing", "todo", "citation",
                "dockerfile", "manifest", "checksums", "md5sums", "sha256sums", "urls", "labels",
                "classes", "news", "credits"}
_TAIL = re.compile(r"(?P<stem>.*?)[\s_\-.#(\[]*(?P<tail>\d+|(?<![^\W\d_])[^\W\d_])[)\]]?")
_CAMERA_FOLDER = re.compile(r"\d{3}(?=.*[A-Z_])[A-Z0-9_]{5}")  # DCF 2.0: 100CANON
_RESOLUTION = re.compile(r"\d+\s*(?:x\s*\d+|px)", re.IGNORECASE)
_DATE = re.compile(r"(?:19|20)\d\d[-_. ]?(?:0?[1-9]|1[0-2])(?:[-_. ]?(?:0?[1-9]|[12]\d|3[01]))?"
                   r"|\d{1,2}[-_. ]\d{1,2}[-_. ](?:19|20)?\d\d")
_YEAR, _MONTH, _DAY = (re.compile(pattern) for pattern in (
    r"(?:19|20)\d\d", r"0[1-9]|1[0-2]", r"0[1-9]|[12]\d|3[01]"))
_MADE_UP = re.compile(r"(?:\d+\.){4,}\d+|(?=[a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,}"
                      r"|[0-9a-f]{8}(?:-[0-9a-f]{4,12}){4}", re.IGNORECASE)

_DOWNLOAD = re.compile(r".+-\d{8}T\d{6}Z(?:-\d+)*")  # as Google Drive packs folders
_UNNAMED = re.compile(
    r"(?:new folder|neuer ordner|nouveau dossier|nueva carpeta|nova pasta|nuova cartella"
    r"|untitled folder|unbenannter ordner|nieuwe map"
    r"|новая папка|新建文件夹|新しいフォルダー|새 폴더)"
    r"(?:\s*\(?\d+\)?)?", re.IGNORECASE)
_COPY = re.compile(
    r"(?P<base>.+?)[\s_]*[-–]?[\s_]*\b(?:copy|kopie|copie|copia|kopia|копия|副本|コピー)"
    r"(?:\s*\(?\d+\)?)?|(?:copy of|kopie von|copie de|copia de)\s+(?P<named>.+)", re.IGNORECASE)


def ignored(parts: Path) -> bool:
    """Whether a path is hidden or belongs to an operating system, a network disk or a
    program."""
    return any(part.startswith(".") or part.casefold() in _SYSTEM for part in parts)


def no_picture(name: str) -> bool:
    """Whether a file without an ending is one of those that lie beside pictures
    (LICENSE)."""
    return name.casefold() in _NO_PICTURES


@lru_cache(maxsize=20_000)
def words_of(name: str) -> tuple[str, ...]:
    """The words and numbers of a name, case folded, without accents: `Train_data2` has
    train, data, 2."""
    # only the accents of European letters: Japanese has marks that change the sound
    plain = re.sub("[\u0300-\u036f]", "", unicodedata.normalize("NFKD", name))
    plain = unicodedata.normalize("NFKC", plain)
    plain = re.sub(r"(?<=[^\W\d_A-Z])(?=[A-Z])", " ", plain)
    return tuple(re.findall(r"[^\W\d_]+|\d+", plain.casefold()))


@lru_cache(maxsize=20_000)
def role(name: str) -> tuple[str, tuple[str, ...]]:
    """("train", "validation", "test", "evaluation", "unlabelled" or "", the other words
    that say something), of a folder's name or of a cell in a column of splits.

    `training_set` has no other words, `seg_train` has "seg". A name with two parts of a
    split is of none, but for `trainval`.
    """
    roles, rest = set(), []
    joined = words_of(name)
    if joined[:2] in (("hold", "out"), ("held", "out"), ("to", "classify"), ("no", "label"),
                      ("to", "predict"), ("to", "label"), ("to", "sort")):
        joined = ("holdout" if joined[1] == "out" else "unlabelled", *joined[2:])
    for word in joined:
        found = _role_of_word(word)
        if found:
            roles.add(found)
        elif word not in _NEUTRAL and not word.isdecimal():
            rest.append(word)
    if roles == {"train", "validation"}:
        roles = {"train"}
    return (roles.pop() if len(roles) == 1 else "", tuple(rest))


def _role_of_word(word: str) -> str:
    for meaning, known in (("train", _TRAIN), ("validation", _VALIDATION), ("test", _TEST),
                           ("evaluation", _EVALUATION), ("unlabelled", _UNLABELLED)):
        if word in known:
            return meaning
        for tail in ("sset", "set", "sdaten", "daten", "data", "images", "imgs", "bilder",
                     "集", "データ", "用"):
            if word.endswith(tail) and word[:-len(tail)] in known:
                return meaning
    return ""


def parts_of(names: Iterable[str]) -> dict[str, str]:
    """"train", "validation", "test" or "unlabelled" for those of the names beside each
    other that can name a part; {} if they do not do so in one manner.

    `asl_train` and `asl_test` do; `bullet_train` and `express_train` do not. An
    evaluation is the test, unless there is one (Hugging Face's `datasets` reads it so).
    FER2013's `PublicTest` is the validation beside its `PrivateTest`.
    """
    read = {name: role(name) for name in names}
    found = {name: meaning for name, (meaning, _) in read.items() if meaning}
    if not _in_one_manner(found, {name: read[name][1] for name in found}):
        return {}
    tests = {name: words_of(name) for name, meaning in found.items() if meaning == "test"}
    if any("private" in words for words in tests.values()):
        found |= {name: "validation" for name, words in tests.items() if "public" in words}
    other = "validation" if "test" in found.values() else "test"
    return {name: other if meaning == "evaluation" else meaning
            for name, meaning in found.items()}


def _in_one_manner(found: dict[str, str], rests: dict[str, Path]) -> bool:
    """Whether the other words of names that may name parts are the same: `asl_train`,
    `asl_test`; a part but the training may say more (`c_train`, `c_test_final`)."""
    if len(set(rests.values()) - {()}) < 2:
        return True
    training = {rests[name] for name, meaning in found.items() if meaning == "train"}
    stem = training.pop() if len(training) == 1 else ()
    return bool(stem) and all(rest[:len(stem)] == stem for rest in rests.values())


def sure_part(name: str) -> str:
    """The part that a folder names without other words; "" for none."""
    meaning, rest = role(name)
    if rest or meaning in ("", "unlabelled"):
        return ""
    return "test" if meaning == "evaluation" else meaning


@lru_cache(maxsize=20_000)
def generic(name: str) -> bool:
    """Whether a folder's name says only that pictures lie in it."""
    words = words_of(name)
    return bool(_CAMERA_FOLDER.fullmatch(name) or _UNNAMED.fullmatch(name)) or (
        any(word in _GENERIC and len(word) > 1 for word in words)
        and all(word in _GENERIC or word.isdecimal() for word in words))


def copied(name: str) -> str:
    """The folder whose copy this is by its name, as systems give it (`cats - Copy`,
    `Kopie von cats`); "" for none."""
    match = _COPY.fullmatch(name)
    return (match["base"] or match["named"]) if match else ""


def days(names: Iterable[str]) -> bool:
    """Whether names tell when pictures were taken: days or months, never a class."""
    return all(_DATE.fullmatch(name) or name.casefold() in _DAYS for name in names)


def no_class(names: Iterable[str]) -> bool:
    """Whether names tell when or of whom pictures were taken, or are numbers that a
    computer made up (DICOM's UIDs, hashes): never a class."""
    names = list(names)
    if days(names) or (len(names) > 2 and all(map(_MADE_UP.fullmatch, names))):
        return True
    stem = _common_stem(names) if len(names) > 1 else None
    return bool(stem) and (words_of(stem or "") or ("",))[-1] in _PATIENTS


def view(name: str) -> bool:
    """Whether a folder's name tells how pictures were taken rather than of what."""
    return all(word in _VIEWS or word.isdecimal() for word in words_of(name))


def generic_end(name: str) -> bool:
    """Whether a name ends in a word as "images" or "png"."""
    return (words_of(name) or ("",))[-1] in _GENERIC - {"s"}


def dated(folders: Path) -> Path:
    """The folders with 2023/05/01 as one, 2023-05-01."""
    for at, year in enumerate(folders[:-1]):
        if _YEAR.fullmatch(year):
            count = 1 + bool(_MONTH.fullmatch(folders[at + 1]))
            count += count == 2 and bool(_DAY.fullmatch("".join(folders[at + 2:at + 3])))
            if count > 1:
                return (*folders[:at], "-".join(folders[at:at + count]), *folders[at + count:])
    return folders


def beside(name: str) -> bool:
    """Whether a folder's name says that its pictures explain or illustrate something
    (docs, assets)."""
    return any(word in _BESIDE for word in words_of(name))


def side_data(name: str) -> bool:
    """Whether a folder's name says that it holds masks or annotations of pictures that
    lie elsewhere."""
    return any(word in _SIDE for word in words_of(name))


def truth(name: str) -> bool:
    """Whether a folder holds the truth for a search or segmentation: no pictures to
    learn classes from, whatever lies beside it."""
    return words_of(name) in (("ground", "truth"), ("groundtruth",), ("gt",)) \
        or bool({"annotation", "annotations", "trimaps"} & set(words_of(name)))


def portions(names: Iterable[str]) -> str:
    """What names beside each other have in common: "portion" (batch1, batch2), "group"
    (patient 1, days), "variant" (color, grayscale), "numbered" (any word with numbers),
    "ids", or ""."""
    names = list(names)
    if days(names) or all(map(_YEAR.fullmatch, names)):
        return "group"
    if all(map(_DOWNLOAD.fullmatch, names)):
        return "portion"
    words = [words_of(name) for name in names]
    if all(generic(name) or _RESOLUTION.fullmatch(name) or any(word in _VARIANTS for word in found)
           for name, found in zip(names, words, strict=True)):
        return "portion" if _common_stem(names) else "variant"
    if all(name.isdecimal() for name in names):
        return "ids" if len(names) >= 10 or all(len(name) >= 3 for name in names) else ""
    stem = _common_stem(names)
    if stem is None:
        return ""
    last = (words_of(stem) or ("",))[-1]
    if last in _CLASS_WORDS:
        return ""
    if last in _PORTIONS:
        return "portion"
    return "group" if last in _GROUPS else "numbered"


def _common_stem(names: list[str]) -> str | None:
    """What all names begin with, before a number or a single letter; one of them may
    have neither (`images`, `images_2`)."""
    tails = [_TAIL.fullmatch(name) for name in names]
    stems = {match["stem"].casefold() for match in tails if match}
    bare = [name for name, match in zip(names, tails, strict=True) if not match]
    if len(stems) != 1 or len(bare) > 1:
        return None
    stem = stems.pop()
    if any(name.casefold() != stem for name in bare):
        return None
    letters = all(match["tail"].isalpha() for match in tails if match)
    known = (words_of(stem) or ("",))[-1] in _PORTIONS | _GROUPS | {"set"}
    return stem if known or not letters else None


def group_folder(name: str) -> bool:
    """Whether a folder below a class names a group by itself: patient_12, video 3, a
    day."""
    match = _TAIL.fullmatch(name)
    last = (words_of(match["stem"]) or ("",))[-1] if match else ""
    return bool(_DATE.fullmatch(name)) or last in _GROUPS
