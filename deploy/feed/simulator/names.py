"""Names of a trade distributor's customers and goods: made up, and the same for a seed."""

from dataclasses import dataclass
from random import Random

_PLACES = (
    ("Ningbo", "宁波", "Zhejiang"),
    ("Hangzhou", "杭州", "Zhejiang"),
    ("Wenzhou", "温州", "Zhejiang"),
    ("Yiwu", "义乌", "Zhejiang"),
    ("Suzhou", "苏州", "Jiangsu"),
    ("Wuxi", "无锡", "Jiangsu"),
    ("Nanjing", "南京", "Jiangsu"),
    ("Xiamen", "厦门", "Fujian"),
    ("Quanzhou", "泉州", "Fujian"),
    ("Foshan", "佛山", "Guangdong"),
    ("Dongguan", "东莞", "Guangdong"),
    ("Zhongshan", "中山", "Guangdong"),
    ("Qingdao", "青岛", "Shandong"),
    ("Yantai", "烟台", "Shandong"),
    ("Shanghai", "上海", "Shanghai"),
)
_MARKS = (
    ("Everbright", "恒光"),
    ("Golden Bridge", "金桥"),
    ("Harbour", "海港"),
    ("Northgate", "北门"),
    ("Riverside", "江畔"),
    ("Pinewood", "松林"),
    ("Red Lantern", "红灯笼"),
    ("Three Rivers", "三江"),
    ("Blue Anchor", "蓝锚"),
    ("Summit", "顶峰"),
    ("Greenfield", "绿野"),
    ("Long March", "远征"),
    ("Jade Hill", "玉山"),
    ("Silver Oak", "银橡"),
    ("Sunrise", "旭日"),
    ("Lucky Star", "福星"),
    ("Old Mill", "老坊"),
    ("Canal Street", "运河"),
    ("Phoenix", "凤凰"),
    ("United", "联合"),
    ("Great Wall", "长城"),
    ("Pearl", "明珠"),
    ("Iron Horse", "铁马"),
    ("West Lake", "西湖"),
)
_TRADES = (
    ("Hardware", "五金", "hardware store"),
    ("Electrical Supplies", "电器", "electrical contractor"),
    ("Building Materials", "建材", "building merchant"),
    ("Plumbing & Heating", "水暖", "plumbing contractor"),
    ("Lighting", "照明", "lighting shop"),
    ("Tools", "工具", "tool shop"),
    ("Home Centre", "家居", "home centre"),
)
_SUFFIXES = (("Ltd", "有限公司"), ("Trading Co.", "贸易有限公司"), ("Stores", "商行"), ("& Sons", "商店"))
_FAMILY = (
    "Wang",
    "Li",
    "Zhang",
    "Chen",
    "Lin",
    "Zhou",
    "Wu",
    "Xu",
    "Huang",
    "Zhu",
    "Smith",
    "Walker",
    "Evans",
    "Reed",
)
_GIVEN = (
    "Wei",
    "Fang",
    "Jun",
    "Lei",
    "Min",
    "Jing",
    "Hao",
    "Yan",
    "Anna",
    "Peter",
    "Grace",
    "Tom",
    "Helen",
    "Mark",
)

# Category, kinds of goods, and the sizes they come in.
_GOODS = (
    (
        "Lighting",
        ("LED bulb", "LED panel", "Floodlight", "Ceiling lamp"),
        ("5 W", "9 W", "12 W", "24 W", "48 W"),
    ),
    (
        "Switches & sockets",
        ("Wall switch", "Power socket", "Dimmer", "USB socket"),
        ("1-gang", "2-gang", "3-gang"),
    ),
    (
        "Cable",
        ("Copper cable", "Data cable", "Flexible cord"),
        ("1.5 mm2", "2.5 mm2", "4 mm2", "Cat6", "Cat6A"),
    ),
    (
        "Hand tools",
        ("Hammer", "Pliers", "Screwdriver set", "Spanner set"),
        ("small", "medium", "large", "pro"),
    ),
    (
        "Power tools",
        ("Cordless drill", "Angle grinder", "Jigsaw", "Rotary hammer"),
        ("12 V", "18 V", "650 W", "1200 W"),
    ),
    ("Fasteners", ("Wood screws", "Anchor bolts", "Hex bolts", "Nails"), ("M4", "M6", "M8", "M10", "M12")),
    ("Plumbing", ("Ball valve", "PPR pipe", "Elbow", "Basin mixer"), ("DN15", "DN20", "DN25", "DN32")),
    ("Paint", ("Wall paint", "Primer", "Wood varnish"), ("1 L", "5 L", "18 L")),
    ("Locks", ("Door lock", "Padlock", "Smart lock"), ("50 mm", "60 mm", "70 mm")),
    ("Safety", ("Work gloves", "Safety helmet", "Goggles", "Safety shoes"), ("S", "M", "L", "XL")),
)
_SERIES = ("Basic", "Plus", "Pro", "Max", "Eco", "Classic", "Prime", "Ultra")


@dataclass(frozen=True, slots=True)
class BusinessName:
    """How a customer is called and where it trades."""

    name: str
    short_name: str
    region: str
    business_form: str
    contact: str
    phone: str


def business_name(random: Random, number: int) -> BusinessName:
    """Make up the customer with this number; about a third have Chinese names."""
    place, place_zh, region = random.choice(_PLACES)
    mark, mark_zh = random.choice(_MARKS)
    trade, trade_zh, form = random.choice(_TRADES)
    suffix, suffix_zh = random.choice(_SUFFIXES)
    if random.random() < 0.35:
        name, short = f"{place_zh}{mark_zh}{trade_zh}{suffix_zh}", f"{mark_zh}{trade_zh}"
    else:
        name, short = f"{mark} {trade} {suffix} ({place})", f"{mark} {place}"
    contact = person_name(random)
    return BusinessName(name, short, region, form, contact, f"+86 555 01{number % 100_000_000:08d}")


def person_name(random: Random) -> str:
    """Make up a person."""
    return f"{random.choice(_FAMILY)} {random.choice(_GIVEN)}"


def product_names(random: Random, count: int) -> list[tuple[str, str]]:
    """Return ``count`` different (name, category) pairs."""
    pairs: list[tuple[str, str]] = []
    seen: set[str] = set()
    while len(pairs) < count:
        category, kinds, sizes = random.choice(_GOODS)
        name = f"{random.choice(_SERIES)} {random.choice(kinds)} {random.choice(sizes)}"
        # With more products than names, the later ones carry a number.
        if name in seen:
            name = f"{name} no. {len(pairs) + 1}"
        seen.add(name)
        pairs.append((name, category))
    return pairs
