import { networkInterfaces } from 'node:os';
import { askKernel, type Kind } from './kernel-word.js';

const OWN = Object.values(networkInterfaces())
  .flatMap((found) => found ?? [])
  .filter(({ family }) => family === 'IPv4')
  .map(({ address }): [string, Kind] => [address, 'own']);

describe(askKernel.name, () => {
  it.each([
    ...OWN,
    ['127.9.9.9', 'own'],
    ['127.255.255.255', 'broadcast'],
    ['255.255.255.255', 'broadcast'],
    ['192.0.2.1', 'elsewhere'],
    ['240.0.0.1', 'elsewhere'],
  ] as [string, Kind][])('says of %s: %s', async (address, kind) => {
    await expect(askKernel(address)).resolves.toBe(kind);
  });
});
