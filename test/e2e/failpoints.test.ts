// A run survives kill -9 at any instant. Method: a built engine on a real server starts a run of a definition and is
// killed by SIGKILL at its n-th append, for every n, at each of four places: before it is sent, when it is stored and
// nobody knows yet, when that is known and nothing follows yet, and when what follows has begun. Then another engine,
// which knows nothing but what is stored, has to bring every run to the end that it has without a kill. Every
// definition that ships is run, and definitions that have every type of task. By default every few events,
// CRASH_EVERY=1 for every one.
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startTestServer } from '../support/nats.ts';
import { coursesOf, type Expected } from './courses.ts';
import { type Course, type Crash, runCourse } from './failpoint-course.ts';
import { smallStation } from './station.ts';

const points = ['before', 'stored', 'answered', 'dispatched'] as const;
const everyNth = Number(process.env['CRASH_EVERY'] ?? '9');
const sideBySide = 4;

let web: Server;
let folder = '';
let url = '';

beforeAll(async () => {
  folder = await smallStation();
  web = createServer((_request, response) => response.end('{"ok": true}')).listen(0, '127.0.0.1');
  await once(web, 'listening');
  const address = web.address();
  url = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}/`;
});
afterAll(async () => {
  web.close();
  await rm(folder, { recursive: true, force: true });
});

const names = coursesOf({ folder: '', url: '' }).map(({ name }) => name);

test.each(names)(
  '%s: killed at any event, it comes to the same end',
  async (name) => {
    const course = courseOf(name);
    const server = await startTestServer();
    onTestFinished(() => server.stop());
    const whole = await runCourse(course, server.url, 'never:0');
    expect(whole).toMatchObject({ killed: false, recordedTwice: [], differences: [] });
    expect(whole.ends).toHaveLength(course.runs);
    expect(whole.ends).toContainEqual(expect.objectContaining({ status: course.status }));

    await inLanes(crashesOf(whole.appends), async (crash) => {
      const crashed = await runCourse(course, server.url, crash);
      const when = `${name}, killed at ${crash} of ${whole.appends}`;
      expect(crashed, when).toEqual({ ...whole, killed: true, appends: crashed.appends });
    });
  },
  1_200_000,
);

function courseOf(name: string): Course & Expected {
  const course = coursesOf({ folder, url }).find((each) => each.name === name);
  if (course === undefined) throw new Error(`there is no course ${name}`);

  return course;
}

/** Every event at every place, or every few of these, another place each time. */
function crashesOf(appends: number): readonly Crash[] {
  const all = Array.from({ length: appends }, (_, index) =>
    points.map((point): Crash => `${point}:${index + 1}`),
  ).flat();

  return all.filter((_, index) => index % everyNth === 0);
}

async function inLanes(crashes: readonly Crash[], act: (crash: Crash) => Promise<void>): Promise<void> {
  const left = [...crashes];
  const lane = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) await act(next);
  };
  await Promise.all(Array.from({ length: sideBySide }, lane));
}
