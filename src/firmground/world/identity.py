"""Names, identity numbers, telephones and accounts of people who do not exist.

Numbers carry the region 99xxxx, which no place in China has; telephones begin with 10, as no mobile number does.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from firmground.world.columns import digits, joined, rank_within, texts
from firmground.world.history import History
from firmground.world.members_seen import birth_as_written
from firmground.world.words import IdState, Relation, Sex

WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2], np.int64)
CHECK = np.frombuffer(b"10X98765432", np.uint8)
REGIONS_OF_A_COUNTY = 192  # of the 10,000 regions 990000 to 999999, for 52 counties; a block takes one of them
PHONES_OF_A_COUNTY = 10**9 // 52
OF_ONE_DAY = 500  # sequence numbers of one region, birthday and sex: far more than a block has

SURNAMES = tuple(
    "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫"
)
GIVEN = tuple(
    "明华国建文志军平秀英玉兰芳桂梅春生永福贵成德光荣海林红丽霞艳燕强伟勇杰辉亮斌波涛鹏飞超磊洋敏静娟琴云凤珍翠香莲菊花雪月晓小佳思雨欣怡浩宇子轩梓涵一诺安康宁乐"
)
GROUPS = ("一组", "二组", "三组", "四组", "五组", "六组")


@dataclass(frozen=True)
class Identity:
    """Who is who in one block of a county: texts, one per household or per member."""

    head: pa.Array
    group_name: pa.Array
    phone: pa.Array
    bank_account: pa.Array
    name: pa.Array
    id_number: pa.Array


def identify(history: History) -> Identity:
    """Name and number every member of a block; the same history gives the same names."""
    rng = history.rng("contacts")
    names = _names(rng, history)
    members, n = history.members, len(history.households)
    ordinal, within_county = history.settled.county.ordinal, history.settled.before + np.arange(n)
    phone = joined("10", digits(ordinal * PHONES_OF_A_COUNTY + within_county, 9))
    account = joined("990000", digits(np.full(n, ordinal), 2), digits(within_county, 11))
    return Identity(
        head=names.take(pa.array(members.starts(n))),
        group_name=pa.array(GROUPS).take(pa.array((history.households.number // 17) % len(GROUPS))),
        phone=texts(phone[history.planted.phone_of]),
        bank_account=texts(account[history.planted.account_of]),
        name=names,
        id_number=_numbers(history),
    )


def _names(rng: np.random.Generator, history: History) -> pa.Array:
    members, m = history.members, len(history.members)
    own = rng.integers(0, len(SURNAMES), m)
    of_head = own[members.starts(len(history.households))][members.household]
    follows = np.isin(members.relation, [Relation.child, Relation.grandchild])
    follows |= (members.relation == Relation.parent) & (members.sex == Sex.male)
    surname = pa.array(SURNAMES).take(pa.array(np.where(follows, of_head, own)))
    first, second = (pa.array(("", *GIVEN)).take(pa.array(rng.integers(1, len(GIVEN) + 1, m))) for _ in range(2))
    short = pa.array(rng.random(m) < 0.2)
    return pc.binary_join_element_wise(surname, first, pc.if_else(short, "", second), "")


def _numbers(history: History) -> pa.Array:
    """Identity numbers; no two members of the nation share one unless the error was planted."""
    members, states = history.members, history.planted.id_state
    birth = birth_as_written(history).astype(np.int64)
    birth[states == IdState.bad_birth_date] -= 400
    order = np.lexsort((members.sex, birth))
    born_alike = birth[order] * 2 + members.sex[order]
    rank = np.empty(len(order), np.int64)
    rank[order] = rank_within(born_alike)
    assert rank.max(initial=0) < OF_ONE_DAY
    region = np.full(len(order), history.settled.county.ordinal * REGIONS_OF_A_COUNTY + history.settled.block)
    sequence = rank * 2 + (members.sex == Sex.male)  # odd for men
    seventeen = joined("99", digits(region, 4), _calendar(birth), digits(sequence, 3))
    check = CHECK[((seventeen - ord("0")).astype(np.int64) @ WEIGHTS) % 11]
    wrong = states == IdState.bad_checksum
    check = np.where(wrong, np.where(check == ord("7"), ord("3"), ord("7")), check).astype(np.uint8)
    numbers = texts(joined(seventeen, check[:, None]))
    for at, other in history.planted.twin.items():
        seventeen[at], check[at] = seventeen[other], check[other]
    if history.planted.twin:
        numbers = texts(joined(seventeen, check[:, None]))
    cut = pc.utf8_slice_codeunits(numbers, 0, 16)
    numbers = pc.if_else(pa.array(states == IdState.malformed), cut, numbers)
    return pc.if_else(pa.array(states == IdState.missing), pa.scalar(None, pa.string()), numbers)


def _calendar(days: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Days as YYYYMMDD."""
    dates = days.astype("datetime64[D]")
    months = dates.astype("datetime64[M]")
    month = months.astype(np.int64)
    written = (1970 + month // 12) * 10_000 + (month % 12 + 1) * 100 + (dates - months).astype(np.int64) + 1
    return digits(written, 8)
