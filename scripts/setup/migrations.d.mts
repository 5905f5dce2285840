export function applyMigrations(stateFolder?: string, say?: (line: string) => void): boolean;
