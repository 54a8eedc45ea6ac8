import { basename, dirname, resolve } from 'node:path';
import { exportOf, exportText, type RunExport } from '../../../../machines/audit/export-format.ts';
import { checkSignature, signedDigest } from '../../../../machines/audit/public-key.ts';
import { verifyExport } from '../../../../machines/audit/verify-export.ts';
import { writeAtomically } from '../../../files/write-atomically.ts';
import { SigningKeyRefused } from '../../../ports/access/signing-keys.ts';
import type { Signing } from '../../app.ts';
import { reportLines, unsignedNote } from '../../audit/report-lines.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import { type Invocation, withRunsThere } from '../../invocation.ts';
import { namedRun } from '../runs/named-run.ts';

export type AuditExportFlags = { readonly out?: string; readonly sign?: boolean };

/** `workflow audit export <run>`: a run as one file that can be verified without this project and its server. */
export async function auditExport(
  invocation: Invocation,
  name: string,
  flags: AuditExportFlags,
): Promise<ExitCode> {
  const { app, io, output } = invocation;

  return withRunsThere<ExitCode>(invocation, async ({ workflows }) => {
    const source = await workflows.auditSource(await namedRun(invocation, workflows, name));
    const at = new Date(io.clock.now()).toISOString();
    const unsigned = exportOf(source, at);
    const report = verifyExport(exportText(unsigned));
    const isSound = report.problems.length === 0;
    if (!isSound && flags.sign === true) {
      const text = reportLines(report, output).join('\n');
      throw new CliFailure(
        'audit.not-whole',
        `run ${source.run} is damaged and is not signed; without --sign it is exported as it is`,
        undefined,
        { text, key: 'problems', data: report.problems },
      );
    }
    const signing = await app.signing(invocation.projectDir());
    const document = flags.sign === true ? await signed(unsigned, signing, at) : unsigned;
    await write(invocation, document, flags.out);
    if (!isSound) for (const line of reportLines(report, output)) output.warn(line);

    return isSound ? 0 : 7;
  });
}

/** An export that would not verify is refused, for example one signed by a clock that was set back. */
async function signed(
  document: RunExport,
  { keys, isSigned }: Signing,
  signedAt: string,
): Promise<RunExport> {
  const { key } = await keys.current(signedAt);
  const value = await keys.sign(key, signedDigest(document, { key, signedAt }));

  const made: RunExport = { ...document, signature: { key, algorithm: 'ed25519', value, signedAt } };
  const problem = checkSignature(made, await keys.list(), isSigned);
  if (problem === undefined) return made;

  throw new SigningKeyRefused(
    `${problem.message}; nothing was written: set the clock, or run \`workflow audit keys rotate\``,
  );
}

/** Without --out the export goes to stdout, with --json as well. */
async function write({ io, output, hint }: Invocation, document: RunExport, out: string | undefined) {
  const text = exportText(document);
  const { run, head, signature } = document;
  if (out === undefined) {
    io.stdout(text);
    return;
  }
  const path = resolve(io.cwd, out);
  const { bytes, sha256 } = await writeAtomically({ projectDir: dirname(path), path: basename(path), text });
  output.document('AuditExport', { run, file: out, bytes, sha256, head, signature });
  output.data(`${out}  ${head.sequence} events of run ${run}`);
  output.note(signature === undefined ? unsignedNote : `signed with key ${signature.key}`);
  output.note(`verify it anywhere with ${hint('audit', 'verify', out)}`);
}
