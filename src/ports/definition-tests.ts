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
  readonly ms: number;
};

/** Plays definitions through on a real engine in memory, aside of the runs that this process works on. */
export interface DefinitionTests {
  /**
   * The text is a definition that can be carried out; `limitMs` is how long it may take. Rejects with TestBusy while
   * another is played, and with TestTooLong.
   */
  test(draft: {
    readonly file: string;
    readonly text: string;
    readonly limitMs: number;
  }): Promise<PlayedDefinition>;
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

/** There are too many ways through the definition. The reaction: `workflow test`, which takes its time. */
export class TestTooLong extends Error {
  override readonly name = 'TestTooLong';
  readonly code = 'definition.test-too-long';
  readonly fix: string;

  constructor(file: string, limitMs: number) {
    super(`${file} could not be played through within ${limitMs / 1_000} s, or not in the memory of a test`);
    this.fix = `workflow test ${file} takes as long as it needs`;
  }
}
