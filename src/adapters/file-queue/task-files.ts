import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkItem } from '../../../events/worker-protocol.ts';
import { isAbsent } from '../../files/file-failure.ts';
import { resolveInProject } from '../../files/project-path.ts';
import { writeAtomically } from '../../files/write-atomically.ts';
import { messageOf } from '../../ports/message-of.ts';
import { WorkItemTooLarge, type WorkQueue, WorkQueueUnavailable } from '../../ports/work-queue.ts';
import { claimOf, isAnswerTo, stemOf, taskFileName } from './names.ts';
import type { OpenAttempt, OpenAttempts } from './open-attempts.ts';
import { unlinkIfThere } from './rename-file.ts';
import { taskText } from './task-text.ts';
import type { Turns } from './turns.ts';

const taskBytesMax = 1024 * 1024;

export type Folders = { readonly inbox: string; readonly outbox: string };

export type TaskFilesDeps = {
  readonly projectDir: string;
  readonly open: OpenAttempts;
  /** One change of the files of a task at a time. */
  readonly turns: Turns;
  /** Where an agent looks for tasks and answers them; undefined when it is not reached by files. */
  readonly foldersOf: (agent: string) => Folders | undefined;
  /** Whether an answer about the task is being reported. */
  readonly isAnswered: (stem: string) => boolean;
};

/** The files in the inboxes of agents. */
export function createTaskFiles(deps: TaskFilesDeps): Pick<WorkQueue, 'offer' | 'withdraw'> {
  const { projectDir, open, turns } = deps;

  async function offer(item: WorkItem): Promise<void> {
    const folders = deps.foldersOf(item.agent);
    if (folders === undefined)
      throw new WorkQueueUnavailable(
        `the agent ${item.agent} has no folder for its tasks; see its transport in agents.yaml`,
      );
    const stem = stemOf(item);
    const replyAs = `response-${stem}.yaml`;
    const text = taskText(item, { replyTo: folders.outbox, replyAs });
    const bytes = Buffer.byteLength(text);
    if (bytes > taskBytesMax) throw new WorkItemTooLarge(item.key, bytes, taskBytesMax);

    const known = await open.find(stem);
    if (known !== undefined) {
      const isSame = known.key === item.key && known.agent === item.agent && known.inbox === folders.inbox;
      if (isSame && (deps.isAnswered(stem) || (await isThere(item, folders)))) return;
      if (!isSame) await removeTask(stem, known);
    }
    // The note comes first: an agent that is quick would otherwise answer what nobody knows of.
    await open.keep(stem, openAttempt(item, folders));
    await writeAtomically({ projectDir, path: `${folders.inbox}/${taskFileName(stem)}`, text });
  }

  /** Whether an agent can take the task, has taken it, or has answered it. */
  async function isThere(item: WorkItem, { inbox, outbox }: Folders): Promise<boolean> {
    const stem = stemOf(item);
    const inside = await namesIn(projectDir, inbox);
    if (inside.some((name) => name === taskFileName(stem) || claimOf(name)?.stem === stem)) return true;

    return (await namesIn(projectDir, outbox)).some((name) => isAnswerTo(item, name));
  }

  /** A worker that claimed the file sees by its absence that it has nothing more to do. */
  async function removeTask(stem: string, { inbox }: OpenAttempt): Promise<void> {
    const folder = await resolveInProject(projectDir, inbox);
    const claims = (await namesIn(projectDir, inbox)).filter((name) => claimOf(name)?.stem === stem);
    for (const name of [taskFileName(stem), ...claims]) await unlinkIfThere(join(folder, name));
  }

  return {
    offer: (item) => turns.take(stemOf(item), () => offer(item)).catch(asUnavailable),
    withdraw: ({ key }) => {
      const stem = stemOf(placeOfKey(key));

      return turns.take(stem, async () => {
        const known = await open.find(stem);
        if (known?.key !== key) return;
        await removeTask(stem, known);
        await open.drop(stem);
      });
    },
  };
}

/** The names in a folder of the project; none while it is not there. */
async function namesIn(projectDir: string, path: string): Promise<readonly string[]> {
  try {
    return await readdir(await resolveInProject(projectDir, path));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

function openAttempt(item: WorkItem, { inbox }: Folders): OpenAttempt {
  const { run, task, attempt, key, token, agent, heartbeatTimeoutMs } = item;
  const limit = heartbeatTimeoutMs === undefined ? {} : { heartbeatTimeoutMs };

  return { run, task, attempt, key, token, agent, inbox, ...limit };
}

/** `<run>/<task>/<attempt>`. */
function placeOfKey(key: string): { readonly run: string; readonly task: string } {
  return { run: key.slice(0, key.indexOf('/')), task: key.slice(key.indexOf('/') + 1, key.lastIndexOf('/')) };
}

function asUnavailable(error: unknown): never {
  if (error instanceof WorkItemTooLarge || error instanceof WorkQueueUnavailable) throw error;

  throw new WorkQueueUnavailable(`the task could not be put into its folder: ${messageOf(error)}`, {
    cause: error,
  });
}
