import { show } from './show.ts';

/** An evaluation that cannot go on. It never leaves this folder: programs turn it into an `ExpressionError`. */
export class ExpressionFailure extends Error {
  override readonly name = 'ExpressionFailure';
  readonly code: 'expression.failed' | 'expression.limit';
  /**
   * The message with the values in it. Written only when read: most failures inside `||` and `exists` are set
   * aside.
   */
  readonly detail: () => string;

  /** `message` quotes no value, for expressions that read secrets. */
  constructor(code: ExpressionFailure['code'], message: string, detail: () => string) {
    super(message);
    this.code = code;
    this.detail = detail;
  }
}

/** A text that is not an expression we accept. It never leaves this folder either. */
export class ExpressionRefused extends Error {
  override readonly name = 'ExpressionRefused';
  readonly code = 'expression.refused';
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

/** The data does not allow the expression. `detail` is the message with values, where there are some to quote. */
export function failed(message: string, detail = () => message): ExpressionFailure {
  return new ExpressionFailure('expression.failed', message, detail);
}

/** What was needed, and the values that came instead. */
export function unfit(needed: string, ...values: readonly unknown[]): ExpressionFailure {
  return failed(needed, () => `${needed}, not ${values.map(show).join(' and ')}`);
}

/** The expression would cost more than any expression may. */
export function overLimit(message: string): ExpressionFailure {
  return new ExpressionFailure('expression.limit', message, () => message);
}
