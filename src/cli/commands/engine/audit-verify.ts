import { load } from 'js-yaml';
import type { AuditProblem } from '../../../../machines/audit/check-records.ts';
import {
  checkCertificate,
  type ErasureCertificate,
  readCertificate,
} from '../../../../machines/audit/erasure-certificate.ts';
import { exportOf, exportText } from '../../../../machines/audit/export-format.ts';
import {
  checkReceipt,
  isReceipt,
  type ReceiptProof,
  readReceipt,
  unknownRun,
} from '../../../../machines/audit/receipt.ts';
import {
  type AuditReport,
  readExport,
  type VerifyWith,
  verifyExport,
} from '../../../../machines/audit/verify-export.ts';
import { RunArchived } from '../../../ports/runs/archive.ts';
import { RunNotFound } from '../../../ports/runs/workflows.ts';
import type { Signing } from '../../app.ts';
import { readAuditFile } from '../../audit/read-audit-file.ts';
import { receiptLines, reportLines } from '../../audit/report-lines.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, withSession } from '../../invocation.ts';

export type PublicKeyFlags = { readonly publicKey?: readonly string[] };
export type AuditVerifyFlags = PublicKeyFlags & { readonly export?: string };

/** `workflow audit verify <file>`: whether an export, which is verified offline, or a receipt is what was recorded. */
export async function auditVerify(
  invocation: Invocation,
  file: string,
  flags: AuditVerifyFlags,
): Promise<ExitCode> {
  const { output } = invocation;
  const text = await readAuditFile(invocation, file);
  const receipt = receiptIn(file, text);
  if (receipt !== undefined) return verifyReceipt(invocation, { file, receipt }, flags);
  const certificate = readCertificate(text);
  if (certificate !== undefined) return verifyCertificate(invocation, { file, certificate }, flags);
  const report = verifyExport(text, { signatures: await signaturesOf(invocation, flags) });
  const ok = report.problems.length === 0;
  output.document('AuditReport', { file, ok, isSigned: report.signature !== undefined, ...report });
  for (const line of reportLines(report, output)) output.data(line);

  return ok ? 0 : 7;
}

/** `workflow audit verify` of a certificate of an erasure: whether it is what was signed. */
async function verifyCertificate(
  invocation: Invocation,
  { file, certificate }: { readonly file: string; readonly certificate: ErasureCertificate },
  flags: AuditVerifyFlags,
): Promise<ExitCode> {
  const { output } = invocation;
  const { keys, isSigned } = await signaturesOf(invocation, flags);
  const problem = checkCertificate(certificate, keys, isSigned);
  const { subject, runs, values, signature } = certificate;
  output.document('AuditReport', {
    ...{ file, ok: problem === undefined, isSigned: signature !== undefined, subject, runs, values },
    problems: problem === undefined ? [] : [problem],
  });
  if (problem !== undefined) output.data(`${problem.message}  [${problem.code}]`);
  else
    output.data(`signed with key ${signature?.key}: ${subject} was erased, values: ${values}, runs: ${runs}`);

  return problem === undefined ? 0 : 7;
}

/** The keys that count, and what checks signatures with them. */
export async function signaturesOf(
  invocation: Invocation,
  { publicKey: files = [] }: PublicKeyFlags,
): Promise<NonNullable<VerifyWith['signatures']>> {
  const { keys, isSigned, readPublicKey } = await invocation.app.signing(invocation.projectDir());
  // Named keys are the only trusted ones, and one of them must have signed.
  const trusted = files.length > 0 ? await given(invocation, files, readPublicKey) : await keys.list();

  return { keys: trusted, isSigned, isRequired: files.length > 0 };
}

async function given(invocation: Invocation, files: readonly string[], read: Signing['readPublicKey']) {
  return Promise.all(files.map(async (file) => read(await readAuditFile(invocation, file), file)));
}

type Reading = ReturnType<typeof readReceipt>;

const yamlCharactersMax = 16 * 1024 * 1024;

/** What reading a file as a receipt came to; undefined where it is an export, or something else. */
function receiptIn(file: string, text: string): Reading | undefined {
  const value = parsed(text);
  const isMeant = /\.ya?ml$/i.test(file) && typeof value === 'object' && value !== null;

  return isReceipt(value) || isMeant ? readReceipt({ ...value }) : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Most receipts are YAML.
  }
  try {
    return text.length > yamlCharactersMax ? undefined : load(text);
  } catch {
    return undefined;
  }
}

/** Whether the run that a receipt names is whole, and gave what the receipt says. */
async function verifyReceipt(
  invocation: Invocation,
  { file, receipt: read }: { readonly file: string; readonly receipt: Reading },
  flags: AuditVerifyFlags,
): Promise<ExitCode> {
  const { output } = invocation;
  const proof = read.ok ? read.receipt.proof : undefined;
  const { report, problems } = read.ok
    ? await checked(invocation, read.receipt, flags)
    : { report: undefined, problems: [read.problem] };
  const ok = problems.length === 0;
  const { status, events } = report ?? {};
  output.document('AuditReceipt', { file, ok, ...proof, status, events, problems });
  for (const line of receiptLines({ proof, problems, report }, output)) output.data(line);

  return ok ? 0 : 7;
}

type Checked = { readonly report: AuditReport | undefined; readonly problems: readonly AuditProblem[] };

async function checked(
  invocation: Invocation,
  receipt: Parameters<typeof checkReceipt>[0],
  flags: AuditVerifyFlags,
): Promise<Checked> {
  const text =
    flags.export === undefined
      ? await storedRun(invocation, receipt.proof)
      : await readAuditFile(invocation, flags.export);
  if (typeof text !== 'string') return { report: undefined, problems: [text] };
  const isOurs = flags.export === undefined;
  const report = verifyExport(text, isOurs ? {} : { signatures: await signaturesOf(invocation, flags) });
  const source = readExport(text);
  // What is damaged proves nothing.
  if (!source.ok || report.problems.length > 0) return { report, problems: report.problems };

  return { report, problems: checkReceipt(receipt, source.document) };
}

/** The run of a receipt as this project has it, as an export; where it has none, why. */
async function storedRun(invocation: Invocation, proof: ReceiptProof): Promise<string | AuditProblem> {
  return withSession(invocation, 'none', async ({ workflows }) => {
    try {
      const source = await workflows.auditSource(proof.run);
      return exportText(exportOf(source, new Date(invocation.io.clock.now()).toISOString()));
    } catch (error) {
      if (error instanceof RunNotFound) return unknownRun(proof);
      // Its events are gone, and the policy by which they went is named.
      if (error instanceof RunArchived) return { code: error.code, message: error.message };
      throw error;
    }
  });
}
