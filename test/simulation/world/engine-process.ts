import { knownFeatures } from '../../../machines/feature-gates.ts';
import { createRoster } from '../../../src/engine/agents/agent-registry.ts';
import { createNode, type EngineNode, type NodeDeps } from '../../../src/engine/cluster/node.ts';
import type { Journal } from '../../../src/ports/runs/journal.ts';
import type { Holder } from '../../../src/ports/runs/leases.ts';
import { sweepOf } from '../leaving/engine-retention.ts';
import { type EngineLedger, openEngineLedger } from './engine-ledger.ts';
import { createSimJournal } from './journal.ts';
import { createLink, type Link } from './link.ts';
import type { Setting } from './setting.ts';
import { storesOf } from './stores.ts';
import { engineSecret } from './strangers.ts';
import { createWorkers } from './workers.ts';

/** One engine process after another in the same place: when one ends, the next begins a while later. */
export type EngineProcess = {
  /** The beginning of the names of its processes. */
  readonly name: string;
  /** Has the process end in order, and begin again. */
  readonly stop: () => void;
  readonly crash: () => void;
  readonly pause: (forMs: number) => void;
  readonly setClock: (byMs: number) => void;
  /** Lets runs leave the journal whose time is over, in a world in which they do. */
  readonly sweep: () => void;
  /** One of an earlier release ends in order, and comes back as one of this. */
  readonly upgrade: () => void;
  /** The connection to the server was lost, and is there again. */
  readonly serverIsBack: () => void;
};

type Current = {
  readonly link: Link;
  node: EngineNode | undefined;
  readonly ledger: EngineLedger | undefined;
  readonly sweep: () => Promise<unknown>;
};

const stopMsMax = 12_000;
/** So often an engine that begins is of a release that knows nothing of generations. */
const olderShare = 0.25;

/** The machine that a process runs on: its name says in which place it is. */
export function hostOf(hosts: Setting['hosts'], process: string): string {
  return hosts === 'one' ? 'host' : `host-${/-(\d+)/.exec(process)?.[1]}`;
}

export function createEngineProcess(setting: Setting, index: number): EngineProcess {
  const { world, court } = setting;
  const { agenda, random } = world;
  const host = hostOf(setting.hosts, `engine-${index}`);
  const name = `engine-${index}`;
  let generation = 0;
  let current = boot();

  function boot(): Current {
    generation += 1;
    const link = createLink(world, `${name}.${generation}`, { onCrash: bootLater });
    const pid = index * 1_000 + generation;
    const isOlder = setting.leaving !== undefined && world.faults.areOn() && random.chance(olderShare);
    if (isOlder) setting.leaving?.older.add(link.name);
    const holder = { node: link.name, host, pid, ...(isOlder ? {} : { understands: knownFeatures }) };
    const isDead = (other: Holder): boolean => other.host === host && !setting.alive.has(other.node);
    const leases = setting.leases.of(link);
    const stores = storesOf(link, setting.kept);
    const raw = createSimJournal(link, {
      stream: setting.servers.of(link),
      faults: world.faults,
      onAcked: (append, position) => {
        court.acked(append, position);
        setting.ledgerWatch.acked(link, append, position);
      },
    });
    const ledger = openEngineLedger(setting, link, { journal: raw, snapshots: stores.snapshots });
    const { journal: known = raw, reader } = ledger ?? {};
    const journal: Journal = {
      ...known,
      append: (append) => {
        setting.evenTimers.appends(link, append);
        setting.ledgerWatch.appends(link, append);
        return known.append(append);
      },
    };
    const { leaving } = setting;
    const sweep = async (): Promise<void> => {
      if (leaving === undefined || ledger === undefined) return;
      await sweepOf(
        setting,
        leaving,
        link,
      )({ journal: raw, ledger: ledger.ledger, leases, isDead, ...stores });
    };
    const booted: Current = { link, node: undefined, ledger, sweep };
    setting.alive.add(link.name);
    link.onEnd(() => setting.alive.delete(link.name));
    void workOf(link)
      .then((work) =>
        createNode({
          ...stores,
          ...(work === undefined ? {} : { work }),
          ...(reader === undefined ? {} : { reader }),
          journal,
          leases,
          commands: setting.commands.of(link),
          projectSecrets: setting.projectSecrets,
          subjectKeys: setting.kept.keys,
          clock: link.clock,
          performers: createWorkers(world, { ...setting, link, events: stores.events }),
          outputs: {
            write: (path, value) => link.act(`write ${path}`, () => void setting.files.set(path, value)),
          },
          projectDir: '.',
          concurrencyMax: 8,
          startNoticeMs: 25,
          holder,
          isDead,
          onChange: (run) => {
            court.live(link, run);
            setting.ledgerWatch.live(link, run);
            setting.evenTimers.live(link, run);
          },
          onTrouble: (run, error) => court.trouble(link, run, error),
          shardCount: setting.shardCount,
          snapshotEvery: setting.snapshotEvery,
          charts: setting.charts,
        }),
      )
      .then(async (node) => {
        booted.node = node;
        await ledger?.compared;
        await node.workOnAll();
      })
      .catch((error: unknown) => court.trouble(link, '', error));

    return booted;
  }

  /** How it reaches the workers of agents, in a world that has some. */
  async function workOf(link: Link): Promise<NodeDeps['work']> {
    if (setting.agents.length === 0) return undefined;
    const roster = await createRoster({
      declared: {
        current: () => ({ agents: [], principals: [], skills: [] }),
        onChange: () => () => undefined,
      },
      presence: setting.work.presenceOf(link),
      marks: { all: () => link.ask('drain marks', () => new Map(setting.drains), { isWrite: false }) },
      clock: link.clock,
      onTrouble: (error) => court.trouble(link, '', error),
    });

    return { queue: setting.work.queueOf(link), roster, secret: engineSecret };
  }

  function bootLater(): void {
    world.disturb();
    // Where engines only crash, two in a row are back before people give up asking: then every run is started.
    const bootMsMax = world.faults.kinds.length === 0 ? 4_000 : 10_000;
    agenda.after(world.faults.areOn() ? random.between(100, bootMsMax) : 100, () => {
      current = boot();
    });
  }

  function stop(): void {
    const { link, node, ledger } = current;
    if (!link.isAlive() || node === undefined) return;
    world.trace(`!! ${link.name} is stopped`);
    const over = () => {
      if (!link.isAlive()) return;
      link.end();
      bootLater();
    };
    const end = ledger === undefined ? node.stop() : node.stop().then(ledger.close);
    end.then(over, (error: unknown) => {
      court.trouble(link, '', error);
      over();
    });
    agenda.after(stopMsMax, over);
  }

  return {
    name,
    crash: () => {
      if (!current.link.isAlive()) return;
      world.trace(`!! ${current.link.name} crashes`);
      current.link.end();
      bootLater();
    },
    stop,
    upgrade: () => {
      if (setting.leaving?.older.has(current.link.name)) stop();
    },
    pause: (forMs) => {
      world.trace(`!! ${current.link.name} stands still for ${forMs} ms`);
      world.disturb();
      current.link.pause(forMs);
    },
    setClock: (byMs) => {
      world.trace(`!! the clock of ${current.link.name} is set by ${byMs} ms`);
      world.disturb();
      current.link.setClock(byMs);
    },
    sweep: () => {
      const { link, sweep } = current;
      if (link.isAlive()) sweep().catch((error: unknown) => court.trouble(link, '', error));
    },
    serverIsBack: () => {
      const { link, ledger } = current;
      if (!link.isAlive() || ledger === undefined) return;
      world.disturb();
      link.receive(() => {
        setting.ledgerWatch.serverIsBack(link);
        ledger.serverIsBack();
      });
    },
  };
}
