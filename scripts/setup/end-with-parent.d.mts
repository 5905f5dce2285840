export function endWithParent(command: string[], signal: "TERM" | "KILL"): string[];
