/** Makes a page of at least `bytes` bytes and at most a few thousand more. */
export function pageOfSize(bytes: number, seed?: number): string;
