import type { ProjectKey } from '../../../ports/access/signing-keys.ts';
import { formatTable } from '../../../terminal/render/table.ts';
import type { ExitCode } from '../../exit-codes.ts';
import type { Invocation } from '../../invocation.ts';

/** `workflow audit keys`: the public keys of the project, those that were replaced included. */
export async function auditKeys(invocation: Invocation): Promise<ExitCode> {
  const { app, output, hint } = invocation;
  const { keys } = await app.signing(invocation.projectDir());
  const items = await keys.list();
  output.document('AuditKeys', { items: items.map(keyDocument) });
  if (items.length > 0) output.data(keyTable(items));
  else output.note(`no keys yet; ${hint('audit', 'export', '<run>', '--sign')} makes the first`);

  return 0;
}

/** `workflow audit keys rotate`: a new key to sign with; what was signed with the old ones still verifies. */
export async function rotateAuditKeys({ app, io, output, projectDir }: Invocation): Promise<ExitCode> {
  const { keys } = await app.signing(projectDir());
  const key = await keys.rotate(new Date(io.clock.now()).toISOString());
  output.document('AuditKey', keyDocument(key));
  output.data(`key ${key.key} signs from now on`);
  output.note(`give ${fileOf(key)} to whoever verifies; keys before it verify what they signed until now`);

  return 0;
}

function keyDocument(key: ProjectKey) {
  return { ...key, algorithm: 'ed25519', file: fileOf(key) };
}

function fileOf({ key }: ProjectKey): string {
  return `.3ox/audit-keys/${key}.json`;
}

function keyTable(items: readonly ProjectKey[]): string {
  return formatTable(
    [{ title: 'KEY' }, { title: 'FROM' }, { title: 'UNTIL' }, { title: 'PUBLIC KEY' }],
    items.map((key) => [key.key, key.from, key.until ?? (key.isCurrent ? 'signs now' : 'lost'), fileOf(key)]),
  );
}
