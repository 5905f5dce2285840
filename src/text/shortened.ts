const MAX_CHARACTERS = 100;

/** The start of a long text, for messages that quote what was given. */
export function shortened(text: string): string {
  return text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
}
