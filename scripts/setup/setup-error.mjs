/** A set-up step that cannot go on. Its message says what is wrong and what to do about it. */
export class SetupError extends Error {}
