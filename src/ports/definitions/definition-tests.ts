import type { Json } from '../../../events/canonical-json.ts';
import type { Problem } from '../../../machines/language/problem.ts';

/** What came of playing a definition through. `unreachable` are transitions that cannot happen at all. */
export type PlayedDefinition = {
  readonly ok: boolean;
  readonly covered: number;
  readonly transitions: number;
  readonly unreachable: number;
  readonly scenarios: readonly {
    readonly name: string;
    readonly ok: boolean;
    /** How the run ended. */
    readonly status: string;
    /** What differs, where it went another way. */
    readonly message?: string | undefined;
  }[];
  readonly uncovered: readonly { readonly transition: string; readonly reason: string }[];
  /** The cases that are written down for it, by the place of each. */
  readonly cases: readonly {
    readonly file: string;
    readonly line: number;
    readonly name: string;
    readonly ok: boolean;
    readonly problems: readonly string[];
  }[];
  readonly ms: number;
};

/** What exploring a definition showed. A finding has the way there, where one was found. */
export type ExploredDefinition = {
  readonly scenes: number;
  readonly isWhole: boolean;
  readonly bound?: string | undefined;
  readonly omitted: string[];
  readonly unproven: string[];
  readonly isComplete: boolean;
  readonly findings: {
    readonly code: string;
    readonly severity: string;
    readonly message: string;
    readonly tasks: string[];
    readonly file: string;
    readonly line: number;
    readonly column: number;
    readonly moves?: Record<string, Json>[] | undefined;
    readonly end?: Record<string, Json> | undefined;
  }[];
};

type TestedDraft = {
  readonly file: string;
  readonly text: string;
  readonly limitMs: number;
};

/** Plays definitions through on a real engine in memory, aside of the runs that this process works on. */
export interface DefinitionTests {
  /**
   * The text is a definition that can be carried out; `limitMs` is how long it may take. `file` is its path in the
   * project, whether it is written there yet or not: the cases of the `*.test.yaml` files beside it are played, too.
   * Rejects with TestBusy while another is played, with TestTooLong, and with CasesInvalid.
   */
  test(draft: TestedDraft): Promise<PlayedDefinition>;
  /** Explores every way through it, as `workflow check --deep` does. Rejects with TestBusy and TestTooLong. */
  deepCheck(draft: TestedDraft): Promise<ExploredDefinition>;
}

/** What is written down as cases for a definition is none, or names what it does not have. The reaction: mend it. */
export class CasesInvalid extends Error {
  override readonly name = 'CasesInvalid';
  readonly code = 'cases.invalid';
  readonly problems: readonly Problem[];

  constructor(message: string, problems: readonly Problem[]) {
    super(message);
    this.problems = problems;
  }
}

/** One definition is tested at a time. The reaction: ask again. */
export class TestBusy extends Error {
  override readonly name = 'TestBusy';
  readonly code = 'definition.test-busy';
  readonly fix = 'ask again in a few seconds';

  constructor() {
    super('another definition is being tested on this server');
  }
}

/** There are too many ways through the definition. The reaction: the command, which takes its time. */
export class TestTooLong extends Error {
  override readonly name = 'TestTooLong';
  readonly code = 'definition.test-too-long';
  readonly fix: string;

  constructor(file: string, limitMs: number, command: 'test' | 'check --deep') {
    super(`${file} could not be played through within ${limitMs / 1_000} s, or not in the memory of a test`);
    this.fix = `workflow ${command} ${file} takes as long as it needs`;
  }
}
