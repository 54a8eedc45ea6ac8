import type { ExportSource } from '../../../machines/audit/export-format.ts';

/** What makes a run verifiable elsewhere. */
export interface Audits {
  /**
   * The exact records of a run, be they sound or not, with the definitions and large values that they refer to as far
   * as these are stored. Rejects with RunNotFound.
   */
  auditSource(run: string): Promise<ExportSource>;
}

/** The run has fewer events. */
export class NoSuchEvent extends Error {
  override readonly name = 'NoSuchEvent';
  readonly code = 'run.no-event';

  constructor(at: number, last: number) {
    super(`event ${at}: the run has ${last === 1 ? '1 event' : `${last} events`}`);
  }
}
