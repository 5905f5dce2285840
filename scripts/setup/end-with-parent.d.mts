export function endingWithParent(command: string[], signal: "TERM" | "KILL"): string[];
