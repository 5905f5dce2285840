export function installPackages(folder: string, say: (line: string) => void): boolean;
