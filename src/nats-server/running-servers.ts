import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { readRecord } from './server-process.ts';

/** A server that was brought up for a project. */
type RunningServer = {
  readonly projectDir: string;
  readonly pid: number;
  readonly startedAt?: string | undefined;
  readonly url?: string | undefined;
};

/** The folder that each of them is given for its store, behind that of its project. */
const storeEnd = join('.3ox', 'nats', 'store');

/** The servers of projects that run on this machine, those of this user, in the order of their folders. */
export async function runningServers(): Promise<readonly RunningServer[]> {
  const commands = process.platform === 'linux' ? await commandsOfProc() : await commandsOfPs();
  const found: RunningServer[] = [];
  for (const { pid, words } of commands) {
    // Whatever else is given the folder reads it or measures it.
    const store = words.find((word, at) => words[at - 1] === '-sd' && word.endsWith(`${sep}${storeEnd}`));
    if (store === undefined) continue;
    const record = await readRecord(dirname(store));
    const { startedAt, url } = record?.pid === pid ? record : {};
    found.push({ projectDir: store.slice(0, -storeEnd.length - 1), pid, startedAt, url });
  }

  return found.sort((one, other) => (one.projectDir < other.projectDir ? -1 : 1));
}

type Command = { readonly pid: number; readonly words: readonly string[] };

async function commandsOfProc(): Promise<readonly Command[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const own = process.getuid?.();
  const read = pids.map(async (pid): Promise<readonly Command[]> => {
    try {
      if ((await stat(`/proc/${pid}`)).uid !== own) return [];
      const words = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
      return [{ pid: Number(pid), words }];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });

  return (await Promise.all(read)).flat();
}

/** A folder with blanks in its path is not found so: the words of a command come joined. */
async function commandsOfPs(): Promise<readonly Command[]> {
  const { execa } = await import('execa');
  const { stdout } = await execa('ps', ['-ww', '-x', '-o', 'pid=,command='], { reject: false });

  return stdout.split('\n').map((line) => {
    const [pid = '', ...words] = line.trim().split(' ');
    return { pid: Number(pid), words };
  });
}
