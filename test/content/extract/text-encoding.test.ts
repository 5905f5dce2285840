/** In which encoding the bytes of a text are, as far as that can be known. */
import { describe, expect, it } from "vitest";
import { decodeText, encodingOf } from "../../../src/content/extract/text-encoding.ts";
import { encoded } from "../../site/encoding.ts";

const text = "text/plain";
const latin = [0x47, 0x72, 0xf6, 0xdf, 0x65];

function encoding(mimeType: string, body: string | Iterable<number>, charset?: string) {
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : Uint8Array.from(body);
  return encodingOf({ mimeType, charset, body: bytes });
}

describe("the encoding of a text", () => {
  it("is the one of its byte order mark, whatever the server states", () => {
    expect(encoding(text, [0xff, 0xfe, 0x61, 0], "utf-8")).toBe("utf-16le");
    expect(encoding(text, [0xfe, 0xff, 0, 0x61])).toBe("utf-16be");
    expect(encoding("application/json", [0xef, 0xbb, 0xbf, 0x31], "gbk")).toBe("utf-8");
  });

  it.each([
    ["iso-8859-1", "windows-1252"],
    ["sjis", "shift_jis"],
    ["gb2312", "gbk"],
    ["utf-16", "utf-16le"],
  ])("is the one that the server states: %s", (charset, name) => {
    expect(encoding(text, latin, charset)).toBe(name);
    expect(encoding("application/json", encoded('"潮"', "gbk"), charset)).toBe(name);
  });

  it("is UTF-8 for JSON that can be read as such, if the server states the usual default", () => {
    expect(encoding("application/json", '"ä"', "iso-8859-1")).toBe("utf-8");
    expect(encoding("application/json", latin, "iso-8859-1")).toBe("windows-1252");
    expect(encoding(text, "ä", "iso-8859-1")).toBe("windows-1252");
  });

  it.each([
    ["application/xml", '<?xml version="1.0" encoding="ISO-8859-2"?><a>', "iso-8859-2"],
    ["image/svg+xml", "\n<?xml version='1.0' encoding='koi8-r' ?><svg>", "koi8-r"],
    // Single bytes could be read as the declaration, so this is not true.
    ["text/xml", '<?xml version="1.0" encoding="utf-16"?><a>', "utf-8"],
    ["text/css", '@charset "windows-1251"; a{}', "windows-1251"],
  ])("is the one that it declares itself: %s %s", (mimeType, start, name) => {
    expect(encoding(mimeType, start)).toBe(name);
    expect(encoding(mimeType, start, "utf-8")).toBe("utf-8");
  });

  it("is UTF-16 if every other byte is zero", () => {
    const json = [...'{"a":1}\n'].map((character) => character.charCodeAt(0));
    expect(
      encoding(
        "application/json",
        json.flatMap((byte) => [byte, 0]),
      ),
    ).toBe("utf-16le");
    expect(
      encoding(
        "text/csv",
        json.flatMap((byte) => [0, byte]),
      ),
    ).toBe("utf-16be");
    expect(encoding("text/csv", [0x61, 0])).toBe("utf-8");
  });

  it("is UTF-8 if its bytes are, apart from a broken character", () => {
    expect(encoding(text, "")).toBe("utf-8");
    expect(encoding(text, "Größe", "no-such-encoding")).toBe("utf-8");
    expect(encoding(text, [...new TextEncoder().encode("Größe, Maß, süß, früh"), 0xc3])).toBe("utf-8");
  });

  it("is unknown otherwise", () => {
    expect(encoding(text, latin)).toBeUndefined();
    expect(encoding(text, encoded("古い潮位計が港に戻ってきました。", "euc-jp"))).toBeUndefined();
    expect(encoding(text, [0x1b, 0x24, 0x42, 0x39, 0x41, 0x1b, 0x28, 0x42])).toBeUndefined();
  });
});

describe("a text is decoded", () => {
  it.each(["gbk", "big5", "shift_jis", "euc-jp", "euc-kr", "koi8-r", "windows-1251", "windows-1257"])(
    "from %s",
    (name) => {
      const word = { gbk: "海港", big5: "門票", "euc-kr": "시장", "windows-1257": "Ačiū" }[name] ?? "Мост";
      expect(decodeText(encoded(word, name), name)).toBe(word);
    },
  );

  it("without its byte order mark", () => {
    expect(decodeText(Uint8Array.from([0xef, 0xbb, 0xbf, 0x31]), "utf-8")).toBe("1");
  });

  it.each([undefined, "replacement"])("as Windows-1252 if the encoding is %s", (name) => {
    expect(decodeText(Uint8Array.from(latin), name)).toBe("Größe");
  });
});
