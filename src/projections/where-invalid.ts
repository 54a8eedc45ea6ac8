/** The terms cannot be read. The reaction: correct them; `fix` shows some that can. */
export class WhereInvalid extends Error {
  override readonly name = 'WhereInvalid';
  readonly code: string;
  readonly fix: string | undefined;

  constructor(code: string, message: string, fix?: string) {
    super(message);
    this.code = code;
    this.fix = fix;
  }
}
