import type { Json } from '../../../events/canonical-json.ts';
import type { Charts } from '../../../src/engine/run-reader/charts.ts';
import type { ProjectSecrets } from '../../../src/ports/access/secrets.ts';
import type { CommandChannel } from '../../../src/ports/runs/command-channel.ts';
import type { DrainMark } from '../../../src/ports/work/agent-admin.ts';
import type { Court } from '../laws/court.ts';
import type { EvenTimers } from '../laws/even-timers.ts';
import type { LedgerWatch } from '../laws/ledger-watch.ts';
import type { Leaving } from '../leaving/leaving.ts';
import type { AgentPlan, Results } from '../templates/template.ts';
import type { Deeds } from './deeds.ts';
import type { JournalServers } from './journal-servers.ts';
import type { LeaseServer } from './leases.ts';
import type { LedgerDisk } from './ledger-disk.ts';
import type { Link } from './link.ts';
import type { Kept } from './stores.ts';
import type { Stream } from './stream.ts';
import type { WorkServer } from './work-server.ts';
import type { World } from './world.ts';

/** Everything that the processes of one seed share. */
export type Setting = {
  readonly world: World;
  readonly stream: Stream;
  readonly servers: JournalServers;
  /** What engines know of the journal besides; undefined in a world that loses nothing, and that no run leaves. */
  readonly ledger: LedgerDisk | undefined;
  readonly kept: Kept;
  readonly leases: LeaseServer;
  /** Where runs go that leave the journal; undefined in a world that none leaves. */
  readonly leaving: Leaving | undefined;
  /** The queues of agents. */
  readonly work: WorkServer;
  readonly agents: readonly AgentPlan[];
  /** The agents that are to get nothing new. */
  readonly drains: Map<string, DrainMark>;
  readonly commands: { readonly of: (link: Link) => CommandChannel };
  readonly projectSecrets: ProjectSecrets;
  readonly files: Map<string, Json>;
  /** What workers give besides their token: by definition and by the task's id in it. */
  readonly results: Map<string, Results>;
  readonly deeds: Deeds;
  readonly court: Court;
  readonly ledgerWatch: LedgerWatch;
  readonly evenTimers: EvenTimers;
  readonly charts: Charts;
  readonly shardCount: number;
  readonly snapshotEvery: number;
  /** Whether the engines run on one machine, where each sees that another is gone. */
  readonly hosts: 'one' | 'many';
  /** The engine processes that run. */
  readonly alive: Set<string>;
};
