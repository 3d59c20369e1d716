import { resolve } from 'node:path';
import { describeWithParts } from '../helpers/real-parts.js';
import { ownAddress } from '../helpers/running-programs.js';
import { describeInteraction, describeProduct } from './behaviour.js';
import type { TestClient } from './client.js';
import { SDK_V1 } from './sdk-v1.js';
import { SDK_V2 } from './sdk-v2.js';

const ROOT = resolve(__dirname, '../..');
/** As in the README: the built server. */
const PRODUCT = [resolve(ROOT, 'dist/main.js'), '--stdio'];
const WITH_INTERACTIVE_TOOLS = [
  '--import',
  resolve(ROOT, 'test/conformance/typescript.mjs'),
  resolve(__dirname, 'stdio-server.ts'),
];
const { PATH = '' } = process.env;

const CLIENTS = [SDK_V1, ...SDK_V2];

describeWithParts('Real clients over stdio', ['ping', 'traceroute'], () => {
  describe.each(CLIENTS)('$name', ({ era, connect, number }) => {
    let client: TestClient;

    beforeAll(async () => {
      client = await connect({ args: PRODUCT, env: { PATH } });
    });
    afterAll(() => client.close());

    describeProduct(era, () => client, ownAddress(20 + number));
  });

  describe.each(CLIENTS)('$name, with tools that interact', ({ connect }) => {
    let client: TestClient;

    beforeAll(async () => {
      client = await connect({ args: WITH_INTERACTIVE_TOOLS, env: { PATH } });
    });
    afterAll(() => client.close());

    describeInteraction(
      () => client,
      () => Promise.resolve(),
    );
  });
});
