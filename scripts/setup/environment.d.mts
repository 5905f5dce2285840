export const root: string;
export const cacheFolder: string;
export function toolEnvironment(base?: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
