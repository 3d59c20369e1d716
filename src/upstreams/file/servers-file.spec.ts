import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PinoLogger } from 'nestjs-pino';
import { waitFor } from '../../../test/helpers/wait-for.js';
import { ServersFile } from './servers-file.js';
import type { UpstreamsFile } from './upstreams.file.js';

const ENTRIES = 100;

describe(ServersFile.name, () => {
  const directory = mkdtempSync(join(tmpdir(), 'mcpo-servers-'));
  const changes: UpstreamsFile[] = [];
  const sut = new ServersFile({
    path: join(directory, 'servers.json'),
    variable: () => undefined,
    logger: { warn: () => undefined } as unknown as PinoLogger,
    onChange: (content) => void changes.push(content),
  });
  const names = Array.from({ length: ENTRIES }, (_, index) => `e${index}`);
  const write = (text: string): void => names.forEach((name) => writeFileSync(join(directory, name), text));
  afterAll(() => {
    sut.close();
    rmSync(directory, { recursive: true });
  });

  it('reads the entries again once, however many of their files have changed', async () => {
    write('KEY=one\n');
    const servers = names.map((name, index) => [
      name,
      { command: 'x', ...(index % 2 === 0 ? { envFile: name } : { args: [`\${file:${name}}`] }) },
    ]);
    sut.apply(sut.parse(JSON.stringify({ servers: Object.fromEntries(servers) as unknown })));
    expect(changes).toHaveLength(1);
    write('KEY=another\n');
    await waitFor(() => changes.length > 1);
    const [before, after] = changes.map(({ entries }) => entries.map(({ digest }) => digest));
    expect(after!.filter((digest, index) => digest === before![index])).toEqual([]);
    writeFileSync(join(directory, names[0]!), 'KEY=yet another\n');
    await waitFor(() => changes.length > 2);
    expect(changes).toHaveLength(3);
  });

  it('goes on when what has changed cannot be put in force', async () => {
    const failures: unknown[] = [];
    let isBroken = false;
    const contents: UpstreamsFile[] = [];
    const file = new ServersFile({
      path: join(directory, 'servers.json'),
      variable: () => undefined,
      logger: { warn: () => undefined, error: ({ err }: { err: unknown }) => failures.push(err) } as never,
      onChange: (content) => {
        if (isBroken) throw new Error('taken');
        contents.push(content);
      },
    });
    write('KEY=one\n');
    file.apply(file.parse(JSON.stringify({ servers: { a: { command: 'x', envFile: names[0] } } })));
    isBroken = true;
    write('KEY=another\n');
    await waitFor(() => failures.length > 0);
    expect(failures).toEqual([new Error('taken')]);
    isBroken = false;
    write('KEY=yet another\n');
    await waitFor(() => contents.length > 1);
    file.close();
  });
});
