import type { Json } from '../../events/canonical-json.ts';
import { timeOf } from './evaluate/calendar.ts';
import { measureJson } from './evaluate/json-size.ts';

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

/** Why a text is not an expression: where in the value it stands, and where in that text the reader stumbled. */
export type ExpressionProblem = {
  readonly message: string;
  /** Keys and indexes that lead to the text inside the compiled value. */
  readonly path: readonly (string | number)[];
  /** Character offset inside that text. */
  readonly offset: number;
  readonly expression: string;
};

/**
 * A name an expression reads, with the members it goes through: `a.output["x"]` is `['a', 'output', 'x']`. The path
 * ends before the first index that is not a text literal, before `.?`, before a call, and before what `has()` asks for.
 */
export type Reference = { readonly path: readonly string[]; readonly expression: string };

/** What names stand for while an expression is evaluated: plain JSON values. */
export type Scope = Readonly<Record<string, unknown>>;

/** Why an evaluation gave no value. */
export type ExpressionError = {
  readonly code: 'expression.failed' | 'expression.limit';
  /** The whole sentence for people: the expression, the reason, and the values it saw. */
  readonly message: string;
  readonly expression: string;
  /**
   * What the references of the expression held, by their path joined with dots; large values are shortened, secrets
   * left out.
   */
  readonly values: Readonly<Record<string, Json>>;
};

/** The outcome of rendering: a JSON value, or the reason there is none. */
export type Rendered =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly error: ExpressionError };

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

const shownCharactersMax = 80;
const keptCharactersMax = 400;

/** A value as a message quotes it: its JSON text when short, else what kind of value it is. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(cut(value, shownCharactersMax));
  const time = timeOf(value);
  if (time !== undefined) return time.toString();

  return large(value, shownCharactersMax) ?? JSON.stringify(value);
}

/** The value itself when it is small, else a text that says what was there. */
export function shortenValue(value: Json): Json {
  if (typeof value === 'string') return cut(value, keptCharactersMax);

  return large(value, keptCharactersMax) ?? value;
}

function cut(text: string, charactersMax: number): string {
  return text.length <= charactersMax
    ? text
    : `${text.slice(0, charactersMax)}... (${text.length} characters)`;
}

/** What kind of value stands where one is too large to be written, or none at all. */
function large(value: unknown, charactersMax: number): string | undefined {
  const size = measureJson(value, charactersMax);
  if (size.kind === 'fits') return undefined;
  if (size.kind === 'foreign') return size.what;

  return Array.isArray(value) ? `a list of ${value.length}` : `a map of ${Object.keys(value ?? {}).length}`;
}
