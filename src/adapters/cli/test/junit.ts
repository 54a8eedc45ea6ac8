/** What a CI system is told of one definition. */
export type JunitSuite = { readonly name: string; readonly ms: number; readonly cases: readonly JunitCase[] };
/** `failure` says what is wrong, its first line by itself. */
export type JunitCase = { readonly name: string; readonly ms: number; readonly failure?: string };

/** A JUnit report: a suite for each definition, a case for each scenario and each written case. */
export function junitXml(suites: readonly JunitSuite[]): string {
  const all = suites.flatMap(({ cases }) => cases);

  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="workflow test" ${sums(all, suites)}>`,
    ...suites.flatMap(suiteLines),
    '</testsuites>',
    '',
  ].join('\n');
}

function suiteLines(suite: JunitSuite): readonly string[] {
  const { name, cases } = suite;

  return [
    `  <testsuite name="${attribute(name)}" ${sums(cases, [suite])}>`,
    ...cases.flatMap((each) => caseLines(name, each)),
    '  </testsuite>',
  ];
}

function caseLines(suite: string, { name, ms, failure }: JunitCase): readonly string[] {
  const open = `    <testcase classname="${attribute(suite)}" name="${attribute(name)}" time="${seconds(ms)}"`;
  if (failure === undefined) return [`${open}/>`];
  const [message = ''] = failure.split('\n');

  return [
    `${open}>`,
    `      <failure message="${attribute(message)}">${content(failure)}</failure>`,
    '    </testcase>',
  ];
}

function sums(cases: readonly JunitCase[], suites: readonly JunitSuite[]): string {
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  const ms = suites.reduce((sum, each) => sum + each.ms, 0);

  return `tests="${cases.length}" failures="${failures}" time="${seconds(ms)}"`;
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function attribute(text: string): string {
  return content(text)
    .replaceAll('"', '&quot;')
    .replace(/[\t\n\r]/g, (each) => `&#${each.charCodeAt(0)};`);
}

function content(text: string): string {
  return allowed(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** XML 1.0 has no way at all to write most control characters and halves of characters. */
function allowed(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must go.
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Cs}/gu, '\ufffd');
}
