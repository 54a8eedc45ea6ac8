import { createCurrentRuns } from '../../../src/engine/board/index-keeper.ts';
import { refusedFeature } from '../../../src/engine/cluster/cluster-features.ts';
import { createRetention } from '../../../src/engine/retention/retention.ts';
import { createRunReader } from '../../../src/engine/run-reader/run-reader.ts';
import { engineActor } from '../../../src/ports/access/authority.ts';
import type { RetentionOutcome } from '../../../src/ports/retention.ts';
import type { Journal } from '../../../src/ports/runs/journal.ts';
import type { Leases } from '../../../src/ports/runs/leases.ts';
import type { Ledger } from '../../../src/ports/runs/ledger.ts';
import type { Link } from '../world/link.ts';
import type { Setting } from '../world/setting.ts';
import type { Stores } from '../world/stores.ts';
import type { Leaving } from './leaving.ts';

type Deps = Pick<Stores, 'snapshots' | 'runSecrets'> & {
  readonly journal: Journal;
  readonly ledger: Ledger;
  readonly leases: Pick<Leases, 'holders'>;
  readonly isDead: Parameters<typeof refusedFeature>[0]['isDead'];
};

/** `workflow retain` in a process: lets runs leave whose time is over, with the code of the product. */
export function sweepOf(
  { charts, world }: Pick<Setting, 'charts' | 'world'>,
  leaving: Leaving,
  link: Link,
): (deps: Deps) => Promise<RetentionOutcome> {
  const { law, usual, told } = leaving;
  const { archive, generations, indexed } = leaving.of(link);

  return async ({ journal, ledger, leases, isDead, ...stores }) => {
    const source = indexed(journal);
    const troubles: string[] = [];
    const retention = createRetention({
      ...{ archive, generations, ledger, ...stores },
      reader: createRunReader({ journal, charts, archive, ledger, runs: createCurrentRuns(source) }),
      refusal: () => refusedFeature({ leases, isDead }, 'generations'),
      index: source.index,
      usual: async () => usual,
      toldTo: async () => told(),
      clock: link.clock,
      onTrouble: (message) => troubles.push(message),
    });
    law.sweeps(link);
    const outcome = await retention.sweep({ by: engineActor });
    world.trace(
      `${link.name} let ${outcome.left} runs leave ${outcome.refused?.code ?? ''} ${troubles.join('; ')}`,
    );
    law.swept(link, outcome, troubles);

    return outcome;
  };
}
