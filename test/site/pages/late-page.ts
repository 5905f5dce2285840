/** The layout of pages whose content comes after they have loaded. */
import { type Frame, framedPage } from "../layout.ts";

export const waitingRoom: Frame = {
  kind: "spa",
  name: "Waiting room",
  tagline: "Pages that take their time",
  accent: "#7a3b5c",
  nav: [
    ["/spa/timers", "Timers"],
    ["/spa/stream", "Stream"],
    ["/spa/clock", "Clock"],
  ],
};

interface LatePage {
  name: string;
  heading: string;
  head?: string;
  main?: string;
  script: string;
  text: string[];
  finalPath?: string;
}

/** A page whose `#out` says "Not yet." until its script is done. */
export const latePage = ({ name, heading, head, main = "", script, text, finalPath }: LatePage) =>
  framedPage(waitingRoom, {
    path: `/spa/${name}`,
    heading,
    head,
    main: `
    <h1>${heading}</h1>
    <div id="out"><p>Not yet.</p></div>
    ${main}`,
    script: `
    const show = (...lines) => {
      document.querySelector("#out").replaceChildren(...lines.map((line) =>
        Object.assign(document.createElement("p"), { textContent: line })));
    };
    const json = async (path) => (await fetch(path)).json();
    ${script}`,
    expect: { byScript: true, text, notText: ["Not yet."], finalPath },
  });
