/** Where an operation is asked for over HTTP. */
export type HttpPlace = {
  readonly method: 'get' | 'post' | 'delete';
  /** With the members of the input that stand in it in braces, such as `/api/v1/agents/{name}`. */
  readonly path: `/api/v1/${string}`;
  /** What is answered, in a few words, for the reference. */
  readonly answer: string;
  readonly status?: 200 | 201;
  /** The group of the reference that it stands in, where that is not its noun. */
  readonly tag?: string;
  /** The member of the input that is the whole body; without it, the body has all members that the path has not. */
  readonly body?: string;
};

/** How an operation is asked for on the command line. */
export type CommandPlace = {
  /** The words of the command, such as `agents drain`. */
  readonly words: string;
  /** Members of the input that are given by their place, in order. */
  readonly arguments?: readonly string[];
  /** Members of the input that are given by name: their option as commander writes it, such as `--reason <text>`. */
  readonly options?: Readonly<Record<string, string>>;
  /** The list in the answer that is shown as a table, and the members that are its columns, such as `latest.run`. */
  readonly table?: { readonly of: string; readonly columns: readonly string[] };
  /** Exit codes other than 0, by the value of a member of the answer. */
  readonly exit?: { readonly of: string; readonly codes: Readonly<Record<string, 7>> };
};

/** How an operation is a tool of the MCP server. */
export type ToolPlace = {
  /** Behind `workflow_`, such as `list_runs`. */
  readonly name: string;
  /** What it does cannot be taken back, or ends something: clients ask a person first. */
  readonly destructive?: true;
  /** Done twice it comes to the same as done once. */
  readonly idempotent?: true;
  /** A member of the input that is true unless the caller says otherwise: it is tried out first. */
  readonly triesFirst?: string;
  /** Members of the answer that only a screen has a use for. */
  readonly without?: readonly string[];
};

/** A member of the input says by its `kind` what is asked: each kind that is named is a tool of its own. */
export type ToolKinds = {
  readonly of: string;
  readonly kinds: Readonly<Record<string, ToolPlace & { readonly summary: string }>>;
};

/**
 * Something that can be asked of the product: what it is called and where. The command line, the routes of the HTTP
 * API, its reference and the types of the dashboard follow from it; it is data alone, so that any of them can load it.
 * Its use case (src/operations) says what is taken, what is answered and how it is done.
 */
export type Operation = {
  /** For help and for the reference, in one line. */
  readonly summary: string;
  /** Whether it may change anything: a server that is read-only refuses it. */
  readonly changes: boolean;
  /** What members of the input mean, for help and for the reference. */
  readonly members?: Readonly<Record<string, string>>;
  readonly http?: HttpPlace;
  readonly command?: CommandPlace;
  readonly tool?: ToolPlace | ToolKinds;
};

/** An operation with the types of what it takes and answers, which are there for the compiler alone. */
export type Typed<Declared extends Operation, Input, Output> = Declared & {
  readonly types?: { readonly input: Input; readonly output: Output };
};

/** Declares an operation: `declare<Input, Output>()({ ... })`. */
export function declare<Input, Output>() {
  return <const Declared extends Operation>(declared: Declared): Typed<Declared, Input, Output> => declared;
}

/** What an operation takes, and what it answers. */
export type InputOf<Declared> = Declared extends { readonly types?: { readonly input: infer Input } }
  ? Input
  : never;
export type OutputOf<Declared> = Declared extends { readonly types?: { readonly output: infer Output } }
  ? Output
  : never;
