import { basename, dirname, resolve } from 'node:path';
import { writeAtomically } from '../../../files/write-atomically.ts';
import { erasureUseCases } from '../../../operations/erasures/use-cases.ts';
import { formatTable } from '../../../terminal/render/table.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';
import { carriedOut, withPorts } from '../../with-ports.ts';

export type EraseFlags = {
  readonly subject: string;
  readonly certificate?: string;
  readonly terminateLive?: boolean;
  readonly as?: string;
};

/** `workflow erase --subject <subject>`: destroys its keys, and says so in a signed certificate. */
export async function eraseCommand(invocation: Invocation, flags: EraseFlags): Promise<ExitCode> {
  const { io, output, hint } = invocation;
  const { subject, terminateLive = false, certificate: file, as } = flags;
  const certificate = await withPorts(invocation, (ports) =>
    carriedOut(invocation, ports, erasureUseCases.erase, { input: { subject, terminateLive }, as }),
  );
  const { keys, runs, values } = certificate;
  if (file !== undefined) {
    const path = resolve(io.cwd, file);
    const text = `${JSON.stringify(certificate, undefined, 2)}\n`;
    await writeAtomically({ projectDir: dirname(path), path: basename(path), text });
  }
  output.document('ErasureCertificate', certificate);
  output.data(
    `${subject}: ${values} ${values === 1 ? 'value' : 'values'} of ${runs} ${runs === 1 ? 'run' : 'runs'} cannot be read any more, since ${keys.at(-1)?.at ?? ''}`,
  );
  if (file === undefined) output.note('--certificate <file> keeps a signed certificate of it');
  else output.note(`${file} says so; verify it anywhere with ${hint('audit', 'verify', file)}`);

  return 0;
}

/** `workflow erasures`: what was erased. */
export async function erasuresCommand(invocation: Invocation): Promise<ExitCode> {
  const { output, hint } = invocation;
  const { items } = await withPorts(invocation, (ports) =>
    carriedOut(invocation, ports, erasureUseCases.list, { input: {} }),
  );
  output.document('Erasures', { items });
  if (items.length === 0) {
    output.note(`nothing was erased; ${hint('erase', '--subject', '<subject>')} does`);
    return 0;
  }
  const columns = ['KEY', 'AT', 'BY', 'RUNS', 'VALUES'].map((title) => ({ title }));
  const rows = items.map(({ key, at, by, runs }) => {
    const values = runs.reduce((sum, each) => sum + each.values, 0);
    return [key, at, by, String(runs.length), String(values)];
  });
  output.data(formatTable(columns, rows));

  return 0;
}
