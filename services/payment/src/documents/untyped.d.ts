/** The part we use of a library that ships no types. */
declare module 'linebreak' {
  /** Places where a line may break (Unicode Standard Annex 14), one at a time; the last is the end of the text. */
  class LineBreaker {
    constructor(text: string);
    nextBreak(): { position: number; required: boolean } | null;
  }

  export { LineBreaker as default };
}
