import { isBlobRef } from '../../events/blob-ref.ts';
import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import type { DefinitionRef } from '../../events/run-events.ts';
import type { Chart } from '../chart/chart.ts';
import { isTooDeep } from '../expressions/evaluate/json-size.ts';
import { sha256Hex } from '../hash.ts';
import { JournalDamaged, type ReadRecord, replayRecord } from '../run/record/fold.ts';
import { newRun, type Run } from '../run/run.ts';
import { checkDefinitions } from './check-definitions.ts';
import { type AuditProblem, checkRecords, problemAt, quoted } from './check-records.ts';
import { auditFormat, exportText, RunExport } from './export-format.ts';
import { checkSignature, type IsSigned, type PublicKey } from './public-key.ts';

const codes: Readonly<Record<string, string>> = { 'journal.differs': 'audit.differs' };

/** What verifying an export showed. It is whole when there are no problems. */
export type AuditReport = {
  readonly problems: readonly AuditProblem[];
  /** How many more problems there are than are told. */
  readonly omitted?: number;
  /** All that follows is absent where the file could not be read. */
  readonly run?: string;
  readonly exportedAt?: string;
  readonly definitions?: readonly DefinitionRef[];
  /** How many records there are, and how many of them folded again to the same bytes. */
  readonly events?: number;
  readonly folded?: number;
  /** That of the run after the events that folded. */
  readonly status?: string;
  readonly stateHash?: string;
  readonly head?: RunExport['head'];
  /**
   * Who signed it and when, be it rightly or not; absent where nobody did. `fits`: the signature was made with a key
   * that counts, over this head. It is absent where signatures were not looked at.
   */
  readonly signature?: { readonly key: string; readonly signedAt: string; readonly fits?: boolean };
};

/** What an export is verified with besides itself. */
export type VerifyWith = {
  /** Public keys and what checks their signatures. Signatures are not looked at without. */
  readonly signatures?: {
    readonly keys: readonly PublicKey[];
    readonly isSigned: IsSigned;
    /** That nobody signed it is a problem. */
    readonly isRequired?: boolean;
  };
  /** The number of the last event that is folded; all are, without. */
  readonly until?: number;
};

/** The most problems that are told of one export. */
const problemsMax = 200;

/** Verifies the text of an export with nothing but public keys. Never throws. */
export function verifyExport(text: string, { signatures, until }: VerifyWith = {}): AuditReport {
  const read = readExport(text);
  if (!read.ok) return { problems: read.problems };
  const { document } = read;
  const records = checkRecords(document);
  const definitions = checkDefinitions(document, records.all);
  const { run, problem } = refold(records.sound.slice(0, until), definitions.charts);
  const signature = signatureProblem(document, signatures);
  const problems = [
    ...(signature === undefined ? [] : [signature]),
    ...records.problems,
    ...definitions.problems,
    ...(problem === undefined ? [] : [problem]),
    ...checkBlobs(document, records.all),
    ...read.problems,
  ];

  const omitted = Math.max(0, problems.length - problemsMax);
  const fits = signatures === undefined ? {} : { fits: signature === undefined };

  return {
    problems: problems.slice(0, problemsMax),
    ...(omitted === 0 ? {} : { omitted }),
    ...about(document, fits),
    ...folded(run),
  };
}

function signatureProblem(
  document: RunExport,
  signatures: VerifyWith['signatures'],
): AuditProblem | undefined {
  if (signatures === undefined) return undefined;
  const { keys, isSigned, isRequired = false } = signatures;
  if (document.signature !== undefined || !isRequired) return checkSignature(document, keys, isSigned);

  return {
    code: 'audit.unsigned',
    message:
      'nobody signed the export, or its signature was taken away: it may have been cut off or written anew',
  };
}

function about(
  { run, exportedAt, definitions, records, head, signature }: RunExport,
  fits: { readonly fits?: boolean },
): Partial<AuditReport> {
  return {
    run,
    exportedAt,
    definitions: definitions.map(({ ref }) => ref),
    events: records.length,
    head,
    ...(signature === undefined
      ? {}
      : { signature: { key: signature.key, signedAt: signature.signedAt, ...fits } }),
  };
}

function folded(run: Run | undefined): Partial<AuditReport> {
  if (run === undefined) return { folded: 0 };

  return {
    folded: run.sequence,
    status: run.state.status,
    stateHash: sha256Hex(canonicalJson(run.state)),
  };
}

/** The run as far as its records fold again to the same bytes, and the one that does not. */
type Refolded = { readonly run?: Run; readonly problem?: AuditProblem };

/** Folds records again as `replay` does: every byte has to come out the same. None is folded without its definition. */
function refold(records: readonly ReadRecord[], charts: ReadonlyMap<string, Chart>): Refolded {
  let run: Run | undefined;
  for (const read of records) {
    const { sequence } = read.record;
    const begun = chartForRecord(run, read, charts);
    if (begun === undefined) break;
    try {
      run = replayRecord(begun, read);
    } catch (error) {
      return { ...(run === undefined ? {} : { run }), problem: problemOf(error, sequence) };
    }
  }

  return run === undefined ? {} : { run };
}

/** The run as it takes a record: by the definition of the first one, and from one that migrates it on by that. */
function chartForRecord(
  run: Run | undefined,
  { record }: ReadRecord,
  charts: ReadonlyMap<string, Chart>,
): Run | undefined {
  if (run !== undefined && record.type !== 'run.migrated') return run;
  const chart = charts.get(record.data.head.definition.hash);
  if (chart === undefined) return undefined;

  return run === undefined ? newRun(chart) : { ...run, chart };
}

/** Whatever it is that a record breaks, it cannot be folded. */
function problemOf(error: unknown, sequence: number): AuditProblem {
  if (error instanceof JournalDamaged)
    return problemAt(codes[error.code] ?? 'audit.unexplained', sequence, error.message);
  const why = error instanceof Error ? error.message : String(error);

  return problemAt('audit.unexplained', sequence, `event ${sequence} cannot be folded: ${why}`);
}

/** An export as it was read. `problems` is not empty where its text is not the one text of what it holds. */
type ReadExport =
  | { readonly ok: true; readonly document: RunExport; readonly problems: readonly AuditProblem[] }
  | { readonly ok: false; readonly problems: readonly AuditProblem[] };

/** Reads the text of an export; what is in it is not verified yet. Never throws. */
export function readExport(text: string): ReadExport {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return unreadable(`the file is not JSON: ${error instanceof Error ? error.message : String(error)}`);
  }
  const format = typeof value === 'object' && value !== null && 'format' in value ? value.format : undefined;
  if (typeof format === 'string' && format !== auditFormat) {
    return unreadable(`the file has the format ${quoted(format)}, this program reads ${quoted(auditFormat)}`);
  }
  const checked = RunExport.safeParse(value);
  if (!checked.success) {
    const [issue] = checked.error.issues;
    const where = issue?.path.join('.') || 'the whole';
    return unreadable(`the file is no export of a run: ${where}: ${issue?.message ?? 'invalid'}`);
  }

  return { ok: true, document: checked.data, problems: rewritten(text, exportText(checked.data)) };
}

function unreadable(message: string): ReadExport {
  return { ok: false, problems: [{ code: 'audit.format', message }] };
}

/** Two texts may hold the same, but an export is written in one way, so that nothing can hide in the others. */
function rewritten(found: string, expected: string): readonly AuditProblem[] {
  if (found === expected) return [];
  let at = 0;
  while (at < found.length && found[at] === expected[at]) at += 1;
  const line = found.slice(0, at).split('\n').length;
  const message = `the file was written anew: from line ${line} on it is not the text that an export has, although it may say the same`;

  return [{ code: 'audit.rewritten', message }];
}

/** The digests of the large values that a fact only refers to. */
export function digestsIn(fact: unknown): readonly string[] {
  if (typeof fact !== 'object' || fact === null) return [];
  if (isBlobRef(fact)) return [fact.$blob.digest];

  return Object.values(fact).flatMap(digestsIn);
}

/** Whether the large values that the records refer to are all there, and are what their digests say. */
function checkBlobs({ blobs = {} }: RunExport, records: readonly ReadRecord[]): readonly AuditProblem[] {
  const problems: AuditProblem[] = [];
  const needed = new Map<string, number>();
  for (const { record } of records) {
    for (const digest of digestsIn(record.data.fact))
      needed.set(digest, needed.get(digest) ?? record.sequence);
  }
  for (const [digest, sequence] of needed) {
    if (Object.hasOwn(blobs, digest)) continue;
    const message = `a large value of event ${sequence} is missing (digest ${digest.slice(0, 12)})`;
    problems.push(problemAt('audit.blob', sequence, message));
  }
  for (const [digest, text] of Object.entries(blobs)) {
    const sequence = needed.get(digest);
    if (sequence === undefined) {
      problems.push({
        code: 'audit.blob',
        message: `no event refers to the large value ${digest.slice(0, 12)}`,
      });
    } else if (sha256Hex(text) !== digest) {
      const message = `a large value of event ${sequence} was edited: its digest is no longer ${digest.slice(0, 12)}`;
      problems.push(problemAt('audit.blob', sequence, message));
    } else if (!isCanonical(text)) {
      const message = `a large value of event ${sequence} (digest ${digest.slice(0, 12)}) is no canonical JSON`;
      problems.push(problemAt('audit.blob', sequence, message));
    }
  }

  return problems;
}

/** Whether a value is what was stored: its canonical JSON is, and a text that is none cannot be read again. */
function isCanonical(text: string): boolean {
  try {
    const value = JSON.parse(text) as Json;
    return !isTooDeep(value) && canonicalJson(value) === text;
  } catch {
    return false;
  }
}
