// A hand on the plug of an engine. CRASH=<point>:<n> ends the process with SIGKILL at its n-th append, at one of these:
//   before      it was decided on and nothing was sent: the decorated append never reaches the journal
//   stored      the server has it: the bytes of its answer are in this process, and nobody has read them
//   answered    the engine knows that it is stored and nothing that follows has begun: onChange is called in between
//   dispatched  what follows has begun, one turn of the event loop later: handlers, timers, the next command
// EFFECTS names a file that the key of every attempt is noted in before the attempt begins.
import { appendFileSync } from 'node:fs';
import { Socket } from 'node:net';

const [point, count] = (process.env.CRASH ?? 'never:0').split(':');
let appends = 0;
let crashId = '';

function kill() {
  process.kill(process.pid, 'SIGKILL');
}

// Attempts of the built-in actions are quick, so whether their start is recorded is a matter of luck. STARTS=always
// lets each attempt wait until it is, STARTS=never never records it: the events of a run can be counted either way.
const always = process.env.STARTS === 'always';
const started = new Map();

function startOf(key) {
  if (!started.has(key)) started.set(key, withResolvers());
  return started.get(key);
}

function withResolvers() {
  const parts = {};
  parts.promise = new Promise((resolve) => {
    parts.resolve = resolve;
  });
  return parts;
}

/** Puts the hand between an engine and the world. */
export const onThePlug = (deps) => ({
  ...deps,
  startNoticeMs: always ? 0 : 1_000_000,
  journal: { ...deps.journal, append: (append) => appended(deps.journal, append) },
  onChange: (run) => {
    const isIt = crashId !== '' && crashId === `${run.state.run}/${run.sequence}`;
    if (isIt && point === 'answered') kill();
    if (isIt && point === 'dispatched') setImmediate(kill);
    deps.onChange(run);
  },
  performers: {
    find: (task) => {
      const performer = deps.performers.find(task);
      return performer && { ...performer, handler: noted(performer.handler) };
    },
  },
});

async function appended(journal, append) {
  appends += 1;
  if (appends === Number(count)) {
    crashId = append.id;
    if (point === 'before') kill();
    if (point === 'stored') killOnAnswer(append.id);
  }
  const position = await journal.append(append);
  const { type, data } = JSON.parse(append.body);
  if (type === 'task.started') startOf(`${append.run}/${data.fact.task}/${data.fact.attempt}`).resolve();

  return position;
}

function noted(handler) {
  return (given) => {
    appendFileSync(process.env.EFFECTS, `${given.attemptKey}\n`);
    // Whether a quick attempt is heard of while it is under way is a matter of luck, too.
    const attempt = { ...given, heartbeat: () => undefined };
    return always ? startOf(attempt.attemptKey).promise.then(() => handler(attempt)) : handler(attempt);
  };
}

/** The request names the subject that its answer goes to; of a batch, the last message does. */
function killOnAnswer(id) {
  const { write, emit } = Socket.prototype;
  let reply = '';
  Socket.prototype.write = function (chunk, ...rest) {
    const text =
      Buffer.isBuffer(chunk) || chunk instanceof Uint8Array ? Buffer.from(chunk).toString('latin1') : '';
    const at = text.indexOf(`"id":"${id}"`);
    if (at >= 0)
      reply = /^HPUB \S+ (\S+) \d+ \d+\r/m.exec(text.slice(text.lastIndexOf('HPUB ', at)))?.[1] ?? '';
    return write.call(this, chunk, ...rest);
  };
  Socket.prototype.emit = function (name, chunk, ...rest) {
    if (name === 'data' && reply !== '' && Buffer.from(chunk).includes(`MSG ${reply} `)) kill();
    return emit.call(this, name, chunk, ...rest);
  };
}
