import { oneLine, padToWidth } from '../../../terminal/render/width.ts';
import type { Advice, DoctorLine, DoctorOptions } from '../../app.ts';
import { CliFailure } from '../../cli-failure.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';
import { actorOf } from '../actor.ts';
import { limitOf } from '../paged-list.ts';

export type DoctorFlags = Omit<DoctorOptions, 'projectDir' | 'by' | 'limit' | 'isNew'> & {
  readonly limit: string;
};

const lookOf = { ok: 'COMPLETED', warn: 'PAUSED', fail: 'FAILED' } as const;

/** `workflow doctor`: what a run needs, whether it is there, and whether the journals of the runs are sound. */
export async function doctorCommand(invocation: Invocation, flags: DoctorFlags): Promise<ExitCode> {
  const { app, io, output, projectDir, hint } = invocation;
  if (flags.yes === true && flags.repair !== true) {
    throw new CliFailure('usage.flags', '--yes goes with --repair', hint('doctor', '--repair'));
  }
  const limit = limitOf(flags.limit);
  const isNew = await app.isNew(projectDir());
  const asked = { ...flags, limit, isNew, projectDir: projectDir(), by: actorOf(io, undefined) };
  const lines = await app.doctor(asked, (message) => output.note(output.notePaint.dim(message)));
  const failing = lines.filter(({ status }) => status === 'fail');
  const width = lines.reduce((widest, { name }) => Math.max(widest, name.length), 0);
  output.document('Doctor', { ok: failing.length === 0, checks: lines });
  for (const line of lines) output.data(doctorText(line, width, output));

  if (failing.length === 0) return 0;

  return failing.every(({ name }) => name === 'nats') ? 3 : 1;
}

function doctorText(
  { name, status, detail, fix, advice = [] }: DoctorLine,
  width: number,
  { paint }: Invocation['output'],
): string {
  const margin = `       ${padToWidth('', width)}  `;
  const fixLines = fix === undefined ? [] : [`${paint.dim('try:')} ${fix}`];

  return [
    `${paint.glyph(lookOf[status])} ${padToWidth(status, 4)} ${padToWidth(name, width)}  ${oneLine(detail)}`,
    ...[...fixLines, ...advice.flatMap(adviceLines)].map((line) => `${margin}${line}`),
  ].join('\n');
}

function adviceLines({ what, command }: Advice): readonly string[] {
  return [oneLine(what), ...(command === undefined ? [] : [`  ${command}`])];
}
