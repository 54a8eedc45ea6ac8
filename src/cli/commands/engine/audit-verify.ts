import { verifyExport } from '../../../../machines/audit/verify-export.ts';
import type { Signing } from '../../app.ts';
import { readAuditFile } from '../../audit/read-audit-file.ts';
import { reportLines } from '../../audit/report-lines.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';

export type AuditVerifyFlags = { readonly publicKey?: readonly string[] };

/** `workflow audit verify <file>`: whether an export is what was recorded, offline. */
export async function auditVerify(
  invocation: Invocation,
  file: string,
  { publicKey: files = [] }: AuditVerifyFlags,
): Promise<ExitCode> {
  const { app, output } = invocation;
  const text = await readAuditFile(invocation, file);
  const { keys, isSigned, readPublicKey } = await app.signing(invocation.projectDir());
  // Named keys are the only trusted ones, and one of them must have signed.
  const trusted = files.length > 0 ? await given(invocation, files, readPublicKey) : await keys.list();
  const isRequired = files.length > 0;
  const report = verifyExport(text, { signatures: { keys: trusted, isSigned, isRequired } });
  const ok = report.problems.length === 0;
  output.document('AuditReport', { file, ok, isSigned: report.signature !== undefined, ...report });
  for (const line of reportLines(report, output)) output.data(line);

  return ok ? 0 : 7;
}

async function given(invocation: Invocation, files: readonly string[], read: Signing['readPublicKey']) {
  return Promise.all(files.map(async (file) => read(await readAuditFile(invocation, file), file)));
}
