"""What may go under a laser, by what a material is called: a list to refuse by, in English, German and Chinese. Pure.

Refused is what poisons people, eats machines or burns: that comes before what is known to be fine. A name that says
neither is refused as unknown. The list goes by names alone, so a person may overrule it with a reason.
"""

import re
import unicodedata
from collections.abc import Iterable

_SHORT = 3
"""Letters of a word that must stand alone to count: PVC, but not the "abs" of absorber. So must words after a "="."""

REFUSED: dict[str, tuple[str, ...]] = {
    "beam_chlorine": (
        "pvc", "cpvc", "upvc", "pvdc", "polyvinyl chlor", "polyvinylchlor", "polyvinylidenchlor", "vinyl", "forex",
        "sintra", "trovicel", "kunstleder", "skai", "faux leather", "artificial leather", "leatherette", "pleather",
        "neoprene", "neopren", "chloroprene", "chloropren", "chlor", "moleskin",
        "聚氯乙烯", "氯", "乙烯基", "人造革", "仿皮", "雪弗板", "安迪板",
    ),
    "beam_polycarbonate": (
        "polycarbonat", "lexan", "makrolon", "pc", "macrolon", "聚碳酸酯", "pc板", "阳光板", "耐力板",
    ),
    "beam_fluorine": (
        "ptfe", "teflon", "pvdf", "fep", "fluoro", "fluorid", "fluorpoly", "fluorkaut", "特氟龙", "铁氟龙", "氟",
    ),
    "beam_cyanide": ("abs", "asa", "acrylnitril", "acrylonitrile", "abs板", "丙烯腈"),
    "beam_burns": (
        "styro", "polystyrol", "polystyrene", "styrene", "depron", "eps", "xps", "hips", "foam core", "foamcore",
        "foamboard", "foam board", "leichtschaum", "kapa", "hdpe", "polyethylen", "petg", "polypropylene foam",
        "=wpc", "wood plastic", "木塑",
        "聚苯乙烯", "苯乙烯", "泡沫板", "kt板", "聚乙烯", "保丽龙",
    ),
    "beam_resin_fibre": (
        "carbon fib", "carbonfas", "kohlefas", "kohlenstofffas", "cfk", "cfrp", "gfk", "gfrp", "frp", "fr4", "fr-4",
        "fibreglass", "fiberglass", "glasfaser", "epoxid", "epoxy", "碳纤维", "玻璃纤维", "玻纤", "环氧",
    ),
    "beam_mirror": (
        "mirror", "spiegel", "metal", "metall", "steel", "stahl", "alu", "alumin", "copper", "kupfer", "brass",
        "messing", "镜", "金属", "钢", "铝", "铜",
    ),
}  # fmt: skip
"""Why it is refused, and words that a material is then called by."""

TANNED = ("vegetable tanned", "vegetable-tanned", "veg tan", "veg-tan", "vegtan", "pflanzlich", "植鞣")
LEATHER = ("leather", "leder", "皮革", "牛皮")
"""Most leather is tanned with chrome, whose dust and ash are poisonous."""

KNOWN: tuple[str, ...] = (
    # wood and what is made of it
    "wood", "holz", "ply", "birch", "birke", "poplar", "pappel", "beech", "buche", "oak", "=eiche", "eichen",
    "maple", "ahorn",
    "walnut", "nussbaum", "basswood", "=linde", "balsa", "spruce", "fichte", "=pine", "kiefer", "bamboo", "bambus",
    "veneer", "furnier", "mdf", "hdf", "cork", "kork",
    "木", "胶合板", "夹板", "椴", "桦", "竹", "密度板", "中纤板", "软木",
    # paper
    "paper", "papier", "cardboard", "karton", "pappe", "paperboard", "greyboard", "corrugated", "纸",
    # acrylic and other plastics that cut cleanly
    "acryl", "pmma", "plexiglas", "perspex", "pom", "acetal", "delrin", "polyoxymethylen", "pet", "mylar",
    "亚克力", "有机玻璃", "压克力", "聚甲醛",
    # cloth, rubber for stamps
    "felt", "filz", "wool", "wolle", "cotton", "baumwolle", "linen", "leinen", "denim", "silk", "seide", "polyester",
    "stamp rubber", "stempelgummi", "laser rubber", "lasergummi", "毛毡", "棉", "麻布", "牛仔布", "丝绸", "印章橡胶",
    # only engraved
    "glass", "glas", "=slate", "schiefer", "stone", "stein", "ceramic", "keramik", "fliese", "石", "玻璃",
    "陶瓷", "瓷砖",
)  # fmt: skip
"""Words for what lasers of this kind work every day."""


def refusal(names: Iterable[str], refused: str = "", approved: str = "") -> str:
    """Why a material with these names must not go under a laser, as a code of the wording catalogue; "" if it may.

    refused, approved: what the lab adds to the lists, with commas or line ends between. What it approves by name comes
    before the lists, but not before what it refuses itself.
    """
    said = " / ".join(_plain(each) for each in names if each.strip())
    if _any(said, _own(refused)):
        return "beam_lab"
    if _any(said, _own(approved)):
        return ""
    found = next((code for code, words in REFUSED.items() if _any(said, words)), "")
    if not found and _any(said, LEATHER) and not _any(said, TANNED):
        return "beam_leather"
    return found or ("" if _any(said, KNOWN) or _any(said, TANNED) else "beam_unknown")


def _own(text: str) -> list[str]:
    return [plain for each in re.split(r"[,;\n，；、]", text) if (plain := _plain(each))]


def _plain(text: str) -> str:
    """Without case, accents of width, or doubled blanks: what people type for one material in several ways."""
    return re.sub(r"[\s_]+", " ", unicodedata.normalize("NFKC", text).casefold()).strip()


def _any(said: str, words: Iterable[str]) -> bool:
    return any(_holds(said, word) for word in words)


def _holds(said: str, word: str) -> bool:
    """Whether `word` is said: some only by themselves, others also inside a longer one, as in Pappelsperrholz."""
    bare = word.removeprefix("=")
    if bare != word or (len(bare) <= _SHORT and bare.isascii()):
        return re.search(rf"(?<![a-zäöüß]){re.escape(bare)}(?![a-zäöüß])", said) is not None
    return bare in said
