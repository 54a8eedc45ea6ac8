/** The caller is over the rate limit. The reaction: retry after the given time. */
export class TooManyRequests extends Error {
  override readonly name = 'TooManyRequests';
  readonly code = 'http.too-many';
  readonly retryAfterS: number;

  constructor(what: string, retryAfterS: number) {
    super(`${what}; ask again in ${retryAfterS} s`);
    this.retryAfterS = retryAfterS;
  }
}
