"""The sentences that the demonstration's texts are made of, in both languages.

Each has places to fill: `tea`, `place`, `note` and `other` of the topic, and `vessel`, `water`, `grams`, `degrees`,
`seconds`, `steep`, `year`, `days`, `price`, `time`. None has a character that Markdown reads as mark-up.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language's sentences by the part that they play, and the words that fill them."""

    titles: tuple[str, ...]
    questions: tuple[str, ...]
    openings: tuple[str, ...]
    details: tuple[str, ...]
    measures: tuple[str, ...]
    closings: tuple[str, ...]
    asks: tuple[str, ...]
    answers: tuple[str, ...]
    replies: tuple[str, ...]
    additions: tuple[str, ...]
    news_titles: tuple[str, ...]
    news: tuple[str, ...]
    bios: tuple[str, ...]
    vessels: tuple[str, ...]
    waters: tuple[str, ...]
    times: tuple[str, ...]
    between: str


ENGLISH = Phrases(
    titles=(
        "{tea} in the {vessel}, steep {steep}: {note} at last",
        "My notes on {tea} from {place}, {year}",
        "{tea} in a {vessel}, {grams} grams",
        "A {year} {tea} from {place} that smells of {note}",
        "{days} days with {tea}",
        "{grams} grams of {tea} and {note}: a good pair",
        "Why I keep coming back to {tea} after {days} days",
        "From {place}: {tea} after {days} days of rest",
        "{note} or {other}? {days} sessions with {tea}",
        "What {degrees} degrees did to my {tea} in the {vessel}",
    ),
    questions=(
        "How hot should the water be for {year} {tea} in a {vessel}?",
        "Does {tea} from {place} keep for {days} days once opened?",
        "Is {price} yuan too much for {tea}?",
        "{grams} grams of {tea}: {vessel} or something else?",
        "Where did the {note} in my {year} {tea} go?",
        "What do you drink after {days} days of {tea}?",
        "{tea} turned bitter at steep {steep} and {degrees} degrees, what now?",
        "Is a {year} {tea} worth {price} yuan?",
        "How do I tell {tea} from {place} by its {note} after {days} days?",
        "{grams} grams of {tea}: too much for a {vessel}?",
    ),
    openings=(
        "I opened the {year} {tea} {time} and the whole room smelled of {note}.",
        "A friend brought {tea} back from {place}, wrapped in plain paper.",
        "After {days} days of rest I went back to {tea}.",
        "It rained {time}, so I made {tea} in the {vessel} and took my time.",
        "I have been drinking {tea} for {days} days in a row now.",
        "This is my third {tea} from {place} and the first that I would buy again.",
        "My grandmother never drank anything but {tea}, and {time} I understood why.",
        "The parcel from {place} came {time}, with {grams} grams more than I had paid for.",
        "I did not expect much from {tea} at {price} yuan.",
        "We were six people around one {vessel} {time}, and {tea} was what we agreed on.",
    ),
    details=(
        "The first cup is all {note}, the second brings {other}, and then they stay together.",
        "By steep {steep} the {note} fades and something like {other} takes its place.",
        "The dry leaf gives away nothing, but the warm lid of the {vessel} does.",
        "Somewhere between {note} and {other} there is a sweetness that I cannot name.",
        "Tea from {place} used to be rougher than this, or I have learned to pour faster.",
        "The liquor is clear and bright, and it leaves the mouth wanting more.",
        "With {water} it tastes flat, so do give it something better.",
        "The leaves opened slowly and were still whole after steep {steep}.",
        "What surprised me is how long the {other} stays in the empty cup.",
        "A shorter steep helps: the {note} comes through and the bitterness stays behind.",
        "I compared it with the {year} harvest, and the difference is mostly in the finish.",
        "The {vessel} keeps the heat well, perhaps a little too well for this leaf.",
    ),
    measures=(
        "I used {grams} grams, {degrees} degrees, and {seconds} seconds for the first steep.",
        "{grams} grams to the {vessel}, water at {degrees}, {seconds} seconds and ten more each time.",
        "With {water} at {degrees} degrees and {grams} grams it gave {steep} good cups.",
        "For the record: {seconds} seconds, {degrees} degrees, {grams} grams, {water}.",
        "At {degrees} degrees it is gentle; five more and the {other} takes over after {seconds} seconds.",
        "It cost {price} yuan for {grams} grams, which is fair for the {year} harvest.",
    ),
    closings=(
        "I will try it again in {days} days.",
        "There are {grams} grams left, and I am in no hurry.",
        "Next time I will take the {vessel} and less leaf.",
        "If you are ever near {place}, ask for it by name.",
        "For {price} yuan I cannot complain.",
        "It goes on the shelf until the {year} cake is gone.",
    ),
    asks=(
        "How do you make yours?",
        "Has anyone here tried it with {water}?",
        "What am I doing wrong?",
        "Would a {vessel} change anything?",
        "Is the {other} supposed to be there?",
        "Should I wait another {days} days?",
        "Do you rinse it first, and for how long?",
        "Which harvest would you go for, {year} or a later one?",
    ),
    answers=(
        "For {tea} I stay at {degrees} degrees and pour out after {seconds} seconds.",
        "Use {grams} grams and a {vessel}, and the {note} comes back.",
        "The {other} is a sign of a fast roast; give it {days} days of air.",
        "In {place} they rinse it once and drink from the second steep on.",
        "Try it with {water}: that alone made the difference for me.",
        "A {year} harvest needs hotter water than you think, {degrees} at least.",
        "It is the {vessel}. Mine did the same until I changed it.",
        "Less leaf, more patience: {grams} grams and {seconds} seconds.",
    ),
    replies=(
        "I had the same with {tea} {time}, and it was the water.",
        "Lovely notes. The {note} is what I find too, from steep {steep} on.",
        "I see it differently: to me {tea} is all about {other}.",
        "Thank you, I will try {degrees} degrees {time}.",
        "{price} yuan is what I paid in {place} as well.",
        "Mine came from {place} and has no {note} at all.",
        "The {year} one was better, if you can still find it.",
        "My {vessel} agrees with you, my patience does not.",
        "You have talked me into ordering {tea} again.",
        "I would wait {days} days before judging it.",
    ),
    additions=(
        "Please tell us how steep {steep} went.",
        "My wife says it smells of {other}, and she is usually right.",
        "I keep a little of it in a tin, {grams} grams or so.",
        "The shop in {place} still has some from {year}.",
        "It is worth the {seconds} seconds of waiting.",
        "Ask me again in {days} days.",
        "With {water} it is another tea.",
        "I wrote down {degrees} degrees, but I was not careful.",
    ),
    news_titles=(
        "The {year} {tea} is here, {price} yuan",
        "{days} days with our makers in {place}",
        "Tasting on the way: {tea}, {grams} grams each",
        "What {price} of you told us about {tea}",
        "Restocked: {tea} from {place}, {year}",
    ),
    news=(
        "We spent {days} days in {place} and came back with {tea}.",
        "Thank you for {price} answers about {tea}; we have read every one.",
        "The first members get {grams} grams each, in plain paper.",
        "Our maker there fires every {vessel} by hand.",
        "Expect {note} first and {other} from steep {steep} on.",
        "Orders go out within {days} days, and refills cost {price} yuan.",
        "We brewed it at {degrees} degrees for {seconds} seconds, with {water}.",
    ),
    bios=(
        "Mostly {tea}, mostly at {degrees} degrees.",
        "I came for {tea} and stayed for the {vessel}.",
        "Drinking tea since {year}. Always looking for {note}.",
        "From {place}. I buy more tea than I can drink.",
        "{tea} in the morning, {note} in the evening.",
    ),
    vessels=(
        "gaiwan",
        "small clay pot",
        "glass pot",
        "porcelain pot",
        "tall glass",
        "travel cup",
        "iron kettle",
        "side-handle pot",
    ),
    waters=("spring water", "tap water", "filtered water", "melted snow", "bottled water", "rain water"),
    times=("this morning", "last night", "on Sunday", "after work", "before dawn", "at noon", "yesterday", "last week"),
    between=" ",
)

CHINESE = Phrases(
    titles=(
        "{vessel}泡{tea}，第{steep}泡终于喝出{note}",
        "{year}年{place}{tea}品饮笔记",
        "{vessel}泡{grams}克{tea}",
        "带着{note}的{year}年{place}{tea}",
        "喝了{days}天{tea}的感受",
        "{grams}克{tea}与{note}，绝配",
        "{days}天后，为什么我又回到{tea}",
        "{place}来的{tea}，醒茶{days}天后",
        "{note}还是{other}？{tea}冲泡{days}次的对比",
        "{degrees}度的水对{vessel}里的{tea}做了什么",
    ),
    questions=(
        "{year}年的{tea}用{vessel}泡，多少度的水合适？",
        "{place}的{tea}开封后{days}天还能喝吗？",
        "{tea}卖{price}元贵不贵？",
        "{grams}克{tea}用{vessel}好吗？",
        "{year}年的{tea}为什么没有{note}了？",
        "喝了{days}天{tea}，你们接着喝什么？",
        "{tea}{degrees}度第{steep}泡发苦怎么办？",
        "{year}年的{tea}卖{price}元还值得买吗？",
        "放了{days}天，怎么凭{note}分辨{place}的{tea}？",
        "{vessel}放{grams}克{tea}会不会太多？",
    ),
    openings=(
        "{time}打开{year}年的{tea}，满屋子都是{note}。",
        "朋友从{place}带回来一包{tea}，用素纸包着。",
        "醒了{days}天，又把{tea}拿出来喝。",
        "{time}下雨，用{vessel}慢慢泡了一壶{tea}。",
        "连续喝了{days}天的{tea}。",
        "这是我第三次买{place}的{tea}，也是第一次想回购。",
        "外婆一辈子只喝{tea}，{time}我才明白为什么。",
        "{place}寄来的包裹{time}到了，还多送了{grams}克。",
        "{price}元的{tea}，本来没抱什么期望。",
        "{time}六个人围着一把{vessel}，最后大家选了{tea}。",
    ),
    details=(
        "第一杯全是{note}，第二杯带出{other}，后面两者一直都在。",
        "到第{steep}泡，{note}慢慢淡了，{other}浮上来。",
        "干茶闻不出什么，{vessel}温热之后香气就藏不住了。",
        "在{note}和{other}之间，有一种说不出的甜。",
        "以前{place}的茶比这个粗一些，也可能是我出汤变快了。",
        "汤色透亮，喝完嘴里还想要。",
        "用{water}泡会显得平淡，值得换好一点的水。",
        "叶底慢慢展开，第{steep}泡之后依然完整。",
        "最意外的是，空杯里的{other}能留那么久。",
        "出汤快一点更好，{note}出来了，苦涩留在后面。",
        "和{year}年的对比着喝，差别主要在回甘。",
        "{vessel}保温很好，对这款茶来说也许太好了。",
    ),
    measures=(
        "投茶{grams}克，水温{degrees}度，第一泡{seconds}秒出汤。",
        "{vessel}放{grams}克，{degrees}度的水，{seconds}秒起，之后每泡加十秒。",
        "用{water}，{degrees}度，{grams}克，能泡{steep}道。",
        "记录一下：{seconds}秒，{degrees}度，{grams}克，{water}。",
        "{degrees}度很柔和，再高五度，{seconds}秒就全是{other}了。",
        "{grams}克{price}元，以{year}年的料来说算公道。",
    ),
    closings=(
        "{days}天后再来喝一次。",
        "还剩{grams}克，不着急。",
        "下次换{vessel}，少投一点。",
        "如果去{place}，一定要问问这款茶。",
        "{price}元，没什么可抱怨的。",
        "等{year}年的饼喝完再开它。",
    ),
    asks=(
        "大家都是怎么泡的？",
        "有人用{water}试过吗？",
        "我是哪里做得不对？",
        "换成{vessel}会不会好一些？",
        "有{other}正常吗？",
        "是不是该再放{days}天？",
        "需要先洗茶吗，洗多久？",
        "{year}年的和新一点的，你们会选哪个？",
    ),
    answers=(
        "{tea}我一般用{degrees}度的水，{seconds}秒出汤。",
        "{grams}克，用{vessel}，{note}就回来了。",
        "{other}是焙火偏急的表现，放{days}天透透气就好。",
        "{place}那边的喝法是洗一道，从第二泡开始喝。",
        "换{water}试试，对我来说差别全在水上。",
        "{year}年的料要用更热的水，至少{degrees}度。",
        "是{vessel}的问题，我换掉之后就好了。",
        "少投茶，多耐心：{grams}克，{seconds}秒。",
    ),
    replies=(
        "{time}我泡{tea}也这样，后来发现是水的问题。",
        "写得真好，我从第{steep}泡开始也喝到了{note}。",
        "我的看法不太一样，{tea}好就好在{other}。",
        "谢谢，{time}就试试{degrees}度。",
        "我在{place}买也是{price}元。",
        "我那包也是{place}的，完全没有{note}。",
        "{year}年的更好，如果还能找到的话。",
        "我的{vessel}同意你，我的耐心不同意。",
        "被你说动了，又下单了{tea}。",
        "建议再放{days}天再下结论。",
    ),
    additions=(
        "第{steep}泡怎么样，记得告诉我们。",
        "我太太说闻起来像{other}，她一向说得准。",
        "我罐子里还留着{grams}克左右。",
        "{place}那家店还有{year}年的。",
        "等那{seconds}秒是值得的。",
        "过{days}天再问我。",
        "换了{water}就是另一款茶。",
        "我记的是{degrees}度，不过没太仔细量。",
    ),
    news_titles=(
        "{year}年{tea}上新，{price}元",
        "走访{place}制茶师傅的{days}天",
        "品鉴进行中：{tea}每人{grams}克",
        "关于{tea}，{price}位茶友这样说",
        "补货：{year}年{place}的{tea}",
    ),
    news=(
        "我们在{place}待了{days}天，带回了{tea}。",
        "感谢{price}位茶友关于{tea}的回复，每一条我们都看了。",
        "首批会员每人{grams}克，素纸包装。",
        "师傅们的{vessel}都是手工烧制。",
        "先是{note}，第{steep}泡之后转为{other}。",
        "{days}天内发货，补充装{price}元。",
        "我们用{water}，{degrees}度，{seconds}秒冲泡。",
    ),
    bios=(
        "常喝{tea}，常用{degrees}度。",
        "为{tea}而来，为{vessel}留下。",
        "从{year}年开始喝茶，一直在找{note}。",
        "住在{place}，买得比喝得多。",
        "早上{tea}，晚上还是{tea}。",
    ),
    vessels=("盖碗", "小紫砂壶", "玻璃壶", "瓷壶", "玻璃杯", "旅行杯", "铁壶", "侧把壶"),
    waters=("山泉水", "自来水", "过滤水", "雪水", "瓶装水", "雨水"),
    times=("今天早上", "昨晚", "周日", "下班后", "天亮前", "中午", "昨天", "上周"),
    between="",
)
