/** The stream that holds the journal now. The first generation is 1; each next one holds the same messages but some. */
export type JournalGeneration = {
  readonly generation: number;
  /** Up to this position messages may be absent because their runs were left behind; 0 in the first generation. */
  readonly carriedTo: number;
  readonly messages: number;
  readonly bytes: number;
};

/** Runs that do not go on, each with the position of its last message. */
export type LeftBehind = ReadonlyMap<string, number>;

/**
 * The journal did not go on in another generation, and is as it was. `generations.run-moved-on`: a run that should be
 * left behind has another last message by now. `generations.under-way`: somebody else is at it. `generations.too-soon`:
 * the current one began only minutes ago. `generations.damaged`: not every message can be read.
 * `generations.fenced`: the site was fenced off.
 */
export class GenerationRefused extends Error {
  override readonly name = 'GenerationRefused';
  readonly code:
    | 'generations.run-moved-on'
    | 'generations.under-way'
    | 'generations.too-soon'
    | 'generations.damaged'
    | 'generations.fenced';

  constructor(code: GenerationRefused['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  static movedOn(run: string): GenerationRefused {
    return new GenerationRefused(
      'generations.run-moved-on',
      `run ${run} has gone on since it was to stay behind`,
    );
  }
}

/**
 * How a journal of which nothing can be deleted becomes smaller: all messages but those of some runs are carried over
 * into a new stream, each at its old position, and the old stream is removed as a whole. Appends wait meanwhile for a
 * moment, and nothing of what was acknowledged to a run that goes on is lost, whenever the process dies.
 */
export interface JournalGenerations {
  current(): Promise<JournalGeneration>;
  /**
   * Goes on in a new generation without these runs. Rejects with GenerationRefused or JournalUnavailable; then the old
   * generation goes on, now or as soon as an engine looks.
   */
  next(options: {
    readonly without: LeftBehind;
    readonly onProgress?: ((message: string) => void) | undefined;
  }): Promise<JournalGeneration>;
}
