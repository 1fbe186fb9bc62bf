"""What the demonstration's members talk about, in both languages, and the rooms in which they do."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """A topic's own words in one language."""

    teas: tuple[str, ...]
    places: tuple[str, ...]
    notes: tuple[str, ...]
    tags: tuple[str, ...]
    vessels: tuple[str, ...] = ()
    """What it is brewed in, where that is what the topic is about."""


@dataclass(frozen=True, slots=True)
class Topic:
    """What a tribe of members gathers around."""

    space: str
    english: Words
    chinese: Words


@dataclass(frozen=True, slots=True)
class Room:
    """A space of the demonstration."""

    slug: str
    name: str
    description: str
    access: str = "PUBLIC"
    posting: str = "EVERYONE"


ROOMS = (
    Room("announcements", "Announcements 公告", "News from the tea makers. 茶师的消息。", posting="MODERATORS"),
    Room("tea-table", "The tea table 茶桌", "What is in your cup today? 今天喝什么茶？"),
    Room("green-and-white", "Green and white 绿茶与白茶", "Fresh leaves, cool water, light hands. 鲜叶、温水、轻手。"),
    Room("oolong", "Oolong 乌龙茶", "From Wuyi to Phoenix Mountain. 从武夷到凤凰山。"),
    Room("puer-and-dark", "Pu'er and dark tea 普洱与黑茶", "Cakes, bricks and patience. 茶饼、茶砖与耐心。"),
    Room("black-tea", "Black tea 红茶", "Malt, honey and mornings. 麦香、蜜香与清晨。"),
    Room("teaware", "Teaware 茶器", "Clay, porcelain, iron and wood. 陶、瓷、铁、木。"),
    Room("ideas", "Ideas 共创", "What should we make next? 我们接下来做什么？"),
    Room("members-lounge", "Members' lounge 会员茶室", "For those who have joined. 会员专属。", access="MEMBERS"),
    Room("tasting-panel", "Tasting panel 品鉴小组", "Samples before they are sold. 新品试饮。", access="PRIVATE"),
)

TOPICS = (
    Topic(
        "green-and-white",
        Words(
            ("Longjing", "Biluochun", "Anji white leaf", "Huangshan Maofeng", "Taiping Houkui", "Lu'an Guapian"),
            ("Hangzhou", "Dongting", "Anji", "Huangshan"),
            ("chestnut", "fresh peas", "spring rain", "young bamboo", "orchid"),
            ("green-tea", "longjing", "spring-harvest"),
        ),
        Words(
            ("龙井", "碧螺春", "安吉白茶", "黄山毛峰", "太平猴魁", "六安瓜片"),
            ("杭州", "洞庭山", "安吉", "黄山"),
            ("栗香", "豆香", "春雨的气息", "嫩竹香", "兰花香"),
            ("绿茶", "龙井", "明前茶"),
        ),
    ),
    Topic(
        "green-and-white",
        Words(
            ("silver needle", "white peony", "shoumei", "old white tea cake", "Moonlight white"),
            ("Fuding", "Zhenghe", "Jinggu"),
            ("hay", "jujube", "honeydew", "dried apricot", "white flowers"),
            ("white-tea", "fuding", "aged-white"),
        ),
        Words(
            ("白毫银针", "白牡丹", "寿眉", "老白茶饼", "月光白"),
            ("福鼎", "政和", "景谷"),
            ("毫香", "枣香", "蜜瓜香", "杏干味", "白花香"),
            ("白茶", "福鼎", "老白茶"),
        ),
    ),
    Topic(
        "oolong",
        Words(
            ("Da Hong Pao", "Rougui", "Shuixian", "Tieluohan", "Baijiguan"),
            ("Wuyishan", "Zhengyan", "Huiyuan", "Matou Rock"),
            ("cinnamon", "wet stone", "roasted nuts", "dark chocolate", "orchid"),
            ("rock-tea", "wuyi", "roasting"),
        ),
        Words(
            ("大红袍", "肉桂", "水仙", "铁罗汉", "白鸡冠"),
            ("武夷山", "正岩", "慧苑坑", "马头岩"),
            ("桂皮香", "岩韵", "坚果香", "焙火香", "幽兰香"),
            ("岩茶", "武夷", "焙火"),
        ),
    ),
    Topic(
        "oolong",
        Words(
            ("Mi Lan Xiang", "Ya Shi Xiang", "Yu Lan Xiang", "Song Zhong", "Zhi Lan Xiang"),
            ("Phoenix Mountain", "Wudong", "Chaozhou"),
            ("honey", "lychee", "magnolia", "almond", "ginger flower"),
            ("dancong", "gongfu", "chaozhou"),
        ),
        Words(
            ("蜜兰香", "鸭屎香", "玉兰香", "宋种", "芝兰香"),
            ("凤凰山", "乌岽", "潮州"),
            ("蜜味", "荔枝香", "玉兰花香", "杏仁味", "姜花香"),
            ("单丛", "工夫茶", "潮州"),
        ),
    ),
    Topic(
        "oolong",
        Words(
            ("Tieguanyin", "Alishan oolong", "Dong Ding", "Oriental Beauty", "Lishan oolong"),
            ("Anxi", "Alishan", "Lugu", "Hsinchu"),
            ("lilac", "cream", "ripe peach", "mountain air", "toasted rice"),
            ("tieguanyin", "taiwan-oolong", "high-mountain"),
        ),
        Words(
            ("铁观音", "阿里山乌龙", "冻顶乌龙", "东方美人", "梨山乌龙"),
            ("安溪", "阿里山", "鹿谷", "新竹"),
            ("观音韵", "奶香", "熟桃香", "高山气", "炒米香"),
            ("铁观音", "台湾乌龙", "高山茶"),
        ),
    ),
    Topic(
        "puer-and-dark",
        Words(
            ("raw pu'er from Yiwu", "Laobanzhang", "Bingdao", "Jingmai arbor tea", "raw tuocha"),
            ("Yiwu", "Menghai", "Lincang", "Jingmai"),
            ("camphor", "wild honey", "bitter greens", "stone fruit", "leather"),
            ("raw-puer", "yunnan", "storage"),
        ),
        Words(
            ("易武生普", "老班章", "冰岛", "景迈古树茶", "生沱"),
            ("易武", "勐海", "临沧", "景迈"),
            ("樟香", "野蜜香", "苦底", "果香", "陈韵"),
            ("生普", "云南", "仓储"),
        ),
    ),
    Topic(
        "puer-and-dark",
        Words(
            ("ripe pu'er", "Liubao", "Fu brick", "Anhua dark tea", "old tea heads"),
            ("Menghai", "Wuzhou", "Anhua", "Jingyang"),
            ("dates", "betel nut", "cellar", "cocoa", "old books"),
            ("ripe-puer", "liubao", "dark-tea"),
        ),
        Words(
            ("熟普", "六堡茶", "茯砖", "安化黑茶", "老茶头"),
            ("勐海", "梧州", "安化", "泾阳"),
            ("枣香", "槟榔香", "木香", "可可味", "药香"),
            ("熟普", "六堡", "黑茶"),
        ),
    ),
    Topic(
        "black-tea",
        Words(
            ("Jin Jun Mei", "Lapsang Souchong", "Dian Hong", "Keemun", "Sun Moon Lake Ruby"),
            ("Tongmu", "Fengqing", "Qimen", "Yuchi"),
            ("malt", "longan", "sweet potato", "pine smoke", "rose"),
            ("black-tea", "dianhong", "breakfast"),
        ),
        Words(
            ("金骏眉", "正山小种", "滇红", "祁门红茶", "日月潭红玉"),
            ("桐木", "凤庆", "祁门", "鱼池"),
            ("麦芽香", "桂圆香", "薯香", "松烟香", "玫瑰香"),
            ("红茶", "滇红", "早餐茶"),
        ),
    ),
    Topic(
        "teaware",
        Words(
            ("Tieguanyin", "Shuixian", "Dian Hong", "ripe pu'er", "white peony", "Longjing"),
            ("Yixing", "Dingshu", "Jingdezhen"),
            ("orchid", "honey", "wet stone", "warm clay", "roasted nuts"),
            ("yixing", "zisha", "pot-care"),
            ("zisha shuiping pot", "duanni pot", "zhuni pot", "xishi pot", "qinghuini pot"),
        ),
        Words(
            ("铁观音", "水仙", "滇红", "熟普", "白牡丹", "龙井"),
            ("宜兴", "丁蜀", "景德镇"),
            ("兰花香", "蜜味", "岩韵", "温润感", "坚果香"),
            ("宜兴", "紫砂", "养壶"),
            ("水平壶", "段泥壶", "朱泥壶", "西施壶", "青灰泥壶"),
        ),
    ),
    Topic(
        "teaware",
        Words(
            ("Tieguanyin", "Shuixian", "Dian Hong", "ripe pu'er", "white peony", "Longjing"),
            ("Jianyang", "Longquan", "Jingdezhen", "Dehua"),
            ("orchid", "honey", "wet stone", "warm clay", "roasted nuts"),
            ("jianzhan", "porcelain", "gaiwan"),
            ("Jianzhan bowl", "Ru ware cup", "celadon gaiwan", "white porcelain gaiwan", "wood-fired cup"),
        ),
        Words(
            ("铁观音", "水仙", "滇红", "熟普", "白牡丹", "龙井"),
            ("建阳", "龙泉", "景德镇", "德化"),
            ("兰花香", "蜜味", "岩韵", "温润感", "坚果香"),
            ("建盏", "瓷器", "盖碗"),
            ("建盏", "汝窑杯", "青瓷盖碗", "白瓷盖碗", "柴烧杯"),
        ),
    ),
    Topic(
        "tea-table",
        Words(
            ("jasmine pearls", "osmanthus oolong", "chrysanthemum pu'er", "matcha", "cold-brewed sencha"),
            ("Fuzhou", "Guilin", "Uji", "my kitchen"),
            ("jasmine", "osmanthus", "seaweed", "cut grass", "citrus peel"),
            ("scented-tea", "matcha", "cold-brew"),
        ),
        Words(
            ("茉莉龙珠", "桂花乌龙", "菊普", "抹茶", "冷泡煎茶"),
            ("福州", "桂林", "宇治", "我家厨房"),
            ("茉莉花香", "桂花香", "海苔味", "青草香", "陈皮香"),
            ("花茶", "抹茶", "冷泡"),
        ),
    ),
    Topic(
        "ideas",
        Words(
            ("Tieguanyin", "Shuixian", "Dian Hong", "ripe pu'er", "white peony", "Longjing"),
            ("the workshop", "the autumn fair", "the shop in Chengdu", "the spring tasting"),
            ("orchid", "honey", "wet stone", "warm clay", "roasted nuts"),
            ("wish-list", "packaging", "co-creation"),
            ("travel gaiwan set", "flask with a strainer", "pocket teapot", "cup with a lid", "small iron kettle"),
        ),
        Words(
            ("铁观音", "水仙", "滇红", "熟普", "白牡丹", "龙井"),
            ("工坊", "秋季茶会", "成都店", "春季品鉴会"),
            ("兰花香", "蜜味", "岩韵", "温润感", "坚果香"),
            ("许愿", "包装", "共创"),
            ("旅行盖碗套装", "带滤网的随身瓶", "口袋茶壶", "带盖的杯子", "小铁壶"),
        ),
    ),
)
