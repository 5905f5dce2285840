/** Vite hands a file over as its text when it is imported with `?raw`. */
declare module "*?raw" {
  const text: string;
  export default text;
}
