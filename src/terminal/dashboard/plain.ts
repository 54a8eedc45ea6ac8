import type { RunCount } from '../../../machines/run/record/run-filter.ts';
import type { Watching } from '../../cli/app.ts';
import type { ExitCode } from '../../cli/exit-codes.ts';
import type { Invocation } from '../../cli/invocation.ts';
import { transitionLines } from '../../projections/task/log-lines.ts';
import { appearanceOf } from '../render/glyphs.ts';
import { shortId } from '../render/short-id.ts';
import { formatElapsed } from '../render/times.ts';
import { oneLine } from '../render/width.ts';

/** Where there is no terminal: a line for every change of every run, until somebody stops it. */
export async function showPlainly({ io, output }: Invocation, { board }: Watching): Promise<ExitCode> {
  const { paint } = output;
  const deaf = board.onLanded(({ run, record }) => {
    const { definition } = record.data.head;
    for (const { time, task, status, elapsedMs, note } of transitionLines(record)) {
      const { look, word } = appearanceOf(status);
      const took = elapsedMs === undefined ? '' : ` ${formatElapsed(elapsedMs)}`;
      const what = `${paint.glyph(status)} ${oneLine(task ?? 'run')} ${paint.look(look, word)}${took}`;
      const text = `${time} ${oneLine(definition.id)} ${shortId(run)} ${what}  ${paint.dim(oneLine(note))}`;
      output.data(text.trimEnd());
    }
  });
  output.note(`${countOf(await board.counts())} runs so far; what they do from now on follows, until Ctrl-C`);
  await new Promise<void>((resolve) => {
    const release = io.onInterrupt(() => {
      release();
      resolve();
    });
  });
  deaf();

  return 0;
}

function countOf(counts: readonly RunCount[]): number {
  return counts.reduce((sum, { count }) => sum + count, 0);
}
