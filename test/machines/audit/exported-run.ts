// Exports of runs that the real core carried out, whole or damaged on purpose.
import { canonicalJson } from '../../../events/canonical-json.ts';
import { exportOf, exportText, type RunExport } from '../../../machines/audit/export-format.ts';
import { signedDigest } from '../../../machines/audit/public-key.ts';
import { sha256Hex } from '../../../machines/hash.ts';
import { isSigned, keyIdOf, newKeyPair, signDigest } from '../../../src/keys/public-key-file.ts';
import { chartOfText } from '../../support/chart-of.ts';
import { startedRun } from '../../support/run-spec.ts';

export const definitionText = `# A comment is part of the text, and not of the hash.
workflow:
  id: pay
  version: 3
  input: { required: [amount] }
  tasks:
    - { id: look, retry_policy: { max_attempts: 3, initial_delay: 1s }, run: { command: ['true'] } }
    - id: big
      type: DECISION
      depends_on: look
      decision_param: \${workflow.input.amount > 100}
      decision_cases: { 'true': { next: agree } }
      default_case: { next: done }
    - { id: agree, type: HUMAN, approvers: { names: [ana] } }
    - { id: done, type: NOOP }
`;
export const exportedAt = '2026-01-02T00:00:00.000Z';

/** A run that failed once, was retried, decided and asked somebody. */
export function wholeExport(amount = 500): RunExport {
  const chart = chartOfText(definitionText);
  const { bodies } = startedRun(chart, { amount })
    .fails('look')
    .passes(10_000)
    .completes('look', { found: 'a "quoted" text' })
    .does({ kind: 'approve', task: 'agree', by: 'ana' });

  return exportedRun({ ref: chart.ref, text: definitionText, bodies });
}

/** The export of a run that a test has driven. */
export function exportedRun({
  ref,
  text,
  bodies,
}: RunExport['definitions'][number] & { readonly bodies: readonly string[] }): RunExport {
  const last = JSON.parse(bodies.at(-1) ?? '');

  return exportOf({ run: 'test-run', definitions: [{ ref, text }], records: [...bodies], last }, exportedAt);
}

/** A record written as an attacker would who knows how hashes are made. */
export function forged(body: string, change: (record: Record<string, unknown>) => void): string {
  const { hash: _hash, ...record } = JSON.parse(body) as Record<string, unknown>;
  change(record);

  return canonicalJson({ ...record, hash: sha256Hex(canonicalJson(record)) });
}

export function pair() {
  const { privatePem, publicKey } = newKeyPair();

  return { privatePem, key: { key: keyIdOf(publicKey), publicKey } };
}

export type Pair = ReturnType<typeof pair>;

export function signedBy(
  document: RunExport,
  { privatePem, key: { key } }: Pair,
  signedAt = exportedAt,
): RunExport {
  const value = signDigest(privatePem, signedDigest(document, { key, signedAt }));

  return { ...document, signature: { key, algorithm: 'ed25519', value, signedAt } };
}

export function textOf(document: RunExport): string {
  return exportText(document);
}

export { isSigned };
