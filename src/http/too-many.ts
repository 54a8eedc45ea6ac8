/** Whoever asks has asked too much lately. The reaction: ask again after so long. */
export class TooManyRequests extends Error {
  override readonly name = 'TooManyRequests';
  readonly code = 'http.too-many';
  readonly retryAfterS: number;

  constructor(what: string, retryAfterS: number) {
    super(`${what}; ask again in ${retryAfterS} s`);
    this.retryAfterS = retryAfterS;
  }
}
