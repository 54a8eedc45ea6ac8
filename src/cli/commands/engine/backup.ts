import { relative, resolve } from 'node:path';
import { formatDuration } from '../../../../machines/language/duration.ts';
import { megabytes } from '../../../lib/text.ts';
import type { BackupReport } from '../../app.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';

export type RestoreFlags = { readonly fence?: string; readonly oldSiteIsDown?: boolean };
export type FenceFlags = { readonly lift?: boolean };

const unsoundShownMax = 5;

/** `workflow backup <folder>`: all that the server has of the namespace, as files. */
export async function backupCommand(invocation: Invocation, folder: string): Promise<ExitCode> {
  const { app, io, output, projectDir } = invocation;
  const asked = { projectDir: projectDir(), folder: resolve(io.cwd, folder) };
  const report = await app.backup(asked, (message) => output.note(output.notePaint.dim(message)));
  output.document('Backup', report);
  output.data(`${relative(io.cwd, report.folder) || '.'}: ${copiedText(report)}`);
  output.data(`Everything that was acknowledged before ${report.cutAt} is in it.`);
  for (const stream of report.damaged)
    output.note(
      `the server finds messages of ${stream} damaged: they are copied as they are; run \`workflow doctor --all\``,
    );
  output.note('the files hold the data of all runs: only you may read them');

  return 0;
}

/** `workflow restore <folder>`: brings a backup to a server that has nothing of its namespace. */
export async function restoreCommand(
  invocation: Invocation,
  { folder, fence, oldSiteIsDown }: RestoreFlags & { readonly folder: string },
): Promise<ExitCode> {
  const { app, io, output, projectDir, hint } = invocation;
  const old = fence === undefined || fence.includes('://') ? fence : resolve(io.cwd, fence);
  const asked = {
    ...{ projectDir: projectDir(), folder: resolve(io.cwd, folder) },
    ...{ fence: old, isOldDown: oldSiteIsDown },
  };
  const report = await app.restore(asked, (message) => output.note(output.notePaint.dim(message)));
  output.document('Restore', report);
  output.data(`Restored ${copiedText(report)}, as it was at ${report.cutAt}.`);
  for (const stream of report.expired)
    output.note(`what ${stream} held longer than it keeps anything is gone: the backup is that old`);
  output.note(`next: ${hint('doctor', '--all')}, then start an engine`);

  return 0;
}

/** `workflow fence`: another site goes on with the runs of this one. */
export async function fenceCommand(invocation: Invocation, { lift = false }: FenceFlags): Promise<ExitCode> {
  const { app, output, projectDir } = invocation;
  const report = await app.fence({ projectDir: projectDir(), isLifted: lift });
  output.document('Fence', report);
  if (report.isFenced) {
    output.data(`Nothing is stored any more for the runs of ${report.namespace}, and its engines stop.`);
    output.note('`workflow fence --lift` takes that back: only if no other site goes on with these runs');
  } else if (report.was === undefined) output.data(`There was no fence for ${report.namespace}.`);
  else output.data(`The fence of ${report.was.at} by ${report.was.by} is lifted: engines may be started.`);

  return 0;
}

/** `workflow drill`: what a restore would take, and whether it would be whole. */
export async function drillCommand(invocation: Invocation): Promise<ExitCode> {
  const { app, output, projectDir } = invocation;
  const report = await app.drill({ projectDir: projectDir() }, (message) =>
    output.note(output.notePaint.dim(message)),
  );
  const { runs, unsound, unsoundBefore, rtoMs, rpoMs } = report;
  output.document('Drill', { ok: unsound.length === 0, ...report });
  output.data(
    `RTO  ${formatDuration(rtoMs)}  from no server to ${runs} verified ${runs === 1 ? 'run' : 'runs'}`,
  );
  output.data(
    `RPO  ${formatDuration(rpoMs)}  from the cut until the backup was complete, and the time between backups`,
  );
  if (unsoundBefore.length > 0)
    output.note(
      `${unsoundBefore.length} of them were not sound before either; run \`workflow doctor --all\``,
    );
  if (unsound.length === 0) return 0;
  const shown = unsound.slice(0, unsoundShownMax).join(', ');
  output.data(`${unsound.length} of the restored runs are not sound: ${shown}`);

  return 7;
}

function copiedText({ namespace, streams, bytes }: Omit<BackupReport, 'folder' | 'cutAt'>): string {
  const count = streams.length === 1 ? '1 stream' : `${streams.length} streams`;

  return `${count} of the namespace ${namespace}, ${megabytes(bytes)}`;
}
