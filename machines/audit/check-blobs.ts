import { isBlobRef } from '../../events/blob-ref.ts';
import { canonicalJson, type Json } from '../../events/canonical-json.ts';
import { sha256Hex } from '../hash.ts';
import { isTooDeep } from '../json-depth.ts';
import type { ReadRecord } from '../run/record/fold.ts';
import { type AuditProblem, problemAt } from './audit-problem.ts';
import type { RunExport } from './export-format.ts';

/** The digests of the large values that a fact only refers to. */
export function digestsIn(fact: Json): readonly string[] {
  if (typeof fact !== 'object' || fact === null) return [];
  if (isBlobRef(fact)) return [fact.$blob.digest];

  return Object.values(fact).flatMap((member: Json) => digestsIn(member));
}

/** Whether the large values that the records refer to are all there, and are what their digests say. */
export function checkBlobs(
  { blobs = {} }: RunExport,
  records: readonly ReadRecord[],
): readonly AuditProblem[] {
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
