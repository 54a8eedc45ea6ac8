// One run of a definition on an engine that is killed on the way, and on another one from there on: what came of it.
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Json } from '../../events/canonical-json.ts';
import { checkInput } from '../../machines/language/check-input.ts';
import { loadDefinition } from '../../machines/language/load-definition.ts';
import { newRunId } from '../../src/compose/session/open-session.ts';
import type { EngineNode } from '../../src/engine/cluster/node.ts';
import { createWorkflows } from '../../src/engine/workflows.ts';
import { createSecretCipher } from '../../src/keys/cipher.ts';
import { connectJetStream, type JetStreamHandle } from '../../src/stores/jetstream/connect.ts';
import { partsOf } from '../support/stream-parts.ts';
import { endedAttempts, type Findings, findingsOf } from './findings.ts';
import { type Reply, startClient } from './scripted-client.ts';
import { openSecondEngine } from './second-engine.ts';

/** A definition with everything that it needs to come to an end. */
export type Course = {
  readonly name: string;
  /** The file of the definition, then those of the definitions that it refers to. */
  readonly files: readonly [string, ...string[]];
  /** A folder that is copied: the project. */
  readonly project: string;
  /** What is changed in the copy before the run starts. */
  readonly prepare?: (folder: string) => Promise<void>;
  readonly input: Readonly<Record<string, Json>>;
  readonly script?: readonly Reply[];
  /** Whether the start of every attempt is an event of its own. */
  readonly starts?: 'always' | 'never';
};

/** `never`, or one of the places of failpoints.mjs and the number of an append. */
export type Crash = `${string}:${number}`;

export type Ended = Findings & {
  readonly killed: boolean;
  /** What was carried out again although its end was recorded before the kill. */
  readonly repeated: readonly string[];
};

const crashingEngine = fileURLToPath(new URL('./crashing-engine.mjs', import.meta.url));

/** Runs the course to its end in a namespace and a folder of its own. */
export async function runCourse(course: Course, url: string, crash: Crash): Promise<Ended> {
  const folder = await mkdtemp(join(tmpdir(), 'workflow-failpoint-'));
  const namespace = crash.replace(':', '-');
  const stream = await connectJetStream({ url, namespace });
  const projectDir = join(folder, 'project');
  try {
    await cp(course.project, projectDir, { recursive: true });
    await course.prepare?.(projectDir);

    return await runIn({
      course,
      crash,
      stream,
      projectDir,
      effects: join(folder, 'begun.txt'),
      url,
      namespace,
    });
  } finally {
    await stream.close();
    await rm(folder, { recursive: true, force: true });
  }
}

type Place = {
  readonly course: Course;
  readonly crash: Crash;
  readonly stream: JetStreamHandle;
  readonly projectDir: string;
  readonly effects: string;
  readonly url: string;
  readonly namespace: string;
};

async function runIn(place: Place): Promise<Ended> {
  const { course, stream, projectDir } = place;
  const workflows = createWorkflows({ ...partsOf(stream), newRunId, answerTimeoutMs: 1_000 });
  const engine = startEngine(place);
  const client = startClient({ journal: stream.journal, workflows }, course.script ?? []);
  try {
    const killed = await engine.isKilled(client.allEnded);
    const before = new Set(await endedAttempts(stream.journal));
    const begunAfter = killed ? await goOn(place, client.allEnded) : [];
    const attempts = [...(await linesOf(place.effects)), ...begunAfter];

    return {
      killed,
      repeated: begunAfter.filter((key) => before.has(key)),
      ...(await findingsOf({ journal: stream.journal, workflows, projectDir, attempts })),
    };
  } finally {
    engine.end();
    await client.stop();
  }
}

/** Another engine finds what the first one left. Answers with the attempts that it began. */
async function goOn(
  { course, crash, stream, projectDir }: Place,
  allEnded: Promise<void>,
): Promise<readonly string[]> {
  const second = await openSecondEngine(stream, projectDir);
  try {
    const runs: string[] = [];
    for await (const { run } of stream.journal.lastOfEach()) runs.push(run);
    for (const run of runs) await second.node.workOn(run);
    // Nobody was told that the run has started, so whoever wanted it starts it again.
    if (runs.length === 0) await start(course, { stream, projectDir, node: second.node });
    await inTime(allEnded, () => `stands still after ${crash}: ${second.troubles.join('; ')}`);

    return second.begun;
  } finally {
    await second.node.stop();
  }
}

/** How long everything that is left of a run may take; it takes well below a second. */
const goOnMsMax = 60_000;

async function inTime(done: Promise<void>, problem: () => string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(problem())), goOnMsMax);
  });
  await Promise.race([done, late]).finally(() => clearTimeout(timer));
}

async function start(
  { files: [file, ...others], input: given }: Course,
  { stream, projectDir, node }: { stream: JetStreamHandle; projectDir: string; node: EngineNode },
): Promise<void> {
  const runSecrets = stream.runSecrets(createSecretCipher(projectDir));
  const workflows = createWorkflows({
    ...partsOf(stream),
    runSecrets,
    newRunId,
    node,
    answerTimeoutMs: 5_000,
  });
  const first = await loaded(file);
  const checked = checkInput(first.definition.definition, given);
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  const alongside = await Promise.all(others.map(loaded));
  const answer = await workflows.start({ ...first, alongside, input: checked.input, actor: 'test' });
  if (!answer.ok) throw new Error(answer.refusal.message);
}

async function loaded(file: string) {
  const result = loadDefinition({ file, content: await readFile(file) });
  if (!result.ok) throw new Error(`${file}: ${JSON.stringify(result.problems)}`);

  return { definition: result.loaded, file };
}

/** How long a kill may take to show after its event was seen. */
const killMsMax = 5_000;

function startEngine({ course, crash, projectDir, effects, url, namespace }: Place) {
  const env = {
    ...process.env,
    ...{ NATS_URL: url, WORKFLOW_NAMESPACE: namespace, CRASH: crash, EFFECTS: effects },
    STARTS: course.starts ?? 'never',
  };
  const args = [crashingEngine, JSON.stringify(course.input), ...course.files];
  const child = spawn(process.execPath, args, { cwd: projectDir, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const over = new Promise<NodeJS.Signals | number | null>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? code));
  });
  const end = () => void child.kill('SIGTERM');

  return {
    end,
    /** Whether the engine met its failpoint; where it does not, it is ended when every run has. */
    isKilled: async (allEnded: Promise<void>): Promise<boolean> => {
      void allEnded.then(() => setTimeout(end, crash.startsWith('never') ? 0 : killMsMax).unref());
      const how = await over;
      if (how !== 'SIGKILL' && how !== 'SIGTERM') throw new Error(`the engine ended (${how}): ${stderr}`);
      return how === 'SIGKILL';
    },
  };
}

async function linesOf(file: string): Promise<readonly string[]> {
  return (await readFile(file, 'utf8').catch(() => '')).split('\n').filter((line) => line !== '');
}
