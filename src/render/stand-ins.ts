/**
 * Has pictures, fonts and media that are not loaded look loaded, by scripts that run at the start of every document.
 *
 * Answering their requests instead would take 2 ms of the browser's processor time for each picture. This takes less than
 * a tenth of that.
 */
import elements from "./stand-ins/elements.page.js";
import fonts from "./stand-ins/fonts.page.js";
import requests from "./stand-ins/requests.page.js";
import type { TabSession } from "./tab-session.ts";

/** Extensions of files that are blocked by their names. */
export interface BlockedNames {
  pictures: readonly string[];
  fonts: readonly string[];
  media: readonly string[];
}

export async function installStandIns(session: TabSession, names: BlockedNames): Promise<void> {
  const { pictures, fonts: fontNames, media } = names;
  const byName = requests
    .replace("__PICTURES__", pictures.join("|"))
    .replace("__FONTS__", fontNames.join("|"))
    .replace("__MEDIA__", media.join("|"));
  const source = [elements, fonts, byName].join("\n");
  await session.send("Page.addScriptToEvaluateOnNewDocument", { source });
}
