// The same work with us and with Restate, round by round in turn on one machine: read the ratios, not the rates.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { type Load, load } from './load.ts';
import type { Servers } from './servers.ts';
import { type Shape, shapedLoads } from './shipped.ts';
import { definitionFor, openPlace, type Place, type PlaceName, toldBy } from './shipped-places.ts';
import { median } from './statistics.ts';

/** Ours by place; runs a second, and the time of one run in ms, where none else is. */
export type BesidePeer = {
  readonly shape: string;
  readonly inFlight: number;
  readonly peer: Rate;
  readonly ours: ReadonlyMap<PlaceName, Rate & { readonly toPeer: number }>;
};

type Rate = { readonly perSecond: number; readonly p50Ms: number };

const rounds = 3;
const measureMs = 2_500;
const warmUpMs = 1_000;
const places: readonly PlaceName[] = ['serve', 'worker'];
const program = fileURLToPath(new URL('../../bench/peers/restate.mjs', import.meta.url));

/** Needs what bench/peers/package.json names, which `npm run bench:peers` installs. */
export async function measureBesidePeers(durable: Servers['durable']): Promise<readonly BesidePeer[]> {
  const peer = fork(program, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const opened = new Map<PlaceName, Place>();
  try {
    await toldBy(peer, 'Restate');
    for (const place of places) opened.set(place, await openPlace(place, durable.url));
    const measured: BesidePeer[] = [];
    for (const { shape, inFlight } of shapedLoads)
      measured.push(await besidePeer(peer, opened, shape, inFlight));

    return measured;
  } finally {
    for (const place of opened.values()) await place.close();
    peer.disconnect();
    await once(peer, 'exit');
  }
}

async function besidePeer(
  peer: ChildProcess,
  opened: ReadonlyMap<PlaceName, Place>,
  shape: Shape,
  inFlight: number,
): Promise<BesidePeer> {
  const peers: Rate[] = [];
  const ours = new Map<PlaceName, Rate[]>(places.map((place) => [place, []]));
  for (let round = -1; round < rounds; round += 1) {
    const ms = round < 0 ? warmUpMs : measureMs;
    const measured = rateOf(await loadPeer(peer, { ...shape, inFlight, ms }));
    if (round >= 0) peers.push(measured);
    for (const [place, { runOnce }] of opened) {
      const definition = definitionFor(place, shape.tasks, shape.isFork);
      const rate = rateOf(await load(() => runOnce(definition), { inFlight, ms }));
      if (round >= 0) ours.get(place)?.push(rate);
    }
  }
  const toPeer = (rates: readonly Rate[]) =>
    median(rates.map(({ perSecond }, round) => perSecond / (peers[round]?.perSecond ?? 1)));

  return {
    shape: shape.name,
    inFlight,
    peer: medians(peers),
    ours: new Map([...ours].map(([place, rates]) => [place, { ...medians(rates), toPeer: toPeer(rates) }])),
  };
}

async function loadPeer(peer: ChildProcess, work: object): Promise<Load> {
  peer.send(work);

  return (await toldBy(peer, 'Restate')) as Load;
}

function rateOf({ times, seconds }: Load): Rate {
  return { perSecond: times.length / seconds, p50Ms: median(times) };
}

function medians(rates: readonly Rate[]): Rate {
  return {
    perSecond: median(rates.map(({ perSecond }) => perSecond)),
    p50Ms: median(rates.map(({ p50Ms }) => p50Ms)),
  };
}

export function besidePeersLines(measured: readonly BesidePeer[]): string {
  const cell = ({ perSecond, p50Ms }: Rate) =>
    `${perSecond.toFixed(1).padStart(8)} ${p50Ms.toFixed(2).padStart(8)}`;
  const head = [
    'tasks'.padEnd(14),
    ' conc',
    ' Restate: runs/s, ms',
    ...places.map((place) => `${place}: runs/s, ms, of Restate`.padStart(28)),
  ];
  const lines = measured.map(({ shape, inFlight, peer, ours }) =>
    [
      shape.padEnd(14),
      String(inFlight).padStart(5),
      cell(peer).padStart(20),
      ...[...ours.values()].map((rate) => `${cell(rate)} ${rate.toPeer.toFixed(2).padStart(8)}`.padStart(28)),
    ].join(' '),
  );

  return [head.join(' '), ...lines].join('\n');
}
