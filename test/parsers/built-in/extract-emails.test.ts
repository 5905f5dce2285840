import { describe, expect, it } from "vitest";
import { parseHtml, parsePage } from "../parse-page.ts";

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

  it.each([
    "Follow @harbour or @crew@ferry.example",
    "https://video.example/@harbour.news and video.example/@crew.desk",
    "icons/quay@2x.png, quay@3x.webp, sprite@2x.min.css",
    "npm install tides@4.2.0 @ferry/kit@1.2.3-beta.rc quay@v2.1.final",
    "git clone git@code.example:ferry/tides.git",
    "rsync crew@host.example:/var/log .",
    "postgres://crew:secret@db.example/tides and ssh://deploy@host.example",
    "sip:crew@ferry.example, xmpp:crew@ferry.example, //crew@cdn.example/logo",
  ])("finds none in %j", (text) => {
    expect(parseHtml("extract-emails", `<p>${text}</p>`)).toEqual({ emails: [] });
  });

  it.each([
    ["Write to crew@ferry.example: we answer.", "crew@ferry.example"],
    ["Mail/crew@ferry.example", "crew@ferry.example"],
    ["https://page.example/?to=crew@ferry.example", "crew@ferry.example"],
    ["crew@163.example", "crew@163.example"],
    ["<span>crew@ferry.example</span><br><span>Telephone</span>", "crew@ferry.example"],
    ['<a href="mailto://crew@ferry.example">Mail</a>', "crew@ferry.example"],
  ])("finds the address in %j", (html, email) => {
    expect(parseHtml("extract-emails", `<p>${html}</p>`)).toEqual({ emails: [email] });
  });
});
