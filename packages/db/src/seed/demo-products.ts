/** One product of the demo shop: a Korean lifestyle store whose every picture is drawn here. */
export type DemoProduct = {
  readonly slug: string;
  readonly name: string;
  readonly description: string;
  readonly price: number;
  readonly stock: number;
  readonly imageUrl: string;
};

/** Name, price, stock, and a description that says the same in Korean and then in English. */
const shelf = {
  "moon-jar": ["보름 달항아리", 148_000, 12, "물레로 위아래를 따로 빚어 하나로 이은 백자 달항아리. 살짝 기운 어깨까지 그대로 두었어요.", "A white porcelain moon jar thrown in two halves and joined by hand. We kept its slight lean."],
  "celadon-cups": ["비색 찻잔 한 쌍", 46_000, 80, "가마 속 물빛을 닮은 청자 찻잔 두 개. 큰 잔은 찻물을, 작은 잔은 이야기를 담기 좋아요.", "A pair of celadon cups, glazed the colour of water seen through jade. One big, one small."],
  "onggi-jar": ["숨 쉬는 옹기 항아리", 62_000, 34, "된장도, 김치도, 쌀도 편안해하는 한 말들이 옹기. 유약 대신 잿물을 입혀 천천히 숨을 쉽니다.", "A lidded onggi crock that breathes through its ash glaze. Kimchi, rice and patience keep well in it."],
  "brass-spoon-set": ["방짜 유기 수저", 58_000, 150, "불에 달구고 두드려 만든 놋수저 한 벌. 쓸수록 손에 맞는 빛깔로 바뀌어요.", "A spoon and chopsticks of hammered bronze. The more you eat, the warmer they shine."],
  "soban-table": ["나주 소반", 189_000, 5, "혼자 먹는 밥도 대접이 되는 작은 상. 못 없이 짜 맞춘 다리가 평생을 버팁니다.", "A one-person dining table from Naju, joined without a nail. Dinner alone becomes a ceremony."],
  "jogakbo-cloth": ["모시 조각보", 72_000, 22, "자투리 모시 열여덟 조각을 쌈솔로 이어 앞뒤가 없는 보자기. 창가에 걸면 빛도 조각나요.", "Eighteen scraps of ramie in one cloth, finished alike on both sides. Hang it and the light breaks up too."],
  "hanji-lamp": ["문살 한지등", 89_000, 28, "창호지 너머 새어 나오던 저녁 불빛 그대로. 세 단계 밝기, USB-C 충전.", "Evening light through a paper window, kept in a lamp. Three levels, charges by USB-C."],
  "sorghum-broom": ["책상 위 수수빗자루", 18_000, 240, "지우개 가루부터 빵 부스러기까지. 수수 이삭을 한 올씩 묶은 손바닥만 한 빗자루예요.", "A palm-sized broom of bound sorghum, for eraser dust and toast crumbs alike."],
  "gwangmok-apron": ["광목 앞치마", 39_000, 96, "삶고 말리기를 열 번, 부드러워진 광목으로 지었어요. 주머니엔 감자 두 알이 들어갑니다.", "Unbleached cotton, boiled and dried ten times until soft. The pocket holds two potatoes."],
  "yangeun-kettle": ["노란 양은 주전자", 24_000, 130, "막걸리도 보리차도 여기서 따라야 제맛. 1.8리터, 뚜껑에서 나는 딸각 소리까지 그대로.", "The yellow kettle of every Korean memory: 1.8 litres, and a lid that clicks just so."],
  "dosirak-tin": ["추억의 양은 도시락", 16_000, 320, "난로 위에 올려 둔 그 도시락. 칸막이를 더해 반찬이 섞이지 않아요. (달걀은 별매)", "The lunch tin from the classroom stove, now with a divider. Egg sold separately."],
  "norigae-keyring": ["가방 노리개", 32_000, 64, "동심결 매듭에 옥 한 알, 술까지 손으로 땋았어요. 한복 대신 가방에 달아 보세요.", "A hand-knotted charm with one bead of jade. Made for a hanbok, happy on a backpack."],
  "danseon-fan": ["해 뜨는 단선 부채", 21_000, 180, "한지 두 장 사이 대나무 살을 쉰 개. 한 번 부치면 산이 일렁입니다.", "Fifty bamboo ribs between two sheets of hanji. One wave and the mountains move."],
  "gomusin-shoes": ["꽃 고무신", 27_000, 75, "말랑한 천연고무에 손으로 그린 복사꽃. 마당, 베란다, 동네 한 바퀴까지.", "Soft rubber shoes with a hand-painted peach blossom. For the yard, the balcony, the block."],
  "nubi-pouch": ["쪽빛 누비 파우치", 34_000, 110, "쪽물 들인 무명에 3밀리 간격 손누비. 여권부터 충전기까지 한 자리에 모여요.", "Indigo cotton, quilted by hand every three millimetres. Passport and chargers live together."],
  "pine-soap": ["솔잎 비누 두 장", 14_000, 400, "찬물에 우린 솔잎과 숯으로 여섯 주를 기다려 굳힌 비누. 숲에서 세수하는 기분.", "Cold-process soap of pine needles and charcoal, cured six weeks. Like washing in a forest."],
  "mugwort-candle": ["쑥 향초", 29_000, 140, "비 온 뒤 마당의 쑥 냄새. 콩 왁스라 그을음이 적고 마흔 시간쯤 곁에 있어 줘요.", "The smell of mugwort after rain, in soy wax. It keeps you company for forty hours."],
  "omija-syrup": ["문경 오미자청", 22_000, 260, "다섯 가지 맛이 한 병에. 찬물에 두 숟갈이면 여름이 시작됩니다. 500ml.", "Five tastes in one bottle from Mungyeong. Two spoons in cold water and summer begins. 500 ml."],
  "yuja-tea": ["고흥 유자차", 19_000, 300, "껍질까지 얇게 저며 담근 고흥 유자. 목이 칼칼한 날, 뜨거운 물에 한 숟갈.", "Goheung yuja, sliced thin with its peel. One spoon in hot water for a scratchy day."],
  "yakgwa-box": ["약과 한 상자", 26_000, 45, "조청에 두 번 담근 아홉 개. 새벽에 튀겨 그날 보내요. 선착순인 데는 이유가 있습니다.", "Nine honey cookies, dipped twice and fried at dawn. There is a reason people queue."],
  "wooden-geese": ["나무 기러기 한 쌍", 98_000, 7, "혼례상에 오르던 기러기를 느티나무로 깎았어요. 서로를 바라보게 놓아 주세요.", "Wedding geese carved from zelkova. Please place them facing each other."],
  "tiger-cushion": ["까치호랑이 쿠션", 45_000, 88, "민화에서 걸어 나온, 무섭지 않은 호랑이. 등을 기대면 나쁜 꿈을 대신 먹어 줍니다.", "The tiger of the folk paintings, not scary at all. Lean on it and it eats your bad dreams."],
  "ink-brushes": ["먹과 붓 첫 세트", 54_000, 40, "굵기가 다른 붓 세 자루, 벼루, 백자 필통. 획 하나면 마음이 조용해져요.", "Three brushes, an inkstone and a porcelain holder. One stroke and the mind goes quiet."],
  "najeon-tray": ["나전 학 쟁반", 128_000, 3, "통영 전복 껍데기를 실처럼 끊어 새긴 두 마리 학. 볼 때마다 다른 빛이 납니다.", "Two cranes cut from abalone shell in Tongyeong lacquer. A different light every time."],
  "bamboo-pillow": ["담양 죽부인", 68_000, 18, "열대야를 함께 견디는 대나무 품. 안고 자면 바람이 몸을 지나갑니다.", "A woven bamboo bolster from Damyang. Hug it on hot nights and the breeze passes through you."],
  "onggi-dripper": ["옹기 드리퍼", 42_000, 70, "흙이 열을 붙잡아 마지막 한 방울까지 따뜻해요. 1~2인용, 종이 필터 호환.", "A coffee dripper of onggi clay that stays warm to the last drop. One to two cups."],
  "gat-paperweight": ["갓 문진", 36_000, 52, "선비의 갓을 손바닥 크기로 줄인 황동 문진. 종이도 체면도 날아가지 않아요.", "A scholar's hat as a brass paperweight. Neither the paper nor your dignity flies away."],
  "barley-tea": ["볶은 보리차", 9_900, 500, "가마솥에 세 번 볶은 겉보리. 냉장고 문을 열면 여름방학 냄새가 납니다. 30티백.", "Barley roasted three times in an iron pot. Smells like summer holidays. 30 bags."],
  "dancheong-notebook": ["단청 노트", 12_000, 350, "처마 밑 무늬를 표지로 옮긴 실제본 노트. 180도로 펼쳐지고 만년필도 번지지 않아요.", "Temple-eave patterns on a thread-bound notebook. Opens flat and loves fountain pens."],
  "folding-screen": ["미니 일월오봉 병풍", 84_000, 15, "해와 달과 다섯 봉우리. 모니터 뒤에 세우면 그 자리가 어좌입니다.", "Sun, moon and five peaks: the king's screen, desk sized. Put it behind your monitor and reign."],
} as const satisfies Record<string, readonly [string, number, number, string, string]>;

/** What an empty demo shop is filled with, in the order it is shown. */
export const demoProducts: readonly DemoProduct[] = Object.entries(shelf).map(
  ([slug, [name, price, stock, korean, english]]) => ({
    slug,
    name,
    description: `${korean}\n${english}`,
    price,
    stock,
    imageUrl: `/products/${slug}.svg`,
  }),
);
