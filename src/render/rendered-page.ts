/** What rendering a page gives: its HTML, or the file that its address leads to. */
import type { MemoryReservation } from "../content/content-memory.ts";
import type { PageFacts } from "../protocol/report.ts";
import type { CapturedPage } from "./capture.ts";

export type RenderedPage = (RenderedHtml | RenderedFile) & {
  /** Of a large page: whoever has saved it ends the reservation. */
  memory?: MemoryReservation;
};

export interface RenderedHtml extends PageFacts {
  kind: "html";
  httpStatus: number;
  page: CapturedPage;
  /** False if the page was still changing when its time was up. */
  hasSettled: boolean;
}

/** Not HTML, but of a type that can be kept. */
export interface RenderedFile extends PageFacts {
  kind: "file";
  httpStatus: number;
  /** In lower case. */
  mimeType: string;
  /** Of text: a name from the Encoding Standard. Undefined if it is unknown. */
  encoding: string | undefined;
  body: Uint8Array;
}
