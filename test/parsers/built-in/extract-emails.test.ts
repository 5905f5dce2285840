import { describe, expect, it } from "vitest";
import { parsePage } from "../parse-page.ts";

describe("@trawl/extract-emails", () => {
  it("finds addresses in links and text, including obfuscated ones, and nothing else", async () => {
    expect(await parsePage("extract-emails", "/contact/office")).toEqual({
      emails: [
        "office@ferry.example",
        "treasurer@ferry.example",
        "audit@ferry.example",
        "harbour@ferry.example",
        "press.desk+news@media.ferry.example",
        "boats@ferry.example",
        "crew@ferry.example",
        "lost@ferry.example",
      ],
    });
  });
});
