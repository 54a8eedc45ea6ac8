// The doctor says which links to other stations can be listened to on the way.
import { expect, test } from 'vitest';
import { loadStations } from '../../machines/stations/stations.ts';
import { plainLines } from '../../src/compose/doctor/doctor-stations.ts';

function warned(content: string): readonly string[] {
  const loaded = loadStations({ file: 'stations.yaml', content });
  if (!loaded.ok) throw new Error('it is not valid');

  return plainLines(loaded).map(({ status, detail }) => `${status} ${detail.split(' leads off')[0]}`);
}

test('a link that leads off the machine without TLS is warned of, and no other one', () => {
  const peers = (at: string) => `peers: {dock: {connect: "${at}", secret: DOCK}}\n`;
  expect(warned(`station: hull\nlisten: 127.0.0.1:7422\n${peers('localhost:7423')}`)).toEqual([]);
  expect(
    warned(
      `station: hull\nlisten: 0.0.0.0:7422\ntls: {cert: a, key: b}\n${peers('tls://dock.example:7422')}`,
    ),
  ).toEqual([]);
  expect(warned(`station: hull\nlisten: 0.0.0.0:7422\n${peers('dock.example:7422')}`)).toEqual([
    'warn listen in stations.yaml: 0.0.0.0:7422',
    'warn peers.dock.connect in stations.yaml: dock.example:7422',
  ]);
});
