/**
 * The program of a thread that evaluates what foreign definitions hold: JavaScript and JSONata within QuickJS, jq as
 * WebAssembly. None of them can reach Node; what they may take of memory is capped for all of them where WebAssembly
 * grows. As text, so that it is the same program beside the sources, in a build and in a bundle.
 */
export const sandboxThread = String.raw`
const { createHash, randomUUID } = require('node:crypto');
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
async function jq({ expressions, input }) {
  jqModule ??= require(paths.jq)();
  const { raw } = await jqModule;
  const values = [];
  for (const expression of expressions) {
    try {
      // As a list: what comes before an error would be all that is told, and no error.
      const text = await raw(input, '[' + expression + '\n]', ['-c']);
      const parsed = JSON.parse(text);
      values.push({ value: JSON.stringify(parsed[0] ?? null), values: JSON.stringify(parsed) });
    } catch (error) {
      const message = messageOf(error).replace(/^jq: (?:error(?: \(at [^)]*\))?:? ?)?/, '').trim();
      const kind = kindOf(messageOf(error));
      return { kind, message, isBroken: kind !== 'failed' || /unreachable|RuntimeError|Aborted/.test(String(error)) };
    }
  }
  return { kind: 'done', values };
}

async function script(language, { expressions, input, bindings, states }) {
  const QuickJS = await quick;
  const runtime = QuickJS.newRuntime();
  const until = Date.now() + limitMs;
  let isLate = false;
  runtime.setInterruptHandler(() => (isLate ||= Date.now() > until));
  runtime.setMaxStackSize(stackBytes);
  const context = runtime.newContext();
  let answer;
  try {
    if (states) addHost(context);
    answer = evaluateAll(context, language, { expressions, input, bindings, states });
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

/** What a function of States asks of the machine that it is on. */
function addHost(context) {
  const add = (name, act) => {
    const made = context.newFunction(name, (...given) => context.newString(act(...given.map((each) => context.getString(each)))));
    context.setProp(context.global, name, made);
    made.dispose();
  };
  add('__hash', (text, algorithm) => createHash(algorithm).update(text, 'utf8').digest('hex'));
  add('__uuid', () => randomUUID());
}

let jsonataText;
function evaluateAll(context, language, { expressions, input, bindings, states }) {
  if (language === 'jsonata') {
    jsonataText ??= readFileSync(paths.jsonata, 'utf8');
    const loaded = told(context, context.evalCode(jsonataText, 'jsonata'), false);
    if (loaded.kind !== 'done') return { ...loaded, isBroken: true };
  }
  const prepared = told(context, context.evalCode(prelude(language, { input, bindings, states }), 'input'), false);
  if (prepared.kind !== 'done') return prepared;
  const values = [];
  for (const expression of expressions) {
    const source = language === 'jsonata' ? '__run(' + JSON.stringify(expression) + ')' : expression;
    const made = told(context, context.evalCode(source, 'expression'), true);
    if (made.kind !== 'done') return made;
    values.push({ value: made.value });
  }
  return { kind: 'done', values };
}

function prelude(language, { input, bindings, states }) {
  const json = (text) => '__parse(' + JSON.stringify(text) + ')';
  const head =
    'globalThis.__parse = JSON.parse; globalThis.__text = JSON.stringify;' +
    'Object.defineProperty(globalThis, "__text", { writable: false, configurable: false });' +
    'globalThis.$ = ' + json(input) + ';';
  if (language !== 'jsonata') return head;
  return head + 'globalThis.__bound = ' + json(bindings ?? '{}') + ';' + 'globalThis.__run = ' + (states ? statesRun : plainRun) + ';';
}

const plainRun = '((text) => jsonata(text).evaluate($, __bound))';
/** The functions that Step Functions adds to JSONata, and the one that it takes away. */
const statesRun = '((text) => {' +
  'const e = jsonata(text); const R = e.registerFunction.bind(e);' +
  'const fail = (m) => { throw { message: m } };' +
  'R("partition", (list, size) => { if (list === undefined) return undefined; if (!(Math.floor(size) >= 1)) fail("the size of $partition is a number of at least 1"); const all = Array.isArray(list) ? list : [list]; const out = []; for (let at = 0; at < all.length; at += Math.floor(size)) out.push(all.slice(at, at + Math.floor(size))); return out; });' +
  'R("range", (from, to, by) => { if (!by) fail("the step of $range is no number, or 0"); const out = []; for (let at = from; by > 0 ? at <= to : at >= to; at += by) { out.push(at); if (out.length > 1000000) fail("$range gives too much"); } return out; });' +
  'R("hash", (text, algorithm) => { if (text === undefined) return undefined; const known = { "MD5": "md5", "SHA-1": "sha1", "SHA-256": "sha256", "SHA-384": "sha384", "SHA-512": "sha512" }[algorithm === undefined ? "SHA-256" : algorithm]; if (!known) fail("$hash knows no algorithm " + algorithm); return __hash(typeof text === "string" ? text : __text(text), known); });' +
  'R("random", (seed) => { if (seed === undefined) return Math.random(); let x = (Number(seed) | 0) + 0x6D2B79F5; x = Math.imul(x ^ (x >>> 15), x | 1); x ^= x + Math.imul(x ^ (x >>> 7), x | 61); return ((x ^ (x >>> 14)) >>> 0) / 4294967296; });' +
  'R("uuid", () => __uuid());' +
  'R("parse", (text) => text === undefined ? undefined : JSON.parse(text));' +
  'R("eval", () => fail("$eval is not there in Step Functions"));' +
  'return e.evaluate(undefined, __bound); })';

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
