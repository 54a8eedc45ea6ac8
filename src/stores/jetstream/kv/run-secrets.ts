import { z } from 'zod';
import { type Json, JsonValue } from '../../../../events/canonical-json.ts';
import { isRunId } from '../../../../machines/shard.ts';
import { SecretsUnavailable } from '../../../ports/access/secret-errors.ts';
import type { RunSecrets, SecretCipher } from '../../../ports/access/secrets.ts';
import { createLazyStream } from '../connection/lazy-stream.ts';
import type { Link } from '../connection/link.ts';
import type { Names } from '../connection/names.ts';
import { bucketSettings } from '../connection/streams.ts';
import { isMarker } from './lease-watch.ts';

type Source = {
  readonly link: Link;
  readonly names: Names;
  readonly replicas: number;
  readonly cipher: SecretCipher;
};

const Values = z.record(z.string(), JsonValue);
const KEPT_NANOS = 30 * 24 * 60 * 60 * 1_000_000_000;
/** Retention is left to the operator of the server. */
const RETENTION: ReadonlySet<string> = new Set(['max_age']);

/** The secrets of runs as keys of a KV bucket, sealed before they leave this process. */
export function createJetStreamRunSecrets({ link, names, replicas, cipher }: Source): RunSecrets {
  const bucket = names.secretsBucket;
  const stream = createLazyStream({
    link,
    settings: { ...bucketSettings(bucket, replicas), storage: 'file', max_age: KEPT_NANOS },
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
      const subject = subjectOf(bucket, run);
      const sealed = await cipher.seal(JSON.stringify(values), about(run));
      await stream.store({ subject, body: sealed });
    },
    of: async (run): Promise<Readonly<Record<string, Json>>> => {
      const last = await stream.last(subjectOf(bucket, run));
      if (last === undefined || isMarker(last.headers)) return {};

      return Values.parse(JSON.parse(await cipher.open(last.body, about(run))));
    },
    forget: async (run) => {
      const subject = subjectOf(bucket, run);
      const last = await stream.last(subject);
      if (last === undefined || isMarker(last.headers)) return;
      // The bucket keeps one message of a key: the marker takes the place of the values.
      await stream.store({ subject, body: '', header: { 'KV-Operation': 'PURGE', 'Nats-Rollup': 'sub' } });
    },
  };
}

function subjectOf(bucket: string, run: string): string {
  if (!isRunId(run)) throw new RangeError(`${JSON.stringify(run.slice(0, 80))} is not a run id`);

  return `$KV.${bucket}.${run}`;
}
