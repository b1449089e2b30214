"""A Chinese place name on an English page: its own name in pinyin, the kind of place in English.

小东江社区居委会 → Xiaodongjiang Community; 桂林乡 → Guilin Township. Spelt as GB/T 28039 has it: one word, ü kept, an
apostrophe before a syllable that starts with a vowel (长安镇 → Chang'an Town); peoples as GB/T 3304 spells them.
"""

from functools import lru_cache

from pypinyin import lazy_pinyin, load_single_dict

load_single_dict({ord("什"): "shí,shén"})  # in place names it is a sound: 喀什 Kashi, 巴什 Bashi

# What a name ends in, and what that is in English; of several that fit, the longest.
KINDS = {
    "自治区": "Autonomous Region", "省": "Province", "市": "City", "地区": "Prefecture",
    "自治州": "Autonomous Prefecture", "盟": "League", "市辖区": "Districts",
    "省直辖县级行政区划": "Counties under the Province", "自治区直辖县级行政区划": "Counties under the Region",
    "县": "County", "自治县": "Autonomous County", "区": "District", "旗": "Banner", "自治旗": "Autonomous Banner",
    "特区": "Special District", "林区": "Forestry District", "新区": "New Area", "开发区": "Development Zone",
    "经济开发区": "Economic Development Zone", "技术开发区": "Technology Development Zone",
    "经济技术开发区": "Economic and Technological Development Zone",
    "高新技术产业开发区": "High-Tech Development Zone", "管理区": "Administrative Zone", "示范区": "Demonstration Zone",
    "工业园区": "Industrial Park", "产业园区": "Industrial Park",
    "镇": "Town", "乡": "Township", "民族乡": "Ethnic Township", "街道": "Subdistrict", "街道办事处": "Subdistrict",
    "农场": "Farm", "林场": "Forest Farm", "牧场": "Pasture",
    "村": "Village", "村委会": "Village", "村村委会": "Village", "村民委员会": "Village", "村村民委员会": "Village",
    "村委": "Village", "社区": "Community", "居委会": "Community", "居民委员会": "Community",
    "社区居委会": "Community", "社区居民委员会": "Community", "社区村委会": "Community", "生活区": "Living Area",
}  # fmt: skip

PEOPLES = {
    "蒙古": "Mongol", "回": "Hui", "藏": "Zang", "维吾尔": "Uygur", "苗": "Miao", "彝": "Yi", "壮": "Zhuang",
    "布依": "Buyei", "朝鲜": "Chosen", "满": "Man", "侗": "Dong", "瑶": "Yao", "白": "Bai", "土家": "Tujia",
    "哈尼": "Hani", "哈萨克": "Kazak", "傣": "Dai", "黎": "Li", "傈僳": "Lisu", "佤": "Va", "畲": "She",
    "拉祜": "Lahu", "水": "Sui", "东乡": "Dongxiang", "纳西": "Naxi", "景颇": "Jingpo", "柯尔克孜": "Kirgiz",
    "土": "Tu", "达斡尔": "Daur", "仫佬": "Mulao", "羌": "Qiang", "布朗": "Blang", "撒拉": "Salar",
    "毛南": "Maonan", "仡佬": "Gelao", "锡伯": "Xibe", "阿昌": "Achang", "普米": "Pumi", "塔吉克": "Tajik",
    "怒": "Nu", "乌孜别克": "Uzbek", "俄罗斯": "Russ", "鄂温克": "Ewenki", "德昂": "Deang", "保安": "Bonan",
    "裕固": "Yugur", "京": "Gin", "塔塔尔": "Tatar", "独龙": "Derung", "鄂伦春": "Oroqen", "赫哲": "Hezhen",
    "门巴": "Monba", "珞巴": "Lhoba", "基诺": "Jino",
}  # fmt: skip


@lru_cache(maxsize=50_000)
def romanised(name_zh: str) -> str:
    """The name as English pages write it when no English name is known."""
    ending = max((e for e in KINDS if name_zh.endswith(e)), key=len, default="")
    own = name_zh.removesuffix(ending)
    peoples: list[str] = []
    while people := max((p for p in PEOPLES if own.endswith(f"{p}族")), key=len, default=""):
        peoples.insert(0, PEOPLES[people])
        own = own.removesuffix(f"{people}族")
    return " ".join(part for part in (_pinyin(own), *peoples, KINDS.get(ending, "")) if part)


def _pinyin(name: str) -> str:
    syllables = lazy_pinyin(name, v_to_u=True)
    word = "".join(
        f"'{syllable}" if place and syllable[0] in "aeo" and syllables[place - 1][-1:].isalpha() else syllable
        for place, syllable in enumerate(syllables)
    )
    return word[:1].upper() + word[1:]
