import { megabytes } from '../../../lib/text.ts';
import type { ArchiveFinding, ArchiveSegment } from '../../../ports/runs/archive.ts';
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
  const segments = chosen(await archive.segments(), names);
  const problems: ArchiveFinding[] = [];
  for (const { name } of segments)
    for await (const problem of archive.verify(name, keys)) {
      problems.push(problem);
      output.data(`${name}: ${problem.message}  [${problem.code}]`);
    }
  const ok = problems.length === 0;
  const runs = segments.reduce((sum, each) => sum + each.runs, 0);
  output.document('ArchivesReport', { ok, segments: segments.length, runs, problems });
  if (ok) output.data(`segments: ${segments.length}, runs: ${runs}; all are what was written and signed`);

  return ok ? 0 : 7;
}

function chosen(
  segments: readonly ArchiveSegment[],
  names: readonly string[],
): readonly Pick<ArchiveSegment, 'name' | 'runs'>[] {
  if (names.length === 0) return segments;

  return names.map((name) => {
    const found = segments.find((each) => each.name === name);
    if (found !== undefined) return found;
    throw new CliFailure(
      'archive.no-segment',
      `there is no segment ${name} in the archive`,
      'workflow archives',
    );
  });
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
