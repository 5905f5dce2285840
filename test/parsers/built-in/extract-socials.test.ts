import { describe, expect, it } from "vitest";
import { parsePage } from "../parse-page.ts";

describe("@trawl/extract-socials", () => {
  it("finds each profile once, and ignores links that share the page", async () => {
    const { socials } = (await parsePage("extract-socials", "/contact/social")) as {
      socials: { network: string; url: string }[];
    };
    expect(socials.map(({ url }) => url)).toEqual([
      "https://facebook.com/ferrysocietyexample",
      "https://x.com/ferryexample",
      "https://instagram.com/ferry.society.example",
      "https://linkedin.com/company/ferry-society-example",
      "https://youtube.com/@ferrysocietyexample",
      "https://tiktok.com/@ferrysocietyexample",
      "https://github.com/ferry-society-example",
      "https://bsky.app/profile/ferry.example",
      "https://social.example/@ferry",
      "https://t.me/ferryexample",
      "https://wa.me/441234567890",
      "https://discord.gg/example",
      "https://pinterest.com/ferryexample",
      "https://threads.net/@ferryexample",
      "https://reddit.com/r/ferryexample",
    ]);
    expect(socials[8]).toEqual({
      network: "mastodon",
      username: "ferry@social.example",
      url: "https://social.example/@ferry",
    });
  });
});
