import { readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { OwnerKeys } from '../../cli/app.ts';
import { isGone, thisPlace } from '../../files/process-here.ts';
import { writeAtomically } from '../../files/write-atomically.ts';
import { createOwner } from '../../project/owner-token.ts';
import { systemClock } from '../system-clock.ts';

/** Where the address of the dashboard stands, in the project. */
const dashboardPath = '.3ox/dashboard.json';

/** Engines of other containers cannot be seen from here, nor whether they have ended. */
const othersMax = 16;

/** `place` is where the pid counts: the machine and its namespace of processes. */
const Dashboard = z.object({ url: z.string(), pid: z.int().positive(), place: z.string().optional() });
type Dashboard = z.output<typeof Dashboard>;
/** That of the engine that was started last; `others` are those of engines that were there then. */
const Noted = Dashboard.extend({ others: z.array(Dashboard).default([]) });

/** Writes down where the dashboard is, for the commands that print it. Resolves with what takes that back. */
export async function noteDashboard(projectDir: string, url: string): Promise<() => Promise<void>> {
  const own = { url, pid: process.pid, place: thisPlace() };
  await note(projectDir, [own, ...(await thoseThere(projectDir))]);

  return async () => {
    const isOwn = (each: Dashboard): boolean => each.pid === process.pid && each.place === own.place;
    const all = await thoseThere(projectDir);
    // Nothing is left to be taken back where somebody else removed it.
    if (!all.some(isOwn)) return;
    const left = all.filter((each) => !isOwn(each));
    await (left.length === 0 ? unlink(join(projectDir, dashboardPath)) : note(projectDir, left)).catch(
      () => undefined,
    );
  };
}

/** What the owner of the project is known by. */
export function ownerKeys(projectDir: string): OwnerKeys {
  const { token, link } = createOwner({ projectDir, clock: systemClock });

  return {
    token,
    link: async () => {
      const noted = await notedDashboard(projectDir);
      return noted === undefined ? undefined : link(`${noted.url}/`);
    },
    natsUrl: async () => {
      // Whoever asks for a token needs no server.
      const { bringUpServer } = await import('./project-server.ts');
      const { url, login } = await bringUpServer(projectDir);
      const { user, pass } = login();
      return url.replace('://', `://${user}:${pass}@`);
    },
  };
}

/** What an engine of the project has written down, of those that still run the latest. */
export async function notedDashboard(projectDir: string): Promise<Dashboard | undefined> {
  const noted = await readNoted(projectDir);

  // One of another container may be there, too.
  return noted.find((each) => isHere(each) && !isOver(each)) ?? noted[0];
}

/** Where the engines of the project answer, as far as was noted. */
export async function notedDashboards(projectDir: string): Promise<readonly URL[]> {
  return (await readNoted(projectDir)).flatMap(({ url }) => (URL.canParse(url) ? [new URL(url)] : []));
}

async function thoseThere(projectDir: string): Promise<readonly Dashboard[]> {
  return (await readNoted(projectDir)).filter((each) => !isOver(each));
}

function isHere({ place }: Dashboard): boolean {
  return place === undefined || place === thisPlace();
}

/** Of a process of another container nobody here can tell, so that it counts as there. */
function isOver(noted: Dashboard): boolean {
  return isHere(noted) && isGone(noted.pid);
}

async function note(projectDir: string, [latest, ...others]: readonly Dashboard[]): Promise<void> {
  const content = others.length === 0 ? latest : { ...latest, others: others.slice(0, othersMax) };
  const text = `${JSON.stringify(content)}\n`;
  await writeAtomically({ projectDir, path: dashboardPath, text, isPrivate: true });
}

async function readNoted(projectDir: string): Promise<readonly Dashboard[]> {
  const text = await readFile(join(projectDir, dashboardPath), 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  try {
    const { others, ...latest } = Noted.parse(JSON.parse(text));

    return [latest, ...others];
  } catch {
    return [];
  }
}
