/** Pages that control the browser: dialogs, windows, downloads, history. */
import type { Page } from "../../page.ts";
import { unruly } from "./unruly-page.ts";

export const windowControlPages: Page[] = [
  unruly(
    "dialogs",
    "Opens dialogs",
    {
      head: `alert("An alert while parsing");`,
      script: `
      const said = [confirm("Are you sure?"), prompt("Your name?", "nobody")];
      document.querySelector("#out").textContent = "Answered " + said.length + " dialogs";
      addEventListener("beforeunload", (event) => { event.preventDefault(); event.returnValue = "Do not go"; });
      setTimeout(() => alert("A late alert"), 100);`,
    },
    { byScript: true, text: ["Answered 2 dialogs"] },
  ),
  unruly(
    "alert-loop",
    "Opens alerts for ever",
    { script: `while (true) alert("Again");` },
    { code: "timeout" },
  ),
  unruly("popups", "Opens windows", {
    main: `<a href="/tiny/1" target="_blank" id="link">Another tab</a>`,
    script: `for (let n = 0; n < 5; n++) window.open("/tiny/" + n, "_blank", "width=200,height=200");
      document.querySelector("#link").click();`,
  }),
  unruly("download", "Starts downloads", {
    script: `
      for (const path of ["/data/report", "/data/archive.zip"]) {
        document.body.append(Object.assign(document.createElement("iframe"), { src: path, hidden: true }));
      }
      const blob = URL.createObjectURL(new Blob(["downloaded"]));
      Object.assign(document.createElement("a"), { href: blob, download: "words.txt" }).click();
      location.href = "/data/blob";`,
  }),
  unruly("print", "Prints itself", { script: "window.print();" }),
  unruly("close", "Closes itself", { script: "window.close();" }),
  unruly("close-late", "Closes itself later", { script: "setTimeout(() => window.close(), 100);" }),
  unruly("debugger", "Stops for a debugger", { script: "for (let n = 0; n < 10; n++) debugger;" }),
  unruly(
    "address",
    "Says what its address is",
    {
      script: `
        const say = () => {
          document.querySelector("#out").textContent =
            "At " + (location.hash || "none") + ", state " + JSON.stringify(history.state);
        };
        addEventListener("hashchange", say);
        say();
        history.replaceState("seen", "");`,
    },
    { byScript: true, text: ["At none, state null"] },
  ),
  unruly("history-back", "Goes back", { script: "history.back(); history.go(-2); navigation.back();" }),
  unruly(
    "history-states",
    "Goes back to what it was before",
    {
      script: `
        addEventListener("popstate", () => {
          document.querySelector("#out").textContent = "Back at state " + history.state;
        });
        history.pushState(1, "", "?1");
        history.pushState(2, "", "?2");
        history.back();`,
    },
    { byScript: true, text: ["Back at state 1"], finalPath: "/fault/history-states?1" },
  ),
];
