/** A custom parser to test with, and a page that it can parse. */
import type { Caller } from "./caller.ts";

export const kettles = {
  name: "Kettles",
  baseSelector: "li.card",
  fields: [
    { name: "title", selector: "h2", type: "text", required: true },
    { name: "price", selector: ".price", type: "text", transform: "price" },
  ],
};

export const card =
  '<ul><li class="card"><h2>Copper kettle</h2><p class="price">€89.50</p></li><li class="card"></li></ul>';
export const url = "https://shop.example/kettles";

/** Creates a custom parser. */
export async function newParser({ call }: Caller, body: object = kettles): Promise<string> {
  const { status, body: parser, text } = await call("POST", "/v1/parsers", { body });
  if (status !== 201) throw new Error(text);
  return parser.id;
}
