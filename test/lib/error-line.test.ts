// What a program that ended badly is remembered by. Method: what node 20, Python 3.11, bash, dash and git did write.
import { expect, test } from 'vitest';
import { errorLine } from '../../src/lib/error-line.ts';

const thrown = `/srv/a.js:2
console.log(order.lines.length);
                  ^

TypeError: Cannot read properties of undefined (reading 'lines')
    at Object.<anonymous> (/srv/a.js:2:19)
    at Module._compile (node:internal/modules/cjs/loader:1521:14)

Node.js v20.20.2`;

const missing = `node:internal/modules/cjs/loader:1210
  throw err;
  ^

Error: Cannot find module './nope.js'
Require stack:
- /srv/c.js
    at Module._resolveFilename (node:internal/modules/cjs/loader:1207:15) {
  code: 'MODULE_NOT_FOUND',
  requireStack: [ '/srv/c.js' ]
}

Node.js v20.20.2`;

const ownName = `file:///srv/d.mjs:3
try { readFileSync('/srv/4711.csv') } catch (cause) { throw new Refused('order 4711 was refused', { cause }) }
                                                       ^

Refused: order 4711 was refused
by the shop
    at file:///srv/d.mjs:3:68 {
  code: 'E9',
  [cause]: Error: ENOENT: no such file or directory, open '/srv/4711.csv'
      at Object.openSync (node:fs:573:18)
}

Node.js v20.20.2`;

const noError = `
/srv/b.js:1
throw 'boom'
^
boom
(Use \`node --trace-uncaught ...\` to show where the exception was thrown)

Node.js v20.20.2`;

const asserted = `node:internal/modules/run_main:123
    triggerUncaughtException(
    ^

AssertionError [ERR_ASSERTION]: 1 == 2
    at file:///srv/f.mjs:1:42 {
  generatedMessage: true,
  operator: '=='
}

Node.js v20.20.2`;

const cutOff = `    at Module._compile (node:internal/modules/cjs/loader:1521:14)
    at node:internal/main/run_main_module:28:49

Node.js v20.20.2`;

const raised = `Traceback (most recent call last):
  File "/srv/a.py", line 5, in <module>
    load('{')
           ^
json.decoder.JSONDecodeError: Expecting property name enclosed in double quotes: line 1 column 2 (char 1)

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/srv/a.py", line 7, in <module>
    raise ValueError(f"order 4711 is no JSON")
ValueError: order 4711 is no JSON`;

const interrupted = `Traceback (most recent call last):
  File "/srv/e.py", line 1, in <module>
    raise KeyboardInterrupt
KeyboardInterrupt`;

const syntax = `  File "/srv/b.py", line 1
    def f(:
          ^
SyntaxError: invalid syntax`;

test.each([
  ['an error of node', thrown, "TypeError: Cannot read properties of undefined (reading 'lines')"],
  ['a module that node does not find', missing, "Error: Cannot find module './nope.js'"],
  ['an error with a name of its own', ownName, 'Refused: order 4711 was refused'],
  ['a text that node threw', noError, 'boom'],
  ['an assertion of node', asserted, 'AssertionError [ERR_ASSERTION]: 1 == 2'],
  ['the end of a trace', cutOff, '    at node:internal/main/run_main_module:28:49'],
  ['the last of two exceptions of Python', raised, 'ValueError: order 4711 is no JSON'],
  ['an exception of Python without a message', interrupted, 'KeyboardInterrupt'],
  ['a text that Python cannot read', syntax, 'SyntaxError: invalid syntax'],
  [
    'a line of bash',
    'starting\na.sh: line 3: cd: /srv/4711: No such file or directory\nstopped',
    'a.sh: line 3: cd: /srv/4711: No such file or directory',
  ],
  ['a line of dash', 'starting\nc.sh: 1: nosuchprogram: not found', 'c.sh: 1: nosuchprogram: not found'],
  ['a word of git', 'fatal: not a git repository\nsee git help', 'fatal: not a git repository'],
  ['its last line where none names an error', 'warming up\nno such order: 4711\n', 'no such order: 4711'],
  ['nothing where nothing was written', '', ''],
])('of what is written it takes %s', (_what, stderr, line) => {
  expect(errorLine(stderr)).toBe(line);
});
