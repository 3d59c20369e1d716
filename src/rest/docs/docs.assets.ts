import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { represent, type Representation } from '../representation.js';

const { resolve } = createRequire(import.meta.url);

/** What the page loads: its own files and those of Swagger UI, all from this host. */
const FILES: ReadonlyMap<string, readonly [type: string, path: () => string]> = new Map([
  ['index.html', ['text/html; charset=utf-8', own('index.html')]],
  ['docs.js', ['text/javascript; charset=utf-8', own('docs.js')]],
  ['docs.css', ['text/css; charset=utf-8', own('docs.css')]],
  ['swagger-ui-bundle.js', ['text/javascript; charset=utf-8', swagger('swagger-ui-bundle.js')]],
  ['swagger-ui.css', ['text/css; charset=utf-8', swagger('swagger-ui.css')]],
]);

const read = new Map<string, Promise<Representation>>();

export interface Asset {
  readonly type: string;
  readonly content: Representation;
}

/** A file of the page, which is read when somebody asks for it first; `undefined` for a name that is none. */
export async function assetNamed(name: string): Promise<Asset | undefined> {
  const [type, path] = FILES.get(name) ?? [];
  if (type === undefined || path === undefined) return undefined;
  let content = read.get(name);
  if (content === undefined) read.set(name, (content = readFile(path(), 'utf8').then(represent)));
  return { type, content: await content };
}

function own(name: string): () => string {
  return () => new URL(`./page/${name}`, import.meta.url).pathname;
}

function swagger(name: string): () => string {
  return () => resolve(`swagger-ui-dist/${name}`);
}
