import { megabytes } from '../../../lib/text.ts';
import {
  ArchiveBroken,
  type ArchiveFinding,
  type ArchiveSegment,
  type RunArchive,
} from '../../../ports/runs/archive.ts';
import { formatTable } from '../../../terminal/render/table.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';
import { type PublicKeyFlags, signaturesOf } from './audit-verify.ts';

/** `workflow archives`: the segments of the archive, the latest first. */
export async function listArchives(invocation: Invocation): Promise<ExitCode> {
  const { app, output } = invocation;
  const archive = await app.archive(invocation.projectDir());
  const items = await archive.segments();
  const runs = items.reduce((sum, each) => sum + each.runs, 0);
  output.document('Archives', { items, runs });
  if (items.length > 0) output.data(segmentTable(items));
  else output.note('no run has left the journal of this project');

  return 0;
}

/** `workflow archives verify`: whether segments are what was written and signed, and every run in them is whole. */
export async function verifyArchives(
  invocation: Invocation,
  names: readonly string[],
  flags: PublicKeyFlags,
): Promise<ExitCode> {
  const { app, output } = invocation;
  const archive = await app.archive(invocation.projectDir());
  const { keys } = await signaturesOf(invocation, flags);
  const segments = chosen(await archive.names(), names);
  const problems: ArchiveFinding[] = [];
  let runs = 0;
  for (const name of segments) {
    for await (const problem of archive.verify(name, keys)) {
      problems.push(problem);
      output.data(`${name}: ${problem.message}  [${problem.code}]`);
    }
    runs += await runsIn(archive, name);
  }
  const ok = problems.length === 0;
  output.document('ArchivesReport', { ok, segments: segments.length, runs, problems });
  if (ok) output.data(`segments: ${segments.length}, runs: ${runs}; all are what was written and signed`);

  return ok ? 0 : 7;
}

function chosen(segments: readonly string[], names: readonly string[]): readonly string[] {
  const unknown = names.find((name) => !segments.includes(name));
  if (unknown !== undefined)
    throw new CliFailure(
      'archive.no-segment',
      `there is no segment ${unknown} in the archive`,
      'workflow archives',
    );

  return names.length === 0 ? segments : names;
}

/** None where the segment cannot say so itself: that is told as a problem. */
async function runsIn(archive: Pick<RunArchive, 'segments'>, name: string): Promise<number> {
  try {
    const [segment] = await archive.segments([name]);
    return segment?.runs ?? 0;
  } catch (error) {
    if (error instanceof ArchiveBroken) return 0;
    throw error;
  }
}

function segmentTable(segments: readonly ArchiveSegment[]): string {
  return formatTable(
    [
      { title: 'SEGMENT' },
      { title: 'WRITTEN' },
      { title: 'BY' },
      { title: 'GENERATION', align: 'right' },
      { title: 'RUNS', align: 'right' },
      { title: 'EVENTS', align: 'right' },
      { title: 'SIZE', align: 'right' },
    ],
    segments.map(({ name, at, by, generation, runs, messages, bytes }) => [
      ...[name, at, by],
      ...[String(generation), String(runs), String(messages), megabytes(bytes)],
    ]),
  );
}
