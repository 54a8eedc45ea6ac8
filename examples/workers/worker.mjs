// A worker of 3OX Workflow in JavaScript: greets whom the input names. docs/workers.md says how the package gets here.
//
//   NATS_URL=nats://127.0.0.1:4222 node worker.mjs GREETER
import { createWorker, TaskFailure } from '3ox-workflow/worker';

const [agent = 'GREETER'] = process.argv.slice(2);

const worker = createWorker({
  agent,
  skills: ['greeting'],
  capacity: 2,
  onProgress: (message) => console.error(message),
  handlers: async ({ input, task, attempt, progress }) => {
    // Wrong today is wrong tomorrow: there is no use in another attempt.
    if (typeof input?.name !== 'string')
      throw new TaskFailure('greet.no-name', 'the input has no name', { retryable: false });
    progress(50, `greeting ${input.name}`);

    return { greeting: `hello ${input.name}`, by: `attempt ${attempt} of ${task}` };
  },
});

const { url } = await worker.ready;
console.error(`worker of ${agent} ready on ${url}`);
