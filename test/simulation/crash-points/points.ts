// An engine is ended at each request that it makes, before it and after it, and everything has to come to the end that
// it comes to without.
//
// The requests are all the places there are. What an engine asks of the journal, the leases and the stores, and what it
// writes, goes through its link (Link.ask, askPatiently, act). What does not is watched or served (leases and journal,
// commands, breakers): it only comes in, and is gone with the process. Between two requests an engine does nothing that
// anybody else could see, but for its workers: what they do is seen by the request that follows, and a crash before it
// is the crash after their work.
import { createRandom } from '../kernel/random.ts';
import { runSeed, type SeedResult } from '../seed.ts';
import { templates } from '../templates/all.ts';
import { shippedTemplates } from '../templates/shipped.ts';
import type { Template } from '../templates/template.ts';
import type { CrashPoint } from '../world/world.ts';
import { difference, type End, endOf } from './end.ts';

export const crashedTemplates: readonly Template[] = [...shippedTemplates, ...templates];

/** A world without chance for evil. */
export type Scene = { readonly template: string; readonly seed: number; readonly engines: number };
export type Piece = Scene & { readonly crashPoints: readonly CrashPoint[] };

export type PieceReport = Piece & {
  readonly violations: readonly string[];
  /** How many of its crash points were met. */
  readonly struck: number;
};

type Undisturbed = {
  readonly end: End;
  readonly points: readonly CrashPoint[];
  readonly violations: readonly string[];
};

/** A node that has several claims, serves and gives each of them. */
const shardCount = 8;
const undisturbed = new Map<string, Promise<Undisturbed>>();

/** Every piece of a scene: before and after each of its requests. */
export async function piecesOf(scene: Scene): Promise<readonly Piece[]> {
  const { points } = await withoutCrash(scene);

  return points.map((point) => ({ ...scene, crashPoints: [point] }));
}

/** The scene as it goes when nothing goes wrong at all. */
export function withoutCrash(scene: Scene): Promise<Undisturbed> {
  const { template, seed, engines } = scene;
  const key = `${template} ${seed} ${engines}`;
  const known = undisturbed.get(key);
  if (known !== undefined) return known;
  const lived = live({ ...scene, crashPoints: [] }).then((result) => ({
    end: endOf(result),
    points: result.points,
    violations: result.violations,
  }));
  undisturbed.set(key, lived);

  return lived;
}

/** Lives through a scene with its crashes, and says what is wrong with what came of it. */
export async function crashAt(piece: Piece): Promise<PieceReport> {
  const { end, violations } = await withoutCrash(piece);
  const result = await live(piece);
  const missed = piece.crashPoints.length === 1 && result.struck === 0;
  const other = isOneEnd(piece) ? difference(end, endOf(result)) : undefined;

  return {
    ...piece,
    struck: result.struck,
    violations: [
      ...violations.map((violation) => `without a crash: ${violation}`),
      ...result.violations,
      ...(missed ? ['the request that the crash belongs to was not made'] : []),
      ...(other === undefined || result.violations.length > 0 ? [] : [other]),
    ],
  };
}

/** Two crashes somewhere in a scene that is as random as they are. */
export async function doubleCrash(seed: number): Promise<Piece> {
  const random = createRandom(seed);
  const scene = { template: random.pick(crashedTemplates).name, seed, engines: random.pick([1, 2, 3]) };
  const { points } = await withoutCrash(scene);

  return { ...scene, crashPoints: [random.pick(points), random.pick(points)] };
}

export function live(piece: Piece, trace?: (line: string) => void): Promise<SeedResult> {
  const { seed, engines, crashPoints } = piece;
  const template = templateOf(piece);
  // What a limit does shows only when there are two.
  const together = template.limit === undefined ? [template] : [template, template];

  return runSeed({
    seed,
    engines,
    shardCount,
    crashPoints,
    templates: together,
    faults: [],
    ...(trace === undefined ? {} : { trace }),
  });
}

/** A time-out that passes, or a start that is refused, while no engine is there leads to another end, as it should. */
function isOneEnd(scene: Scene): boolean {
  const { isTimed, mayBeRefused } = templateOf(scene);

  return !isTimed && mayBeRefused !== true;
}

function templateOf({ template }: Scene): Template {
  const found = crashedTemplates.find(({ name }) => name === template);
  if (found === undefined) throw new Error(`there is no template "${template}"`);

  return found;
}
