import type { Json } from '../../events/canonical-json.ts';
import { protocolVersion, type Report, type WorkItem } from '../../events/worker-protocol.ts';
import { messageOf } from '../ports/message-of.ts';
import { TaskError } from '../ports/work/handler.ts';

/** What every report about an item says. */
export function reportOf({ run, task, attempt, token }: WorkItem, worker: string) {
  return { protocol: protocolVersion, run, task, attempt, token, worker } as const;
}

/** The part that all reports about an item share. */
export type ReportBase = ReturnType<typeof reportOf>;
type Failed = Extract<Report, { kind: 'fail' }>['error'];

const codeCharsMax = 200;
const messageCharsMax = 10_000;

/** The result as a report. Throws TaskError for what is no JSON, or does not fit into a report. */
export function completed(of: ReportBase, result: unknown, bytesMax: number): Report {
  const report = { ...of, kind: 'complete', output: asJson(result) } as const;
  const bytes = sizeOf(report);
  if (bytes <= bytesMax) return report;

  throw new TaskError(
    'output.too-large',
    `the result of ${of.task} has ${bytes} bytes, more than the ${bytesMax} that a report holds; store it elsewhere ` +
      'and return its place',
  );
}

/** What a handler threw, as a report. Details that are no JSON, or too large, are left out. */
export function failed(of: ReportBase, error: unknown, bytesMax: number): Report {
  const { details, ...rest } = errorOf(error);
  const plain = { ...of, kind: 'fail', error: rest } as const;
  if (details === undefined) return plain;
  try {
    const whole = { ...plain, error: { ...rest, details: asJson(details) } };

    return sizeOf(whole) <= bytesMax ? whole : plain;
  } catch {
    return plain;
  }
}

function errorOf(error: unknown): Failed {
  const message = messageOf(error).slice(0, messageCharsMax);
  // What nobody foresaw may pass: it counts as a failure that another attempt can overcome.
  if (!(error instanceof TaskError)) return { code: 'worker.error', message, retryable: true };
  const { code, retryable, details } = error;

  return {
    code: code.slice(0, codeCharsMax) || 'worker.error',
    message,
    retryable,
    ...(details === undefined ? {} : { details }),
  };
}

function asJson(result: unknown): Json {
  try {
    return JSON.parse(JSON.stringify(result ?? null)) as Json;
  } catch (cause) {
    throw new TaskError('output.not-json', `the result is not JSON: ${messageOf(cause)}`, { cause });
  }
}

function sizeOf(report: Report): number {
  return new TextEncoder().encode(JSON.stringify(report)).length;
}
