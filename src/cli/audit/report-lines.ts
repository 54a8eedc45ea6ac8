import type { ReceiptProof } from '../../../machines/audit/receipt.ts';
import type { AuditReport } from '../../../machines/audit/verify-export.ts';
import { oneLine } from '../../terminal/render/width.ts';
import type { Output } from '../output.ts';

/** Shown for an unsigned export: whoever can write the file can replace it. */
export const unsignedNote = 'unsigned: shows that it is consistent, not that it is whole';

/** The result of verifying an export, for people. */
export function reportLines(report: AuditReport, { paint }: Output): readonly string[] {
  const { run, events = 0, folded = 0, head, problems, omitted = 0, status, signature, exportedAt } = report;
  const isSound = problems.length === 0;
  const count = problems.length + omitted;
  const found = `${count} ${count === 1 ? 'problem' : 'problems'}`;
  const verdict = isSound ? (signature === undefined ? 'consistent' : 'whole') : paint.look('failed', found);
  if (run === undefined) return [`${paint.glyph('FAILED')} ${verdict}`, ...problemLines(report, paint)];
  const definitions = report.definitions?.map(({ id, version }) => `${id} v${version}`).join(', ') ?? '';

  return [
    `${paint.glyph(isSound ? 'COMPLETED' : 'FAILED')} ${oneLine(`${run}  ${definitions}`)}  ${verdict}`,
    ...problemLines(report, paint),
    `  records     ${events}, ${folded} of them folded again to the same bytes`,
    ...(status === undefined ? [] : [`  status      ${status} after event ${folded}`]),
    `  head        event ${head?.sequence}  ${paint.dim(head?.hash ?? '')}`,
    `  exported    ${exportedAt}`,
    `  signature   ${signature === undefined ? unsignedNote : signatureText(report)}`,
  ];
}

/** The result of verifying a receipt, for people. */
export function receiptLines(
  { proof, problems, report }: VerifiedReceipt,
  { paint }: Output,
): readonly string[] {
  const told = problemLines({ problems }, paint);
  if (proof === undefined) return [`${paint.glyph('FAILED')} ${paint.look('failed', 'no receipt')}`, ...told];
  const isSound = problems.length === 0;
  const { run, definition, task, attempt, event, hash } = proof;
  const verdict = isSound ? 'proven' : paint.look('failed', 'not proven');
  const of = `attempt ${attempt} of ${task}`;

  return [
    `${paint.glyph(isSound ? 'COMPLETED' : 'FAILED')} ${oneLine(`${run}  ${definition.id} v${definition.version}`)}  ${verdict}`,
    ...told,
    ...(isSound ? [`  gave it     ${oneLine(of)}, made after event ${event} ${paint.dim(hash)}`] : []),
    ...(isSound ? [`  the run     ${report?.status}, ${report?.events} events, whole`] : []),
    ...(report?.signature === undefined ? [] : [`  signature   ${signatureText(report)}`]),
  ];
}

type VerifiedReceipt = {
  readonly proof: ReceiptProof | undefined;
  readonly problems: AuditReport['problems'];
  /** What verifying its run came to; absent where there is none. */
  readonly report: AuditReport | undefined;
};

/** The signature covers the head only: edits that do not lead to that head are not covered. */
function signatureText({ problems, signature }: AuditReport): string {
  const by = `key ${signature?.key} at ${signature?.signedAt}`;
  if (signature?.fits === undefined) return `not looked at, ${by}`;
  if (!signature.fits) return `not good, ${by}`;

  return `${problems.length === 0 ? 'good' : 'fits the head, not what is above'}, ${by}`;
}

function problemLines(
  { problems, omitted = 0 }: Pick<AuditReport, 'problems' | 'omitted'>,
  paint: Output['paint'],
): readonly string[] {
  return [
    ...problems.map(({ code, message }) => `  ${oneLine(message)} ${paint.dim(`[${code}]`)}`),
    ...(omitted === 0 ? [] : [`  ... and ${omitted} more`]),
  ];
}
