// Faults that come by time: what happens to whom, and when.
import type { Template } from './templates/template.ts';
import type { EngineProcess } from './world/engine-process.ts';
import type { Fault } from './world/faults.ts';
import type { People } from './world/people.ts';
import type { Setting } from './world/setting.ts';
import { forgeReport, writeNews } from './world/strangers.ts';
import type { WorkerProcess } from './world/worker-process.ts';
import type { World } from './world/world.ts';

/** Everybody to whom something may happen. */
export type Cast = {
  readonly engines: readonly EngineProcess[];
  readonly workers: readonly WorkerProcess[];
  readonly people: People;
  readonly chosen: readonly Template[];
};

const tailMax = [3, 20];
const apartMsMax = 12_000;
/** So many of those who let runs leave die over it, within so long. */
const deathShare = 0.4;
const sweepMsMax = 7_000;

type Plan = (fault: Fault, strike: () => void) => void;

export function planFaults(setting: Setting, cast: Cast): void {
  const { agenda, faults } = setting.world;
  const plan: Plan = (fault, strike) => {
    const delayMs = faults.nextInMs(fault);
    if (delayMs === undefined) return;
    agenda.after(delayMs, () => {
      if (!faults.areOn()) return;
      faults.count(fault);
      strike();
      plan(fault, strike);
    });
  };
  planEngines(plan, setting, cast);
  planJournals(plan, setting);
  planLosses(plan, setting, cast);
  planLeaving(plan, setting, cast);
  if (cast.workers.length > 0) planWorkers(plan, setting, cast);
}

function planEngines(plan: Plan, { world }: Setting, { engines, people, chosen }: Cast): void {
  const { random } = world;
  const engine = () => random.pick(engines);
  plan('crash any time', () => engine().crash());
  plan('orderly stop', () => engine().stop());
  plan('pause', () => engine().pause(random.between(500, 30_000)));
  plan('clock jump', () => engine().setClock(random.between(-20_000, 20_000)));
  plan('meddling', people.meddle);
  plan('upgrade', () => people.upgrade(random.pick(chosen)));
}

function planJournals(plan: Plan, { world, court, stream, servers }: Setting): void {
  const { random } = world;
  // Of two servers only one would have the damage, and who is on the other one rightly goes on.
  const isSpared = (run: string) => run === '' || court.isSetAside(run) || servers.isDivided();
  const someRun = () => random.pick([...court.dockets().keys(), '']);
  plan('foreign message', () => {
    const run = someRun();
    if (isSpared(run)) return;
    court.setAside(run, 'foreign message');
    stream.plant(run, '{"type":"none of ours"}');
  });
  plan('damaged record', () => {
    const run = someRun();
    const messages = stream.of(run);
    if (isSpared(run) || messages.length < 3) return;
    court.setAside(run, 'damaged record');
    const { position, body } = random.pick(messages.slice(0, -1));
    const [from, to] = random.pick([
      ['"sequence":', '"sequence":1'],
      ['"actor":"', '"actor":"x'],
    ] as const);
    stream.damage(position, random.chance(0.5) ? undefined : body.replace(from, to));
  });
}

/** The store loses what it acknowledged. The runs are set aside: what the ledger says of them is judged. */
function planLosses(plan: Plan, { world, stream, servers, court }: Setting, { engines }: Cast): void {
  const { random, agenda } = world;
  plan('lost tail', () => {
    if (servers.isDivided()) return;
    const lost = stream.loseTail(random.between(1, random.pick(tailMax)));
    world.trace(`!! the store loses its last ${lost.length} messages`);
    court.lost(lost, 'lost tail');
    const isRestart = random.chance(0.5);
    for (const engine of engines) {
      if (isRestart) engine.crash();
      else engine.serverIsBack();
    }
  });
  plan('second server', () => {
    if (servers.isDivided()) return;
    const some = engines.filter(() => random.chance(0.5));
    const apart = some.length === 0 ? [random.pick(engines)] : some;
    world.trace(`!! a second server for ${apart.map(({ name }) => name).join(', ')}`);
    servers.divide(apart.map(({ name }) => name));
    const forMs = random.between(500, apartMsMax);
    // What one of them has is taken over meanwhile, on either side.
    agenda.after(forMs / 2, () => random.pick(apart).crash());
    agenda.after(forMs, () => {
      const gone = servers.unite();
      world.trace(`!! the second server ends, and with it ${gone.length} messages`);
      court.lost(gone, 'second server');
      // Those that it served find no server, and come back with the other one.
      for (const engine of apart) engine.crash();
    });
  });
}

/** Runs leave the journal, and the disk that they go to is not always there. */
function planLeaving(plan: Plan, setting: Setting, { engines, people }: Cast): void {
  const { world, leaving } = setting;
  const { random, agenda } = world;
  if (leaving === undefined) return;
  plan('runs leave', () => {
    // Two at once get in each other's way.
    const some = random.chance(0.2) ? engines : [random.pick(engines)];
    for (const engine of some) {
      engine.sweep();
      if (random.chance(deathShare)) agenda.after(random.between(0, sweepMsMax), engine.crash);
    }
  });
  plan('archive away', () => {
    const forMs = random.between(1_000, 20_000);
    world.trace(`!! the archive is away for ${forMs} ms`);
    leaving.archive.goAway(forMs);
  });
  plan('started again', people.startAgain);
  plan('newer record', () => writeNews(setting));
}

/** Workers come and go, and what is under way in their queues is forgotten. */
function planWorkers(plan: Plan, setting: Setting, { workers }: Cast): void {
  const { world, work, agents, drains } = setting;
  const { random, agenda } = world;
  const worker = () => random.pick(workers);
  plan('worker death', () => worker().crash());
  plan('worker stop', () => worker().stop());
  plan('worker pause', () => worker().pause(random.between(1_000, 40_000)));
  plan('deliveries forgotten', () => work.shelf.forgetDeliveries());
  plan('item lost', () => work.shelf.lose());
  plan('forged report', () => forgeReport(setting));
  plan('agent drained', () => {
    const { agent } = random.pick(agents);
    world.trace(`!! ${agent} is drained for a while`);
    world.disturb();
    drains.set(agent, { by: 'ann', at: new Date(agenda.nowMs()).toISOString() });
    agenda.after(random.between(2_000, 20_000), () => {
      drains.delete(agent);
      world.disturb();
    });
  });
}

/** People answer what they are asked. */
export function planPeople({ agenda, random }: World, people: People): void {
  const look = (): void => {
    people.lookAround();
    agenda.after(random.between(500, 4_000), look);
  };
  agenda.after(1_000, look);
}
