import type { JournalRecord } from '../../../../events/record.ts';
import { isFinal } from '../../../../machines/compile/task-status.ts';
import type { RunSummary, Workflows } from '../../../ports/workflows.ts';
import { transitionLines } from '../../../projections/record-lines.ts';
import type { CliIo } from '../app.ts';
import type { Output } from '../output.ts';
import { appearanceOf } from '../render/glyphs.ts';
import { oneLine } from '../render/width.ts';
import { until } from './patience.ts';

export type ShownRuns = {
  readonly workflows: Workflows;
  readonly io: CliIo;
  readonly output: Output;
  readonly signal: AbortSignal;
  /** Answers what people are asked. */
  readonly answer: () => Promise<void>;
};

const runMsMax = 10 * 60_000;
/** That an attempt is about to begin says nothing where it takes a moment. */
const untold: ReadonlySet<string> = new Set(['SCHEDULED', 'IN_PROGRESS', 'SKIPPED']);

/** Resolves with whether all have completed. */
type RunsShow = { readonly untilAllHaveEnded: () => Promise<boolean> };

/** Shows what runs do as they do it, whoever started them. */
export function createRunsShow(options: ShownRuns): RunsShow {
  const shown = new Map<string, Promise<void>>();

  async function haveEnded(): Promise<readonly RunSummary[] | undefined> {
    const runs = await options.workflows.list();
    for (const summary of [...runs].reverse()) {
      if (shown.has(summary.run)) continue;
      const showing = show(options, summary);
      // It is waited for below, unless something else fails first.
      showing.catch(() => undefined);
      shown.set(summary.run, showing);
    }
    await options.answer();

    return runs.every(({ head }) => isFinal(head.status)) ? runs : undefined;
  }

  return {
    untilAllHaveEnded: async () => {
      const ended = await until(
        { clock: options.io.clock, signal: options.signal },
        { what: 'a run', mostMs: runMsMax },
        haveEnded,
      );
      await Promise.all(shown.values());

      return ended.every(({ head }) => head.status === 'COMPLETED');
    },
  };
}

async function show({ workflows, output, signal }: ShownRuns, { run, head }: RunSummary): Promise<void> {
  const stop = new AbortController();
  try {
    for await (const entry of workflows.follow(run, AbortSignal.any([signal, stop.signal]))) {
      if (!('record' in entry)) return;
      for (const line of linesOf(entry.record, output)) output.note(`  ${head.definition.id}  ${line}`);
      if (isFinal(entry.record.data.head.status)) return;
    }
  } finally {
    stop.abort();
  }
}

function linesOf(record: JournalRecord, { notePaint }: Output): readonly string[] {
  return transitionLines(record)
    .filter(({ status }) => !untold.has(status))
    .map(({ task, status, note }) => {
      const { look, word } = appearanceOf(status);
      const text = note === '' ? '' : `  ${notePaint.dim(oneLine(note))}`;

      return `${notePaint.glyph(status)} ${task ?? notePaint.bold('run')} ${notePaint.look(look, word)}${text}`;
    });
}
