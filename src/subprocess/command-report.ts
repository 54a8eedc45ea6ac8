import type { Readable } from 'node:stream';
import { z } from 'zod';
import { type Json, JsonValue } from '../../events/canonical-json.ts';
import { InexactNumber, parseJsonText } from '../../events/json-text.ts';
import { Progress, WorkError } from '../../events/worker-protocol.ts';
import { defined } from '../../machines/language/defined.ts';
import { unfitValue } from '../../machines/run/record/claim-check.ts';
import { messageOf } from '../lib/text.ts';
import { type Attempt, TaskError } from '../ports/work/handler.ts';

/** The file descriptor on which a command says more than its exit code can. */
export const reportDescriptor = 3;

/** Details of 32 KiB fit with every character of them escaped. */
const lineBytesMax = 256 * 1024;

/** So many bad lines are told one by one. */
const problemsMax = 20;

const newline = 0x0a;

/** What one line may say: how the command fails, or that it goes on. As of workers, but another attempt may help. */
const ReportLine = z.union([
  z.strictObject({ error: WorkError.extend({ retryable: z.boolean().default(true) }).strict() }),
  z.strictObject({ heartbeat: Progress.extend({ details: JsonValue.optional() }).strict() }),
]);

/** What a command said on its own descriptor so far. */
export type CommandReport = {
  /** The error that it named last. */
  readonly error: () => TaskError | undefined;
  /** What could not be taken, each with a code. Nothing else comes of a bad line: the work goes on. */
  readonly problems: () => readonly string[];
};

/** Reads the lines of a command to its end, however many and however bad they are. */
export function readReport(
  stream: Readable,
  { heartbeat, details }: Pick<Attempt, 'heartbeat' | 'details'>,
): CommandReport {
  const problems: string[] = [];
  let omitted = 0;
  let error: TaskError | undefined;
  let line = 0;
  const refuse = (code: string, why: string) => {
    const message = `${code}: line ${line} on descriptor ${reportDescriptor} ${why}`;
    heartbeat({ message: message.slice(0, 200) });
    if (problems.length < problemsMax) problems.push(message);
    else omitted += 1;
  };

  const fitting = (details: Json | undefined): Json | undefined => {
    const unfit = details === undefined ? undefined : unfitValue(details);
    if (unfit === undefined) return details;
    refuse('report.details', `is taken without its details: they ${unfit}`);
    return undefined;
  };
  const goesOn = ({ details: given, ...progress }: Extract<Said, { heartbeat: unknown }>['heartbeat']) => {
    const fit = fitting(given);
    if (fit !== undefined) details(fit);
    heartbeat(Object.keys(progress).length === 0 ? undefined : defined(progress));
  };
  eachLine(stream, (bytes) => {
    line += 1;
    if (bytes === 'too-long') return refuse('report.too-long', `has more than ${lineBytesMax} bytes`);
    const said = reportOf(bytes.toString('utf8').trim());
    if (said === undefined) return;
    if ('why' in said) refuse('report.invalid', said.why.slice(0, whyCharsMax));
    else if ('heartbeat' in said) goesOn(said.heartbeat);
    else {
      const { code, message, retryable } = said.error;
      error = new TaskError(code, message, defined({ retryable, details: fitting(said.error.details) }));
    }
  });

  return {
    error: () => error,
    problems: () => (omitted === 0 ? problems : [...problems, `and ${omitted} more lines were not taken`]),
  };
}

/** Nothing stands behind the cut: where a text ends within a secret, its piece is found and hidden. */
const whyCharsMax = 200;

type Said = z.output<typeof ReportLine> | { readonly why: string };

/** Undefined for an empty line. */
function reportOf(text: string): Said | undefined {
  if (text === '') return undefined;
  try {
    const parsed = ReportLine.safeParse(parseJsonText(text));
    if (parsed.success) return parsed.data;
    return { why: `is neither {"error": {"code", "message"}} nor {"heartbeat": {...}}: ${text}` };
  } catch (error) {
    const inexact = error instanceof InexactNumber ? `${messageOf(error)}: ` : '';
    return { why: `is no JSON: ${inexact}${text}` };
  }
}

/** Calls back for each line, also for the last one where it does not end, with at most one line in memory. */
function eachLine(stream: Readable, take: (line: Buffer | 'too-long') => void): void {
  let parts: Buffer[] = [];
  let bytes = 0;
  const end = () => {
    take(bytes > lineBytesMax ? 'too-long' : Buffer.concat(parts));
    parts = [];
    bytes = 0;
  };
  stream.on('data', (chunk: Buffer) => {
    let from = 0;
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
      keep(chunk.subarray(from, at));
      end();
      from = at + 1;
    }
    keep(chunk.subarray(from));
  });
  // Also when it is destroyed, because something that the command left running holds it open.
  stream.once('close', () => {
    if (bytes > 0) end();
  });
  // A command that closes its end, or never opens it, has nothing to say.
  stream.on('error', () => undefined);

  function keep(part: Buffer): void {
    bytes += part.length;
    if (part.length === 0) return;
    // A copy, because a view would keep the whole chunk alive.
    if (bytes <= lineBytesMax) parts.push(Buffer.from(part));
    else parts = [];
  }
}
