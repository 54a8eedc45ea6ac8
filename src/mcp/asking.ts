/**
 * Carries an operation out by its name, such as `runs.start`. What is refused rejects with an error with a `code`. What
 * only waits does not go on when the signal aborts.
 */
export type AskOperation = (operation: string, input: object, gone?: AbortSignal) => Promise<unknown>;

/** How a tool is listed. */
export type ListedTool = {
  readonly name: string;
  readonly title?: string | undefined;
  readonly description: string;
  readonly inputSchema: JsonSchema;
  readonly outputSchema: JsonSchema;
  readonly annotations: {
    readonly readOnlyHint: boolean;
    readonly destructiveHint: boolean;
    readonly idempotentHint: boolean;
    readonly openWorldHint: boolean;
  };
};

export type JsonSchema = { readonly type: 'object'; readonly [key: string]: unknown };

export type Members = Readonly<Record<string, unknown>>;
