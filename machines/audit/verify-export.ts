import { canonicalJson } from '../../events/canonical-json.ts';
import type { DefinitionRef } from '../../events/run-events.ts';
import { sha256Hex } from '../hash.ts';
import type { Run } from '../run/run.ts';
import type { AuditProblem } from './audit-problem.ts';
import { checkBlobs } from './check-blobs.ts';
import { checkDefinitions } from './check-definitions.ts';
import { checkRecords } from './check-records.ts';
import type { RunExport } from './export-format.ts';
import { checkSignature, type IsSigned, type PublicKey } from './public-key.ts';
import { readExport } from './read-export.ts';
import { refold } from './refold.ts';

/** What verifying an export showed. It is whole when there are no problems. */
export type AuditReport = {
  readonly problems: readonly AuditProblem[];
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
  /** Who signed it and when, be it rightly or not; absent where nobody did. */
  readonly signature?: { readonly key: string; readonly signedAt: string };
};

/** What an export is verified with besides itself. */
export type VerifyWith = {
  /** Public keys and what checks their signatures. Signatures are not looked at without. */
  readonly signatures?: { readonly keys: readonly PublicKey[]; readonly isSigned: IsSigned };
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
  const signature = signatures && checkSignature(document, signatures.keys, signatures.isSigned);
  const problems = [
    ...records.problems,
    ...definitions.problems,
    ...(problem === undefined ? [] : [problem]),
    ...checkBlobs(document, records.all),
    ...(signature === undefined ? [] : [signature]),
    ...read.problems,
  ];

  return { problems: problems.slice(0, problemsMax), ...about(document), ...folded(run) };
}

function about({ run, exportedAt, definitions, records, head, signature }: RunExport): Partial<AuditReport> {
  return {
    run,
    exportedAt,
    definitions: definitions.map(({ ref }) => ref),
    events: records.length,
    head,
    ...(signature === undefined ? {} : { signature: { key: signature.key, signedAt: signature.signedAt } }),
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
