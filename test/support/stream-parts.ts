// A connection to the real server as the engine and the front ends take it, in a project without secrets.

import { systemClock } from '../../src/compose/system-clock.ts';
import type { JetStreamHandle } from '../../src/stores/jetstream/connect.ts';
import { projectSecretsOf } from './memory-stores.ts';

const asIs = (text: string) => Promise.resolve(text);
const nobody = () => Promise.reject(new Error('no other run is started here'));

export function partsOf(stream: JetStreamHandle) {
  return {
    ...stream,
    clock: systemClock,
    runSecrets: stream.runSecrets({ seal: asIs, open: asIs }),
    projectSecrets: projectSecretsOf({}),
    otherRuns: { start: nobody, workOn: nobody, command: nobody },
  };
}
