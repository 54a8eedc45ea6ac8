/**
 * The program of a thread that evaluates what foreign definitions hold: JavaScript and JSONata within QuickJS, jq as
 * WebAssembly. None of them can reach Node; what they may take of memory is capped for all of them where WebAssembly
 * grows. As text, so that it is the same program beside the sources, in a build and in a bundle.
 */
export const sandboxThread = String.raw`
const { readFileSync } = require('node:fs');
const { parentPort, workerData } = require('node:worker_threads');
const { bytesMax, limitMs, stackBytes, paths } = workerData;

const grow = WebAssembly.Memory.prototype.grow;
let isFull = false;
WebAssembly.Memory.prototype.grow = function (pages) {
  isFull ||= this.buffer.byteLength + pages * 65536 > bytesMax;
  if (isFull) throw new RangeError('out of memory');
  return grow.call(this, pages);
};
// Both write what they have to say of their own end there.
console.log = console.error = console.warn = () => {};

const quick = (async () => {
  const { newQuickJSWASMModuleFromVariant } = await import(paths.quickjs);
  const { default: variant } = await import(paths.variant);
  return newQuickJSWASMModuleFromVariant(variant.default ?? variant);
})();
quick.catch(() => {});

parentPort.on('message', async ({ id, language, ...call }) => {
  isFull = false;
  let answer;
  try {
    answer = language === 'jq' ? await jq(call) : await script(language, call);
  } catch (error) {
    const message = messageOf(error);
    answer = { kind: kindOf(message), message, isBroken: true };
  }
  parentPort.postMessage({ id, ...answer });
});
parentPort.postMessage({ id: 0 });

function messageOf(error) {
  return String(error && error.message !== undefined ? error.message : error).slice(0, 2000);
}

function kindOf(message) {
  if (isFull || /out of memory|Cannot enlarge memory|^Aborted\(\)/.test(message)) return 'memory';
  if (/stack overflow|call stack size|Stack overflow/i.test(message)) return 'depth';
  return 'failed';
}

let jqModule;
async function jq({ expression, input }) {
  jqModule ??= require(paths.jq)();
  const { raw } = await jqModule;
  try {
    // As a list: what comes before an error would be all that is told, and no error.
    const values = await raw(input, '[' + expression + '\n]', ['-c']);
    return { kind: 'done', value: JSON.stringify(JSON.parse(values)[0] ?? null), values };
  } catch (error) {
    const message = messageOf(error).replace(/^jq: (?:error(?: \(at [^)]*\))?:? ?)?/, '').trim();
    const kind = kindOf(messageOf(error));
    return { kind, message, isBroken: kind !== 'failed' || /unreachable|RuntimeError|Aborted/.test(String(error)) };
  }
}

async function script(language, { expression, input }) {
  const QuickJS = await quick;
  const runtime = QuickJS.newRuntime();
  const until = Date.now() + limitMs;
  let isLate = false;
  runtime.setInterruptHandler(() => (isLate ||= Date.now() > until));
  runtime.setMaxStackSize(stackBytes);
  const context = runtime.newContext();
  let answer;
  try {
    answer = evaluated(context, language, { expression, input });
  } catch (error) {
    const message = messageOf(error);
    answer = { kind: kindOf(message), message, isBroken: true };
  }
  if (isLate) return { kind: 'late', message: '', isBroken: true };
  try {
    context.dispose();
    runtime.dispose();
  } catch {
    answer.isBroken = true;
  }
  return answer.kind === 'done' || !isFull ? answer : { ...answer, kind: 'memory', isBroken: true };
}

let jsonataText;
function evaluated(context, language, { expression, input }) {
  if (language === 'jsonata') {
    jsonataText ??= readFileSync(paths.jsonata, 'utf8');
    const loaded = told(context, context.evalCode(jsonataText, 'jsonata'), false);
    if (loaded.kind !== 'done') return { ...loaded, isBroken: true };
  }
  const prepared = told(context, context.evalCode(prelude(language, input), 'input'), false);
  if (prepared.kind !== 'done') return prepared;
  const source = language === 'jsonata' ? '__run(' + JSON.stringify(expression) + ')' : expression;
  return told(context, context.evalCode(source, 'expression'), true);
}

function prelude(language, input) {
  const head =
    'globalThis.__parse = JSON.parse; globalThis.__text = JSON.stringify;' +
    'Object.defineProperty(globalThis, "__text", { writable: false, configurable: false });' +
    'globalThis.$ = __parse(' + JSON.stringify(input) + ');';
  return language === 'jsonata' ? head + 'globalThis.__run = (text) => jsonata(text).evaluate($);' : head;
}

/** What an evaluation came to: its value as JSON, where there is one. */
function told(context, result, isWanted) {
  if (result.error) return thrown(context, result.error);
  let value = result.value;
  const state = context.getPromiseState(value);
  if (!(state.type === 'fulfilled' && state.notAPromise)) {
    const jobs = context.runtime.executePendingJobs();
    if (jobs.error) return thrown(context, jobs.error);
    const settled = context.getPromiseState(value);
    if (settled.type === 'rejected') return thrown(context, settled.error);
    if (settled.type === 'pending') return { kind: 'failed', message: 'it waits for a promise that nothing settles' };
    value.dispose();
    value = settled.value;
  }
  if (!isWanted) {
    value.dispose();
    return { kind: 'done' };
  }
  const write = context.getProp(context.global, '__text');
  const written = context.callFunction(write, context.undefined, value);
  value.dispose();
  write.dispose();
  if (written.error) return thrown(context, written.error);
  const text = context.typeof(written.value) === 'string' ? context.getString(written.value) : undefined;
  written.value.dispose();
  return { kind: 'done', value: text };
}

function thrown(context, handle) {
  const isText = context.typeof(handle) !== 'object';
  const name = isText ? '' : textOf(context, handle, 'name');
  const code = isText ? '' : textOf(context, handle, 'code');
  const message = (isText ? context.getString(handle) : textOf(context, handle, 'message')).slice(0, 2000);
  handle.dispose();
  const kind = kindOf(name === 'InternalError' ? message : '');
  return { kind, message: [code, name !== 'Error' ? name : '', message].filter((each) => each !== '').join(': ') };
}

function textOf(context, handle, name) {
  const value = context.getProp(handle, name);
  const text = context.typeof(value) === 'string' ? context.getString(value) : '';
  value.dispose();
  return text;
}
`;
