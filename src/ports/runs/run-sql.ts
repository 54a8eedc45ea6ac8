/** The question was not answered, for the reason in `code` and the message. The reaction: ask another one. */
export class SqlRefused extends Error {
  override readonly name = 'SqlRefused';
  readonly code:
    | 'query.invalid'
    | 'query.read-only'
    | 'query.too-large'
    | 'query.too-long'
    | 'query.unavailable';

  constructor(code: SqlRefused['code'], message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
  }
}

export type SqlValue = string | number | null;

/** A table that a question finds beside those of the index. */
export type SqlTable = {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlValue[])[];
};

export type SqlRows = {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly SqlValue[])[];
  /** There are more rows than were asked for. */
  readonly isCut: boolean;
};

/** Questions in SQL about all runs. */
export interface RunSql {
  /** Reads, and never writes. Rejects with SqlRefused, also when the answer takes too long or is too large. */
  query(
    sql: string,
    limits: {
      readonly rowsMax: number;
      readonly msMax: number;
      readonly tables?: readonly SqlTable[] | undefined;
    },
  ): Promise<SqlRows>;
}
