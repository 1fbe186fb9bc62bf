from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from community.referrals.visitors import FASTEST_PACE, Visitor, device_hash, network_hash, same, visitor, visitor_key

SECRET = b"sixteen bytes...."
DAY = date(2026, 11, 26)
PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 "
    "Mobile/15E148 Safari/604.1"
)
PEOPLE = [
    PHONE,
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
    # Browsers within WeChat, QQ, DingTalk, Facebook, WhatsApp's web view, Weibo, Alipay
    f"{PHONE} MicroMessenger/8.0.50(0x1800323d) NetType/WIFI Language/zh_CN",
    (
        "Mozilla/5.0 (Linux; Android 14; V2307A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/121.0.6167.71 "
        "MQQBrowser/6.2 TBS/047601 Mobile Safari/537.36 V1_AND_SQ_9.0.50 QQ/9.0.50.6258 NetType/4G"
    ),
    # A maker of phones whose name ends as that of robots
    "Mozilla/5.0 (Linux; Android 9; CUBOT_P30) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/121.0 Mobile Safari/537.36",
    f"{PHONE} AliApp(DingTalk/7.6.0) com.laiwang.DingTalk/40321 Channel/201200 language/zh-Hans-CN",
    f"{PHONE} [FBAN/FBIOS;FBAV/480.0.0.27.104]",
    f"{PHONE} Weibo (iPhone15,2__weibo__14.6.0__iphone__os17.5)",
    "Mozilla/5.0 (Linux; U; Android 13; zh-CN; Mi 10) AppleWebKit/537.36 (KHTML, like Gecko) UCBrowser/16.0 Mobile Safari/537.36",
]
PREVIEWS = [
    "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
    # iMessage
    (
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_11_1) AppleWebKit/601.2.4 (KHTML, like Gecko) Version/9.0.1 Safari/601.2.4 "
        "facebookexternalhit/1.1 Facebot Twitterbot/1.0"
    ),
    "Twitterbot/1.0",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Slack-ImgProxy (+https://api.slack.com/robots)",
    "WhatsApp/2.24.10.84 A",
    "TelegramBot (like TwitterBot)",
    "Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)",
    "WeChatShareExtensionNew/8.0.50.34 CFNetwork/1496.0.7 Darwin/23.5.0",
    "Mozilla/5.0 (Windows NT 6.1; WOW64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/53.0 Safari/537.36 QQ-URL-Manager",
    "Mozilla/5.0 (compatible; DingTalkBot-LinkService/1.0)",
    "LinkedInBot/1.0 (compatible; Mozilla/5.0; Apache-HttpClient +http://www.linkedin.com)",
]
OTHERS = [
    (Visitor.CRAWLER, "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"),
    (Visitor.CRAWLER, "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)"),
    (Visitor.CRAWLER, "Sogou web spider/4.0(+http://www.sogou.com/docs/help/webmasters.htm#07)"),
    (
        Visitor.HEADLESS,
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/142.0.0.0 Safari/537.36",
    ),
    (
        Visitor.HEADLESS,
        "Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/538.1 (KHTML, like Gecko) PhantomJS/2.1.1 Safari/538.1",
    ),
    (Visitor.SCRIPT, "curl/8.10.1"),
    (Visitor.SCRIPT, "python-requests/2.32.3"),
    (Visitor.SCRIPT, "Go-http-client/2.0"),
    (Visitor.SCRIPT, ""),
    (Visitor.SCRIPT, None),
    (Visitor.SCRIPT, "Mozilla/5.0"),
]


@pytest.mark.parametrize("user_agent", PEOPLE)
def test_people_are_people_within_any_app(user_agent: str) -> None:
    assert visitor(user_agent) is Visitor.PERSON


@pytest.mark.parametrize("user_agent", PREVIEWS)
def test_a_preview_of_a_link_is_no_visit(user_agent: str) -> None:
    assert visitor(user_agent) is Visitor.PREVIEW
    assert visitor(user_agent.upper()) is Visitor.PREVIEW


@pytest.mark.parametrize(("kind", "user_agent"), OTHERS)
def test_programs_are_told_by_what_they_say(kind: Visitor, user_agent: str | None) -> None:
    assert visitor(user_agent) is kind


def test_programs_that_say_nothing_are_told_by_what_they_do() -> None:
    assert visitor(PHONE, "HEAD") is Visitor.SCRIPT
    assert visitor(PHONE, "get", FASTEST_PACE) is Visitor.PERSON
    assert visitor(PHONE, "GET", FASTEST_PACE + 1) is Visitor.SCRIPT


@given(st.text(max_size=3_000))
def test_any_user_agent_is_told(user_agent: str) -> None:
    assert visitor(user_agent) in Visitor


addresses = st.ip_addresses().map(str)


@given(addresses, st.text(max_size=50), st.dates(date(2020, 1, 1), date(2100, 1, 1)))
def test_a_key_is_of_one_day_and_one_secret(address: str, user_agent: str, day: date) -> None:
    key = visitor_key(SECRET, address, user_agent, day)
    assert same(key, visitor_key(SECRET, address, user_agent, day))
    assert not same(key, visitor_key(SECRET, address, user_agent, day + timedelta(1)))
    assert not same(key, visitor_key(SECRET + b"!", address, user_agent, day))
    assert not same(key, visitor_key(SECRET, address, user_agent + "x", day))
    assert len(key) == 16


def test_a_home_is_one_network_and_an_address_in_other_clothes_is_the_same() -> None:
    assert network_hash(SECRET, "2001:db8:1:2::1") == network_hash(SECRET, "2001:db8:1:2:ffff::9")
    assert network_hash(SECRET, "2001:db8:1:2::1") != network_hash(SECRET, "2001:db8:1:3::1")
    assert network_hash(SECRET, "::ffff:192.0.2.7") == network_hash(SECRET, " 192.0.2.7")
    assert network_hash(SECRET, "192.0.2.7") != network_hash(SECRET, "192.0.2.8")


@given(addresses, st.text(max_size=50))
def test_hashes_fit_a_bigint_and_are_never_the_unknown(address: str, device: str) -> None:
    assert 0 < network_hash(SECRET, address) < 2**63
    assert (device_hash(SECRET, device) == 0) == (not device)
    assert 0 <= device_hash(SECRET, device) < 2**63


def test_a_device_and_a_network_of_one_name_are_told_apart() -> None:
    assert network_hash(SECRET, "49.48.46.48") != device_hash(SECRET, "10.0")


@pytest.mark.parametrize("address", ["", "localhost", "1.2.3", "例子", "1.2.3.4, 5.6.7.8"])
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="address"):
        visitor_key(SECRET, address, PHONE, DAY)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        visitor_key(b"short", "192.0.2.1", PHONE, DAY)
