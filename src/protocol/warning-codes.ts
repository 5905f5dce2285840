/** What to know about a page that was kept: what `warnings` of an item can hold, and what each means. Clients rely on the codes. */
export const warningCodes = {
  country_not_applied: "Browser Run could not render the page from the country that was asked for.",
  nearly_empty:
    "The page shows only a handful of words although it ran scripts. It may not have loaded what it is about.",
  no_text_layer: "The PDF has pages but no text, such as a scan.",
} as const;

export type WarningCode = keyof typeof warningCodes;
