import type { NatsConnection } from '@nats-io/transport-node';
import { z } from 'zod';
import type { Names } from './names.ts';

/** What the server lets a user do, as far as it changes what we do. */
export type UserRights = {
  /** What requests to JetStream begin with. */
  readonly apiPrefix: string;
  /** Whether it may do what engines do: claim, append, make streams. */
  readonly mayLead: boolean;
};

const UserInfo = z.object({
  data: z.object({
    permissions: z.object({ publish: z.object({ allow: z.array(z.string()) }) }),
  }),
});
const TIMEOUT_MS = 2_000;
const everything: UserRights = { apiPrefix: '$JS.API', mayLead: true };

/**
 * Operators and observers are kept in an account of their own (see auth-conf.ts), where JetStream goes by another name.
 * The server tells every user what it may do; one that is told nothing may do everything.
 */
export async function rightsOf(connection: NatsConnection, { apiPrefix }: Names): Promise<UserRights> {
  try {
    const answer = await connection.request('$SYS.REQ.USER.INFO', '', { timeout: TIMEOUT_MS });
    const { allow } = UserInfo.parse(answer.json()).data.permissions.publish;

    return allow.some((subject) => subject.startsWith(`${apiPrefix}.`))
      ? { apiPrefix, mayLead: false }
      : everything;
  } catch {
    return everything;
  }
}
