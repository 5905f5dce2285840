/** Pages in many languages, scripts and encodings, declared in every possible way. */
import { encoded } from "../encoding.ts";
import type { Page } from "../page.ts";

interface Declared {
  /** In the `Content-Type` header. */
  header?: string;
  /** In a `meta` element. */
  meta?: string;
  /** Whether the body starts with a byte order mark. */
  mark?: boolean;
}

interface Text {
  lang: string;
  dir?: "rtl";
  title: string;
  paragraphs: string[];
}

const japanese: Text = {
  lang: "ja",
  title: "港の潮位計",
  paragraphs: [
    "古い潮位計が港に戻ってきました。",
    "毎日二回、満潮と干潮の高さを記録します。価格は１，２００円です。",
    "カタカナとひらがな、そして漢字。",
  ],
};

const russian: Text = {
  lang: "ru",
  title: "Старый мост",
  paragraphs: [
    "Мост открыли после ремонта, и по нему снова ходят трамваи.",
    "Съешь ещё этих мягких булок, сказал сторож.",
  ],
};

const arabic: Text = {
  lang: "ar",
  dir: "rtl",
  title: "سوق الكتب القديمة",
  paragraphs: [
    "يفتح السوق أبوابه كل يوم جمعة بعد الظهر.",
    "السعر ٢٥ درهمًا، والطبعة رقم ISBN 978-3-16-148410-0 نادرة.",
  ],
};

const hebrew: Text = {
  lang: "he",
  dir: "rtl",
  title: "לוח רכבות",
  paragraphs: ["הרכבת הראשונה יוצאת בשעה 05:40 מרציף 2.", "בשבת אין רכבות."],
};

const german: Text = {
  lang: "de",
  title: "Öffnungszeiten",
  paragraphs: ["Über Weihnachten schließen wir früher.", "Größe: 3 × 4 m, Fläche: 12 m²"],
};

const french: Text = {
  lang: "fr",
  title: "Les écluses d’été",
  paragraphs: ["L’œuvre coûte 15 € – déjà payée.", "Où êtes-vous né ?"],
};

const chinese: Text = {
  lang: "zh",
  title: "山间小路",
  paragraphs: ["这条小路通向一座古老的桥。", "门票：二十元，学生免费。"],
};

const taiwanese: Text = {
  lang: "zh-Hant",
  title: "山間小路",
  paragraphs: ["這條小路通往一座古老的橋。", "門票：二十元，學生免費。"],
};

const korean: Text = {
  lang: "ko",
  title: "바닷가 시장",
  paragraphs: ["시장은 새벽 네 시에 열립니다.", "오늘의 생선은 고등어와 갈치입니다."],
};

const hindi: Text = {
  lang: "hi",
  title: "नदी का पुल",
  paragraphs: ["पुल सुबह छह बजे खुलता है।", "टिकट ₹५० का है।"],
};
const thai: Text = {
  lang: "th",
  title: "ตลาดน้ำ",
  paragraphs: ["ตลาดเปิดตั้งแต่เช้าตรู่จนถึงเที่ยง", "เรือเช่าลำละ ๒๐๐ บาท"],
};
const greek: Text = {
  lang: "el",
  title: "Το φαράγγι",
  paragraphs: ["Το μονοπάτι είναι ανοιχτό από τον Μάιο.", "Διαρκεί έξι ώρες."],
};

const mixed: Text = {
  lang: "en",
  title: "All in one",
  paragraphs: [
    "English, then עברית, then English again.",
    "Emoji: 👩‍🔬 🏳️‍🌈 🇯🇵 and 𝔘𝔫𝔦𝔠𝔬𝔡𝔢.",
    "Combining: e\u0301 is not \u00e9, and \ufdfa is one sign.",
    "Vietnamese: Đường đến chợ nổi đẹp lắm.",
  ],
};

/** A page in the given encoding, which is declared by its own name unless `declared` says otherwise. */
function languagePage(path: string, text: Text, encoding: string, declared: Declared): Page {
  const document = `<!DOCTYPE html>
<html lang="${text.lang}"${text.dir ? ` dir="${text.dir}"` : ""}>
<head>
${declared.meta ? `<meta charset="${declared.meta}">` : ""}
<title>${text.title}</title>
<link rel="stylesheet" href="/assets/site.css">
</head>
<body>
<header><nav><a href="/lang/${path}">${text.title}</a></nav></header>
<main>
<h1>${text.title}</h1>
${text.paragraphs.map((paragraph) => `<p>${paragraph}</p>`).join("\n")}
</main>
</body>
</html>
`;
  const marked = declared.mark ? `\uFEFF${document}` : document;
  const bytes = () => (encoding === "utf-8" ? Buffer.from(marked) : encoded(marked, encoding));
  return {
    path: `/lang/${path}`,
    title: `${text.lang}, ${encoding}, declared by ${Object.keys(declared).join(" and ") || "nothing"}`,
    kind: "language",
    expect: { status: 200, title: text.title, text: text.paragraphs },
    respond: () => ({
      headers: { "content-type": `text/html${declared.header ? `; charset=${declared.header}` : ""}` },
      body: bytes(),
    }),
  };
}

const inUtf8 = { header: "utf-8" };

export const languagePages: Page[] = [
  languagePage("japanese", japanese, "utf-8", inUtf8),
  languagePage("japanese-shift-jis", japanese, "shift_jis", { meta: "Shift_JIS" }),
  languagePage("japanese-shift-jis-header", japanese, "shift_jis", { header: "Shift_JIS" }),
  languagePage("japanese-euc-jp", japanese, "euc-jp", { header: "EUC-JP" }),
  languagePage("japanese-euc-jp-meta", japanese, "euc-jp", { meta: "euc-jp" }),
  languagePage("russian", russian, "utf-8", { meta: "utf-8" }),
  languagePage("russian-windows-1251", russian, "windows-1251", { meta: "windows-1251" }),
  languagePage("russian-koi8-r", russian, "koi8-r", { header: "koi8-r" }),
  languagePage("arabic", arabic, "utf-8", inUtf8),
  languagePage("hebrew", hebrew, "utf-8", inUtf8),
  languagePage("hebrew-windows-1255", hebrew, "windows-1255", { header: "windows-1255" }),
  languagePage("german-latin1", german, "iso-8859-1", { header: "iso-8859-1" }),
  languagePage("french-windows-1252", french, "windows-1252", { meta: "iso-8859-1" }),
  languagePage("german-utf-16le", german, "utf-16le", { mark: true }),
  languagePage("japanese-utf-16be", japanese, "utf-16be", { header: "utf-16be" }),
  languagePage("greek-utf-8-mark", greek, "utf-8", { mark: true }),
  languagePage("chinese-gb18030", chinese, "gb18030", { meta: "gb2312" }),
  languagePage("chinese-big5", taiwanese, "big5", { header: "big5" }),
  languagePage("korean-euc-kr", korean, "euc-kr", { meta: "euc-kr" }),
  languagePage("hindi", hindi, "utf-8", inUtf8),
  languagePage("thai", thai, "utf-8", inUtf8),
  languagePage("mixed", mixed, "utf-8", inUtf8),
  // The header wins over the document.
  languagePage("two-declarations", russian, "utf-8", { header: "utf-8", meta: "windows-1251" }),
];
