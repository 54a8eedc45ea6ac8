import type { DoctorLine } from '../../cli/app.ts';
import { resultWithin } from '../../lib/deadline.ts';
import { codeOf, messageOf } from '../../lib/text.ts';
import type { StreamHealth } from '../../stores/jetstream/connection/stream-health.ts';
import { systemClock } from '../system-clock.ts';

/** A cluster elects a leader within 4 to 8 s. */
const answerMsMax = 10_000;
const rangesMax = 5;

/** What `workflow doctor` does where something gives no answer. */
const serverFix =
  'look at the log of the server; `workflow down` and the next command start that of this project anew';

/** The lines of one part, or a line that says that it gave no answer in time, or why it cannot be looked at. */
export async function linesWithin(
  {
    name,
    what,
    limitMs = answerMsMax,
  }: { readonly name: string; readonly what: string; readonly limitMs?: number },
  look: () => Promise<readonly DoctorLine[]>,
): Promise<readonly DoctorLine[]> {
  const lines = look().catch((error: unknown) => [failureLine(name, what, error)]);

  return (await resultWithin(systemClock, limitMs, lines)) ?? [noAnswerLine(name, what, limitMs)];
}

/** Throws what has no code: that is a bug of ours. */
function failureLine(name: string, what: string, error: unknown): DoctorLine {
  const code = codeOf(error);
  if (code === undefined) throw error;

  return { name, status: 'fail', code, detail: `${what} cannot be looked at: ${messageOf(error)}` };
}

/** The first lines of what may be thousands, and one of how many there are besides. */
export function firstLines(
  lines: readonly DoctorLine[],
  limit: number,
  more: (count: number) => DoctorLine,
): readonly DoctorLine[] {
  const count = lines.length - limit;

  return count <= 0 ? lines : [...lines.slice(0, limit), more(count)];
}

export function noAnswerLine(name: string, what: string, limitMs: number): DoctorLine {
  return {
    ...{ name, status: 'fail', code: 'doctor.no-answer' },
    detail: `${what} gave no answer within ${limitMs / 1000} s`,
    fix: serverFix,
  };
}

/** What a stream that forgets nothing does not hold any more: seen only once its files were read. */
export function gapLines(streams: readonly StreamHealth[]): readonly DoctorLine[] {
  return streams.flatMap(({ stream, gaps }) => (gaps.length === 0 ? [] : [gapLine(stream, gaps)]));
}

function gapLine(stream: string, gaps: StreamHealth['gaps']): DoctorLine {
  const count = gaps.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  const told = gaps
    .slice(0, rangesMax)
    .map(({ first, last }) => (first === last ? `${first}` : `${first} to ${last}`));
  const more = gaps.length > rangesMax ? `, and ${gaps.length - rangesMax} more ranges` : '';

  return {
    ...{ name: 'journal', status: 'fail', code: 'journal.positions-lost' },
    detail: `${stream} has lost ${count} messages of unknown runs to damage of its files: positions ${told.join(', ')}${more}`,
    fix: `stop every engine and restore the stream from a backup (nats stream restore), or let another replica lead (nats stream cluster step-down ${stream})`,
  };
}
