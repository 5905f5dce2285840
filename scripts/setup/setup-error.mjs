/** A setup step failed. The message says why and what to do. */
export class SetupError extends Error {}
