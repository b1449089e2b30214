"""Two villages for the officers of tests/cast.py, and households in them.

Old Li's (poor, monitored, ill, fully able), Granny Wu's (marginal, nobody can work) and Zhang's (general) in Poji;
Bobo's (poor) in Wangmu, the other county.
"""

from pathlib import Path

from firmground.officers.machine import machine
from firmground.places import actions as places
from firmground.registry import actions as registry
from firmground.registry.models import OPEN, Household

POJI, WANGMU = "530627102201", "522326001201"
LI, WU, ZHANG, BOBO = f"{POJI}00001", f"{POJI}00002", f"{POJI}00003", f"{WANGMU}00001"
PLACES = f"""\
code,level,name_zh,name_en,lon,lat
53,province,云南省,Yunnan,102.71,25.04
5306,prefecture,昭通市,Zhaotong,103.72,27.34
530627,county,镇雄县,Zhenxiong County,104.87,27.44
530627102,township,泼机镇,Poji Town,,
{POJI},village,泼机村委会,,,
530627102202,village,老包寨村委会,,,
52,province,贵州省,Guizhou,106.71,26.57
5223,prefecture,黔西南布依族苗族自治州,Qianxinan,104.91,25.09
522326,county,望谟县,Wangmo County,106.10,25.18
522326001,township,王母街道,Wangmu Street,,
{WANGMU},village,王母村委会,,,
"""
REGISTERS = {
    "household": f"""\
户编号,行政村代码,户主姓名,联系电话,户类型,纳入监测日期
{LI},{POJI},李老四,13900000001,脱贫不稳定户,2020-03-01
{WU},{POJI},吴阿婆,13900000002,边缘易致贫户,2020-03-01
{ZHANG},{POJI},张三,,一般农户,
{BOBO},{WANGMU},波波,,未脱贫户,
""",
    "member": f"""\
人口编号,户编号,姓名,劳动技能
{LI}01,{LI},李老四,普通劳动力
{LI}02,{LI},李小妹,无劳动力
{WU}01,{WU},吴阿婆,丧失劳动力
""",
    "risk": f"""\
户编号,风险类型,识别日期
{LI},因病,2020-02-20
{LI},因学,2020-02-20
{WU},因缺劳动力,2020-02-20
""",
}


def settle(folder: Path) -> None:
    """Load them, as the machine; whoever calls sees every place."""
    file = folder / "places.csv"
    file.write_text(PLACES, encoding="utf-8")
    places.load(file=file, by=machine())
    register(folder)


def register(folder: Path) -> None:
    """Load the households alone, where the places are known."""
    for table, rows in REGISTERS.items():
        file = folder / f"{table}.csv"
        file.write_text(rows, encoding="utf-8")
        report = registry.load(file=file, by=machine(), table=table)
        assert report.taken, report.refused


def household(household_id: str) -> Household:
    return Household.objects.get(OPEN, household_id=household_id)


def move(household_id: str, village: str, folder: Path) -> None:
    """Let a household be registered in another village, by a file of the level above both."""
    file = folder / "moved.csv"
    row = f"{household_id},{village},{household(household_id).head}"
    file.write_text(f"户编号,行政村代码,户主姓名\n{row}\n", encoding="utf-8")
    report = registry.load(file=file, by=machine(), table="household")
    assert report.taken, report.refused
