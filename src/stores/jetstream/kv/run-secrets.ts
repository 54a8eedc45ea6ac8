import { type Json, JsonObject } from '../../../../events/canonical-json.ts';
import { isRunId } from '../../../../machines/shard.ts';
import { SecretsUnavailable } from '../../../ports/access/secret-errors.ts';
import type { RunSecrets, SecretCipher } from '../../../ports/access/secrets.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { createBucket } from './bucket.ts';

type Source = {
  readonly link: Link;
  readonly names: Names;
  readonly replicas: number;
  readonly cipher: SecretCipher;
};

const Values = JsonObject;
const KEPT_NANOS = 30 * 24 * 60 * 60 * 1_000_000_000;
/** Retention is left to the operator of the server. */
const RETENTION: ReadonlySet<string> = new Set(['max_age']);

/** The secrets of runs as keys of a KV bucket, sealed before they leave this process. */
export function createJetStreamRunSecrets({ link, names, replicas, cipher }: Source): RunSecrets {
  const bucket = createBucket({
    ...{ link, replicas, bucket: names.secretsBucket },
    settings: { max_age: KEPT_NANOS },
    open: RETENTION,
    giveUp: (reason, cause) =>
      new SecretsUnavailable(`the store of secrets does not answer: ${reason}; run \`workflow doctor\``, {
        cause,
      }),
  });
  // Sealed for one run of one namespace, so that no secret can be slipped to another run.
  const about = (run: string): string => `${names.namespace}/${run}`;

  return {
    keep: async (run, values) => {
      const key = keyOf(run);
      const sealed = await cipher.seal(JSON.stringify(values), about(run));
      await bucket.write(key, { body: sealed });
    },
    of: async (run): Promise<Readonly<Record<string, Json>>> => {
      const entry = await bucket.get(keyOf(run));

      return entry === undefined ? {} : Values.parse(JSON.parse(await cipher.open(entry.body, about(run))));
    },
    // The bucket keeps one message of a key: the marker takes the place of the values.
    forget: async (run) => bucket.remove(keyOf(run), { 'KV-Operation': 'PURGE', 'Nats-Rollup': 'sub' }),
  };
}

function keyOf(run: string): string {
  if (!isRunId(run)) throw new RangeError(`${JSON.stringify(run.slice(0, 80))} is not a run id`);

  return run;
}
