import { z } from 'zod';
import { isBlobRef } from '../../events/blob-ref.ts';
import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import type { JournalRecord } from '../../events/record.ts';
import { DefinitionRef } from '../../events/run-events.ts';
import { membersOf } from '../chart/tasks/output-mapping.ts';
import { sha256Hex } from '../hash.ts';
import { redact } from '../run/record/redact.ts';
import type { Run } from '../run/run.ts';
import { isRunId } from '../shard.ts';
import { proofMember } from '../task.ts';
import type { AuditProblem } from './check-records.ts';
import type { RunExport } from './export-format.ts';

const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, { error: 'expected a SHA-256 in lower-case hex' });

/** What a receipt says of the run that it is of. */
export const ReceiptProof = z.strictObject({
  run: z.string().refine(isRunId, { error: 'expected the id of a run' }),
  definition: DefinitionRef,
  /** The address of the task, and its attempt. */
  task: z.string().min(1),
  attempt: z.int().positive(),
  /** The last event of the run as the receipt was made, and its hash, to which those of all events before lead. */
  event: z.int().positive(),
  hash: Sha256,
  /** The SHA-256 of the canonical JSON (RFC 8785) of the receipt without its proof. */
  digest: Sha256,
});
export type ReceiptProof = Readonly<z.output<typeof ReceiptProof>>;

/** A receipt that was read: its proof, and the digest of what else it holds. */
export type ReadReceipt = { readonly proof: ReceiptProof; readonly digest: string };

/** The output of a task as a receipt. It holds no secrets, as the journal does not. */
export function receiptOf(
  { state, chart, sequence, hash, aside }: Run,
  { task, attempt }: { readonly task: string; readonly attempt: number },
  output: Json,
): Json {
  const content = membersOf(redact(output, aside.hidden));
  const { id, version, hash: text } = chart.ref;
  const proof: ReceiptProof = {
    run: state.run,
    definition: { id, version, hash: text },
    task,
    attempt,
    event: sequence,
    hash,
    digest: sha256Hex(canonicalJson(content)),
  };

  return { ...content, [proofMember]: proof };
}

/** Whether a value that a file holds looks like a receipt, be it a good one or not. */
export function isReceipt(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, proofMember);
}

/** The receipt that a value is, or why it is none. Never throws. */
export function readReceipt(
  value: Readonly<Record<string, unknown>>,
):
  | { readonly ok: true; readonly receipt: ReadReceipt }
  | { readonly ok: false; readonly problem: AuditProblem } {
  const { [proofMember]: said, ...content } = value;
  const proof = ReceiptProof.safeParse(said);
  if (!proof.success) {
    const [issue] = proof.error.issues;
    const where = [proofMember, ...(issue?.path ?? [])].join('.');
    return { ok: false, problem: problem('format', `${where}: ${issue?.message ?? 'invalid'}`) };
  }
  const read = z.record(z.string(), z.json()).safeParse(content);
  if (!read.success) {
    const where = read.error.issues[0]?.path.join('.') ?? '';
    return { ok: false, problem: problem('format', `${where}: no value that JSON has`) };
  }
  const digest = sha256Hex(canonicalJson(read.data));

  return { ok: true, receipt: { proof: proof.data, digest } };
}

/** That nobody here knows the run. */
export function unknownRun({ run }: ReceiptProof): AuditProblem {
  const message = `there is no run ${run} here: the receipt is of another project, or was made up`;

  return problem('unknown-run', message);
}

/** What is wrong with a receipt, by the records of its run, which were verified before. */
export function checkReceipt(
  { proof, digest }: ReadReceipt,
  { run, records: bodies, blobs = {} }: Pick<RunExport, 'run' | 'records' | 'blobs'>,
): readonly AuditProblem[] {
  if (run !== proof.run)
    return [problem('foreign', `the receipt is of run ${proof.run}, and this is run ${run}`)];
  const records = bodies.map((body) => JSON.parse(body) as JournalRecord);
  const foreign = foreignTo(proof, records);
  if (foreign !== undefined) return [problem('foreign', foreign)];
  if (digest !== proof.digest) {
    const message = `what the receipt says was changed after ${proof.task} of run ${run} gave it`;
    return [problem('edited', message)];
  }
  const given = records.flatMap(({ data: { fact }, type }) => {
    const { task, attempt, output } = fact as { task?: string; attempt?: number; output?: Json };
    return type === 'task.completed' && task === proof.task && attempt === proof.attempt ? [output] : [];
  });
  const of = `attempt ${proof.attempt} of ${proof.task}`;
  if (given.length === 0)
    return [problem('unrecorded', `run ${run} does not hold that ${of} completed: nothing came of it`)];
  if (given.some((output) => digestOf(output ?? null, blobs) === digest)) return [];

  return [problem('forged', `run ${run} holds another result of ${of} than the receipt`)];
}

/** Whether the run once was as the proof says, or how not. */
function foreignTo(
  { run, definition, event, hash }: ReceiptProof,
  records: readonly JournalRecord[],
): string | undefined {
  const record = records.find(({ sequence }) => sequence === event);
  if (record === undefined)
    return `run ${run} has ${records.length} events, and the receipt is of event ${event}`;
  if (record.hash !== hash)
    return `event ${event} of run ${run} has another hash: the receipt is of another journal, or its proof was changed`;
  const { definition: by } = record.data.head;
  if (canonicalJson(by) === canonicalJson(definition)) return undefined;

  return `run ${run} went by ${by.id} version ${by.version} at event ${event}, the receipt by ${definition.id} version ${definition.version}`;
}

function digestOf(output: Json, blobs: Readonly<Record<string, string>>): string {
  return isBlobRef(output) && Object.hasOwn(blobs, output.$blob.digest)
    ? output.$blob.digest
    : sha256Hex(canonicalJson(output));
}

function problem(name: string, message: string): AuditProblem {
  return { code: `receipt.${name}`, message };
}
