import type { DoctorLine } from '../app.ts';
import type { ExitCode } from '../exit-codes.ts';
import type { Invocation } from '../invocation.ts';
import { oneLine, padToWidth } from '../render/width.ts';

const lookOf = { ok: 'COMPLETED', warn: 'PAUSED', fail: 'FAILED' } as const;

/** `workflow doctor`: what a run needs, and whether it is there. */
export async function doctor({ app, output, projectDir }: Invocation): Promise<ExitCode> {
  const lines = await app.doctor(projectDir());
  const failing = lines.filter(({ status }) => status === 'fail');
  const width = lines.reduce((widest, { name }) => Math.max(widest, name.length), 0);
  output.document('Doctor', { ok: failing.length === 0, checks: lines });
  for (const line of lines) output.data(doctorText(line, width, output));

  if (failing.length === 0) return 0;

  return failing.every(({ name }) => name === 'nats') ? 3 : 1;
}

function doctorText(
  { name, status, detail, fix }: DoctorLine,
  width: number,
  { paint }: Invocation['output'],
): string {
  const text = `${paint.glyph(lookOf[status])} ${padToWidth(status, 4)} ${padToWidth(name, width)}  ${oneLine(detail)}`;

  return fix === undefined ? text : `${text}\n       ${padToWidth('', width)}  ${paint.dim('try:')} ${fix}`;
}
