"""What loaded customers are called and what is said about their cases. All of it is invented."""

from __future__ import annotations

import random

SURNAMES = (
    "青木 アオキ|池田 イケダ|上野 ウエノ|遠藤 エンドウ|小川 オガワ|加藤 カトウ|木下 キノシタ|久保 クボ|小林 コバヤシ|佐藤 サトウ|"
    "清水 シミズ|杉山 スギヤマ|関口 セキグチ|高橋 タカハシ|千葉 チバ|辻 ツジ|寺田 テラダ|富田 トミタ|中村 ナカムラ|西田 ニシダ|"
    "沼田 ヌマタ|根本 ネモト|野村 ノムラ|橋本 ハシモト|平野 ヒラノ|福島 フクシマ|星 ホシ|松本 マツモト|三浦 ミウラ|村上 ムラカミ|"
    "森田 モリタ|安田 ヤスダ|湯浅 ユアサ|横山 ヨコヤマ|和田 ワダ|渡辺 ワタナベ|髙田 タカダ|斎藤 サイトウ|濱口 ハマグチ|田中 タナカ"
)
GIVEN = (
    "葵 アオイ|樹 イツキ|海 ウミ|栄子 エイコ|修 オサム|香織 カオリ|恭平 キョウヘイ|久美 クミ|健太 ケンタ|琴音 コトネ|咲 サキ|"
    "茂 シゲル|涼 スズ|聖 セイ|宗一 ソウイチ|拓 タク|千尋 チヒロ|翼 ツバサ|輝 テル|智子 トモコ|直美 ナオミ|仁 ジン|望 ノゾミ|"
    "遥 ハルカ|浩 ヒロシ|文 フミ|誠 マコト|美咲 ミサキ|恵 メグミ|桃 モモ|康夫 ヤスオ|由紀 ユキ|陽子 ヨウコ|蘭 ラン|律 リツ|類 ルイ"
)
TOWNS = (
    "東京都港区浜風町|東京都世田谷区桜野|神奈川県横浜市西区港台|神奈川県川崎市中原区木月台|埼玉県さいたま市浦和区前地原|"
    "千葉県船橋市湊谷|愛知県名古屋市千種区東丘|大阪府吹田市山手台|大阪府堺市北区金岡野|京都府京都市左京区北園|兵庫県西宮市甲山台|"
    "福岡県福岡市早良区西浜|北海道札幌市豊平区月寒野|宮城県仙台市青葉区花川|広島県広島市西区己斐台|静岡県浜松市中央区砂丘|"
    "新潟県新潟市中央区信濃浜|長野県松本市安曇台|岡山県岡山市北区旭台|石川県金沢市犀浜"
)
# From what is asked every hour to what is asked once a year: drawn with falling weight.
TOPICS = (
    "解約の手続き|料金の確認|インターネットがつながらない|工事日の変更|引っ越しの移転|請求書の再発行|電話の雑音|番号の移転|機器の返却|"
    "支払方法の変更|契約書面の再送|無線の設定|初期契約解除|オプションの取り消し|違約金の説明|テレビの映り|名義変更|撤去の立会い|"
    "転送の設定|口座振替の停止|速度が遅い|メールの設定|留守番電話|二重請求|領収書の宛名|迷惑電話の拒否|法人契約の見積|暗証番号の再設定|"
    "光電話の発信制限|停電後の復旧|集合住宅の配線|海外からの着信|点字の案内|弔問による停止|落雷の故障|古い端末の下取り"
)
SAID = (
    "とのお問い合わせ|をご希望|についてお怒り|の件で再度入電|をご家族が代理で希望|の案内が前回と違うとのご指摘|の期日を確認したいとのこと|"
    "を本日中にと強いご要望|の書類が届かないとのお申し出|について担当者の説明に納得いただけず"
)
DONE = (
    "。手順をご案内し、了承いただいた。|。担当窓口へ取り次ぎ済み。|。折り返しをお約束した。|。記録を確認し、後日回答とした。|"
    "。ランプは緑が三つ、再起動で復旧。|。書面を再送する。|。契約内容を読み上げ、ご理解いただいた。|。上席へ報告した。|"
    "。工事会社の空き枠を確認中。|。ご本人確認は生年月日と住所で実施。"
)
# Pairs of these make words that stand in a handful of entries of a million.
RARE = "鮎梓茜綾鯉梢杏椿菫楓葦鶴亀鷺燕鴨鯛蛍蝶蝉雀鳩鷹桐柊榊檜樫橡栃梶楠椋榎枇杷橘柚柿栗桃梨杜若藤萩薄桔梗撫子牡丹芍薬"


def listed(text: str) -> list[str]:
    """The entries of a list above."""
    return text.split("|")


def people_of(text: str) -> list[tuple[str, str]]:
    """(kanji, kana) pairs of a list above."""
    return [(pair.split(" ")[0], pair.split(" ")[1]) for pair in listed(text)]


class Sentences:
    """Ready-made sentences, so that five million entries cost a choice each and not a composition."""

    def __init__(self, rng: random.Random) -> None:
        kinds, said, done = listed(TOPICS), listed(SAID), listed(DONE)
        weights = [1 / (rank + 1) for rank in range(len(kinds))]
        self.subjects = rng.choices(kinds, weights, k=4096)
        topics = rng.choices(kinds, weights, k=16384)
        self.notes = [f"{topic}{rng.choice(said)}{rng.choice(done)}" for topic in topics]
        self._rng = rng

    def subject(self) -> str:
        """A case's subject, at times with the thing it is about."""
        rng = self._rng
        text = self.subjects[rng.getrandbits(12)]
        return text if rng.random() > 0.1 else f"{text}（{self.rare()}）"

    def note(self) -> str:
        """What somebody wrote down."""
        rng = self._rng
        text = self.notes[rng.getrandbits(14)]
        return text if rng.random() > 0.05 else f"{text}{self.rare()}様の件、受付{rng.randrange(100_000)}。"

    def rare(self) -> str:
        """Two characters that seldom stand together."""
        return self._rng.choice(RARE) + self._rng.choice(RARE)
