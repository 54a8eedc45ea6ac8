// A CI system reads what is written for it, whatever stands in names and messages. Method: the text, compared; and what
// no XML may hold, looked for.
import { expect, test } from 'vitest';
import { junitXml } from '../../../src/cli/test/written-reports.ts';

test('a suite for each definition, a case for each scenario, failures with all that is known', () => {
  const cases = [
    { name: 'all goes well', ms: 12 },
    { name: 'a <b> & "c"', ms: 1500, failure: 'it is "d"\n\tnot <e>' },
  ];

  expect(junitXml([{ name: 'definitions/release.yaml', ms: 1600, cases }])).toBe(`\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="workflow test" tests="2" failures="1" time="1.600">
  <testsuite name="definitions/release.yaml" tests="2" failures="1" time="1.600">
    <testcase classname="definitions/release.yaml" name="all goes well" time="0.012"/>
    <testcase classname="definitions/release.yaml" name="a &lt;b&gt; &amp; &quot;c&quot;" time="1.500">
      <failure message="it is &quot;d&quot;">it is "d"
\tnot &lt;e&gt;</failure>
    </testcase>
  </testsuite>
</testsuites>
`);
});

test('characters that XML cannot hold are replaced', () => {
  const text = junitXml([{ name: 'a\u0000b\ud800c\u001bd\n\u{1f600}', ms: 0, cases: [] }]);

  expect(text).toContain('name="a\ufffdb\ufffdc\ufffdd&#10;\u{1f600}"');
});
