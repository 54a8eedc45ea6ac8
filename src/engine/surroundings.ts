import type { Roster } from '../ports/work/agent-admin.ts';
import type { Surroundings } from '../ports/work/surroundings.ts';
import { queueAt, queueFor } from './agents/agent-waits.ts';

/** Who can be asked; whoever is absent is not known. */
type Asked = {
  readonly owned?: (() => Promise<(run: string) => boolean>) | undefined;
  readonly roster?: (() => Promise<Roster>) | undefined;
};

/** Who is there now for runs that wait. */
export async function surroundingsOf({ owned, roster }: Asked): Promise<Surroundings> {
  const [isOwned, known] = await Promise.all([
    owned?.().catch(() => undefined),
    roster?.().catch(() => undefined),
  ]);

  return {
    isOwned: (run) => isOwned?.(run),
    atAgent: (agent) => (known === undefined ? undefined : queueAt(agent, known)),
    forSkills: (skills) => (known === undefined ? undefined : queueFor(skills, known)),
  };
}
