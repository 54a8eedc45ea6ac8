import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { ServerEnvironment } from './server-version.ts';

/** What all commands of one provisioning share. */
export type ProvisionContext = { readonly env: ServerEnvironment; readonly signal: AbortSignal };

type Download = ProvisionContext & {
  /** An empty folder that holds all that apt keeps. */
  readonly root: string;
  /** The text of the only sources file that apt is shown. */
  readonly sources: string;
  readonly name: string;
};

const COMMAND_TIMEOUT_MS = 120_000;

// Hooks of the machine's own apt would refresh caches of the system. The rest of its configuration (proxies,
// certificates) stays, because the network may not work without it.
const APT_CONF = `
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages { "none"; };
Acquire::Retries "2";
Acquire::http::Timeout "20";
Acquire::https::Timeout "20";
`;

/** Downloads and unpacks one package with lists, caches and sources of its own; answers with where it is. */
export async function unpackPackage({ root, sources, name, ...surroundings }: Download): Promise<string> {
  for (const folder of ['state/lists/partial', 'cache/archives/partial', 'etc', 'unpacked']) {
    await mkdir(join(root, folder), { recursive: true });
  }
  await writeFile(join(root, 'etc/apt.conf'), APT_CONF);
  await writeFile(join(root, 'etc/only.sources'), sources);

  const apt = { command: 'apt-get', cwd: root, ...surroundings };
  await run({ ...apt, args: [...privateTree(root), 'update'] });
  await run({ ...apt, args: [...privateTree(root), 'download', name] });
  const archive = (await readdir(root)).find((file) => file.endsWith('.deb'));
  if (archive === undefined) throw new Error('apt-get download left no package behind');
  const unpacked = join(root, 'unpacked');
  await run({ command: 'dpkg', args: ['-x', join(root, archive), unpacked], cwd: root, ...surroundings });

  return unpacked;
}

function privateTree(root: string): readonly string[] {
  const none = join(root, 'etc/none');
  const options = {
    'Dir::State': join(root, 'state'),
    'Dir::Cache': join(root, 'cache'),
    'Dir::Etc::SourceList': join(root, 'etc/only.sources'),
    'Dir::Etc::SourceParts': none,
    // Pins of the machine could forbid the newer suite.
    'Dir::Etc::Preferences': none,
    'Dir::Etc::PreferencesParts': none,
  };
  const assignments = Object.entries(options).flatMap(([name, path]) => ['-o', `${name}=${path}`]);

  return [`-c=${join(root, 'etc/apt.conf')}`, ...assignments];
}

type Command = ProvisionContext & {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
};

async function run({ command, args, cwd, env, signal }: Command): Promise<void> {
  const result = await execa(command, args, {
    cwd,
    env: { ...env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' },
    extendEnv: false,
    stdin: 'ignore',
    timeout: COMMAND_TIMEOUT_MS,
    cancelSignal: signal,
    reject: false,
  });
  if (!result.failed) return;
  const lastLine = result.stderr?.trim().split('\n').at(-1);
  const reason = result.timedOut
    ? `no end after ${COMMAND_TIMEOUT_MS} ms`
    : lastLine || result.originalMessage;

  throw new Error(`${command} failed: ${reason}`, { cause: result });
}
